"""What is known: projects, runs, alerts, GPUs, and what is inferred from them."""
