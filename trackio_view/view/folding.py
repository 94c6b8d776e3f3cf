"""A long text some lines of which open: which of them are open, and what keys do there.

A line that opens is known by its fold. Keys are about the chosen fold where it is on screen, else
about the first fold on screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import Action
from trackio_view.view.scrolling import ScrolledText


class Fold(NamedTuple):
    """What a line of a text opens, or closes."""

    kind: str
    name: str = ""
    step: str = ""
    """The step at which the table of a row was logged."""
    row: int = -1


_ABOUT_FOLDS = frozenset({Action.NEXT_FOLD, Action.PREVIOUS_FOLD, Action.UNFOLD})


class Opened(NamedTuple):
    """What of a text is open, and how far back the tables and media of a page are looked at."""

    switched: frozenset[Fold] = frozenset()
    """What is open that is closed at first, and the other way round."""
    steps_back: tuple[tuple[str, int], ...] = ()
    """Tables and media by name, and how many steps before the newest each is looked at."""

    @property
    def back(self) -> dict[str, int]:
        return dict(self.steps_back)


class FoldLine(NamedTuple):
    """Where a fold stands in the text."""

    line: int
    fold: Fold


class PageSeen(NamedTuple):
    """What a frame showed of such a text."""

    key: object = None
    """What it is about; `None` where none was seen."""
    opened: Opened = Opened()
    folds: Sequence[FoldLine] = ()
    """All of the text, from above."""
    lines: int = 0
    """How many lines the whole text has."""
    room: int = 0
    """How many lines are on screen."""
    steps: Mapping[str, int] = MappingProxyType({})
    """How many steps there are of each table and medium."""
    hits: Sequence[int] = ()
    """Lines to which keys go: those that hold what is searched for."""


@dataclass(slots=True, eq=False, repr=False)
class FoldedText(ScrolledText):
    """How far down a text is looked at, and what of it is open."""

    switched: set[Fold] = field(default_factory=set)
    """What is open that is closed at first, and the other way round."""
    chosen: Fold | None = None
    """The fold that keys are about, if it is on screen."""

    @property
    def open_at_first(self) -> tuple[str, ...]:
        """Kinds of folds that are open until they are closed."""
        return ()

    @property
    def opened(self) -> Opened:
        """What is open, as a frame shows it."""
        return Opened(frozenset(self.switched))

    def first(self, seen: PageSeen) -> int:
        """Return the first line on screen."""
        return max(0, min(self.offset, seen.lines - seen.room))

    def current(self, seen: PageSeen) -> int | None:
        """Return the place among the folds of the one that keys are about; `None` without one."""
        first = self.first(seen)
        visible = [
            place for place, (line, _) in enumerate(seen.folds) if first <= line < first + seen.room
        ]
        chosen = (place for place in visible if seen.folds[place].fold == self.chosen)
        return next(chosen, visible[0] if visible else None)

    def fold(self, seen: PageSeen) -> Fold | None:
        """Return what keys are about; `None` where no line that opens is on screen."""
        current = self.current(seen)
        return None if current is None else seen.folds[current].fold

    def is_ahead_of_folds(self, action: Action, key: object, seen: PageSeen) -> bool:
        """Return whether an action is about lines that open which no frame has shown yet."""
        return action in _ABOUT_FOLDS and (seen.key, seen.opened) != (key, self.opened)

    def act_on_folds(self, action: Action, seen: PageSeen) -> bool:
        """Do what a key about folds means. Return whether the key is about folds."""
        if action in (Action.NEXT_FOLD, Action.PREVIOUS_FOLD):
            self._choose(1 if action is Action.NEXT_FOLD else -1, seen)
        elif action is Action.UNFOLD:
            self._switch(seen)
        else:
            return False
        return True

    def go_to_line(self, line: int, seen: PageSeen) -> None:
        """Scroll so that a line is seen, with some above it."""
        if not self.first(seen) <= line < self.first(seen) + seen.room:
            self.offset = max(0, line - seen.room // 3)

    def _switch(self, seen: PageSeen) -> None:
        current, first = self.current(seen), self.first(seen)
        if current is None:
            return
        line, self.chosen = seen.folds[current]
        self.switched ^= {self.chosen}
        opened = self.chosen in self.switched and self.chosen.kind not in self.open_at_first
        if opened and line >= first + seen.room * 2 // 3:
            # Scroll, so that the lines that were opened are seen.
            self.offset = line - seen.room // 3

    def _choose(self, way: int, seen: PageSeen) -> None:
        current, first = self.current(seen), self.first(seen)
        if current is None:
            # No fold is on screen: choose the nearest one in that direction.
            above = sum(line < first for line, _ in seen.folds)
            place = above if way > 0 else above - 1
        else:
            place = current + way
        if 0 <= place < len(seen.folds):
            line, self.chosen = seen.folds[place]
            self.go_to_line(line, seen)
