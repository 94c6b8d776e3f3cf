"""`--gpu-db --once --format json`: what each run logged of its machine, beside its metrics."""

from __future__ import annotations

from trackio_view.headless.json_numbers import Record, series_record
from trackio_view.headless.machine_reading import system_log
from trackio_view.headless.project_reading import ProjectReading, system_run
from trackio_view.model.machine import SystemLine, machine_of
from trackio_view.model.run import Run
from trackio_view.options.command_line import Options
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.sources.source import RunFacts
from trackio_view.wording.missing import nothing_logged


class SystemDocuments:
    """What a project's runs logged of their machines, run by run."""

    def __init__(self, project: ProjectReading, options: Options) -> None:
        self.any_logged = False
        """Whether any run so far logged something."""
        self.any_chosen = False
        """Whether anything that was logged so far is among the metrics asked for."""
        self.nothing_logged = nothing_logged(project.title, options.run)
        """What to say where no run logged anything."""
        self._project = project
        self._selection = options.selection
        self._distinct_steps = ZOOM_LEVELS[options.zoom_level].distinct_steps
        self._logged = project.system_runs()

    def add_to(self, document: Record, facts: RunFacts, training: Run) -> None:
        """Add a run's keys, by group and then as in the table of keys, to the run's document."""
        system_id = system_run(facts, self._logged)
        log = None
        if system_id is not None:
            log = system_log(self._project, system_id, self._selection.since)
        machine = machine_of(facts.run_id, training, log)
        self.any_logged = self.any_logged or machine.logged()
        keys: dict[str, object] = {}
        for chart in machine.charts(self._selection):
            self.any_chosen = True
            for line in chart.lines:
                found = series_record(line.series, machine.window_of(line, self._distinct_steps))
                if found is not None:
                    keys[line.key] = _described(found, line, chart.unit)
        logged = keys if machine.logged() else None
        document.put("system_metrics", logged, "the run logged nothing of its machine")


def _described(record: Record, line: SystemLine, unit: str) -> dict[str, object]:
    record.put("title", line.known.title, "")
    record.put("unit", unit or None, "none, or none that is known")
    record.put("device", line.known.device, "of no single device")
    aggregate = None if line.known.aggregate is None else line.known.aggregate.value
    record.put("aggregate", aggregate, "of one device")
    record.put_time("last_epoch_seconds", line.last_time, "the row has no readable time")
    return record.done()
