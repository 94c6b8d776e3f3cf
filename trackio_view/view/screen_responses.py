"""What keys do on each screen: moving about in it, and what else only it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trackio_view.view.bindings import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.focus import moved_focus
from trackio_view.view.runs.table import TableLine

_MOVES = frozenset(
    {
        Action.LEFT,
        Action.RIGHT,
        Action.UP,
        Action.DOWN,
        Action.PREVIOUS_PAGE,
        Action.NEXT_PAGE,
        Action.FIRST,
        Action.LAST,
    }
)


def _lines(dashboard: Dashboard, action: Action) -> int:
    """Return by how many lines an action moves in a list; a whole list is a million."""
    page = max(1, dashboard.height - 6)
    return {
        Action.UP: -1,
        Action.DOWN: 1,
        Action.PREVIOUS_PAGE: -page,
        Action.NEXT_PAGE: page,
        Action.FIRST: -1_000_000,
        Action.LAST: 1_000_000,
    }.get(action, 0)


def _clamped(position: int, last: int) -> int:
    return max(0, min(position, max(0, last)))


def _on_charts(dashboard: Dashboard, action: Action) -> bool:
    view = dashboard.view
    if action in _MOVES:
        count, layout = len(dashboard.metrics), dashboard.layout
        view.focus = moved_focus(action, dashboard.focus, count, layout)
    elif action is Action.ENLARGE:
        view.enlarged, view.mode = True, Mode.ENLARGED
    elif action is Action.BACK:
        view.enlarged, view.mode = False, Mode.METRICS
    elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
        _change_run(dashboard, 1 if action is Action.NEXT_RUN else -1)
    else:
        return False
    return True


def _change_run(dashboard: Dashboard, direction: int) -> None:
    project, run = dashboard.project, dashboard.run
    if project is None or run is None:
        return
    if dashboard.compared:
        _change_front(dashboard, direction)
        return
    run_ids = list(project.runs)
    position = (run_ids.index(run.run_id) + direction) % len(run_ids)
    focused = dashboard.metrics[dashboard.focus] if dashboard.metrics else None
    dashboard.view.run_id = run_ids[position]
    # The same metric keeps the focus where the other run has it, too.
    if focused in dashboard.metrics:
        dashboard.view.focus = dashboard.metrics.index(focused)


def _change_front(dashboard: Dashboard, direction: int) -> None:
    """Bring the next of the compared runs on screen, and so to the front."""
    keys = [one.key for one in dashboard.diff_runs]
    front = dashboard.compared[-1].key
    key = keys[(keys.index(front) + direction) % len(keys)]
    dashboard.view.project, dashboard.view.run_id = key
    if dashboard.view.marks.pinned is not None:
        dashboard.view.marks.pin(key)


def _on_system(dashboard: Dashboard, action: Action) -> bool:
    view = dashboard.view
    if action in _MOVES:
        count = len(dashboard.system_charts)
        focus = _clamped(view.system_focus, count - 1)
        view.system_focus = moved_focus(action, focus, count, dashboard.system_layout(count))
    elif action is Action.ENLARGE:
        view.system_enlarged = True
    elif action is Action.BACK and view.system_enlarged:
        view.system_enlarged = False
    elif action is Action.BACK:
        dashboard.show_system(False)
    elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
        project, machine = dashboard.project, dashboard.machine
        if project is not None and machine is not None:
            run_ids = [one.run_id for one in project.machines]
            step = 1 if action is Action.NEXT_RUN else -1
            view.run_id = run_ids[(run_ids.index(machine.run_id) + step) % len(run_ids)]
    else:
        return False
    return True


_LEAVING_GPUS = frozenset({Action.GPUS, Action.SYSTEM, Action.HELP})


def _on_gpus(dashboard: Dashboard, action: Action) -> bool:
    view = dashboard.view
    if action in _LEAVING_GPUS:
        return False
    if action is Action.FILTER:
        view.gpus.chosen, view.mode = None, Mode.GPU_FILTER
    else:
        view.gpus.act(action, dashboard.gpus)
    return True


def _on_runs(dashboard: Dashboard, action: Action) -> bool:
    view, runs = dashboard.view, dashboard.view.runs
    table = dashboard.runs_table()
    line = runs.line(table)
    if action in (Action.RUN_PAGE, Action.RUN_CHARTS):
        return _open_line(dashboard, line, action)
    if action is Action.BACK:
        view.on_runs = False
        view.mode = dashboard.base_mode
    elif action is Action.FILTER:
        runs.start_typing()
        view.mode = Mode.RUN_FILTER
    elif action in (Action.COLUMNS, Action.GROUP):
        view.mode = Mode.RUN_COLUMNS if action is Action.COLUMNS else Mode.RUN_GROUPS
        runs.open_choices(view.mode, dashboard.run_entries)
    elif _lines(dashboard, action):
        runs.move(table, _lines(dashboard, action))
        runs.scroll(table, dashboard.layout.grid_height - 1)
    else:
        claimed = runs.act(action, table, view.marks)
        runs.scroll(table, dashboard.layout.grid_height - 1)
        return claimed
    return True


def _open_line(dashboard: Dashboard, line: TableLine | None, action: Action) -> bool:
    """Open a run's page or its charts, or fold a group; return whether all is done by that."""
    view = dashboard.view
    if line is not None and line.group is not None:
        view.runs.fold(line.group.key)
    elif line is not None and line.entry is not None:
        dashboard.show_run(line.entry.key)
        if action is Action.RUN_PAGE:
            # Opened like the page of any run that is on screen.
            return False
        view.on_runs = False
        view.mode = dashboard.base_mode
    return True


