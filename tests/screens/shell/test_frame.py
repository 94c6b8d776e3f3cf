"""Frames composed in a hurry, in answer to a key, or ahead of one; keys that change nothing."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

import pytest

from tests.screens.conftest import count_pictures
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens import memo
from trackio_view.screens.shell.frame import NOTHING_SEEN, Composer, tell_unseen
from trackio_view.series.series import MetricColumn
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.view.charts.chart_responses import moved_again
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")
NOW = 1_700_000_000.0

pytestmark = pytest.mark.usefixtures("utc")


def test_a_focus_move_draws_no_chart_anew(show, dashboard) -> None:
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    composer.compose(dashboard, 0.0)
    computed = composer.memo.computed
    respond(dashboard, KeyPressed("right"))
    composer.compose(dashboard, 0.0)
    assert composer.memo.computed == computed


def test_a_hurried_frame_draws_what_it_has_time_for_and_the_next_ones_the_rest(
    dashboard, show, monkeypatch
) -> None:
    monkeypatch.setattr("trackio_view.screens.metrics.NEW_POINTS_A_FRAME", 1)
    respond(dashboard, Resized(200, 50))
    respond(dashboard, KeyPressed("right"))
    composer = Composer()
    frames = [composer.compose(dashboard, NOW, hurried=True)]
    assert not composer.whole
    while not composer.whole:
        frames.append(composer.compose(dashboard, NOW, hurried=True))
        assert len(frames) <= len(dashboard.metrics)
    lines = [sum("┤" in line for line in frame.lines()) for frame in frames]
    assert lines == sorted(lines)
    assert frames[-1].lines() == show(200, 50).lines()
    # A chart that was drawn once is there at once.
    for key in ("+", "-"):
        respond(dashboard, KeyPressed(key))
        frame = composer.compose(dashboard, NOW, hurried=True)
        assert composer.whole == (key == "-")
        while not composer.whole:
            frame = composer.compose(dashboard, NOW, hurried=True)
        assert frame.lines() == show(200, 50).lines()


def test_an_empty_window_keeps_no_frame_from_being_whole(dashboard, monkeypatch) -> None:
    monkeypatch.setattr("trackio_view.screens.metrics.NEW_POINTS_A_FRAME", 1)
    respond(dashboard, Resized(200, 50))
    dashboard.run.since = NOW + 1
    composer = Composer()
    composer.compose(dashboard, NOW, hurried=True)
    assert composer.whole


@pytest.mark.parametrize("compared", [False, True])
def test_which_charts_are_on_screen_is_found_once_for_all_that_a_frame_tells(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch, compared: bool
) -> None:
    respond(dashboard, Resized(120, 40))
    for key in ("t", "*", "t") if compared else ():
        respond(dashboard, KeyPressed(key))
    composer = Composer()
    composer.compose(dashboard, NOW)
    asked, found = 0, Dashboard.charts.fget  # type: ignore[attr-defined]

    def count(self: Dashboard) -> object:
        nonlocal asked
        asked += 1
        return found(self)

    monkeypatch.setattr(Dashboard, "charts", property(count))
    respond(dashboard, KeyPressed("right"), composer.seen)
    assert asked <= 4, "twice to see whether the key changed anything"
    asked = 0
    composer.compose(dashboard, NOW)
    assert asked <= 2, "once for all that is drawn, and for the screen's row of the footer"


@pytest.fixture
def narrow(batch: Callable[..., RunRows]) -> Dashboard:
    """Two short runs on a screen that has no line for the window."""
    made = Dashboard(width=40, height=12)
    made.watch(P)
    made.apply(LoadStarted(P, 0, 8))
    runs = [batch({"loss": [4.0, 3.0, 2.0, 1.0]}, run_id=name, run_name=name) for name in "ab"]
    made.apply(RowsLoaded(P, 0, runs, 8))
    made.apply(LoadFinished(P, 0))
    return made


def frames_around(dashboard: Dashboard, composer: Composer, *keys: str) -> tuple[Frame, Frame]:
    """Return the frames before and after keys."""
    before = composer.compose(dashboard, 0.0)
    for key in keys:
        respond(dashboard, KeyPressed(key), composer.seen)
    return before, composer.compose(dashboard, 0.0)


def test_a_window_that_no_line_tells_of(narrow: Dashboard) -> None:
    composer = Composer()
    frames_around(narrow, composer, "v")
    narrow.view.acted = False
    before, after = frames_around(narrow, composer, "+")
    assert before.lines() == after.lines()
    assert tell_unseen(narrow, before, after, whole=True)
    assert narrow.view.said == NOTHING_SEEN
    assert NOTHING_SEEN in composer.compose(narrow, 0.0).lines()[-1]
    # The sentence comes once, and the next key takes it back.
    assert not tell_unseen(narrow, after, after, whole=True)
    frames_around(narrow, composer, "escape")
    assert not narrow.view.said


def test_changes_that_were_seen_or_told_are_not_told_again(narrow: Dashboard) -> None:
    composer = Composer()
    before, after = frames_around(narrow, composer, "v")
    assert not tell_unseen(narrow, before, after, whole=True)
    assert not narrow.view.acted
    before, after = frames_around(narrow, composer, "z")
    assert not tell_unseen(narrow, before, after, whole=True)
    assert "does nothing here" in narrow.view.said


def test_a_frame_that_is_not_whole_may_show_it_later(narrow: Dashboard) -> None:
    composer = Composer()
    frames_around(narrow, composer, "v")
    narrow.view.acted = False
    before, after = frames_around(narrow, composer, "+")
    assert not tell_unseen(narrow, before, after, whole=False)
    assert narrow.view.acted
    assert tell_unseen(narrow, before, after, whole=True)


def looked_at(dashboard: Dashboard, *keys: str) -> Composer:
    """Return what composed the frames of these keys, the last of them whole."""
    composer = Composer()
    respond(dashboard, Resized(120, 40))
    composer.compose(dashboard, NOW)
    for key in keys:
        respond(dashboard, KeyPressed(key), composer.seen)
        composer.compose(dashboard, NOW)
    return composer


@pytest.mark.parametrize("way", [(), ("down",), ("t", "*", "t"), ("t", "*", "t", "right"), ("w",)])
@pytest.mark.parametrize("keys", [("+",), ("+", "["), ("s",), ("x", "down"), ("v", "left")])
def test_a_key_about_all_charts_is_answered_by_the_focused_one_alone(
    dashboard: Dashboard, way: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    *before, last = keys
    composer = looked_at(dashboard, *way, *before)
    newest, page = composer.hits.frame, composer.hits.page
    shown = newest.part(Rect(0, 0, newest.width, newest.height))
    assert composer.answer(dashboard, NOW) is None, "no key was pressed"
    charts = dashboard.view.charts
    looked_at_before = charts.framing, charts.cursor
    respond(dashboard, KeyPressed(last), composer.seen)
    answer = composer.answer(dashboard, NOW)
    assert (newest.glyphs, newest.styles) == (shown.glyphs, shown.styles), "it is on the screen"
    frame = composer.compose(dashboard, NOW, hurried=True)
    while not composer.whole:
        frame = composer.compose(dashboard, NOW, hurried=True)
    if (charts.framing, charts.cursor) == looked_at_before:
        assert answer is None, "the key is about something else"
        return
    assert answer is not None
    assert page.focus is not None
    for y in range(answer.height):
        for x in range(answer.width):
            source = frame if page.focus.holds(x, y) else shown
            assert answer.glyphs[y][x] == source.glyphs[y][x]
            assert answer.styles[y][x] == source.styles[y][x]
    assert frame.lines() == Composer().compose(dashboard, NOW).lines()
    assert composer.answer(dashboard, NOW) is None, "all is shown"


def test_an_answer_draws_one_chart(dashboard: Dashboard) -> None:
    composer = looked_at(dashboard)
    respond(dashboard, KeyPressed("+"))
    computed = composer.memo.computed
    assert composer.answer(dashboard, NOW) is not None
    # The chart is computed, and numbers that tell how charts are looked at.
    assert composer.memo.computed - computed <= 3


def test_after_an_answer_a_frame_draws_all_that_it_has_time_for(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    composer = looked_at(dashboard)
    count = len(composer.hits.page.charts)
    assert count > 2
    respond(dashboard, KeyPressed("+"))
    drawn = count_pictures(monkeypatch)
    assert composer.answer(dashboard, NOW) is not None
    composer.compose(dashboard, NOW, hurried=True)
    assert len(drawn) == count


@pytest.mark.parametrize("other", ["size", "chart", "run", "screen", "not whole", "enlarged"])
def test_where_another_page_comes_no_chart_of_it_lies_on_the_one_before(
    dashboard: Dashboard, other: str
) -> None:
    composer = looked_at(dashboard, *["enter"] * (other == "enlarged"))
    respond(dashboard, KeyPressed("+"), composer.seen)
    if other == "size":
        respond(dashboard, Resized(121, 40))
    elif other == "not whole":
        composer.whole = False
    elif other == "run":
        respond(dashboard, KeyPressed("r"), composer.seen)
    elif other in ("chart", "screen"):
        respond(dashboard, KeyPressed("right" if other == "chart" else "?"), composer.seen)
    assert composer.answer(dashboard, NOW) is None


def drawn_ahead(dashboard: Dashboard, composer: Composer) -> Iterator[None]:
    """Return the steps that draw what the newest key would show if it were pressed again."""
    moved_by = dashboard.view.charts.moved_by
    assert moved_by is not None
    moved = moved_again(dashboard, moved_by)
    assert moved is not None
    return composer.draw_ahead(moved, NOW)


WAYS_TO_CHARTS = {
    "one run": (),
    "runs compared": ("t", "*", "t"),
    "one chart": ("enter",),
    "one chart of compared runs": ("t", "*", "t", "right", "enter"),
    "at the cursor": ("v", "left"),
}


@pytest.mark.parametrize("way", WAYS_TO_CHARTS.values(), ids=WAYS_TO_CHARTS)
@pytest.mark.parametrize("keys", [("+",), ("+", "["), ("+", "[", "[", "]"), ("+", "[", "-")])
def test_a_key_finds_the_charts_of_its_window_drawn(
    dashboard: Dashboard,
    monkeypatch: pytest.MonkeyPatch,
    way: tuple[str, ...],
    keys: tuple[str, ...],
) -> None:
    composer = looked_at(dashboard, *way, "+", "+", *keys)
    charts, frame = dashboard.view.charts, composer.hits.frame
    framing = charts.framing
    expected = len({chart.box for chart in composer.hits.page.charts})
    drawn = count_pictures(monkeypatch)
    for _ in drawn_ahead(dashboard, composer):
        assert len(drawn) <= expected
    # Where the key came from this window, or leads back to one that was seen, nothing is drawn.
    assert len(drawn) in ((0, expected) if keys[-1] in "]-" else (expected,))
    assert drawn[:1] in ([], [composer.hits.page.focus or drawn[0]])
    assert (charts.framing, composer.hits.frame) == (framing, frame)
    drawn.clear()
    list(drawn_ahead(dashboard, composer))
    respond(dashboard, KeyPressed(keys[-1]), composer.seen)
    answer = composer.answer(dashboard, NOW)
    assert (answer is None) == (expected == 1)
    kept = composer.compose(dashboard, NOW, hurried=True)
    assert (drawn, composer.whole) == ([], True)
    fresh = Composer().compose(dashboard, NOW)
    assert (kept.lines(), kept.styles) == (fresh.lines(), fresh.styles)


def test_nothing_is_drawn_ahead_of_what_has_come(
    dashboard: Dashboard, batch: Callable[..., RunRows], monkeypatch: pytest.MonkeyPatch
) -> None:
    composer = looked_at(dashboard, "+", "+", "[")
    steps, drawn = drawn_ahead(dashboard, composer), count_pictures(monkeypatch)
    next(steps)
    more = batch({"train/loss": [1.0]}, steps=[2500], run_id="id2", first_id=9000)
    dashboard.apply(RowsLoaded(ProjectId("", "my-experiment"), 0, [more], 6001))
    assert (list(steps), len(drawn)) == ([], 1)


def test_a_memo_has_room_for_a_window_and_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # As on a terminal so large that a few screens of it are the bound.
    monkeypatch.setattr(memo, "_CELLS", 0)
    wide = Dashboard(width=200, height=50)
    wide.watch(P)
    wide.apply(LoadStarted(P, 0, 400))
    steps = array("d", range(400))
    column = MetricColumn(array("I", range(400)), array("d", [row % 7 for row in range(400)]))
    metrics = {f"m{number}": column for number in range(40)}
    wide.apply(RowsLoaded(P, 0, [RunRows("r", "r", 400, steps, steps, metrics)], 400))
    wide.apply(LoadFinished(P, 0))
    composer = Composer()
    for key in ("+", "+", "["):
        respond(wide, KeyPressed(key), composer.seen)
        composer.compose(wide, NOW)
    assert len(composer.hits.page.charts) >= 12
    list(drawn_ahead(wide, composer))
    before = composer.memo.computed
    assert list(drawn_ahead(wide, composer)) == []
    composer.compose(wide, NOW)
    assert composer.memo.computed == before


def test_a_screen_without_a_window_draws_nothing_ahead(dashboard: Dashboard) -> None:
    composer = looked_at(dashboard, "?")
    assert list(composer.draw_ahead(dashboard, NOW)) == []


def test_of_a_screen_that_is_too_small_three_lines_in_the_middle_say_so() -> None:
    lines = Composer().compose(Dashboard(width=30, height=7), NOW).lines()
    assert [line.strip() for line in lines] == [
        *("", ""),
        *("30x7 is too small,", "40x12 would do.", "q quits"),
        *("", ""),
    ]
