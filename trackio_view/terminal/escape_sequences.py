"""Cutting what a terminal sends into characters and whole escape sequences."""

from __future__ import annotations

import codecs
import re

from trackio_view.light_typing import NamedTuple

ESCAPE = "\x1b"
UNDECODABLE = "\ufffd"

_ESCAPE_BYTE = b"\x1b"
_PASTE_START, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
# The strings of ECMA-48, 5.6 (DCS, OSC and kitty's APC), with a body as terminals begin them:
# with any other they are the escape key, followed by a letter.
_STRING_INTRODUCER = rb"\x1b(?:P[0-9;<=>?!$+ ]|\][0-9lLI]|_G)[^\x1b\x07\x18\x1a]*"
_PARAMETERS = rb"\x1b\[[0-?]*[ -/]*"
# Some terminals report a drag beyond the upper or the left edge with numbers below 0, which ECMA-48
# does not know.
_MOUSE = rb"\x1b\[<[0-9;-]*"
_WHOLE = re.compile(
    # The Linux console's first function keys; rxvt's keys with Shift; xterm's oldest mouse report,
    # three raw bytes.
    rb"\x1b\[\[[A-Z]|\x1b\[[0-9]{1,2}\$|\x1b\[M[\s\S]{3}"
    # A control sequence (ECMA-48, 5.4): parameters, intermediates, a final byte.
    rb"|(?!\x1b\[M)" + _PARAMETERS + rb"[@-Z\\-~]|" + _MOUSE + rb"[Mm]"
    # A function key in application mode, with its modifiers; a string, ended by ST or by BEL.
    rb"|\x1bO[0-9;]*[@-~]|(?:" + _STRING_INTRODUCER + rb"|\x1b[X^][^\x1b\x07]*)(?:\x1b\\|\x07)"
)
_BEGUN = re.compile(
    rb"(?:\x1b|\x1b\[\[|\x1b\[M[\s\S]{0,2}|\x1b[\]OPX_^]|\x1bO[0-9;]+|"
    + _PARAMETERS
    + rb"|"
    + _MOUSE
    + rb"|"
    + _STRING_INTRODUCER
    + rb"\x1b?)\Z"
)
_BROKEN_OFF = re.compile(_PARAMETERS + rb"|" + _STRING_INTRODUCER)
# What is left of an answer to OSC 11 (`background`), or of what the mouse did, whose beginning came
# so much earlier that it was given up: any end of it, and any part.
_ANY_PART = rb"\]?1?1?;?r?g?b?a?:?#?[0-9A-Fa-f/]{0,19}"
_GIVEN_UP = tuple(
    (re.compile(begun), re.compile(end), re.compile(part + rb"\Z"))
    for begun, end, part in (
        (rb"\x1b" + _ANY_PART + rb"\x1b?", _ANY_PART + rb"(?:\x1b?\\|\x07)", _ANY_PART + rb"\x1b?"),
        (_MOUSE, rb"[0-9;-]*[Mm]", rb"[0-9;-]*"),
    )
)
_LONGEST = 1 << 16
_LONGEST_PASTE = 1 << 12
"""So many bytes of a paste are kept, which is more than any line has room for."""

_ESCAPE_SECONDS = 0.03
_SEQUENCE_SECONDS = 0.25
_PASTE_SECONDS = 1.0
_CHARACTER_SECONDS = 1.0


class PastedText(NamedTuple):
    """The beginning of what was pasted, with whatever controls are in it."""

    text: str


Cutting = str | PastedText


