"""What tells a project from every other: its origin and its name."""

from __future__ import annotations

from collections.abc import Iterable

from trackio_view.light_typing import NamedTuple


class ProjectId(NamedTuple):
    """A project among those of all origins: two origins may each have a project of one name."""

    origin: str
    """Where it comes from: the path of a directory, of a log or of a recording."""
    name: str


def have_several_origins(projects: Iterable[ProjectId]) -> bool:
    """Return whether it tells anything of these projects where they come from."""
    return len({project.origin for project in projects}) > 1


def canonical_name(project: str) -> str:
    """Return the name under which TrackIO stores `project`: letters, digits, `-` and `_`."""
    kept = "".join(letter for letter in project if letter.isalnum() or letter in "-_")
    return kept.rstrip() or "default"
