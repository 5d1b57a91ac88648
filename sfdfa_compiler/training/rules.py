"""What can be wrong with runs: one rule per code, from 520. Each has its page in `explain/`."""

from sfdfa_compiler.diagnostics import Rule

RUN_EXISTS = Rule(
    code="SNN520",
    message="`{folder}` already holds a run",
    notes=("results are never overwritten",),
    help="choose another folder with `-o`, or go on with that run: `--resume {folder}`",
)
NO_RUN = Rule(
    code="SNN522",
    message="there is no run to resume here",
    notes=("a run has a file `checkpoint.npz`",),
    help="`--resume` takes the folder of a run of `sfdfac train`",
)
BAD_CHECKPOINT = Rule(
    code="SNN523",
    message="the checkpoint cannot be used: {why}",
    help="train again; `metrics.csv` beside it says how far the run had come",
)
OTHER_PROGRAM = Rule(
    code="SNN524",
    message="this run was made by another program",
    notes=("of a program, only `learner.epochs` may change when a run is resumed",),
    help="resume with the program of the run, or start a new run without `--resume`",
)
OTHER_SETTING = Rule(
    code="SNN525",
    message="this run was made with {what}: {there}, not {here}",
    help="leave `{option}` out: a resumed run takes it from its checkpoint",
)
FEWER_EPOCHS = Rule(
    code="SNN539",
    message="this run has learned {done} already, and `learner.epochs` is {asked}",
    help="to train longer, `--set learner.epochs={more}`; for a shorter run begin a new one, "
    "without `--resume`",
)
UNREADABLE_WEIGHTS = Rule(
    code="SNN526",
    message="no weights can be read from this file: {why}",
    help="weights are arrays in a `.npz` file, such as the `weights.npz` of a run",
)
MISSING_WEIGHTS = Rule(
    code="SNN527",
    message="this file has no array `{key}`",
    help="it has {present}",
)
WRONG_SHAPE = Rule(
    code="SNN528",
    message="`{key}` has the shape {found}, the program needs {needed}",
    notes=("weights are [source neuron][neuron], feedback is [neuron][class]",),
    help="these are weights of another network: give those of this one",
)
WRONG_NUMBERS = Rule(
    code="SNN529",
    message="`{key}` {why}",
    help="give weights of this network and this profile",
)
