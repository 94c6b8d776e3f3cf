"""`--format csv` writes every value exactly and in order, so that any reader reads it back."""

from __future__ import annotations

import csv
import io
import math
import os
import subprocess
import sys
import tracemalloc
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.headless import csv_lines, csv_table
from trackio_view.headless.csv_table import reduced_positions
from trackio_view.model.run import RunRows
from trackio_view.model.selection import Selection
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import Window
from trackio_view.sources.source import RunFacts


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_value_in_the_order_logged(command, varied) -> None:
    ended = command("--once", "--format", "csv")
    assert (ended.code, ended.err) == (0, "")
    rows = rows_of(ended.out)
    assert tuple(rows[0]) == csv_lines.COLUMNS
    assert [row["run"] for row in rows] == ["second"] * (3 * 700 + 7 + 4) + ["first"] * 30
    loss = [row for row in rows if row["metric"] == "train/loss"]
    assert [row["step"] for row in loss] == [str(step) for step in range(700)]
    assert [loss[at]["value"] for at in (0, 1, 350, 690)] == ["3", "2.996667", "NaN", "Infinity"]
    assert rows[-1]["time"] == "2026-03-01T10:00:29.000000+00:00"
    assert rows[-1]["value"] == repr(4 / 30)
    tokens = [row["value"] for row in rows if row["metric"] == "tokens"]
    assert tokens == [str(2**60 + row) for row in range(696, 700)]


def test_a_window_points_and_metrics(command, varied) -> None:
    arguments = ("--once", "--format", "csv", "--run", "second", "--metric", "train/loss")
    window = rows_of(command(*arguments, "-z", "3").out)
    assert [row["step"] for row in window] == [str(step) for step in range(600, 700)]
    few = rows_of(command(*arguments, "--points", "10").out)
    values = [row["value"] for row in few]
    assert len(few) <= 10
    assert values[0] == "3"
    assert values[-1] == "0.67"
    assert "Infinity" in values
    assert "NaN" not in values


def test_odd_names_are_quoted_and_harmless(command, new_project) -> None:
    name = 'a, "b"\r\n\x1b'
    new_project("p").log([{name: 1}], 'run "1", x')
    (row,) = rows_of(command("--once", "--format", "csv").out)
    assert row["run"] == 'run "1", x'
    assert row["metric"] == 'a, "b"\u240d\u240a\u241b'


def test_nothing_to_print_is_a_header_and_1(command, new_project) -> None:
    new_project("p").log([{"loss": 1}])
    for arguments in (("--run", "x"), ("--metric", "x"), ("--since", "1s")):
        ended = command("--once", "--format", "csv", *arguments)
        assert (ended.code, ended.out) == (1, ",".join(csv_lines.COLUMNS) + "\n")


@pytest.mark.parametrize("metrics", [(), ("--metric", "loss"), ("--metric", "^(loss|acc)$")])
def test_memory_stays_flat_as_a_project_grows(new_project, monkeypatch, command, metrics) -> None:
    def peak(count: int) -> int:
        project = new_project(f"p{count}")
        project.log({"loss": row / 7, "acc": row / 9} for row in range(count))
        written = []
        monkeypatch.setattr(
            csv_table, "write_out", lambda pieces: written.append(sum(map(len, pieces)))
        )
        tracemalloc.start()
        assert command("--once", "--format", "csv", "-p", f"p{count}", *metrics).code == 0
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sum(written) > 30 * count
        return found

    peak(100)
    assert peak(9_000) < 1.5 * peak(3_000)


def metric_of(command, name: str) -> str:
    ended = command("--once", "--format", "csv", "--metric", name)
    assert (ended.code, ended.err) == (0, "")
    return str(ended.out)


def test_a_name_that_is_logged_once_and_late_is_no_expression(command, new_project) -> None:
    rows = [{"acc": row, "val/acc": row} for row in range(3000)] + [{"cc": 1.5}]
    new_project("p").log(rows)
    assert [row["value"] for row in rows_of(metric_of(command, "cc"))] == ["1.5"]
    assert len(rows_of(metric_of(command, "^acc"))) == 3000
    assert len(rows_of(metric_of(command, "cc$|nothing"))) == 6001


def test_values_read_back_as_the_numbers_logged(command, new_project) -> None:
    values = [-0.0, 0.1, 1e16, 2.0**53 + 2, 5e-324, 2**64 - 1, -7, 1e308, 3.0]
    new_project("p").log([{"loss": value} for value in values])
    texts = [row["value"] for row in rows_of(metric_of(command, "loss"))]
    assert [float(text) for text in texts] == [float(value) for value in values]
    assert texts[0] == "-0.0"
    assert texts[5:7] == ["18446744073709551615", "-7"]
    assert texts[-1] == "3"


@pytest.mark.parametrize("arguments", [("--metric", "o.s"), ("-z", "4", "--metric", "o.s"), ()])
@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_broken_row_that_is_read_twice_counts_once(command, new_project, form, arguments) -> None:
    project = new_project("p").log([{"loss": 1}] * 20)
    project.execute(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
        " VALUES ('id-of-run', '', 'run', 20, ?)",
        [("{",)],
    )
    ended = command("--once", "--format", form, *arguments)
    assert (ended.code, ended.err) == (0, "p: 1 row left out: broken JSON\n")


