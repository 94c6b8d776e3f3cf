"""Keys that are typed before there is any data for them are kept."""

from __future__ import annotations

from array import array

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, PreviewLoaded, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.selection import Selection
from trackio_view.model.windows import Last
from trackio_view.series.series import MetricColumn
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.flood import Flood
from trackio_view.view.keys.kept_keys import MOST_KEPT, KeptKeys
from trackio_view.view.responses import do_kept, press

P = ProjectId("", "p")


def rows(name: str, last_id: int, metrics: int = 3) -> RunRows:
    columns = {
        f"m{number}": MetricColumn(array("I", [0, 1]), array("d", [2.0, 1.0]))
        for number in range(metrics)
    }
    steps, times = array("d", [0.0, 1.0]), array("d", [1e9, 1e9 + 1])
    return RunRows(name, name, last_id, steps, times, columns, 1)


@pytest.fixture
def waiting() -> Dashboard:
    made = Dashboard(width=80, height=24)
    made.watch(P)
    return made


def load(dashboard: Dashboard, *batches: RunRows) -> None:
    """Let rows come one by one, and do kept keys as soon as possible."""
    dashboard.apply(LoadStarted(P, 0, 2 * len(batches)))
    for batch in batches:
        dashboard.apply(RowsLoaded(P, 0, [batch], batch.last_id))
        do_kept(dashboard)
    dashboard.apply(LoadFinished(P, 0))
    do_kept(dashboard)


def test_the_page_opens_of_the_run_that_is_the_newest_once_all_are_known(
    waiting: Dashboard,
) -> None:
    press(waiting, ["i"])
    assert waiting.view.mode is Mode.METRICS
    load(waiting, rows("old", 2), rows("new", 4))
    assert waiting.view.mode is Mode.RUN_PAGE
    assert waiting.view.page.key is not None
    assert waiting.view.page.key.run_id == "new"


def test_keys_are_done_in_their_order(waiting: Dashboard) -> None:
    press(waiting, ["end", "enter"])
    assert waiting.view.mode is Mode.METRICS
    load(waiting, rows("run", 2))
    assert (waiting.focus, waiting.view.mode) == (2, Mode.ENLARGED)
    assert not waiting.kept.keys


def test_a_preview_is_enough(waiting: Dashboard) -> None:
    press(waiting, ["end"])
    waiting.apply(LoadStarted(P, 0, 999))
    do_kept(waiting)
    assert waiting.focus == 0
    waiting.apply(PreviewLoaded(P, 0, [rows("run", 2)]))
    assert do_kept(waiting)
    assert waiting.focus == 2


def test_a_run_that_was_named_is_waited_for(waiting: Dashboard) -> None:
    waiting.view.selection = Selection(run="late")
    load(waiting, rows("early", 2))
    press(waiting, ["i"])
    assert waiting.view.mode is Mode.METRICS
    waiting.apply(RowsLoaded(P, 0, [rows("late", 4)], 4))
    do_kept(waiting)
    assert waiting.view.mode is Mode.RUN_PAGE


def test_the_table_of_runs_keeps_keys_too(waiting: Dashboard) -> None:
    press(waiting, ["t", "j", "enter"])
    assert waiting.view.mode is Mode.RUNS
    load(waiting, rows("first", 2), rows("second", 4))
    assert waiting.view.mode is Mode.RUN_PAGE


def test_a_key_that_needs_no_data_is_answered_at_once(waiting: Dashboard) -> None:
    press(waiting, ["+"])
    assert waiting.view.charts.window == Last(1)
    press(waiting, ["g"])
    assert waiting.view.mode is Mode.GPUS


def test_another_screen_drops_them(waiting: Dashboard) -> None:
    press(waiting, ["i", "t"])
    assert not waiting.kept.keys
    press(waiting, ["t"])
    load(waiting, rows("run", 2))
    assert waiting.view.mode is Mode.METRICS


def test_escape_drops_them(waiting: Dashboard) -> None:
    press(waiting, ["i", "end", "escape"])
    load(waiting, rows("run", 2))
    assert waiting.view.mode is Mode.METRICS
    assert waiting.focus == 0


def test_a_minute_drops_them_and_another_key_gives_them_one_more(waiting: Dashboard) -> None:
    press(waiting, ["end"])
    assert not waiting.kept.pass_time(59)
    press(waiting, ["enter"])
    assert not waiting.kept.pass_time(59)
    assert waiting.kept.keys == ["end", "enter"]
    assert waiting.kept.pass_time(1)
    assert not waiting.kept.pass_time(1), "they were dropped already"
    load(waiting, rows("run", 2))
    assert waiting.view.mode is Mode.METRICS


def test_a_flood_is_bounded(waiting: Dashboard) -> None:
    press(waiting, ["right"] * 100_000, Flood())
    assert len(waiting.kept.keys) == MOST_KEPT
    assert len(waiting.kept.sentence("Esc")) < 80
    load(waiting, rows("run", 2, metrics=40))
    assert waiting.focus == MOST_KEPT


def test_only_a_key_for_which_there_is_no_room_is_told_that_no_more_are_kept(
    waiting: Dashboard,
) -> None:
    press(waiting, ["right"] * (MOST_KEPT + 1))
    assert waiting.view.said == f"{MOST_KEPT} keys wait for data: no more are kept"
    waiting.kept.drop()
    press(waiting, ["t", "space", "x"])
    assert waiting.kept.keys == ["space"]
    assert waiting.view.said == "there is nothing here yet for this key"


def test_keys_that_quit_are_never_kept(waiting: Dashboard) -> None:
    press(waiting, ["i", "q"])
    assert waiting.quit


def test_keys_of_another_screen_are_not_kept_with_those_of_this_one() -> None:
    kept = KeptKeys()
    for mode, key, waiting in (
        (Mode.METRICS, "a", ["a"]),
        (Mode.METRICS, "b", ["a", "b"]),
        (Mode.RUNS, "c", ["c"]),
        (Mode.RUNS, "d", ["c", "d"]),
        (Mode.METRICS, "e", ["e"]),
    ):
        kept.keep(mode, key)
        assert (kept.keys, kept.mode) == (waiting, mode)
    assert kept.take() == ["e"]
    kept.keep(Mode.METRICS, "f")
    assert kept.take() == ["f"]
    assert (kept.keys, kept.mode) == ([], None)
