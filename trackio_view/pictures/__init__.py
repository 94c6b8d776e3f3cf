"""Frames as pictures: the very cells of the live screen as SVG, PNG, HTML or text."""
