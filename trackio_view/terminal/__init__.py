"""How a frame reaches the terminal, and keys come from it: cells, the differ, the tty."""
