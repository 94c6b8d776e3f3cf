"""What the files of media hold: images as pixels, and what the others tell of themselves."""
