"""`--until`: waits for a condition on the newest value, and says by its exit code what came."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import is_terminal, say
from trackio_view.headless.projects import chosen_directory
from trackio_view.model.pace import typical_gap
from trackio_view.model.run import Run, RunRows
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.options.command_line import Options
from trackio_view.options.condition import Condition
from trackio_view.series.series import Number
from trackio_view.sources.trackio.faults import DatabaseFault, explain
from trackio_view.sources.trackio.files.access import Signature, settled, signature
from trackio_view.sources.trackio.files.locations import project_file
from trackio_view.sources.trackio.tables.reading import ProjectReader
from trackio_view.sources.trackio.tables.summaries import list_projects
from trackio_view.terminal.text import fit, sanitize
from trackio_view.wording.numbers import format_duration, format_plain_decimal

SILENT_GAPS = 10.0
"""A run is silent after so many of its usual gaps between rows without another,"""
SILENT_SECONDS = 300.0
"""and not before so many seconds have passed."""

_KEPT_ROWS = 10_000
"""Rows kept to tell a run's pace: a wait may last for weeks."""

OUTCOMES = {
    ExitCode.DONE: "held",
    ExitCode.TIMED_OUT: "timeout",
    ExitCode.SILENT: "silent",
    ExitCode.NOT_A_NUMBER: "nan",
}
"""What TRACKIO_VIEW_OUTCOME says of each outcome."""


class WaitingClock(NamedTuple):
    """Where the time comes from, and how it is waited for."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class WatchedRun:
    """What is known of a run that is waited for."""

    run: Run
    value: Number | None = None
    """The metric's newest value; `None` until it is logged."""
    step: float | None = None
    """The step at which it was logged."""
    had_nan: bool = False
    """Whether the metric was NaN in the newest look: its last value, or one since."""

    def append(self, metric: str, batch: RunRows, *, all_new: bool) -> None:
        """Take in rows; `all_new` says that they came while we were waiting."""
        if self.run.row_count > _KEPT_ROWS:
            self.run = Run(self.run.run_id, self.run.name)
        self.run.append(batch)
        column = batch.columns.get(metric)
        if column is None:
            return
        last = len(column.values) - 1
        self.value = column.exact.get(last, column.values[last])
        self.step = batch.steps[column.rows[last]]
        # NaN is the only number that differs from itself.
        logged = column.values if all_new else column.values[last:]
        self.had_nan = any(value != value for value in logged) or (all_new and self.had_nan)


