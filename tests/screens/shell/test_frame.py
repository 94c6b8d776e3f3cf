"""The screens as a person sees them: golden frames, and properties that hold at every size."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pressing import press
from tests.screens.conftest import count_pictures
from trackio_view.charts.palette import MUTED
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    Notice,
    PreviewLoaded,
    ProgramOrigin,
    ProjectOrigin,
    RowsLoaded,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens import memo
from trackio_view.screens.shell.frame import NOTHING_SEEN, Composer, tell_unseen
from trackio_view.series.series import MetricColumn
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.charts.chart_responses import moved_again
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")

NOW = 1_700_000_000.0

KEYS = [*"+-rRp?", "left", "right", "up", "down", "enter", "escape"]
KEYS += ["page_down", "page_up", "home", "end", "space"]
SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]


pytestmark = pytest.mark.usefixtures("utc")


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("metrics", ()),
        ("zoomed", ("+", "+", "right", "down")),
        ("enlarged", ("enter",)),
        ("help", ("?",)),
        ("projects", ("p", "down")),
    ],
)
def test_golden(show, golden, name, keys, width, height) -> None:
    golden(f"{name}-{width}x{height}", show(width, height, *keys))


def test_golden_ascii(show, golden) -> None:
    frame = show(80, 24, unicode=False)
    assert "".join(frame.lines()).isascii()
    golden("metrics-ascii-80x24", frame)


# The characters of code page 437, which the fonts of consoles have.
CONSOLE = set("─│┌┐└┘├┤┬┴┼═║▀▄█▌▐░▒▓■•○►◄▲▼←→↑↓·∞°±♦")


def on_a_console(dashboard: Dashboard) -> Frame:
    frame = Composer(Repertoire.BLOCKS).compose(dashboard, NOW)
    return resolved(frame, Look(repertoire=Repertoire.BLOCKS))


@pytest.mark.parametrize("keys", [(), ("enter",), ("?",), ("p",), ("t",), ("t", "*", "v"), ("i",)])
def test_a_console_is_shown_only_what_its_font_has(dashboard, keys) -> None:
    respond(dashboard, Resized(120, 40))
    press(dashboard, *keys)
    shown = "".join(on_a_console(dashboard).lines())
    names = "".join(summary.name for summary in dashboard.known.summaries)
    assert {glyph for glyph in shown if not glyph.isascii()} <= CONSOLE | set(names)


@pytest.mark.parametrize("key", ["p", "c", ":"])
def test_what_lies_over_a_page_takes_its_colours_away(dashboard, key) -> None:
    respond(dashboard, Resized(120, 40))
    page = Composer().compose(dashboard, NOW)
    assert MUTED not in page.styles[1][:3]
    press(dashboard, key)
    frame = Composer().compose(dashboard, NOW)
    assert frame.glyphs[1][:2] == page.glyphs[1][:2]
    assert frame.styles[1][:2] == [MUTED] * 2
    assert frame.styles[0] == page.styles[0]


def test_golden_on_a_console(dashboard, golden) -> None:
    respond(dashboard, Resized(80, 24))
    golden("metrics-console-80x24", on_a_console(dashboard))


def test_golden_while_loading(golden, batch) -> None:
    dashboard = Dashboard(width=100, height=24)
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 0, 1000))
    rows = batch({"loss": [5.0, 4.0, 2.0]}, steps=[0, 500, 999], times=[1.0, 2.0, 3.0])
    dashboard.apply(PreviewLoaded(P, 0, [rows]))
    dashboard.apply(RowsLoaded(P, 0, [rows], 250))
    golden("loading-100x24", Composer().compose(dashboard, 10.0))


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24)])
def test_a_notice_is_a_line_and_nothing_else_gives_way(show, dashboard, width, height) -> None:
    before = show(width, height).lines()
    dashboard.apply(Notice(ProjectOrigin(P), "database is locked", Severity.ERROR))
    after = show(width, height).lines()
    changed = [y for y in range(height) if before[y] != after[y]]
    assert len(changed) == 1
    assert "database is locked" in after[changed[0]]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    width=st.integers(1, 400),
    height=st.integers(1, 100),
    keys=st.lists(
        st.sampled_from(KEYS),
        max_size=8,
    ),
)
def test_every_size_and_every_key_gives_a_whole_frame(dashboard, width, height, keys) -> None:
    respond(dashboard, Resized(width, height))
    press(dashboard, *keys)
    frame = Composer().compose(dashboard, 1_700_000_000.0)
    assert len(frame.glyphs) == len(frame.styles) == height
    for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True):
        assert len(glyphs) == len(styles) == width


HOSTILE = [
    "\x1b[2J\x1b]0;title\x07",
    "new\nline",
    "日本語の名前🚀",
    "é̂ñ",
    "\u202egnirts",
    "",
    "\x9b31m",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_name_reaches_a_cell_as_a_control_character(name, width, height, batch) -> None:
    dashboard = Dashboard(width=width, height=height)
    dashboard.watch(ProjectId("", name))
    dashboard.apply(LoadStarted(ProjectId("", name), 0, 1))
    dashboard.apply(
        PreviewLoaded(ProjectId("", name), 0, [batch({name: [1.0, 2.0]}, run_name=name)])
    )
    dashboard.apply(Notice(ProjectOrigin(ProjectId("", name)), f"fault of {name}"))
    composer = Composer()
    for key in ("", "?", "p"):
        respond(dashboard, KeyPressed(key))
        for row in resolved(composer.compose(dashboard, 0.0), Look()).glyphs:
            assert not any(unicodedata.category(char)[0] == "C" for char in "".join(row))


def test_a_focus_move_draws_no_chart_anew(show, dashboard) -> None:
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    composer.compose(dashboard, 0.0)
    computed = composer.memo.computed
    respond(dashboard, KeyPressed("right"))
    composer.compose(dashboard, 0.0)
    assert composer.memo.computed == computed


def test_new_rows_are_drawn(show, dashboard, batch) -> None:
    before = show(80, 24).lines()
    rows = batch({"train/loss": [9.5]}, steps=[2000], run_id="id2", first_id=9000)
    dashboard.apply(RowsLoaded(ProjectId("", "my-experiment"), 0, [rows], 6001))
    after = show(80, 24).lines()
    assert before != after
    assert any("9.5" in line for line in after)


def test_the_help_scrolls_back_from_its_end_at_once(show) -> None:
    end = show(80, 24, "?", "end").lines()
    further = show(80, 24, "page_down").lines()
    assert further[:-2] == end[:-2]
    assert "this is the last page" in further[-2]
    assert show(80, 24, "up").lines() != end


def test_the_help_tells_first_of_the_screen_that_it_lies_over(show) -> None:
    lines = "\n".join(show(80, 24, "t", "?").lines())
    assert "sort by the column" in lines
    assert "zoom in" not in lines


def test_the_header_tells_how_far_the_run_is_where_its_config_plans_it(batch) -> None:
    dashboard = Dashboard(width=120, height=24)
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 0, 3))
    rows = batch({"loss": [5.0, 4.0, 2.0]}, steps=[0, 500, 1000], times=[0.0, 50.0, 100.0])
    dashboard.apply(RowsLoaded(P, 0, [rows], 3))
    assert dashboard.project is not None
    (run,) = dashboard.project.runs.values()
    run.config = {"trainer": {"max_steps": 2000}}

    def header(now: float) -> str:
        return Composer().compose(dashboard, now).lines()[0]

    assert header(100.0).endswith("step 1,000 of 2,000 · 10.0/s · ETA 1:40")
    # No time left is told of a run that does not look live.
    assert header(9_000.0).endswith("step 1,000 of 2,000 · 10.0/s")
    run.config = {"max_steps": 999}
    assert header(9_000.0).endswith("step 1,000 · 10.0/s")


def test_a_long_name_leaves_room_for_the_state_and_the_step(batch) -> None:
    dashboard = Dashboard(width=60, height=24)
    dashboard.watch(ProjectId("", "p" * 50))
    dashboard.apply(LoadStarted(ProjectId("", "p" * 50), 0, 1))
    rows = batch({"loss": [5.0]}, steps=[7], run_name="run-" * 20)
    dashboard.apply(RowsLoaded(ProjectId("", "p" * 50), 0, [rows], 1))
    header = Composer().compose(dashboard, NOW).lines()[0]
    assert header.startswith(" run-run-run-run…run-  ")
    assert header.endswith("step 7")
    assert "live" in header


def test_values_keep_their_place_while_their_changes_shrink(batch) -> None:
    """A change of one in ten thousand takes as much room as one of one in ten."""
    places = set()
    for change in (0.1, 0.01, 0.001, 1.7e-4, 3e-9):
        dashboard = Dashboard(width=80, height=24)
        dashboard.watch(P)
        dashboard.apply(LoadStarted(P, 0, 2))
        rows = batch({"loss": [0.75, 0.75 + change]}, steps=[0, 1])
        dashboard.apply(RowsLoaded(P, 0, [rows], 2))
        border = Composer().compose(dashboard, 0.0).lines()[1]
        assert f"▲ {change:.4f}" in border or "e-" in border
        places.add(border.index("0.7") if "0.7" in border else border.index("0.8"))
    assert len(places) == 1


def test_counts_are_written_as_counts(batch) -> None:
    dashboard = Dashboard(width=120, height=24)
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 0, 2))
    metrics = {"tokens": [4.0, 512.0, 1024.0], "loss": [1.0, 0.75, 0.5], "acc": [0.0, 0.5, 1.0]}
    rows = batch(metrics, steps=[0, 1, 2])
    dashboard.apply(RowsLoaded(P, 0, [rows], 2))
    text = "\n".join(Composer().compose(dashboard, 0.0).lines())
    assert "1,024  ▲ 1,020" in text
    assert "0.5000  ▼ 0.5000" in text
    # The values at the ends are 0 and 1 by chance.
    assert "1.0000  ▲ 1.0000" in text


def test_a_demo_that_fails_is_not_said_to_be_read() -> None:
    dashboard = Dashboard(width=80, height=24)
    dashboard.watch(ProjectId("", "demo"))
    dashboard.apply(Notice(ProgramOrigin.DEMO, "the demo training failed: no luck"))
    lines = "\n".join(Composer().compose(dashboard, 0.0).lines())
    assert "Reading" not in lines
    assert "the demo training failed" in lines


@pytest.mark.parametrize("text", ["Waiting for the first row.", "The file is no database."])
def test_a_project_that_a_notice_keeps_from_view_is_not_said_to_be_read(text) -> None:
    dashboard = Dashboard(width=80, height=24)
    dashboard.watch(ProjectId("", "soon"))
    assert "Reading soon" in "\n".join(Composer().compose(dashboard, 0.0).lines())
    dashboard.apply(Notice(ProjectOrigin(ProjectId("", "soon")), text))
    lines = "\n".join(Composer().compose(dashboard, 0.0).lines())
    assert "Reading" not in lines
    assert "No rows yet of" in lines
    assert text in lines


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


P = ProjectId("", "p")


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
