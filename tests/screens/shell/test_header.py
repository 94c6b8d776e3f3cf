"""The first line tells about the project that is on screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trackio_view.model.events import DetailsLoaded, RowsLoaded
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunKey
from trackio_view.screens.memo import Memo
from trackio_view.screens.shell import header
from trackio_view.screens.shell.header import _run_name, draw_header
from trackio_view.terminal.cells import Frame
from trackio_view.view.dashboard import Dashboard


def test_a_run_is_called_by_its_name_and_one_without_says_so() -> None:
    project, dashboard, memo = Project(ProjectId("", "p")), Dashboard(), Memo()
    named, nameless = Run("a", "forest-1"), Run("b", "")
    for run in (named, nameless):
        project.runs[run.run_id] = run
    assert _run_name(named, project, 20, dashboard, memo) == "forest-1"
    assert _run_name(nameless, project, 20, dashboard, memo) == "(no name)"
    assert _run_name(named, project, 6, dashboard, memo) != "forest-1"


def test_the_line_is_laid_out_again_only_for_news_or_as_time_passes(
    batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard, memo = Dashboard(), Memo()
    laid_out: list[int] = []
    pieces_of: Callable[..., object] = header._pieces_of

    def count(*arguments: object) -> object:
        laid_out.append(1)
        return pieces_of(*arguments)

    monkeypatch.setattr(header, "_pieces_of", count)
    project = ProjectId("", "p")
    dashboard.watch(project)

    def log(step: int) -> None:
        rows = batch({"loss": [1.0]}, run_id="a", times=[1e9 + step], first_id=step, steps=[step])
        dashboard.apply(RowsLoaded(project, 0, [rows], step))

    def line(now: float = 1e9 + 2, width: int = 80) -> str:
        frame, other = Frame(width, 1), Frame(width, 1)
        draw_header(frame, dashboard, [], now, memo, has_box=False)
        draw_header(other, dashboard, [], now, Memo(), has_box=False)
        laid_out.pop()
        assert (frame.glyphs, frame.styles) == (other.glyphs, other.styles)
        return frame.lines()[0]

    log(1)
    assert "live" in line()
    assert line() == line() == line(now=1e9 + 3)
    assert len(laid_out) == 1
    log(2)
    assert "step 2" in line()
    assert "idle" in line(now=1e9 + 500)
    assert "stale" in line(now=1e9 + 500_000)
    assert len(line(now=1e9 + 500_000, width=40)) <= 40
    assert len(laid_out) == 5
    # Another window changes nothing but what is told of the loss.
    dashboard.view.charts.change(dashboard.view.charts.framing._replace(shared=True))
    assert "stale" in line(now=1e9 + 500_000, width=40)
    assert len(laid_out) == 5
    dashboard.view.spread = True
    assert "stale" in line(now=1e9 + 500_000)
    assert len(laid_out) == 6


def test_only_a_run_that_lives_has_time_left(batch) -> None:
    dashboard, project = Dashboard(), ProjectId("", "p")
    dashboard.watch(project)
    times = [1e9 + row for row in range(100)]
    rows = batch({"loss": [1.0] * 100}, run_id="a", times=times)
    dashboard.apply(RowsLoaded(project, 0, [rows], 100))
    details = [RunDetails("a", "a", {"max_steps": 200}, None)]
    dashboard.apply(DetailsLoaded(project, 0, details))

    def line(later: float) -> str:
        frame = Frame(160, 1)
        draw_header(frame, dashboard, [], times[-1] + later, Memo(), has_box=True)
        return frame.lines()[0]

    assert "step 99 of 200" in line(0.0)
    assert "ETA 1:40" in line(0.0)
    for later in (300.0, 90_000.0):
        assert "step 99 of 200" in line(later)
        assert "ETA" not in line(later)


def test_of_several_runs_one_is_in_front(batch) -> None:
    dashboard, project = Dashboard(), ProjectId("", "p")
    dashboard.watch(project)
    for number, run in enumerate("abc"):
        rows = batch({"loss": [1.0, 2.0]}, run_id=run, first_id=1 + 2 * number)
        dashboard.apply(RowsLoaded(project, 0, [rows], 2 * number + 2))
    dashboard.view.marks.mark([RunKey(project, run) for run in "abc"])

    def header_of(count: int) -> str:
        frame = Frame(120, 1)
        draw_header(frame, dashboard, dashboard.compared[:count], 1e9, Memo(), has_box=False)
        return frame.lines()[0]

    assert "1 run " in header_of(1)
    assert ["in front" in header_of(count) for count in (1, 2, 3)] == [False, True, True]
