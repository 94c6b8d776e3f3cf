"""The traces that a run logged, on its page: how many, and a line for each of the newest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trackio_view.charts.palette import BAD, LABEL, MUTED, TITLE, VALUE
from trackio_view.model.run import Run
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.screens.page_parts import OpeningLine, PageLine
from trackio_view.screens.panels.page_lines import label_columns, opening_line, section
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import fit, pad, text_width
from trackio_view.view.folding import Fold
from trackio_view.view.run_page import TRACE, TRACES
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import format_step
from trackio_view.wording.traces import took_text, trace_name

_LEAST_REQUEST = 12


def trace_section(traces: LoggedTraces, run: Run, width: int) -> Iterator[PageLine]:
    """Yield the newest traces below a heading that says how many there are of them all."""
    title = "traces"
    if traces.total > len(traces.newest):
        title = f"traces: {traces.total:,}, the newest first"
    yield from section(title, _trace_lines(traces, run, width), width)


def _trace_lines(traces: LoggedTraces, run: Run, width: int) -> Iterator[PageLine]:
    steps = [f"step {format_step(run.step_at(trace.step))}" for trace in traces.newest]
    names = Names(map(trace_name, traces.newest))
    step_width = max(map(text_width, steps), default=0)
    name_width = max((text_width(trace_name(trace)) for trace in traces.newest), default=0)
    name_width = min(name_width, label_columns(width) // 2)
    for trace, step in zip(traces.newest, steps, strict=True):
        name = pad(names.cut(trace_name(trace), name_width), name_width)
        told = [StyledText(f"{step:<{step_width}}  ", LABEL), StyledText(f"{name}  ", TITLE)]
        yield _line(trace, told, width)
    if traces.total > 1:
        everything = f"all {traces.total:,}, to be searched"
        yield opening_line(Fold(TRACES), everything, is_open=False, label=True)
    if traces.waiting:
        more = f" {'more ' if traces.total else ''}wait{'s' * (traces.waiting == 1)}"
        text = f"  {traces.waiting:,}{more} for a server in the inbox"
        yield from wrapped([StyledText(text, MUTED)], width, 2)


def _line(trace: TraceSummary, named: Sequence[StyledText], width: int) -> OpeningLine:
    """Return one line: what does not fit of the request is left out."""
    sign, _ = opening_line(Fold(TRACE, row=trace.number), "", is_open=False).segments
    told = [sign, *named]
    after = []
    if trace.duration is not None:
        after.append(StyledText(f"  {took_text(trace.duration)}", LABEL))
    if trace.error:
        after.append(StyledText(f"  {' '.join(trace.error.split())}", BAD))
    taken = sum(text_width(one.text) for one in (*told, *after))
    room = max(_LEAST_REQUEST, width - taken)
    request = StyledText(fit(trace.request, room), VALUE)
    if not trace.request:
        request = StyledText(fit("(no user message)", room), MUTED)
    return OpeningLine([*told, request, *after], Fold(TRACE, row=trace.number))