class InputCutter:
    """Bytes as they come in, cut into characters, whole escape sequences and pastes.

    The first two are a string each; the escape key is the sequence of nothing but `ESCAPE`. What is
    undecodable is `UNDECODABLE`, and what is broken off is left out. Escape and a letter are two
    keys, however fast they follow each other.
    """

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._pending = b""
        self._pasting = False
        self._pasted = bytearray()
        self._given_up = b""
        """What was given up last, as long as nothing came since but more of the same answer."""

    @property
    def patience(self) -> float | None:
        """How many seconds to wait for the rest before `give_up`; `None` if nothing is begun."""
        if self._pasting:
            return _PASTE_SECONDS
        if len(self._given_up) > 2:
            # No keys were made of the answer's beginning. A line that stalls may bring its rest
            # however late, and no keys are made of that either. But one or two bytes after which
            # nothing comes are keys of a person.
            return _SEQUENCE_SECONDS if 0 < len(self._pending) <= 2 else None
        if not self._pending:
            is_begun = bool(self._decoder.getstate()[0])
            return _CHARACTER_SECONDS if is_begun else None
        return _ESCAPE_SECONDS if self._pending == _ESCAPE_BYTE else _SEQUENCE_SECONDS

    def feed(self, data: bytes) -> list[Cutting]:
        """Return what is complete now."""
        pending = self._pending + data
        cuttings: list[Cutting] = []
        # A position moves over the bytes: copying the rest after each piece would be quadratic.
        given_up = self._given_up
        at = self._rest_of_answer(pending)
        if self._given_up:
            self._pending = pending
            return []
        if at:
            cuttings.append((given_up + pending[:at]).decode("latin-1"))
        while at < len(pending):
            if self._pasting:
                at = self._after_paste(pending, at)
                if self._pasting:
                    break
                cuttings.append(self._end_paste())
            elif not pending.startswith(_ESCAPE_BYTE, at):
                escape = pending.find(_ESCAPE_BYTE, at)
                end = len(pending) if escape < 0 else escape
                cuttings.extend(self._decoder.decode(pending[at:end], final=escape >= 0))
                at = end
            elif cut_off := self._decoder.decode(b"", final=True):
                cuttings.extend(cut_off)
            elif whole := _WHOLE.match(pending, at):
                at = whole.end()
                if whole[0] == _PASTE_START:
                    self._pasting = True
                else:
                    cuttings.append(whole[0].decode("latin-1"))
            elif _BEGUN.match(pending, at):
                if len(pending) - at > _LONGEST:
                    at = len(pending)
                break
            elif broken := _BROKEN_OFF.match(pending, at):
                at = broken.end()
            else:
                cuttings.append(ESCAPE)
                at += 1
        self._pending = pending[at:]
        return cuttings

    def give_up(self) -> list[Cutting]:
        """Return the bytes of an unfinished sequence as the keys that they must have been.

        A longer unfinished sequence is left out; of an unfinished paste, what came is returned, and
        `UNDECODABLE` of a character. To be called when nothing came for `patience` seconds.
        """
        if cut_off := self._decoder.decode(b"", final=True):
            return list(cut_off)
        begun, self._pending = self._pending, b""
        self._given_up = self._given_up + begun if len(begun) > 2 else begun
        if self._pasting:
            self._pasting = False
            self._keep_of_paste(begun)
            return [self._end_paste()]
        if len(begun) > 2:
            return []
        return list(begun.decode("ascii"))

    def _rest_of_answer(self, pending: bytes) -> int:
        """Return where an answer ends whose beginning was given up.

        That is at the end of what came, if more of it may follow.
        """
        given_up, self._given_up = self._given_up, b""
        if given_up == _ESCAPE_BYTE and not pending.startswith(b"]"):
            return 0
        for begun, end, part in _GIVEN_UP:
            if begun.fullmatch(given_up):
                if rest := end.match(pending):
                    return rest.end()
                if part.match(pending):
                    self._given_up = given_up
                    return len(pending)
        return 0

    def _after_paste(self, pending: bytes, at: int) -> int:
        """Keep the pasted text; return the position behind it, or while it goes on, where its last
        bytes begin that have to be looked at again.
        """
        end = pending.find(_PASTE_END, at)
        self._pasting = end < 0
        # The end itself may be split over two reads.
        kept = max(at, len(pending) - len(_PASTE_END) + 1) if end < 0 else end
        self._keep_of_paste(pending[at : min(kept, at + _LONGEST_PASTE)])
        return kept if end < 0 else end + len(_PASTE_END)

    def _keep_of_paste(self, data: bytes) -> None:
        self._pasted += data[: _LONGEST_PASTE - len(self._pasted)]

    def _end_paste(self) -> PastedText:
        """Return what was kept of a paste, and forget it."""
        text = self._pasted.decode(self._encoding, errors="ignore")
        self._pasted.clear()
        return PastedText(text)
