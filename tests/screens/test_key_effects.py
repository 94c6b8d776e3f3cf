"""What each key does on each screen, as a table that a person reads and a test holds.

A file of `frames/effects` is a walk over a screen: its keys in the order of the table of bindings,
each pressed twice. A line has the key, what it changed of what is looked at, and what it said.
Where a key leads off the screen, the walk begins anew after it.
"""

from __future__ import annotations

import dataclasses
import enum
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.screens.test_system import SAMPLES, gpu_columns
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.gpu import GpuId
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import DEFAULT_KEYS
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.places import UNSEEN, Seen
from trackio_view.view.responses import press_ahead, respond

SWEEP, OTHER = ProjectId("", "sweep"), ProjectId("", "other")
NOW = 1_700_000_000.0
ROWS = 120

WAYS = {
    "charts": "right",
    "charts-of-a-window": "+ + [",
    "charts-compared": "t * v",
    "cursor": "v left left",
    "cursor-compared": "t * v v shift_left",
    "one-chart": "right enter",
    "projects": "p",
    "help": "?",
    "gpus": "g",
    "gpu-details": "g i",
    "machine": "y",
    "run-page": "i",
    "configs": "t * d",
    "runs": "t",
    "run-columns": "t c",
    "run-groups": "t G",
    "wall": "w",
    "chart-list": "c",
    "axes": "X",
    "chart-filter": "/ l o s",
    "run-filter": "t / 1",
    "finding": ": l o s",
    "go-to": "5 0",
}
"""Names of walks, and the keys that lead to where they begin."""


