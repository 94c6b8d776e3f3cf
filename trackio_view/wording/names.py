"""How names are cut that have no room: so that no two of them look alike.

A name is cut in its middle: its beginning says of what it is, its ending which one. What is left is
a pattern, in which each ellipsis stands for any text. It is cut where the others agree with it, so
that of all names the pattern fits it alone. Two that are cut differently can then never come out as
the same text, whatever widths they were given.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.glyphs import ELLIPSIS, Signed
from trackio_view.terminal.text import (
    MOST_ON_A_LINE,
    clusters,
    fit,
    is_plain,
    sanitize,
    text_width,
)

_SEPARATORS = frozenset("/._- :=,")
_BEHIND_ALL = "\U0010ffff"
_STAND_IN = "."
"""Replaces an ellipsis within the name itself, because an ellipsis in a cut name says that
something is missing.
"""
_NUMBER_SIGN = "#"
_LEAST_ENDING = 3
"""Columns. Before a shorter last word, the word before it is shown, too."""
_MOST_WORDS = 12
"""How many words within a name are tried, so that a name of thousands of words costs little."""
_MOST_KEPT = 4096


class _CutForm(NamedTuple):
    """What is left of a cut name: its beginning, a part from within, and its ending."""

    head: str
    middle: str = ""
    tail: str = ""

    @property
    def text(self) -> str:
        within = f"{self.middle}{ELLIPSIS}" if self.middle else ""
        return f"{self.head}{ELLIPSIS}{within}{self.tail}"


class Names:
    """Names that stand beside one another, to be cut so that each is told from all others."""

    def __init__(self, names: Iterable[str]) -> None:
        self._shown = {name: _shown(name) for name in names}
        self._sorted = sorted(self._shown, key=lambda name: (self._shown[name], name))
        self._heads = [self._shown[name] for name in self._sorted]
        self._tails: list[str] | None = None
        self._kept: dict[tuple[str, int], str] = {}
        self.identity = hash(tuple(self._heads))
        """A number that identifies these names in keys of drawings."""

    def __len__(self) -> int:
        return len(self._heads)

    def cut(self, name: str, width: int) -> str:
        """Return the sanitised name in at most `width` columns; whole where it fits.

        What is cut is told from every other name as long as `width` has room for an ellipsis and a
        number, which stands where nothing of the name itself tells it. A name that is not among
        these is cut as one that stands alone.
        """
        key = (name, width)
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = self._cut(name, width)
        return self._kept[key]

    def _cut(self, name: str, width: int) -> str:
        if width < 2 or text_width(name) <= width:
            return fit(name, width)
        if name not in self._shown:
            return cut_name(name, width)
        shown = self._shown[name]
        for pattern in self._patterns(shown, width - 1):
            if self._is_of_one(pattern):
                return Signed(pattern.text) if isinstance(name, Signed) else pattern.text
        return self._numbered(name, width)

    def _patterns(self, name: str, room: int) -> Iterator[_CutForm]:
        """Yield what may be left of a name in `room` columns, ellipsis apart, the best first."""
        glyphs = _Glyphs(name)
        for start in glyphs.endings(room):
            tail = glyphs.text(start)
            # A name that is told apart by a number has such an ending.
            if not tail.startswith(_NUMBER_SIGN):
                yield _CutForm(glyphs.head(room - glyphs.width(start)), tail=tail)
        yield _CutForm(glyphs.head(room))
        yield from self._patterns_within(name, glyphs, room - 1)

    def _patterns_within(self, name: str, glyphs: _Glyphs, room: int) -> Iterator[_CutForm]:
        """Yield patterns with something from between beginning and ending."""
        place = bisect_left(self._heads, name)
        beside = self._heads[max(0, place - 1) : place] + self._heads[place + 1 : place + 2]
        # From here on no other name begins as this one does.
        differs = max((_agreement(name, other) for other in beside), default=0)
        words = glyphs.words()
        told = [word for word in words if word.end > differs] + words
        last = words[-1] if words else _Word(0, 0)
        for word in told[:_MOST_WORDS]:
            middle = glyphs.text(word.start, word.end)
            left = room - glyphs.width(word.start, word.end)
            for start in (last.start, max(last.start, len(glyphs) - 2)):
                rest = left - glyphs.width(start)
                if rest > 0 and start >= word.end and start < len(glyphs):
                    yield _CutForm(glyphs.head(rest), middle, glyphs.text(start))
            if left >= 0:
                yield _CutForm(glyphs.head(left), middle)
                yield _CutForm("", glyphs.text(word.start, glyphs.end(word.start, room)))
        # A script without blanks has no words: what tells the name are the glyphs of that place.
        place = glyphs.holding(differs)
        for end in (place + 1, place + 2):
            if end > len(glyphs) or place < 0:
                break
            left = room - glyphs.width(place, end)
            if left >= 0:
                yield _CutForm(glyphs.head(left), glyphs.text(place, end))

    def _is_of_one(self, pattern: _CutForm) -> bool:
        """Return whether a pattern fits one of the names alone."""
        head, middle, tail = pattern
        begin = _with_prefix(self._heads, head)
        if len(begin) == 1 or not (middle or tail):
            return len(begin) == 1
        if self._tails is None:
            self._tails = sorted(name[::-1] for name in self._heads)
        end = _with_prefix(self._tails, tail[::-1])
        if len(end) == 1:
            return True
        if len(begin) <= len(end):
            some: Iterable[str] = (self._heads[place] for place in begin)
        else:
            some = (self._tails[place][::-1] for place in end)
        found = 0
        for name in some:
            found += name.startswith(head) and name.endswith(tail) and middle in name
            if found > 1:
                return False
        return found == 1

    def _numbered(self, name: str, width: int) -> str:
        """Return a name's beginning, and its number among the names as they are sorted."""
        number = f"{self._number(name):0{len(str(len(self)))}}"
        room = width - len(number) - 2
        if room < 0:
            return fit(name, width)
        return f"{_Glyphs(self._shown[name]).head(room)}{ELLIPSIS}{_NUMBER_SIGN}{number}"

    def _number(self, name: str) -> int:
        place = bisect_left(self._heads, self._shown[name])
        return self._sorted.index(name, place) + 1


