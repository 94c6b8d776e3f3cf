"""How the columns of the table of runs are titled and laid out."""

from __future__ import annotations

import pytest

from trackio_view.charts.palette import ACCENT, KEY, LABEL
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.screens.panels.run_columns import (
    direction_mark,
    headings,
    laid_out,
    ranks_of,
)
from trackio_view.terminal.glyphs import ASCENDING, DESCENDING
from trackio_view.terminal.text import signed
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.runs.columns import ColumnKind, RunColumn, RunEntry
from trackio_view.view.runs.query_terms import Value
from trackio_view.view.runs.table import Arrangement, RunsTable


def column(
    key: str, kind: ColumnKind, metric: str | None = None, title: str = "", value: Value = None
) -> RunColumn:
    return RunColumn(key, title or key, kind, lambda *_: value, metric=metric)


def of_metric(metric: str, kind: ColumnKind) -> RunColumn:
    title = metric if kind is ColumnKind.METRIC else f"{kind.value} {metric}"
    return column(f"{kind.value}:{metric}", kind, metric, title)


def test_a_metric_is_called_by_its_last_part_where_that_is_its_alone() -> None:
    last, best, trend = (
        of_metric("train/loss", kind)
        for kind in (ColumnKind.METRIC, ColumnKind.BEST, ColumnKind.TREND)
    )
    assert headings([last, best, trend], 120) == ["train/loss", "best loss", "trend loss"]
    # Where the only trend is halved, its title is whole, too.
    assert headings([last, best, trend], 80)[2] == "trend"
    assert headings([trend], 80) == ["trend train/loss"]
    another = of_metric("acc", ColumnKind.TREND)
    assert headings([last, trend, another], 80)[1:] == ["trend loss", "trend acc"]
    # Without the column of the newest value, the title has to name the metric.
    assert headings([best], 120) == ["best train/loss"]
    other = of_metric("val/loss", ColumnKind.METRIC)
    assert headings([last, other, best], 120) == ["train/loss", "val/loss", "best train/loss"]


def test_columns_right_of_the_cursor_give_way_first_and_configs_in_turns() -> None:
    numbers = [column(f"n{place}", ColumnKind.METRIC) for place in range(4)]
    assert ranks_of(numbers, 3) == [1, 2, 3, 4]
    assert ranks_of(numbers, 0) == [1, 2, 3, 4]
    configs = [column(f"c{place}", ColumnKind.CONFIG) for place in range(2)]
    # Columns to the left of the cursor stay, and configs stand behind the numbers.
    assert ranks_of([*configs, *numbers], 5) == [5, 6, 1, 2, 3, 4]
    assert ranks_of([*configs, *numbers], 1) == [1, 2, 3, 4, 5, 6]
    trend = column("t", ColumnKind.TREND)
    assert ranks_of([trend, *numbers], 4) == [3, 1, 2, 4, 5]


@pytest.fixture
def dashboard() -> Dashboard:
    return Dashboard(width=120, height=40)


def table(*columns: RunColumn) -> RunsTable:
    entries = [RunEntry(Project(ProjectId("", "p")), Run("r", "r"))]
    return RunsTable(columns, [], entries, 1, 0.0, frozenset(), {}, {}, [])


@pytest.mark.parametrize(("width", "least"), [(100, 24), (99, 20), (80, 20), (79, 14)])
def test_the_name_stays_and_has_more_room_where_there_is_some(
    dashboard: Dashboard, width: int, least: int
) -> None:
    name = column("name", ColumnKind.TEXT)
    dashboard.width = width
    drawn = laid_out(name, "run", 7, False, table(name), dashboard)
    assert (drawn.priority, drawn.minimum_width, drawn.maximum_width) == (0, least, None)
    assert (drawn.align_right, drawn.title_style) == (False, LABEL)


@pytest.mark.parametrize(("width", "least"), [(120, 16), (80, 16), (79, 8)])
def test_names_of_projects_have_room_before_a_further_number(
    dashboard: Dashboard, width: int, least: int
) -> None:
    project = column("project", ColumnKind.TEXT, value="llm-pretrain-7b")
    dashboard.width = width
    drawn = laid_out(project, "project", 7, False, table(project), dashboard)
    assert (drawn.minimum_width, drawn.usual_width) == (least, 8), "short names leave their room"


def test_numbers_stand_right_and_texts_left(dashboard: Dashboard) -> None:
    made = {
        kind: column(kind.value, kind, value="adam" if kind is ColumnKind.TEXT else 1.0)
        for kind in ColumnKind
    }
    shown = table(*made.values())
    drawn = {kind: laid_out(it, "t", 3, False, shown, dashboard) for kind, it in made.items()}
    left = {kind for kind, it in drawn.items() if not it.align_right}
    assert left == {ColumnKind.TEXT, ColumnKind.STATE, ColumnKind.TREND}
    assert {it.priority for it in drawn.values()} == {3}
    assert (drawn[ColumnKind.TEXT].minimum_width, drawn[ColumnKind.TEXT].maximum_width) == (8, 40)
    assert (drawn[ColumnKind.STEP].minimum_width, drawn[ColumnKind.STEP].maximum_width) == (7, None)
    assert drawn[ColumnKind.TREND].minimum_width == 12


@pytest.mark.parametrize(("width", "least"), [(100, 12), (99, 6), (80, 6), (79, 12)])
def test_a_trend_gives_room_to_names(dashboard: Dashboard, width: int, least: int) -> None:
    trend = column("trend", ColumnKind.TREND)
    dashboard.width = width
    assert laid_out(trend, "t", 3, False, table(trend), dashboard).minimum_width == least


@pytest.mark.parametrize(
    ("value", "is_right"), [("adam", False), (True, False), (0.1, True), (3, True), (None, False)]
)
def test_a_config_stands_as_its_first_value_does(
    dashboard: Dashboard, value: Value, is_right: bool
) -> None:
    config = column("config:lr", ColumnKind.CONFIG, value=value)
    assert laid_out(config, "lr", 1, False, table(config), dashboard).align_right == is_right


def test_the_column_of_the_cursor_and_that_of_the_order_stay(dashboard: Dashboard) -> None:
    step = column("step", ColumnKind.STEP, value=1)
    drawn = laid_out(step, "step", 2, True, table(step), dashboard)
    assert (drawn.priority, drawn.title_style) == (0, KEY._replace(underline=True))
    runs = dashboard.view.runs
    runs.arrangement = Arrangement(sort="step", descending=True)
    drawn = laid_out(step, "step", 2, False, table(step), dashboard)
    assert (drawn.priority, drawn.title_style) == (0, ACCENT)
    assert drawn.title == signed("step", " ", DESCENDING)
    runs.arrangement = runs.arrangement._replace(descending=False)
    assert laid_out(step, "step", 2, False, table(step), dashboard).title.endswith(str(ASCENDING))
    assert (direction_mark(True), direction_mark(False)) == (DESCENDING, ASCENDING)


@pytest.mark.parametrize("width", [80, 99, 100, 200])
def test_short_names_leave_their_room_to_other_columns(dashboard: Dashboard, width: int) -> None:
    name = column("name", ColumnKind.TEXT, value="a")
    dashboard.width = width
    assert laid_out(name, "run", 0, False, table(name), dashboard).usual_width == 14
