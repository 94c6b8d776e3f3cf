"""What the person asked to see of all that is there: which metrics, which run, since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from trackio_view.model.expression import Expression


class RunLabel(NamedTuple):
    """What a run can be chosen by."""

    run_id: str
    name: str


class Selection(NamedTuple):
    """Which metrics, which run and which stretch of time are shown; all of them by default."""

    metrics: tuple[str, ...] = ()
    """Names, or regular expressions that are found anywhere in a name."""
    run: str | None = None
    """A name, an id or the beginning of one."""
    since: float | None = None
    """Seconds since the epoch: rows before are in no window."""

    def metrics_among(self, names: Sequence[str]) -> list[str]:
        """Return the chosen ones of `names`, in their order."""
        if not self.metrics:
            return list(names)
        present = set(names)
        exact = present.intersection(self.metrics)
        patterns = [
            pattern
            for wanted in self.metrics
            if wanted not in exact and (pattern := _pattern(wanted)) is not None
        ]
        return [
            name
            for name in names
            if name in exact or any(pattern.found_in(name) for pattern in patterns)
        ]

    def run_among(self, runs: Iterable[RunLabel]) -> RunLabel | None:
        """Return the chosen one of `runs`, the first without a choice, `None` where none fits.

        A name goes before an id, and an id before the beginning of one; of several, the first.
        """
        chosen = max(runs, key=self.rank, default=None)
        return chosen if chosen is not None and self.rank(chosen) else None

    def rank(self, label: RunLabel) -> int:
        """Return how well a run fits the choice: 3 by name, 2 by id, 1 by its beginning, else 0."""
        if self.run is None:
            return 3
        if label.name == self.run:
            return 3
        if label.run_id == self.run:
            return 2
        return 1 if self.run and label.run_id.startswith(self.run) else 0


def expression_fault(text: str) -> str | None:
    """Return why `text` is no regular expression and can only be a name, else `None`."""
    found = _compiled(text)
    return found if isinstance(found, str) else None


def _pattern(text: str) -> Expression | None:
    found = _compiled(text)
    return None if isinstance(found, str) else found


@lru_cache(maxsize=256)
def _compiled(text: str) -> Expression | str:
    """Return `text` as a regular expression, or why it is none."""
    # Imported here because it is rarely needed and slow to import.
    from trackio_view.model.expression import Expression, ExpressionFault

    try:
        return Expression(text)
    except ExpressionFault as error:
        return str(error)
