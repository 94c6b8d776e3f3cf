"""What keys are about. The help groups them by this."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from trackio_view.view.actions import Action
from trackio_view.view.screen_table import opened_by


class HelpTheme(enum.Enum):
    """What some keys have in common; the values are the headings, in their order."""

    MOVING = "Move"
    WINDOW = "Window and axes"
    VALUES = "Values"
    CHOICE = "What is shown"
    RUNS = "Runs"
    PLACES = "Other places"
    PROGRAM = "The program"


_ACTIONS: Mapping[HelpTheme, tuple[Action, ...]] = {
    HelpTheme.MOVING: (
        *(Action.LEFT, Action.RIGHT, Action.UP, Action.DOWN, Action.ENLARGE, Action.CHOOSE),
        *(Action.BACK, Action.NEXT_PAGE, Action.PREVIOUS_PAGE, Action.FIRST, Action.LAST),
        *(Action.NEXT_FOLD, Action.PREVIOUS_FOLD, Action.UNFOLD),
    ),
    HelpTheme.WINDOW: (
        *(Action.ZOOM_IN, Action.ZOOM_OUT, Action.PAN_BACK, Action.PAN_FORTH, Action.ALL_DATA),
        *(Action.UNDO, Action.REDO, Action.LIMITS, Action.LOGARITHMIC, Action.SMOOTHER),
        *(Action.ROUGHER, Action.NEXT_AXIS, Action.AXES),
    ),
    HelpTheme.VALUES: (
        *(Action.GO_TO, Action.CURSOR, Action.POINT_BACK, Action.POINT_FORTH, Action.FAR_BACK),
        *(Action.FAR_FORTH, Action.FIRST_POINT, Action.NEWEST_POINT, Action.CLOSER_LOOK),
        *(Action.ANCHOR, Action.NEXT_EVENT, Action.EVENT_BEFORE, Action.COPY),
    ),
    HelpTheme.CHOICE: (
        *(
            Action.CHART_LIST,
            Action.FILTER,
            Action.COMPLETE,
            Action.COMPLETE_BACK,
            Action.NEXT_TAB,
            Action.PREVIOUS_TAB,
        ),
        *(Action.TO_FRONT, Action.DROP, Action.DROP_LISTED, Action.MORE_COLUMNS),
        *(Action.FEWER_COLUMNS, Action.BEST_COLUMNS, Action.SIDE_BOX, Action.GPU_STRIP),
        *(Action.COLUMNS, Action.GROUP, Action.SORT, Action.BEST_FIRST, Action.SEARCH),
        *(Action.ALL_KEYS, Action.NEXT_METRIC, Action.METRIC_BEFORE),
        *(Action.PICK_GPU, Action.ALL_GPUS),
    ),
    HelpTheme.RUNS: (
        *(Action.NEXT_RUN, Action.PREVIOUS_RUN, Action.PIN, Action.SPREAD, Action.MARK),
        *(Action.MARK_MATCHING, Action.MARK_ONLY, Action.UNMARK_ALL, Action.RUN_PAGE),
        *(Action.RUN_CHARTS, Action.CONFIG_DIFF),
    ),
    HelpTheme.PLACES: (
        *(Action.RUNS, Action.WALL, Action.PICK_PROJECT, Action.ALL_PROJECTS, Action.GPUS),
        *(Action.SYSTEM, Action.GPU_DETAILS, Action.FIND),
    ),
}
_THEMES = {action: theme for theme, actions in _ACTIONS.items() for action in actions}


def theme_of(action: Action) -> HelpTheme:
    """Return what an action is about. One that opens the screen whose row has it is about places,
    and one that is about nothing on screen is about the program.
    """
    return _THEMES.get(action, HelpTheme.PLACES if opened_by(action) else HelpTheme.PROGRAM)
