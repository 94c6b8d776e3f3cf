"""The traces of a run on its page: their number, and a line for each of the newest."""

from __future__ import annotations

import pytest

from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.objects import RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.screens.page_parts import OpeningLine
from trackio_view.screens.panels.logged_traces import trace_section
from trackio_view.view.folding import Fold
from trackio_view.view.run_page import TRACE, TRACES

pytestmark = pytest.mark.usefixtures("utc")
EXPERIMENT = ProjectId("", "my-experiment")
HOSTILE = "\x1b[2J\n\u202e"


def lines(dashboard, show, traces: LoggedTraces, width: int = 70) -> list[str]:
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(traces=traces)))
    shown = show(width, 60, "i").lines()
    start = next((at for at, line in enumerate(shown) if "│ traces" in line), len(shown))
    return [line.strip("│ ") for line in shown[start:] if line.strip("│ ")][:-3]


def summary(number: int, **more) -> TraceSummary:
    return TraceSummary(number, number, "rollout", number, None, f"question {number}", **more)


def test_the_newest_first_and_how_many_there_are(dashboard, show) -> None:
    newest = (summary(1_200, duration=3.0), summary(7, error="boom\nbang"))
    found = lines(dashboard, show, LoggedTraces(1_200, newest, waiting=2))
    assert found == [
        "traces: 1,200, the newest first",
        "▸ step 1,200  rollout  question 1200  3.00 s",
        "▸ step 7      rollout  question 7  boom bang",
        "▸ all 1,200, to be searched",
        "2 more wait for a server in the inbox",
    ]


def test_one_alone_and_none(dashboard, show) -> None:
    found = lines(dashboard, show, LoggedTraces(1, (summary(1)._replace(request=""),)))
    assert found == ["traces", "▸ step 1  rollout  (no user message)"]
    dashboard.view.back()
    assert lines(dashboard, show, LoggedTraces()) == []
    dashboard.view.back()
    assert lines(dashboard, show, LoggedTraces(waiting=1)) == [
        *("traces", "1 waits for a server in the inbox"),
    ]


def test_a_request_gives_way_to_what_stands_behind_it(dashboard, show) -> None:
    long = summary(5, duration=3.0)._replace(request="word " * 50)
    (_, line) = lines(dashboard, show, LoggedTraces(1, (long,)), 60)
    assert line.endswith("…  3.00 s")


def test_texts_of_listed_traces_are_shown_without_controls(dashboard, show) -> None:
    hostile = TraceSummary(1, 1, HOSTILE, 1, request=HOSTILE, error=HOSTILE)
    text = "".join(lines(dashboard, show, LoggedTraces(1, (hostile,))))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_each_line_opens_the_trace_of_its_number(dashboard) -> None:
    run = dashboard.run
    shown = trace_section(LoggedTraces(9, (summary(9), summary(4))), run, 60)
    folds = [line.fold for line in shown if isinstance(line, OpeningLine)]
    assert folds == [Fold(TRACE, row=9), Fold(TRACE, row=4), Fold(TRACES)]
