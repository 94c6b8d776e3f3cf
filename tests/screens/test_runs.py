"""The table of runs as a person sees it and works with it."""

from __future__ import annotations

import math
import re
from array import array
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pressing import press
from trackio_view.charts.palette import LINE_COLORS
from trackio_view.model.events import (
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectRenamed,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.screens.panels import run_cells
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn
from trackio_view.terminal.glyphs import WARNING_SIGN, Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.marks import home_appearance
from trackio_view.view.responses import respond

SWEEP = ProjectId("", "sweep")

NOW = 1_700_000_000.0
SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]


pytestmark = pytest.mark.usefixtures("utc")


def rows_of(run: int, rows: int = 100, *, name: str | None = None, ago: float = 5.0) -> RunRows:
    places = array("I", range(rows))
    loss = array("d", (0.3 + run * 0.1 + math.exp(-row / 20) for row in range(rows)))
    accuracy = array("d", (0.9 - run * 0.05 for _ in range(rows)))
    times = array("d", (NOW - ago - (rows - row) * 0.5 for row in range(rows)))
    columns = {"train/loss": MetricColumn(places, loss), "acc": MetricColumn(places, accuracy)}
    steps = array("d", range(rows))
    return RunRows(
        f"id{run}", name or f"forest-{run}", (run + 1) * rows, steps, times, columns, rows - 1
    )


def config_of(run: int) -> dict[str, Any]:
    return {
        "_Group": "x",
        "optimizer": {"lr": 10.0 ** -(run % 3 + 1), "name": "adam"},
        "max_steps": 200,
        "seed": run,
    }


def fill(dashboard: Dashboard, project: ProjectId, count: int = 6, rows: int = 100) -> None:
    dashboard.known.projects.setdefault(project, type(dashboard.known.projects[SWEEP])(project))
    dashboard.apply(LoadStarted(project, 0, count * rows))
    ages = [5.0, 5.0, 200.0, 90_000.0]
    batches = [rows_of(run, rows, ago=ages[run % 4]) for run in range(count)]
    dashboard.apply(RowsLoaded(project, 0, batches, count * rows))
    details = [
        RunDetails(f"id{run}", f"forest-{run}", config_of(run), ("baseline", "wide")[run % 2])
        for run in range(count)
        if run != 5
    ]
    dashboard.apply(DetailsLoaded(project, 0, details))
    dashboard.apply(LoadFinished(project, 0))


@pytest.fixture
def dashboard() -> Dashboard:
    made = Dashboard(width=120, height=40)
    made.watch(SWEEP)
    fill(made, SWEEP)
    return made


def type_text(dashboard: Dashboard, text: str) -> None:
    press(dashboard, *("space" if character == " " else character for character in text))


def screen(dashboard: Dashboard, *, unicode: bool = True) -> list[str]:
    return resolved(
        Composer(Repertoire.BRAILLE if unicode else Repertoire.ASCII).compose(dashboard, NOW),
        Look(repertoire=Repertoire.BRAILLE if unicode else Repertoire.ASCII),
    ).lines()


def listed(dashboard: Dashboard) -> list[str]:
    lines = dashboard.runs_table(NOW).lines
    return [line.entry.run.name if line.entry else line.identity for line in lines]  # type: ignore[misc]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("runs", ("t",)),
        ("runs-sorted-marked", ("t", "space", "down", "space", "right", "right", "s")),
        ("runs-grouped", ("t", "G", "down", "enter")),
        ("runs-columns", ("t", "c", "down")),
        ("runs-filter", ("t", "/", *"lr<0.05")),
        ("runs-fault", ("t", "/", *"lr<0.05", "space", *"(x")),
    ],
)
def test_golden(
    dashboard: Dashboard, golden: Any, name: str, keys: Any, width: int, height: int
) -> None:
    respond(dashboard, Resized(width, height))
    press(dashboard, *keys)
    golden(f"{name}-{width}x{height}", Composer().compose(dashboard, NOW))


def test_golden_ascii(dashboard: Dashboard, golden: Any) -> None:
    press(dashboard, "t", "space", "G", "down", "enter")
    frame = Composer(Repertoire.ASCII).compose(dashboard, NOW)
    frame = resolved(frame, Look(repertoire=Repertoire.ASCII))
    assert "".join(frame.lines()).isascii()
    golden("runs-ascii-120x40", frame)


