"""Whatever a screen keeps of its drawings, no key and no news leaves anything outdated on it.

The walks are those of `test_key_effects`: one composer draws each frame, and another one, which
keeps nothing, draws it beside it from charts that are chosen anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.screens.test_key_effects import LEFT_OUT, NOW, OTHER, ROWS, SWEEP, WAYS, Walk, sweep
from tests.screens.test_system import SAMPLES, gpu_columns
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    ProjectVanished,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.charts.derived_charts import DerivedCharts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import DEFAULT_KEYS
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.responses import respond


class Watched(Walk):
    """A walk whose frames are all drawn by one composer, and compared with a new one's."""

    def compare(self, what: str, now: float = NOW) -> None:
        """Hold that a frame with what was kept is the one without."""
        kept = self._composer.compose(self.dashboard, now)
        self._seen = self._composer.seen
        runs = self.dashboard.view.runs
        derived, self.dashboard._derived = self.dashboard._derived, DerivedCharts()
        table, made_of = runs._table, runs._table_of
        runs.forget_table()
        fresh = Composer().compose(self.dashboard, now)
        self.dashboard._derived = derived
        runs._table, runs._table_of = table, made_of
        assert kept.lines() == fresh.lines(), what
        assert kept.styles == fresh.styles, what


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_key_leaves_anything_outdated(
    batch: Any, gpus_sampled: Any, utc: None, way: str
) -> None:
    watched = Watched(sweep(batch, gpus_sampled), way)
    mode = watched.dashboard.view.mode
    for binding in DEFAULT_KEYS.bindings:
        if mode not in binding.modes or binding.action in LEFT_OUT:
            continue
        for _ in range(2):
            watched.press(binding.keys[0])
            watched.compare(f"{way} {binding.keys[0]}")
            if watched.dashboard.view.mode is not mode:
                watched = Watched(sweep(batch, gpus_sampled), way)
                break


def one_row(
    batch: Any, step: int, value: float, run: int = 3, names: Sequence[str] = ("train/loss", "odd")
) -> DataEvent:
    rows = batch(
        {name: [value] for name in names},
        steps=[step],
        times=[NOW - 1],
        run_id=f"id{run}",
        run_name=f"run-{run}",
        first_id=9000 + step,
    )
    return RowsLoaded(SWEEP, 0, [rows], 4 * ROWS + 1)


def machine_rows(batch: Any, scale: float) -> Any:
    """Return as many rows of the machine as were there, at the same times."""
    stamps = [NOW - 240 + 4 * row for row in range(SAMPLES)]
    columns = {key: [scale * one for one in values] for key, values in gpu_columns(2).items()}
    return batch(columns, steps=stamps, times=stamps, run_id="id3", run_name="run-3")


def read_anew(batch: Any, generation: int, runs: Sequence[int]) -> Iterator[DataEvent]:
    """Yield a reload that finds some of the runs, with as many rows and other values."""
    yield LoadStarted(SWEEP, generation, len(runs) * ROWS)
    for run in runs:
        begun = NOW - 5 - 2 * ROWS - 40_000 * (3 - run)
        metrics = {
            name: [generation * (row % 7) + run for row in range(ROWS)]
            for name in ("train/loss", "train/rate", "val/loss", "epoch", "odd")
        }
        times = [begun + 2 * row for row in range(ROWS)]
        rows = batch(metrics, times=times, run_id=f"id{run}", run_name=f"run-{run}")
        rows = rows._replace(last_id=(run + 1) * ROWS)
        yield RowsLoaded(SWEEP, generation, [rows], ROWS)
    yield LoadFinished(SWEEP, generation)
    yield SystemRowsLoaded(SWEEP, generation, [machine_rows(batch, 0.5)], True)


def alert(row_id: int, run: int, level: str) -> Alert:
    return Alert(row_id, f"id{run}", f"run-{run}", "Diverged", "Badly.", level, 40, NOW - 9)


