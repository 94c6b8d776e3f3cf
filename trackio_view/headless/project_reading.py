"""One project as a script reads it, part by part, from any source."""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterator, Mapping, Sequence

from trackio_view.headless.output import say
from trackio_view.light_typing import TYPE_CHECKING, Any
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    Notice,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.progress import lacks_epoch, total_steps
from trackio_view.model.project_id import ProjectId
from trackio_view.model.roles import Role, role_of
from trackio_view.model.run import Run, RunRows
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.model.training_step import step_rank
from trackio_view.series.series import MetricColumn
from trackio_view.sources.source import (
    DATABASE,
    Content,
    KindsFound,
    Part,
    RowsLeftOut,
    RunFacts,
    RunsFound,
    SnapshotEvent,
    Source,
    TracesFound,
)
from trackio_view.terminal.text import sanitize

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert
    from trackio_view.model.traces import LoggedTraces


def system_run(facts: RunFacts, logged: Container[str]) -> str | None:
    """Return by which of `logged` the system rows know a run, `None` where there are none.

    Where run ids came later than the table, that is the run's name.
    """
    return next((it for it in (facts.run_id, facts.name) if it in logged), None)


SHORT_ROWS = 20_000
"""How many rows are read within 50 ms, whichever of their parts are asked for."""