def sweep(batch: Any, gpus_sampled: Any) -> Dashboard:
    """Return four runs of which two are old, with all that can be known of them."""

    def value(run: int, row: int) -> float:
        return 2 / (1 + row / 10) + run / 10 + (row * 7919 % 13) / 100

    made = Dashboard(directory="/data")
    made.watch(SWEEP)
    made.apply(LoadStarted(SWEEP, 0, 4 * ROWS))
    for run in range(4):
        begun = NOW - 5 - 2 * ROWS - 40_000 * (3 - run)
        rows = range(ROWS)
        metrics = {
            "train/loss": [value(run, row) for row in rows],
            "train/rate": [0.001 * (1 - row / ROWS) for row in rows],
            "val/loss": [value(run, row) + 0.1 if row % 10 == 0 else None for row in rows],
            "epoch": [float(row // 30) for row in rows],
            "odd": [float("nan") if row == 50 else float(row % 5) for row in rows],
        }
        times = [begun + 2 * row for row in rows]
        found = batch(metrics, times=times, run_id=f"id{run}", run_name=f"run-{run}")
        found = found._replace(last_id=(run + 1) * ROWS)
        made.apply(RowsLoaded(SWEEP, 0, [found], (run + 1) * ROWS))
    made.apply(LoadFinished(SWEEP, 0))
    details = [
        RunDetails(f"id{run}", f"run-{run}", {"lr": 10.0**-run, "seed": run % 2}, "ab"[run // 2])
        for run in range(4)
    ]
    made.apply(DetailsLoaded(SWEEP, 0, details))
    alert = Alert(1, "id3", "run-3", "Loss spike", "It leapt.", "warn", 70, NOW - 90)
    made.apply(AlertsLoaded(SWEEP, 0, [alert], False))
    stamps = [NOW - 240 + 4 * row for row in range(SAMPLES)]
    machine = batch(gpu_columns(2), steps=stamps, times=stamps, run_id="id3", run_name="run-3")
    made.apply(SystemRowsLoaded(SWEEP, 0, [machine], True))
    summaries = [
        ProjectSummary(SWEEP, 4, 4 * ROWS, NOW - 5, 90_000),
        ProjectSummary(OTHER, 1, 12, NOW - 4e6, 9_000),
    ]
    made.apply(ProjectsListed("", summaries))
    for second in range(-120, 1, 2):
        made.apply(gpus_sampled(3, NOW + second))
    return made


@pytest.fixture
def make(batch: Any, gpus_sampled: Any, utc: None) -> Callable[[], Dashboard]:
    """Return what makes the dashboard of the walks."""
    return lambda: sweep(batch, gpus_sampled)


class Walk:
    """Keys that are pressed on a dashboard as a person sees it."""

    def __init__(self, dashboard: Dashboard, way: str) -> None:
        self.dashboard = dashboard
        self._composer = Composer()
        self._seen = UNSEEN
        respond(dashboard, Resized(100, 30))
        self._look()
        for key in way.split():
            self.press(key)

    def _look(self) -> Seen:
        self._composer.compose(self.dashboard, NOW)
        self._seen = self._composer.seen
        return self._seen

    def press(self, key: str) -> str:
        """Press a key and return what it did, in a line."""
        view = self.dashboard.view
        before, view.said = dict(flat(view)), ""
        respond(self.dashboard, KeyPressed(key), self._seen)
        press_ahead(self.dashboard, self._look)
        self._look()
        after = dict(flat(view))
        parts = [
            f"{name} {after[name]}" if name in after else f"{name} gone"
            for name in [*after, *(name for name in before if name not in after)]
            if name != "said" and before.get(name) != after.get(name)
        ]
        return "; ".join([*parts, *([f"says: {view.said}"] if view.said else [])]) or "nothing"


def flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Return each plain value within a state, by where it lies, as a text."""
    if isinstance(value, enum.Enum):
        yield name, value.name
    elif isinstance(value, Mode):
        yield name, next(word for word, one in vars(Mode).items() if one is value)
    elif isinstance(value, float):
        yield name, f"{value:.6g}"
    elif value is None or isinstance(value, bool | int | str | range):
        yield name, repr(value)
    elif isinstance(value, RunKey):
        yield name, f"{value.project.name}/{value.run_id}"
    elif isinstance(value, GpuId):
        yield name, value.key
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from flat(one, f"{name}[{key.run_id if isinstance(key, RunKey) else key}]")
    elif isinstance(value, set | frozenset):
        yield name, f"{{{', '.join(sorted(map(str, value)))}}}"
    elif isinstance(value, (tuple, list, array)) and not hasattr(value, "_fields"):
        texts = [" ".join(text for _, text in flat(one)) for one in value[:MOST_SHOWN]]
        more = [f"{len(value)} in all"] if len(value) > MOST_SHOWN else []
        yield name, f"({', '.join([*texts, *more])})"
    elif type(value).__module__.startswith(WHAT_IS_LOOKED_AT):
        for field in fields(value):
            yield from flat(getattr(value, field), f"{name}.{field}" if name else field)


def fields(value: object) -> Iterator[str]:
    """Return the names of the attributes that make up a state, those of its own use left out."""
    if hasattr(value, "_fields"):
        found: Any = value._fields
    elif dataclasses.is_dataclass(value):
        found = [field.name for field in dataclasses.fields(value)]
    else:
        found = getattr(value, "__slots__", None) or vars(value)
    return (name for name in found if not name.startswith("_") and name not in NOT_TOLD)


NOT_TOLD = (
    *("keys", "pointer", "known", "everything", "revision", "judged", "made_of", "word"),
    "moved_by",
)
"""What is derived of the rest, counts drawings, or waits for the next one to be drawn."""
WHAT_IS_LOOKED_AT = (
    "trackio_view.view.",
    "trackio_view.model.windows",
    "trackio_view.model.x_axis",
    "trackio_view.series.smoothing",
)
"""Where the states come from that are told; what is known of runs is no part of them."""
MOST_SHOWN = 6
"""How many members of a list are told."""
LEFT_OUT = (Action.REDRAW, Action.INTERRUPT, Action.QUIT)


@pytest.mark.parametrize(("name", "way"), WAYS.items(), ids=WAYS)
def test_each_key_has_the_effect_in_the_golden_file(
    make: Callable[[], Dashboard],
    golden_text: Callable[[str, str], None],
    name: str,
    way: str,
) -> None:
    walk = Walk(make(), way)
    mode: Mode = walk.dashboard.view.mode
    lines = [f"{mode.value}, by {way}"]
    for binding in DEFAULT_KEYS.bindings:
        if mode not in binding.modes or binding.action in LEFT_OUT:
            continue
        for _ in range(2):
            lines.append(f"{binding.keys[0]}: {walk.press(binding.keys[0])}")
            if walk.dashboard.view.mode is not mode:
                walk = Walk(make(), way)
                break
    golden_text(f"effects/{name}", "\n".join(lines) + "\n")
