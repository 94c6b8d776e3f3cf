"""A plain training log as a project: its lines become the rows of one run, as the file grows.

Only what is new is read. A line counts once it is complete; carriage returns end a line too, as
progress bars use them. A log that shrank, was replaced or rewritten is read anew from its start.
"""

from __future__ import annotations

import math
import os
import stat
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectVanished,
    RowsLoaded,
    Severity,
)
from trackio_view.model.run import RunRows
from trackio_view.series.series import LARGEST_EXACT_FLOAT_INTEGER, MetricColumn, Number, Series
from trackio_view.sources.log.lines import (
    BATCH_NAMES,
    EPOCH_NAMES,
    STEP_NAMES,
    LogLine,
    read_line,
)

CHUNK_BYTES = 1 << 18
LONGEST_LINE = 1 << 20
"""In bytes; a longer line is no log's: it is skipped without being kept."""

_REMEMBERED_BYTES = 64
"""So much before the place reached is compared, to notice a log that was rewritten in place."""

_LINE_ENDS = bytes.maketrans(b"\r\b", b"\n\n")


@dataclass(slots=True)
class StepCounter:
    """Gives each row its step: as logged, continued over epochs, or the number of the row.

    A count within an epoch (a batch, or any `n/N` beside an epoch) goes on from where the epoch
    before it ended. A line without a step has that of the last line that told only a step.
    """

    _announced: Number | None = None
    _epoch: int | None = None
    _offset: int = 0
    _count: Number = 0
    _total: int = 0

    def announce(self, line: LogLine) -> None:
        """Take note of a line that holds a step and no metric, such as `Epoch 3/10`."""
        self._announced = self._step(line)

    def step(self, line: LogLine, row: int) -> Number:
        """Return the step of a line with metrics; `row` is its number in the log, from 0."""
        own = self._step(line)
        if own is not None:
            return own
        return row if self._announced is None else self._announced

    def _step(self, line: LogLine) -> Number | None:
        name = line.step_name
        if name is None:
            return None
        value = line.values[name]
        folded = name.casefold()
        epoch = next(
            (number for key, number in line.values.items() if key.casefold() in EPOCH_NAMES), None
        )
        if not math.isfinite(value):
            return None
        if folded in EPOCH_NAMES:
            self._begin_epoch(value)
            return value
        within_epoch = folded in BATCH_NAMES or (name in line.totals and epoch is not None)
        if not within_epoch:
            return value
        if epoch is not None:
            self._begin_epoch(epoch)
        elif self._epoch is None and value < self._count:
            self._continue()
        self._count = value
        self._total = line.totals.get(name, 0)
        return value + self._offset

    def _begin_epoch(self, epoch: Number) -> None:
        if not math.isfinite(epoch):
            return
        if self._epoch is not None and int(epoch) != self._epoch:
            self._continue()
        self._epoch = int(epoch)

    def _continue(self) -> None:
        self._offset += self._total or int(self._count)
        self._count = self._total = 0


@dataclass(slots=True)
class _RowCollector:
    """Turns lines into the columns of one batch."""

    run: str
    steps: array[float] = field(default_factory=lambda: array("d"))
    times: array[float] = field(default_factory=lambda: array("d"))
    columns: dict[str, Series] = field(default_factory=dict)
    last_step: Number = math.nan

    def add(self, step: Number, moment: float, metrics: dict[str, Number]) -> None:
        row = len(self.steps)
        self.steps.append(step)
        self.times.append(moment)
        self.last_step = step
        for name, value in metrics.items():
            column = self.columns.get(name)
            if column is None:
                column = self.columns[name] = Series()
            if isinstance(value, int) and abs(value) > LARGEST_EXACT_FLOAT_INTEGER:
                column.exact[len(column.values)] = value
            column.rows.append(row)
            column.values.append(value)

    def rows(self, last_id: int) -> RunRows:
        return RunRows(
            run_id=self.run,
            run_name=self.run,
            last_id=last_id,
            steps=self.steps,
            times=self.times,
            columns={
                name: MetricColumn(column.rows, column.values, column.exact)
                for name, column in self.columns.items()
            },
            last_step=self.last_step,
        )