def test_names_are_utf_8_in_every_locale(new_project, folder) -> None:
    new_project("p").log([{"损失": 0.5}], "größe")
    for locale in ({"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}):
        ended = subprocess.run(
            [sys.executable, "-m", "trackio_view", "--once", "--format", "csv"],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **locale, "TRACKIO_DIR": str(folder)},
            capture_output=True,
            timeout=60,
        )
        (row,) = rows_of(ended.stdout.decode("utf-8"))
        assert (row["run"], row["metric"]) == ("größe", "损失")


@pytest.mark.parametrize("window", [(), ("-z", "3"), ("--points", "10")])
def test_smoothed_values_are_a_column_more_and_the_same_in_every_window(
    command, varied, window
) -> None:
    arguments = ("--once", "--format", "csv", "--run", "second", "--metric", "train/loss")
    ended = command(*arguments, "--smooth", "0.9", *window)
    rows = rows_of(ended.out)
    assert tuple(rows[0]) == (*csv_lines.COLUMNS, "smoothed")
    every = {
        row["step"]: row["smoothed"] for row in rows_of(command(*arguments, "--smooth=.9").out)
    }
    assert [row["smoothed"] for row in rows] == [every[row["step"]] for row in rows]
    plain = rows_of(command(*arguments, *window).out)
    assert [row["value"] for row in rows] == [row["value"] for row in plain]
    average = total = 0.0
    for row in rows_of(command(*arguments).out):
        value = float(row["value"])
        if math.isfinite(value):
            average, total = average * 0.9 + value, total * 0.9 + 1
            assert float(every[row["step"]]) == pytest.approx(average / total)
        else:
            assert every[row["step"]] == row["value"]


@pytest.mark.parametrize(
    ("metrics", "chosen", "read"),
    [
        ((), None, 0),
        (("loss",), {"loss"}, 1),
        (("loss", "acc"), {"loss", "acc"}, 2),
        (("lo.s",), {"loss"}, 3),
        (("late",), {"late"}, 3),
        (("none",), set(), 3),
    ],
)
def test_names_are_looked_for_until_all_are_met(
    batch, metrics: tuple[str, ...], chosen: set[str] | None, read: int
) -> None:
    batches = [batch({"loss": [1.0]}), batch({"acc": [1.0]}), batch({"late": [1.0]})]
    taken: list[RunRows] = []

    def stream(_: RunFacts) -> Iterator[RunRows]:
        for one in batches:
            taken.append(one)
            yield one

    project: Any = SimpleNamespace(stream=stream)
    found = csv_table._chosen_metrics(project, RunFacts("r", "r", 3), Selection(metrics=metrics))
    assert found == chosen
    assert len(taken) == read


numbers = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), st.integers(2**60, 2**60 + 9), st.just(math.nan)
)


def series_of(values: list[float | int]) -> Series:
    exact = {
        at: value
        for at, value in enumerate(values)
        if isinstance(value, int) and abs(value) > 2**53
    }
    series = Series()
    rows = array("I", range(len(values)))
    series.append(MetricColumn(rows, array("d", values), exact), rows)
    return series


@given(
    st.lists(numbers, min_size=1, max_size=120),
    st.integers(4, 40),
    st.integers(0, 130),
    st.integers(1, 130),
)
def test_few_positions_with_every_extreme(
    values: list[float | int], most: int, start: int, count: int
) -> None:
    series = series_of(values)
    start = min(start, len(values) - 1)
    end = min(start + count, len(values))
    positions = list(reduced_positions(series, Window(start, start + count), most))
    assert positions == sorted(set(positions))
    assert len(positions) <= most
    assert positions[0] == start
    assert positions[-1] == end - 1
    if end - start <= most:
        assert positions == list(range(start, end))
    everything, kept = (
        [number for at in chosen if (number := series.number(at)) == number]
        for chosen in (range(start, end), positions)
    )
    if everything:
        assert min(kept) == min(everything)
        assert max(kept) == max(everything)


@given(st.lists(numbers, min_size=9, max_size=60), st.integers(4, 20), st.integers(1, 3))
def test_stretches_that_lie_apart_are_reduced_together(
    values: list[float | int], most: int, apart: int
) -> None:
    series = series_of(values)
    spans = ((0, 3), (3 + apart, 5 + apart), (6 + apart, len(values)))
    window = Window(0, len(values), spans=spans)
    within = [at for begin, end in spans for at in range(begin, end)]
    positions = list(reduced_positions(series, window, most))
    assert positions == sorted(set(positions) & set(within))
    assert len(positions) == min(most, len(within)) or len(within) > most >= len(positions)
    assert (positions[0], positions[-1]) == (0, within[-1])
    everything, kept = (
        [number for at in chosen if (number := series.number(at)) == number]
        for chosen in (within, positions)
    )
    if everything:
        assert (min(kept), max(kept)) == (min(everything), max(everything))