KEYS = [*"tscoGx*/apgdvf?hjkl", "enter", "escape", "space", "backspace"]
KEYS += ["left", "right", "up", "down", "page_down", "page_up", "home", "end"]


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    width=st.integers(1, 250),
    height=st.integers(1, 60),
    keys=st.lists(st.sampled_from(KEYS), max_size=12),
)
def test_every_size_and_every_key_gives_a_whole_frame(
    width: int, height: int, keys: list[str]
) -> None:
    dashboard = Dashboard()
    dashboard.watch(SWEEP)
    fill(dashboard, SWEEP, rows=5)
    respond(dashboard, Resized(width, height))
    press(dashboard, "t")
    composer = Composer()
    for key in keys:
        press(dashboard, key)
        frame = composer.compose(dashboard, NOW)
        assert [len(row) for row in frame.glyphs] == [width] * height
        assert [len(row) for row in frame.styles] == [width] * height


def test_a_column_sorts_its_own_way_then_the_other_then_not(dashboard: Dashboard) -> None:
    press(dashboard, "t")
    before = listed(dashboard)
    keys = [column.key for column in dashboard.runs_table(NOW).columns]
    press(dashboard, *["right"] * keys.index("best:train/loss"))
    assert dashboard.view.runs.column == "best:train/loss"
    press(dashboard, "s")
    assert listed(dashboard) == [f"forest-{run}" for run in range(6)]
    assert "by best train/loss ▲" in screen(dashboard)[0]
    press(dashboard, "s")
    assert listed(dashboard) == [f"forest-{run}" for run in reversed(range(6))]
    press(dashboard, "s")
    assert listed(dashboard) == before


def test_the_cursor_stays_on_its_run_while_the_order_changes(dashboard: Dashboard) -> None:
    press(dashboard, "t", "down", "down")
    table = dashboard.runs_table(NOW)
    line = dashboard.view.runs.line(table)
    press(dashboard, "right", "s")
    moved = dashboard.view.runs.line(dashboard.runs_table(NOW))
    assert line is not None
    assert moved is not None
    assert moved.identity == line.identity


def test_a_filter_holds_while_it_is_typed_and_a_fault_keeps_the_last(dashboard: Dashboard) -> None:
    press(dashboard, "t", "/")
    type_text(dashboard, "seed<2")
    assert len(listed(dashboard)) == 2
    type_text(dashboard, " (")
    assert len(listed(dashboard)) == 2
    assert any("this ( is not closed" in line for line in screen(dashboard))
    press(dashboard, "enter")
    assert dashboard.view.mode is Mode.RUN_FILTER, "a fault is there to be mended"
    press(dashboard, "backspace", "enter")
    assert dashboard.view.mode is Mode.RUNS
    assert "2 of 6 runs" in screen(dashboard)[0]
    press(dashboard, "/", "x", "escape")
    assert dashboard.view.runs.filter == "seed<2 "
    press(dashboard, "/", *["backspace"] * 7, "enter")
    assert len(listed(dashboard)) == 6


@pytest.mark.parametrize("text", ["seed<2", "seed<2 OR seed>900", "seed<2 OR " * 8 + "seed>900"])
def test_a_filter_stands_apart_in_the_header_or_not_at_all(dashboard: Dashboard, text: str) -> None:
    press(dashboard, "t", "/")
    type_text(dashboard, text)
    press(dashboard, "enter")
    for width in range(40, 161):
        respond(dashboard, Resized(width, 24))
        behind = screen(dashboard)[0].partition(" runs")[2]
        assert re.fullmatch(rf"  (filter )?{re.escape(text)}|\s*", behind.rstrip()), width


def test_a_field_that_no_run_has_is_told(dashboard: Dashboard) -> None:
    press(dashboard, "t", "/")
    type_text(dashboard, "sed<2 lr>0")
    assert any("no run has sed" in line for line in screen(dashboard)[2:-1])
    assert "no run has sed" in screen(dashboard)[-1]
    press(dashboard, "enter")
    assert any("no run has sed" in line for line in screen(dashboard))


def test_a_typed_filter_is_seen_whatever_there_is_to_say(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(60, 12))
    press(dashboard, "t", "/")
    type_text(dashboard, "seed<2")
    dashboard.apply(Notice(ProjectOrigin(SWEEP), "Something happened.", subject="x"))
    assert "seed<2" in screen(dashboard)[-1]


