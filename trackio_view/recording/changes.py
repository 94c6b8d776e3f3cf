"""What has changed in a document since an earlier one, so that a line need not repeat the rest.

A fleet has a thousand GPUs of which most fields stay as they were. What changed of an object or of
a list is an object of two:

    {"$in": {"name": change, ...}, "$gone": ["name", ...]}

A list's places stand for names there, and one of another length is told whole; `$gone` is left out
where nothing went. Everything else is the new value itself: no document of a recording has `$in`.
"""

from __future__ import annotations

from typing import Any

_WITHIN, _GONE = "$in", "$gone"
FULL_EACH = 20
"""One line of so many tells the whole document. So after a line that cannot be read, later lines
can be read again.
"""


class ChangesWriter:
    """Writes a document as its changes since the last one that was written whole."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] = {}
        self._at = 0.0
        self._left = 0

    def change(self, at: float, document: dict[str, Any]) -> dict[str, Any] | None:
        """Return what to write of a document of the moment `at`, `None` where it is to be whole."""
        if self._left == 0:
            self._whole, self._at, self._left = document, at, FULL_EACH - 1
            return None
        self._left -= 1
        return {"since": self._at, "change": changed(self._whole, document)}


class ChangesReader:
    """Makes documents whole again."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] = {}
        self._at: float | None = None

    def take(self, at: float, document: dict[str, Any]) -> None:
        """Remember a document that was written whole."""
        self._whole, self._at = document, at

    def whole(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return the document of which a line tells what changed.

        Raises ValueError, TypeError or LookupError where that cannot be told.
        """
        if self._at is None or told["since"] != self._at:
            raise ValueError("what it changes is not there")
        found = applied(self._whole, told["change"])
        if not isinstance(found, dict):
            raise TypeError("no object")
        return found


def changed(before: Any, after: Any) -> Any:
    """Return the change that turns `before` into `after`. Both consist of values of JSON."""
    if type(before) is dict and type(after) is dict:
        within = {
            name: changed(before[name], value) if name in before else value
            for name, value in after.items()
            if name not in before or not _same(before[name], value)
        }
        gone = [name for name in before if name not in after]
        return {_WITHIN: within, _GONE: gone} if gone else {_WITHIN: within}
    if type(before) is list and type(after) is list and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        within = {str(at): changed(old, new) for at, (old, new) in pairs if not _same(old, new)}
        return {_WITHIN: within}
    return after


def applied(before: Any, change: Any) -> Any:
    """Return `before` with a change. A change of another document raises errors of lookups and
    types.
    """
    if type(change) is not dict or _WITHIN not in change:
        return change
    within: dict[str, Any] = change[_WITHIN]
    if type(before) is list:
        items = list(before)
        for place, value in within.items():
            items[int(place)] = applied(items[int(place)], value)
        return items
    found = dict(before)
    for name, value in within.items():
        found[name] = applied(found.get(name), value)
    for name in change.get(_GONE, ()):
        del found[name]
    return found


def _same(before: Any, after: Any) -> bool:
    # 1, 1.0 and True are equal but not the same. Documents that differ mostly differ at once.
    if type(before) is not type(after) or before != after:
        return False
    if type(before) is dict:
        return all(_same(before[name], value) for name, value in after.items())
    if type(before) is list:
        return all(map(_same, before, after))
    return True
