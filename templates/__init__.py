"""Loops and memory, once per kernel and target; the arithmetic comes from micro-functions."""