class ProjectReading:
    """One project, read part by part as a script asks for it."""

    def __init__(self, source: Source, name: str, *, beside_others: bool) -> None:
        """`beside_others` tells whether projects of other origins are read, too."""
        self.id = ProjectId(source.origin, name)
        self.name = name
        self.origin = source.origin if beside_others else None
        """Where it comes from; `None` where all that is read comes from there."""
        self.title = f"{name} ({source.origin})" if beside_others else name
        """What it is called in sentences."""
        self.damage: str | None = None
        """Which part of the project could not be read, in a sentence."""
        self.source = source
        self._left_out: dict[tuple[str, str | None], int] = {}
        """How many rows without a JSON object were left out, by the kind of rows and by run."""
        self.notices: list[str] = []
        """What else is to be said of the project, each sentence once."""
        self.is_told = False
        """Whether something of it was written already, so that it cannot be read anew."""

    def begin_anew(self) -> None:
        """Forget what was read, as it was of another project than will be read."""
        self.damage = None
        self._left_out = {}

    @property
    def broken_rows(self) -> int:
        """How many rows were left out so far, each of them once."""
        return sum(self._left_out.values())

    def run(self, selection: Selection) -> RunFacts | None:
        """Return the selected run, the newest where several are."""
        if selection.run is not None:
            return next(iter(self.runs(selection)), None)
        return next(iter(self._runs(Content.NEWEST_RUN)), None)

    def runs(self, selection: Selection) -> list[RunFacts]:
        """Return the selected run, or all of them, the newest first."""
        runs = self._runs(Content.RUNS)
        if selection.run is None:
            return runs
        labels = (RunLabel(run.run_id, run.name) for run in runs)
        chosen = selection.run_among(labels)
        return [run for run in runs if chosen is not None and run.run_id == chosen.run_id]

    def system_runs(self) -> dict[str, str]:
        """Return id and name of the runs that logged their machine, the newest first."""
        return {run.run_id: run.name for run in self._runs(Content.MACHINE_RUNS)}

    def system_runs_beside(self, runs: Sequence[RunFacts], selection: Selection) -> list[RunFacts]:
        """Return the selected runs that logged their machine and no metric: they are not in `runs`,
        which are all selected ones that logged metrics.
        """
        if runs and selection.run is not None:
            return []
        logged = self.system_runs()
        known = {system_run(facts, logged) for facts in runs}
        alone = [RunLabel(run_id, name) for run_id, name in logged.items() if run_id not in known]
        if selection.run is not None:
            chosen = selection.run_among(alone)
            alone = [] if chosen is None else [chosen]
        return [RunFacts(run_id, name, row_count=0) for run_id, name in alone]

    def load(
        self,
        facts: RunFacts,
        distinct_steps: int | None,
        since: float | None,
        *,
        times: bool = True,
        whole_up_to: int = 0,
    ) -> Run:
        """Return a run with at least the rows of a window, its newest row among them.

        The times of its rows may be left unknown without `times`, which is faster. Of a project
        of at most `whole_up_to` rows, all are read.
        """
        part = Part(
            Content.ROWS,
            facts.run_id,
            distinct_steps=distinct_steps,
            since=since,
            whole_up_to=whole_up_to,
            first_id=facts.first_id,
            last_id=facts.last_id,
            times=times,
        )
        run = Run(facts.run_id, facts.name, config=facts.config, group=facts.group, since=since)
        for batch in self._batches(part):
            run.append(batch)
        run.name = facts.name
        return run

    def find_beginning(self, run: Run, facts: RunFacts) -> None:
        """Tell a partly read run its first step, if that tells how much of the run is done."""
        if not run.row_count or run.steps[0] == 0 or total_steps(run) is None:
            return
        for batch in self.stream(facts, times=False):
            if run.step_metric is None:
                run.first_step = batch.steps[0]
            elif run.step_metric in batch.columns:
                run.first_step = batch.columns[run.step_metric].values[0]
            return

    def config(self, facts: RunFacts) -> Mapping[str, Any] | None:
        """Return a run's config, also where the newest run was asked for and nothing else of it."""
        if facts.config is not None:
            return facts.config
        for event in self._events(Part(Content.DETAILS, facts.run_id)):
            if isinstance(event, DetailsLoaded):
                return next((one.config for one in event.runs if one.run_id == facts.run_id), None)
        return None

    def stream(self, facts: RunFacts, *, times: bool = True) -> Iterator[RunRows]:
        """Yield all rows of a run in id order, a few at a time."""
        part = Part(Content.ROWS, facts.run_id, first_id=facts.first_id, last_id=facts.last_id)
        return self._batches(part._replace(times=times))

    def training_steps(self, facts: RunFacts) -> array[float] | None:
        """Return the step that is meant of each row of `stream`, `None` where all are as logged.

        All rows of the run are read for that where one of its metrics may carry the step.
        """
        first = next(iter(self.stream(facts, times=False)), None)
        some = [*self._newest(facts), *([] if first is None else [first])]
        if not any(step_rank(name) is not None for batch in some for name in batch.columns):
            return None
        # Of most metrics it only counts whether they are numbers.
        run = Run(facts.run_id, facts.name)
        for batch in self.stream(facts, times=False):
            run.append(batch._replace(columns=_step_columns(batch.columns)))
        return None if run.step_metric is None else run.steps

    def without_numbers(self, selection: Selection) -> str:
        """Return what to say of a project whose newest run, or the selected one, has no number."""
        # Nothing is missing as a rule, and what is said of that is loaded only then.
        from trackio_view.wording.missing import no_metrics, no_numbers, no_such_run

        run: RunFacts | RunLabel | None = self.run(selection)
        if run is None:
            rowless = {alert.run_id: alert.run_name for alert in self.alerts() or ()}
            rowless |= self.system_runs()
            run = selection.run_among(RunLabel(*known) for known in rowless.items())
        if run is not None:
            for event in self._events(Part(Content.KINDS, run.run_id, name=run.name)):
                if isinstance(event, KindsFound):
                    return no_numbers(run.name, event.kinds)
        others = [] if selection.run is None else [known.name for known in self.runs(Selection())]
        if selection.run is not None and others:
            return no_such_run(self.title, selection.run, others)
        return no_metrics(self.title)

    def traces(self, facts: RunFacts) -> LoggedTraces | None:
        """Return how many traces a run logged, and the newest; `None` where none is known of."""
        for event in self._events(Part(Content.TRACES, facts.run_id)):
            if isinstance(event, TracesFound):
                return event.traces
        return None

    def newest_rowless(self) -> RunFacts | None:
        """Return the run that was heard of after the newest row and has none itself."""
        return next(iter(self._runs(Content.NEWEST_ROWLESS)), None)

    def newest_keys(self, facts: RunFacts) -> list[str]:
        """Return the metrics of a run's newest rows."""
        return [key for batch in self._newest(facts) for key in batch.columns]

    def _newest(self, facts: RunFacts) -> list[RunRows]:
        part = Part(Content.ROWS, facts.run_id, distinct_steps=1, last_id=facts.last_id)
        return list(self._batches(part))

    def system_rows(self, run_id: str) -> Iterator[RunRows]:
        """Yield what a run logged of its machine, in id order; the steps are times."""
        return self._batches(Part(Content.MACHINE_ROWS, run_id))

    def alerts(self) -> list[Alert] | None:
        """Return the project's alerts, `None` where there is no place for any."""
        alerts: list[Alert] | None = None
        for event in self._events(Part(Content.ALERTS)):
            if isinstance(event, AlertsLoaded):
                alerts = [*(alerts or ()), *event.alerts]
        return alerts

    def _runs(self, content: Content) -> list[RunFacts]:
        return [
            facts
            for event in self._events(Part(content))
            if isinstance(event, RunsFound)
            for facts in event.runs
        ]

    def _batches(self, part: Part) -> Iterator[RunRows]:
        for event in self._events(part):
            if isinstance(event, RowsLoaded | SystemRowsLoaded):
                yield from event.batches

    def _events(self, part: Part) -> Iterator[SnapshotEvent]:
        """Yield the events of a part; of notices, those of damage are kept, the others said."""
        for event in self.source.snapshot(self.id, part):
            if isinstance(event, RowsLeftOut):
                # Of a part that is read twice, the facts of the fuller reading count.
                read = (event.notice.subject, part.run_id)
                self._left_out[read] = max(event.row_count, self._left_out.get(read, 0))
            elif not isinstance(event, Notice):
                yield event
            elif event.subject == DATABASE:
                self.damage = event.text
            elif event.text is not None and event.text not in self.notices:
                self.notices.append(event.text)
                say(sanitize(event.text))


