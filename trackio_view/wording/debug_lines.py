"""What a log of `--debug` and a report have in common: words of the log, and what they tell."""

from __future__ import annotations

FIRST_WORDS = "trackio-view debug log"
"""How its first line begins."""
NAMES_TOLD = "names are told"
"""A text in the log's first line if the log holds names of projects and runs."""
VARIABLES = (
    *("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "FORCE_COLOR", "TRACKIO_VIEW_GLYPHS"),
    *("LANG", "LC_ALL", "LC_CTYPE"),
)
"""The variables whose values are told of a terminal: they hold no secret and no name."""
FAULT = "fault"
"""The word behind the time of a line that tells of a fault."""
_TIME_WIDTH = 12
_TRACE = f"{'':{_TIME_WIDTH}} | "


def debug_line(seconds: float, room: str, text: str, *, is_fault: bool) -> str:
    """Return a line: the seconds since the start, whether it is a fault, and who says what."""
    return f"{seconds:{_TIME_WIDTH}.3f} {FAULT if is_fault else '':5} {room}: {text}"


def trace_line(text: str) -> str:
    """Return a line that tells more of the one before."""
    return f"{_TRACE}{text}"


def tells_fault(line: str) -> bool:
    """Return whether a line tells of a fault."""
    return line[_TIME_WIDTH:].startswith(f" {FAULT} ")


def tells_more(line: str) -> bool:
    """Return whether a line tells more of the one before."""
    return line.startswith(_TRACE)
