"""What a person does at the terminal: keys, the mouse, a paste, and a change of its size."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.model.run import RunKey
from trackio_view.view.actions import Mode


class KeyPressed(NamedTuple):
    """A key, by the name that the table of bindings uses: `q`, `+`, `left`, `page_down`, ..."""

    key: str


class KeysPressed(NamedTuple):
    """Keys that came together, in the order typed, named as `KeyPressed` names one."""

    keys: Sequence[str]


class Resized(NamedTuple):
    """The terminal has a new size, in cells."""

    width: int
    height: int


class PointerAction(enum.Enum):
    """What was done with the mouse."""

    CLICK = "click"
    DRAG = "drag"
    RELEASE = "release"
    WHEEL_UP = "wheel_up"
    WHEEL_DOWN = "wheel_down"


class OnKey(NamedTuple):
    """A word that tells of a key."""

    key: str


class OnTab(NamedTuple):
    """The name of a group of charts."""

    tab: str


class OnRun(NamedTuple):
    """A run, where a legend or a list names it."""

    run: RunKey


class OnColumn(NamedTuple):
    """The heading of a column of the table of runs."""

    column: int


class Pointed(NamedTuple):
    """Something was done with the mouse, and what the pointer was on."""

    action: PointerAction
    chart: int | None = None
    """The place of a chart on its page; `None` where none is there."""
    x: float | None = None
    """Where on that chart's x axis; `None` beside its lines."""
    share: float = 0.0
    """The place on its lines, as a share of their width."""
    lines: int | None = None
    """How many lines below the chosen one of a list; `None` where no line is there."""
    on: OnKey | OnTab | OnRun | OnColumn | None = None
    """What else is there."""
    mode: Mode | None = None
    """The mode on top in the frame that was pointed at; `None` for the mode of the newest frame."""
    frame: int = 0
    """The number of that frame."""


class Pasted(NamedTuple):
    """The beginning of what was pasted, by the terminal's word, with any controls in it."""

    text: str


InputEvent = KeyPressed | KeysPressed | Resized | Pointed | Pasted
