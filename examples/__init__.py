"""Programs a user would write; they ship with the package."""
