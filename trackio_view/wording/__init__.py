"""How numbers, ages, moments and GPU fields are written and read."""
