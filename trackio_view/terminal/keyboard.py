"""The keyboard: reads the terminal and names every key as the bindings do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import anyio

from trackio_view.terminal.escape_sequences import (
    ESCAPE,
    UNDECODABLE,
    InputCutter,
    PastedText,
)
from trackio_view.terminal.mouse import MouseReport, mouse_report


class TerminalGone(Exception):
    """The terminal hung up: no key will come any more."""


class Terminal(Protocol):
    """What the keyboard needs of a terminal."""

    encoding: str

    async def read_input(self) -> bytes:
        """Wait for input and return it; empty at its end. Raises `OSError` once it is gone."""

    def name_sequence(self, sequence: str) -> str | None:
        """Return blessed's name of a whole escape sequence, `None` if it is unknown."""

    def take_answer(self, sequence: str) -> None:
        """Handle a sequence that is no key."""


_CHARACTERS = {
    " ": "space",
    "\t": "tab",
    "\n": "enter",
    "\r": "enter",
    "\b": "backspace",
    "\x7f": "backspace",
    ESCAPE: "escape",
}
_CONTROLS = {
    **{chr(code): f"ctrl_{chr(code | 0x60)}" for code in range(1, 27)},
    **{chr(code): f"ctrl_{chr(code | 0x40)}" for code in range(28, 32)},
    "\x00": "ctrl_space",
}

_BLESSED_NAMES = {
    "KEY_LEFT": "left",
    "KEY_RIGHT": "right",
    "KEY_UP": "up",
    "KEY_DOWN": "down",
    "KEY_ENTER": "enter",
    "KEY_ESCAPE": "escape",
    "KEY_TAB": "tab",
    "KEY_BTAB": "shift_tab",
    "KEY_SHIFT_TAB": "shift_tab",
    "KEY_SHIFT_LEFT": "shift_left",
    "KEY_SHIFT_RIGHT": "shift_right",
    "KEY_SLEFT": "shift_left",
    "KEY_SRIGHT": "shift_right",
    "KEY_BACKSPACE": "backspace",
    "KEY_DELETE": "delete",
    "KEY_INSERT": "insert",
    "KEY_HOME": "home",
    "KEY_END": "end",
    "KEY_PGUP": "page_up",
    "KEY_PGDOWN": "page_down",
    "KEY_SPACE": "space",
    **{f"KEY_F{number}": f"f{number}" for number in range(1, 13)},
    # The keypad in application mode.
    **{f"KEY_KP_{digit}": str(digit) for digit in range(10)},
    "KEY_KP_ADD": "+",
    "KEY_KP_SUBTRACT": "-",
    "KEY_KP_MULTIPLY": "*",
    "KEY_KP_DIVIDE": "/",
    "KEY_KP_DECIMAL": ".",
    "KEY_KP_EQUAL": "=",
    "KEY_KP_ENTER": "enter",
}
# What every terminal in use sends: blessed, which need not be loaded for these, knows the first of
# them by the same names. It knows the others of some terminals only, and with NO_COLOR of none:
# arrows in application mode, and function keys as the Linux console, rxvt and xterm send them.
_COMMON_SEQUENCES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1b[F": "end",
    "\x1b[H": "home",
    **{
        f"\x1b[{code}~": name
        for code, name in enumerate(
            ("home", "insert", "delete", "end", "page_up", "page_down", "home", "end"), 1
        )
    },
    **{f"\x1bO{letter}": f"f{number}" for number, letter in enumerate("PQRS", 1)},
    "\x1b[Z": "shift_tab",
    "\x1b[1;2D": "shift_left",
    "\x1b[1;2C": "shift_right",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\x1bOF": "end",
    "\x1bOH": "home",
    # The terminal has the focus again. Other programs may have written into it meanwhile.
    "\x1b[I": "ctrl_l",
    **{f"\x1b[[{letter}": f"f{number}" for number, letter in enumerate("ABCDE", 1)},
    **{
        f"\x1b[{code}~": f"f{number}"
        for number, code in enumerate((11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24), 1)
    },
}

UNNAMED = "unnamed"
"""The name of every key that has no other."""

# What is no key: answers of the terminal, what the mouse did, the end of a paste that was given up,
# that the focus went elsewhere, and the cursor's position (CPR), which the program before may have
# asked for: it looks like F3, with modifiers in the first line's first columns alone.
_NO_KEY = (
    r"(?s)\x1b(?:\[[?<=>].*|[\]P_^X].*|\[O|\[M.*|\[20[01]~"
    r"|\[[\d;:]+[cntxyM]|\[(?!1;[2-8]R)\d+;\d+R|\[[\d;:]*[ -/]+.)"
)


def key_name(cutting: str, terminal: Terminal) -> str | None:
    """Return our name of a character or escape sequence; `None` where it is no key.

    A key that nothing here has a name for is `UNNAMED`.
    """
    if len(cutting) == 1:
        if cutting in _CHARACTERS:
            return _CHARACTERS[cutting]
        if cutting.isprintable() and cutting != UNDECODABLE:
            return cutting
        return _CONTROLS.get(cutting, UNNAMED)
    if cutting in _COMMON_SEQUENCES:
        return _COMMON_SEQUENCES[cutting]
    if re.fullmatch(_NO_KEY, cutting):
        return None
    from trackio_view.terminal.modified_keys import modified_key

    modified = modified_key(cutting, _COMMON_SEQUENCES)
    if modified is not None:
        return modified or None
    return _BLESSED_NAMES.get(terminal.name_sequence(cutting) or "", UNNAMED)


async def read_keys(
    terminal: Terminal,
    hand_over: Callable[[Sequence[str]], Awaitable[None]],
    hand_over_other: Callable[[MouseReport | PastedText], Awaitable[None]] | None = None,
) -> None:
    """Hand over the name of every key typed at `terminal`; what the mouse did, and what was pasted,
    to the other, in order.

    Keys that came together are handed over together. Answers of the terminal go back to it. Runs
    until cancelled. Raises `TerminalGone` when the terminal hangs up.
    """
    cutter = InputCutter(terminal.encoding)
    while True:
        data: bytes | None = None
        with anyio.move_on_after(cutter.patience):
            try:
                data = await terminal.read_input()
            except OSError as error:
                raise TerminalGone(str(error)) from error
        if data == b"":
            raise TerminalGone("end of input")
        keys: list[str] = []
        for cutting in cutter.give_up() if data is None else cutter.feed(data):
            other: MouseReport | PastedText | None = None
            if isinstance(cutting, PastedText):
                other = cutting
            elif (key := key_name(cutting, terminal)) is not None:
                keys.append(key)
            elif (other := mouse_report(cutting)) is None and len(cutting) > 1:
                terminal.take_answer(cutting)
            if other is not None and hand_over_other is not None:
                if keys:
                    await hand_over(keys)
                    keys = []
                await hand_over_other(other)
        if keys:
            await hand_over(keys)
