"""What the kernel tells of any vendor's GPUs: sysfs, sensors, cards, processes."""
