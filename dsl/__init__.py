"""Text to syntax tree: the grammar, the tree, the statements' table, the formatter."""

from sfdfa_compiler.dsl.fmt import format_text
from sfdfa_compiler.dsl.parse import parse, parse_override
from sfdfa_compiler.dsl.source import read_source

__all__ = ["format_text", "parse", "parse_override", "read_source"]
