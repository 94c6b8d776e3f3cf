"""What the picker tells of each project. It comes from the project's rows where it is watched, else
from its summary on disk.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import ProjectOrigin, ProjectSummary
from trackio_view.model.knowledge import Knowledge
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.model.summary import UNSENT

_PACE_SECONDS = 60.0
_PACE_ROWS = 4_096
_LEAST_PACE_SECONDS = 2.0
_AT_REST_GAPS = 20.0


class ProjectLine(NamedTuple):
    """One project of the picker; `None` where something is not known."""

    project: ProjectId
    run_count: int | None
    row_count: int | None
    age: float | None
    """Seconds since the newest row was written."""
    rows_per_second: float | None
    """The pace of the newest rows; 0 where none came for a minute or for many gaps."""
    size: int | None
    fault: str | None
    watched: bool
    remark: str | None = None
    """What is to be said of it that is no fault."""


def project_lines(known: Knowledge, now: float) -> list[ProjectLine]:
    """Return a line for each project, in the order listed; `now` is in epoch seconds."""
    return [_line(summary, known, now) for summary in known.summaries]


def _line(summary: ProjectSummary, known: Knowledge, now: float) -> ProjectLine:
    project, remark = known.projects.get(summary.id), summary.remark
    runs, rows = summary.run_count, summary.row_count
    newest, pace, fault = summary.newest_time, summary.rows_per_second, summary.fault
    if project is not None and project.complete and not project.vanished:
        runs = len(project.every_run)
        rows = sum(run.row_count for run in project.runs.values())
        times = [run.last_time for run in project.runs.values() if not math.isnan(run.last_time)]
        newest = max(times, default=None)
        pace, fault = rows_per_second(project.runs.values()), None
        notice = known.notices.get((ProjectOrigin(summary.id), UNSENT))
        remark = None if notice is None else notice.text
    age = None if newest is None else now - newest
    if age is not None and pace is not None:
        gap = 1 / pace if pace else 0.0
        pace = 0.0 if age > max(_PACE_SECONDS, _AT_REST_GAPS * gap) else pace
    watched = project is not None
    return ProjectLine(summary.id, runs, rows, age, pace, summary.size, fault, watched, remark)


def rows_per_second(runs: Iterable[Run]) -> float | None:
    """Return the pace of the rows of the minute before the newest, `None` where too few tell."""
    newest = -math.inf
    recent: list[float] = []
    for run in runs:
        newest = max(newest, run.last_time) if not math.isnan(run.last_time) else newest
        recent += run.times[-_PACE_ROWS:]
    recent = [time for time in recent if newest - time <= _PACE_SECONDS]
    seconds = newest - min(recent, default=newest)
    return (len(recent) - 1) / seconds if seconds >= _LEAST_PACE_SECONDS else None
