"""Where facts come from: one producer a file, each putting events on a channel."""