class TrainingLog:
    """One log file, read piece by piece; its notices say whether what lacks is waited for."""

    def __init__(self, path: Path, *, waits: bool = True) -> None:
        self.path = path
        self._waits = waits
        self.project = path.stem
        self.bytes_read = 0
        """All bytes ever taken from the file."""
        self._generation = 0
        self._identity: tuple[int, int] | None = None
        self.at_end = False
        """Whether the last reading came to the end of what there is for now."""
        self._noticed: dict[str, str | None] = {}
        self._vanished = False
        self._restart()

    def _restart(self) -> None:
        self._offset = 0
        self._ending = b""
        self._partial = b""
        self._skipping = False
        self._rows = 0
        self._lines = 0
        self._started = False
        self._finished = False
        self._counter = StepCounter()

    def read_new(self) -> list[DataEvent]:
        """Return the events of the next piece of the file; `at_end` tells whether it was the last.

        Blocks for one read of at most `CHUNK_BYTES`. What the file system refuses is a notice.
        """
        self.at_end = True
        try:
            # Not blocking: somebody may have put a pipe where the log was.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return self._missing()
        except OSError as error:
            return self._notice(f"{self.path}: {_reason(error)}", Severity.ERROR)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return self._notice(f"{self.path} is not a regular file", Severity.ERROR)
            return [*self._notice(None), *self._read(descriptor, status)]
        except OSError as error:
            return self._notice(f"{self.path}: {_reason(error)}", Severity.ERROR)
        finally:
            os.close(descriptor)

    def read_ending(self) -> list[DataEvent]:
        """Return the row of a last line that has no line end, for a reader who can't wait."""
        line, self._partial = self._partial, b""
        if self._skipping or not line.strip():
            return []
        events = self._take([line], _modified(self.path), self._generation)
        return [
            *events,
            *self._notice(
                "the last line has no line end: it may be incomplete", Severity.INFO, "ending"
            ),
        ]

    def _missing(self) -> list[DataEvent]:
        events: list[DataEvent] = []
        if self._started and not self._vanished:
            self._vanished = True
            self._identity = None
            events.append(ProjectVanished(self.project))
        text = f"{self.path} {'is gone' if self._vanished else 'does not exist'}"
        return [*events, *self._notice(f"{text}: waiting for it" if self._waits else text)]

    def _notice(
        self, text: str | None, severity: Severity = Severity.WARNING, subject: str = "file"
    ) -> list[DataEvent]:
        if text == self._noticed.get(subject):
            return []
        self._noticed[subject] = text
        return [Notice(ProjectOrigin(self.project), text, severity, subject)]

    def _read(self, descriptor: int, status: os.stat_result) -> list[DataEvent]:
        identity = (status.st_dev, status.st_ino)
        if identity != self._identity or status.st_size < self._offset:
            self._restart()
            self._identity, self._vanished = identity, False
        if status.st_size == self._offset and self._finished:
            return []
        kept = len(self._ending)
        chunk = os.pread(descriptor, CHUNK_BYTES + kept, self._offset - kept)
        self.bytes_read += len(chunk)
        if not chunk.startswith(self._ending):
            self._restart()
            self._identity = identity
            kept = 0
            chunk = os.pread(descriptor, CHUNK_BYTES, 0)
            self.bytes_read += len(chunk)
        self._ending = chunk[-_REMEMBERED_BYTES:]
        chunk = chunk[kept:]
        self._offset += len(chunk)
        self.at_end = self._offset >= status.st_size or not chunk
        # A line that we watch arrive was logged just now; of older ones only the last's is known.
        moment = time.time()
        if not self._finished:
            moment = status.st_mtime if self.at_end else math.nan
        generation = self._generation if self._started else self._generation + 1
        rows = self._take(self._complete_lines(chunk), moment, generation)
        events: list[DataEvent] = []
        if not self._started:
            self._started, self._generation = True, generation
            estimate = round(self._rows * status.st_size / max(1, self._offset))
            events.append(LoadStarted(self.project, generation, estimate))
        events.extend(rows)
        if self.at_end and not self._finished:
            self._finished = True
            events.append(LoadFinished(self.project, generation))
        if self.at_end:
            barren = self._rows == 0 and self._lines > 0
            text = f"{self.path}: no line so far holds a metric that could be read"
            events.extend(self._notice(text if barren else None, subject="lines"))
        return events

    def _complete_lines(self, chunk: bytes) -> list[bytes]:
        """Return the lines that `chunk` completes; what is behind the last end is kept."""
        *lines, rest = chunk.translate(_LINE_ENDS).split(b"\n")
        if lines:
            if self._skipping:
                del lines[0]
                self._skipping = False
            elif self._partial:
                lines[0] = self._partial + lines[0]
            self._partial = rest
        elif not self._skipping:
            self._partial += rest
        if len(self._partial) > LONGEST_LINE:
            self._partial, self._skipping = b"", True
        return lines

    def _take(self, lines: list[bytes], moment: float, generation: int) -> list[DataEvent]:
        """Return the event of the rows in `lines`; `moment` is when the last was written."""
        arrived = self._finished
        collector = _RowCollector(self.path.name)
        for raw in lines:
            if not raw or len(raw) > LONGEST_LINE:
                continue
            self._lines += 1
            line = read_line(raw.decode("utf-8", "replace"))
            if line is None:
                continue
            metrics = _metrics(line)
            if not metrics:
                self._counter.announce(line)
                continue
            step = self._counter.step(line, self._rows)
            known = moment if arrived and math.isnan(line.time) else line.time
            collector.add(step, known, metrics)
            self._rows += 1
        if not collector.steps:
            return []
        if math.isnan(collector.times[-1]):
            collector.times[-1] = moment
        batch = collector.rows(self._rows)
        return [RowsLoaded(self.project, generation, [batch], self._rows)]


def _metrics(line: LogLine) -> dict[str, Number]:
    """Return what a line measured: all but the counters, the epoch kept where it isn't the step.

    A line of counters alone measures nothing.
    """
    counters = {name for name in line.values if name.casefold() in STEP_NAMES}
    if len(counters) == len(line.values):
        return {}
    step_name = line.step_name
    return {
        name: value
        for name, value in line.values.items()
        if name not in counters or (name.casefold() in EPOCH_NAMES and name != step_name)
    }


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return math.nan


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def read_log(path: Path) -> Iterator[DataEvent]:
    """Yield the events of the log as it stands now, the last line included; a fault is a notice."""
    log = TrainingLog(path, waits=False)
    finished = False
    while not finished:
        for event in log.read_new():
            if isinstance(event, LoadFinished):
                # A log that grows faster than it is read has no other end.
                finished = True
                yield from log.read_ending()
            yield event
        finished = finished or log.at_end


async def watch_log(path: Path, interval: float, send: MemoryObjectSendStream[DataEvent]) -> None:
    """Send the log's events for ever, looking for new lines every `interval` seconds."""
    log = TrainingLog(path)
    while True:
        for event in await anyio.to_thread.run_sync(log.read_new):
            await send.send(event)
        if log.at_end:
            await anyio.sleep(interval)
