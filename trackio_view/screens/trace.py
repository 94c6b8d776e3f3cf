"""One trace: what is known of it, its messages as a conversation, its spans and its metadata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trackio_view.charts.box import blank_out, draw_box, inside
from trackio_view.charts.palette import ACCENT, BAD, LABEL, MUTED, SELECTED, VALUE, WARNING
from trackio_view.model.opened_traces import TraceContent
from trackio_view.model.run import NO_NAME, Run
from trackio_view.model.traces import TraceSummary
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.screens.page_parts import (
    LINES_A_FRAME,
    OpeningLine,
    PageLine,
    PageParts,
    StyledLine,
)
from trackio_view.screens.panels.conversation import message_lines
from trackio_view.screens.panels.page_lines import (
    draw_lines,
    fact_lines,
    heading,
    section,
    segments_of,
)
from trackio_view.screens.panels.span_lines import span_lines
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import ELLIPSIS, POINTER, WARNING_SIGN
from trackio_view.terminal.style import Style, StyledText
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import FoldLine, Opened, PageSeen
from trackio_view.view.trace import TraceView, shown_trace, trace_content, trace_key, trace_request
from trackio_view.view.traces import number_of, shown_traces
from trackio_view.wording.missing import RUN_GONE
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import format_step
from trackio_view.wording.traces import cost_text, tokens_text, took_text, trace_name

_FOUND = Style(ACCENT.foreground, bold=True, underline=True)


def draw_trace(
    frame: Frame, area: Rect, dashboard: Dashboard, now: float, memo: Memo, *, hurried: bool
) -> tuple[bool, int | None, PageSeen]:
    """Draw the trace that is open into `area`; returns what `draw_run_page` does."""
    blank_out(frame, area)
    view, found = dashboard.view.state(TraceView), dashboard.page_run
    place = inside(area)
    if view is None or found is None:
        draw_box(frame, area, title="trace", focused=True)
        frame.put(place.x + 1, place.y, RUN_GONE, MUTED)
        return True, 0, PageSeen()
    _, run = found
    summary = shown_trace(dashboard)
    width, room = place.width - 2, place.height
    most = room if hurried else None
    lines, whole = _laid_out(dashboard, view, run, now, width, memo, most)
    seen = _seen(dashboard, view, lines, width, room, memo)
    first, current = view.first(seen), view.current(seen)
    name = "" if summary is None else f" {POINTER} {trace_name(summary)}"
    title = f"{run.name or NO_NAME}{name}"
    right = _facts(dashboard, view, len(lines), first, room, whole=whole)
    draw_box(frame, area, title=title, right=right, focused=True)
    told = (
        _told_apart(segments_of(line), view.search, SELECTED if view.found == number else _FOUND)
        for number, line in enumerate(lines[first : first + room], first)
    )
    draw_lines(frame, place, told, None if current is None else seen.folds[current].line - first)
    return whole, max(0, len(lines) - room) if whole else None, seen


def _facts(
    dashboard: Dashboard, view: TraceView, lines: int, first: int, room: int, *, whole: bool
) -> list[StyledText]:
    shown = shown_traces(dashboard, view.traces)
    place = shown.total - number_of(view.traces, shown.total) + 1
    facts = [StyledText(f"{place:,} of {shown.total:,}", LABEL)] if shown.total > 1 else []
    if view.search:
        facts.append(StyledText(f"/{view.search}", ACCENT))
    if lines > room or not whole:
        count = f"{lines:,}" if whole else f"more than {lines:,}"
        facts.append(StyledText(f"lines {first + 1:,}-{first + room:,} of {count}", LABEL))
    return facts


def _seen(
    dashboard: Dashboard,
    view: TraceView,
    lines: Sequence[PageLine],
    width: int,
    room: int,
    memo: Memo,
) -> PageSeen:
    key = trace_key(dashboard)
    state = ("lines of the trace", key, view.opened, view.search, width)
    looked = memo.get(state, _LookedThrough)
    looked.go_on(lines, view.search)
    return PageSeen(key, view.opened, looked.folds, len(lines), room, hits=looked.hits)


class _LookedThrough:
    """The folds and the hits among the lines laid out so far: frame by frame there are more, and
    each is looked at once.
    """

    def __init__(self) -> None:
        self.folds: list[FoldLine] = []
        self.hits: list[int] = []
        """Lines to which keys go: those with what is searched for, else those of errors."""
        self._count = 0

    def go_on(self, lines: Sequence[PageLine], search: str) -> None:
        for at in range(self._count, len(lines)):
            line = lines[at]
            if isinstance(line, OpeningLine):
                self.folds.append(FoldLine(at, line.fold))
            if _is_hit(segments_of(line), search):
                self.hits.append(at)
        self._count = len(lines)


def _is_hit(line: StyledLine, search: str) -> bool:
    if not search:
        return any(segment.style == BAD for segment in line)
    return search.casefold() in "".join(segment.text for segment in line).casefold()


def _told_apart(line: StyledLine, search: str, style: Style) -> Iterator[StyledText]:
    """Yield the pieces of a line, in which what is searched for has a style of its own."""
    needle = search.casefold()
    for segment in line:
        text = segment.text
        folded = text.casefold()
        if not needle or needle not in folded or len(folded) != len(text):
            yield segment
            continue
        start = 0
        while (at := folded.find(needle, start)) >= 0:
            yield segment._replace(text=text[start:at])
            yield StyledText(text[at : at + len(needle)], style)
            start = at + len(needle)
        yield segment._replace(text=text[start:])


def _laid_out(
    dashboard: Dashboard,
    view: TraceView,
    run: Run,
    now: float,
    width: int,
    memo: Memo,
    most: int | None,
) -> tuple[list[PageLine], bool]:
    """Return the lines, as far as one frame may lay them out, and whether that is all."""
    summary, content = shown_trace(dashboard), trace_content(dashboard)
    parts = memo.get("parts of the trace", PageParts)
    logged = None if content is None or content.time is None else clock_time(content.time, now)
    state = (summary, content, view.opened, view.search, logged)
    return parts.lay_out(
        (trace_request(dashboard), width),
        state,
        lambda: trace_lines(run, summary, content, view.opened, view.search, logged, width, parts),
        None if most is None else max(LINES_A_FRAME, most),
    )


def trace_lines(
    run: Run,
    summary: TraceSummary | None,
    content: TraceContent | None,
    opened: Opened,
    search: str,
    logged: str | None,
    width: int,
    parts: PageParts,
) -> Iterator[PageLine]:
    """Yield the lines of a trace, `width` columns wide at most; `content` is `None` until it comes.

    While something is searched for, nothing is folded away.
    """
    if summary is None:
        yield (StyledText(f"looking for it{ELLIPSIS}", MUTED),)
        return
    yield from _overview(run, summary, content, logged, width)
    if content is None:
        yield (StyledText(f"reading its messages{ELLIPSIS}", MUTED),)
        return
    if content.fault:
        yield from wrapped([StyledText(content.fault, WARNING)], width)
        return
    everything = bool(search)
    yield ()
    yield from message_lines(content.messages, opened, width, parts, everything=everything)
    if not content.messages:
        yield (StyledText("It has no messages.", MUTED),)
    if content.spans:
        yield ()
        yield (heading(f"spans: {len(content.spans):,}"),)
        yield from span_lines(content.spans, opened, width, parts, everything=everything)
    yield from section("metadata", _metadata_lines(content, width), width)
    for sentence in content.left_out:
        yield ()
        yield from wrapped([StyledText(sentence, WARNING)], width)


def _overview(
    run: Run, summary: TraceSummary, content: TraceContent | None, logged: str | None, width: int
) -> Iterator[StyledLine]:
    """Yield what is known of the whole trace, side by side."""
    told = [("step", format_step(run.step_at(summary.step)))]
    if logged is not None:
        told.append(("logged", logged))
    known = summary if content is None or content.summary is None else content.summary
    for name, text, value in (
        ("took", took_text(known.duration), known.duration),
        ("tokens", tokens_text(known.tokens), known.tokens),
        ("cost", cost_text(known.cost), known.cost),
    ):
        if value is not None:
            told.append((name, text))
    facts: list[StyledText] = []
    for name, text in told:
        gap = "   " if facts else ""
        facts += [StyledText(f"{gap}{name} ", LABEL), StyledText(text, VALUE)]
    yield from wrapped(facts, width)
    if known.error:
        yield from wrapped([StyledText(f"{WARNING_SIGN} {known.error}", BAD)], width, 2)


def _metadata_lines(content: TraceContent, width: int) -> Iterator[StyledLine]:
    labels = Names(key for key, _ in content.metadata)
    for key, text in content.metadata:
        yield from fact_lines(width, key, StyledText(text, VALUE), labels=labels)


def _draw(canvas: Canvas) -> Drawn:
    frame, area, dashboard, now, _, memo, _, hurried = canvas
    return Drawn(*draw_trace(frame, area, dashboard, now, memo, hurried=hurried))


DRAWING = Drawing(_draw)
