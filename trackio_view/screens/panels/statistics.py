"""The panel beside the charts: the run in numbers, and the runs of the project."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import ACCENT, LABEL, MUTED, VALUE, change_style
from trackio_view.light_typing import NamedTuple
from trackio_view.model.clock import local_time
from trackio_view.model.pace import RunState, state_of, steps_per_second
from trackio_view.model.project import Project
from trackio_view.model.roles import Role, role_of
from trackio_view.model.run import Run, RunKey
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.run_state import STATE_STYLES, state_mark
from trackio_view.screens.stretch import Stretch
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import Number, Summary, difference
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import fit, text_width
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import OnRun
from trackio_view.view.marks import short_titles, titles
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import (
    as_counts,
    format_change,
    format_duration,
    format_rate,
    format_share,
    format_step,
    format_value,
)

Summarize = Callable[[str], Summary | None]


class RunFact(NamedTuple):
    """A line of the panel."""

    label: str
    value: str
    style: Style = VALUE


def run_facts(run: Run, summarize: Summarize, now: float) -> list[list[RunFact]]:
    """Return the panel's lines in groups: the loss, its companions, the run itself."""

    def shown(number: Number) -> str:
        return format_value(number)

    training = [RunFact("Iteration", format_step(run.last_step))]
    loss = run.loss
    summary = None if loss is None else summarize(loss)
    if loss is not None and summary is not None:
        # Where every value is NaN, the smallest and the largest are NaN, too.
        bounds = (math.nan if it is None else it for it in (summary.minimum, summary.maximum))
        last, first, low, high = facts = [summary.last, summary.first, *bounds]
        if holds_counts(run.steps, run.series[loss], len(run.series[loss])):
            last, first, low, high = as_counts(*facts)
        change = difference(first, last)
        # The distance of NaN to the value before is unknown.
        changed = format_change(change, value=last) or DASH
        training += [
            RunFact("Loss" if Role.LOSS is role_of(loss) else loss, shown(last)),
            RunFact("Change", changed, change_style(loss, change)),
            RunFact("Min", shown(low)),
            RunFact("Max", shown(high)),
        ]
    for role, label in ((Role.LEARNING_RATE, "Learning rate"), (Role.SPARSITY, "Sparsity")):
        metric = run.first_of(role)
        if metric is not None:
            last = run.series[metric].number(-1)
            text = format_share(last) if role is Role.SPARSITY else shown(last)
            training.append(RunFact(label, text))
    progress = [RunFact("Rows", f"{run.row_count:,}")]
    pace = steps_per_second(run)
    if pace is not None:
        progress.append(RunFact("Pace", format_rate(pace)))
    # A log without times of its own tells when its last rows came, not when the first did.
    if run.row_count and run.times[0] == run.times[0]:
        progress += [
            RunFact("Started", clock_time(run.first_time, now)),
            RunFact("Duration", format_duration(run.last_time - run.first_time)),
        ]
    if run.group:
        progress.append(RunFact("Group", run.group))
    return [training, progress]


class _ListedRun(NamedTuple):
    """A run of the project, as the panel lists it."""

    name: str
    state: RunState
    is_shown: bool
    """Whether it is the one on screen."""
    on: OnRun


def draw_statistics(
    frame: Frame,
    rect: Rect,
    dashboard: Dashboard,
    now: float,
    stretch: Stretch,
    names: Names,
    memo: Memo,
) -> None:
    """Draw the panel of a run into `rect`; what does not fit is left out from the end.

    A metric's name that has no room is told from the others among `names`.
    """
    run, project = stretch.run, dashboard.project
    if project is None:
        return
    present = local_time(now)
    # A time of another day is written with its date.
    day = None if present is None else present.date()
    facts = memo.get(
        ("facts of", stretch.key, dashboard.known.revision, day),
        lambda: _facts_of(stretch, now, memo),
    )
    room = inside(rect).height - sum(len(group) + 1 for group in facts)
    title, listed = "", tuple[_ListedRun, ...]()
    if room >= 3 and (count := len(project.runs) + len(project.rowless)) > 1:
        place, listed = _listed_runs(project, run, now, rect.width, room - 1, memo)
        title = f"Run {place + 1} of {count}"
    # The focus moves far more often than anything here changes.
    key = ("statistics", rect.width, rect.height, names.identity, facts, title, listed)
    panel = memo.get(key, lambda: _panel(rect, facts, title, listed, names))
    frame.blit(panel, rect.x, rect.y)


def _facts_of(stretch: Stretch, now: float, memo: Memo) -> tuple[tuple[RunFact, ...], ...]:
    groups = run_facts(stretch.run, lambda metric: stretch.summary(metric, memo), now)
    return tuple(map(tuple, groups))


def _panel(
    rect: Rect,
    facts: Sequence[Sequence[RunFact]],
    title: str,
    listed: Sequence[_ListedRun],
    names: Names,
) -> Frame:
    panel = Frame(rect.width, rect.height)
    whole = Rect(0, 0, rect.width, rect.height)
    draw_box(panel, whole, title="run")
    place = inside(whole)
    y, bottom = place.y, place.y + place.height
    for group in facts:
        for fact in group:
            if y < bottom:
                _draw_fact(panel, place, y, fact, names)
            y += 1
        y += 1
    if listed:
        _draw_runs(panel, place._replace(y=y), title, listed)
    return panel


def _draw_fact(frame: Frame, place: Rect, y: int, fact: RunFact, names: Names) -> None:
    value = fit(fact.value, place.width - 2)
    label_room = place.width - 3 - text_width(value)
    frame.put(place.x + 1, y, names.cut(fact.label, max(0, label_room)), LABEL)
    frame.put(place.x + place.width - 1 - text_width(value), y, value, fact.style)


def _listed_runs(
    project: Project, shown: Run, now: float, width: int, room: int, memo: Memo
) -> tuple[int, tuple[_ListedRun, ...]]:
    """Return which of the project's runs is on screen, and as many of them as there is room for,
    that one always among them.
    """
    runs = project.every_run
    named = [(RunKey(project.id, run.run_id), run.name) for run in runs]
    key = ("titles", project.id, hash(tuple(named)), width)
    names = memo.get(key, lambda: _titles_in(named, width - _AROUND_NAME))
    place = next((at for at, run in enumerate(runs) if run.run_id == shown.run_id), 0)
    first = max(0, min(place - room // 2, len(runs) - room))
    return place, tuple(
        _ListedRun(
            name,
            state_of(run, now),
            run.run_id == shown.run_id,
            OnRun(RunKey(project.id, run.run_id)),
        )
        for run, name in zip(runs[first : first + room], names[first:], strict=False)
    )


_AROUND_NAME = 6
"""Columns of the panel in which the name of a listed run has no room."""


def _titles_in(named: Sequence[tuple[RunKey, str]], width: int) -> list[str]:
    """Return what runs are called: without what all have in common, if not all names have room."""
    whole = titles(named)
    return whole if all(text_width(title) <= width for title in whole) else short_titles(named)


def _draw_runs(frame: Frame, place: Rect, title: str, listed: Sequence[_ListedRun]) -> None:
    frame.put(place.x + 1, place.y, fit(title, place.width - 2), LABEL)
    beside = Names(run.name for run in listed)
    for y, (name, state, is_shown, on) in enumerate(listed, place.y + 1):
        frame.regions.append((Rect(place.x, y, place.width, 1), on))
        frame.put(place.x + 1, y, state_mark(state), STATE_STYLES[state])
        shown_name = beside.cut(name, place.width + 2 - _AROUND_NAME)
        frame.put(place.x + 3, y, shown_name, ACCENT if is_shown else MUTED)
