"""What keys make of a text that is being typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blessed.line_editor import LineEditor

MOST_CHARACTERS = 500
"""No text that is typed grows longer: a paste must not become a filter of a million words."""


def edited(text: str, keys: Iterable[str]) -> str:
    """Return `text` after keys: each a letter more, the last one less, or nothing.

    Letters beyond `MOST_CHARACTERS` are left out; `is_full` tells whether some may have been.
    """
    letters = list(text)
    for key in keys:
        if key == "backspace":
            del letters[-1:]
        elif len(letters) >= MOST_CHARACTERS:
            continue
        elif key == "space":
            letters.append(" ")
        elif len(key) == 1:
            letters.append(key)
    return "".join(letters)


def is_full(text: str) -> bool:
    """Return whether no letter more fits into a text that is typed."""
    return len(text) >= MOST_CHARACTERS


class _Key(str):
    """A key as blessed's editor takes it: without text, by its name."""

    name = ""


def _named(key: str) -> _Key:
    found = _Key()
    found.name = f"KEY_{key.upper()}"
    return found


@dataclass(slots=True)
class TypedLine:
    """A line that is edited as at a shell's prompt: Ctrl-W, Ctrl-U, arrows, lines typed before.

    The editor is blessed's, made when it is first typed into.
    """

    _editor: LineEditor | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        return "" if self._editor is None else self._editor.line

    @property
    def column(self) -> int:
        """How many characters stand before the cursor."""
        return 0 if self._editor is None else self._editor.display.cursor

    def feed(self, keys: Iterable[str]) -> None:
        """Take in keys by our names; no text grows beyond `MOST_CHARACTERS`."""
        if self._editor is None:
            from blessed.line_editor import LineEditor

            self._editor = LineEditor(limit=MOST_CHARACTERS)
        for key in keys:
            if key == "space" or len(key) == 1:
                self._editor.feed_key(" " if key == "space" else key)
            else:
                self._editor.feed_key(_named(key))

    def finish(self) -> str:
        """Return the line and remember it, so that the arrow up brings it again."""
        text = self.text
        self.feed(["enter"])
        return text

    def drop(self) -> None:
        """Forget what is typed."""
        if self._editor is not None:
            self._editor.clear()
