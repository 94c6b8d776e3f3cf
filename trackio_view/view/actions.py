"""What keys make happen, and the screens and text entries on which they do."""

from __future__ import annotations

from typing import Any, ClassVar


def _titled(title: str) -> Any:
    """Return what stands for a mode of that title until there are modes."""
    return title


class Mode:
    """The screen or the text entry that keys go to. It equals nothing but itself.

    Here are those of which several rooms speak. Another screen makes its own in its own room.
    """

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value
        """What it is called."""

    def __repr__(self) -> str:
        return f"Mode({self.value!r})"

    def __deepcopy__(self, _: object) -> Mode:
        return self

    METRICS: ClassVar[Mode] = _titled("Metrics")
    CURSOR: ClassVar[Mode] = _titled("Value cursor")
    ENLARGED: ClassVar[Mode] = _titled("One chart")
    PROJECTS: ClassVar[Mode] = _titled("Project picker")
    HELP: ClassVar[Mode] = _titled("Help")
    HELP_SEARCH: ClassVar[Mode] = _titled("Search of the help")
    GPUS: ClassVar[Mode] = _titled("GPUs")
    GPU_FILTER: ClassVar[Mode] = _titled("GPU filter")
    GPU_DETAILS: ClassVar[Mode] = _titled("GPU details")
    FLEET: ClassVar[Mode] = _titled("Fleet")
    FLEET_FILTER: ClassVar[Mode] = _titled("Fleet filter")
    SYSTEM: ClassVar[Mode] = _titled("System metrics")
    RUN_PAGE: ClassVar[Mode] = _titled("Run page")
    MEDIA: ClassVar[Mode] = _titled("Media")
    TRACES: ClassVar[Mode] = _titled("Traces")
    TRACE: ClassVar[Mode] = _titled("Trace")
    TRACE_SEARCH: ClassVar[Mode] = _titled("Search of traces")
    CONFIG_DIFF: ClassVar[Mode] = _titled("Config diff")
    CONFIG_SEARCH: ClassVar[Mode] = _titled("Config search")
    RUNS: ClassVar[Mode] = _titled("Runs")
    RUN_FILTER: ClassVar[Mode] = _titled("Run filter")
    WALL: ClassVar[Mode] = _titled("Wall")
    GO_TO: ClassVar[Mode] = _titled("Go to")
    FIND: ClassVar[Mode] = _titled("Find")
    EXPORT: ClassVar[Mode] = _titled("Export")
    CHART_FILTER: ClassVar[Mode] = _titled("Chart filter")
    CHART_LIST: ClassVar[Mode] = _titled("List of charts")
    X_AXIS: ClassVar[Mode] = _titled("X axis")
    RUN_COLUMNS: ClassVar[Mode] = _titled("Columns of the runs")
    RUN_GROUPS: ClassVar[Mode] = _titled("Groups of the runs")


for _name, _title in [*vars(Mode).items()]:
    if _name.isupper():
        setattr(Mode, _name, Mode(_title))
MODES = tuple(one for one in vars(Mode).values() if isinstance(one, Mode))
"""Those that have a name here."""


