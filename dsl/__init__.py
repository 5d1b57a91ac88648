"""Text to syntax tree: the grammar, the tree, the statements' table, the formatter."""
