"""What is known: projects, runs, columns of numbers, GPUs, and the view's own state."""
