"""All that is known of projects and GPUs, as texts that are compared one by one."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.model.chart_events import best_of, look_on, next_events
from trackio_view.model.events import DataEvent, LoadStarted
from trackio_view.model.gpu_history import GpuHistory
from trackio_view.model.project import Project
from trackio_view.model.run import Run
from trackio_view.model.windows import Last, window_of
from trackio_view.model.x_axis import ELAPSED, LOG_STEPS, STEPS
from trackio_view.series.series import Series
from trackio_view.view.dashboard import Dashboard

NOW = 1_700_000_000.0


def of_series(series: Series) -> object:
    return list(series.rows), list(series.values)


def of_run(project: Project, run: Run) -> dict[str, object]:
    """Return what is known of a run, each fact under the name that a failed comparison shows."""
    metrics, axes = run.chart_metrics, (STEPS, ELAPSED, LOG_STEPS)
    look_on([run], metrics, STEPS, 0)
    return {
        "name": (run.run_id, run.name, run.group),
        "config": run.flat_config,
        "steps": (list(run.steps), run.last_step, run.last_logged_step, run.step_metric),
        "times": (list(run.times), run.first_time, run.last_time, run.heartbeat, run.heard_until),
        "last id": run.last_id,
        "resumed at": run.resumed_at(),
        "metrics": (metrics, run.loss),
        "values": {metric: of_series(run.series[metric]) for metric in metrics},
        "windows": [window_of(run, Last(level), axis) for level in (0, 1) for axis in axes],
        "best": {metric: best_of(run, metric, STEPS) for metric in metrics},
        "events": next_events([(run, project.alerts_of(run))], metrics, STEPS, -1.0, 1),
        "findings": project.findings(run, NOW),
        "alerts": list(project.alerts_of(run)),
        "objects": project.objects.get(run.run_id),
    }


def of_gpu(history: GpuHistory) -> dict[str, object]:
    lines = {name: of_series(series) for name, series in history.lines.items()}
    return {"latest": history.latest, "times": list(history.times), "lines": lines}


def facts(dashboard: Dashboard) -> dict[str, str]:
    """Return all that is known, each fact by what it is about; NaN is one value in a text."""
    known, found = dashboard.known, dict[str, object]()
    found["summaries"] = known.summaries
    found["projects"] = sorted(known.projects)
    for id, project in known.projects.items():
        about = id.name
        newest = project.newest_run
        found[f"{about}: runs"] = [run.run_id for run in project.every_run]
        found[f"{about}: newest run"] = None if newest is None else newest.run_id
        found[f"{about}: state"] = (project.vanished, project.complete, project.previewed_rows)
        found[f"{about}: rows"] = project.loaded_rows
        found[f"{about}: heartbeats"] = sorted(project.heartbeats.items())
        found[f"{about}: objects"] = sorted(project.objects)
        for machine in project.machines:
            log = machine.log
            logged = (
                ()
                if log is None
                else [(key, of_series(log.series(key))) for key in log.rows.series]
            )
            found[f"{about}: machine of {machine.run_id}"] = (machine.name, logged)
        for run in project.every_run:
            for what, fact in of_run(project, run).items():
                found[f"{about}, {run.run_id}: {what}"] = fact
    for (origin, subject), notice in known.notices.items():
        # The text of an alert names the step that was meant when it came.
        text = "" if subject.startswith("alert ") else notice.text
        found[f"notice of {origin} about {subject}"] = text
    found["GPUs"] = [(*id, history.dropped) for id, history in known.gpus.histories.items()]
    found["searches"] = known.gpus.report
    found["loads"] = known.gpus.recent_loads(NOW, 3.0)
    for gpu, history in known.gpus.histories.items():
        found |= {f"{gpu}: {what}": fact for what, fact in of_gpu(history).items()}
    return {name: repr(fact) for name, fact in found.items()}


def told(events: Sequence[DataEvent]) -> Dashboard:
    """Return a dashboard that watches every project, after these events."""
    dashboard = Dashboard(watch_all=True)
    for event in events:
        if isinstance(event, LoadStarted):
            dashboard.meet(event.project)
        dashboard.apply(event)
    return dashboard


def differences(lived: Dashboard, afresh: Dashboard) -> dict[str, tuple[str | None, str | None]]:
    """Return each fact that a program that starts now knows differently, with what both know."""
    before, now = facts(lived), facts(afresh)
    return {
        name: (before.get(name), now.get(name))
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    }
