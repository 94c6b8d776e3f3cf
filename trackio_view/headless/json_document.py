"""`--once --format json`: one document, described by `schema.json` beside this file."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from trackio_view import __version__
from trackio_view.headless.chosen_projects import visit_projects
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.json_numbers import Record, cleaned, plain, series_record, written
from trackio_view.headless.missing_metric import missing_metric
from trackio_view.headless.output import say, write_out
from trackio_view.headless.project_reading import (
    SHORT_ROWS,
    ProjectReading,
    load_window,
    with_progress,
)
from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.model.alerts import Alert, alerts_of
from trackio_view.model.pace import RunState, state_of, steps_per_second
from trackio_view.model.progress import progress, total_steps
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import Options
from trackio_view.origins import CannotOpen, directory_source, fleet_now
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.sources.source import RunFacts
from trackio_view.terminal.text import sanitize
from trackio_view.wording.missing import no_rows_since

if TYPE_CHECKING:
    from trackio_view.model.traces import LoggedTraces

SCHEMA_VERSION = 1
"""The version. It changes only when a script for the last version could not read the document."""

_STATE_BASIS = "inferred from the age of the newest row, measured by its usual time between rows"
_NO_TIME = "no row has a readable time"


def print_json(options: Options) -> int:
    """Print one document for all that was asked for; return 0, or 1 where something is missing.

    The document is printed in both cases; on 1, what is missing is null with its reason.
    """
    now = time.time()
    document = Record(schema_version=SCHEMA_VERSION, program_version=__version__)
    document.put_time("generated_epoch_seconds", now, "")
    code = ExitCode.DONE
    if options.gpu:
        code = _put_gpus(document, options)
    else:
        document.put("selection", _selection(options), "")
        projects: list[object] = []
        code = _collect(options, now, projects)
        document.put("projects", projects, "")
        for key in ("gpus", "gpu_search"):
            document.put(key, None, "projects were asked for; --gpu asks for GPUs")
    write_out([written(document.done()), "\n"])
    return code


def _put_gpus(document: Record, options: Options) -> ExitCode:
    """Add what is known of GPUs, of this machine or of a fleet, which may not answer."""
    from trackio_view.headless.gpu_document import gpu_documents, search_documents
    from trackio_view.options.settings import read_settings, settings_path

    document.put("selection", None, "GPUs were asked for, with --gpu")
    document.put("projects", None, "GPUs were asked for, with --gpu")
    if options.prometheus is not None:
        from trackio_view.headless.fleet_document import fleet_document, fleet_readings

        try:
            fleet = fleet_now(options.prometheus, options.prometheus_match)
        except CannotOpen as fault:
            say(str(fault))
            for key in ("gpus", "gpu_search", "fleet"):
                document.put(key, None, str(fault))
            return ExitCode.NOTHING
        reading = fleet_readings(fleet)
        document.put("fleet", fleet_document(fleet), "")
    else:
        from trackio_view.headless.gpu_text import read_gpus, with_projects

        try:
            reading = with_projects(read_gpus(options), options)
        except CannotOpen as fault:
            say(str(fault))
            for key in ("gpus", "gpu_search"):
                document.put(key, None, str(fault))
            return ExitCode.NOTHING
    thresholds = read_settings(settings_path()).thresholds
    document.put("gpus", gpu_documents(reading, thresholds), "")
    document.put("gpu_search", search_documents(reading), "")
    return ExitCode.DONE


def _selection(options: Options) -> dict[str, object]:
    record = Record()
    # A log and the demo each have a place of their own.
    in_directory = not (options.demo or options.is_distant or options.log is not None)
    directory = directory_source(options).origin if in_directory else None
    record.put("directory", directory, "a log, the demo or a machine elsewhere: no directory here")
    record.put("zoom_distinct_steps", ZOOM_LEVELS[options.zoom_level].distinct_steps, "all steps")
    since = math.nan if options.since is None else options.since
    record.put_time("since_epoch_seconds", since, "all of the time")
    record.put("run", options.run, "all runs")
    record.put("metrics", list(options.metric) or None, "all metrics")
    return record.done()


def _collect(options: Options, now: float, projects: list[object]) -> ExitCode:
    """Append a document for each project, also for those that cannot be read."""

    def show(project: ProjectReading) -> ExitCode:
        document, code = _project(project, options, now)
        projects.append(document)
        return code

    def fail(project: ProjectId, sentence: str) -> None:
        say(sentence)
        projects.append(_unread(project, sentence))

    return visit_projects(options, show, fail)


def _unread(project: ProjectId, sentence: str) -> dict[str, object]:
    record = Record(name=project.name, origin=project.origin)
    for key in ("runs", "alerts", "broken_row_count", "notices"):
        record.put(key, None, sentence)
    return record.done()


def _project(
    project: ProjectReading, options: Options, now: float
) -> tuple[dict[str, object], ExitCode]:
    selection = options.selection
    trained = project.runs(selection)
    runs = [*trained, *project.system_runs_beside(trained, selection)]
    documents: list[object] = []
    metric_found = has_numbers = has_rows = False
    machines = None
    if options.gpu_db:
        from trackio_view.headless.system_document import SystemDocuments

        machines = SystemDocuments(project, options)
    for facts in runs:
        distinct_steps = ZOOM_LEVELS[options.zoom_level].distinct_steps
        run = load_window(project, facts, distinct_steps, selection, whole_up_to=SHORT_ROWS)
        run = with_progress(project, facts, run, distinct_steps, selection)
        document = _run(run, facts, options, now)
        _put_traces(document, project.traces(facts), run)
        metric_found = metric_found or bool(selection.metrics_among(run.chart_metrics))
        has_numbers = has_numbers or bool(run.chart_metrics)
        has_rows = has_rows or bool(run.window_rows(None).row_count)
        if machines is not None:
            machines.add_to(document, facts, run)
        documents.append(document.done())
    code = ExitCode.DONE
    # The exit code is decided as for text and CSV: by the numbers, or by those of the machine where
    # they are asked for.
    if not runs or (machines is None and not has_numbers):
        say(project.without_numbers(selection))
        code = ExitCode.NOTHING
    elif machines is not None and not machines.any_logged:
        say(machines.nothing_logged)
        code = ExitCode.NOTHING
    elif options.metric and not (metric_found or (machines is not None and machines.any_chosen)):
        say(missing_metric(sanitize(project.title), options, ()))
        code = ExitCode.NOTHING
    elif machines is None and selection.since is not None and not has_rows:
        say(no_rows_since(sanitize(project.title)))
        code = ExitCode.NOTHING
    record = Record(name=project.name, origin=project.id.origin, runs=documents)
    alerts = project.alerts()
    kept = None if alerts is None else _alerts(alerts, selection, runs)
    record.put("alerts", kept, "this project has no table of alerts")
    record.put("broken_row_count", project.broken_rows, "")
    damage = [] if project.damage is None else [project.damage]
    record.put("notices", [*damage, *project.notices], "")
    return record.done(), code


def _put_traces(document: Record, traces: LoggedTraces | None, run: Run) -> None:
    found = None
    if traces is not None:
        # Most runs have none: they do not wait for this import.
        from trackio_view.headless.trace_document import traces_document

        found = traces_document(traces, run)
    document.put("traces", found, "no trace of the run is known")


def _run(run: Run, facts: RunFacts, options: Options, now: float) -> Record:
    record = Record(id=facts.run_id, name=facts.name)
    record.put("group", facts.group, "the run has no group")
    state = state_of(run, now)
    known = None if state is RunState.UNKNOWN else state.value
    record.put("state", known, _NO_TIME)
    record.put("state_basis", _STATE_BASIS, "")
    started = run.first_time if math.isnan(facts.first_time) else facts.first_time
    last_time = facts.last_time if math.isnan(run.last_time) else run.last_time
    record.put_time("started_epoch_seconds", started, _NO_TIME)
    record.put_time("last_row_epoch_seconds", last_time, _NO_TIME)
    record.put_time("last_row_age_seconds", round(now - last_time, 6), _NO_TIME)
    rows = run.row_count if facts.row_count is None else facts.row_count
    record.put("row_count", rows, "")
    distinct_steps = ZOOM_LEVELS[options.zoom_level].distinct_steps
    window = run.window_rows(distinct_steps)
    record.put("window_row_count", window.row_count, "")
    no_step = "the newest row has no step" if run.row_count else "the run logged no metric"
    # NaN stands for a step that is absent, and is no number that was logged.
    last_step = None if math.isnan(run.last_step) else run.last_step
    record.put_number("last_step", last_step, no_step)
    record.put("step_metric", run.step_metric, "the step is TrackIO's own")
    logged_step = None if math.isnan(run.last_logged_step) else run.last_logged_step
    record.put_number("last_logged_step", logged_step, no_step)
    pace = steps_per_second(run)
    record.put_number("steps_per_second", pace, "the newest rows tell no pace")
    no_total = "the config names no number of steps or epochs"
    record.put_number("total_steps", total_steps(run), no_total)
    done = progress(run) if run.row_count else None
    record.put_number("progress", done, no_total if run.row_count else "the run logged no metric")
    reasons: dict[str, str] = {}
    config = None if facts.config is None else cleaned(facts.config, "config", reasons)
    record.put("config", config, "the run has no readable config")
    for place, reason in reasons.items():
        record.put_reason(place, reason)
    metrics: dict[str, object] = {}
    for name in options.selection.metrics_among(run.chart_metrics):
        found = series_record(run.series[name], window)
        if found is not None:
            metrics[name] = found.done()
    record.put("metrics", metrics, "")
    record.put("system_metrics", None, "--gpu-db asks for them")
    return record


def _alerts(alerts: list[Alert], selection: Selection, runs: Sequence[RunFacts]) -> list[object]:
    """Return the alerts of the selection: of its run, and not from before its beginning."""
    if selection.run is not None:
        alerts = [one for run in runs for one in alerts_of(alerts, run.run_id, run.name)]
    since = -math.inf if selection.since is None else selection.since
    return [_alert(alert) for alert in alerts if not alert.time < since]


def _alert(alert: Alert) -> dict[str, object]:
    record = Record(run_id=alert.run_id, run_name=alert.run_name, level=alert.level)
    record.put("title", alert.title, "")
    record.put("text", alert.text, "the alert has no text")
    step = None if alert.step is None else plain(alert.step)
    record.put_number("step", step, "the alert names no step")
    record.put_time("epoch_seconds", alert.time, "the alert has no readable time")
    return record.done()
