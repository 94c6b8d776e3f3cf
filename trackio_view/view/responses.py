"""What a key makes of the dashboard: the one place where the table of bindings is acted upon.

A key is first offered to the screen that it was pressed on (`screen_responses`); what no screen
claims means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from trackio_view.model.events import InputEvent, KeyPressed, Resized
from trackio_view.series.window import clamp_zoom
from trackio_view.view.bindings import TYPING, Action, Mode, action_for
from trackio_view.view.config_diff import DiffView
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.flood import Flood
from trackio_view.view.screen_responses import SCREEN_RESPONSES
from trackio_view.view.text_entry import edited


def respond(dashboard: Dashboard, event: InputEvent) -> None:
    """Take in what the person did."""
    if isinstance(event, Resized):
        dashboard.width, dashboard.height = event.width, event.height
    elif isinstance(event, KeyPressed):
        press(dashboard, (event.key,))
    else:
        press(dashboard, event.keys)


def press(dashboard: Dashboard, keys: Sequence[str], flood: Flood | None = None) -> None:
    """Take in keys up to the one that quits.

    Text that was typed together is judged once. What `flood` does not admit is left out, except
    for text, which has a bound of its own, and for what quits.
    """
    place = 0
    while place < len(keys) and not dashboard.quit:
        mode, key = dashboard.view.mode, keys[place]
        action = action_for(mode, key)
        place += 1
        if action is Action.QUIT:
            dashboard.quit = True
        elif mode in TYPING and action is None:
            start = place - 1
            while place < len(keys) and action_for(mode, keys[place]) is None:
                place += 1
            _TYPING[mode](dashboard, None, keys[start:place])
        elif flood is None or flood.admits():
            _press(dashboard, mode, action, key)


def _press(dashboard: Dashboard, mode: Mode, action: Action | None, key: str) -> None:
    if mode in TYPING:
        _TYPING[mode](dashboard, action, ())
    elif action is Action.PICK_GPU:
        dashboard.view.gpus.pick(int(key), dashboard.gpus)
    elif action is not None:
        screen = SCREEN_RESPONSES.get(mode)
        claimed = screen is not None and screen(dashboard, action)
        if not claimed and action in _EVERYWHERE:
            _EVERYWHERE[action](dashboard)


def _type_gpu_filter(dashboard: Dashboard, action: Action | None, keys: Sequence[str]) -> None:
    gpus = dashboard.view.gpus
    if action is None:
        gpus.filter, gpus.cursor = edited(gpus.filter, keys), 0
    else:
        gpus.filter = gpus.filter if action is Action.CHOOSE else ""
        dashboard.view.mode = Mode.GPUS


def _type_search(dashboard: Dashboard, action: Action | None, keys: Sequence[str]) -> None:
    diff = dashboard.view.diff
    diff.offset = 0
    if action is None:
        diff.search = edited(diff.search, keys)
    else:
        diff.search = diff.search if action is Action.CHOOSE else ""
        dashboard.view.mode = Mode.CONFIG_DIFF


def _type_run_filter(dashboard: Dashboard, action: Action | None, keys: Sequence[str]) -> None:
    runs = dashboard.view.runs
    if action is None:
        runs.type(keys)
    elif runs.end_typing(keep=action is Action.CHOOSE):
        dashboard.view.mode = Mode.RUNS


_TYPING: Mapping[Mode, Callable[[Dashboard, Action | None, Sequence[str]], None]] = {
    Mode.GPU_FILTER: _type_gpu_filter,
    Mode.CONFIG_SEARCH: _type_search,
    Mode.RUN_FILTER: _type_run_filter,
}
"""Where keys are text; an action is given for the few that end the typing."""


def _zoom(dashboard: Dashboard, levels: int) -> None:
    dashboard.view.zoom = clamp_zoom(dashboard.view.zoom + levels)


def _switch_runs(dashboard: Dashboard) -> None:
    view = dashboard.view
    view.on_runs, view.on_system = view.mode is not Mode.RUNS, False
    view.mode = dashboard.base_mode


def _switch_strip(dashboard: Dashboard) -> None:
    dashboard.view.gpus.strip = not dashboard.view.gpus.strip


def _switch_spread(dashboard: Dashboard) -> None:
    dashboard.view.spread = not dashboard.view.spread


def _switch_help(dashboard: Dashboard) -> None:
    view = dashboard.view
    if view.mode is Mode.HELP:
        view.mode = view.help_over
    else:
        view.help_over, view.help_offset, view.mode = view.mode, 0, Mode.HELP


def _switch_projects(dashboard: Dashboard) -> None:
    view = dashboard.view
    view.mode = dashboard.base_mode if view.mode is Mode.PROJECTS else Mode.PROJECTS
    names = [summary.name for summary in dashboard.summaries]
    view.selected_project = names.index(view.project) if view.project in names else 0


def _open_page(dashboard: Dashboard) -> None:
    if dashboard.run is not None:
        dashboard.view.page.key, dashboard.view.page.offset = dashboard.shown_key, 0
        dashboard.view.mode = Mode.RUN_PAGE


def _open_diff(dashboard: Dashboard) -> None:
    dashboard.view.diff = DiffView(everything=dashboard.view.diff.everything)
    dashboard.view.mode = Mode.CONFIG_DIFF


def _pin(dashboard: Dashboard) -> None:
    if dashboard.run is not None:
        dashboard.view.marks.pin(dashboard.shown_key)


_EVERYWHERE: Mapping[Action, Callable[[Dashboard], None]] = {
    Action.ZOOM_IN: lambda dashboard: _zoom(dashboard, 1),
    Action.ZOOM_OUT: lambda dashboard: _zoom(dashboard, -1),
    Action.RUNS: _switch_runs,
    Action.GPUS: lambda dashboard: dashboard.show_gpus(not dashboard.view.on_gpus),
    Action.SYSTEM: lambda dashboard: dashboard.show_system(not dashboard.view.on_system),
    Action.GPU_STRIP: _switch_strip,
    Action.SPREAD: _switch_spread,
    Action.HELP: _switch_help,
    Action.PICK_PROJECT: _switch_projects,
    Action.RUN_PAGE: _open_page,
    Action.CONFIG_DIFF: _open_diff,
    Action.PIN: _pin,
    Action.DISMISS: Dashboard.dismiss,
}
"""What means the same on every screen that has a key for it."""
