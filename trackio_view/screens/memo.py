"""What was drawn or computed a moment ago, kept while its inputs stay the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import count
from typing import TypeVar, cast

Value = TypeVar("Value")

_CAPACITY = 512


class Memo:
    """The newest results by key; keys hold plain values only, so that no run is kept alive."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, object] = OrderedDict()
        self._newest: dict[Hashable, tuple[object, ...]] = {}
        self._numbers = count()
        self.computed = 0
        """How many results had to be computed, for tests that count work."""

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the result kept under `key`, computing it where there is none."""
        if key in self._results:
            self._results.move_to_end(key)
            return cast("Value", self._results[key])
        value = compute()
        self.computed += 1
        self._results[key] = value
        if len(self._results) > _CAPACITY:
            self._results.popitem(last=False)
        return value

    def number_of(self, state: Hashable) -> int:
        """Return a number that stands for `state` in keys, where it would be long to compare.

        It is the same as long as the state is kept, and never that of another.
        """
        return self.get(("number of", state), lambda: next(self._numbers))

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