def test_a_notice_names_its_project_where_another_is_on_screen(dashboard: Dashboard) -> None:
    fill(dashboard, ProjectId("", "other"), 2)
    dashboard.apply(Notice(ProjectOrigin(SWEEP), "Gone.", subject="x"))
    assert any(" Gone." in line and "sweep: Gone" not in line for line in screen(dashboard))
    dashboard.watch(ProjectId("", "other"))
    assert any("sweep: Gone." in line for line in screen(dashboard))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_fault_is_in_words_at_every_width(dashboard: Dashboard, width: int) -> None:
    respond(dashboard, Resized(width, 12))
    press(dashboard, "t", "/")
    type_text(dashboard, "lr<0.05 name:forest (seed<2 ")
    assert "this ( is not" in screen(dashboard)[-1]
    assert "(seed" in screen(dashboard)[-1]


def test_columns_left_out_are_counted_and_the_cursor_brings_them(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(80, 24))
    press(dashboard, "t")
    columns = dashboard.runs_table(NOW).columns
    heading = screen(dashboard)[1]
    assert "‹" not in heading
    shown = len(re.split(r"  +", heading.strip())) - 1
    assert heading.endswith(f"+{len(columns) - shown}›")
    for place in range(1, len(columns)):
        press(dashboard, "right")
        heading = screen(dashboard)[1]
        before, after = (re.search(sign, heading) for sign in (r"‹\+(\d+)", r"\+(\d+)›"))
        assert not before or heading.startswith(" ‹"), "at the edge"
        assert not after or heading.endswith("›")
        titles = re.sub(r"^ ‹\S+|\+\d+›$", "", heading).strip()
        shown = len(re.split(r"  +", titles))
        assert shown + sum(int(it[1]) for it in (before, after) if it) == len(columns), heading
        title = columns[place].title
        short = "trend" if title.endswith(" trend") else title.split("/")[-1]
        assert title in heading or short in heading or "…" in heading
    assert "›" not in heading, "nothing is further to the right"
    plain = screen(dashboard, unicode=False)[1]
    assert re.match(r" <\+\d+ ", plain)


def test_headings_name_their_metric_by_what_is_its_alone(dashboard: Dashboard) -> None:
    def headings() -> str:
        return " ".join(screen(dashboard)[1].split())

    respond(dashboard, Resized(200, 24))
    press(dashboard, "t")
    assert "loss trend train/loss best loss acc best acc" in headings()
    columns = ("name", "last:train/loss", "best:train/loss", "last:val/loss", "best:val/loss")
    view = dashboard.view.runs
    view.arrangement = view.arrangement._replace(columns=columns)
    assert headings() == "run train/loss best train/loss val/loss best val/loss"
    # The column with the whole name is left out.
    view.arrangement = view.arrangement._replace(columns=("name", "best:train/loss"))
    assert headings() == "run best train/loss"


def test_a_trend_has_the_colour_of_its_run_and_costs_a_glance(dashboard: Dashboard) -> None:
    press(dashboard, "t", "space")
    runs = [line.entry for line in dashboard.runs_table(NOW).lines if line.entry is not None]
    marks = dashboard.view.marks.appearances
    # Another run was marked before and took the look that the last run has by itself.
    dashboard.view.marks.appearances[runs[0].key] = home_appearance(runs[-1].key)
    dashboard.view.marks.mark([runs[-1].key])
    assert marks[runs[-1].key] != home_appearance(runs[-1].key)
    frame = Composer().compose(dashboard, NOW)
    x = screen(dashboard)[1].index("loss trend")
    for y, entry in enumerate(runs, 2):
        look = marks.get(entry.key) or home_appearance(entry.key)
        if y != 3:
            # The whole line under the cursor has one style.
            assert frame.styles[y][x].foreground == LINE_COLORS[look.color]
        assert "".join(frame.glyphs[y][x : x + 12]) == "▇▆▆▅▅▄▃▃▂▂▁▁"


def test_marks(dashboard: Dashboard) -> None:
    press(dashboard, "t", "/")
    type_text(dashboard, "seed<3")
    press(dashboard, "enter", "*")
    assert {key.run_id for key in dashboard.view.marks.runs} == {"id0", "id1", "id2"}
    press(dashboard, "o")
    assert len(dashboard.view.marks) == 1
    press(dashboard, "x")
    assert len(dashboard.view.marks) == 0
    press(dashboard, "space", "space")
    assert len(dashboard.view.marks) == 2, "after a mark the next run is at hand"