def renamed(*names: str) -> DataEvent:
    details = [
        RunDetails(f"id{run}", name, {"lr": 3.0 + run, "seed": run}, "cd"[run % 2])
        for run, name in enumerate(names)
    ]
    return DetailsLoaded(SWEEP, 0, details)


News = Callable[[Any, Any], Sequence[DataEvent]]
NEWS: dict[str, News] = {
    "a row of the run on screen": lambda batch, _: [one_row(batch, ROWS, 0.25)],
    "a row of another run": lambda batch, _: [one_row(batch, ROWS, 7.5, 1)],
    "a value that is not finite": lambda batch, _: [one_row(batch, ROWS + 1, float("nan"))],
    "a row of an earlier step": lambda batch, _: [one_row(batch, 60, 9.0)],
    "a metric with one value": lambda batch, _: [one_row(batch, ROWS + 2, 1.0, names=["once"])],
    "another value of it": lambda batch, _: [one_row(batch, ROWS + 3, 2.0, names=["once"])],
    "an alert": lambda *_: [AlertsLoaded(SWEEP, 0, [alert(2, 3, "error")], True)],
    "an alert of another run": lambda *_: [AlertsLoaded(SWEEP, 0, [alert(3, 1, "warn")], True)],
    "other names and configs": lambda *_: [renamed("one", "two", "three", "four")],
    "a sample of each GPU": lambda _, gpus: [gpus(3, NOW + 2, utilization=12.0, power=99.0)],
    "one GPU less": lambda _, gpus: [gpus(2, NOW + 4)],
    "readings of its machine": lambda batch, _: [
        SystemRowsLoaded(SWEEP, 0, [machine_rows(batch, 0.75)], True)
    ],
    "a fault": lambda *_: [Notice(ProjectOrigin(SWEEP), "It is damaged.")],
    "no fault any more": lambda *_: [Notice(ProjectOrigin(SWEEP), None)],
    "other projects": lambda *_: [
        ProjectsListed("", [ProjectSummary(OTHER, 2, 12_345, NOW - 3, 9_000, remark="It waits.")])
    ],
    "as many other rows": lambda batch, _: list(read_anew(batch, 1, range(4))),
    "a run less": lambda batch, _: list(read_anew(batch, 2, (0, 2, 3))),
    "no project any more": lambda *_: [ProjectVanished(SWEEP)],
}


ARRANGED = {
    "runs-by-state": "t G down down down enter",
    "runs-by-age": "t end s",
}
"""Ways to screens that news and the time change, though each key does there what it does else."""


@pytest.mark.parametrize("way", [*WAYS.values(), *ARRANGED.values()], ids=[*WAYS, *ARRANGED])
def test_no_news_leaves_anything_outdated(
    batch: Any, gpus_sampled: Any, utc: None, way: str
) -> None:
    watched = Watched(sweep(batch, gpus_sampled), way)
    for what, news in NEWS.items():
        for event in news(batch, gpus_sampled):
            watched.dashboard.apply(event)
        watched.compare(f"{way}: {what}")
    for seconds in (30.0, 7_200.0, 90_000.0):
        watched.compare(f"{way}: {seconds} seconds", NOW + seconds)
    for size in ((80, 24), (120, 30), (100, 30)):
        respond(watched.dashboard, Resized(*size))
        watched.compare(f"{way}: {size}", NOW + 90_000)


def of_other(batch: Any, generation: int, values: Sequence[float]) -> Iterator[DataEvent]:
    """Yield a load of another project, whose run has the name of one of the first."""
    times = [NOW - 50 + place for place in range(len(values))]
    rows = batch({"train/loss": values}, times=times, run_id="id3", run_name="run-3")
    yield LoadStarted(OTHER, generation, len(values))
    yield RowsLoaded(OTHER, generation, [rows], len(values))
    yield LoadFinished(OTHER, generation)


