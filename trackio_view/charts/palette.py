"""The one place that decides what a colour means; a theme says which colour that is."""

from __future__ import annotations

from functools import lru_cache

from trackio_view.light_typing import NamedTuple
from trackio_view.model.roles import Direction, Role, kind_of
from trackio_view.series.scale import Scale
from trackio_view.terminal.style import LINE_COLOR_COUNT, SHADES, Meaning, Style

# Text takes the terminal's own foreground wherever it can, so that light themes stay legible.
BORDER = Style(Meaning("border"))
BORDER_FOCUSED = Style(Meaning("focused border"))
TITLE = Style()
VALUE = Style(bold=True)
LABEL = Style(Meaning("label"))
MUTED = Style(Meaning("muted"))
ACCENT = Style(Meaning("accent"))
GOOD = Style(Meaning("good"))
WARNING = Style(Meaning("warning"))
BAD = Style(Meaning("bad"))
SELECTED = Style(Meaning("selected text"), Meaning("selected"), bold=True)
LEVEL_STYLES = {"info": ACCENT, "warn": WARNING, "error": BAD}
"""By the level of an alert."""
CURSOR = Style(Meaning("accent"))
"""The line of the value cursor."""
KEY = Style(Meaning("accent"), bold=True)

LINE_COLORS = tuple(Meaning("line", number) for number in range(LINE_COLOR_COUNT))
"""Colours for lines that are told apart."""

_SHADES = Scale(0.0, 1.0, SHADES, clipped=True)


@lru_cache(maxsize=1024)
def style_in(color: Meaning, *, bold: bool = False, dim: bool = False) -> Style:
    """Return the one style of a colour: the differ compares styles by identity first."""
    return Style(color, bold=bold, dim=dim)


class Gradient(NamedTuple):
    """What colours from low to high mean."""

    name: str

    def color(self, fraction: float) -> Meaning:
        """Return the colour at `fraction`: 0 for the lowest value, 1 for the highest.

        Fractions beyond are clamped; NaN counts as the middle.
        """
        if fraction != fraction:
            fraction = 0.5
        return _meanings(self)[_SHADES.nearest(fraction)]


@lru_cache(maxsize=64)
def _meanings(gradient: Gradient) -> tuple[Meaning, ...]:
    return tuple(Meaning(gradient.name, step) for step in range(SHADES))


LOW_IS_GOOD = Gradient("low is good")
HIGH_IS_GOOD = Gradient("high is good")
LEARNING_RATE = Gradient("learning rate")
NEUTRAL = Gradient("neutral")


def gradient_for(metric: str) -> Gradient:
    """Return the gradient that the metric's chart is drawn in, judged by its name."""
    kind = kind_of(metric)
    if kind.direction is Direction.HIGH_IS_GOOD:
        return HIGH_IS_GOOD
    if kind.direction is Direction.LOW_IS_GOOD:
        return LOW_IS_GOOD
    return LEARNING_RATE if kind.role is Role.LEARNING_RATE else NEUTRAL


def change_style(metric: str, change: float | None) -> Style:
    """Return the style of a change of the metric: good, bad, or neither."""
    direction = kind_of(metric).direction
    if change is None or change != change or change == 0 or direction is Direction.NEUTRAL:
        return LABEL
    return GOOD if (change < 0) == (direction is Direction.LOW_IS_GOOD) else BAD
