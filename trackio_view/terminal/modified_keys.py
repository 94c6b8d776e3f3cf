"""The names of keys pressed together with Shift, Alt or Ctrl, which few terminals send alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MODIFIERS = (("ctrl", 4), ("alt", 2), ("shift", 1), ("super", 8), ("hyper", 16), ("meta", 32))
"""xterm (ctlseqs, "PC-Style Function Keys") and kitty's protocol: the bits of a number that is
written one larger.
"""
_SHIFT, _CAPS_LOCK, _LOCKS = 1, 64, 64 | 128
_RELEASED = "3"
"""The kind of event by which kitty's protocol tells that a key was let go."""

# A number of more digits is no key's.
_NUMBER = r"\d{1,7}"
_FUNCTION = re.compile(
    rf"\x1b(?:\[(?:{_NUMBER};)?|O)(?P<modifiers>{_NUMBER})(?::(?P<event>\d))?(?P<final>[A-HP-S])"
    rf"|\x1b\[(?P<number>{_NUMBER});(?P<modifiers_of_number>{_NUMBER})"
    r"(?::(?P<event_of_number>\d))?~"
)
_CHARACTER = re.compile(
    rf"\x1b\[(?P<code>{_NUMBER})(?::(?P<shifted>{_NUMBER})?(?::\d*)?)?"
    rf"(?:;(?P<modifiers>{_NUMBER})?(?::(?P<event>\d))?(?:;[\d:]*)?)?u"
)
# xterm's `modifyOtherKeys`, which the program before may have left on: the modifiers, then the
# character. kitty's protocol has the same two numbers the other way round.
_OTHER_CHARACTER = re.compile(rf"\x1b\[27;(?P<modifiers>{_NUMBER});(?P<code>{_NUMBER})~")
_RXVT = re.compile(rf"\x1b(?:(?P<arrow>\[[a-d]|O[a-d])|\[(?P<number>{_NUMBER})(?P<final>[$^@]))")
_RXVT_MODIFIERS = {"[": "shift", "O": "ctrl", "$": "shift", "^": "ctrl", "@": "ctrl_shift"}

_NAMED_CODES = {9: "tab", 13: "enter", 27: "escape", 32: "space", 127: "backspace"}
_ALONE = frozenset({*range(57358, 57361), *range(57441, 57455)})
"""What kitty's protocol sends for Caps Lock and the like, and for Shift and the like alone."""
_PRIVATE = range(0xE000, 0xF900)
"""The code points that kitty's protocol uses for keys without a character."""


def modified_key(sequence: str, names: Mapping[str, str]) -> str | None:
    """Return the name of a key with modifiers, as `ctrl_right`; an empty text where it was let go
    or is a modifier alone, `None` where the sequence is none of such a key.

    `names` holds the keys without modifiers by their sequences.
    """
    if found := _FUNCTION.fullmatch(sequence):
        number, final = found["number"], found["final"]
        plain = f"\x1b[{number}~" if number else f"\x1b[{final}"
        name = names.get(plain) or names.get(f"\x1bO{final}")
        event = found["event"] or found["event_of_number"]
        modifiers = found["modifiers"] or found["modifiers_of_number"]
        return "" if event == _RELEASED else name and _modified(name, _bits(modifiers))
    if found := _CHARACTER.fullmatch(sequence):
        if found["event"] == _RELEASED:
            return ""
        shifted = int(found["shifted"] or 0)
        return _of_character(int(found["code"]), shifted, _bits(found["modifiers"]))
    if found := _OTHER_CHARACTER.fullmatch(sequence):
        return _of_character(int(found["code"]), 0, _bits(found["modifiers"]))
    if found := _RXVT.fullmatch(sequence):
        arrow = found["arrow"]
        plain = f"\x1b[{arrow[1].upper()}" if arrow else f"\x1b[{found['number']}~"
        modifiers = _RXVT_MODIFIERS[arrow[0] if arrow else found["final"]]
        return f"{modifiers}_{names[plain]}" if plain in names else None
    return None


def _bits(modifiers: str | None) -> int:
    return max(0, int(modifiers or 1) - 1)


def _modified(name: str, bits: int) -> str:
    return "_".join([*(word for word, bit in _MODIFIERS if bits & bit), name])


def _of_character(code: int, shifted: int, bits: int) -> str | None:
    if code in _ALONE:
        return ""
    if code in _NAMED_CODES:
        return _modified(_NAMED_CODES[code], bits)
    if code in _PRIVATE or code > 0x10FFFF or not chr(code).isprintable():
        return None
    character = chr(code)
    if bits & ~_LOCKS & ~_SHIFT:
        return _modified(character.lower(), bits)
    # Shift is part of the character.
    if bits & _SHIFT and 0 < shifted <= 0x10FFFF and chr(shifted).isprintable():
        return chr(shifted)
    upper = character.upper() if bits & (_SHIFT | _CAPS_LOCK) else character
    return upper if len(upper) == 1 else character
