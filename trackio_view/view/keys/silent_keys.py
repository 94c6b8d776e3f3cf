"""What is said of a key that changed nothing. No key is silent: a key that cannot act says why."""

from __future__ import annotations

from collections.abc import Mapping

from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.finding import NOTHING_FOUND
from trackio_view.view.keys.bindings import ALWAYS_ACT
from trackio_view.view.keys.kept_keys import KEPT
from trackio_view.view.keys.key_labels import key_label
from trackio_view.view.places import Seen
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.text_entry import MOST_CHARACTERS


def looked_at(dashboard: Dashboard, seen: Seen) -> tuple[object, ...]:
    """Return all that keys can change; two results are equal where a key changed nothing between.

    It is cheap, whatever is on screen, because each key asks for it twice.
    """
    view = dashboard.view
    return (
        *(place.mode for place in view.places),
        (view.project, view.run_id, dashboard.focus, view.spread, view.gpus.strip),
        (view.charts.framing, view.charts.cursor, view.charts.anchor),
        (view.choice.tab, view.choice.filter),
        view.marks.revision,
        (dashboard.quit, dashboard.redraw, view.to_copy, view.to_change_theme),
        (len(dashboard.known.notices), len(dashboard.kept.keys)),
        SCREENS[view.mode].own_state(dashboard, seen),
    )


_EMPTY = "there is nothing here yet for this key"
_UNSEEN_WITHOUT_DATA = frozenset({Action.ZOOM_IN, Action.ZOOM_OUT})
"""Actions that choose something for later where there is no data yet. It is not seen until then."""
_KEPT_ON_SCREEN = 4
"""How many kept keys the sentence about them names."""
_WHY: Mapping[Action, str] = {
    Action.LEFT: "nothing is further to the left",
    Action.RIGHT: "nothing is further to the right",
    Action.UP: "nothing is above",
    Action.DOWN: "nothing is below",
    Action.PREVIOUS_PAGE: "this is the first page",
    Action.NEXT_PAGE: "this is the last page",
    Action.FIRST: "this is the first one",
    Action.LAST: "this is the last one",
    Action.FIRST_POINT: "this is the first point",
    Action.NEWEST_POINT: "this is the newest point",
    Action.ZOOM_IN: "no closer",
    Action.ZOOM_OUT: "no further out",
    Action.NEXT_RUN: "there is no other run",
    Action.PREVIOUS_RUN: "there is no other run",
    Action.NEXT_METRIC: "there is no other metric",
    Action.METRIC_BEFORE: "there is no other metric",
    Action.ENLARGE: "there is nothing to enlarge",
    Action.RUN_PAGE: "there is no run yet",
    Action.RUN_CHARTS: "there is no run yet",
    Action.PIN: "there is no run yet",
    Action.MARK: "there is no run here",
    Action.MARK_MATCHING: "all runs that match are marked",
    Action.MARK_ONLY: "this run alone is marked",
    Action.UNMARK_ALL: "no run is marked",
    Action.PICK_GPU: "no GPU has this number",
    Action.ALL_GPUS: "all GPUs are on screen",
    Action.NEXT_FOLD: "no other line opens",
    Action.PREVIOUS_FOLD: "no other line opens",
    Action.UNFOLD: "no line here opens",
    Action.DISMISS: "there is nothing to dismiss",
    Action.SORT: "there is nothing to sort",
    Action.BEST_FIRST: "the table is sorted so already",
    Action.COMPLETE: "the word is complete",
    Action.COMPLETE_BACK: "the word is complete",
}
_WHY_ON: Mapping[tuple[Mode, Action], str] = {
    (Mode.RUN_PAGE, Action.LEFT): "nothing on screen has an earlier step",
    (Mode.RUN_PAGE, Action.RIGHT): "nothing on screen has a later step",
    **{
        (Mode.MEDIA, action): "no earlier step is kept"
        for action in (Action.LEFT, Action.PREVIOUS_PAGE, Action.FIRST)
    },
    **{
        (Mode.MEDIA, action): "this is the newest step"
        for action in (Action.RIGHT, Action.NEXT_PAGE, Action.LAST)
    },
    (Mode.TRACE, Action.LEFT): "this is the first trace",
    (Mode.TRACE, Action.RIGHT): "this is the newest trace",
    (Mode.TRACE, Action.NEXT_EVENT): "no line here was found, and none is an error",
    (Mode.TRACE, Action.EVENT_BEFORE): "no line here was found, and none is an error",
    (Mode.TRACES, Action.CHOOSE): "there is no trace to open",
    (Mode.MEDIA, Action.UP): "no other media are above",
    (Mode.MEDIA, Action.DOWN): "no other media are below",
    (Mode.RUN_COLUMNS, Action.CHOOSE): "the run's name stays",
    (Mode.RUN_COLUMNS, Action.LEFT): "it cannot go further to the left",
    (Mode.RUN_COLUMNS, Action.RIGHT): "it cannot go further to the right",
    (Mode.FIND, Action.CHOOSE): NOTHING_FOUND,
    (Mode.PROJECTS, Action.CHOOSE): "there is no project yet",
}
"""What is said on one screen alone."""


def why_nothing(dashboard: Dashboard, mode: Mode, action: Action, *, changed: bool) -> str:
    """Return why an action on a screen did nothing that is seen, an empty text if it did something.

    `changed` says whether it changed what is looked at (`looked_at`).
    """
    is_empty = SCREENS[mode].is_empty(dashboard)
    kept = len(dashboard.kept.keys)
    if changed and kept > _KEPT_ON_SCREEN:
        return f"{kept} keys wait for data"
    if kept and action in KEPT and not changed:
        return f"{kept} keys wait for data: no more are kept"
    if changed and not (is_empty and action in _UNSEEN_WITHOUT_DATA):
        return ""
    if is_empty and action not in ALWAYS_ACT:
        return _EMPTY
    return _WHY_ON.get((mode, action)) or _WHY.get(action, "there is nothing to do")


_BEFORE = "nothing is before the cursor"
_BEHIND = "nothing is behind the cursor"
_WHY_TYPED: Mapping[str, str] = {
    **dict.fromkeys(("left", "ctrl_b", "home", "ctrl_a", "shift_left"), _BEFORE),
    **dict.fromkeys(("backspace", "ctrl_w", "ctrl_u"), _BEFORE),
    **dict.fromkeys(("right", "ctrl_f", "end", "ctrl_e", "shift_right"), _BEHIND),
    **dict.fromkeys(("delete", "ctrl_d", "ctrl_k"), _BEHIND),
    **dict.fromkeys(("up", "ctrl_p"), "no earlier line is known"),
    **dict.fromkeys(("down", "ctrl_n"), "no later line is known"),
    "ctrl_y": "nothing was cut out",
    "ctrl_z": "there is nothing to undo",
}
"""What is said of keys that edit a line, where they found nothing to do."""


def why_not_typed(key: str) -> str:
    """Return why a key changed nothing of the line that is typed."""
    if key == "space" or len(key) == 1:
        return f"no more than {MOST_CHARACTERS} characters"
    return _WHY_TYPED.get(key) or f"{key_label(key)} does nothing in a line that is typed"


def no_such_key(key: str, help_key: str) -> str:
    """Return what is said of a key that has no meaning on a screen."""
    return f"{key_label(key)} does nothing here: {help_key} tells what keys do"
