"""The marked runs that are there to be drawn together, and the metrics that they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.roles import chart_order
from trackio_view.model.run import Run, RunKey
from trackio_view.view.marks import Appearance, Marks


class ComparedRun(NamedTuple):
    """A marked run that is there to be drawn, and how it looks."""

    key: RunKey
    run: Run
    look: Appearance


def find_compared(
    marks: Marks, projects: Mapping[ProjectId, Project], shown: RunKey
) -> list[ComparedRun]:
    """Return the marked runs that are there, in the order drawn: the one in front last.

    In front is the one pinned; where none is, the one on screen, `shown`.
    """
    keys = marks.runs
    if marks.pinned is None and shown in marks:
        keys = [*(key for key in keys if key != shown), shown]
    found = []
    for key in keys:
        project = projects.get(key.project)
        run = None if project is None else project.run_of(key.run_id)
        if run is not None:
            found.append(ComparedRun(key, run, marks.appearances[key]))
    return found


def metrics_of_all(compared: Iterable[ComparedRun]) -> list[str]:
    """Return the metrics that any of the runs has, in the order of their charts."""
    together: dict[str, None] = {}
    for one in compared:
        together.update(dict.fromkeys(one.run.series))
    return chart_order(together)