@dataclass(slots=True)
class ProjectWatch:
    """Reads of a project what came since the last look, and keeps what a condition needs."""

    directory: str
    project: str | None
    """`None` until a project has data: then it is the one with the newest."""
    metric: str
    selection: Selection
    rows_decoded: int = 0
    """How many rows were decoded so far, for tests that count work."""
    fault: str | None = None
    """Why the project could not be read at the last look, if it could not."""
    _runs: dict[str, WatchedRun] = field(default_factory=dict)
    _current: str | None = None
    _last_id: int | None = None
    _seen: Signature | None = None

    @property
    def current(self) -> WatchedRun | None:
        """The selected run, or the one with the newest row; `None` until there is one."""
        return None if self._current is None else self._runs[self._current]

    def look(self) -> bool:
        """Read what is new; return whether any row is."""
        self.fault = None
        try:
            return self._look()
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            fault = explain(error)
            if fault is None:
                raise
            if not (fault.missing or fault.empty or fault.transient):
                self.fault = fault.text
            return False

    def _look(self) -> bool:
        if self.project is None:
            newest = (summary for summary in list_projects(self.directory) if summary.row_count)
            self.project = next((summary.name for summary in newest), None)
            if self.project is None:
                return False
        path = project_file(self.directory, self.project).path
        state = signature(path)
        if not state.exists or state == self._seen:
            return False
        if self._seen is not None and state.database[0] != self._seen.database[0]:
            self._forget()
        with ProjectReader(path) as reader:
            found = self._read(reader)
        # What changes within the clock's grain would not show: then it is looked at again.
        self._seen = state if settled(state) else None
        return found

    def _forget(self) -> None:
        self._runs, self._current, self._last_id = {}, None, None

    def _read(self, reader: ProjectReader) -> bool:
        bounds = reader.id_range()
        if bounds is None:
            self._forget()
            return False
        _, highest = bounds
        if self._last_id is not None and highest < self._last_id:
            # Rows are gone: another file, or a run that was deleted.
            self._forget()
        if self._last_id is None:
            found = self._begin(reader, highest)
            self._last_id = highest
            return found
        if self._is_rewritten(reader):
            return self._begin_anew(reader, highest)
        boundary, found = self._last_id, False
        if highest == boundary:
            return False
        for batch in reader.rows(first_id=self._last_id + 1):
            self.rows_decoded += len(batch.steps)
            self._last_id = max(self._last_id, batch.last_id)
            label = RunLabel(batch.run_id, batch.run_name, batch.last_id)
            if not self._is_wanted(label):
                continue
            watched = self._runs.get(batch.run_id)
            if watched is None:
                watched = self._runs[batch.run_id] = self._before(reader, batch, boundary)
            watched.append(self.metric, batch, all_new=True)
            current = self.current
            # A run that is renamed has new ids for its old rows: those make it no newer.
            if current is None or not watched.run.last_time < current.run.last_time:
                self._current = batch.run_id
            found = True
        # Rows that hold no metrics make no batch, and are not looked at again.
        self._last_id = max(self._last_id, highest)
        return found

    def _is_wanted(self, label: RunLabel) -> bool:
        """Return whether a run fits the selection at least as well as the present one."""
        if label.run_id == self._current:
            # By whatever name: a run that was chosen may be renamed.
            return True
        rank, least, current = self.selection.rank(label), 1, self.current
        if current is not None:
            run = current.run
            least = max(1, self.selection.rank(RunLabel(run.run_id, run.name, run.last_id)))
        return rank >= least

    def _is_rewritten(self, reader: ProjectReader) -> bool:
        """Return whether the rows of the present run were taken away: renamed, or deleted."""
        current = self.current
        return current is not None and not reader.has_row(current.run.last_id)

    def _begin_anew(self, reader: ProjectReader, highest: int) -> bool:
        """Read the present run again, which has other ids now; another one where it is gone.

        None of its rows counts as having come while we were waiting.
        """
        run_id = self._current
        self._forget()
        self._last_id = highest
        known = {run.run_id: run.run_name for run in reader.runs()}
        if run_id is None or run_id not in known:
            return self._begin(reader, highest)
        self._runs[run_id] = self._tail(reader, run_id, known[run_id], highest)
        self._current = run_id
        return False

    def _begin(self, reader: ProjectReader, highest: int) -> bool:
        """Read the newest rows of the run that is there now, none above the id `highest`."""
        if self.selection.run is None:
            newest = reader.newest_run()
            if newest is None:
                return False
            run_id, name = newest
        else:
            named = {run.run_id: run.run_name for run in reader.details()}
            labels = [
                RunLabel(run.run_id, named.get(run.run_id, run.run_name), run.last_id)
                for run in reader.runs()
            ]
            chosen = self.selection.run_among(labels)
            if chosen is None:
                return False
            run_id, name, _ = chosen
        self._runs[run_id] = self._tail(reader, run_id, name, highest)
        self._current = run_id
        return True

    def _before(self, reader: ProjectReader, batch: RunRows, boundary: int) -> WatchedRun:
        """Return what is known of a run up to the id `boundary`, before a batch of it."""
        first = reader.first_id(batch.run_id)
        if first is not None and first > boundary:
            return WatchedRun(Run(batch.run_id, batch.run_name))
        return self._tail(reader, batch.run_id, batch.run_name, boundary)

    def _tail(self, reader: ProjectReader, run_id: str, name: str, last_id: int) -> WatchedRun:
        """Return a run as of an id, read back to where the metric was logged and a pace shows."""
        batches: list[RunRows] = []
        for batch in reader.backwards(run_id, last_id):
            self.rows_decoded += len(batch.steps)
            batches.append(batch)
            has_metric = any(self.metric in known.columns for known in batches)
            if has_metric and len({time for known in batches for time in known.times}) > 1:
                break
        watched = WatchedRun(Run(run_id, name))
        for batch in reversed(batches):
            watched.append(self.metric, batch, all_new=False)
        watched.run.name = name
        return watched


