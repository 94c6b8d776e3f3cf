"""How a frame reaches the terminal: cells, styles, the differ, the blessed session."""
