"""What can be wrong with data: one rule per code, 500 to 519. Each code has its page in `explain/`.

Readers and encoders name the file, and inside it the key, the sample or the byte.
"""

from sfdfa_compiler.diagnostics import Rule

NOT_FOUND = Rule(
    code="SNN500",
    message="there is no data set `{name}`",
    help="`--data` takes a name, a folder, or a .npz or .h5 file",
)
UNKNOWN_LAYOUT = Rule(
    code="SNN501",
    message="no data set can be read from here: {why}",
    help="a folder holds the four IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte,\n"
    "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, or a pair NAME_train.h5, NAME_test.h5;\n"
    "each may be compressed (.gz)",
)
UNREADABLE = Rule(
    code="SNN502",
    message="the file cannot be read: {why}",
    help="make it readable, or choose other data with `--data`",
)
BAD_GZIP = Rule(
    code="SNN503",
    message="the compressed file is damaged: {why}",
    notes=("a download or a copy that was cut short ends like this",),
    help="fetch the file again",
)
BAD_IDX_HEADER = Rule(
    code="SNN504",
    message="this is not an IDX file of {kind}: {why}",
    help="fetch the file again, or choose other data with `--data`",
)
BAD_IDX_LENGTH = Rule(
    code="SNN505",
    message="the file is too {wrong}: its header announces {announced:,} bytes of data, "
    "{present:,} follow",
    help="fetch the file again",
)
MISMATCH = Rule(
    code="SNN506",
    message="these files do not belong together: {why}",
    help="check that the files are of one data set, and none of them renamed",
)
BAD_CONTAINER = Rule(
    code="SNN507",
    message="this is not a readable {kind} file: {why}",
    help="fetch the file again, or choose other data with `--data`",
)
BAD_KEY = Rule(
    code="SNN508",
    message="`{key}` {why}",
    help="write the file with the arrays that `docs/data.md` lists",
)
BAD_SPIKES = Rule(
    code="SNN509",
    message="these spikes cannot be used: {why}",
    help="write the file with times in seconds, ascending in each sample, and units from 0",
)
BAD_PIXELS = Rule(
    code="SNN510",
    message="these images cannot be used: {why}",
    help="store pixels as bytes, or as floating point numbers from 0 to 1",
)
BAD_LABEL = Rule(
    code="SNN511",
    message="label {label} is out of range: {why}",
    help="number the classes in the file from 0, without gaps",
)
EMPTY = Rule(
    code="SNN512",
    message="there are no samples in here",
    help="write at least one into the file, or choose other data with `--data`",
)
WRONG_SIZE = Rule(
    code="SNN513",
    message="input `{input}` has {size:,} neurons, the data need {needed}",
    help="write `input {input}[{shape}]`, or choose other data with `--data`",
)
WRONG_ENCODER = Rule(
    code="SNN514",
    message="input `{input}` encodes {wanted}, the data are {found}",
    help="write `{encode}`, or choose other data with `--data`",
)
NO_LABELS = Rule(
    code="SNN515",
    message="these samples have no labels",
    notes=("training and testing compare the network's answer with the label",),
    help="add an array of labels to the file; `sfdfac run` needs none",
)
NOT_PUBLISHED = Rule(
    code="SNN516",
    message="there is no data set `{name}` to download",
    help="these can be downloaded: {names}",
)
DOWNLOAD_FAILED = Rule(
    code="SNN517",
    message="`{file}` could not be downloaded: {why}",
    help="try again later, or set SFDFAC_MIRROR to the address of a copy",
)
WRONG_CHECKSUM = Rule(
    code="SNN518",
    message="what was downloaded is not the published `{file}`: its checksum differs",
    notes=("it was thrown away",),
    help="try again, or set SFDFAC_MIRROR to the address of a copy that you trust",
)
CANNOT_WRITE = Rule(
    code="SNN519",
    message="the data set cannot be stored: {why}",
    notes=("nothing was left behind",),
    help="make room, or set XDG_CACHE_HOME to a folder with room",
)
