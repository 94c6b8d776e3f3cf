"""What keys do with a text that is being typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blessed.line_editor import LineEditor

MOST_CHARACTERS = 500
"""The most characters of a typed text. A paste must not become a filter of a million words."""


class _Key(str):
    """A key as blessed's editor takes it: without text, by its name."""

    name = ""


_NAMES = {"shift_left": "KEY_SLEFT", "shift_right": "KEY_SRIGHT"}
"""Keys that the editor calls by other names than we do: a word to the left and to the right."""


_OF_ONE_LETTER = {"ctrl_w": "backspace", "shift_left": "left"}
"""What keys of words do before a word of one letter, which the editor takes for a part of the word
before it.
"""


def _ends_in_word_of_one_letter(text: str) -> bool:
    return text[-1:].isalnum() and not text[-2:-1].isalnum()


def _named(key: str) -> _Key:
    found = _Key()
    found.name = _NAMES.get(key, f"KEY_{key.upper()}")
    return found


def _common_beginning(texts: Sequence[str]) -> str:
    if not texts:
        return ""
    # All texts between the first and the last one share the beginning that these two share.
    first, last = min(texts), max(texts)
    pairs = zip(first, last, strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), len(first))
    return first[:same]


@dataclass(slots=True, eq=False, repr=False)
class TypedLine:
    """A line that is edited as at a shell's prompt: Ctrl-W, Ctrl-U, arrows, lines typed before.

    The editor is blessed's, made when it is first typed into.
    """

    candidates: Sequence[str] = ()
    """The candidates for the word before the cursor, once they were asked for."""
    chosen: int | None = None
    """The candidate that stands in the line; `None` where only the common beginning of all stands
    there.
    """
    _word: str = ""
    """The part of the line that the candidates replace."""
    _editor: LineEditor | None = None

    @property
    def text(self) -> str:
        return "" if self._editor is None else self._editor.line

    @property
    def state(self) -> tuple[object, ...]:
        """What keys change of the line: the same again after one that changed nothing."""
        if self._editor is None:
            return "", 0, "", False
        display = self._editor.display
        return self.text, display.cursor, display.suggestion, bool(self.candidates)

    @property
    def before(self) -> str:
        """The part of the text before the cursor."""
        if self._editor is None:
            return ""
        from wcwidth import iter_graphemes, width

        # The editor tells the place in columns.
        left, before = self._editor.display.cursor, ""
        for grapheme in iter_graphemes(self.text):
            if left <= 0:
                break
            left -= width(grapheme)
            before += grapheme
        return before

    @property
    def suggestion(self) -> str:
        """The rest of an earlier line that begins like this one. The right arrow takes it over."""
        return "" if self._editor is None else self._editor.display.suggestion

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another character."""
        return len(self.text) >= MOST_CHARACTERS

    def start(self, text: str = "") -> None:
        """Begin a line with a text, to be changed."""
        self.drop()
        if text:
            self._edited_by().insert_text(text)

    def feed(self, keys: Iterable[str]) -> None:
        """Take in keys by our names; no text grows beyond `MOST_CHARACTERS`."""
        editor = self._edited_by()
        self.candidates = ()
        for key in keys:
            if key in _OF_ONE_LETTER and _ends_in_word_of_one_letter(self.before):
                key = _OF_ONE_LETTER[key]
            if key == "space" or len(key) == 1:
                editor.feed_key(" " if key == "space" else key)
            else:
                editor.feed_key(_named(key))

    def offer(self, word: str, candidates: Sequence[str]) -> None:
        """Complete the word before the cursor as far as all candidates agree."""
        self._word = word
        common = _common_beginning(candidates)
        self.chosen = 0 if len(candidates) == 1 else None
        if len(candidates) == 1 or (candidates and len(common) >= len(word)):
            self._put(common)
        self.candidates = candidates

    def choose(self, direction: int) -> None:
        """Replace the word by the next candidate, or by the previous one."""
        if self.candidates:
            first = 0 if direction > 0 else -1
            place = first if self.chosen is None else self.chosen + direction
            self.chosen = place % len(self.candidates)
            self._put(self.candidates[self.chosen])

    def _put(self, text: str) -> None:
        from wcwidth import iter_graphemes

        editor = self._edited_by()
        for _ in iter_graphemes(self._word):
            editor.feed_key(_named("backspace"))
        length = len(self.text)
        editor.insert_text(text)
        # A candidate without room is left out at its end.
        self._word = text[: len(self.text) - length]

    def finish(self) -> str:
        """Return the line and remember it, so that the arrow up brings it again."""
        text = self.text
        self.feed(["enter"])
        return text

    def drop(self) -> None:
        """Forget what is typed."""
        self.candidates = ()
        if self._editor is not None:
            self._editor.clear()

    def _edited_by(self) -> LineEditor:
        if self._editor is None:
            from blessed.line_editor import LineEditor

            self._editor = LineEditor(limit=MOST_CHARACTERS)
        return self._editor