def _step_columns(columns: Mapping[str, MetricColumn]) -> dict[str, MetricColumn]:
    """Return the columns that may carry the step, those of losses, beside which it stands, and one
    of every row that holds a number."""
    kept = {
        name: column
        for name, column in columns.items()
        if step_rank(name) is not None or role_of(name) is Role.LOSS
    }
    rows = sorted(set().union(*(column.rows for column in columns.values())))
    kept[""] = MetricColumn(array("I", rows), array("d", bytes(8 * len(rows))))
    return kept


def load_window(
    project: ProjectReading,
    facts: RunFacts,
    distinct_steps: int | None,
    selection: Selection,
    *,
    times: bool = True,
    whole_up_to: int = 0,
) -> Run:
    """Return a run with at least the rows of its window, and all of them where a name needs it.

    A name that no row of the window has may be a metric that is logged rarely, or a regular
    expression that another metric's name meets: only all rows tell.
    """
    run = project.load(facts, distinct_steps, selection.since, times=times, whole_up_to=whole_up_to)
    if all(name in run.series for name in selection.metrics):
        return run
    if distinct_steps is None and selection.since is None:
        return run
    return load_whole(project, facts, selection)


def with_progress(
    project: ProjectReading,
    facts: RunFacts,
    run: Run,
    distinct_steps: int | None,
    selection: Selection,
) -> Run:
    """Return a run that was read for a window, with what earlier rows tell of how much of it is
    done.

    That is the step with which the run began. Where the epoch is logged too rarely, all rows are
    read.
    """
    if distinct_steps is None and selection.since is None:
        return run
    if lacks_epoch(run):
        whole = load_whole(project, facts, selection)
        whole.config = run.config
        return whole
    project.find_beginning(run, facts)
    return run


def load_whole(project: ProjectReading, facts: RunFacts, selection: Selection) -> Run:
    """Return a run with all its rows; its windows begin where the selection does."""
    run = project.load(facts, None, None)
    run.since = selection.since
    return run
