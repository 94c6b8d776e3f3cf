"""A key with modifiers has one name, whatever terminal sends it."""

from __future__ import annotations

import pytest

from trackio_view.terminal.modified_keys import modified_key

PLAIN = {"\x1b[A": "up", "\x1b[C": "right", "\x1b[D": "left", "\x1b[H": "home", "\x1b[3~": "delete"}
PLAIN |= {"\x1b[15~": "f5", "\x1bOP": "f1", "\x1bOR": "f3"}

NAMES = {
    # xterm and those that follow it.
    "\x1b[1;5C": "ctrl_right",
    "\x1b[1;3D": "alt_left",
    "\x1b[1;2A": "shift_up",
    "\x1b[1;6H": "ctrl_shift_home",
    "\x1b[1;8A": "ctrl_alt_shift_up",
    "\x1b[1;1A": "up",
    "\x1b[3;5~": "ctrl_delete",
    "\x1b[15;2~": "shift_f5",
    "\x1b[1;5P": "ctrl_f1",
    "\x1bO5P": "ctrl_f1",
    "\x1b[1;5R": "ctrl_f3",
    "\x1bO5C": "ctrl_right",
    # rxvt.
    "\x1bOc": "ctrl_right",
    "\x1b[a": "shift_up",
    "\x1b[3^": "ctrl_delete",
    "\x1b[3$": "shift_delete",
    "\x1b[3@": "ctrl_shift_delete",
    # kitty's protocol: characters, their shifted form, locks, releases, modifiers alone.
    "\x1b[120;3u": "alt_x",
    "\x1b[120;5u": "ctrl_x",
    "\x1b[120;133u": "ctrl_x",
    "\x1b[120u": "x",
    "\x1b[120;2u": "X",
    "\x1b[120;65u": "X",
    "\x1b[49:33;2u": "!",
    "\x1b[223;2u": "\u00df",
    "\x1b[120;3:2u": "alt_x",
    "\x1b[120;3:3u": "",
    "\x1b[1;5:3C": "",
    "\x1b[57441;2u": "",
    "\x1b[57358u": "",
    "\x1b[13;2u": "shift_enter",
    "\x1b[9;2u": "shift_tab",
    "\x1b[32;5u": "ctrl_space",
    "\x1b[27u": "escape",
    # xterm's modifyOtherKeys.
    "\x1b[27;5;46~": "ctrl_.",
    "\x1b[27;6;120~": "ctrl_shift_x",
}


@pytest.mark.parametrize(("sequence", "name"), NAMES.items(), ids=map(repr, NAMES))
def test_sequences_of_terminals_have_the_names_of_their_keys(sequence: str, name: str) -> None:
    assert modified_key(sequence, PLAIN) == name


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[1;5B",
        "\x1b[99;5~",
        "\x1b[99^",
        "\x1b[57376u",
        "\x1b[7;5u",
        "\x1b[99999999;5u",
        "\x1b[1;" + "9" * 5000 + "A",
        "\x1b[9999999u",
        "\x1b[A",
        "\x1b[E",
    ],
    ids=lambda sequence: repr(sequence[:20]),
)
def test_other_sequences_have_no_name(sequence: str) -> None:
    assert modified_key(sequence, PLAIN) is None
