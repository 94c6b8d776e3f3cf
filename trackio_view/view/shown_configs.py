"""The compared configs: whose they are, their lines, and how much of a metric they explain.

Each frame asks for them, so they are kept and derived again only after a change.
"""

from __future__ import annotations

from trackio_view.model.run import RunKey
from trackio_view.view.charts.compared_runs import ComparedRun
from trackio_view.view.config_diff import ConfigLine, diff_lines, matching
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import Appearance
from trackio_view.view.runs.columns import RunColumn, RunEntry
from trackio_view.view.runs.explained import Explained, explained_by, explained_column


def configured_runs(dashboard: Dashboard) -> list[ComparedRun]:
    """Return the runs whose configs are compared, in the order marked, else all of a project."""
    if dashboard.compared:
        found = {one.key: one for one in dashboard.compared}
        return [found[key] for key in dashboard.view.marks.appearances if key in found]
    project = dashboard.project
    if project is None:
        return []
    return [
        ComparedRun(RunKey(project.id, run.run_id), run, Appearance(0, 0))
        for run in project.every_run
    ]


def shown_lines(dashboard: Dashboard) -> list[ConfigLine]:
    """Return the configs' lines that are on screen or within reach of scrolling."""
    return matching(_all_lines(dashboard), dashboard.view.diff.search)


def has_row_a_run(dashboard: Dashboard) -> bool:
    """Return whether the configs have a row a run, as there are fewer keys than runs."""
    return len(_all_lines(dashboard)) < len(configured_runs(dashboard))


def explained_metric(dashboard: Dashboard) -> tuple[RunColumn | None, list[Explained]]:
    """Return the metric that the configs are to explain, and how much of it each key does,
    the most first.
    """
    derived, known, view = dashboard.derived_configs, dashboard.known, dashboard.view
    keys = [line.key for line in _all_lines(dashboard)]
    sort = view.runs.arrangement.sort
    made_of = (known.revision, view.marks.revision, view.project, sort, keys)
    if derived.explained_of != made_of:
        entries = [
            RunEntry(known.projects[one.key.project], one.run) for one in configured_runs(dashboard)
        ]
        column = explained_column(entries, sort)
        found = [] if column is None else explained_by(entries, column, keys, 0.0)
        derived.explained_of, derived.explained = made_of, (column, found)
    return derived.explained


def _all_lines(dashboard: Dashboard) -> list[ConfigLine]:
    derived, everything = dashboard.derived_configs, dashboard.view.diff.everything
    configs = [one.run.config for one in configured_runs(dashboard)]
    if derived.lines_of != (everything, configs):
        derived.lines_of = (everything, configs)
        derived.lines = diff_lines(configs, everything=everything)
    return derived.lines
