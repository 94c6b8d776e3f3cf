"""What a script gets: text on stdout, no terminal built."""
