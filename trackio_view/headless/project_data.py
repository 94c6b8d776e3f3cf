"""The projects that a script asked about, opened one after the other, whatever they come from."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say
from trackio_view.headless.projects import chosen_directory, missing_in
from trackio_view.model.run import Run, RunRows
from trackio_view.model.selection import RunLabel, Selection, expression_fault
from trackio_view.model.training_step import step_rank
from trackio_view.options.command_line import Options, WrongUsage
from trackio_view.series.series import MetricColumn, Series
from trackio_view.terminal.text import sanitize
from trackio_view.wording.missing import (
    no_metrics,
    no_name_nor_expression,
    no_numbers,
    no_projects,
    no_such_metric,
    unreadable_directory,
)

if TYPE_CHECKING:
    from pathlib import Path

    from trackio_view.model.alerts import Alert
    from trackio_view.model.project import Project
    from trackio_view.sources.trackio.tables.reading import ProjectReader, RunGlance


class RunFacts(NamedTuple):
    """What is known of a run before its rows are read."""

    run_id: str
    name: str
    row_count: int | None = None
    first_id: int | None = None
    last_id: int | None = None
    first_time: float = math.nan
    """Seconds since the epoch, NaN where unknown, like every time."""
    last_time: float = math.nan
    config: Mapping[str, Any] | None = None
    group: str | None = None


class Rows(NamedTuple):
    """Consecutive rows of a run; some of them, or all."""

    steps: array[float]
    times: array[float]
    columns: Mapping[str, MetricColumn | Series]


def _selected(runs: list[RunFacts], selection: Selection) -> list[RunFacts]:
    """Return the selected run, or all of them."""
    if selection.run is None:
        return runs
    chosen = selection.run_among(RunLabel(run.run_id, run.name, run.last_id or 0) for run in runs)
    return [run for run in runs if chosen is not None and run.run_id == chosen.run_id]


class StoredProject:
    """A project in TrackIO's database."""

    def __init__(self, name: str, reader: ProjectReader) -> None:
        self.name = name
        self._reader = reader
        self._broken: dict[str, int] = {}
        """How many rows of what was read hold no JSON object."""

    @property
    def broken_rows(self) -> int:
        """How many rows were left out so far, each of them once."""
        return sum(self._broken.values())

    @property
    def most_rows(self) -> int:
        """As many rows as any run can have, told by the ids without counting."""
        bounds = self._reader.id_range()
        return 0 if bounds is None else bounds[1] - bounds[0] + 1

    def run(self, selection: Selection) -> RunFacts | None:
        """Return the selected run, the one with the newest row where several are."""
        if selection.run is not None:
            return next(iter(self.runs(selection)), None)
        # One seek, where counting the rows of all runs would read an index.
        newest = self._reader.newest_run()
        return None if newest is None else RunFacts(*newest)

    def runs(self, selection: Selection) -> list[RunFacts]:
        """Return the selected run, or all of them, those with the newest rows first."""
        details = {run.run_id: run for run in self._reader.details()}
        found = []
        for glance in self._reader.runs():
            detail = details.get(glance.run_id)
            name = glance.run_name if detail is None else detail.run_name
            config, group = (None, None) if detail is None else (detail.config, detail.group)
            found.append(_facts(glance, name, config, group))
        return _selected(found, selection)

    def load(
        self,
        facts: RunFacts,
        distinct_steps: int | None,
        since: float | None,
        *,
        times: bool = True,
    ) -> Run:
        """Return a run with at least the rows of a window, its newest row among them.

        The times of its rows may be left unknown without `times`, which is faster.
        """
        run = Run(facts.run_id, facts.name, config=facts.config, group=facts.group, since=since)
        batches: Iterable[RunRows]
        if distinct_steps is None and since is None:
            batches = self.stream(facts, times=times)
        else:
            batches = self._tail(facts, distinct_steps, since)
        for batch in batches:
            run.append(batch)
        run.name = facts.name
        return run

    def stream(self, facts: RunFacts, *, times: bool = True) -> Iterator[RunRows]:
        """Yield all rows of a run in id order, a few at a time."""
        with self._counting(f"rows of {facts.run_id}"):
            yield from self._reader.run_rows(
                facts.run_id, first_id=facts.first_id, last_id=facts.last_id, times=times
            )

    def _tail(
        self, facts: RunFacts, distinct_steps: int | None, since: float | None = None
    ) -> list[RunRows]:
        with self._counting(f"rows of {facts.run_id}"):
            return self._reader.tail(
                facts.run_id, distinct_steps, since=since, last_id=facts.last_id
            )

    @contextlib.contextmanager
    def _counting(self, what: str) -> Iterator[None]:
        """Count the broken rows that are met meanwhile, those of one thing once.

        What is read twice, or in part and then whole, has the broken rows of the fuller reading.
        """
        before = self._reader.broken_rows
        try:
            yield
        finally:
            met = self._reader.broken_rows - before
            self._broken[what] = max(met, self._broken.get(what, 0))

    def training_steps(self, facts: RunFacts) -> array[float] | None:
        """Return the step that is meant of each row of `stream`, `None` where it is as logged.

        Where a metric of the run may carry it, all of its rows are read for that, one by one.
        """
        first = next(iter(self.stream(facts, times=False)), None)
        some = [*self._tail(facts, 1), *([] if first is None else [first])]
        if not any(step_rank(name) is not None for batch in some for name in batch.columns):
            return None
        # Of all else only whether it is a number counts.
        run = Run(facts.run_id, facts.name)
        for batch in self.stream(facts, times=False):
            run.append(batch._replace(columns=_step_columns(batch.columns)))
        return None if run.step_metric is None else run.steps

    def without_numbers(self, selection: Selection) -> str:
        """Return what to say of a project whose newest run, or the selected one, has no number."""
        newest = self.run(selection)
        if newest is not None:
            kinds = self._reader.logged_kinds(newest.run_id, newest.name)
            return no_numbers(newest.name, kinds)
        alone = selection.run_among(
            RunLabel(run_id, name, 0) for run_id, name in self.system_runs().items()
        )
        if alone is None:
            return no_metrics(self.name)
        return no_numbers(alone.name, self._reader.logged_kinds(alone.run_id, alone.name))

    def newest_keys(self, facts: RunFacts) -> list[str]:
        """Return the metrics of a run's newest rows."""
        return [key for batch in self._tail(facts, 1) for key in batch.columns]

    def system_runs(self) -> dict[str, str]:
        """Return id and name of the runs that logged their machine, the newest first."""
        return self._reader.system_runs()

    def system_rows(self, run_id: str) -> Iterator[RunRows]:
        """Yield what a run logged of its machine, in id order; the steps are times."""
        with self._counting(f"system rows of {run_id}"):
            yield from self._reader.system_rows(run_id)

    def alerts(self) -> list[Alert] | None:
        """Return the project's alerts, `None` where its TrackIO kept none yet."""
        return self._reader.alerts()


