"""The spans of a trace as lines: a tree, with a bar for when each was and how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trackio_view.charts.palette import ACCENT, BAD, BORDER, LABEL, MUTED, TITLE, VALUE
from trackio_view.model.opened_traces import TraceSpan
from trackio_view.screens.page_parts import OpeningLine, PageLine, PageParts
from trackio_view.screens.panels.conversation import INDENT, part_lines
from trackio_view.screens.panels.page_lines import opening_line
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.glyphs import Signed
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import pad, text_width
from trackio_view.view.folding import Fold, Opened
from trackio_view.view.trace import REST, SPAN
from trackio_view.wording.names import Names
from trackio_view.wording.traces import cost_text, tokens_text, took_text

_WIDEST_BAR = 40
_LEAST_BAR = 10
_TIME_WIDTH = 8
_WIDEST_NAME = 40
_DEEPEST_INDENT = 10
_AT_FIRST = 1_000
"""Characters of what went into a span, or came out, until the rest is opened."""


def span_lines(
    spans: Sequence[TraceSpan],
    opened: Opened,
    width: int,
    parts: PageParts,
    *,
    everything: bool,
) -> Iterator[PageLine]:
    """Yield a line for each span, and below those that are open what was logged of them."""
    names = [f"{'  ' * min(span.depth, _DEEPEST_INDENT)}{span.name}" for span in spans]
    widest = max((text_width(name) for name in names), default=0)
    bar = min(_WIDEST_BAR, width // 3)
    bar = bar if bar >= _LEAST_BAR else 0
    room = max(8, min(widest, _WIDEST_NAME, width - bar - _TIME_WIDTH - 6))
    cut = Names(names)
    end = max((_end(span) for span in spans), default=0.0)
    for number, (span, name) in enumerate(zip(spans, names, strict=True)):
        fold = Fold(SPAN, row=number)
        is_open = everything or fold in opened.switched
        sign, _ = opening_line(fold, "", is_open=is_open).segments
        label = pad(cut.cut(name, room), room)
        told = [
            sign,
            StyledText(label, BAD if span.error else VALUE),
            StyledText(f" {took_text(span.duration):>{_TIME_WIDTH}}  ", LABEL),
            *_bar(span, end, bar),
        ]
        more = [span.model, f"{tokens_text(span.tokens)} tokens" if span.tokens else ""]
        more.append(cost_text(span.cost) if span.cost is not None else "")
        facts = "  ".join(filter(None, more))
        if facts:
            told.append(StyledText(f"  {facts}", MUTED))
        yield OpeningLine(told, fold)
        if span.error:
            error = [StyledText(" " * INDENT + span.error, BAD)]
            yield from wrapped(error, width, INDENT)
        if is_open:
            yield from _detail_lines(span, number, opened, width, parts, everything=everything)


def _detail_lines(
    span: TraceSpan,
    number: int,
    opened: Opened,
    width: int,
    parts: PageParts,
    *,
    everything: bool,
) -> Iterator[PageLine]:
    if span.kind:
        yield (StyledText(f"{' ' * INDENT}kind {span.kind}", LABEL),)
    for place, part in enumerate(span.details):
        rest = Fold(REST, f"span {number}", row=place)
        is_whole = rest in opened.switched
        shown = len(part.text) if everything else min(_AT_FIRST, len(part.text))
        yield from part_lines(part, rest, shown, width, parts, is_whole=is_whole)
    if not span.details and not span.kind:
        yield (StyledText(f"{' ' * INDENT}nothing else was logged of it", MUTED),)


def _end(span: TraceSpan) -> float:
    return 0.0 if span.start is None else span.start + (span.duration or 0.0)


def _bar(span: TraceSpan, end: float, width: int) -> list[StyledText]:
    """Return when a span was among all of the trace; nothing where that is unknown."""
    if span.start is None or span.duration is None or end <= 0 or not width:
        return [StyledText(" " * width, TITLE)] if width else []
    first = min(width - 1, round(span.start / end * width))
    length = max(1, min(width - first, round(span.duration / end * width)))
    rest = width - first - length
    return [
        StyledText(Signed("─" * first), BORDER),
        StyledText(Signed("━" * length), BAD if span.error else ACCENT),
        StyledText(Signed("─" * rest), BORDER),
    ]
