"""What the first line says of the project that is on screen."""

from __future__ import annotations

from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.screens.memo import Memo
from trackio_view.screens.shell.header import _run_name
from trackio_view.view.dashboard import Dashboard


def test_a_run_is_called_by_its_name_and_one_without_says_so() -> None:
    project, dashboard, memo = Project(ProjectId("", "p")), Dashboard(), Memo()
    named, nameless = Run("a", "forest-1"), Run("b", "")
    for run in (named, nameless):
        project.runs[run.run_id] = run
    assert _run_name(named, project, 20, dashboard, memo) == "forest-1"
    assert _run_name(nameless, project, 20, dashboard, memo) == "(no name)"
    assert _run_name(named, project, 6, dashboard, memo) != "forest-1"
