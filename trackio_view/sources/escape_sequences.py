"""Cutting what a terminal sends into characters and whole escape sequences."""

from __future__ import annotations

import codecs
import re

ESCAPE = "\x1b"

_ESCAPE_BYTE = b"\x1b"
_PASTE_START, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
# The strings of ECMA-48, 5.6 (DCS, OSC and kitty's APC), with a body as terminals begin them:
# with any other they are the escape key, followed by a letter.
_STRING_INTRODUCER = rb"\x1b(?:P[0-9;<=>?!$+ ]|\][0-9lLI]|_G)[^\x1b\x07\x18\x1a]*"
_PARAMETERS = rb"\x1b\[[0-?]*[ -/]*"
_WHOLE = re.compile(
    # The Linux console's first function keys; xterm's oldest mouse report, three raw bytes.
    rb"\x1b\[\[[A-Z]|\x1b\[M[\s\S]{3}"
    # A control sequence (ECMA-48, 5.4): parameters, intermediates, a final byte.
    rb"|(?!\x1b\[M)" + _PARAMETERS + rb"[@-Z\\-~]"
    # A function key in application mode, with its modifiers; a string, ended by ST or by BEL.
    rb"|\x1bO[0-9;]*[@-~]|(?:" + _STRING_INTRODUCER + rb"|\x1b[X^][^\x1b\x07]*)(?:\x1b\\|\x07)"
)
_BEGUN = re.compile(
    rb"(?:\x1b|\x1b\[\[|\x1b\[M[\s\S]{0,2}|\x1b[\]OPX_^]|\x1bO[0-9;]+|"
    + _PARAMETERS
    + rb"|"
    + _STRING_INTRODUCER
    + rb"\x1b?)\Z"
)
_BROKEN_OFF = re.compile(_PARAMETERS + rb"|" + _STRING_INTRODUCER)
_LONGEST = 1 << 16

_ESCAPE_SECONDS = 0.03
_SEQUENCE_SECONDS = 0.25
_PASTE_SECONDS = 1.0


class InputCutter:
    """Bytes as they come in, cut into characters and whole escape sequences, a string each.

    The escape key is the sequence of nothing but `ESCAPE`. What is undecodable, broken off or
    pasted is left out. Escape and a letter are two keys, however fast they follow each other.
    """

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="ignore")
        self._pending = b""
        self._pasting = False

    @property
    def patience(self) -> float | None:
        """How many seconds to wait for the rest before `give_up`; `None` if nothing is begun."""
        if self._pasting:
            return _PASTE_SECONDS
        if not self._pending:
            return None
        return _ESCAPE_SECONDS if self._pending == _ESCAPE_BYTE else _SEQUENCE_SECONDS

    def feed(self, data: bytes) -> list[str]:
        """Return what is complete now."""
        self._pending += data
        cuttings: list[str] = []
        while self._pending:
            if self._pasting:
                if not self._skip_paste():
                    break
            elif not self._pending.startswith(_ESCAPE_BYTE):
                text, escape, rest = self._pending.partition(_ESCAPE_BYTE)
                cuttings.extend(self._decoder.decode(text, final=bool(escape)))
                self._pending = escape + rest
            elif whole := _WHOLE.match(self._pending):
                self._pending = self._pending[whole.end() :]
                if whole[0] == _PASTE_START:
                    self._pasting = True
                else:
                    cuttings.append(whole[0].decode("latin-1"))
            elif _BEGUN.match(self._pending):
                if len(self._pending) > _LONGEST:
                    self._pending = b""
                break
            elif broken := _BROKEN_OFF.match(self._pending):
                self._pending = self._pending[broken.end() :]
            else:
                cuttings.append(ESCAPE)
                self._pending = self._pending[1:]
        return cuttings

    def give_up(self) -> list[str]:
        """Return what was begun, as the keys that it must have been; leave out a broken sequence.

        To be called when nothing came for as long as `patience`.
        """
        begun, self._pending = self._pending, b""
        if self._pasting or len(begun) > 2:
            self._pasting = False
            return []
        return list(begun.decode("ascii"))

    def _skip_paste(self) -> bool:
        """Drop pasted text; return whether its end was found."""
        _, end, rest = self._pending.partition(_PASTE_END)
        self._pasting = not end
        # The end itself may be split over two reads.
        self._pending = rest if end else self._pending[-len(_PASTE_END) + 1 :]
        return bool(end)
