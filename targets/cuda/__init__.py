"""CUDA C++: compiled without a GPU, executed on the CPU or on the device."""
