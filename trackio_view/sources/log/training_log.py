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

from trackio_view.model.events import (
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectVanished,
    RowsLoaded,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.series.series import LARGEST_EXACT_FLOAT_INTEGER, MetricColumn, Number, Series
from trackio_view.sources.log.lines import LogLine, read_line
from trackio_view.sources.log.log_words import COUNTER_NAMES, EPOCH_NAMES
from trackio_view.sources.log.steps import StepCounter

CHUNK_BYTES = 1 << 18
LONGEST_LINE = 1 << 20
"""In bytes. A longer line does not belong to a log, and is skipped without being kept."""

_REMEMBERED_BYTES = 64
"""How many bytes before the reached place are compared, to notice a log that was rewritten in
place.
"""

_LINE_ENDS = bytes.maketrans(b"\r\b", b"\n\n")


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
    """One log file, read piece by piece. Its notices say whether missing data is waited for."""

    def __init__(self, path: Path, *, waits: bool = True) -> None:
        self.path = path
        self._waits = waits
        self.project = ProjectId(str(path), path.stem)
        self.bytes_read = 0
        """All bytes ever taken from the file."""
        self._generation = 0
        self._identity: tuple[int, int] | None = None
        self.at_end = False
        """Whether the last reading came to the present end of the file."""
        self._noticed: dict[str, str | None] = {}
        self._vanished = False
        self.missing: str | None = None
        """What to say of a log that is not there, `None` where it is."""
        self._restart()

    def _restart(self, *, counts_steps: bool = False) -> None:
        self._offset = 0
        self._ending = b""
        self._partial = b""
        self._skipping = False
        self._rows = 0
        self._lines = 0
        self._started = False
        self._finished = False
        self._counter = StepCounter(counts_steps)
        self._told_total: Number | None = None
        self._trained: set[str] = set()

    def read_new(self) -> list[DataEvent]:
        """Return the events of the next piece of the file; `at_end` tells whether it was the last.

        Blocks for one read of at most `CHUNK_BYTES`. What the file system refuses is a notice.
        """
        self.at_end = True
        try:
            # The file is opened without blocking, because somebody may have put a pipe where the
            # log was.
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
        # The last line end of UTF-16 leaves half of itself, which is no line.
        if self._skipping or not line.strip(b"\0").strip():
            return []
        modified = _modified(self.path)
        events = self._take([line], modified, modified, self._generation)
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
        text = self.missing = f"{self.path} {'is gone' if self._vanished else 'does not exist'}"
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
            self._identity, self._vanished, self.missing = identity, False, None
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
        # A line that arrives while we watch was logged just now. Of older lines, only the time of
        # the last one is known.
        moment = time.time()
        if not self._finished:
            moment = status.st_mtime if self.at_end else math.nan
        generation = self._generation if self._started else self._generation + 1
        rows = self._take(self._complete_lines(chunk), moment, status.st_mtime, generation)
        if self._counter.epochs_were_steps and self._counter.counts_steps:
            self._restart(counts_steps=True)
            self._identity, self.at_end = identity, False
            return []
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
        """Return the lines that `chunk` completes. The rest behind the last end of a
        line is kept.
        """
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

    def _take(
        self, lines: list[bytes], moment: float, modified: float, generation: int
    ) -> list[DataEvent]:
        """Return the events of the rows in `lines`; `moment` is when the last was written."""
        arrived = self._finished
        collector = _RowCollector(self.path.name)
        for raw in lines:
            if not raw or len(raw) > LONGEST_LINE:
                continue
            self._lines += 1
            line = read_line(raw.decode("utf-8", "replace"), modified)
            if line is None:
                continue
            metrics = self._told_apart(line, _metrics(line))
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
        events: list[DataEvent] = [
            RowsLoaded(self.project, generation, [collector.rows(self._rows)], self._rows)
        ]
        if self._counter.total != self._told_total:
            self._told_total = self._counter.total
            run = self.path.name
            details = RunDetails(run, run, {"total_steps": self._counter.total})
            events.append(DetailsLoaded(self.project, generation, [details]))
        return events

    def _told_apart(self, line: LogLine, metrics: dict[str, Number]) -> dict[str, Number]:
        """Return a line's metrics, those of an evaluation apart from the training's of one name."""
        if line.phase is None:
            self._trained.update(metrics)
            return metrics
        return {
            f"{line.phase}/{name}" if name in self._trained else name: value
            for name, value in metrics.items()
        }


def _metrics(line: LogLine) -> dict[str, Number]:
    """Return what a line measured: all but the counters.

    The epoch of the training is kept where it isn't the step. A line of counters alone measures
    nothing.
    """
    counters = {name for name in line.values if name.casefold() in COUNTER_NAMES}
    if len(counters) == len(line.values):
        return {}
    step_name = line.step_name
    return {
        name: value
        for name, value in line.values.items()
        if name not in counters
        or (name.casefold() in EPOCH_NAMES and name != step_name and line.phase is None)
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
                # Without this bound, reading a log that grows faster than it is read would never
                # end.
                finished = True
                yield from log.read_ending()
            yield event
        finished = finished or log.at_end
