"""AMD's GPUs, from the files of their drivers."""
