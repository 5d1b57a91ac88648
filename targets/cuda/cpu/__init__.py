"""Runs CUDA C++ text on the CPU: the header and runtime that stand in for the device."""
