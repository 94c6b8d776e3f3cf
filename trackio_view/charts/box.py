"""Boxes: a thin border with a title and facts in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackio_view.charts.palette import BORDER, BORDER_FOCUSED, LABEL, TITLE
from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import PLAIN, StyledText
from trackio_view.terminal.text import fit, is_plain, text_width
from trackio_view.wording.names import Names


class _Border(NamedTuple):
    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    horizontal: str
    vertical: str


_LEAST_TITLE = 12
_BORDER = _Border("╭", "╮", "╰", "╯", "─", "│")


def inside(rect: Rect) -> Rect:
    """Return the place within the border of a box at `rect`; it may be empty, never negative."""
    return Rect(rect.x + 1, rect.y + 1, max(rect.width - 2, 0), max(rect.height - 2, 0))


def middle(area: Rect, width: int, height: int) -> Rect:
    """Return the place of a box of the given size, or as much as fits, in the middle of `area`."""
    width, height = min(width, area.width), min(height, area.height)
    x, y = area.x + (area.width - width) // 2, area.y + (area.height - height) // 2
    return Rect(x, y, width, height)


def blank_out(frame: Frame, rect: Rect) -> None:
    """Make room for a box that lies over the charts."""
    blank = [" "] * rect.width
    for y in range(rect.y, rect.y + rect.height):
        frame.put_glyphs(rect.x, y, blank, PLAIN)
    frame.regions = [one for one in frame.regions if not rect.holds(one[0].x, one[0].y)]


def draw_box(
    frame: Frame,
    rect: Rect,
    *,
    title: str = "",
    right: Sequence[StyledText] = (),
    focused: bool = False,
    names: Names | None = None,
) -> None:
    """Draw a border along the edge of `rect`, with the title and `right` in its upper side.

    The title gives way to `right` down to a third of the width, or to the part that tells it from
    others. Pieces of `right` that do not fit are dropped from the end. A title among `names` is cut
    so that it is told from them. `rect` must lie within the frame; any size is allowed.
    """
    if rect.width <= 0 or rect.height <= 0:
        return
    style = BORDER_FOCUSED if focused else BORDER
    x, y, width, height = rect
    if width == 1 or height == 1:
        glyph = _BORDER.vertical if width == 1 else _BORDER.horizontal
        for row in range(y, y + height):
            frame.put_glyphs(x, row, [glyph] * width, style)
    else:
        rule = [_BORDER.horizontal] * (width - 2)
        frame.put_glyphs(x, y, [_BORDER.top_left, *rule, _BORDER.top_right], style)
        for row in range(y + 1, y + height - 1):
            frame.put_glyphs(x, row, [_BORDER.vertical], style)
            frame.put_glyphs(x + width - 1, row, [_BORDER.vertical], style)
        frame.put_glyphs(
            x, y + height - 1, [_BORDER.bottom_left, *rule, _BORDER.bottom_right], style
        )
    _draw_texts(frame, rect, title, right, fit if names is None else names.cut)


def draw_top(
    frame: Frame, rect: Rect, title: str, facts: Sequence[StyledText], names: Names | None
) -> None:
    """Draw the upper side of a box anew, with other facts in it."""
    x, y, width, _ = rect
    if len(facts) == 1:
        text, style, _, on = facts[0]
        line = width - 8 - len(title) - len(text)
        if line > 0 and title and text and on is None and is_plain(title) and is_plain(text):
            # Nearly all charts come here, and a cursor draws each of them anew with every key.
            styles = [BORDER, PLAIN, *[TITLE] * len(title), PLAIN, *[BORDER] * line, PLAIN]
            styles += [style] * len(text) + [PLAIN, BORDER]
            rule = _BORDER.horizontal
            # Only the cells between the corners are replaced: no glyph of two cells reaches
            # into a corner.
            frame.glyphs[y][x + 1 : x + width - 1] = f"{rule} {title} {rule * line} {text} {rule}"
            frame.styles[y][x + 1 : x + width - 1] = styles
            return
    frame.put_glyphs(x + 1, y, [_BORDER.horizontal] * (width - 2), BORDER)
    _draw_texts(frame, rect, title, facts, fit if names is None else names.cut)


def _draw_texts(
    frame: Frame,
    rect: Rect,
    title: str,
    right: Sequence[StyledText],
    cut: Callable[[str, int], str],
) -> None:
    # A corner, a line and a blank stand at either end: `╭─ title ── 3.7359 ─╮`.
    room = rect.width - 6
    if room < 1:
        return
    shown = [segment for segment in right if segment.text]
    taken = _total_width(shown)
    least_title = min(text_width(title), room_of_any_title(rect.width)) + 3 if title else 0
    while shown and least_title + taken > room:
        shown.pop()
        taken = _total_width(shown)
    if taken:
        _put_in_border(frame, rect.x + rect.width - 4 - taken, rect.y, shown)
        taken += 3
    if title:
        text = cut(title, room - taken)
        if text:
            _put_in_border(frame, rect.x + 2, rect.y, [StyledText(text, TITLE)])


def _put_in_border(frame: Frame, x: int, y: int, segments: Sequence[StyledText]) -> None:
    """Draw texts into a side of a box, apart from one another and from its line."""
    if len(segments) == 1 and segments[0].on is None and is_plain(segments[0].text):
        # Nearly all texts come here. They are drawn together with the blanks around them, because a
        # cursor draws each title anew with every key.
        text, style = segments[0].text, segments[0].style
        frame.put_glyphs(x, y, f" {text} ", [PLAIN, *[style] * len(text), PLAIN])
        return
    x = frame.put_glyphs(x, y, " ")
    for position, segment in enumerate(segments):
        if position:
            x = frame.put_glyphs(x, y, "  ")
        start = x
        x = frame.put(start, y, segment.text, segment.style)
        if segment.on is not None:
            frame.regions.append((Rect(start, y, x - start, 1), segment.on))
    frame.put_glyphs(x, y, " ")


def room_of_any_title(width: int) -> int:
    """Return how many columns of a title are there in a box so wide, whatever stands beside it."""
    room = width - 6
    return max(room // 3, min(_LEAST_TITLE, room // 2), 1)


def draw_bottom(
    frame: Frame,
    rect: Rect,
    segments: Sequence[StyledText],
    more: int = 0,
    *,
    anew: bool = False,
) -> None:
    """Draw pieces into the lower side of a box at `rect`, and how many of them do not fit.

    `more` is how many other pieces there are, which were not made because none has room. Pieces
    that are drawn `anew` take the place of those drawn before, if one of them has room.
    """
    shown = _fitting(segments, rect.width - 6, more)
    if not shown or rect.height < 2:
        return
    if anew:
        blank_bottom(frame, rect)
    _put_in_border(frame, rect.x + 2, rect.y + rect.height - 1, shown)


def blank_bottom(frame: Frame, rect: Rect) -> None:
    """Take what was drawn into the lower side of a box at `rect` out again."""
    rule = [_BORDER.horizontal] * (rect.width - 2)
    frame.put_glyphs(rect.x + 1, rect.y + rect.height - 1, rule, BORDER)


def _fitting(segments: Sequence[StyledText], room: int, more: int) -> Sequence[StyledText]:
    """Return the first pieces, as many as there is room for, and how many more there are.

    Before a piece is left out, pieces with a short form take it, the last ones first.
    """
    for place in range(len(segments) - 1, -1, -1):
        if _total_width(segments) <= room:
            break
        one = segments[place]
        if one.short:
            shortened = one._replace(text=one.short)
            segments = [*segments[:place], shortened, *segments[place + 1 :]]
    for rest in range(len(segments)):
        others = [StyledText(f"+{rest + more:,}", LABEL)] if rest + more else []
        shown = [*segments[: len(segments) - rest], *others]
        if _total_width(shown) <= room:
            return shown
    return segments[:1] if _total_width(segments[:1]) <= room else ()


def _total_width(segments: Sequence[StyledText]) -> int:
    return sum([text_width(segment.text) for segment in segments]) + 2 * max(len(segments) - 1, 0)
