"""The whole screens as a person sees them: golden frames, and what holds at every size."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pressing import press
from trackio_view.charts.palette import MUTED
from trackio_view.model.events import (
    LoadStarted,
    Notice,
    PreviewLoaded,
    ProgramOrigin,
    ProjectOrigin,
    RowsLoaded,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
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
def test_a_box_over_a_page_takes_the_pages_colours_away(dashboard, key) -> None:
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