def cut_name(name: str, width: int) -> str:
    """Return a name that stands alone, sanitised, in at most `width` columns; whole where it fits,
    else cut in its middle.
    """
    return fit(name, width) if text_width(name) <= width else Names([name]).cut(name, width)


def _shown(name: str) -> str:
    if is_plain(name) and len(name) <= MOST_ON_A_LINE:
        return name
    text = name[:MOST_ON_A_LINE]
    if isinstance(name, Signed):
        return Signed(sanitize(Signed(text)).replace(ELLIPSIS, _STAND_IN))
    return sanitize(text).replace(ELLIPSIS, _STAND_IN)


def _agreement(one: str, other: str) -> int:
    """Return how many characters two names have in common before they differ."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _with_prefix(names: Sequence[str], prefix: str) -> range:
    """Return the places of the sorted names that begin like this."""
    return range(bisect_left(names, prefix), bisect_right(names, prefix + _BEHIND_ALL))


class _Word(NamedTuple):
    start: int
    end: int


class _Glyphs:
    """A name in glyphs, with what each part of it takes in columns."""

    def __init__(self, name: str) -> None:
        pairs = [(glyph, 1) for glyph in name] if is_plain(name) else list(clusters(name))
        self._glyphs = [glyph for glyph, _ in pairs]
        self._ends = [0]
        for _, columns in pairs:
            self._ends.append(self._ends[-1] + columns)

    def __len__(self) -> int:
        return len(self._glyphs)

    def text(self, start: int, end: int | None = None) -> str:
        return "".join(self._glyphs[start:end])

    def width(self, start: int, end: int | None = None) -> int:
        return self._ends[len(self) if end is None else end] - self._ends[start]

    def head(self, columns: int) -> str:
        """Return as much of the beginning as so many columns hold."""
        return self.text(0, self.end(0, columns))

    def end(self, start: int, columns: int) -> int:
        """Return where a part ends that begins there and takes as many columns as it may."""
        return bisect_right(self._ends, self._ends[start] + columns) - 1

    def holding(self, character: int) -> int:
        """Return which glyph a character of the name belongs to; for characters behind the name,
        the last one.
        """
        behind = 0
        for place, glyph in enumerate(self._glyphs):
            behind += len(glyph)
            if character < behind:
                return place
        return len(self) - 1

    def words(self) -> list[_Word]:
        """Return where the words between separators begin and end."""
        bounds = [at for at, glyph in enumerate(self._glyphs) if glyph in _SEPARATORS]
        starts = [0, *(at + 1 for at in bounds)]
        return [
            _Word(start, end)
            for start, end in zip(starts, [*bounds, len(self)], strict=True)
            if start < end
        ]

    def endings(self, room: int) -> list[int]:
        """Return where endings of at most `room` columns begin, in the order in which to try them.

        A path's last part, then what lies before it and within it by words, then any.
        """
        least = bisect_left(self._ends, self._ends[-1] - room)
        last_slash = max((at + 1 for at, it in enumerate(self._glyphs) if it == "/"), default=0)
        starts = [
            word.start
            for word in reversed(self.words())
            if self.width(word.start) >= min(_LEAST_ENDING, room)
        ]
        half = max(least, len(self) - max(1, room // 2))
        ordered = chain(
            (start for start in starts if start == last_slash),
            (start for start in starts if start < last_slash),
            (start for start in starts if start > last_slash),
            range(half, least - 1, -1),
            range(half + 1, len(self)),
        )
        return [start for start in dict.fromkeys(ordered) if max(least, 1) <= start < len(self)]
