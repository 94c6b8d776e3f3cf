"""The help: every key, made from the table of bindings."""

from __future__ import annotations

import textwrap

from trackio_view.charts.box import blank_out, draw_box, inside, middle
from trackio_view.charts.palette import KEY, LABEL, MUTED
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import ELLIPSIS, Repertoire
from trackio_view.terminal.text import fit
from trackio_view.view.bindings import BINDINGS, Binding, Mode, keys_label
from trackio_view.view.screen_table import SCREENS

_WIDTH = 72
_KEYS_WIDTH = 16


def help_lines(mode: Mode, width: int, *, arrows: bool) -> list[tuple[str, str]]:
    """Return the help as lines of (keys, what they do) for a box of `width` columns inside.

    The keys of `mode` come first, then under their names those of other screens, notes last; a
    line of text that goes on has no keys.
    """
    room = max(8, width - _keys_width(width) - 3)
    lines: list[tuple[str, str]] = []
    for place, bindings in _by_place(mode):
        if place is not mode:
            lines += [("", ""), ("", place.value)]
        for binding in bindings:
            first, *rest = textwrap.wrap(binding.help, room) or [""]
            lines.append((keys_label(binding, arrows=arrows), first))
            lines += [("", " " * (_keys_width(width) + 1) + text) for text in rest]
    for note in SCREENS[mode].notes:
        lines += [("", ""), *(("", text) for text in textwrap.wrap(note, max(8, width - 2)))]
    return lines


def _by_place(mode: Mode) -> list[tuple[Mode, list[Binding]]]:
    """Return the bindings of `mode`, then each of the others where it is met first."""
    places: dict[Mode, list[Binding]] = {place: [] for place in (mode, *Mode)}
    for binding in BINDINGS:
        places[next(place for place in places if place in binding.modes)].append(binding)
    return [(place, bindings) for place, bindings in places.items() if bindings]


def _keys_width(width: int) -> int:
    return min(_KEYS_WIDTH, width // 3)


def draw_help(frame: Frame, area: Rect, mode: Mode, offset: int, repertoire: Repertoire) -> int:
    """Draw the help of `mode` over the middle of `area`, from its line `offset` on.

    Returns the first line from which the end of the text is on screen.
    """
    width = min(_WIDTH, area.width)
    lines = help_lines(mode, width - 2, arrows=repertoire is not Repertoire.ASCII)
    rect = middle(area, _WIDTH, len(lines) + 2)
    blank_out(frame, rect)
    draw_box(frame, rect, title="keys", focused=True)
    place = inside(rect)
    keys_width = _keys_width(place.width)
    furthest = max(0, len(lines) - place.height)
    first = max(0, min(offset, furthest))
    for y, (keys, text) in enumerate(lines[first : first + place.height], place.y):
        if keys:
            frame.put(place.x + 1, y, fit(keys, keys_width), KEY)
            frame.put(place.x + keys_width + 2, y, text, LABEL)
        else:
            frame.put(place.x + 1, y, text, LABEL if text.startswith(" ") else MUTED)
    bottom = rect.y + rect.height - 1
    page = f" trackio-view --manual {SCREENS[mode].keys.page} "
    more = f" {ELLIPSIS} more below " if first + place.height < len(lines) else ""
    if len(page) + len(more) + 5 <= rect.width:
        frame.put(rect.x + 2, bottom, page, MUTED)
    frame.put(rect.x + rect.width - len(more) - 2, bottom, more, MUTED)
    return furthest
