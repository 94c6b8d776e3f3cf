"""The media that a run logged, on its page: a line a key, which tells of one step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from trackio_view.charts.palette import LABEL, MUTED, TITLE, WARNING
from trackio_view.model.objects import LoggedMedia, LoggedTable
from trackio_view.model.run import Run
from trackio_view.screens.page_parts import OpeningLine, PageLine
from trackio_view.screens.panels.page_lines import fact_lines, opening_line
from trackio_view.terminal.style import StyledText
from trackio_view.view.folding import Fold, Opened
from trackio_view.view.run_page import MEDIA
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import format_bytes, format_step


def media_lines(
    media: Sequence[LoggedMedia], run: Run, opened: Opened, width: int
) -> Iterator[PageLine]:
    """Yield a line for each key: what it was at the step that is looked at, to be opened."""
    by_key = [(key, list(steps)) for key, steps in groupby(media, key=lambda one: one.key)]
    labels = Names(_label(steps[-1]) for _, steps in by_key)
    for key, steps in by_key:
        one = steps[-1 - min(opened.back.get(key, 0), len(steps) - 1)]
        fold = Fold(MEDIA, key)
        told = [StyledText(f"step {format_step(run.step_at(one.step))}", TITLE)]
        if len(steps) > 1:
            told.append(StyledText(f"  {place_among_steps(one, steps)}", LABEL))
        if one.size is not None:
            told.append(StyledText(f"  {format_bytes(one.size)}", TITLE))
        if one.fault:
            told.append(StyledText(f"  {one.fault}", WARNING))
        if one.caption:
            told.append(StyledText(f"  {one.caption}", LABEL))
        told.append(StyledText(f"  {one.path}", MUTED))
        sign, _ = opening_line(fold, "", is_open=False).segments
        # The sign takes the place of the indent.
        first, *rest = fact_lines(width, _label(one), *told, labels=labels)
        indent, *others = first
        yield OpeningLine([sign, indent._replace(text=indent.text[2:]), *others], fold)
        yield from rest


def place_among_steps(
    one: LoggedTable | LoggedMedia, steps: Sequence[LoggedTable] | Sequence[LoggedMedia]
) -> str:
    """Return which of the kept steps a medium is of. At the earliest one, say that there were
    others.
    """
    count = steps[-1].number
    lost = one is steps[0] and one.number > 1
    return f"{one.number:,} of {count:,} steps" + ", those before are not kept" * lost


def _label(one: LoggedMedia) -> str:
    return f"{one.key} ({one.kind})"
