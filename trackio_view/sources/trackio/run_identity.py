"""Which run a row belongs to: the one place that says it, for every table and every release.

TrackIO gives runs ids since 0.24, in projects that began then. In older ones a run is known by its
name until 0.41 or later rebuilds them. Tables that 0.24 to 0.40 added to an older project have run
ids, which no row of its metrics has: the metrics decide. The first releases, until 0.0.19, kept all
projects in one file, where two runs of one name are two if their projects are. Names of columns
come from releases and from people who made a table by hand, so either column may be missing.
"""

from __future__ import annotations

from collections.abc import Set

from trackio_view.light_typing import Any

BY_ID, BY_NAME = "run_id", "run_name"
RUN_COLUMNS = (BY_ID, BY_NAME)
BY_EITHER = f"coalesce({BY_ID}, {BY_NAME})"
"""What tells runs apart where some rows have no id: then a row's name tells its run."""
PROJECT = "project_name"
BY_PROJECT = f"({PROJECT} || '/' || {BY_NAME})"
"""What tells and names runs where one table holds those of several projects."""


def has_runs(columns: Set[str]) -> bool:
    """Return whether a table with these columns says of which run a row is."""
    return not columns.isdisjoint(RUN_COLUMNS)


def has_both(columns: Set[str]) -> bool:
    """Return whether a table with these columns has ids and names of runs."""
    return BY_ID in columns and BY_NAME in columns


def run_identity(columns: Set[str], of_metrics: str = BY_ID) -> str:
    """Return the expression of SQL that tells runs apart in a table with these columns.

    `of_metrics` is the one of the project's metrics, which decides where the table leaves a choice.
    """
    if has_both(columns):
        return of_metrics
    return run_name(columns)


def run_name(columns: Set[str]) -> str:
    """Return the expression of SQL that names runs in a table with these columns."""
    if BY_NAME not in columns:
        return BY_ID
    return BY_PROJECT if PROJECT in columns and BY_ID not in columns else BY_NAME


def run_of(identity: Any, name: Any) -> Any:
    """Return what a row's run is known by, given the row's values: the name where it has no id."""
    return name if identity is None else identity


def run_known_by(identity: str, run_id: str, name: str) -> str:
    """Return which of a run's id and name a table tells it by that has this `run_identity`."""
    return name if identity == BY_NAME else run_id
