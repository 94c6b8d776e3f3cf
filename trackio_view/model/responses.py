"""What a key makes of the dashboard: the one place where the table of bindings is acted upon."""

from __future__ import annotations

from trackio_view.model.bindings import Action, Mode, action_for
from trackio_view.model.config_diff import DiffView
from trackio_view.model.dashboard import Dashboard
from trackio_view.model.events import InputEvent, KeyPressed, Resized
from trackio_view.model.focus import moved_focus
from trackio_view.model.marks import RunKey
from trackio_view.model.windows import clamp_zoom

_SYSTEM_ACTIONS = frozenset(
    {
        Action.ENLARGE,
        Action.BACK,
        Action.NEXT_RUN,
        Action.PREVIOUS_RUN,
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
_RUN_TABLE_ACTIONS = frozenset(
    {
        Action.LEFT,
        Action.RIGHT,
        Action.SORT,
        Action.ALL_PROJECTS,
        Action.MARK,
        Action.MARK_MATCHING,
        Action.MARK_ONLY,
        Action.UNMARK_ALL,
    }
)
"""Keys that change nothing outside the table of runs."""


def respond(dashboard: Dashboard, event: InputEvent) -> None:
    """Take in what the person did."""
    if isinstance(event, Resized):
        dashboard.width, dashboard.height = event.width, event.height
    elif isinstance(event, KeyPressed):
        action = action_for(dashboard.view.mode, event.key)
        if dashboard.view.mode is Mode.GPU_FILTER and action is not Action.QUIT:
            _type_filter(dashboard, action, event.key)
        elif dashboard.view.mode is Mode.CONFIG_SEARCH and action is not Action.QUIT:
            _type_search(dashboard, action, event.key)
        elif dashboard.view.mode is Mode.RUN_FILTER and action is not Action.QUIT:
            _type_run_filter(dashboard, action, event.key)
        elif action is Action.PICK_GPU:
            dashboard.view.gpus.pick(int(event.key), dashboard.gpus)
        elif action is not None:
            _act(dashboard, action)


def _type_filter(dashboard: Dashboard, action: Action | None, key: str) -> None:
    gpus = dashboard.view.gpus
    if action is not None:
        gpus.filter = gpus.filter if action is Action.CHOOSE else ""
        dashboard.view.mode = Mode.GPUS
    elif key == "backspace":
        gpus.filter = gpus.filter[:-1]
    elif len(key) == 1 or key == "space":
        gpus.filter += " " if key == "space" else key
        gpus.cursor = 0


def _type_run_filter(dashboard: Dashboard, action: Action | None, key: str) -> None:
    runs = dashboard.view.runs
    if action is None:
        runs.type(key)
    elif runs.end_typing(keep=action is Action.CHOOSE):
        dashboard.view.mode = Mode.RUNS


def _act_on_runs(dashboard: Dashboard, action: Action) -> bool:
    """Take in a key of the table of runs; return whether it was one."""
    view, runs = dashboard.view, dashboard.view.runs
    table = dashboard.runs_table()
    line = runs.line(table)
    if action in (Action.RUN_PAGE, Action.RUN_CHARTS):
        if line is not None and line.group is not None:
            runs.fold(line.group.key)
            return True
        if line is None or line.entry is None:
            return True
        dashboard.show_run(line.entry.key)
        if action is Action.RUN_PAGE:
            return False
        view.on_runs = False
        view.mode = dashboard.base_mode
    elif action is Action.BACK:
        view.on_runs = False
        view.mode = dashboard.base_mode
    elif action is Action.FILTER:
        runs.start_typing()
        view.mode = Mode.RUN_FILTER
    elif action in (Action.COLUMNS, Action.GROUP):
        view.mode = Mode.RUN_COLUMNS if action is Action.COLUMNS else Mode.RUN_GROUPS
        runs.open_choices(view.mode, dashboard.run_entries)
    elif _list_step(dashboard, action):
        runs.move(table, _list_step(dashboard, action))
        runs.scroll(table, dashboard.layout.grid_height - 1)
    else:
        runs.act(action, table, view.marks)
        runs.scroll(table, dashboard.layout.grid_height - 1)
        return action in _RUN_TABLE_ACTIONS
    return True


def _act_on_run_list(dashboard: Dashboard, action: Action) -> bool:
    """Take in a key of the lists over the table of runs; return whether it was one."""
    view, runs, entries = dashboard.view, dashboard.view.runs, dashboard.run_entries
    if action in (Action.BACK, Action.COLUMNS, Action.GROUP):
        view.mode = Mode.RUNS
    elif action is Action.CHOOSE:
        runs.choose(view.mode, entries)
        if view.mode is Mode.RUN_GROUPS:
            view.mode = Mode.RUNS
    elif action in (Action.LEFT, Action.RIGHT):
        runs.shift_column(entries, 1 if action is Action.RIGHT else -1)
    elif _list_step(dashboard, action):
        runs.move_choice(view.mode, entries, _list_step(dashboard, action))
    else:
        return False
    return True


def _type_search(dashboard: Dashboard, action: Action | None, key: str) -> None:
    diff = dashboard.view.diff
    if action is not None:
        diff.search = diff.search if action is Action.CHOOSE else ""
        dashboard.view.mode = Mode.CONFIG_DIFF
    elif key == "backspace":
        diff.search = diff.search[:-1]
    elif len(key) == 1 or key == "space":
        diff.search += " " if key == "space" else key
    diff.offset = 0


def open_page(dashboard: Dashboard, key: RunKey) -> None:
    """Bring a run's page on screen."""
    dashboard.view.opened_from = dashboard.view.mode
    dashboard.view.page.key, dashboard.view.page.offset = key, 0
    dashboard.view.mode = Mode.RUN_PAGE


def open_diff(dashboard: Dashboard) -> None:
    """Bring the configs of the marked runs on screen."""
    dashboard.view.opened_from = dashboard.view.mode
    dashboard.view.diff = DiffView(everything=dashboard.view.diff.everything)
    dashboard.view.mode = Mode.CONFIG_DIFF


def _act(dashboard: Dashboard, action: Action) -> None:
    view = dashboard.view
    if action is Action.QUIT:
        dashboard.quit = True
    elif action is Action.RUNS:
        view.on_runs, view.on_system = view.mode is not Mode.RUNS, False
        view.mode = dashboard.base_mode
    elif (view.mode is Mode.RUNS and _act_on_runs(dashboard, action)) or (
        view.mode in (Mode.RUN_COLUMNS, Mode.RUN_GROUPS) and _act_on_run_list(dashboard, action)
    ):
        return
    elif action is Action.GPUS:
        dashboard.show_gpus(not view.on_gpus)
    elif action is Action.SYSTEM:
        dashboard.show_system(not view.on_system)
    elif action is Action.GPU_STRIP:
        view.gpus.strip = not view.gpus.strip
    elif action is Action.HELP:
        _toggle(dashboard, Mode.HELP)
        view.help_offset = 0
    elif action is Action.RUN_PAGE:
        if dashboard.run is not None:
            open_page(dashboard, dashboard.shown_key)
    elif action is Action.CONFIG_DIFF:
        open_diff(dashboard)
    elif action is Action.PIN:
        if dashboard.run is not None:
            dashboard.view.marks.pin(dashboard.shown_key)
    elif action is Action.SPREAD:
        view.spread = not view.spread
    elif action is Action.DISMISS:
        dashboard.dismiss_alerts()
    elif action is Action.SEARCH:
        view.mode = Mode.CONFIG_SEARCH
    elif action is Action.ALL_KEYS:
        view.diff.everything, view.diff.offset = not view.diff.everything, 0
    elif view.mode in (Mode.RUN_PAGE, Mode.CONFIG_DIFF):
        _move_on_page(dashboard, action)
    elif action is Action.FILTER:
        view.gpus.chosen, view.mode = None, Mode.GPU_FILTER
    elif view.mode is Mode.GPUS:
        view.gpus.act(action, dashboard.gpus)
    elif action in (Action.ZOOM_IN, Action.ZOOM_OUT):
        view.zoom = clamp_zoom(view.zoom + (1 if action is Action.ZOOM_IN else -1))
    elif view.mode is Mode.SYSTEM and action in _SYSTEM_ACTIONS:
        _act_on_system(dashboard, action)
    elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
        _change_run(dashboard, 1 if action is Action.NEXT_RUN else -1)
    elif action is Action.PICK_PROJECT:
        _toggle(dashboard, Mode.PROJECTS)
        names = [summary.name for summary in dashboard.summaries]
        view.selected_project = names.index(view.project) if view.project in names else 0
    elif action is Action.ENLARGE:
        view.enlarged, view.mode = True, Mode.ENLARGED
    elif action is Action.BACK:
        if view.mode is Mode.ENLARGED:
            view.enlarged = False
        view.mode = dashboard.base_mode
    elif action is Action.CHOOSE:
        if view.selected_project < len(dashboard.summaries):
            dashboard.watch(dashboard.summaries[view.selected_project].name)
            view.enlarged = view.system_enlarged = False
            view.mode = dashboard.base_mode
    elif view.mode is Mode.HELP:
        view.help_offset = max(0, view.help_offset + _list_step(dashboard, action))
    elif view.mode is Mode.PROJECTS:
        last = max(0, len(dashboard.summaries) - 1)
        view.selected_project = _clamped(
            view.selected_project + _list_step(dashboard, action), last
        )
    else:
        _move_focus(dashboard, action)


def _move_on_page(dashboard: Dashboard, action: Action) -> None:
    view = dashboard.view
    if action is Action.BACK:
        view.mode = view.opened_from
    elif action in (Action.LEFT, Action.RIGHT):
        last = max(0, len(dashboard.diff_runs) - 1)
        step = -1 if action is Action.LEFT else 1
        view.diff.first_run = _clamped(view.diff.first_run + step, last)
    elif view.mode is Mode.CONFIG_DIFF:
        last = max(0, len(dashboard.diff_lines) - 1)
        view.diff.offset = _clamped(view.diff.offset + _list_step(dashboard, action), last)
    else:
        view.page.offset = max(0, view.page.offset + _list_step(dashboard, action))


def _toggle(dashboard: Dashboard, mode: Mode) -> None:
    dashboard.view.mode = dashboard.base_mode if dashboard.view.mode is mode else mode


def _list_step(dashboard: Dashboard, action: Action) -> int:
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


def _move_focus(dashboard: Dashboard, action: Action) -> None:
    dashboard.view.focus = moved_focus(
        action, dashboard.focus, len(dashboard.metrics), dashboard.layout
    )


def _act_on_system(dashboard: Dashboard, action: Action) -> None:
    """Do what a key asks for on the system screen."""
    view, machine = dashboard.view, dashboard.machine
    if action is Action.ENLARGE:
        view.system_enlarged = True
    elif action is Action.BACK and view.system_enlarged:
        view.system_enlarged = False
    elif action is Action.BACK:
        dashboard.show_system(False)
    elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
        if machine is not None and dashboard.project is not None:
            run_ids = [it.run_id for it in dashboard.project.machines]
            step = 1 if action is Action.NEXT_RUN else -1
            position = (run_ids.index(machine.run_id) + step) % len(run_ids)
            view.run_id = run_ids[position]
    else:
        count = len(dashboard.system_charts)
        focus = _clamped(view.system_focus, max(0, count - 1))
        view.system_focus = moved_focus(action, focus, count, dashboard.system_layout(count))


def _change_front(dashboard: Dashboard, direction: int) -> None:
    """Bring the next of the compared runs on screen, and so to the front."""
    keys = [one.key for one in dashboard.diff_runs]
    front = dashboard.compared[-1].key
    key = keys[(keys.index(front) + direction) % len(keys)]
    dashboard.view.project, dashboard.view.run_id = key
    if dashboard.view.marks.pinned is not None:
        dashboard.view.marks.pin(key)


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


def _clamped(position: int, last: int) -> int:
    return max(0, min(position, last))
