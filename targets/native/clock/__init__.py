"""The clock profiles on the user's own processor: a fast twin of a chip, bit by bit."""
