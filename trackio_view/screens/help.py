"""The help: every key, made from the table of bindings."""

from __future__ import annotations

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import KEY, LABEL, MUTED
from trackio_view.model.bindings import BINDINGS, key_label
from trackio_view.screens.glyphs import Glyphs
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import Style

_WIDTH = 64
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


def draw_help(frame: Frame, offset: int, glyphs: Glyphs) -> None:
    """Draw the help over the middle of the frame, from its line `offset` on."""
    lines = help_lines(unicode=glyphs.unicode)
    width = min(_WIDTH + 8, frame.width)
    height = min(len(lines) + 2, frame.height - 2)
    rect = Rect((frame.width - width) // 2, 1 + (frame.height - 2 - height) // 2, width, height)
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


def blank_out(frame: Frame, rect: Rect) -> None:
    """Make room for a box that lies over the charts."""
    blank = [" "] * rect.width
    for y in range(rect.y, rect.y + rect.height):
        frame.put_glyphs(rect.x, y, blank, Style())
