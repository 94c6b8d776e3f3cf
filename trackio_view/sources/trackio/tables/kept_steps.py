"""The earlier steps of each key, before its newest one: as many as there is room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from trackio_view.model.objects import LoggedMedia, LoggedTable

Stepped = TypeVar("Stepped", LoggedTable, LoggedMedia)
"""What a page shows step by step."""


class KeptSteps(Generic[Stepped]):
    """The steps before the newest of their keys; the oldest of all give way first."""

    def __init__(self, most: int, size: Callable[[Stepped], int]) -> None:
        """`most` is the room for the sum of their sizes, in the unit that `size` returns."""
        self._most = most
        self._size_of: Callable[[Stepped], int] = size
        self._kept: deque[Stepped] = deque()
        self._size = 0

    def clear(self) -> None:
        """Forget all steps."""
        self._kept.clear()
        self._size = 0

    def add(self, one: Stepped) -> None:
        """Keep a step, and forget the oldest ones that there is no more room for."""
        self._kept.append(one)
        self._size += self._size_of(one)
        while self._size > self._most:
            self._size -= self._size_of(self._kept.popleft())

    def change(self, change: Callable[[Stepped], Stepped]) -> None:
        """Replace each step by another of the same size."""
        self._kept = deque(change(one) for one in self._kept)

    def with_newest(
        self, newest: Sequence[Stepped], more: Iterable[Stepped] = ()
    ) -> tuple[Stepped, ...]:
        """Return one key after the other, in the order of the newest, each in the order logged.

        `more` are those logged after all that are kept, and before the newest.
        """
        places = {one.key: place for place, one in enumerate(newest)}
        of_key: list[list[Stepped]] = [[] for _ in newest]
        for several in (self._kept, more, newest):
            for one in several:
                if one.key in places:
                    of_key[places[one.key]].append(one)
        return tuple(one for steps in of_key for one in steps)
