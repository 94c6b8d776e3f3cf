"""How the values of options are read: each a function from what was typed to what is meant.

All raise `argparse.ArgumentTypeError` with a sentence for the person who typed it.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.series.window import ZOOM_LEVELS

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeVar

    from trackio_view.options.condition import Condition

    Parsed = TypeVar("Parsed")

SHORTEST_INTERVAL, USUAL_INTERVAL, LONGEST_INTERVAL = 0.1, 2.0, 3600.0
SLOWEST, FASTEST = 0.01, 10_000.0
PICTURES = {".svg": "", ".png": "", ".html": "", ".txt": "plain", ".ans": "with escape codes"}
"""The endings of the names of pictures, and what is said of each."""
LARGEST_SIZE = (400, 100)
FEWEST_POINTS = 4
"""The first, the last, the smallest and the largest value always stay."""


def interval(text: str) -> float:
    """Return the seconds between two looks."""
    return _number_between(SHORTEST_INTERVAL, LONGEST_INTERVAL, text, unit=" seconds")


def speed(text: str) -> float:
    """Return how many seconds of a recording pass in one."""
    return _number_between(SLOWEST, FASTEST, text)


def _number_between(least: float, most: float, text: str, *, unit: str = "") -> float:
    try:
        number = float(text)
    except ValueError:
        of_what = f" of{unit}" if unit else ""
        raise argparse.ArgumentTypeError(f"not a number{of_what}: {text!r}") from None
    # The comparison is negated so that NaN fails, too.
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text} is not between {least:g} and {most:g}{unit}")
    return number


def _parsed(parse: Callable[[str], Parsed], text: str) -> Parsed:
    """Return what a parser of another room makes of the text, which it may refuse by ValueError."""
    try:
        return parse(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def zoom_level(text: str) -> int:
    """Return a place in `ZOOM_LEVELS`."""
    highest = len(ZOOM_LEVELS) - 1
    if text not in {str(level) for level in range(highest + 1)}:
        raise argparse.ArgumentTypeError(
            f"no such zoom level: {text!r} (choose from 0 to {highest})"
        )
    return int(text)


def smoothing(text: str) -> str:
    """Return how lines are smoothed, as `series.smoothing` reads it."""
    from trackio_view.series.smoothing import smoothing_of

    _parsed(smoothing_of, text)
    return text


def manual_topic(text: str) -> str:
    """Return a topic of the manual."""
    from trackio_view.options.manual_topics import topic

    return _parsed(topic, text)


def one_of(*words: str) -> Callable[[str], str]:
    """Return a reader of values that must be one of the words."""

    def read(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(f"not {' or '.join(words)}: {text!r}")
        return text

    return read


def points(text: str) -> int:
    """Return how many rows a series may keep."""
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) < FEWEST_POINTS:
        raise argparse.ArgumentTypeError(
            f"not a number of rows: {text!r} (at least {FEWEST_POINTS}: first, last, min and max)"
        )
    return int(text)


def path(text: str) -> Path:
    """Return a path."""
    # Imported here because the module takes 2 ms and few commands name a file.
    from pathlib import Path

    return Path(text)


_MATCHER = r'\s*[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"\s*'


def matchers(text: str) -> str:
    """Return matchers of labels, as PromQL has them between braces."""
    if re.fullmatch(f"{_MATCHER}(?:,{_MATCHER})*", text) is None:
        raise argparse.ArgumentTypeError('matchers are as cluster="a",job=~"dcgm.*"')
    return text.strip()


def endings() -> str:
    """Return the endings of the names of pictures, in words."""
    told = [f"{ending} ({said})" if said else ending for ending, said in PICTURES.items()]
    return f"{', '.join(told[:-1])} or {told[-1]}"


def picture_file(text: str) -> Path:
    """Return a path whose ending names a kind of picture."""
    file = path(text)
    if file.suffix.lower() not in PICTURES:
        raise argparse.ArgumentTypeError(f"the name of a picture ends in {endings()}: {text!r}")
    return file


def size(text: str) -> tuple[int, int]:
    """Return columns and rows."""
    width, _, height = text.lower().partition("x")
    for number in (width, height):
        if not (number.isascii() and number.isdigit()) or len(number) > 6:
            raise argparse.ArgumentTypeError(f"not a size such as 120x40: {text!r}")
    given = int(width), int(height)
    from trackio_view.view.layout import LEAST_HEIGHT, LEAST_WIDTH

    least, most = (LEAST_WIDTH, LEAST_HEIGHT), LARGEST_SIZE
    if not all(low <= one <= high for low, one, high in zip(least, given, most, strict=True)):
        raise argparse.ArgumentTypeError(
            f"{text} is not between {least[0]}x{least[1]} and {most[0]}x{most[1]}"
        )
    return given


def duration(text: str) -> float:
    """Return seconds."""
    from trackio_view.model.durations import parse_duration

    return _parsed(parse_duration, text)


def since(text: str) -> float:
    """Return a time in seconds since the epoch."""
    from trackio_view.wording.moments import parse_moment

    return _parsed(lambda typed: parse_moment(typed, time.time()), text)


def condition(text: str) -> Condition:
    """Return the condition that is waited for."""
    from trackio_view.options.condition import parse_condition

    return _parsed(parse_condition, text)
