"""Digits that come with the package, so that everything works without a download."""
