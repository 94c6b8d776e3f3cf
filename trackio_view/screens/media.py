"""A medium that a run logged: a picture in cells, and what its file tells of itself."""

from __future__ import annotations

from collections.abc import Iterator

from trackio_view.charts.box import blank_out, draw_box, inside
from trackio_view.charts.image import picture_cells
from trackio_view.charts.palette import LABEL, MUTED, VALUE, WARNING
from trackio_view.model.opened_media import MediaContent
from trackio_view.model.run import NO_NAME
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.screens.page_parts import StyledLine
from trackio_view.screens.panels.logged_media import place_among_steps
from trackio_view.screens.wrapping import wrapped
from trackio_view.series.picture import PicturePixels
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import ELLIPSIS, POINTER
from trackio_view.terminal.style import StyledText
from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.media import MediaView, ShownMedium, TableStep, media_content, shown_medium
from trackio_view.wording.numbers import format_bytes, format_step


def draw_media(frame: Frame, area: Rect, dashboard: Dashboard, memo: Memo) -> None:
    """Draw the medium that is open into `area`."""
    blank_out(frame, area)
    shown, found = shown_medium(dashboard), dashboard.page_run
    place = inside(area)
    if shown is None or found is None:
        draw_box(frame, area, title="media", focused=True)
        frame.put(place.x + 1, place.y, "It is no longer there.", MUTED)
        return
    _, run = found
    one, steps = shown
    view = dashboard.view.state(MediaView) or MediaView()
    named = [run.name or NO_NAME, *_within(view), one.key]
    title = f" {POINTER} ".join(named)
    step = f"step {format_step(run.step_at(one.step))}"
    right = [StyledText(step, VALUE)]
    if len(steps) > 1 and view.within is not None:
        right.append(StyledText(f"{one.number:,} of {len(steps):,}", LABEL))
    elif len(steps) > 1:
        right.append(StyledText(place_among_steps(one, steps), LABEL))
    draw_box(frame, area, title=title, right=right, focused=True)
    content = media_content(dashboard)
    picture = None if content is None else content.picture
    top = place.y
    if picture is not None and dashboard.draws_pictures:
        top += _draw_picture(frame, place, picture, memo)
    y = top
    for line in _lines(dashboard, shown, content, place.width - 2):
        if y >= place.y + place.height:
            break
        x = place.x + 1
        for segment in line:
            x = frame.put(x, y, segment.text, segment.style, limit=place.x + place.width - x)
        y += 1


def _within(view: MediaView) -> list[str]:
    """Return the table that a medium is in a cell of, nothing where it is in none."""
    return [view.within.key or NO_NAME] if isinstance(view.within, TableStep) else []


def _draw_picture(frame: Frame, place: Rect, picture: PicturePixels, memo: Memo) -> int:
    """Draw a picture at the top, and return how many rows it takes: none where it has no room."""
    rows = (picture.height + 1) // 2
    if picture.width > place.width or rows > place.height:
        # The picture was made for another size. One for this size is on its way.
        return 0
    cells = memo.get(("picture", picture), lambda: picture_cells(picture))
    frame.blit(cells, place.x + (place.width - picture.width) // 2, place.y)
    return rows


def _lines(
    dashboard: Dashboard, shown: ShownMedium, content: MediaContent | None, width: int
) -> Iterator[StyledLine]:
    one = shown.one
    if one.caption:
        yield from wrapped([StyledText(" ".join(one.caption.split()), VALUE)], width)
    told = [("kind", one.kind)]
    if content is not None:
        told += content.facts
    if one.size is not None:
        told.append(("size", format_bytes(one.size)))
    facts: list[StyledText] = []
    for name, text in told:
        gap = "   " if facts else ""
        facts += [StyledText(f"{gap}{name} ", LABEL), StyledText(text, VALUE)]
    yield from wrapped(facts, width)
    fault = one.fault if content is None else content.fault
    if fault:
        yield from wrapped([StyledText(fault, WARNING)], width)
    elif content is None:
        yield (StyledText(f"reading the file{ELLIPSIS}", MUTED),)
    elif content.picture is None:
        yield from wrapped([StyledText(_undrawn(dashboard, one.kind), MUTED)], width)
    yield from wrapped([StyledText(one.path, MUTED)], width)


def _undrawn(dashboard: Dashboard, kind: str) -> str:
    """Return why a file without faults is not drawn."""
    key = dashboard.view.key_of(Action.COPY)
    if kind == "image":
        return f"A picture needs colours and half blocks; {key} copies where the file lies."
    return f"It is opened elsewhere: {key} copies where the file lies."


def _draw(canvas: Canvas) -> Drawn:
    draw_media(canvas.frame, canvas.area, canvas.dashboard, canvas.memo)
    return Drawn()


DRAWING = Drawing(_draw)