def test_a_group_is_marked_whole_and_folded(dashboard: Dashboard) -> None:
    press(dashboard, "t", "G", "down", "enter", "home")
    assert listed(dashboard)[0] == "group = baseline"
    press(dashboard, "space", "home")
    assert len(dashboard.view.marks) == 3
    press(dashboard, "enter")
    assert listed(dashboard)[:2] == ["group = baseline", "group = wide"]
    press(dashboard, "space")
    assert len(dashboard.view.marks) == 0


def test_columns_are_chosen_and_moved(dashboard: Dashboard) -> None:
    press(dashboard, "t", "c", "space")
    keys = [column.key for column in dashboard.runs_table(NOW).columns]
    assert keys[0] == "name"
    press(dashboard, "space")
    assert dashboard.runs_table(NOW).columns[0].key == "name", "every line has a name"
    press(dashboard, "right", "escape")
    assert dashboard.runs_table(NOW).columns[1].key == "name"
    press(dashboard, "c", "end", "enter", "escape")
    assert len(dashboard.runs_table(NOW).columns) == len(keys) + 1


def test_enter_and_v_bring_the_run_on_screen(dashboard: Dashboard) -> None:
    press(dashboard, "t", "end")
    line = dashboard.view.runs.line(dashboard.runs_table(NOW))
    press(dashboard, "v")
    assert line is not None
    assert line.entry is not None
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.run is line.entry.run
    press(dashboard, "t", "home", "enter")
    assert dashboard.run is not line.entry.run


def test_all_projects_or_one(dashboard: Dashboard) -> None:
    fill(dashboard, ProjectId("", "other"), 2)
    press(dashboard, "t")
    assert len(listed(dashboard)) == 6
    press(dashboard, "a")
    assert len(listed(dashboard)) == 8
    assert "2 projects" in screen(dashboard)[0]


def test_the_rows_fit_the_columns_as_soon_as_other_runs_are_listed(dashboard: Dashboard) -> None:
    fill(dashboard, ProjectId("", "other"), 2)
    composer = Composer()
    press(dashboard, "t")
    composer.compose(dashboard, NOW)
    press(dashboard, "a")
    again = composer.compose(dashboard, NOW).lines()
    assert again == screen(dashboard)


def test_f_pins_the_run_that_the_cursor_is_on(dashboard: Dashboard) -> None:
    press(dashboard, "t", "down", "down", "f")
    line = dashboard.view.runs.line(dashboard.runs_table(NOW))
    assert line is not None
    assert dashboard.view.marks.pinned == line.identity
    press(dashboard, "end")
    frame = Composer().compose(dashboard, NOW)
    reversed_rows = [y for y, row in enumerate(frame.styles) if any(one.reverse for one in row)]
    assert reversed_rows == [4], "its marker stands out"


def test_a_project_without_runs() -> None:
    dashboard = Dashboard(width=80, height=24)
    press(dashboard, "t")
    assert any("no project there yet" in line for line in screen(dashboard))
    dashboard.watch(ProjectId("", "empty"))
    assert any("reading" in line for line in screen(dashboard))
    dashboard.apply(LoadStarted(ProjectId("", "empty"), 0, 0))
    dashboard.apply(LoadFinished(ProjectId("", "empty"), 0))
    press(dashboard, "down", "s", "space", "o", "enter", "v", "t", "t", "c", "enter", "escape")
    assert any("no runs there yet" in line for line in screen(dashboard))


def test_two_runs_of_one_name_show_their_ids(dashboard: Dashboard) -> None:
    dashboard.apply(RowsLoaded(SWEEP, 0, [rows_of(9, name="forest-5")], 0))
    press(dashboard, "t")
    text = "\n".join(screen(dashboard))
    assert "forest-5 (id5)" in text
    assert "forest-5 (id9)" in text


def test_a_run_renamed_while_live_stays_one_run(dashboard: Dashboard) -> None:
    renamed = RunDetails("id1", "renamed", config_of(1))
    dashboard.apply(DetailsLoaded(SWEEP, 0, [renamed]))
    # The writer goes on logging under the old name.
    dashboard.apply(RowsLoaded(SWEEP, 0, [rows_of(1)], 0))
    assert sorted(listed(dashboard)).count("renamed") == 1
    assert len(listed(dashboard)) == 6


def test_a_resumed_run_shows_the_config_that_replaced_the_old(dashboard: Dashboard) -> None:
    assert dashboard.known.projects[SWEEP].runs["id1"].flat_config["seed"] == 1
    dashboard.apply(DetailsLoaded(SWEEP, 0, [RunDetails("id1", "forest-1", {"seed": 77})]))
    press(dashboard, "t", "/")
    type_text(dashboard, "seed=77 -lr>0")
    assert listed(dashboard) == ["forest-1"]


