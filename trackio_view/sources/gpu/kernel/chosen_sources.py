"""From which of several sources a value is read, for as long as a device stays the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from trackio_view.model.gpu import Absence

SourcedValue = TypeVar("SourcedValue")


@dataclass(slots=True, eq=False, repr=False)
class ChosenSources:
    """The source of each value that several could tell: the first that answered.

    Each measures something of its own, such as an average or a moment, a chip or a board. So none
    takes the place of one that answered before and has no data any more.
    """

    _chosen: dict[str, str] = field(default_factory=dict)
    """Name of the value -> its source."""

    def read(
        self, name: str, sources: Iterable[tuple[str, Callable[[], SourcedValue | Absence]]]
    ) -> SourcedValue | Absence:
        """Return a value from its source; until one answered, from the first that is not lacking.

        The reason of a failure that may pass is returned at once: that source may answer next.
        """
        chosen = self._chosen.get(name)
        for source, read in sources:
            if chosen is not None and source != chosen:
                continue
            value = read()
            if not isinstance(value, Absence):
                self._chosen[name] = source
                return value
            if value is not Absence.UNSUPPORTED:
                return value
        return Absence.UNSUPPORTED if chosen is None else Absence.FAILED

    def read_only(
        self, name: str, read: Callable[[], SourcedValue | Absence]
    ) -> SourcedValue | Absence:
        """Return a value that has one source; once it answered, a lack of data is a failure."""
        return self.read(name, [("", read)])

    def clear(self) -> None:
        """Forget all choices: another device, or another driver, may tell otherwise."""
        self._chosen.clear()
