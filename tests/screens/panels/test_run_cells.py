"""The cells of the table of runs, for a run and for a group."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable

import pytest

from trackio_view.charts.palette import BAD, GOOD, LABEL, MUTED, WARNING
from trackio_view.charts.text_table import TableCell, TableRow
from trackio_view.model.events import DetailsLoaded, LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey, RunRows
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels import run_cells
from trackio_view.screens.panels.run_cells import (
    RunsContext,
    cell_text,
    lazy_rows,
    names_to_tell_apart,
)
from trackio_view.series.envelope import holds_counts
from trackio_view.terminal.glyphs import (
    DASH,
    FOLDED,
    LINE_MARKERS,
    UNFOLDED,
    WARNING_SIGN,
    Repertoire,
)
from trackio_view.terminal.text import signed
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.runs.columns import ColumnKind, RunColumn
from trackio_view.view.runs.query import parse_query
from trackio_view.view.runs.query_terms import Value
from trackio_view.view.runs.table import Arrangement

P = ProjectId("", "p")
NOW = 1_700_000_000.0
COLUMNS = ("name", "state", "step", "group", "config:lr", "last:loss", "best:loss")

pytestmark = pytest.mark.usefixtures("utc")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (ColumnKind.TEXT, "adam", "adam"),
        (ColumnKind.CONFIG, True, "true"),
        (ColumnKind.CONFIG, None, "null"),
        (ColumnKind.STEP, 12_345, "12,345"),
        (ColumnKind.COUNT, 1_234_567, "1,234,567"),
        (ColumnKind.RATE, 2.0, "2.0/s"),
        (ColumnKind.SHARE, 0.999, "99%"),
        (ColumnKind.SHARE, 1.0, "100%"),
        (ColumnKind.DURATION, 90.0, "1:30"),
        (ColumnKind.AGE, 90.0, "1 min"),
        (ColumnKind.TIME, NOW - 60, "22:12:20"),
        (ColumnKind.CONFIG, 0.001, "0.001"),
        (ColumnKind.CONFIG, 1e-05, "1e-05"),
        (ColumnKind.CONFIG, 20_231_129, "20231129"),
        (ColumnKind.CONFIG, 1.0000001, "1.0000001"),
        (ColumnKind.CONFIG, 64.0, "64"),
        (ColumnKind.CONFIG, 0.1 + 0.2, "0.3"),
        (ColumnKind.CONFIG, -1.23456789e-05, "-1.235e-5"),
        (ColumnKind.CONFIG, 10**15, "1,000,000,000,000,000"),
        (ColumnKind.CONFIG, -1.23456e-300, "-1.235e-300"),
        (ColumnKind.METRIC, 0.123456, "0.1235"),
    ],
)
def test_a_value_is_written_as_its_column_asks(kind: ColumnKind, value: Value, text: str) -> None:
    column = RunColumn("key", "title", kind, lambda *_: value)
    assert cell_text(column, value, NOW) == text


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """Return three runs: two of one group, one of them with a NaN; and one by itself."""
    made = Dashboard(width=120, height=40)
    made.watch(P)
    made.apply(LoadStarted(P, 0, 9))
    made.apply(
        RowsLoaded(
            P,
            0,
            [
                batch(
                    {"loss": losses},
                    times=array("d", [NOW - ago + row for row in range(3)]),
                    run_id=f"id-{name}-run",
                    run_name=name,
                    first_id=first,
                )
                for name, losses, ago, first in (
                    ("one", [3.0, 2.0, 1.0], 5, 1),
                    ("two", [3.0, 4.0, 5.0], 90_000, 4),
                    ("odd", [1.0, 1.0, math.nan], 5, 7),
                )
            ],
            9,
        )
    )
    groups = (("one", "a", 0.1), ("two", "a", 0.1), ("odd", "b", 0.2))
    details = [RunDetails(f"id-{name}-run", name, {"lr": lr}, group) for name, group, lr in groups]
    made.apply(DetailsLoaded(P, 0, details))
    made.apply(LoadFinished(P, 0))
    made.view.runs.arrangement = Arrangement(columns=COLUMNS, sort="started")
    return made


def rows_by_name(
    dashboard: Dashboard,
    repertoire: Repertoire = Repertoire.BRAILLE,
    memo: Memo | None = None,
    now: float = NOW,
) -> dict[object, dict[str, TableCell]]:
    memo = Memo() if memo is None else memo
    table = dashboard.runs_table(now)
    context = RunsContext(table, dashboard, now, repertoire, {})
    found: dict[object, dict[str, TableCell]] = {}
    for line, row in zip(table.lines, lazy_rows(context, memo), strict=True):
        name = line.entry.run.name if line.entry is not None else line.identity
        found[name] = dict(zip(("mark", *COLUMNS), map(as_cell, row), strict=True))
    return found


def as_cell(cell: TableRow | str | TableCell) -> TableCell:
    assert isinstance(cell, TableCell)
    return cell


def test_a_run_in_a_line(dashboard: Dashboard) -> None:
    rows = rows_by_name(dashboard)
    one = rows["one"]
    assert [one[key].text for key in COLUMNS[2:]] == ["2", "a", "0.1", "1.0000", "1.0000"]
    assert one["name"] == TableCell("one")
    assert one["best:loss"].style == GOOD._replace(bold=True)
    assert one["last:loss"] == TableCell("1.0000")
    assert one["step"].style == LABEL
    assert one["mark"].text == ""
    assert one["state"].text.endswith(" live")
    assert rows["two"]["best:loss"] == TableCell("3.0000")
    # A run that logs NaN has a mark at its name, and the number stands out.
    assert rows["odd"]["last:loss"].style == BAD
    assert rows["odd"]["name"] == TableCell("odd", WARNING, f" {WARNING_SIGN}")


def test_a_run_that_is_marked_shows_it_within_the_second(dashboard: Dashboard) -> None:
    memo = Memo()
    assert rows_by_name(dashboard, memo=memo)["one"]["mark"].text == ""
    dashboard.view.marks.toggle(RunKey(P, "id-one-run"))
    assert rows_by_name(dashboard, memo=memo)["one"]["mark"].text in LINE_MARKERS
    dashboard.view.marks.toggle(RunKey(P, "id-one-run"))
    assert rows_by_name(dashboard, memo=memo)["one"]["mark"].text == ""


def test_a_run_that_falls_silent_is_live_no_more_though_nothing_came(dashboard: Dashboard) -> None:
    memo = Memo()
    states = [
        rows_by_name(dashboard, memo=memo, now=NOW + later)["one"]["state"].text.split()[-1]
        for later in (0.0, 300.0, 90_000.0, 0.0)
    ]
    assert states == ["live", "idle", "stale", "live"]


def test_a_value_that_a_run_lacks_is_a_dash(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    rows = batch(
        {"other": [1.0]}, times=array("d", [NOW]), run_id="id-new-run", run_name="", first_id=10
    )
    dashboard.apply(RowsLoaded(P, 0, [rows], 10))
    row = rows_by_name(dashboard)[""]
    assert row["name"].text == "(no name)"
    assert [row[key] for key in COLUMNS[3:]] == [TableCell(DASH, MUTED)] * 4


@pytest.mark.parametrize(
    ("repertoire", "sign"), [(Repertoire.BRAILLE, "±"), (Repertoire.ASCII, "+-")]
)
def test_a_group_is_summed_up(dashboard: Dashboard, repertoire: Repertoire, sign: str) -> None:
    wanted = dashboard.view.runs.arrangement
    dashboard.view.runs.arrangement = Arrangement(
        columns=wanted.columns, sort="started", group="group"
    )
    rows = rows_by_name(dashboard, repertoire)
    assert next(iter(rows)) == "group = a"
    group = rows["group = a"]
    assert group["name"].text == signed(UNFOLDED, " a (2)")
    assert group["state"] == TableCell("1 live", GOOD)
    # A group tells the mean step, the mean value with its spread, and the best value.
    told = [group[key].text for key in COLUMNS[2:]]
    assert told == ["2", "a", "0.1", f"3.0000 {sign}2.83", "1.0000"]
    assert rows["group = b"]["last:loss"].text == ""
    dashboard.view.runs.arrangement = Arrangement(
        columns=wanted.columns, group="group", collapsed=frozenset({"group = a"})
    )
    assert rows_by_name(dashboard)["group = a"]["name"].text == signed(FOLDED, " a (2)")


@pytest.fixture
def close(batch: Callable[..., RunRows]) -> Callable[..., Dashboard]:
    """Return a table of runs whose last values are given, each logged so many seconds ago."""

    def made(*values: float, ago: float = 60.0) -> Dashboard:
        dashboard = Dashboard(width=120, height=40)
        dashboard.watch(P)
        dashboard.apply(LoadStarted(P, 0, 9))
        batches = [
            batch(
                {"loss": [8.0, value]},
                times=array("d", [NOW - ago - 1, NOW - ago]),
                run_id=f"id-{number}",
                run_name=f"{number}",
                first_id=1 + 2 * number,
            )
            for number, value in enumerate(values)
        ]
        dashboard.apply(RowsLoaded(P, 0, batches, 9))
        dashboard.view.runs.arrangement = Arrangement(columns=COLUMNS)
        return dashboard

    return made


def losses(dashboard: Dashboard, now: float = NOW) -> list[str]:
    rows = rows_by_name(dashboard, now=now)
    return [rows[name]["last:loss"].text for name in sorted(rows, key=str)]


def test_values_that_differ_look_different(close: Callable[..., Dashboard]) -> None:
    dashboard = close(1237.5, 1237.51, 2000.25)
    assert losses(dashboard) == ["1,237.50", "1,237.51", "2,000.25"]
    assert rows_by_name(dashboard)["1"]["best:loss"].text == "8.0000"
    assert losses(close(0.5, 0.25)) == ["0.5000", "0.2500"]


def test_a_group_has_the_digits_of_its_column(close: Callable[..., Dashboard]) -> None:
    dashboard = close(1.00001, 1.00002)
    dashboard.view.runs.arrangement = Arrangement(columns=COLUMNS, group="project")
    rows = rows_by_name(dashboard)
    assert rows["project = p"]["last:loss"].text.startswith("1.00001 ±")
    assert rows["project = p"]["best:loss"].text == "1.00001"


def test_values_that_change_at_the_moment_ask_for_no_digits(
    close: Callable[..., Dashboard],
) -> None:
    dashboard = close(1.00001, 1.00002, ago=2.0)
    assert losses(dashboard) == ["1.0000", "1.0000"]
    assert losses(dashboard, now=NOW + 20) == ["1.00001", "1.00002"]
    memo = Memo()
    for now, text in ((NOW, "1.0000"), (NOW + 20, "1.00001"), (NOW, "1.0000")):
        assert rows_by_name(dashboard, memo=memo, now=now)["0"]["last:loss"].text == text


def test_a_run_that_logs_leaves_the_digits_to_those_that_ended(
    close: Callable[..., Dashboard], batch: Callable[..., RunRows]
) -> None:
    dashboard = close(1.00001, 1.00002, ago=60.0)
    live = batch({"loss": [1.00003]}, times=[NOW - 2], run_id="id-2", run_name="2", first_id=9)
    dashboard.apply(RowsLoaded(P, 0, [live], 9))
    memo = Memo()
    for now, text in ((NOW, "1.00003"), (NOW + 20, "1.00003"), (NOW, "1.00003")):
        assert rows_by_name(dashboard, memo=memo, now=now)["2"]["last:loss"].text == text
    finer = batch({"loss": [1.000031]}, times=[NOW - 1], run_id="id-3", run_name="3", first_id=10)
    dashboard.apply(RowsLoaded(P, 0, [finer], 9))
    for now, text in ((NOW, "1.00003"), (NOW + 20, "1.000031"), (NOW, "1.00003")):
        assert rows_by_name(dashboard, memo=memo, now=now)["3"]["last:loss"].text == text


def test_a_second_that_passes_has_no_values_looked_for(
    close: Callable[..., Dashboard], monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard, memo = close(1.00001, 1.00002, 3.0), Memo()
    looked: list[object] = []
    monkeypatch.setattr(
        run_cells, "holds_counts", lambda *asked: (looked.append(asked), holds_counts(*asked))[1]
    )
    rows_by_name(dashboard, memo=memo)
    assert looked
    looked.clear()
    for second in range(1, 5):
        rows_by_name(dashboard, memo=memo, now=NOW + second)
    assert looked == []


def test_runs_that_the_time_has_left_ask_for_no_digits(
    close: Callable[..., Dashboard], batch: Callable[..., RunRows]
) -> None:
    dashboard, memo = close(1.00001, 1.00002, ago=500.0), Memo()
    later = batch({"loss": [3.0]}, times=[NOW - 60], run_id="id-2", run_name="2", first_id=9)
    dashboard.apply(RowsLoaded(P, 0, [later], 9))
    dashboard.view.runs.arrangement = Arrangement(columns=COLUMNS, query=parse_query("age<10min"))
    for now, runs, text in ((NOW, 3, "3.00000"), (NOW + 200, 1, "3"), (NOW, 3, "3.00000")):
        rows = rows_by_name(dashboard, memo=memo, now=now)
        assert (len(rows), rows["2"]["last:loss"].text) == (runs, text)


def test_counts_are_written_as_counts(close: Callable[..., Dashboard]) -> None:
    assert losses(close(79.0, 3.0, 3.0)) == ["79", "3", "3"]
    # One that is none makes none of the others one.
    assert losses(close(79.0, 3.5)) == ["79.000", "3.5000"]
    assert losses(close(79.0, math.nan)) == ["79.000", "NaN"]


def test_members_that_differ_share_no_text(dashboard: Dashboard) -> None:
    dashboard.view.runs.arrangement = Arrangement(columns=COLUMNS, group="state")
    live = next(row for name, row in rows_by_name(dashboard).items() if "live" in str(name))
    assert (live["group"].text, live["config:lr"].text) == ("", "")


def test_runs_of_one_name_are_told_apart_by_their_ids(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    rows = batch(
        {"loss": [1.0]}, times=array("d", [NOW]), run_id="another-one", run_name="one", first_id=10
    )
    dashboard.apply(RowsLoaded(P, 0, [rows], 10))
    table = dashboard.runs_table(NOW)
    names = names_to_tell_apart(table, dashboard, Memo())
    context = RunsContext(table, dashboard, NOW, Repertoire.BRAILLE, {})
    told = [as_cell(row[1]).text for row in lazy_rows(context, Memo())]
    assert {"one (id-one)", "one (anothe)", "two"} <= set(told)
    assert names.cut("one (anothe)", 12) == "one (anothe)"


def test_a_name_is_told_from_those_that_the_time_has_left(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    old = batch(
        {"loss": [1.0]}, times=array("d", [NOW - 500]), run_id="x", run_name="old", first_id=10
    )
    dashboard.apply(RowsLoaded(P, 0, [old], 10))
    dashboard.view.runs.arrangement = Arrangement(query=parse_query("age<10min"))
    memo, counts = Memo(), []
    for now in (NOW, NOW + 200):
        table = dashboard.runs_table(now)
        assert len(names_to_tell_apart(table, dashboard, memo)) == len(table.matching)
        counts.append(len(table.matching))
    assert counts[0] == counts[1] + 1
