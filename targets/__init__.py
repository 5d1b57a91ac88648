"""One folder per target; each is a plug-in behind the entry point `sfdfac.targets`."""
