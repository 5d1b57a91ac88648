"""What sfdfac costs: time and memory, measured. See README.md; nothing of this is installed."""
