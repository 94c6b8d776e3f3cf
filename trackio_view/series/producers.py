"""Which processes log into one run, told by the newest step and the usual distance of steps of
each.

Ranks of a distributed training that share a run each log every step: after a flush of one rank,
that of another begins at an earlier step, and each rank goes on from its own newest step. A run
that was started again does not go on so.
"""

from __future__ import annotations

from collections.abc import Sequence

_SLACK = 1.5
"""How many of its usual steps a producer may go on by: fewer than two, where one would be missing.
"""
_MOST = 64
"""The most producers that are kept: those that logged last."""


class Producer:
    """One process that logs into a run, recognised by its steps."""

    __slots__ = ("attempt", "cadence", "first", "newest_gap", "step")

    def __init__(self, step: float, attempt: int, cadence: float) -> None:
        self.first = self.step = step
        """Its first step, and its newest one."""
        self.attempt = attempt
        """The attempt of the run to which it belongs; 0 is the first."""
        self.newest_gap = self.cadence = cadence
        """The distances of its newest steps: of the last two, and the smaller one among the last
        three. 0 where there is only one step."""

    def comes_to(self, step: float) -> bool:
        """Return whether a step is the next one of this process."""
        return 0 < step - self.step <= _SLACK * self.cadence

    def go_on(self, step: float) -> None:
        """Take a step, which is not an earlier one, for the newest."""
        gap = step - self.step
        if gap > 0:
            self.cadence = min(gap, self.newest_gap) or gap
            self.newest_gap, self.step = gap, step


class Producers:
    """The processes that log into one run, in the order in which they logged last."""

    def __init__(self) -> None:
        self._known: list[Producer] = []

    def of_attempt(self, step: float, attempt: int) -> Producer | None:
        """Return the producer of an attempt that goes on with a step, `None` where none does."""
        same = None
        for producer in reversed(self._known):
            if producer.attempt == attempt:
                if producer.comes_to(step):
                    return producer
                if same is None and producer.step == step:
                    same = producer
        return same

    def of_any_attempt(self, step: float) -> Producer | None:
        """Return the producer of any attempt that goes on with a step, `None` where none does."""
        return next((it for it in reversed(self._known) if it.comes_to(step)), None)

    def go_on(self, producer: Producer, step: float) -> None:
        """Let a producer log a step that is not before its newest one."""
        producer.go_on(step)
        if self._known[-1] is not producer:
            self._known.remove(producer)
            self._known.append(producer)

    def begin(self, step: float, attempt: int) -> None:
        """Let another producer begin with a step; its steps are expected to be as far apart as
        those of the producer that logged last."""
        cadence = self._known[-1].cadence if self._known else 0.0
        self._known.append(Producer(step, attempt, cadence))
        del self._known[:-_MOST]

    def is_just_behind(self, step: float, attempt: int) -> bool:
        """Return whether a step is at most one step before the newest of the attempt."""
        foremost = self._foremost(attempt)
        return foremost is not None and foremost.step - step <= _SLACK * foremost.cadence

    def only_the_newest_logs(self, low: float, high: float, highest: float) -> bool:
        """Return whether steps from `low` to `high` can only be those of the producer that logged
        last.

        Its newest step has to be the `highest` of the run.
        """
        if not self._known:
            return True
        *others, newest = self._known
        return newest.step == highest and all(
            high < other.step or low > other.step + _SLACK * other.cadence for other in others
        )

    def lead(self, steps: Sequence[float], attempt: int) -> None:
        """Take in ascending steps, all beyond the newest of the attempt."""
        if not len(steps):
            return
        foremost = self._foremost(attempt)
        if foremost is None:
            self.begin(steps[0], attempt)
            foremost = self._known[-1]
        for step in _newest_three(steps):
            self.go_on(foremost, step)

    def take_back(self, attempt: int, ongoing: Producer) -> None:
        """Take the producers of later attempts for producers of an attempt that goes on.

        If one began at a step with which another of the attempt would have gone on, both are one
        producer, whose steps are further apart than was known.
        """
        for later in [producer for producer in self._known if producer.attempt > attempt]:
            behind = [
                producer
                for producer in self._known
                if producer.attempt == attempt
                and producer is not ongoing
                and producer.step <= later.first
            ]
            later.attempt = attempt
            if behind:
                same = max(behind, key=lambda producer: producer.step)
                later.cadence = max(later.cadence, later.first - same.step)
                later.newest_gap = max(later.newest_gap, later.cadence)
                later.first = same.first
                self._known.remove(same)

    def _foremost(self, attempt: int) -> Producer | None:
        # Each run has one producer nearly always.
        foremost = None
        for producer in self._known:
            if producer.attempt == attempt and (foremost is None or producer.step > foremost.step):
                foremost = producer
        return foremost


def _newest_three(steps: Sequence[float]) -> list[float]:
    """Return the last three distinct steps of ascending ones, or fewer."""
    found: list[float] = []
    for step in reversed(steps):
        if not found or step < found[-1]:
            found.append(step)
            if len(found) == 3:
                break
    return found[::-1]
