"""What TrackIO makes of the name that a project is given."""

from __future__ import annotations


def canonical_name(project: str) -> str:
    """Return the name under which TrackIO stores `project`: letters, digits, `-` and `_`."""
    kept = "".join(letter for letter in project if letter.isalnum() or letter in "-_")
    return kept.rstrip() or "default"