def _step_columns(columns: Mapping[str, MetricColumn]) -> dict[str, MetricColumn]:
    """Return the columns that may carry the step, and one of every row that holds a number."""
    kept = {name: column for name, column in columns.items() if step_rank(name) is not None}
    rows = sorted(set().union(*(column.rows for column in columns.values())))
    kept[""] = MetricColumn(array("I", rows), array("d", bytes(8 * len(rows))))
    return kept


def _facts(
    glance: RunGlance, name: str, config: Mapping[str, Any] | None, group: str | None
) -> RunFacts:
    from trackio_view.sources.trackio.tables.rows import parse_time

    return RunFacts(
        run_id=glance.run_id,
        name=name,
        row_count=glance.row_count,
        first_id=glance.first_id,
        last_id=glance.last_id,
        first_time=parse_time(glance.first_time),
        last_time=parse_time(glance.newest_time),
        config=config,
        group=group,
    )


class LoggedProject:
    """A plain training log, read as a project of one run or more."""

    broken_rows = 0

    def __init__(self, project: Project) -> None:
        self.name = project.name
        self._project = project

    @property
    def most_rows(self) -> int:
        """As many rows as any run has."""
        return max((run.row_count for run in self._project.runs.values()), default=0)

    def run(self, selection: Selection) -> RunFacts | None:
        """Return the selected run, the one with the newest row where several are."""
        return next(iter(self.runs(selection)), None)

    def runs(self, selection: Selection) -> list[RunFacts]:
        """Return the selected run, or all of them, those with the newest rows first."""
        runs = sorted(self._project.runs.values(), key=lambda run: -run.last_id)
        found = [
            RunFacts(
                run.run_id,
                run.name,
                row_count=run.row_count,
                last_id=run.last_id,
                first_time=run.first_time,
                last_time=run.last_time,
            )
            for run in runs
        ]
        return _selected(found, selection)

    def load(
        self,
        facts: RunFacts,
        distinct_steps: int | None,
        since: float | None,
        *,
        times: bool = True,
    ) -> Run:
        """Return the run, all of which is in memory."""
        run = self._project.runs[facts.run_id]
        run.since = since
        return run

    def stream(self, facts: RunFacts) -> Iterator[Rows]:
        """Yield the run's rows at once: they are in memory anyway."""
        run = self._project.runs[facts.run_id]
        yield Rows(run.steps, run.times, run.series)

    def training_steps(self, facts: RunFacts) -> array[float] | None:
        """Return `None`: the rows of `stream` have the step that is meant already."""
        return None

    def without_numbers(self, selection: Selection) -> str:
        """Return what to say of a log in which there is no number."""
        return no_metrics(self.name)

    def newest_keys(self, facts: RunFacts) -> list[str]:
        """Return the metrics of the run: all of them are in memory."""
        return list(self._project.runs[facts.run_id].series)

    def system_runs(self) -> dict[str, str]:
        """Return nothing: a plain log has no rows of its own for the machine."""
        return {}

    def system_rows(self, _: str) -> Iterator[RunRows]:
        """Yield nothing."""
        return iter(())

    def alerts(self) -> list[Alert] | None:
        """Return `None`: a plain log keeps no alerts."""
        return None


