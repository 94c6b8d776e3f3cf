"""Reads JSON of megabytes in small steps, between which other threads may run.

A parser in C holds the interpreter's lock until it is done: for a third of a second with five
megabytes of small values. Here the parser gets one piece at a time, and Python takes apart what is
larger.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

PIECE = 16_384
"""Characters that are parsed in one step, which takes some 0.2 ms."""
_LONGEST_ESCAPE = 6
_FIRST_HALVES = ("\\ud8", "\\ud9", "\\uda", "\\udb")
"""How the escapes begin that make one character together with the next (RFC 8259, 7)."""
_TRIES = 4
"""Commas by which a piece of an array or an object is ended before it is read one by one."""
_BLANKS = " \t\n\r"
_decode = json.JSONDecoder().raw_decode


def read_in_steps(text: str) -> Any:
    """Return the value of a JSON text, as `json.loads` does.

    Raises ValueError or RecursionError.
    """
    value, end = _value(text, _after_blanks(text, 0))
    if _after_blanks(text, end) != len(text):
        raise _fault(text, end)
    return value


def read_members(text: str) -> tuple[list[Any], int]:
    """Return the members of a JSON array, and the place behind the last one.

    Of an array that was cut off, return the whole members. Raises ValueError where it is none.
    """
    at = _after("[", text, 0)
    found: list[Any] = []
    end = at
    if text.startswith("]", at):
        return found, len(text)
    while True:
        try:
            value, at = _value(text, at)
        except (ValueError, RecursionError):
            return found, end
        at = _after_blanks(text, at)
        if at == len(text):
            # A number that ends with the text may have gone on, and so may the array.
            return found, end
        found.append(value)
        if text.startswith("]", at):
            return found, len(text)
        try:
            end = at = _after(",", text, at)
        except ValueError:
            return found, at


def _value(text: str, at: int) -> tuple[Any, int]:
    """Return the value that begins at `at`, and where it ends."""
    piece = text[at : at + PIECE]
    try:
        value, length = _decode(piece)
    except ValueError:
        length = len(piece)
    # A value at the end of the piece may go on after it: half of a number is a number, too.
    if length < len(piece):
        return value, at + length
    if text.startswith('"', at):
        return _text(text, at)
    if text.startswith("{", at):
        return _object(text, at)
    if text.startswith("[", at):
        return _array(text, at)
    return _decode(text, at)


def _text(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    start = at + 1
    while start < len(text):
        end = _between_letters(text, start, start + PIECE)
        part, length = _decode(f'"{text[start:end]}"')
        parts.append(part)
        if length < end - start + 2:
            # The text ended with its own quotation mark, before the one that was added here.
            return "".join(parts), start + length - 1
        start = end
    raise _fault(text, at)


def _between_letters(text: str, start: int, end: int) -> int:
    """Return the last place up to `end` that is not within an escape, nor within a pair of them."""
    if end >= len(text):
        return len(text)
    escape = text.rfind("\\", end - _LONGEST_ESCAPE, end)
    if escape < 0:
        return end
    if not _begins_escape(text, start, escape):
        return escape + 1
    before = escape - _LONGEST_ESCAPE
    first_half = text[before : before + 4].lower() in _FIRST_HALVES
    return before if first_half and _begins_escape(text, start, before) else escape


def _begins_escape(text: str, start: int, at: int) -> bool:
    """Return whether the backslash at `at` is not escaped itself."""
    first = at
    while first > start and text[first - 1] == "\\":
        first -= 1
    return (at - first) % 2 == 0


def _object(text: str, at: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}

    def read_member(at: int) -> int:
        if not text.startswith('"', at):
            raise _fault(text, at)
        name, at = _value(text, at)
        found[name], at = _value(text, _after(":", text, at))
        return at

    return found, _end_of_members(text, at, "{}", found.update, read_member)


def _array(text: str, at: int) -> tuple[list[Any], int]:
    found: list[Any] = []

    def read_member(at: int) -> int:
        value, at = _value(text, at)
        found.append(value)
        return at

    return found, _end_of_members(text, at, "[]", found.extend, read_member)


def _end_of_members(
    text: str,
    at: int,
    brackets: str,
    take_several: Callable[[Any], None],
    read_member: Callable[[int], int],
) -> int:
    """Read the members between two brackets, many at once where a piece holds them whole. Return
    the place behind the closing one.
    """
    at = _after_blanks(text, at + 1)
    if text.startswith(brackets[1], at):
        return at + 1
    while True:
        several, end = _several(text, at, *brackets)
        if several:
            take_several(several)
            at = _after_blanks(text, end)
            continue
        at = _after_blanks(text, read_member(at))
        if text.startswith(brackets[1], at):
            return at + 1
        at = _after(",", text, at)


def _several(text: str, at: int, opening: str, closing: str) -> tuple[Any, int]:
    """Return what lies within a piece from `at` on, and where it goes on behind a comma.

    The value is `None` where a piece holds less than one member and its comma.
    """
    end = at + PIECE
    # A comma after a brace most likely stands between two members, and not within one.
    comma = text.rfind("},", at, end) + 1 or text.rfind(",", at, end)
    for _ in range(_TRIES):
        if comma < 0:
            break
        try:
            # Where the text up to a comma can be read, the comma stands between two members.
            return json.loads(f"{opening}{text[at:comma]}{closing}"), comma + 1
        except ValueError:
            comma = text.rfind(",", at, comma)
    return None, at


def _after(mark: str, text: str, at: int) -> int:
    at = _after_blanks(text, at)
    if not text.startswith(mark, at):
        raise _fault(text, at)
    return _after_blanks(text, at + 1)


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def _fault(text: str, at: int) -> ValueError:
    return json.JSONDecodeError("This is no JSON", text, at)
