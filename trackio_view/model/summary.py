"""What is known of a project without reading it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project_id import ProjectId

UNSENT = "unsent"
"""The subject of a notice of rows that wait to be sent to a server."""


class ProjectSummary(NamedTuple):
    """What a project's database tells without a decoded row."""

    id: ProjectId
    run_count: int | None
    """`None` where the database could not be read; `fault` says why."""
    row_count: int | None
    newest_time: float | None
    """When the newest row was written, in seconds since the epoch; `None` if unknown."""
    size: int | None
    """Bytes on disk, the write-ahead log included; `None` where a server does not tell."""
    fault: str | None = None
    rows_per_second: float | None = None
    """The pace of the newest rows when they were written; `None` where they can't tell."""
    remark: str | None = None
    """What is to be said of it that is no fault: that rows wait to be sent to a server."""

    @property
    def name(self) -> str:
        """The project's name, which another origin's project may have, too."""
        return self.id.name


def newest_first(summaries: Iterable[ProjectSummary]) -> list[ProjectSummary]:
    """Return `summaries` by their newest row's time, those without one last."""

    def order(summary: ProjectSummary) -> tuple[float, str, str]:
        known = summary.newest_time
        return (math.inf if known is None else -known, summary.name, summary.id.origin)

    return sorted(summaries, key=order)


def newest_with_rows(summaries: Iterable[ProjectSummary]) -> ProjectId | None:
    """Return the first project that has rows, `None` where none has; the newest come first."""
    return next((summary.id for summary in summaries if summary.row_count), None)
