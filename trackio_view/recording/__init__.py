"""Events as lines, written while the live screen runs, and read again."""
