"""The traces that a run logged, in the JSON of `--once`: how many, and the newest of them."""

from __future__ import annotations

from trackio_view.headless.json_numbers import Record, plain
from trackio_view.model.run import Run
from trackio_view.model.traces import LoggedTraces, TraceSummary

_UNTOLD = "the trace does not tell"


def traces_document(traces: LoggedTraces, run: Run) -> dict[str, object]:
    """Return how many traces a run logged, and the newest of them, the newest one first."""
    record = Record(total=traces.total)
    record.put("newest", [_trace(trace, run) for trace in traces.newest], "")
    return record.done()


def _trace(trace: TraceSummary, run: Run) -> dict[str, object]:
    record = Record(number=trace.number, key=trace.key)
    record.put_number("step", plain(run.step_at(trace.step)), "the step is no number")
    record.put("place", trace.place, "it was logged alone under its key")
    record.put("request", trace.request or None, "no user said anything")
    record.put("message_count", trace.message_count, "there is too much of them to be counted")
    record.put("span_count", trace.span_count, "there is too much of them to be counted")
    record.put_number("duration_seconds", trace.duration, _UNTOLD)
    record.put_number("tokens", trace.tokens, _UNTOLD)
    record.put_number("cost_dollars", trace.cost, _UNTOLD)
    record.put("error", trace.error or None, "nothing went wrong")
    return record.done()
