"""The help: every key, made from the table of bindings."""

from __future__ import annotations

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import KEY, LABEL, MUTED
from trackio_view.model.bindings import BINDINGS, key_label
from trackio_view.screens.glyphs import Glyphs
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import Style

_WIDTH = 72
_NOTES = (
    "A run's state is inferred from the age of its last row, measured by",
    "its own pace: TrackIO records no end. A zoom level counts distinct",
    "steps, so a metric logged rarely shows its points of that stretch.",
)


def help_lines(*, unicode: bool) -> list[tuple[str, str]]:
    """Return the help as (keys, what they do); a line of text has no keys."""
    lines = [
        (" ".join(key_label(key, unicode=unicode) for key in binding.keys), binding.help)
        for binding in BINDINGS
    ]
    return [*lines, ("", ""), *(("", note) for note in _NOTES)]


def draw_help(frame: Frame, area: Rect, offset: int, glyphs: Glyphs) -> None:
    """Draw the help over the middle of `area`, from its line `offset` on."""
    lines = help_lines(unicode=glyphs.unicode)
    rect = middle(area, _WIDTH, len(lines) + 2)
    blank_out(frame, rect)
    draw_box(frame, rect, title="keys", focused=True, unicode=glyphs.unicode)
    place = inside(rect)
    first = max(0, min(offset, len(lines) - place.height))
    for y, (keys, text) in enumerate(lines[first : first + place.height], place.y):
        if keys:
            frame.put(place.x + 1, y, keys, KEY, limit=16)
            frame.put(place.x + 18, y, text, LABEL, limit=max(0, place.width - 19))
        else:
            frame.put(place.x + 1, y, text, MUTED, limit=max(0, place.width - 2))
    if first + place.height < len(lines):
        more = f" {glyphs.ellipsis if glyphs.unicode else '...'} more below "
        frame.put(rect.x + rect.width - len(more) - 2, rect.y + rect.height - 1, more, MUTED)


def middle(area: Rect, width: int, height: int) -> Rect:
    """Return the place of a box of the given size, or as much as fits, in the middle of `area`."""
    width, height = min(width, area.width), min(height, area.height)
    x, y = area.x + (area.width - width) // 2, area.y + (area.height - height) // 2
    return Rect(x, y, width, height)


def blank_out(frame: Frame, rect: Rect) -> None:
    """Make room for a box that lies over the charts."""
    blank = [" "] * rect.width
    for y in range(rect.y, rect.y + rect.height):
        frame.put_glyphs(rect.x, y, blank, Style())
