"""Which options exclude or need one another, and what is said where they do not fit."""

from __future__ import annotations

from collections.abc import Set

from trackio_view.light_typing import NamedTuple
from trackio_view.options.option_table import OPTIONS


class Exclusion(NamedTuple):
    """Options that exclude each other: any option of the first group and any of the second."""

    some: tuple[str, ...]
    others: tuple[str, ...]
    why: str = "{} and {} exclude each other"
    """What to say, with the two that were given."""


_FOR_LIVE = "{} is for the live screen: leave {} out"

EXCLUSIONS: tuple[Exclusion, ...] = (
    Exclusion(("--demo",), ("--log", "--gpu", "--gpu-db")),
    Exclusion(("--log",), ("--gpu", "--gpu-db")),
    Exclusion(("--gpu",), ("--gpu-db",)),
    Exclusion(("--prometheus",), ("--sysroot",), "{} tells of machines by itself: leave {} out"),
    Exclusion(("--prometheus",), ("--replay",)),
    Exclusion(("--all",), ("--project",), "{} watches every project: leave {} out"),
    Exclusion(("--until",), ("--all",), "{} waits for one project: leave {} out"),
    Exclusion(("--prometheus",), ("--ssh",), "{} tells of machines by itself: leave {} out"),
    Exclusion(("--server", "--ssh"), ("--demo", "--log", "--replay")),
    Exclusion(("--demo",), ("--dir",), "{} brings its own directory: leave {} out"),
    Exclusion(("--log",), ("--dir", "--project", "--all"), "{} is one project: leave {} out"),
    Exclusion(
        ("--record", "--debug", "--fresh", "--no-mouse"), ("--once", "--list", "--until"), _FOR_LIVE
    ),
    Exclusion(("--replay",), ("--once", "--list"), _FOR_LIVE),
    Exclusion(("--replay",), ("--demo", "--log", "--record", "--dir")),
    Exclusion(
        ("--list",),
        (
            *("--demo", "--log", "--gpu", "--gpu-db"),
            *("--run", "--metric", "--since", "--zoom", "--smooth"),
        ),
        "{} tells of whole projects: leave {} out",
    ),
    Exclusion(("--output",), ("--format",)),
    Exclusion(
        ("--print-config",),
        ("--once", "--list", "--until", "--demo", "--log", "--gpu", "--record", "--replay"),
    ),
    Exclusion(
        ("--until",),
        ("--metric", "--since", "--zoom", "--smooth"),
        "{} looks at the newest value of the metric that it names: leave {} out",
    ),
    Exclusion(("--until",), ("--speed",), "{} reads a recording at once: leave {} out"),
    Exclusion(("--until",), ("--gpu", "--gpu-db", "--once", "--list")),
)
"""The first exclusion that the arguments break is told."""


def misfit(given: Set[str]) -> str | None:
    """Return what is wrong with options that were given together, or `None` where they fit."""
    for exclusion in EXCLUSIONS:
        for one in exclusion.some:
            for other in exclusion.others:
                if {one, other} <= given:
                    return exclusion.why.format(one, other)
    for option in OPTIONS:
        if option.flags[-1] in given and option.needs and given.isdisjoint(option.needs):
            return f"{option.flags[-1]} needs {option.needs[0]}"
    return None