def test_rows_for_a_deleted_run_make_a_run_without_config(dashboard: Dashboard) -> None:
    dashboard.apply(LoadStarted(SWEEP, 1, 0))
    dashboard.apply(DetailsLoaded(SWEEP, 1, []))
    dashboard.apply(LoadFinished(SWEEP, 1))
    dashboard.apply(RowsLoaded(SWEEP, 1, [rows_of(0)], 0))
    assert listed(dashboard) == ["forest-0"]
    run = dashboard.known.projects[SWEEP].runs["id0"]
    assert run.config is None
    press(dashboard, "t")
    assert any("forest-0" in line for line in screen(dashboard))


def test_a_heartbeat_keeps_a_run_live(dashboard: Dashboard) -> None:
    press(dashboard, "t", "/")
    type_text(dashboard, "state:live")
    assert "forest-3" not in listed(dashboard)
    dashboard.apply(HeartbeatsLoaded(SWEEP, 0, {"id3": NOW - 20}))
    assert "forest-3" in listed(dashboard)


def test_a_renamed_project_stays_on_screen(dashboard: Dashboard) -> None:
    press(dashboard, "t", "space", "enter")
    page = dashboard.page_run
    renamed = ProjectId("", "newname")
    dashboard.apply(ProjectRenamed(SWEEP, "newname"))
    assert page is not None
    assert dashboard.page_run == page
    press(dashboard, "escape")
    assert dashboard.watched == {renamed}
    assert len(listed(dashboard)) == 6
    assert [key.project for key in dashboard.view.marks.runs] == [renamed]
    dashboard.apply(LoadStarted(renamed, 1, 0))
    assert len(listed(dashboard)) == 6, "what was read stays until it is read anew"


def test_only_lines_on_screen_are_made_and_keys_make_none_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dashboard = Dashboard(width=120, height=30)
    dashboard.watch(SWEEP)
    fill(dashboard, SWEEP, 1_000, rows=3)
    made: list[object] = []
    real = run_cells._run_row
    monkeypatch.setattr(
        run_cells,
        "_run_row",
        lambda entry, *rest: (made.append(entry), real(entry, *rest))[1],
    )
    composer = Composer()
    press(dashboard, "t")
    composer.compose(dashboard, NOW)
    assert 0 < len(made) <= 30
    made.clear()
    for _ in range(10):
        press(dashboard, "down")
        composer.compose(dashboard, NOW)
    assert made == []
    press(dashboard, "page_down")
    composer.compose(dashboard, NOW)
    assert len(made) <= 30


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_live_run_beside_an_idle_gpu_of_this_machine_is_marked(
    dashboard, gpus_sampled, everywhere
) -> None:
    fill_other_project(dashboard)
    press(dashboard, "t", *"a" * everywhere)

    def marked() -> set[str]:
        return set(re.findall(rf"(\S+) {WARNING_SIGN} ", "\n".join(screen(dashboard))))

    for second in range(62):
        dashboard.apply(gpus_sampled(2, NOW - 62 + second, utilization=90.0))
    assert marked() == {"forest-2"}, "it went silent"
    for second in range(62):
        sampled = gpus_sampled(2, NOW + second, utilization=90.0)
        busy, idle = sampled.samples
        dashboard.apply(sampled._replace(samples=(busy, idle._replace(utilization=1.0))))
    live = {"forest-0", "forest-1", "forest-4", "forest-5"}
    assert marked() == {"forest-2"} | live | ({"other-0"} if everywhere else set())


def fill_other_project(dashboard: Dashboard) -> None:
    dashboard.meet(ProjectId("", "other"))
    dashboard.apply(LoadStarted(ProjectId("", "other"), 0, 100))
    dashboard.apply(RowsLoaded(ProjectId("", "other"), 0, [rows_of(0, name="other-0")], 100))
    dashboard.apply(LoadFinished(ProjectId("", "other"), 0))


def test_by_what_runs_are_grouped_is_told_as_a_whole_or_not_at_all(dashboard: Dashboard) -> None:
    press(dashboard, "t", "space", "right", "right", "s", "G", "down", "enter")
    told = []
    for width in range(40, 100):
        respond(dashboard, Resized(width, 24))
        line = Composer().compose(dashboard, NOW).lines()[0]
        assert ("groups by" in line) is ("groups by group" in line), width
        told.append("groups by" in line)
    assert sorted(told) == told
    assert len(set(told)) == 2