@dataclass(slots=True)
class Waiting:
    """A wait for a condition: how long it may last, and what ends it."""

    watch: ProjectWatch
    condition: Condition
    interval: float
    timeout: float | None = None
    silence: float | None = None
    fail_on_nan: bool = False
    clock: WaitingClock = field(default_factory=WaitingClock)

    def wait(self, report: Callable[[str], None]) -> ExitCode:
        """Look until there is an outcome, telling `report` how it stands; return the outcome."""
        started = newest_seen = self.clock.monotonic()
        while True:
            found = self.watch.look()
            now = self.clock.monotonic()
            if found:
                newest_seen = now
            outcome = self.outcome(now - newest_seen)
            if outcome is not None:
                return outcome
            left = None if self.timeout is None else started + self.timeout - now
            if left is not None and left <= 0:
                return ExitCode.TIMED_OUT
            report(self.standing(now - started))
            self.clock.sleep(self.interval if left is None else min(self.interval, left))

    def outcome(self, unseen_seconds: float) -> ExitCode | None:
        """Return what the newest look came to, `None` where the wait goes on.

        `unseen_seconds` have passed since a look last found a new row.
        """
        watched = self.watch.current
        if watched is None:
            return None
        if self.fail_on_nan and watched.had_nan:
            return ExitCode.NOT_A_NUMBER
        if watched.value is not None and self.condition.holds(watched.value):
            return ExitCode.DONE
        # By the row's own time, yet a clock that is ahead does not keep a run alive.
        age = self.clock.now() - watched.run.last_time
        silent = max(unseen_seconds, age) if age == age else unseen_seconds
        return ExitCode.SILENT if silent >= self.silence_limit(watched.run) else None

    def silence_limit(self, run: Run) -> float:
        """Return after how many seconds without a row a run counts as silent."""
        if self.silence is not None:
            return self.silence
        return max(SILENT_SECONDS, SILENT_GAPS * (typical_gap(run) or 0.0))

    def standing(self, seconds: float) -> str:
        """Return a line that says what is waited for, and how it stands."""
        watched = self.watch.current
        if self.watch.fault is not None:
            known = self.watch.fault
        elif watched is None:
            known = "no run yet" if self.watch.selection.run is None else "the run is not there yet"
        elif watched.value is None:
            known = f"{watched.run.name}: not logged yet"
        else:
            known = f"{watched.run.name}: {format_plain_decimal(watched.value)}"
            if watched.step is not None and watched.step == watched.step:
                known += f" at step {format_plain_decimal(watched.step)}"
        return f"{format_duration(seconds)} waiting for {self.condition} · {known}"


class ProgressLine:
    """A line on stderr that is written over; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._is_terminal = is_terminal(sys.stderr)
        self._last_fault: str | None = None

    def show(self, text: str) -> None:
        if self._is_terminal:
            try:
                # A terminal that nobody has sized yet is 0 wide.
                width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            except OSError:
                width = 80
            # The last column stays free: some terminals wrap there.
            self._write(f"\r\x1b[K{fit(text, max(1, width - 1))}")

    def clear(self) -> None:
        if self._is_terminal:
            self._write("\r\x1b[K")

    def complain(self, fault: str | None) -> None:
        """Say a fault once, for as long as it lasts."""
        if fault is not None and fault != self._last_fault:
            self.clear()
            say(fault)
        self._last_fault = fault

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            self._is_terminal = False


def wait_until(options: Options, clock: WaitingClock | None = None) -> int:
    """Wait for the condition of the options; return the outcome's exit code."""
    if options.until is None:
        raise ValueError("there is no condition to wait for")
    project = options.project[0] if options.project else None
    watch = ProjectWatch(
        chosen_directory(options), project, options.until.metric, options.selection
    )
    waiting = Waiting(
        watch,
        options.until,
        options.interval,
        options.timeout,
        options.silence,
        options.fail_on == "nan",
        clock or WaitingClock(),
    )
    line = ProgressLine()

    def report(text: str) -> None:
        line.complain(watch.fault)
        line.show(text)

    try:
        outcome = waiting.wait(report)
    finally:
        line.clear()
    if options.exec is not None:
        run_command(options.exec, environment_of(waiting, outcome))
    return outcome


def environment_of(waiting: Waiting, outcome: ExitCode) -> dict[str, str]:
    """Return the variables that tell `--exec`'s command what came; empty where unknown."""
    watched, condition = waiting.watch.current, waiting.condition
    value = None if watched is None else watched.value
    step = None if watched is None or watched.step != watched.step else watched.step
    known = {
        "OUTCOME": OUTCOMES[outcome],
        "EXIT_CODE": str(int(outcome)),
        "CONDITION": str(condition),
        "PROJECT": waiting.watch.project or "",
        "RUN": "" if watched is None else watched.run.name,
        "RUN_ID": "" if watched is None else watched.run.run_id,
        "METRIC": condition.metric,
        "VALUE": "" if value is None else format_plain_decimal(value),
        "STEP": "" if step is None else format_plain_decimal(step),
    }
    # Names are data: no control character of theirs reaches a shell.
    return {f"TRACKIO_VIEW_{name}": sanitize(text) for name, text in known.items()}


def run_command(command: str, environment: dict[str, str]) -> None:
    """Run a shell command once and wait for it; say so where it fails."""
    import subprocess

    try:
        ended = subprocess.run(command, shell=True, env={**os.environ, **environment}, check=False)
    except (OSError, ValueError) as error:
        say(f"The command of --exec could not be run: {error}")
        return
    if ended.returncode:
        say(f"The command of --exec ended with {ended.returncode}.")
