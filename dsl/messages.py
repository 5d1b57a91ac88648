"""What the front end says: SNN001 to SNN008, and SNN560 for a file that cannot be read."""

from __future__ import annotations

from sfdfa_compiler.diagnostics import Rule

# ---------------------------------------------------------------- SNN001: the order of things

UNEXPECTED = Rule(
    code="SNN001",
    message="{found} cannot stand here",
    label="expected {expected}",
    help="remove it, or write in front of it what is expected",
)
SURPLUS = Rule(
    code="SNN001",
    message="{found} cannot stand here",
    label="expected {expected}",
    help="remove it",
)
ENDS_TOO_EARLY = Rule(
    code="SNN001",
    message="the setting is not complete",
    label="expected {expected}",
    help="go on with {expected}",
)
NO_VALUE = Rule(
    code="SNN001", message="a value is missing {where} `{word}`", help="write the value"
)
LINE_ENDS = Rule(
    code="SNN001",
    message="the line ends after `{word}`, and with it the statement",
    help="put the value into `( )`: inside brackets it may go on in the next line",
)
NO_COMMA = Rule(code="SNN001", message="`,` is missing before `{word}`", help="write `, {word}`")
SHAPE = Rule(
    code="SNN001",
    message="the lengths of a shape are separated by `,`",
    help="write `{instead}`",
)
NO_SHAPE = Rule(
    code="SNN001", message="a shape stands in square brackets", help="write `[{lengths}]`"
)
NO_BRACE = Rule(
    code="SNN001",
    message="`{{` is missing after `{statement}`",
    help="write `{statement} {{`",
)
NO_EQUALS = Rule(
    code="SNN001",
    message="`=` is missing between `{name}` and `{value}`",
    help="write `{name} = {value}`",
)
NO_TIMES = Rule(
    code="SNN001",
    message="`*` is missing after `{left}`",
    help="write `{left} * ( ... )`",
)
NO_MODULO = Rule(
    code="SNN001",
    message="there is no modulo",
    label="a share of 100",
    help="write the result",
)
TWO_OPERATORS = Rule(
    code="SNN001", message="`{first}` and `{second}` follow each other", help="write one of them"
)
TWO_NAMES = Rule(
    code="SNN001",
    message="one name stands before `{operator}`, not {count}",
    notes=("a setting or a constant has no type",),
    help="write `{name} {operator} ...`",
)
NAME_FROM_DIGIT = Rule(
    code="SNN001",
    message="a name begins with a letter, `{word}` with a digit",
    help="choose another name, such as `{instead}`",
)

# ---------------------------------------------------------------- SNN002: characters and texts

NOT_UTF8 = Rule(
    code="SNN002",
    message="the file is not UTF-8: {what}",
    help="save it as UTF-8",
)
NOT_TEXT = Rule(
    code="SNN002",
    message="the file holds a NUL byte: it is not text",
    help="write the network as UTF-8 text",
)
NO_MEANING = Rule(code="SNN002", message="{sign} has no meaning here", help="{advice}")
WRITTEN_ELSE = Rule(code="SNN002", message="`{sign}` has no meaning here", help="write `{instead}`")
LOOKS_BLANK = Rule(
    code="SNN002", message="{sign} looks like a blank and is none", help="write a blank"
)
COMMENT = Rule(
    code="SNN002", message="a comment does not begin with `{sign}`", help="write `# ...`"
)
COLON = Rule(
    code="SNN002",
    message="a block does not begin with `:`",
    help="write its statements between `{{` and `}}`",
)
NOT_A_NAME = Rule(
    code="SNN002",
    message="`{word}` is not a name",
    notes=("names begin with a letter a-z or A-Z; letters, digits and `_` follow",),
    help="write {instead}",
)
OPEN_TEXT = Rule(
    code="SNN002",
    message='this text has no closing `"` on its line',
    help="write `{instead}`",
)
QUOTES = Rule(
    code="SNN002", message='texts stand between double quotes `"`', help="write `{instead}`"
)
POINT = Rule(
    code="SNN002",
    message="a number has digits on both sides of its point",
    help="write `{instead}`",
)
LONG_NUMBER = Rule(
    code="SNN002",
    message="a number has at most {most} characters, this one {count}",
    help="write fewer digits: a float64 keeps 17 of them",
)

# ---------------------------------------------------------------- SNN003 to SNN007: statements

SEMICOLON = Rule(code="SNN003", message="a statement does not end with `;`", help="{fix}")
SEMICOLON_WITHIN = Rule(code="SNN003", message="`;` does not separate values", help="write `,`")
OPEN_BRACKET = Rule(
    code="SNN004",
    message="`{bracket}` is never closed",
    label="opened here",
    help="write `{closers}` after `{word}`",
)
WRONG_BRACKET = Rule(
    code="SNN004",
    message="`{bracket}` is closed by `{found}`",
    help="write `{closer}`",
)
OPEN_BLOCK = Rule(
    code="SNN005",
    message="`{{` is never closed",
    label="opened here",
    help="write `}}` {where}",
)
NOTHING_OPEN = Rule(
    code="SNN006", message="nothing is open that `{bracket}` could close", help="remove it"
)
CLOSES_TOO_MUCH = Rule(
    code="SNN006",
    message="this `}}` closes the network, but `{statement}` follows",
    help="remove it",
)
RUN_TOGETHER = Rule(
    code="SNN007",
    message="two statements run together",
    label="the second begins here",
    help="write `,` or a line break before `{word}`",
)

# ---------------------------------------------------------------- SNN008: limits

_ELSEWHERE = 'keep weights in a file of their own: `weight = file("weights.npz")`'
TOO_BIG = Rule(code="SNN008", message="the file is larger than 1 MiB", help=_ELSEWHERE)
TOO_LONG = Rule(
    code="SNN008",
    message="the file has more than {most} words, signs and line breaks",
    help=_ELSEWHERE,
)
TOO_DEEP = Rule(
    code="SNN008",
    message="nested more than {most} deep: brackets and operators count one each",
    help="give a name to a part: `part = ...` above",
)
TOO_MANY = Rule(
    code="SNN008",
    message="too many syntax errors: reading stops here",
    help="mend the first ones",
)

# ---------------------------------------------------------------- files

UNREADABLE = Rule(code="SNN560", message="cannot read this file: {reason}", help="{fix}")
