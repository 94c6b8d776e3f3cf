"""What can be found by typing, and what happens with a thing that was found: the person is taken
there, or it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.actions import MODES, Action, Mode
from trackio_view.view.charts.chart_choice import ALL, VALUES
from trackio_view.view.charts.y_ranges import asked_range, parse_y_range, set_y_range
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.finding import NOTHING_FOUND, Findable, FoundKind
from trackio_view.view.keys.bindings import TYPING, Binding
from trackio_view.view.places import CHARTS, Seen, View
from trackio_view.view.run_page import RunPageView

_PAGE = 10


def open_find(dashboard: Dashboard) -> None:
    """Begin to look for something."""
    view = dashboard.view
    view.find.typing.start()
    _list(dashboard)
    view.open(Mode.FIND, view.find)


def type_find(dashboard: Dashboard, action: Action | None, keys: Sequence[str], seen: Seen) -> None:
    """Take in keys of the text that is looked for."""
    view, find = dashboard.view, dashboard.view.find
    if action is None:
        find.typing.feed(keys)
        if find.made_of != _made_of(dashboard):
            _list(dashboard)
        find.look()
    elif action is Action.BACK:
        find.typing.drop()
        view.back()
    elif action is not Action.CHOOSE:
        move_over_found(dashboard, action, seen)
    elif (asked := parse_y_range(find.typing.text)) is not None:
        find.typing.finish()
        view.back()
        view.said = set_y_range(dashboard, asked)
    elif how := asked_range(dashboard, find.typing.text):
        view.said = how
    elif (chosen := find.chosen) is None:
        view.said = NOTHING_FOUND
    else:
        find.typing.finish()
        view.back()
        view.said = _go(dashboard, chosen) or ""


def look_again(dashboard: Dashboard) -> None:
    """Find things that have come since the newest key: once all is read, or at once where nothing
    was found yet.
    """
    find, projects = dashboard.view.find, dashboard.known.projects.values()
    if dashboard.view.mode is not Mode.FIND or find.made_of == _made_of(dashboard):
        return
    if not find.found or all(project.complete for project in projects):
        chosen = find.chosen
        _list(dashboard)
        find.choose(None if chosen is None else chosen.target)


def move_over_found(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the line of what was found; above the first one are the texts that were typed before."""
    find = dashboard.view.find
    if action is Action.UP and not find.selected:
        find.typing.feed(["up"])
        find.look()
        return
    lines = {
        Action.UP: -1,
        Action.DOWN: 1,
        Action.PREVIOUS_PAGE: -_PAGE,
        Action.NEXT_PAGE: _PAGE,
    }
    find.move(lines.get(action, 0))


def _made_of(dashboard: Dashboard) -> object:
    """Return a value that changes when there are other things to find. Each key asks for it, so it
    is cheap.
    """
    projects = dashboard.known.projects.values()
    runs = tuple(len(project.runs) + len(project.rowless) for project in projects)
    return len(dashboard.every_metric), runs, len(dashboard.known.summaries)


def _list(dashboard: Dashboard) -> None:
    find = dashboard.view.find
    find.made_of = _made_of(dashboard)
    find.list(list(_everything(dashboard)))


def _everything(dashboard: Dashboard) -> Iterator[Findable]:
    known = dashboard.known
    for metric in dashboard.every_metric:
        yield Findable(FoundKind.METRIC, metric, metric)
    several = len(known.projects) > 1
    for project in known.projects.values():
        title = dashboard.project_title(project.id) if several else ""
        for run in project.every_run:
            yield Findable(FoundKind.RUN, run.name, RunKey(project.id, run.run_id), title)
    for summary in known.summaries:
        origin = summary.id.origin if dashboard.has_several_origins else ""
        yield Findable(FoundKind.PROJECT, summary.name, summary.id, origin)
    screen = next(mode for mode in reversed([*dashboard.view.modes]) if mode not in TYPING)
    yield from _keys(screen, dashboard.view.keys.bindings)


def _keys(mode: Mode, bindings: Sequence[Binding]) -> Iterator[Findable]:
    """Yield what keys do: those of a screen, then those of all others."""
    here = [binding for binding in bindings if mode in binding.modes]
    for binding in here:
        if binding.action is not Action.FIND:
            yield Findable(FoundKind.KEY, binding.help, binding)
    for binding in bindings:
        modes = binding.modes - TYPING
        screen = next((one for one in (*MODES, *modes) if one in modes), None)
        if binding not in here and screen is not None:
            name = f"{binding.help} ({screen.value})"
            yield Findable(FoundKind.KEY, name, binding, is_here=False)


def _go(dashboard: Dashboard, chosen: Findable) -> str | None:
    """Go to the thing that was found, or have it done. Return what is to be said of it."""
    view, target = dashboard.view, chosen.target
    if isinstance(target, RunKey):
        _go_to_run(dashboard, target)
    elif isinstance(target, ProjectId):
        dashboard.watch(target)
        view.back_to(*CHARTS)
        view.reduce()
    elif isinstance(target, str):
        return _go_to_metric(dashboard, target)
    elif not chosen.is_here:
        return f"that is a key of another screen: {chosen.name}"
    else:
        # The key that opens this place is a digit, which is typed there.
        typed = ["ctrl_u"] if target.action is Action.GO_TO else []
        view.to_press = [target.keys[0], *typed]
    return None


def _go_to_run(dashboard: Dashboard, key: RunKey) -> None:
    """Bring a run to the front of the charts. Open its page where the charts are of other runs or
    out of sight.
    """
    view = dashboard.view
    if key.project not in dashboard.known.projects:
        return
    if _is_among_runs(view) or (view.marks and key not in view.marks):
        view.open(Mode.RUN_PAGE, RunPageView(key=key))
        return
    bring_to_front(dashboard, key)
    view.back_to(*CHARTS)


def bring_to_front(dashboard: Dashboard, key: RunKey) -> None:
    """Let a run be the one in front of the charts."""
    marks = dashboard.view.marks
    dashboard.show_run(key)
    if marks.pinned not in (None, key):
        marks.pin(key)


def _is_among_runs(view: View) -> bool:
    return view.screen in (Mode.RUNS, Mode.RUN_PAGE)


def _go_to_metric(dashboard: Dashboard, metric: str) -> str | None:
    """Focus the chart of a metric, wherever it is among all charts."""
    view, charts = dashboard.view, dashboard.view.charts
    view.back_to(*CHARTS)
    if metric not in dashboard.metrics:
        view.choice.tab = ALL
    if metric not in dashboard.metrics:
        view.choice.set_filter("")
    charts.change(charts.framing._replace(dropped=charts.framing.dropped - {metric}))
    if metric not in dashboard.metrics:
        view.choice.tab = VALUES
    if metric not in dashboard.metrics:
        return f"{metric} is no longer there"
    view.focus = list(dashboard.metrics).index(metric)
    return None
