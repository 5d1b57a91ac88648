"""Text to syntax tree: the grammar, the tree, the statements' table, the formatter."""

from sfdfa_compiler.dsl.parse import parse, parse_override

__all__ = ["parse", "parse_override"]
