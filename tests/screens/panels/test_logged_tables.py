"""Tables on a run's page: their width, their rows in full, and earlier steps."""

from __future__ import annotations

import pytest

from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.objects import LoggedMedia, LoggedTable, RunObjects, TableMedium
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.panels.logged_tables import _row_lines
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.places import Seen
from trackio_view.view.responses import press, press_ahead, respond

NOW = 1_700_000_000.0
EXPERIMENT = ProjectId("", "my-experiment")
PROMPT = "Natalia sold clips to 48 of her friends in April, and then she sold half as many in May."
ANSWER = "<think>\n48 / 2 = 24\n48 + 24 = 72\n</think>\n72 " + "and so on " * 40 + "END"


def table(step: int, key: str = "completions", count: int = 3) -> LoggedTable:
    """Return a table that is logged every ten steps."""
    rows = tuple((str(step), f"{at} {PROMPT}", ANSWER, "1.0") for at in range(count))
    columns = ("step", "prompt", "completion", "reward")
    return LoggedTable(key, step, columns, rows, count, number=step // 10)


def log(dashboard: Dashboard, *tables: LoggedTable) -> None:
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", RunObjects(tables=tables)))


def bare(lines: list[str]) -> list[str]:
    return [line.strip("│ ") for line in lines]


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40), (200, 50)])
def test_golden(dashboard, show, golden, width, height) -> None:
    log(dashboard, table(10), table(20))
    golden(f"run-page-table-{width}x{height}", show(width, height, "i", "end"))
    opened = show(width, height, "tab", "enter", "down", "down", "down")
    golden(f"run-page-table-open-{width}x{height}", opened)


def test_cells_use_the_width_that_is_free(dashboard, show) -> None:
    log(dashboard, table(10))
    lines = bare(show(230, 60, "i").lines())
    row = next(line for line in lines if line.startswith("▸ 10"))
    # The prompt needs less than its share and is not cut. The completion gets the rest.
    assert f"0 {PROMPT}" in row
    assert len(row) > 210
    assert "2 more columns" not in "".join(lines)


def test_long_cells_share_what_is_free_alike(dashboard, show) -> None:
    rows = (("x" * 300, "y" * 300, "1"),)
    log(dashboard, LoggedTable("t", 1, ("a", "b", "c"), rows, 1))
    row = next(line for line in bare(show(150, 60, "i").lines()) if "xxx" in line)
    assert abs(row.count("x") - row.count("y")) <= 1
    assert row.count("x") > 60


def test_a_row_opens_in_full_and_closes(dashboard, show) -> None:
    log(dashboard, table(10))
    before = bare(show(80, 80, "i").lines())
    assert "END" not in "".join(before)
    opened = bare(show(80, 80, "tab", "enter").lines())
    # The lines are as they were written.
    place = opened.index("completion")
    assert opened[place + 1 : place + 5] == ["<think>", "48 / 2 = 24", "48 + 24 = 72", "</think>"]
    assert "END" in "".join(opened)
    assert "".join(opened).count("END") == 1, "of that row alone"
    assert bare(show(80, 80, "enter").lines()) == before


def test_earlier_steps_are_one_key_away(dashboard, show) -> None:
    log(dashboard, table(10), table(20), table(30))
    assert "▾ completions at step 30  3 of 3 steps" in bare(show(80, 60, "i").lines())
    lines = bare(show(80, 60, "left").lines())
    assert "▾ completions at step 20  2 of 3 steps" in lines
    assert [line for line in lines if line.startswith("▸ 20")]
    assert "▾ completions at step 10  1 of 3 steps" in bare(show(80, 60, "left", "left").lines())
    assert "▾ completions at step 20  2 of 3 steps" in bare(show(80, 60, "right").lines())
    show(80, 60, "right", "right")
    assert "▾ completions at step 30  3 of 3 steps" in bare(show(80, 60).lines())


def test_steps_that_are_not_kept_are_counted_and_said_to_be_missing(dashboard, show) -> None:
    log(dashboard, *(table(10 * number) for number in range(31, 58)))
    assert "▾ completions at step 570  57 of 57 steps" in bare(show(80, 60, "i").lines())
    assert "▾ completions at step 560  56 of 57 steps" in bare(show(80, 60, "left").lines())
    first = "▾ completions at step 310  31 of 57 steps, those before are not kept"
    assert first in bare(show(80, 60, *["left"] * 40).lines())


