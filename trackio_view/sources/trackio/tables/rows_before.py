"""What an index tells of a run's rows before those that were read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any
from trackio_view.model.run import RunRows
from trackio_view.sources.trackio.tables.rows import decode_run, step_number
from trackio_view.sources.trackio.tables.schema import Schema

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Row

_LOWEST_ROWS = 64


def is_of_several(steps_below: Sequence[float]) -> bool:
    """Return whether a value that is logged at a step again may come from another process.

    A run that begins again goes on from a step that it logged once; processes log each step.
    """
    return bool(steps_below) and steps_below.count(max(steps_below)) > 1


class RowsBefore:
    """A run's rows before the first one that was read, to be asked by an index on its steps.

    Without such an index, only the rows that were read count.
    """

    def __init__(
        self,
        fetch: Callable[[str, Sequence[Any]], list[Row]],
        schema: Schema,
        run_id: str,
        *,
        may_walk: bool,
    ) -> None:
        """`may_walk` says whether a walk through a whole index holds up nobody who writes."""
        self._fetch = fetch
        self._schema = schema
        self._run_id = run_id
        self._may_walk = may_walk
        self._by_step = bool(fetch(schema.index_by("step"), (schema.identity,)))
        self._first_id = self._newest_id = -1

    def goes_up_to(self, first_id: int, last_id: int) -> None:
        """Also count the run's rows from one id to the other as read."""
        self._first_id = first_id
        self._newest_id = max(self._newest_id, last_id)

    def count_from(self, step: float, most: int) -> int:
        """Return how many rows of the run have a step from `step` on, counted up to `most`.

        What was read counts, too; rows that came since do not.
        """
        if not self._by_step:
            return 0
        values = (self._run_id, step, self._newest_id, most)
        count: int = self._fetch(self._schema.count_from_step, values)[0][0]
        return count

    def is_repeated(self, step: float, metrics: frozenset[str]) -> bool:
        """Return whether one of the rows has one of the metrics at the step."""
        rows = self._fetch(self._schema.rows_at_step, (self._run_id, step, self._first_id))
        return any(not metrics.isdisjoint(self._metrics_in(row)) for row in rows)

    def begins_again(self, step: float, metrics: frozenset[str]) -> bool:
        """Return whether the run began again at the first row that was read, or shortly before.

        `step` and `metrics` are those of that row. The last row beyond its step has to be of the
        same metric, and all from the one where the metric stood at the step before to that last
        one have to be of steps in between: then the metric went up to there, and fell back.
        """
        if not self._by_step or not self._may_walk:
            return False
        schema, run_id = self._schema, self._run_id
        last = self._fetch(schema.last_above_step, (run_id, step, self._first_id))[0][0]
        if last is None:
            return False
        for beyond in self._fetch(schema.run_rows_between(), (last, last, run_id)):
            same = metrics & self._metrics_in(beyond)
            at_step = self._fetch(schema.rows_at_step, (run_id, step, last))
            stood = [row for row in at_step if not same.isdisjoint(self._metrics_in(row))]
            if not stood or any(self._fell_by_a_step(step, row[0]) for row in stood[:-1]):
                # With a row that was just behind, a process may have begun that stands there.
                return False
            values = (run_id, step, step_number(beyond[1]), stood[0][0], last)
            is_alone = not self._fetch(schema.rows_outside_steps, values)
            return is_alone and not is_of_several(self.steps_below(step, same, last))
        return False

    def _fell_by_a_step(self, step: float, row_id: int) -> bool:
        """Return whether a row's step is the one before that of the last row above it."""
        schema, run_id = self._schema, self._run_id
        last = self._fetch(schema.last_above_step, (run_id, step, row_id))[0][0]
        if last is None:
            return False
        for above in self._fetch(schema.run_rows_between(), (last, last, run_id)):
            below = self._fetch(schema.rows_below_step, (run_id, step_number(above[1]), row_id))
            return not any(step_number(row[1]) > step for row in below)
        return False

    def steps_below(
        self, step: float, metrics: frozenset[str], last_id: int | None = None
    ) -> list[float]:
        """Return the steps below one, as often as one of the metrics was logged at them.

        The highest first, and no more than a few of them; of rows before the one of `last_id`.
        """
        if not self._by_step:
            return []
        before = self._first_id if last_id is None else last_id
        rows = self._fetch(self._schema.rows_below_step, (self._run_id, step, before))
        return [
            step_number(row[1]) for row in rows if not metrics.isdisjoint(self._metrics_in(row))
        ]

    def lowest_rows(self) -> list[RunRows]:
        """Return some rows of the run's lowest steps; none where no index tells them."""
        if not self._by_step:
            return []
        rows = self._fetch(self._schema.rows_by_step, (self._run_id, _LOWEST_ROWS))
        return decode_run(rows, self._run_id).batches

    def _metrics_in(self, row: Row) -> frozenset[str]:
        batches = decode_run([row], self._run_id).batches
        return frozenset(name for batch in batches for name in batch.columns)
