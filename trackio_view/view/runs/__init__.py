"""The table of runs: its columns, its lines, the cursor, the language of filters."""
