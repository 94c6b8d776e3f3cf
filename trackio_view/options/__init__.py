"""What a person asked for: the command line, its values, the file of settings."""
