"""A run's page: what of it is open, and what keys do there.

A line that opens is known by its fold. The one that keys are about is the one chosen, where it is
on screen, else the first that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from trackio_view.model.run import RunKey
from trackio_view.view.bindings import Action
from trackio_view.view.scrolling import ScrolledText


class Fold(NamedTuple):
    """What a line of the page opens, or closes."""

    kind: str
    name: str = ""
    step: str = ""
    """The step at which the table of a row was logged."""
    row: int = -1


_ABOUT_FOLDS = frozenset({Action.NEXT_FOLD, Action.PREVIOUS_FOLD, Action.UNFOLD})
TABLE, TABLE_ROW = "table", "table row"
"""Kinds of folds that belong to the table of their name."""
MEDIA = "media"
"""The kind of a line that opens media on a screen of their own."""
_STEPPED = (TABLE, TABLE_ROW, MEDIA)
"""What is there of several steps."""


class Opened(NamedTuple):
    """What of a page is open, and how far back tables and media are looked at."""

    switched: frozenset[Fold] = frozenset()
    """What is open that is closed at first, and the other way round."""
    steps_back: tuple[tuple[str, int], ...] = ()
    """Tables and media by name, and how many steps before the newest each is looked at."""

    @property
    def back(self) -> dict[str, int]:
        return dict(self.steps_back)


class FoldLine(NamedTuple):
    """Where a fold stands on the page."""

    line: int
    fold: Fold


class PageSeen(NamedTuple):
    """What a frame showed of a page."""

    key: RunKey | None = None
    """Whose page it was; `None` where none was seen."""
    opened: Opened = Opened()
    folds: Sequence[FoldLine] = ()
    """All of the page, from above."""
    lines: int = 0
    """How many lines the whole page has."""
    room: int = 0
    """How many lines are on screen."""
    steps: Mapping[str, int] = MappingProxyType({})
    """How many steps each table and medium is there of."""


@dataclass(slots=True)
class RunPageView(ScrolledText):
    """Which run's page is open, how far down it is looked at, and what of it is open."""

    key: RunKey | None = None
    switched: set[Fold] = field(default_factory=set)
    """What is open that is closed at first, and the other way round."""
    chosen: Fold | None = None
    """What keys are about, where it is on screen."""
    back: dict[str, int] = field(default_factory=dict)
    """By the name of a table or of media, how many steps before the newest that on screen is."""

    @property
    def opened(self) -> Opened:
        """What of the page is open, as a frame shows it."""
        return Opened(frozenset(self.switched), tuple(sorted(self.back.items())))

    def is_ahead_of(self, action: Action, seen: PageSeen) -> bool:
        """Return whether an action is about lines of the page that no frame has shown yet."""
        if action in (Action.LEFT, Action.RIGHT):
            # Which lines there are is the same at any step.
            return seen.key != self.key or set(seen.opened.switched) != self.switched
        return action in _ABOUT_FOLDS and (seen.key, seen.opened) != (self.key, self.opened)

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

    def act(self, action: Action, seen: PageSeen) -> bool:
        """Do what a key means that is about folds; return whether it is."""
        if action in (Action.NEXT_FOLD, Action.PREVIOUS_FOLD):
            self._choose(1 if action is Action.NEXT_FOLD else -1, seen)
        elif action is Action.UNFOLD:
            self._switch(seen)
        elif action in (Action.LEFT, Action.RIGHT):
            self._change_step(1 if action is Action.LEFT else -1, seen)
        else:
            return False
        return True

    @staticmethod
    def medium(seen: PageSeen, current: int | None) -> str | None:
        """Return the key of the media that a line opens, `None` where it opens something else."""
        fold = None if current is None else seen.folds[current].fold
        return fold.name if fold is not None and fold.kind == MEDIA else None

    def choose_medium(self, key: str, back: int) -> None:
        """Be about the media of a key, so many steps before the newest."""
        self.chosen, self.back[key] = Fold(MEDIA, key), back

    def _switch(self, seen: PageSeen) -> None:
        current, first = self.current(seen), self.first(seen)
        if current is None:
            return
        line, self.chosen = seen.folds[current]
        self.switched ^= {self.chosen}
        opened = self.chosen in self.switched and self.chosen.kind != TABLE
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
            if not first <= line < first + seen.room:
                self.offset = max(0, line - seen.room // 3)

    def _change_step(self, back: int, seen: PageSeen) -> None:
        current = self.current(seen)
        ordered = [it.fold for it in seen.folds[current:]] if current is not None else []
        meant = next((fold for fold in ordered if fold.kind in _STEPPED), None)
        if meant is not None:
            name = meant.name
            last = seen.steps.get(name, 1) - 1
            self.back[name] = max(0, min(self.back.get(name, 0) + back, last))
            self.chosen = Fold(MEDIA if meant.kind == MEDIA else TABLE, name)
