"""Templates have loops, memory and calls; arithmetic on a network's state is in micro-functions.

The C files that come of the templates are parsed, and every operand gets its type: integers may be
added and multiplied, they are places in memory; numbers of the network's state may only be moved,
compared, and handed to micro-functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from pycparser import c_ast
from pycparser.c_parser import CParser

from sfdfa_compiler import ir
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.native import TARGET
from tests.clock.nets import FORMATS, graph, plan
from tests.helpers import nets
from tests.helpers.courses import ORIGIN

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
NATIVE = sorted((TEMPLATES / "native").rglob("*.[ch].j2"))
ENCODERS = ("infer.c",)  # programs of the host: seconds -> E, in float64, as the encoders do it
MICROS = "arith.h"  # printed micro-functions: the one file that is full of arithmetic
HEADERS = (MICROS, "types.h", "pool.h", "net.h", "kernels.h")

C_TYPES = (
    *(f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "size_t", "atomic_int", "atomic_uint", "pthread_t", "pthread_mutex_t", "pthread_cond_t",
)  # fmt: skip
C_LIBRARY = {
    "memcpy", "memset", "calloc", "free",
    "pthread_create", "pthread_join", "pthread_mutex_init", "pthread_mutex_lock",
    "pthread_mutex_unlock", "pthread_mutex_destroy", "pthread_cond_init", "pthread_cond_wait",
    "pthread_cond_signal", "pthread_cond_broadcast", "pthread_cond_destroy",
    "atomic_fetch_add_explicit", "atomic_fetch_sub_explicit", "atomic_load_explicit",
    "atomic_store_explicit", "__atomic_store_n", "aligned_alloc", "__builtin_ia32_pause",
    "__builtin_assume_aligned", "__builtin_ctzll", "__builtin_expect",
}  # fmt: skip
MATHS = re.compile(r"\b(?:fma|sqrt|exp|log|pow|fabs|fmin|fmax|rint|floor|ceil)[fl]?\(")

# ---------------------------------------------------------------- C, with types


class Type(NamedTuple):
    """A name such as `real` or `struct sfd_layer`, behind so many pointers."""

    name: str
    pointers: int = 0


INTEGER, NOTHING = Type("int"), Type("void")
PROMOTES = {"+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^"}


class Reader:
    """Walks a parsed file and collects arithmetic on state, as (what, line)."""

    def __init__(self, state: set[str]) -> None:
        self.state = state  # names of types
        self.names: dict[str, Type] = {}  # the latest declaration of each
        self.members: dict[str, dict[str, Type]] = {}  # by structure
        self.found: list[tuple[str, str]] = []

    def holds_state(self, node: c_ast.Node) -> bool:
        kind = self.type_of(node)
        return kind.name in self.state and kind.pointers == 0

    def tell(self, what: str, node: c_ast.Node) -> None:
        self.found.append((what, str(node.coord)))

    # ------------------------------------------------------------ declarations

    def declared(self, node: c_ast.Node) -> Type:
        match node:
            case c_ast.PtrDecl() | c_ast.ArrayDecl():
                inner = self.declared(node.type)
                return Type(inner.name, inner.pointers + 1)
            case c_ast.FuncDecl():
                return self.declared(node.type)  # what it returns
            case c_ast.TypeDecl() | c_ast.Typename():
                return self.declared(node.type)
            case c_ast.IdentifierType():
                return Type(" ".join(node.names))
            case c_ast.Struct():
                if node.decls:
                    self.members[node.name] = {d.name: self.declared(d.type) for d in node.decls}
                return Type(f"struct {node.name}")
            case c_ast.Enum():
                return INTEGER
        raise TypeError(f"a declaration by {type(node).__name__}")

    # ------------------------------------------------------------ expressions

    def type_of(self, node: c_ast.Node) -> Type:
        match node:
            case c_ast.ID():
                return self.names.get(node.name, INTEGER)
            case c_ast.Constant():
                return Type("float") if node.type in ("float", "double") else INTEGER
            case c_ast.ArrayRef() | c_ast.UnaryOp(op="*"):
                inner = self.type_of(node.name if isinstance(node, c_ast.ArrayRef) else node.expr)
                return Type(inner.name, inner.pointers - 1)
            case c_ast.UnaryOp(op="&"):
                inner = self.type_of(node.expr)
                return Type(inner.name, inner.pointers + 1)
            case c_ast.UnaryOp(op="sizeof" | "!"):
                return INTEGER
            case c_ast.UnaryOp():
                return self.type_of(node.expr)
            case c_ast.StructRef():
                owner = self.type_of(node.name).name.removeprefix("struct ")
                return self.members[owner][node.field.name]
            case c_ast.BinaryOp():
                if node.op not in PROMOTES:
                    return INTEGER
                left, right = self.type_of(node.left), self.type_of(node.right)
                return left if left.pointers or left.name in self.state else right
            case c_ast.Cast() | c_ast.CompoundLiteral():
                return self.declared(node.to_type if isinstance(node, c_ast.Cast) else node.type)
            case c_ast.TernaryOp():
                yes, no = self.type_of(node.iftrue), self.type_of(node.iffalse)
                return yes if yes.pointers or yes.name in self.state else no
            case c_ast.FuncCall():
                return self.type_of(node.name)
            case c_ast.Assignment():
                return self.type_of(node.lvalue)
            case c_ast.ExprList():
                return self.type_of(node.exprs[-1])
        return NOTHING

    # ------------------------------------------------------------ the walk

    def read(self, node: c_ast.Node) -> None:
        """Look at a node, then at those inside it."""
        match node:
            case c_ast.Decl():
                kind = self.declared(node.type)
                if node.name:
                    self.names[node.name] = kind
            case c_ast.BinaryOp() if node.op in PROMOTES:
                self.tell_if(node.op, node, node.left, node.right)
            case c_ast.UnaryOp(op="-" | "~" | "++" | "--" | "p++" | "p--"):
                self.tell_if(node.op, node, node.expr)
            case c_ast.Assignment() if node.op != "=":
                self.tell_if(node.op, node, node.lvalue)
            case c_ast.Cast():
                kind = self.declared(node.to_type)
                if kind.name not in (*self.state, "void"):
                    self.tell_if(f"({kind.name})", node, node.expr)
            case c_ast.FuncCall(name=c_ast.ID(name=name)):  # others are tasks of the pool: ours
                if name not in C_LIBRARY and name not in self.names:
                    self.tell(f"{name}()", node)
        for inner in node:
            self.read(inner)

    def tell_if(self, what: str, node: c_ast.Node, *operands: c_ast.Node) -> None:
        if any(map(self.holds_state, operands)):
            self.tell(what, node)


def plain(text: str) -> str:
    """C without comments, preprocessor and what GNU C adds."""
    text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"__attribute__\(\(.*?\)\)+|\bSFD_ALIGNED\b", "", text)
    return re.sub(r"\b(U?)INT(?:32|64)_C\((\d+)\)", r"\2\1", text)


def arithmetic(files: dict[str, str], name: str) -> list[tuple[str, str]]:
    """Arithmetic on state in the C file of that name, as (what, place)."""
    headers = [header for header in HEADERS if header in files]
    typedefs = re.findall(r"^typedef \w+ (\w+);", "\n".join(files.values()), flags=re.MULTILINE)
    prelude = "".join(f"typedef int {kind};\n" for kind in C_TYPES)
    parts = [f'# 1 "{part}"\n{plain(files[part])}' for part in (*headers, name)]
    reader = Reader(state={"float", "double", *typedefs})
    for node in CParser().parse(prelude + "\n".join(parts)).ext:
        is_micro = isinstance(node, c_ast.FuncDef) and node.coord.file == MICROS
        reader.read(node.decl if is_micro else node)
    return reader.found


# ---------------------------------------------------------------- what the templates give

PENALTY = ir.RatePenalty(strength=0.3, target=1.5)
EVENT = {
    f"{learner} {profile} {window} s{' with penalty' if penalty else ''}": nets.random_program(
        1, hidden=2, learner=learner, profile=profile, window=window, penalty=penalty
    ).schedule
    for learner, profile, window, penalty in [
        ("sfdfa", "event32", 0.2, PENALTY),
        ("sfdfa", "event64", 7.0, PENALTY),
        ("dfa", "event32", 7.0, None),
        ("bp", "event64", 0.2, None),
        ("bp", "event32", 7.0, PENALTY),
    ]
}
CLOCK = {
    f"{profile} {threshold}": plan(graph([5, 6, 3], thresholds=threshold), profile)
    for profile in FORMATS
    for threshold in (0.2, 0.01)
}
SCHEDULES: dict[str, Schedule] = {**EVENT, **CLOCK}


@cache
def emitted(program: str) -> dict[str, str]:
    return dict(TARGET.emit(SCHEDULES[program], ORIGIN).files)


def without_comments(template: str) -> str:
    return re.sub(r"/\*.*?\*/|\{#.*?#\}", "", template, flags=re.DOTALL)


def lines_of(template: str) -> Iterator[str]:
    """A pattern for every line of a template that gives C."""
    for line in without_comments(template).splitlines():
        if line.strip() and not line.startswith("{%") and line.strip() != "{{ banner }}":
            pieces = re.split(r"\{\{.*?\}\}|\{%.*?%\}", line)
            yield ".*".join(map(re.escape, pieces))


# ---------------------------------------------------------------- the tests


@pytest.mark.parametrize("program", SCHEDULES)
def test_no_arithmetic_on_state(program):
    files = emitted(program)
    for name in files:
        if name.endswith(".c") and name not in ENCODERS:
            assert arithmetic(files, name) == [], name


@pytest.mark.parametrize("path", NATIVE, ids=lambda p: str(p.relative_to(TEMPLATES)))
def test_every_line_of_the_templates_was_read(path):
    """No line hides behind a condition that none of the programs meets."""
    given = "\n".join(text for program in SCHEDULES for text in emitted(program).values())
    given = re.sub(r"/\*.*?\*/", "", given, flags=re.DOTALL)
    unseen = [
        pattern
        for pattern in lines_of(path.read_text(encoding="utf-8"))
        if not re.search(f"^{pattern}$", given, flags=re.MULTILINE)
    ]
    assert unseen == []


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.j2")), ids=lambda p: str(p.relative_to(TEMPLATES))
)
def test_no_template_of_any_target_calls_a_function_that_rounds(path):
    if path.stem in ENCODERS:
        return
    assert not MATHS.findall(without_comments(path.read_text(encoding="utf-8")))


FAULTS = [
    ("forward.c", "a[i] = a[i] + w[i] * E;", {"+", "*"}),
    ("forward.c", "a[i] += w[i];", {"+="}),
    ("forward.c", "b[i] = fmaf(w[i], E, b[i]);", {"fmaf()"}),
    ("forward.c", "b[i] = -b[i];", {"-"}),
    ("forward.c", "count[i] = (uint32_t)a[i];", {"(uint32_t)"}),
    ("forward.c", "if (a[i] > 2 * layer->theta) count[i]++;", {"*"}),
    ("forward.c", "b[i] = b[i] / instants->E;", {"/"}),
    ("forward.c", "b[i] = 0.5f * 3;", {"*"}),
    ("forward.c", "a[i]++;", {"p++"}),
    ("forward.c", "b[i] = integrate(a[i] - 1, b[i], w[i], E, &a[i], &b[i]);", {"-"}),
]
INNOCENT = [
    "a[i] = 0;",
    "b[i] = a[i] > b[i] ? a[i] : w[i];",
    "const real *next_row = w + 4 * i + 1; a[i] = *next_row;",
    "count[i] += layer->blocks * 3 - 1;",
    "a[i] = (real)(count[i] + 1);",
]
LOOP = re.compile(
    r"^( *)(integrate\(a\[i\], b\[i\], w\[i\], E, &a\[i\], &b\[i\]\);)$", re.MULTILINE
)


def planted(line: str) -> dict[str, str]:
    """The files of a program, with a line more in the inmost loop of `forward`."""
    files = emitted(next(iter(EVENT)))
    text, places = LOOP.subn(rf"\1{{ \2 {line} }}", files["forward.c"])
    assert places == 3  # one for each width of a block
    return {**files, "forward.c": text}


@pytest.mark.parametrize(("name", "line", "wanted"), FAULTS, ids=[line for _, line, _ in FAULTS])
def test_a_planted_fault_is_found(name, line, wanted):
    found = arithmetic(planted(line), name)
    assert {what for what, _ in found} == wanted
    assert all(place.startswith(f"{name}:") for _, place in found)


@pytest.mark.parametrize("line", INNOCENT)
def test_places_in_memory_may_be_computed(line):
    assert arithmetic(planted(line), "forward.c") == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("received[i] = received[i] + weight[i];", "+"),
        ("received[i] >>= 1;", ">>="),
        ("received[i] = weight[i] << 2;", "<<"),
    ],
)
def test_whole_numbers_are_state_in_the_clock_profiles(line, wanted):
    files = emitted(next(iter(CLOCK)))
    place = "received[i] = receive(received[i], weight[i]);"
    assert files["on_step.c"].count(place) == 1
    files = {**files, "on_step.c": files["on_step.c"].replace(place, line)}
    assert [what for what, _ in arithmetic(files, "on_step.c")] == [wanted]
