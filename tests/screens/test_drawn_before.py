"""What was drawn before changes no frame: a dashboard that was never drawn looks the same."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.screens.conftest import experiment
from trackio_view.model.events import DataEvent, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.charts.chart_responses import moved_again
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.places import UNSEEN
from trackio_view.view.responses import respond

NOW = 1_700_000_000.0
PROJECT = ProjectId("", "my-experiment")
KEYS = (
    *("+", "-", "enter", "escape", "left", "right", "up", "down", "shift_left", "page_down"),
    *("t", "space", "c", "w", "d", "r", "m", "s", "x", "o", "L", "[", "]", "n", "v", "u"),
)
SEVERAL = [RunKey(PROJECT, f"id{number}") for number in range(3)]
MakeBatch = Callable[..., Any]


VALUES = (2.0, 1e6, -1e6, float("nan"), 0.5)
"""Some leave the axis as it is, others set its ends anew."""
STEPS = (2000, 2001, 1500, 2002)
"""A run may be resumed further back."""
WAYS = (
    (1, "o", 2, "o", 3, 4, "+", "L", 5),
    ("+", "+", 1, 2, 3, "-", "-", 4),
    ("enter", "left", 1, "left", 2, "shift_left", 3, "escape", 4),
    ("[", 1, "[", 2, "]", 3, "+", 4),
    ("s", 1, "s", 2, 3, "s", "+", 4),
    ("x", "down", "enter", 1, 2, "x", "down", "enter", 3),
    ("v", 1, "v", 2, "v", 3, "n", 4),
    ("t", 1, "s", "s", 2, "down", 3, "enter", 4),
    ("t", 1, "down", 2, 3, 4),
    ("t", "space", "down", "space", "escape", 1, 2, "+", 3),
    ("r", 1, "r", 2, "down", 3, "w", 4),
)
"""Keys, and numbers of rows that come."""


def row(batch: MakeBatch, number: int) -> DataEvent:
    """Return a row that the newest run logs."""
    logged = {"train/loss": [VALUES[number % 5]], "tokens": [number * 4096.0]}
    more = batch(logged, steps=[STEPS[number % 4]], run_id="id2", first_id=9000 + number)
    return RowsLoaded(PROJECT, 0, [more], 6001)


def check(batch: MakeBatch, way: Sequence[str | int], *, compares: bool) -> None:
    """Go one way with two dashboards, of which one is drawn at each step."""
    drawn, untouched = experiment(), experiment()
    composer, seen = Composer(), UNSEEN
    for each in (drawn, untouched):
        if compares:
            each.view.marks.mark(SEVERAL)
        respond(each, Resized(100, 30))
    for step in way:
        composer.compose(drawn, NOW)
        seen = composer.seen
        for each in (drawn, untouched):
            if isinstance(step, str):
                respond(each, KeyPressed(step), seen)
            else:
                each.apply(row(batch, step))
    first, second = Composer().compose(drawn, NOW), Composer().compose(untouched, NOW)
    assert first.lines() == second.lines()
    assert first.styles == second.styles


@pytest.mark.parametrize("compares", [False, True], ids=["one run", "runs compared"])
@pytest.mark.parametrize("way", WAYS)
def test_a_dashboard_that_was_drawn_looks_as_one_that_never_was(
    utc: None, batch: MakeBatch, compares: bool, way: Sequence[str | int]
) -> None:
    check(batch, way, compares=compares)


@given(
    way=st.lists(st.sampled_from(KEYS) | st.integers(0, 20), max_size=12), compares=st.booleans()
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_looks_the_same_after_any_keys_and_rows(
    utc: None, batch: MakeBatch, compares: bool, way: Sequence[str | int]
) -> None:
    check(batch, way, compares=compares)


WINDOW_KEYS = ("+", "-", "[", "]", "u", "right", "v", "left", "enter", "escape", "r", "x", "L", "s")


@given(
    way=st.lists(
        st.tuples(st.sampled_from(WINDOW_KEYS) | st.integers(0, 20), st.integers(0, 9)), max_size=12
    ),
    compares=st.booleans(),
)
# By time, a row of a run that was resumed further back lies at the end of a window that is held.
@example(way=[(step, 0) for step in ("]", "v", 0, "-", "x", 1, 2)], compares=True)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_drawing_ahead_changes_no_frame(
    utc: None, batch: MakeBatch, way: Sequence[tuple[str | int, int]], compares: bool
) -> None:
    dashboard, composer = experiment(), Composer()
    if compares:
        dashboard.view.marks.mark(SEVERAL)
    respond(dashboard, Resized(100, 30))
    for key in ("+", "+", "["):
        respond(dashboard, KeyPressed(key))
    for step, ahead in way:
        composer.compose(dashboard, NOW)
        if isinstance(step, str):
            respond(dashboard, KeyPressed(step), composer.seen)
        else:
            dashboard.apply(row(batch, step))
        kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
        assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)
        moved_by = dashboard.view.charts.moved_by
        moved = None if moved_by is None else moved_again(dashboard, moved_by)
        if moved is not None:
            # A key or a row may come between any two charts.
            list(islice(composer.draw_ahead(moved, NOW), ahead))


SMALL = (80, 24)


@pytest.mark.parametrize(
    ("size", "repertoire"),
    [
        ((40, 12), Repertoire.BRAILLE),
        ((200, 50), Repertoire.BRAILLE),
        ((81, 24), Repertoire.BLOCKS),
        (SMALL, Repertoire.ASCII),
    ],
)
@pytest.mark.parametrize("keys", ["", "++", "s", "L", "xx", "v"])
def test_nothing_that_drawing_keeps_of_rows_depends_on_size_or_glyphs(
    utc: None, size: tuple[int, int], repertoire: Repertoire, keys: str
) -> None:
    kept = kept_after(SMALL, Repertoire.BRAILLE, keys)
    others = kept_after(size, repertoire, keys)
    assert kept
    both = kept.keys() & others.keys()
    assert {"train/loss: _overview", "train/loss: _bounds", "the run"} <= both
    assert {name for name in both if kept[name] != others[name]} == set()


def kept_after(size: tuple[int, int], repertoire: Repertoire, keys: str) -> dict[str, bytes]:
    """Return what is kept of each series that was on screen, and of the run."""
    dashboard, composer = experiment(), Composer(repertoire)
    respond(dashboard, Resized(*size))
    composer.compose(dashboard, NOW)
    for key in keys:
        respond(dashboard, KeyPressed(key), composer.seen)
        composer.compose(dashboard, NOW)
    run, shown = dashboard.run, dashboard.shown_charts
    assert run is not None
    page = shown.metrics[: shown.layout.page_size]
    found = {
        f"{metric}: {slot}": pickle.dumps(fact)
        for metric in page
        for slot in run.series[metric].__slots__
        for fact in [getattr(run.series[metric], slot)]
        # The sums are of the newest question, and only a wide screen has a box that asks for them.
        if slot != "_summed"
    }
    kept = run.kept
    return found | {"the run": pickle.dumps((kept.pace, kept.totals, kept.rows, kept.windows))}