@pytest.mark.parametrize(
    "keys", ["", "m", "m v left", "right enter", "w", "t", "t a", "d", "t G down"]
)
def test_no_news_of_another_project_leaves_its_marked_run_outdated(
    batch: Any, gpus_sampled: Any, utc: None, keys: str
) -> None:
    dashboard = sweep(batch, gpus_sampled)
    dashboard.meet(OTHER)
    for event in of_other(batch, 0, [3.0, 2.0, 1.0, 0.5]):
        dashboard.apply(event)
    dashboard.view.marks.mark([RunKey(SWEEP, "id3"), RunKey(SWEEP, "id1"), RunKey(OTHER, "id3")])
    watched = Watched(dashboard, keys)
    own = Alert(1, "id3", "run-3", "Loss spike", "It leapt.", "error", 2, NOW - 9)
    more = batch({"train/loss": [9.0]}, steps=[4], times=[NOW - 1], run_id="id3", first_id=5)
    news: dict[str, Sequence[DataEvent]] = {
        "an alert": [AlertsLoaded(OTHER, 0, [own], True)],
        "a row": [RowsLoaded(OTHER, 0, [more], 5)],
        "a name and a config": [
            DetailsLoaded(OTHER, 0, [RunDetails("id3", "new", {"lr": 7}, "c")]),
        ],
        "a group that is called otherwise": [
            DetailsLoaded(OTHER, 0, [RunDetails("id3", "new", {"lr": 7}, "e")]),
        ],
        "a group less": [DetailsLoaded(OTHER, 0, [RunDetails("id3", "new", {"lr": 7}, "b")])],
        "a run in another of the groups": [
            DetailsLoaded(
                SWEEP, 0, [RunDetails(f"id{run}", f"run-{run}", None, "a") for run in (1, 3)]
            ),
        ],
        "as many other rows": list(of_other(batch, 1, [1.0, 2.0, 3.0, 4.0, 5.0])),
        "no alert any more": [AlertsLoaded(OTHER, 1, [], False)],
        "another name of the project": [ProjectRenamed(OTHER, "third")],
        "no project any more": [ProjectVanished(OTHER._replace(name="third"))],
    }
    for what, events in news.items():
        for event in events:
            dashboard.apply(event)
        watched.compare(f"{keys}: {what}")
    dashboard.view.marks.unmark([RunKey(OTHER._replace(name="third"), "id3")])
    watched.compare(f"{keys}: it is marked no more")


FLEET_KEYS = (
    *("down", "s", "s", "page_down", "/", "n", "o", "d", "e", "-", "1", "enter", "down"),
    *("/", "backspace", "backspace", "2", "escape", "end", "S", "home", "enter", "escape"),
)


def test_nothing_leaves_anything_outdated_in_a_fleet(fleet_sampled: Any, utc: None) -> None:
    dashboard = Dashboard(has_fleet=True)
    dashboard.show_gpus()
    dashboard.apply(fleet_sampled(30))
    watched = Watched(dashboard, "")
    for number, key in enumerate(FLEET_KEYS):
        watched.press(key)
        watched.compare(f"fleet: {number} {key}")
        fleet = fleet_sampled(30 - number % 3, time=NOW + number)
        host = fleet.hosts[number % 7]
        # Now and then another machine is called longer, has fewer GPUs, and is read late.
        first = host.cells[0]
        identity = first.identity._replace(workload=f"team/{number}")
        busy = first._replace(identity=identity, utilization=float(number))
        name, ahead = host.name + number % 4 * "-long", number % 2 * 200.0
        samples = (busy, *host.samples[1 : len(host.samples) - number % 3])
        changed = host._replace(name=name, samples=samples, time=host.time + ahead)
        hosts = tuple(changed if one is host else one for one in fleet.hosts)
        dashboard.apply(fleet._replace(hosts=hosts))
        watched.compare(f"fleet: {number} looks", NOW + number)
    watched.compare("fleet: nobody answers", NOW + 900)
    for size in ((80, 24), (200, 50)):
        respond(dashboard, Resized(*size))
        watched.compare(f"fleet: {size}", NOW + 900)