def test_keys_of_one_burst_are_about_what_those_before_them_show(dashboard) -> None:
    log(dashboard, table(10), table(20))
    respond(dashboard, Resized(80, 60))
    composer = Composer()

    def look() -> Seen:
        composer.compose(dashboard, NOW)
        return composer.seen

    # The page is opened, a row of the table opened and closed, and the next opened.
    press(dashboard, ["i", "tab", "enter", "enter", "tab", "enter", "up"], seen=look())
    press_ahead(dashboard, look)
    assert dashboard.ahead == []
    assert dashboard.view.page.switched == {Fold("table row", "completions", "20", 1)}
    press(dashboard, ["left", "enter", "escape", "q"], seen=look())
    press_ahead(dashboard, look)
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.quit


def test_where_the_page_has_no_room_keys_about_it_hold_up_no_others(dashboard) -> None:
    log(dashboard, table(10))
    respond(dashboard, Resized(10, 3))
    composer = Composer()

    def look() -> Seen:
        composer.compose(dashboard, NOW)
        return composer.seen

    press(dashboard, ["i", "tab", "enter", "q"], seen=look())
    press_ahead(dashboard, look)
    assert dashboard.quit


def test_each_table_has_a_step_of_its_own(dashboard, show) -> None:
    log(dashboard, table(10), table(20), table(10, "samples"), table(20, "samples"))
    show(80, 80, "i")
    for _ in range(4):
        show(80, 80, "tab")
    lines = bare(show(80, 80, "left").lines())
    assert "▾ completions at step 20  2 of 2 steps" in lines
    assert "▾ samples at step 10  1 of 2 steps" in lines


def test_a_table_closes_and_an_open_row_is_of_its_step(dashboard, show) -> None:
    log(dashboard, table(10), table(20))
    show(80, 80, "i")
    show(80, 80, "tab")
    assert "END" in "".join(show(80, 80, "enter").lines())
    assert "END" not in "".join(show(80, 80, "left").lines())
    closed = bare(show(80, 80, "enter").lines())
    assert "▸ completions at step 10  1 of 2 steps" in closed
    assert not [line for line in closed if line.startswith("▸ 10")]


def test_media_in_a_cell_open_from_their_row(dashboard, show) -> None:
    media = [
        TableMedium(
            row, LoggedMedia("image", 5, "image", f"/m/{row}.png", f"no {row}", "", row + 1)
        )
        for row, place in enumerate(("/m/0.png", "/m/1.png"))
    ]
    rows = tuple((str(row), f"/m/{row}.png") for row in (0, 1))
    log(dashboard, LoggedTable("preds", 5, ("id", "image"), rows, 2, media=tuple(media)))
    show(80, 60, "i")
    show(80, 60, "tab")
    closed = show(80, 60, "tab").lines()
    assert not any("▸ image  no 1" in line for line in closed)
    opened = show(80, 60, "enter").lines()
    assert any("▸ image  no 1  /m/1.png" in line for line in opened)
    show(80, 60, "tab", "enter")
    assert dashboard.view.mode is Mode.MEDIA
    lines = show(80, 24).lines()
    assert "preds ▸ image" in lines[1]
    assert "2 of 2" in lines[1]
    assert "1 of 2" in show(80, 24, "left").lines()[1]
    assert any("▸ image  no 0" in line for line in show(80, 60, "escape").lines())


def test_of_a_long_table_fifty_rows_are_shown_and_the_others_counted(dashboard, show) -> None:
    log(
        dashboard,
        table(10, count=60)._replace(
            columns=("n",), rows=tuple((f"row{number}",) for number in range(60))
        ),
    )
    text = "\n".join(show(120, 120, "i", "end").lines())
    assert "row49" in text
    assert "row50" not in text
    assert "10 more" in text


def test_a_row_that_lacks_cells_is_shown_as_far_as_it_goes() -> None:
    short = LoggedTable("odd", 0, ("one", "two", "three"), (("1", "2"),), 1)
    lines = [str(line) for line in _row_lines(short, 0, 60)]
    assert any("two" in line for line in lines)
    assert not any("three" in line for line in lines)