class Action:
    """What a key makes happen. It equals nothing but itself.

    Here are those that several screens have. Another screen makes its own in its own room.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        """By which a person gives it other keys, in capitals."""

    def __repr__(self) -> str:
        return f"Action({self.name!r})"

    def __deepcopy__(self, _: object) -> Action:
        return self

    ZOOM_IN: ClassVar[Action]
    ZOOM_OUT: ClassVar[Action]
    PAN_BACK: ClassVar[Action]
    PAN_FORTH: ClassVar[Action]
    ALL_DATA: ClassVar[Action]
    UNDO: ClassVar[Action]
    REDO: ClassVar[Action]
    LIMITS: ClassVar[Action]
    LOGARITHMIC: ClassVar[Action]
    SMOOTHER: ClassVar[Action]
    ROUGHER: ClassVar[Action]
    GO_TO: ClassVar[Action]
    CURSOR: ClassVar[Action]
    POINT_BACK: ClassVar[Action]
    POINT_FORTH: ClassVar[Action]
    FAR_BACK: ClassVar[Action]
    FAR_FORTH: ClassVar[Action]
    FIRST_POINT: ClassVar[Action]
    NEWEST_POINT: ClassVar[Action]
    CLOSER_LOOK: ClassVar[Action]
    ANCHOR: ClassVar[Action]
    NEXT_EVENT: ClassVar[Action]
    EVENT_BEFORE: ClassVar[Action]
    COPY: ClassVar[Action]
    NEXT_AXIS: ClassVar[Action]
    NEXT_TAB: ClassVar[Action]
    PREVIOUS_TAB: ClassVar[Action]
    TO_FRONT: ClassVar[Action]
    DROP: ClassVar[Action]
    DROP_LISTED: ClassVar[Action]
    CHART_LIST: ClassVar[Action]
    MORE_COLUMNS: ClassVar[Action]
    FEWER_COLUMNS: ClassVar[Action]
    BEST_COLUMNS: ClassVar[Action]
    SIDE_BOX: ClassVar[Action]
    AXES: ClassVar[Action]
    LEFT: ClassVar[Action]
    RIGHT: ClassVar[Action]
    UP: ClassVar[Action]
    DOWN: ClassVar[Action]
    ENLARGE: ClassVar[Action]
    BACK: ClassVar[Action]
    NEXT_PAGE: ClassVar[Action]
    PREVIOUS_PAGE: ClassVar[Action]
    FIRST: ClassVar[Action]
    LAST: ClassVar[Action]
    NEXT_RUN: ClassVar[Action]
    PREVIOUS_RUN: ClassVar[Action]
    PICK_PROJECT: ClassVar[Action]
    CHOOSE: ClassVar[Action]
    GPUS: ClassVar[Action]
    SYSTEM: ClassVar[Action]
    GPU_STRIP: ClassVar[Action]
    PICK_GPU: ClassVar[Action]
    ALL_GPUS: ClassVar[Action]
    GPU_DETAILS: ClassVar[Action]
    SORT: ClassVar[Action]
    BEST_FIRST: ClassVar[Action]
    FILTER: ClassVar[Action]
    PIN: ClassVar[Action]
    SPREAD: ClassVar[Action]
    RUN_PAGE: ClassVar[Action]
    NEXT_FOLD: ClassVar[Action]
    PREVIOUS_FOLD: ClassVar[Action]
    UNFOLD: ClassVar[Action]
    CONFIG_DIFF: ClassVar[Action]
    ALL_KEYS: ClassVar[Action]
    SEARCH: ClassVar[Action]
    DISMISS: ClassVar[Action]
    RUNS: ClassVar[Action]
    RUN_CHARTS: ClassVar[Action]
    ALL_PROJECTS: ClassVar[Action]
    COLUMNS: ClassVar[Action]
    GROUP: ClassVar[Action]
    MARK: ClassVar[Action]
    MARK_MATCHING: ClassVar[Action]
    MARK_ONLY: ClassVar[Action]
    UNMARK_ALL: ClassVar[Action]
    WALL: ClassVar[Action]
    NEXT_METRIC: ClassVar[Action]
    METRIC_BEFORE: ClassVar[Action]
    FIND: ClassVar[Action]
    EXPORT: ClassVar[Action]
    COMPLETE: ClassVar[Action]
    COMPLETE_BACK: ClassVar[Action]
    HELP: ClassVar[Action]
    THEME: ClassVar[Action]
    REDRAW: ClassVar[Action]
    QUIT: ClassVar[Action]
    INTERRUPT: ClassVar[Action]


for _name in Action.__annotations__:
    setattr(Action, _name, Action(_name))
