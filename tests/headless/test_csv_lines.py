"""The rows of a run as lines of CSV."""

from __future__ import annotations

import csv
from array import array

import pytest

from trackio_view.headless.csv_lines import CsvColumn, RunLines, heading
from trackio_view.series.series import Series
from trackio_view.series.window import all_rows


@pytest.mark.parametrize(
    ("smoothed", "last"), [(None, "run_id"), (array("d", [1.0, 1.25]), "smoothed")]
)
def test_a_line_for_each_value_in_the_order_of_rows_and_names(
    smoothed: array[float] | None, last: str
) -> None:
    columns = {
        "b": CsvColumn(Series(array("I", [0, 1]), array("d", [1.0, 1.5])), range(2), smoothed),
        "a": CsvColumn(Series(array("I", [1]), array("d", [float("nan")])), range(1), smoothed),
    }
    assert heading(smoothed=smoothed is not None, origins=False).rstrip().endswith(last)
    lines = RunLines('p,"q"', "run\x1b", "id", None)
    (found,) = lines.lines(array("d", [5, 6]), array("d", [0.5, 1.5]), columns, all_rows(2))
    ends = ["", "", ""] if smoothed is None else [",1", ",1", ",1.25"]
    assert found == [
        f'"p,""q""",run\u241b,b,5,1970-01-01T00:00:00.500000+00:00,1,id{ends[0]}\n',
        f'"p,""q""",run\u241b,a,6,1970-01-01T00:00:01.500000+00:00,NaN,id{ends[1]}\n',
        f'"p,""q""",run\u241b,b,6,1970-01-01T00:00:01.500000+00:00,1.5,id{ends[2]}\n',
    ]


def test_beside_other_origins_the_last_column_tells_the_origin() -> None:
    names = heading(smoothed=True, origins=True).rstrip().split(",")
    assert names[-2:] == ["smoothed", "origin"]
    columns = {
        "a": CsvColumn(Series(array("I", [0]), array("d", [1.0])), range(1), array("d", [2]))
    }
    table = RunLines("p", "r", "id", "box:/a,b\x1b")
    ((line,),) = table.lines(array("d", [5]), array("d", [0.5]), columns, all_rows(1))
    assert line.endswith(',1,id,2,"box:/a,b\u241b"\n')
    assert len(next(csv.reader([line]))) == len(names)
