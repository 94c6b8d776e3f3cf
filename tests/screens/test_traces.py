"""The list of a run's traces."""

from __future__ import annotations

import pytest

from trackio_view.model.events import RowsLoaded, RunObjectsLoaded
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_traces import TraceList, TraceListLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.view.actions import Mode
from trackio_view.view.traces import TracesView, traces_request

pytestmark = pytest.mark.usefixtures("utc")
EXPERIMENT = ProjectId("", "my-experiment")
HOSTILE = "\x1b[2J\n\u202e"


def summary(number: int) -> TraceSummary:
    trace = TraceSummary(number, number, "rollout", number, number % 4, f"what is {number} x 7?")
    if number % 5 == 0:
        return trace._replace(request="", error="boom\nbang", place=None)
    seconds = number / 7
    return trace._replace(span_count=5, duration=seconds, tokens=1_204, cost=0.002)


@pytest.fixture
def opened(dashboard, show):
    """The list of a run with many traces."""
    newest = tuple(summary(number) for number in range(1_200, 1_190, -1))
    objects = RunObjects(traces=LoggedTraces(1_200, newest))
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    show(80, 24, "i", "end", "shift_tab", *["tab"] * 12, "enter")
    assert dashboard.view.mode is Mode.TRACES
    return dashboard


def load(dashboard, total: int = 1_200, **content) -> None:
    request = traces_request(dashboard, dashboard.view.state(TracesView))
    assert request is not None
    first = total - request.most + 1 if request.first is None else request.first
    numbers = range(max(1, first), min(total, first + request.most - 1) + 1)
    found = TraceList(total, [summary(number) for number in numbers], **content)
    dashboard.apply(TraceListLoaded(request, found))


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(opened, show, golden, width, height) -> None:
    load(opened)
    golden(f"traces-{width}x{height}", show(width, height, "down"))
    golden(f"traces-search-{width}x{height}", show(width, height, "/", *"no"))


def test_those_that_are_not_read_yet_stand_as_dots_and_come(opened, show) -> None:
    lines = show(80, 24, "page_down", "page_down").lines()
    assert "37 of 1,200" in lines[1]
    assert sum(line.split()[1:2] == ["…"] for line in lines) == 18
    load(opened)
    assert not any(line.split()[1:2] == ["…"] for line in show(80, 24).lines())
    assert any("what is 1164 x 7" in line for line in show(80, 24).lines())
    assert "1,200 of 1,200" in show(80, 24, "end").lines()[1]


def test_a_column_that_tells_nothing_is_left_out(opened, show) -> None:
    load(opened)
    assert "cost" in show(120, 24).lines()[2]
    request = traces_request(opened, opened.view.state(TracesView))
    assert request is not None
    bare = [TraceSummary(n, n, "k", n, request="x") for n in range(1_101, 1_201)]
    opened.apply(
        RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(traces=LoggedTraces(1_200, bare[:-11:-1])))
    )
    opened.apply(TraceListLoaded(request, TraceList(1_200, bare)))
    titles = show(120, 24).lines()[2].split()
    assert titles[1:-1] == ["step", "key", "request"]


def test_the_title_tells_the_search_and_the_page_that_nothing_was_found(opened, show) -> None:
    assert any("searching…" in line for line in show(80, 24, "/", "z").lines())
    load(opened, 0)
    lines = show(80, 24, "enter").lines()
    assert "/z" in lines[1]
    assert any("no trace holds this text" in line for line in lines)


def test_why_they_are_not_read_is_told(opened, show) -> None:
    load(opened, fault="box is not reached.")
    assert "box is not reached." in show(80, 24).lines()[2]


def test_texts_of_the_list_are_shown_without_controls(opened, show) -> None:
    hostile = TraceSummary(1_200, 1, HOSTILE, 5, request=HOSTILE, error=HOSTILE)
    objects = RunObjects(traces=LoggedTraces(1_200, (hostile,)))
    opened.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    text = "".join(show(120, 24).lines())
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_no_more_rows_are_made_than_are_seen(opened, show, monkeypatch) -> None:
    from trackio_view.screens import traces

    made: list[int] = []
    row = traces._row

    def counted(trace, run):
        made.append(1)
        return row(trace, run)

    monkeypatch.setattr(traces, "_row", counted)
    show(80, 24)
    assert len(made) < 100


def test_a_trace_stands_at_the_step_that_the_charts_of_its_run_have(dashboard, show, batch) -> None:
    steps = [float(100 * row) for row in range(40)]
    rows = batch({"loss": [1.0] * 40, "global_step": steps}, run_id="counted", first_id=9_000)
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6_040))
    dashboard.view.run_id = "counted"
    newest = tuple(TraceSummary(number, number, "k", number + 10) for number in (3, 2, 1))
    objects = RunObjects(traces=LoggedTraces(3, newest))
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "counted", objects))
    lines = show(80, 24, "i", "end", "shift_tab", *["tab"] * 12, "enter").lines()
    assert dashboard.view.mode is Mode.TRACES
    text = "\n".join(lines)
    assert [step for step in ("1,300", "1,200", "1,100") if step in text] == [
        *("1,300", "1,200", "1,100")
    ]
