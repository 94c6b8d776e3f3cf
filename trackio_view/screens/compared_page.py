"""What all charts of the compared runs have in common: stretches, groups, and who has a metric."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.model.pace import RunState, is_settled, state_of
from trackio_view.model.project_id import ProjectId
from trackio_view.model.ranking import best_places, ranked
from trackio_view.model.roles import kind_of
from trackio_view.model.run import RunKey
from trackio_view.model.x_axis import STEPS, XAxis
from trackio_view.screens.memo import Memo
from trackio_view.screens.stretch import Stretch, grown, stretch_of, whole_range
from trackio_view.series.curves import LONG_SERIES
from trackio_view.series.series import Number
from trackio_view.view.charts.chart_points import Point, point_at
from trackio_view.view.charts.compared_runs import ComparedRun
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import (
    Appearance,
    choose_appearance,
)
from trackio_view.view.runs.columns import RunEntry, column_of
from trackio_view.view.runs.table import group_text

MANY = 7
"""From so many runs on, all lines are dim but that of the run in front and that of the best run."""
_POINTS_A_LINE = 1_500
"""What a line costs besides its points, in points."""


class ComparedPage(NamedTuple):
    """What all charts of a frame have in common."""

    compared: Sequence[ComparedRun]
    stretches: Sequence[Stretch]
    """What of each run is on screen."""
    x_range: tuple[float, float] | None
    groups: Sequence[int]
    group_names: Sequence[str]
    group_looks: Sequence[Appearance]
    unwell: frozenset[str]
    """Metrics of which a rule about a compared run's health speaks."""
    version: int
    """A number that changes whenever something changes that all charts show."""
    points: Sequence[int]
    """What the line of each run costs in each chart."""
    settled: frozenset[RunKey]
    """The runs whose newest values on screen are not about to change."""
    live: frozenset[RunKey]
    """The runs that look live, whose lines go on."""

    def counts(self, metric: str) -> bool:
        """Return whether a metric counts in each of the runs that have it."""
        return all(one.counts(metric) for one in self.stretches if metric in one.run.series)

    def version_of(self, metric: str) -> tuple[object, ...]:
        """Return a key that changes with whatever is shown of a metric.

        Rows that come after a window that is held do not change it.
        """
        held = (
            # The end of a run is marked, so the key also says whether the run goes on after the
            # window.
            (stretch.window.end < stretch.run.row_count, *stretch.shown(metric))
            if metric in stretch.run.series
            else None
            for stretch in self.stretches
            if not stretch.window.follows
        )
        return (self.version, metric in self.unwell, *held)


def prepare_page(dashboard: Dashboard, now: float, memo: Memo) -> ComparedPage:
    """Return what the charts of a frame have in common; `now` is in epoch seconds."""
    compared, marks = dashboard.compared, dashboard.view.marks
    projects = [dashboard.known.projects[one.key.project] for one in compared]
    framing = dashboard.view.charts.framing.drawing
    stretches = [
        stretch_of(project, one.run, framing)
        for project, one in zip(projects, compared, strict=True)
    ]
    x_range = grown(whole_range(stretches), framing)
    groups, names = _groups(dashboard, compared, now) if dashboard.view.spread else ([], [])
    looks: dict[str, Appearance] = {}
    # By name, so that a group looks the same in whatever order its runs were marked.
    for name in sorted(names):
        home = marks.home(RunKey(ProjectId("", ""), name))
        looks[name] = choose_appearance(home, set(looks.values()), marks.colors)
    settled = frozenset(
        one.key
        for one, stretch in zip(compared, stretches, strict=True)
        if not stretch.window.follows or is_settled(one.run.last_time, now)
    )
    states = tuple([state_of(one.run, now) for one in compared])
    live = frozenset(
        one.key for one, state in zip(compared, states, strict=True) if state is RunState.LIVE
    )
    versions = [
        (
            one.run.name,
            len(project.alerts_of(one.run)),
            one.key in settled,
            one.key in live,
            stretch.key,
        )
        for project, one, stretch in zip(projects, compared, stretches, strict=True)
    ]
    state = (framing, marks.revision, tuple(groups), tuple(names), *versions)
    # The key changes with all that is known of the runs, with the choice of runs, and with those
    # that end: of a run that is not live, a rule may say nothing any more.
    unwell = memo.get(
        ("unwell", dashboard.known.revision, marks.revision, states),
        lambda: frozenset(
            finding.metric
            for project, one in zip(projects, compared, strict=True)
            for finding in dashboard.findings(project, one.run, now)
        ),
    )
    group_looks = [looks[name] for name in names]
    version = memo.number_of(("compared", state))
    points = [min(one.window.row_count, LONG_SERIES) + _POINTS_A_LINE for one in stretches]
    common = (compared, stretches, x_range, groups, names, group_looks, unwell, version)
    return ComparedPage(*common, points, settled, live)


def _groups(
    dashboard: Dashboard, compared: Sequence[ComparedRun], now: float
) -> tuple[list[int], list[str]]:
    """Return the number of each run's group, and the groups' names.

    Runs are grouped as the table of runs groups them, by default by TrackIO's own group.
    """
    column = column_of(dashboard.view.runs.arrangement.group or "group")
    numbers: dict[str, int] = {}
    groups = []
    for one in compared:
        entry = RunEntry(dashboard.known.projects[one.key.project], one.run)
        text = None if column is None else group_text(column.value(entry, now))
        name = f"no {'group' if column is None else column.title}" if text is None else text
        groups.append(numbers.setdefault(name, len(numbers)))
    return groups, list(numbers)


class ComparedMember(NamedTuple):
    """A compared run that has a metric, with what it has of it."""

    one: ComparedRun
    stretch: Stretch
    number: Number | None
    """Its latest value on screen, or the one at the cursor; `None` where it has none there yet."""
    point: Point | None
    """Where that was logged, if a cursor asks."""
    is_front: bool
    is_best: bool
    is_dim: bool


def members_of(
    comparison: ComparedPage, metric: str, x: float | None = None, axis: XAxis = STEPS
) -> list[ComparedMember]:
    """Return the runs that have a metric by their values, at the cursor where it is at `x`."""
    found: list[tuple[ComparedRun, Stretch, Number | None, Point | None]] = []
    for one, stretch in zip(comparison.compared, comparison.stretches, strict=True):
        if metric in one.run.series:
            point = None if x is None else point_at(one.run, metric, axis, x)
            latest = stretch.latest(metric) if x is None else None
            found.append((one, stretch, latest if point is None else point.value, point))
    # Of equal runs, the one in front comes first.
    found.reverse()
    direction = kind_of(metric).direction
    numbers = [number for _, _, number, _ in found]
    best = best_places(numbers, direction)
    bright: Collection[int] = range(len(found))
    if len(found) >= MANY:
        bright = {0, *best[:1]}
    return [
        ComparedMember(*found[place], not place, place in best, place not in bright)
        for place in ranked(numbers, direction)
    ]