ProjectData = StoredProject | LoggedProject
Show = Callable[[ProjectData], ExitCode]
Fail = Callable[[str, str], None]


def _say_fault(_: str, sentence: str) -> None:
    say(sentence)


def visit_projects(options: Options, show: Show, fail: Fail = _say_fault) -> ExitCode:
    """Call `show` with each project that the options name, opened; return how it went.

    Where one cannot be read, `fail` is told its name and a sentence, and the others follow.
    """
    if options.demo:
        from trackio_view.demo import DemoError, finished_demo

        try:
            with finished_demo() as directory:
                return _visit_directory(str(directory), options, show, fail)
        except DemoError as error:
            fail("demo", str(error))
            return ExitCode.NOTHING
    if options.log is not None:
        return _visit_log(options.log, show, fail)
    return _visit_directory(chosen_directory(options), options, show, fail)


def _visit_log(path: Path, show: Show, fail: Fail) -> ExitCode:
    from trackio_view.model.events import Notice
    from trackio_view.model.project import Project
    from trackio_view.model.project_id import ProjectId
    from trackio_view.sources.log.training_log import read_log

    project = Project(ProjectId(str(path), path.stem))
    said: list[str] = []
    for event in read_log(path):
        if not isinstance(event, Notice):
            project.apply(event)  # type: ignore[arg-type]
        elif event.text is not None:
            said.append(sanitize(event.text))
    if said and not project.runs:
        # One line for one fault: that nothing was found goes without saying.
        fail(project.name, ". ".join(said))
        return ExitCode.NOTHING
    for sentence in said:
        say(sentence)
    return show(LoggedProject(project))


def _visit_directory(directory: str, options: Options, show: Show, fail: Fail) -> ExitCode:
    names = options.project or filled_projects(directory, most=None if options.all else 1)
    if not names:
        return ExitCode.NOTHING
    return max([_visit(directory, name, show, fail) for name in names])


def _visit(directory: str, name: str, show: Show, fail: Fail) -> ExitCode:
    from trackio_view.sources.trackio.faults import DatabaseFault, explain
    from trackio_view.sources.trackio.files.locations import project_file
    from trackio_view.sources.trackio.tables.reading import ProjectReader

    sentence = missing_in(directory, name)
    if sentence is not None:
        fail(name, sentence)
        return ExitCode.NOTHING
    with contextlib.ExitStack() as opened:
        try:
            file = project_file(directory, name)
            reader = opened.enter_context(ProjectReader(file.path))
            project = StoredProject(name, reader)
            code = show(project)
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            fault = None if isinstance(error, BrokenPipeError) else explain(error)
            if fault is None:
                raise
            fail(name, no_metrics(name) if fault.empty else f"{sanitize(name)}: {fault.text}")
            return ExitCode.NOTHING
        said = [] if reader.damage is None else [f"{sanitize(name)}: {reader.damage}"]
        if project.broken_rows:
            rows = "row" if project.broken_rows == 1 else "rows"
            said.append(f"{project.broken_rows} {rows} left out: broken JSON")
        if said:
            # One line for one database: rows at the edge of the damage may be broken by it.
            say(" ".join(said))
        return code


def load_window(
    project: ProjectData,
    facts: RunFacts,
    distinct_steps: int | None,
    selection: Selection,
    *,
    times: bool = True,
) -> Run:
    """Return a run with at least the rows of its window, and all of them where a name needs it.

    A name that no row of the window has may be a metric that is logged rarely, or a regular
    expression that another metric's name meets: only all rows tell.
    """
    run = project.load(facts, distinct_steps, selection.since, times=times)
    if all(name in run.series for name in selection.metrics):
        return run
    if distinct_steps is None and selection.since is None:
        return run
    return load_whole(project, facts, selection)


def load_whole(project: ProjectData, facts: RunFacts, selection: Selection) -> Run:
    """Return a run with all its rows; its windows begin where the selection does."""
    run = project.load(facts, None, None)
    run.since = selection.since
    return run


def filled_projects(directory: str, most: int | None = 1) -> list[str]:
    """Return `most` of the projects that have rows, those with the newest data first.

    What cannot be read is said on stderr; else that there is none, where that is so.
    """
    from trackio_view.sources.trackio.tables.summaries import list_projects

    try:
        summaries = list_projects(directory)
    except OSError as error:
        say(unreadable_directory(directory, error))
        return []
    found = [summary for summary in summaries if summary.row_count][:most]
    # What is wrong with those found is said once they are read.
    faulty = [one for one in summaries if one.fault is not None and one not in found]
    for summary in faulty:
        say(f"{sanitize(summary.name)}: {summary.fault}")
    if not found and not faulty:
        say(no_projects(directory))
    return [summary.name for summary in found]


def missing_metric(where: str, options: Options, present: Iterable[str]) -> str:
    """Return the sentence for metrics that were named and are not there.

    Raises WrongUsage for what can't be found anywhere, as it is no regular expression either.
    """
    for metric in options.metric:
        fault = expression_fault(metric)
        if fault is not None:
            raise WrongUsage(no_name_nor_expression(where, metric, fault))
    return no_such_metric(where, options.metric, present)
