"""What was drawn or computed a moment ago. It is kept while its inputs stay the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence, Sized
from itertools import count
from typing import TypeVar, cast

from trackio_view.series.curves import Columns
from trackio_view.terminal.cells import Frame
from trackio_view.wording.names import Names

Kept = TypeVar("Kept")

_CAPACITY = 512
_CELLS = 1_000_000
"""Cells that all results together may have: 16 MB, or some 100 screens of a usual terminal."""
_SCREENS = 4
"""How many screens there is room for at least, however large the terminal is."""
_BYTES_OF_A_CELL = 16
_CELLS_OF_A_LINE = 32
"""The memory of a line of text with its pieces and styles, measured in cells."""
_CELLS_OF_A_PART = 3
"""The memory of a number or a name in a key, measured in cells."""


class Memo:
    """The newest results by key; keys hold plain values only, so that no run is kept alive."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        """Each result with its size in memory, measured in cells of a frame. The size is kept,
        because a long key takes long to measure.
        """
        self._newest: dict[Hashable, tuple[object, ...]] = {}
        self._noted: dict[str, tuple[object, object]] = {}
        """By name the newest state, and what was made of it when it came again."""
        self._numbers = count()
        self._room = _CELLS
        self.cells = 0
        """The memory of all results, measured in a frame's cells."""
        self.computed = 0
        """How many results had to be computed, for tests that count work."""

    def get(self, key: Hashable, compute: Callable[[], Kept]) -> Kept:
        """Return the result kept under `key`, computing it where there is none."""
        # A long key takes long to hash: it is looked up once.
        known = self._results.get(key)
        if known is not None:
            self._results.move_to_end(key)
            return cast("Kept", known[0])
        value = compute()
        self.computed += 1
        weight = _weight(key, value)
        self._results[key] = value, weight
        self.cells += weight
        while len(self._results) > 1 and (
            len(self._results) > _CAPACITY or self.cells > self._room
        ):
            _, (_, weight) = self._results.popitem(last=False)
            self.cells -= weight
        return value

    def fit_screen(self, width: int, height: int) -> None:
        """Have room for a few screens of this size: with less, each frame would be drawn anew."""
        self._room = max(_CELLS, _SCREENS * width * height)

    def number_of(self, state: Hashable) -> int:
        """Return a number that stands for `state` in keys, where it would be long to compare.

        The number stays the same as long as the state is kept, and no other state ever gets it.
        """
        return self.get(("number of", state), lambda: next(self._numbers))

    def note(self, name: str, state: object) -> None:
        """Note a state, the only one kept under a name. It holds plain values only, as keys do."""
        self._noted[name] = state, None

    def noted(self, name: str) -> object:
        """Return the state that was noted last under a name, `None` before any was."""
        return self._noted.get(name, (None, None))[0]

    def again(self, name: str, state: object, compute: Callable[[], Kept]) -> Kept | None:
        """Return what `compute` makes of the state that was noted last, `None` of any other one.

        A state that changes with every frame costs a comparison, and nothing is made of it.
        """
        noted, value = self._noted.get(name, (None, None))
        if noted is None or noted != state:
            return None
        if value is None:
            value = compute()
            self._noted[name] = state, value
        return cast("Kept", value)

    def latest(self, name: str, state: object, compute: Callable[[], Kept]) -> Kept:
        """Return what `compute` makes of a state, the only one kept under a name."""
        noted, value = self._noted.get(name, (None, None))
        if value is None or noted != state:
            value = compute()
            self._noted[name] = state, value
        return cast("Kept", value)

    def names(self, kind: str, names: Sequence[str]) -> Names:
        """Return how names of one kind are cut so that they are told apart."""
        return self.get(("names", kind, hash(tuple(names))), lambda: Names(names))

    def knows(self, key: Hashable) -> bool:
        """Return whether there is a result under `key`."""
        return key in self._results

    def remember_newest(self, name: Hashable, key: tuple[object, ...]) -> None:
        """Note that the newest result called `name` is the one under `key`."""
        self._newest[name] = key
        if len(self._newest) > _CAPACITY:
            del self._newest[next(iter(self._newest))]

    def newest(self, name: Hashable) -> tuple[object, ...] | None:
        """Return the key of the newest result called `name`, `None` where it is kept no more."""
        key = self._newest.get(name)
        return key if key in self._results else None


def _weight(key: Hashable, value: object) -> int:
    """Return what a result takes in memory, measured in a frame's cells."""
    # A drawing may come with what is said of it, in a named tuple.
    parts = value if isinstance(value, tuple) else (value,)
    frames = [part for part in parts if isinstance(part, Frame)]
    if frames:
        cells = sum(frame.width * frame.height for frame in frames)
        return cells + _parts(key) * _CELLS_OF_A_PART
    if isinstance(value, Columns):
        return value.nbytes // _BYTES_OF_A_CELL + _parts(key) * _CELLS_OF_A_PART
    lines = len(value) if isinstance(value, Sized) else 1
    # A state that a number stands for lies in the key. It is a tuple with a part for each run.
    return lines * _CELLS_OF_A_LINE + _parts(key) * _CELLS_OF_A_PART


def _parts(key: object) -> int:
    """Return how many parts a key has, and the parts of those, and so on. The key of fifty runs has
    hundreds, for which a call each would take long.
    """
    found = [key]
    for part in found:
        if isinstance(part, tuple):
            found += part
    return len(found)
