"""A dashboard that is always the same, and the golden frames that screens are compared with."""

from __future__ import annotations

import copy
import functools
import math
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.styled_frames import styled_text
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey, RunRows
from trackio_view.screens import chart_content, chart_page
from trackio_view.screens.chart_content import ChartSpec
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import Meaning, Style
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.places import UNSEEN, Seen
from trackio_view.view.responses import press_ahead, respond

EXPERIMENT = ProjectId("", "my-experiment")

FRAMES = Path(__file__).parent / "frames"
ASCII = Look(repertoire=Repertoire.ASCII)
NOW = 1_700_000_000.0
ROWS = 2000


def _training(run: int) -> RunRows:
    """Return a run that looks like a training: a falling loss with ripples, a warm-up, rare
    validations."""
    return copy.deepcopy(_made_training(run))


@functools.cache
def _made_training(run: int) -> RunRows:
    rows = array("I", range(ROWS))
    rare = array("I", range(0, ROWS, 50))
    rate = 0.003 * (run + 1)

    def ripple(row: int) -> float:
        return 0.12 * math.sin(row * 0.7 + run) * math.cos(row * 0.13)

    def column(at: array[int], value: Callable[[int], float]) -> MetricColumn:
        return MetricColumn(at, array("d", map(value, at)))

    columns = {
        "learning_rate": column(rows, lambda row: 1e-3 * min(1, row / 200) * (1 - row / ROWS)),
        "train/loss": column(rows, lambda row: 0.4 + 3 * math.exp(-rate * row) + ripple(row)),
        "gradient_norm": column(rows, lambda row: 1.2 + abs(ripple(row) * 8)),
        "val/loss": column(rare, lambda row: 0.5 + 3 * math.exp(-rate * row)),
        "val/accuracy": column(rare, lambda row: 0.97 - 0.8 * math.exp(-rate * row)),
        "tokens": column(rows, lambda row: row * 4096.0),
        "sparsity": column(rows, lambda row: min(0.9, row / 1500)),
    }
    times = array("d", (NOW - 5 - (ROWS - row) * 0.08 for row in rows))
    steps = array("d", rows)
    first = run * ROWS
    return RunRows(f"id{run}", f"brave-forest-{run}", first + ROWS, steps, times, columns, ROWS - 1)


@pytest.fixture
def dashboard() -> Dashboard:
    """A project of three runs, wholly read, and another project beside it."""
    return experiment()


def experiment() -> Dashboard:
    """Return a project of three runs, wholly read, and another project beside it."""
    made = Dashboard(directory="/data/trackio")
    made.watch(EXPERIMENT)
    made.apply(LoadStarted(EXPERIMENT, 0, 3 * ROWS))
    made.apply(RowsLoaded(EXPERIMENT, 0, [_training(run) for run in range(3)], 3 * ROWS))
    made.apply(LoadFinished(EXPERIMENT, 0))
    made.apply(
        ProjectsListed(
            "",
            [
                ProjectSummary(EXPERIMENT, 3, 6000, NOW - 5, 4_500_000),
                ProjectSummary(ProjectId("", "ärger-日本"), 1, 12, NOW - 4e6, 90_000),
                ProjectSummary(
                    ProjectId("", "broken"), None, None, None, 17, "file is not a database"
                ),
            ],
        )
    )
    return made


Show = Callable[..., Frame]


@pytest.fixture
def show(dashboard: Dashboard, utc: None) -> Show:
    """Return a function that presses keys and composes the frame at a size."""
    seen = UNSEEN

    def compose(width: int, height: int, *keys: str, unicode: bool = True) -> Frame:
        nonlocal seen
        respond(dashboard, Resized(width, height))
        composer = Composer(Repertoire.BRAILLE if unicode else Repertoire.ASCII)

        def look() -> Seen:
            composer.compose(dashboard, NOW)
            return composer.seen

        for key in keys:
            respond(dashboard, KeyPressed(key), seen)
            press_ahead(dashboard, look)
        frame = composer.compose(dashboard, NOW)
        # The live session takes what is seen from every frame, too.
        seen = composer.seen
        return resolved(frame, Look() if unicode else ASCII)

    return compose


def _named(style: Style) -> str:
    """Return a style in words, without the place of a colour in its gradient, which other tests
    check."""
    attributes = ("bold", "dim", "italic", "underline", "reverse")
    words = [word for word in attributes if getattr(style, word)]
    for color, before in ((style.foreground, ""), (style.background, "on ")):
        if isinstance(color, Meaning):
            number = f" {color.number}" if color.name == "line" else ""
            words.append(f"{before}{color.name}{number}")
        elif color is not None:
            words.append(f"{before}{color.rgb:06x}")
    return " ".join(words)


@pytest.fixture
def golden(golden_text: Callable[[str, str], None]) -> Callable[[str, Frame], None]:
    """Return a function that compares a frame with its file, or writes it on `--update-frames`.

    Of frames at 120x40, the styles are compared, too.
    """

    def compare(name: str, frame: Frame) -> None:
        golden_text(name, "\n".join(frame.lines()) + "\n")
        if name.endswith("-120x40"):
            golden_text(f"styles/{name}", styled_text(frame, _named))

    return compare


@pytest.fixture
def golden_text(hold_text: Callable[[Path, str], None]) -> Callable[[str, str], None]:
    """Return a function that compares a text with its file, or writes it on `--update-frames`."""
    return lambda name, text: hold_text(FRAMES / f"{name}.txt", text)


@pytest.fixture
def compared(dashboard: Dashboard) -> Dashboard:
    """Return the three runs marked, with configs, groups and an alert."""
    configs: list[dict[str, Any]] = [
        {"lr": 1e-3, "optimizer": {"name": "adam", "eps": 1e-8}, "seed": 1},
        {"lr": 3e-3, "optimizer": {"name": "adam", "eps": 1e-8}, "seed": 1},
        {"lr": 3e-3, "optimizer": {"name": "sgd"}, "seed": 1, "momentum": 0.9},
    ]
    details = [
        RunDetails(f"id{number}", f"brave-forest-{number}", config, "ab"[number // 2])
        for number, config in enumerate(configs)
    ]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    alert = Alert(1, "id1", "brave-forest-1", "Loss spike", "It leapt.", "warn", 700, NOW - 90)
    dashboard.apply(AlertsLoaded(EXPERIMENT, 0, [alert], False))
    dashboard.view.marks.mark([RunKey(EXPERIMENT, f"id{number}") for number in range(3)])
    return dashboard


def count_pictures(monkeypatch: pytest.MonkeyPatch) -> list[Rect]:
    """Return a list that grows by the box of each chart whose picture is drawn anew."""
    drawn, draw = [], chart_content.picture_of

    def count(spec: ChartSpec, box: Rect, *others: Any) -> object:
        drawn.append(box)
        return draw(spec, box, *others)

    monkeypatch.setattr(chart_page, "picture_of", count)
    return drawn
