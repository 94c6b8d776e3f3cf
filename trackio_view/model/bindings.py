"""The keys: one table from which dispatch, the footer, the help screen and the README are made."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple


class Mode(enum.Enum):
    """What the keyboard is talking to."""

    METRICS = "Metrics"
    ENLARGED = "One chart"
    PROJECTS = "Project picker"
    HELP = "Help"
    GPUS = "GPUs"
    GPU_FILTER = "GPU filter"
    SYSTEM = "System metrics"


class Action(enum.Enum):
    """What a key makes happen."""

    ZOOM_IN = enum.auto()
    ZOOM_OUT = enum.auto()
    LEFT = enum.auto()
    RIGHT = enum.auto()
    UP = enum.auto()
    DOWN = enum.auto()
    ENLARGE = enum.auto()
    BACK = enum.auto()
    NEXT_PAGE = enum.auto()
    PREVIOUS_PAGE = enum.auto()
    FIRST = enum.auto()
    LAST = enum.auto()
    NEXT_RUN = enum.auto()
    PREVIOUS_RUN = enum.auto()
    PICK_PROJECT = enum.auto()
    CHOOSE = enum.auto()
    GPUS = enum.auto()
    SYSTEM = enum.auto()
    GPU_STRIP = enum.auto()
    PICK_GPU = enum.auto()
    ALL_GPUS = enum.auto()
    SORT = enum.auto()
    FILTER = enum.auto()
    HELP = enum.auto()
    QUIT = enum.auto()


class Binding(NamedTuple):
    """Keys that do one thing in some modes."""

    keys: tuple[str, ...]
    action: Action
    modes: frozenset[Mode]
    help: str
    """What it does, in a few words, for the help screen and the README."""
    footer: str = ""
    """Its word in the footer; empty where it has no place there."""


_CHARTS = frozenset({Mode.METRICS, Mode.ENLARGED})
_SYSTEM = frozenset({Mode.SYSTEM})
_PLOTS = _CHARTS | _SYSTEM
_GRIDS = frozenset({Mode.METRICS, Mode.SYSTEM})
_GPUS = frozenset({Mode.GPUS})
_OVERLAYS = frozenset({Mode.PROJECTS, Mode.HELP, Mode.ENLARGED}) | _GPUS | _SYSTEM
TYPING = frozenset({Mode.GPU_FILTER})
"""Modes in which keys are text."""
_ALL = frozenset(Mode) - TYPING

BINDINGS: tuple[Binding, ...] = (
    Binding(("+", "="), Action.ZOOM_IN, _PLOTS | _GPUS, "zoom in: less, newer history", "zoom"),
    Binding(("-", "_"), Action.ZOOM_OUT, _PLOTS | _GPUS, "zoom out: more history", "zoom"),
    Binding(("left", "h"), Action.LEFT, _PLOTS | _GPUS, "the chart or GPU to the left", "move"),
    Binding(("right", "l"), Action.RIGHT, _PLOTS | _GPUS, "the chart or GPU to the right", "move"),
    Binding(("up", "k"), Action.UP, _ALL, "the chart or line above", "move"),
    Binding(("down", "j"), Action.DOWN, _ALL, "the chart or line below", "move"),
    Binding(("enter",), Action.ENLARGE, _GRIDS | _GPUS, "enlarge it", "enlarge"),
    Binding(("enter",), Action.CHOOSE, frozenset({Mode.PROJECTS}), "open the project", "open"),
    Binding(("escape", "backspace"), Action.BACK, _OVERLAYS, "back", "back"),
    Binding(("page_down", "space"), Action.NEXT_PAGE, _ALL, "next page of charts or lines"),
    Binding(("page_up",), Action.PREVIOUS_PAGE, _ALL, "previous page of charts or lines"),
    Binding(("home",), Action.FIRST, _ALL, "first chart or line"),
    Binding(("end",), Action.LAST, _ALL, "last chart or line"),
    Binding(("r",), Action.NEXT_RUN, _PLOTS, "next run", "run"),
    Binding(("R",), Action.PREVIOUS_RUN, _PLOTS, "previous run"),
    Binding(("p",), Action.PICK_PROJECT, _PLOTS | {Mode.PROJECTS}, "pick a project", "projects"),
    Binding(("g",), Action.GPUS, _PLOTS | _GPUS, "the GPUs, and back to the charts", "GPUs"),
    Binding(("y",), Action.SYSTEM, _PLOTS | _GPUS, "what the run logged of its machine", "system"),
    Binding(("G",), Action.GPU_STRIP, _CHARTS, "a line of GPUs below the charts"),
    Binding(tuple("0123456789"), Action.PICK_GPU, _GPUS, "the GPU of that number", "pick"),
    Binding(("a",), Action.ALL_GPUS, _GPUS, "all GPUs", "all"),
    Binding(("s",), Action.SORT, _GPUS, "sort the processes by the next column", "sort"),
    Binding(("/",), Action.FILTER, _GPUS, "filter GPUs by name or process", "filter"),
    Binding(("enter",), Action.CHOOSE, TYPING, "keep the filter", "keep"),
    Binding(("escape",), Action.BACK, TYPING, "drop the filter", "drop"),
    Binding(("?",), Action.HELP, _ALL, "this help", "help"),
    Binding(("q",), Action.QUIT, _ALL, "quit", "quit"),
    Binding(("ctrl_c",), Action.QUIT, frozenset(Mode), "quit, also while typing"),
)


def _dispatch_table() -> Mapping[tuple[Mode, str], Action]:
    table: dict[tuple[Mode, str], Action] = {}
    for binding in BINDINGS:
        for mode in binding.modes:
            for key in binding.keys:
                if (mode, key) in table:
                    raise ValueError(f"{key} is bound twice in {mode.value}")
                table[mode, key] = binding.action
    return table


_DISPATCH = _dispatch_table()

_KEY_NAMES = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Backspace",
    "page_down": "PgDn",
    "page_up": "PgUp",
    "home": "Home",
    "end": "End",
    "space": "Space",
    "ctrl_c": "Ctrl-C",
}


def action_for(mode: Mode, key: str) -> Action | None:
    """Return what `key` does in `mode`, or `None` where it does nothing."""
    return _DISPATCH.get((mode, key))


def key_label(key: str, *, unicode: bool = True) -> str:
    """Return how a key is written for people: `←`, or `Left` without Unicode."""
    name = _KEY_NAMES.get(key, key)
    return name if unicode or name.isascii() else key.capitalize()


def _span_label(binding: Binding) -> str:
    """Return `0-9` for keys that follow one another, else an empty text."""
    keys = binding.keys
    return f"{keys[0]}-{keys[-1]}" if len(keys) > 2 else ""


def keys_label(binding: Binding, *, unicode: bool = True) -> str:
    """Return how all keys of a binding are written: `+ =`, `0-9`."""
    return _span_label(binding) or " ".join(key_label(key, unicode=unicode) for key in binding.keys)


@lru_cache(maxsize=32)
def footer_entries(mode: Mode, *, unicode: bool = True) -> tuple[tuple[str, str], ...]:
    """Return the footer's (keys, word) pairs of a mode; bindings of one word stand together."""
    entries: dict[str, str] = {}
    for binding in BINDINGS:
        if binding.footer and mode in binding.modes:
            key = _span_label(binding) or key_label(binding.keys[0], unicode=unicode)
            joiner = "" if len(key) == 1 and len(entries.get(binding.footer, "")) < 4 else " "
            entries[binding.footer] = (entries.get(binding.footer, "") + joiner + key).strip()
    return tuple((keys, word) for word, keys in entries.items())