def _on_run_list(dashboard: Dashboard, action: Action) -> bool:
    """Take in a key of the lists that lie over the table of runs."""
    view, runs, entries = dashboard.view, dashboard.view.runs, dashboard.run_entries
    if action in (Action.BACK, Action.COLUMNS, Action.GROUP):
        view.mode = Mode.RUNS
    elif action is Action.CHOOSE:
        runs.choose(view.mode, entries)
        if view.mode is Mode.RUN_GROUPS:
            view.mode = Mode.RUNS
    elif action in (Action.LEFT, Action.RIGHT):
        runs.shift_column(entries, 1 if action is Action.RIGHT else -1)
    elif _lines(dashboard, action):
        runs.move_choice(view.mode, entries, _lines(dashboard, action))
    else:
        return False
    return True


def _on_run_page(dashboard: Dashboard, action: Action) -> bool:
    view = dashboard.view
    if action is Action.BACK:
        view.mode = dashboard.base_mode
    elif action in _MOVES:
        view.page.offset = max(0, view.page.offset + _lines(dashboard, action))
    else:
        return False
    return True


def _on_config_diff(dashboard: Dashboard, action: Action) -> bool:
    view, diff = dashboard.view, dashboard.view.diff
    if action is Action.BACK:
        view.mode = dashboard.base_mode
    elif action is Action.SEARCH:
        view.mode = Mode.CONFIG_SEARCH
    elif action is Action.ALL_KEYS:
        diff.everything, diff.offset = not diff.everything, 0
    elif action in (Action.LEFT, Action.RIGHT):
        step = -1 if action is Action.LEFT else 1
        diff.first_run = _clamped(diff.first_run + step, len(dashboard.diff_runs) - 1)
    elif action in _MOVES:
        diff.offset = max(0, diff.offset + _lines(dashboard, action))
    else:
        return False
    return True


def _on_projects(dashboard: Dashboard, action: Action) -> bool:
    view, last = dashboard.view, len(dashboard.summaries) - 1
    if action is Action.BACK:
        view.mode = dashboard.base_mode
    elif action is Action.CHOOSE:
        if view.selected_project <= last:
            dashboard.watch(dashboard.summaries[view.selected_project].name)
            view.enlarged = view.system_enlarged = False
            view.mode = dashboard.base_mode
    elif action in _MOVES:
        view.selected_project = _clamped(view.selected_project + _lines(dashboard, action), last)
    else:
        return False
    return True


def _on_help(dashboard: Dashboard, action: Action) -> bool:
    view = dashboard.view
    if action is Action.BACK:
        view.mode = view.help_over
    elif action in _MOVES:
        view.help_offset = max(0, view.help_offset + _lines(dashboard, action))
    else:
        return False
    return True


SCREEN_RESPONSES: Mapping[Mode, Callable[[Dashboard, Action], bool]] = {
    Mode.METRICS: _on_charts,
    Mode.ENLARGED: _on_charts,
    Mode.SYSTEM: _on_system,
    Mode.GPUS: _on_gpus,
    Mode.RUNS: _on_runs,
    Mode.RUN_COLUMNS: _on_run_list,
    Mode.RUN_GROUPS: _on_run_list,
    Mode.RUN_PAGE: _on_run_page,
    Mode.CONFIG_DIFF: _on_config_diff,
    Mode.PROJECTS: _on_projects,
    Mode.HELP: _on_help,
}
"""By mode: does what the action means there, and returns whether it means anything there."""
