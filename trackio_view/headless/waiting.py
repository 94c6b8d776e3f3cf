"""`--until`: waits for a condition on the newest value. The exit code tells the outcome."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.newest_values import Watch
from trackio_view.headless.output import is_terminal, say, say_of
from trackio_view.model.pace import typical_gap
from trackio_view.model.progress import total_steps
from trackio_view.model.run import Run
from trackio_view.options.command_line import Options
from trackio_view.options.condition import Condition
from trackio_view.origins import CannotOpen, chosen_source
from trackio_view.sources.newest_rows import Reach, WaitingClock
from trackio_view.sources.source import Source, SourceFault
from trackio_view.terminal.text import fit, sanitize
from trackio_view.wording.missing import no_such_metric, no_such_project, one_of_several
from trackio_view.wording.numbers import format_duration, format_plain_decimal, format_rounded

SILENT_GAPS = 10.0
"""How many of its usual gaps between rows a run may be silent for, if they come to more than
`SILENT_SECONDS`.
"""
SILENT_SECONDS = 300.0
"""How many seconds a run may be silent for, however short its gaps are."""

OUTCOMES = {
    ExitCode.DONE: "held",
    ExitCode.TIMED_OUT: "timeout",
    ExitCode.SILENT: "silent",
    ExitCode.NOT_A_NUMBER: "nan",
}
"""What TRACKIO_VIEW_OUTCOME says of each outcome."""


@dataclass(slots=True)
class Waiting:
    """A wait for a condition: how long it may last, and what ends it."""

    watch: Watch
    condition: Condition
    interval: float
    timeout: float | None
    silence: float | None
    fail_on_nan: bool
    clock: WaitingClock

    def wait(self, report: Callable[[str], None]) -> ExitCode:
        """Look until there is an outcome, telling `report` how it stands; return the outcome."""
        started = newest_seen = self.clock.monotonic()
        while True:
            found = self.watch.look()
            now = self.clock.monotonic()
            if found:
                newest_seen = now
            reach = self.watch.reach
            # While a project is read only in part, the newest value is still to come.
            is_newest = reach in (Reach.PRESENT, Reach.END)
            outcome = self.outcome(now - newest_seen) if is_newest else None
            if outcome is not None:
                return outcome
            left = None if self.timeout is None else started + self.timeout - now
            if reach is Reach.END or (left is not None and left <= 0):
                return ExitCode.TIMED_OUT
            report(self.standing(now - started))
            if reach is not Reach.MORE:
                self.clock.sleep(self.interval if left is None else min(self.interval, left))

    def outcome(self, unseen_seconds: float) -> ExitCode | None:
        """Return the outcome of the newest look, `None` where the wait goes on.

        `unseen_seconds` have passed since a look last found a new row.
        """
        watched = self.watch.current
        if watched is None:
            return None
        if self.fail_on_nan and watched.had_nan:
            return ExitCode.NOT_A_NUMBER
        if watched.value is not None and self.condition.holds(watched.value):
            return ExitCode.DONE
        # The time of the row counts, but a clock that is ahead does not keep a run alive.
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
            known = f"{watched.run.name}: {format_rounded(watched.value)}"
            if watched.step is not None and watched.step == watched.step:
                known += f" at step {format_rounded(watched.step)}"
                total = total_steps(watched.run)
                known += "" if total is None else f" of {format_rounded(total)}"
        return f"{format_duration(seconds)} waiting for {self.condition} · {known}"


class ProgressLine:
    """A line on stderr that is written over; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._is_terminal = is_terminal(sys.stderr)
        self._last_fault: str | None = None

    def show(self, text: str) -> None:
        """Write a text over the line, cut to the terminal's width."""
        if self._is_terminal:
            try:
                # A terminal whose size was never set is 0 columns wide.
                width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            except OSError:
                width = 80
            # The last column stays free: some terminals wrap there.
            self._write(f"\r\x1b[K{fit(text, max(1, width - 1))}")

    def clear(self) -> None:
        """Make the line empty."""
        if self._is_terminal:
            self._write("\r\x1b[K")

    def complain(self, fault: str | None) -> None:
        """Report a fault once, as long as it lasts."""
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


@contextlib.contextmanager
def _watched(options: Options, metric: str) -> Iterator[Watch]:
    """Give the watch of the project that the options name; say at the end what it left out."""
    project = options.project[0] if options.project else None
    with chosen_source(options) as source:
        following = _meant(source, options).follow(project, metric, options.selection)
        watch = Watch(following, metric, options.selection)
        yield watch
        for sentence in following.left_out():
            say(sentence)
        if project is not None and not watch.has_come and watch.fault is None:
            tell_of_missing(source, project, watch)


def _meant(source: Source, options: Options) -> Source:
    """Return the source whose project is waited for; say which where several have it."""
    if not (options.is_distant and options.project):
        return source
    from trackio_view.sources.several import SeveralSources

    if not isinstance(source, SeveralSources):
        return source
    parts, unasked = source.holders(options.project[0])
    for place, sentence in unasked:
        say_of(place, sentence)
    if len(parts) > 1:
        say(one_of_several(options.project[0], [part.origin for part in parts]))
    return parts[0]


def tell_of_missing(source: Source, project: str, watch: Watch) -> None:
    """Say so where the project never came, whose name may have been mistyped."""
    # Imported here because a wait whose project came never asks.
    from trackio_view.headless.chosen_projects import missing_in

    sentence = missing_in(source, project)
    if sentence is None and watch.reach is Reach.END:
        # Which projects a recording tells of is known at its end.
        sentence = no_such_project(project, source.origin, watch.others)
    if sentence is not None:
        say(sentence)


def wait_until(options: Options, clock: WaitingClock | None = None) -> int:
    """Wait for the condition of the options; return the outcome's exit code."""
    if options.until is None:
        raise ValueError("there is no condition to wait for")
    line = ProgressLine()
    try:
        with _watched(options, options.until.metric) as watch:
            own_clock = watch.following.clock
            waiting = Waiting(
                watch,
                options.until,
                options.interval if own_clock is None else math.inf,
                options.timeout,
                options.silence,
                options.fail_on == "nan",
                own_clock or clock or WaitingClock(),
            )

            def report(text: str) -> None:
                line.complain(watch.fault)
                # A recording's time passes too fast for anybody to read a line of progress.
                if own_clock is None:
                    line.show(text)

            try:
                outcome = waiting.wait(report)
            finally:
                line.clear()
            if outcome in (ExitCode.TIMED_OUT, ExitCode.SILENT):
                tell_of_unlogged(watch)
    except (CannotOpen, SourceFault) as fault:
        say(str(fault))
        return ExitCode.NOTHING
    if options.exec is not None:
        run_command(options.exec, environment_of(waiting, outcome))
    return outcome


def tell_of_unlogged(watch: Watch) -> None:
    """Say so where the run never logged the metric, whose name may have been mistyped."""
    watched, is_read = watch.current, watch.reach in (Reach.PRESENT, Reach.END)
    if watched is not None and watched.value is None and is_read:
        name = watched.run.name or watched.run.run_id
        say(no_such_metric(f"run {name}", [watch.metric], watched.run.series))


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
