"""What a key makes of the dashboard: the one place where the table of bindings is acted upon.

A key is first offered to the screen that it was pressed on (`screen_table`); what no screen claims
means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_choice_responses import drop_filter
from trackio_view.view.charts.go_to_responses import type_go_to
from trackio_view.view.config_diff import DiffView
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.export_responses import open_export
from trackio_view.view.finding_responses import open_find
from trackio_view.view.keys.flood import Flood
from trackio_view.view.keys.input_events import InputEvent, KeyPressed, Pasted, Pointed, Resized
from trackio_view.view.keys.kept_keys import DROPPING, KEPT
from trackio_view.view.keys.silent_keys import looked_at, no_such_key, why_not_typed, why_nothing
from trackio_view.view.places import CHARTS, UNSEEN, HelpView, PickerView, Seen
from trackio_view.view.run_page import RunPageView
from trackio_view.view.screen_responses import pinned_words
from trackio_view.view.screen_row import TakeText
from trackio_view.view.screen_table import SCREENS, opened_by
from trackio_view.view.scrolling import MOVES
from trackio_view.view.wall import open_wall


def respond(dashboard: Dashboard, event: InputEvent, seen: Seen = UNSEEN) -> None:
    """Take in what the person did, who had seen the newest frame."""
    if isinstance(event, Resized):
        dashboard.width, dashboard.height = event.width, event.height
    elif isinstance(event, KeyPressed):
        press(dashboard, (event.key,), seen=seen)
    elif isinstance(event, Pointed):
        from trackio_view.view.pointer_responses import point

        point(dashboard, event, seen, act)
        keys, dashboard.view.to_press = dashboard.view.to_press, ()
        press(dashboard, keys, seen=seen)
    elif isinstance(event, Pasted):
        from trackio_view.view.keys.pasting import paste

        paste(dashboard, event.text, seen)
    else:
        press(dashboard, event.keys, seen=seen)


def press(
    dashboard: Dashboard,
    keys: Sequence[str],
    flood: Flood | None = None,
    seen: Seen = UNSEEN,
) -> None:
    """Take in keys up to the one that quits.

    Text that was typed together is judged once. What `flood` does not admit is left out, except for
    text, which has a bound of its own, and for what quits. Keys about data that is still to come
    are kept for it. Once a key is about a frame that is still to be drawn, it and all later keys
    are left to `press_ahead`.
    """
    if keys:
        dashboard.view.pointer.outdated, dashboard.view.pointer.clicked = seen.frame, None
    do_kept(dashboard, seen)
    retried = bool(dashboard.ahead)
    waiting, dashboard.ahead = [*dashboard.ahead, *keys], []
    place, action_for = 0, dashboard.view.keys.action
    while place < len(waiting) and not dashboard.quit:
        mode, key = dashboard.view.mode, waiting[place]
        action, take_text = action_for(mode, key), SCREENS[mode].take_text
        place += 1
        dashboard.view.said, dashboard.view.charts.seeking = "", None
        dashboard.view.charts.moved_by = None
        if action is not Action.COPY:
            dashboard.view.copies = 0
        if action in (Action.QUIT, Action.INTERRUPT):
            dashboard.quit = True
            dashboard.interrupted = action is Action.INTERRUPT
        elif action is Action.REDRAW:
            dashboard.redraw = True
        elif take_text is not None and action is None:
            start = place - 1
            while place < len(waiting) and action_for(mode, waiting[place]) is None:
                place += 1
            _type(dashboard, take_text, waiting[start:place], seen)
        elif action is not None and _is_ahead(dashboard, action, seen):
            # Where the screen was too small for such a frame, the key means nothing.
            if place > 1 or not retried:
                dashboard.ahead = waiting[place - 1 :]
                break
        elif action is None:
            dashboard.view.said = no_such_key(key, dashboard.view.key_of(Action.HELP))
        elif flood is None or flood.admits():
            _take(dashboard, action, key, seen)
            waiting[place:place], dashboard.view.to_press = dashboard.view.to_press, ()
    if dashboard.kept.mode is not dashboard.view.mode:
        # The screen that is on top now has other keys.
        dashboard.kept.drop()


def _type(dashboard: Dashboard, take_text: TakeText, keys: Sequence[str], seen: Seen) -> None:
    """Take in keys of a line that is typed. If they change nothing of it, say why."""
    view, typed = dashboard.view, SCREENS[dashboard.view.mode].typed
    mode, before = view.mode, None if typed is None else typed(view).line.state
    take_text(dashboard, None, keys, seen)
    if (
        typed is not None
        and view.mode is mode
        and not view.said
        and typed(view).line.state == before
    ):
        view.said = why_not_typed(keys[-1])


def _take(dashboard: Dashboard, action: Action, key: str, seen: Seen) -> None:
    """Take in a key that is no text. If it changes nothing, say why."""
    mode = dashboard.view.mode
    take_text, before = SCREENS[mode].take_text, looked_at(dashboard, seen)
    if take_text is not None:
        take_text(dashboard, action, (), seen)
    elif action is Action.GO_TO:
        act(dashboard, action, seen)
        type_go_to(dashboard, None, (key,), seen)
    elif action is Action.PICK_GPU:
        dashboard.view.gpus.pick(int(key), dashboard.known.gpus)
    elif not _is_kept(dashboard, action, key):
        act(dashboard, action, seen)
    if not dashboard.view.said:
        changed = looked_at(dashboard, seen) != before
        dashboard.view.said = why_nothing(dashboard, mode, action, changed=changed)
        dashboard.view.acted = dashboard.view.acted or not dashboard.view.said


def press_ahead(dashboard: Dashboard, look: Callable[[], Seen], flood: Flood | None = None) -> None:
    """Take in the keys that are about frames still to be drawn, as if they had been typed slowly.

    `look` draws the frame and returns what is seen of it.
    """
    while dashboard.ahead and not dashboard.quit:
        press(dashboard, (), flood, look())


def _is_ahead(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    is_ahead = SCREENS[dashboard.view.mode].is_ahead
    return is_ahead is not None and is_ahead(dashboard, action, seen)


def do_kept(dashboard: Dashboard, seen: Seen = UNSEEN) -> bool:
    """Take in the kept keys, if the data that they are about is there. Return whether there were
    any.
    """
    kept = dashboard.kept
    if not kept.keys or not dashboard.has_settled or _awaits_data(dashboard):
        return False
    # Nothing is asked between them, so that none of them is kept again.
    press(dashboard, kept.take(), seen=seen)
    return True


def _awaits_data(dashboard: Dashboard) -> bool:
    awaits = SCREENS[dashboard.view.mode].awaits
    return awaits is not None and awaits(dashboard)


def _is_kept(dashboard: Dashboard, action: Action, key: str) -> bool:
    """Keep a key for later, or drop those that are kept, if that is what it means now."""
    kept = dashboard.kept
    if action in DROPPING and kept.keys:
        kept.drop()
        return True
    if action not in KEPT or not _awaits_data(dashboard):
        return False
    kept.keep(dashboard.view.mode, key)
    return True


def act(dashboard: Dashboard, action: Action, seen: Seen = UNSEEN) -> bool:
    """Do what an action means on the screen on top. Return whether it means anything there."""
    screen = SCREENS[dashboard.view.mode]
    if screen.respond is not None and screen.respond(dashboard, action, seen):
        return True
    if screen.move is not None and action in MOVES:
        screen.move(dashboard, action, seen)
    elif action in _EVERYWHERE:
        _EVERYWHERE[action](dashboard)
    else:
        return _switch_opened(dashboard, action)
    return True


def _switch_opened(dashboard: Dashboard, action: Action) -> bool:
    """Open the screen whose row has that key, or go back from it; return whether there is one."""
    view, mode = dashboard.view, opened_by(action)
    opening = None if mode is None else SCREENS[mode].opening
    if mode is None or opening is None:
        return False
    if view.mode is mode:
        view.back()
    else:
        view.open(mode, opening.begin(dashboard))
    return True


def _switch_runs(dashboard: Dashboard) -> None:
    view, shown = dashboard.view, dashboard.view.mode is not Mode.RUNS
    view.back_to(*CHARTS)
    if shown:
        view.open(Mode.RUNS, view.runs)


def _switch_strip(dashboard: Dashboard) -> None:
    dashboard.view.gpus.strip = not dashboard.view.gpus.strip


def _change_theme(dashboard: Dashboard) -> None:
    dashboard.view.to_change_theme = True


def _switch_spread(dashboard: Dashboard) -> None:
    dashboard.view.spread = not dashboard.view.spread
    if not dashboard.compared:
        groups = "means of groups" if dashboard.view.spread else "each run"
        key = dashboard.view.key_of(Action.RUNS)
        dashboard.view.said = f"{groups}, once runs are marked in the table: {key}"


def _open_wall(dashboard: Dashboard) -> None:
    open_wall(dashboard)
    dashboard.view.open(Mode.WALL, dashboard.view.wall)


def _switch_help(dashboard: Dashboard) -> None:
    view = dashboard.view
    if view.mode is Mode.HELP:
        view.back()
    else:
        view.help_search.drop()
        view.open(Mode.HELP, HelpView(search=view.help_search))


def _switch_projects(dashboard: Dashboard) -> None:
    view = dashboard.view
    if view.mode is Mode.PROJECTS:
        view.back()
        return
    listed = [summary.id for summary in dashboard.known.summaries]
    selected = listed.index(view.project) if view.project in listed else 0
    view.open(Mode.PROJECTS, PickerView(selected))


def _open_page(dashboard: Dashboard) -> None:
    view = dashboard.view
    # In the table of runs, this is the run under the cursor, which need not be one of the drawn
    # runs.
    key = dashboard.shown_key if view.mode is Mode.RUNS else dashboard.front_key
    if dashboard.compared or dashboard.run is not None:
        view.open(Mode.RUN_PAGE, RunPageView(key=key))


def _dismiss(dashboard: Dashboard) -> None:
    """Take back what was said last; where nothing was, the filter of the charts."""
    if dashboard.known.dismissable or not dashboard.view.choice.filter:
        dashboard.known.dismiss()
    else:
        drop_filter(dashboard)


def _open_diff(dashboard: Dashboard) -> None:
    view = dashboard.view
    view.diff = DiffView(everything=view.diff.everything, typing=view.diff.typing)
    view.open(Mode.CONFIG_DIFF, view.diff)


def _pin(dashboard: Dashboard) -> None:
    if dashboard.compared or dashboard.run is not None:
        dashboard.view.marks.pin(dashboard.front_key)
        dashboard.view.said = pinned_words(dashboard)


_EVERYWHERE: Mapping[Action, Callable[[Dashboard], None]] = {
    Action.RUNS: _switch_runs,
    Action.GPUS: lambda dashboard: dashboard.show_gpus(dashboard.view.mode is not Mode.GPUS),
    Action.SYSTEM: lambda dashboard: dashboard.show_system(dashboard.view.mode is not Mode.SYSTEM),
    Action.GPU_STRIP: _switch_strip,
    Action.WALL: _open_wall,
    Action.SPREAD: _switch_spread,
    Action.THEME: _change_theme,
    Action.HELP: _switch_help,
    Action.FIND: open_find,
    Action.EXPORT: open_export,
    Action.PICK_PROJECT: _switch_projects,
    Action.RUN_PAGE: _open_page,
    Action.CONFIG_DIFF: _open_diff,
    Action.PIN: _pin,
    Action.DISMISS: _dismiss,
    Action.BACK: lambda dashboard: dashboard.view.back(),
}
"""The actions that mean the same on every screen that has a key for them, besides those that open
the screen whose row has them."""
