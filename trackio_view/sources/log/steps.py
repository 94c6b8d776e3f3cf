"""Which step each line of a log is at, and how many steps the log says there will be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trackio_view.series.series import Number
from trackio_view.sources.log.lines import LogLine
from trackio_view.sources.log.log_words import BATCH_NAMES, EPOCH_NAMES


@dataclass(slots=True)
class StepCounter:
    """Gives each row its step: as logged, continued over epochs, or the number of the row.

    A count within an epoch (a batch, or any `n/N` beside an epoch) goes on from where the epoch
    before it ended. A line without a step, or with a count of evaluated items, has the step of the
    line before it. An epoch is the step only of a log that counts nothing else.
    """

    counts_steps: bool
    """Whether the log is known to count steps. Then an epoch is no step."""
    epochs_were_steps: bool = False
    """Whether a row got its epoch for a step before the log was known to count steps: then the
    log has to be read anew, with `counts_steps` from its beginning."""
    total: Number | None = None
    """How many steps there will be in all, as far as the log says."""
    _last: Number | None = None
    _epoch: int | None = None
    _epochs: int = 0
    _offset: int = 0
    _count: Number = 0
    _batches: int = 0

    def announce(self, line: LogLine) -> None:
        """Note a line that holds counters and no metric, such as `Epoch 3/10`."""
        self._take(line)

    def step(self, line: LogLine, row: int) -> Number:
        """Return the step of a line with metrics; `row` is its number in the log, from 0."""
        if self._take(line) and not self.counts_steps:
            self.epochs_were_steps = True
        return row if self._last is None else self._last

    def _take(self, line: LogLine) -> bool:
        """Take the line's step, and return whether it is the epoch."""
        self._epochs = line.total_epochs or self._epochs
        name = line.step_name
        if name is None or not math.isfinite(line.values[name]):
            return False
        value = line.values[name]
        epoch_name = next((key for key in line.values if key.casefold() in EPOCH_NAMES), None)
        if line.phase is not None:
            # An evaluation before the training has the step of the beginning.
            self._last = 0 if self._last is None else self._last
            return False
        if epoch_name is not None:
            self._begin_epoch(line.values[epoch_name], line.totals.get(epoch_name, 0))
        if name == epoch_name:
            if not self.counts_steps:
                self._last, self.total = value, self._epochs or None
            elif self._last is None:
                self._last = 0
            return True
        self.counts_steps = True
        whole_epoch = epoch_name is not None and line.values[epoch_name] == self._epoch
        if name.casefold() in BATCH_NAMES or (name in line.totals and whole_epoch):
            self._take_batch(value, line.totals.get(name, 0), epoch_name is not None)
        else:
            self._last = value
            self.total = line.total_steps or line.totals.get(name) or self.total
        return False

    def _take_batch(self, value: Number, batches: int, epoch_is_told: bool) -> None:
        """Take a count that begins again with each epoch."""
        if not epoch_is_told and self._epoch is None and value < self._count:
            self._continue()
        self._count = value
        self._batches = batches
        self._last = value + self._offset
        self.total = batches * self._epochs or None

    def _begin_epoch(self, epoch: Number, epochs: int) -> None:
        if not math.isfinite(epoch):
            return
        if self._epoch is not None and int(epoch) != self._epoch:
            self._continue()
        self._epoch = int(epoch)
        self._epochs = epochs or self._epochs

    def _continue(self) -> None:
        self._offset += self._batches or int(self._count)
        self._count = self._batches = 0
