"""A page's lines, laid out over several frames: each hurried frame goes on where the last one
ended.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import shortened
from trackio_view.view.folding import Fold

StyledLine = Sequence[StyledText]


class OpeningLine(NamedTuple):
    """A line that opens something below it, or closes it."""

    segments: StyledLine
    fold: Fold


PageLine = StyledLine | OpeningLine

LINES_A_FRAME = 64
"""How many lines of long parts a hurried frame lays out, where the screen is no higher."""
MOST_OF_A_KIND = 100_000
"""The most characters of all texts of one kind on a page, so that a page with thousands of texts
has an end.
"""
LEAST_TEXT = 100
"""Characters that are shown of each text, however many there are."""


class Room:
    """The characters that a page has room for, in all its texts of one kind together."""

    def __init__(self, characters: int, least: int) -> None:
        self._left = characters
        self._least = least

    def taken(self, length: int, most: int) -> int:
        """Return how many characters are shown of a text of `length`, `most` at most.

        At least `least` characters are shown of each, however many texts there are.
        """
        shown = min(length, most, max(self._left, self._least))
        self._left -= shown
        return shown

    def cut(self, text: str, most: int) -> str:
        """Return so much of a text, and the number of its other characters."""
        return shortened(text, self.taken(len(text), most))


class _PagePart:
    """A part of the page: what it is made of, its lines so far, and those still to be made."""

    def __init__(self, made_of: Hashable, lines: Iterable[PageLine]) -> None:
        self.made_of = made_of
        self.lines: list[PageLine] = []
        self.rest = iter(lines)


class PageParts:
    """The parts of the page that was shown last, each by its name on the page."""

    def __init__(self) -> None:
        self._page: Hashable = None
        self._state: Hashable = None
        self._whole: list[PageLine] | None = None
        self._parts: dict[str, _PagePart] = {}
        self._named: set[str] = set()
        self.made = 0
        """How many lines were laid out in the newest frame."""

    def lay_out(
        self,
        page: Hashable,
        state: Hashable,
        lines: Callable[[], Iterable[PageLine]],
        most: int | None,
    ) -> tuple[list[PageLine], bool]:
        """Return a page's lines in some state, and whether they are all of them.

        `lines` uses `part` for what is long. With `most`, it ends once so many lines of long
        parts were laid out; the next time, those are there already.
        """
        if page != self._page:
            self._page, self._parts, self._state = page, {}, None
        if state == self._state and self._whole is not None:
            return self._whole, True
        self._named, self.made = set(), 0
        self._state, self._whole = state, None
        found = []
        for line in lines():
            found.append(line)
            if most is not None and self.made >= most:
                return found, False
        # Parts that the page no longer has are forgotten.
        self._parts = {name: self._parts[name] for name in self._named}
        self._whole = found
        return found, True

    def part(
        self, name: str, made_of: Hashable, make: Callable[[], Iterable[PageLine]]
    ) -> Iterator[PageLine]:
        """Yield the lines that `make` yields, as long as `made_of` is the same only once."""
        part = self._part(name, made_of, make)
        yield from part.lines
        for line in part.rest:
            part.lines.append(line)
            self.made += 1
            yield line

    def whole_part(
        self, name: str, made_of: Hashable, make: Callable[[], Iterable[PageLine]]
    ) -> Sequence[PageLine]:
        """Return what `part` yields, at once and without counting it as work. This is for parts
        that change with each row.
        """
        part = self._part(name, made_of, make)
        part.lines += part.rest
        return part.lines

    def _part(
        self, name: str, made_of: Hashable, make: Callable[[], Iterable[PageLine]]
    ) -> _PagePart:
        self._named.add(name)
        part = self._parts.get(name)
        if part is None or part.made_of != made_of:
            part = self._parts[name] = _PagePart(made_of, make())
        return part
