"""Where facts come from, by origin: producers that put events on a channel."""
