"""What is known of a project without reading it."""

from __future__ import annotations

from typing import NamedTuple


class ProjectSummary(NamedTuple):
    """What a glance at a project's database tells, without decoding a row."""

    name: str
    path: str
    run_count: int | None
    """`None` where the database could not be read; `fault` says why."""
    row_count: int | None
    newest_time: float | None
    """When the newest row was written, in seconds since the epoch; `None` if unknown."""
    size: int
    """Bytes on disk, the write-ahead log included."""
    fault: str | None = None
    rows_per_second: float | None = None
    """The pace of the newest rows when they were written; `None` where they can't tell."""
