"""NVIDIA's GPUs, through the library of their driver."""
