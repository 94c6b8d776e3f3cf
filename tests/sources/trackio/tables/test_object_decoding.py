"""What a run logged beside numbers, as it lies in a row, turned into what a page shows."""

from __future__ import annotations

import math

import pytest

from trackio_view.model.config import TOO_DEEP
from trackio_view.model.objects import (
    LoggedHistogram,
    LoggedMedia,
    LoggedTable,
    LoggedText,
    TableMedium,
)
from trackio_view.sources.trackio.tables.object_decoding import decode_object


def markdown(text):
    return {"_type": "trackio.markdown", "_value": text}


IMAGE = {"_type": "trackio.image", "file_path": "p/r/0/a.png", "caption": None}


def test_every_kind_is_read() -> None:
    assert decode_object("k", 1, markdown("# hi"), "/m") == LoggedText("k", 1, "# hi")
    histogram = {"_type": "trackio.histogram", "bins": [0, 1, "NaN"], "values": [3, 4]}
    read = decode_object("k", 1, histogram, "/m")
    assert isinstance(read, LoggedHistogram)
    assert read.counts == (3.0, 4.0)
    assert decode_object("k", 1, IMAGE, "/m") == LoggedMedia(
        *("k", 1, "image", "/m/p/r/0/a.png", "", "p/r/0/a.png")
    )
    table = {
        "_type": "trackio.table",
        "_value": [{"a": 1, "b": "x"}, {"c": IMAGE, "a": [IMAGE, IMAGE]}, {"a": None}],
    }
    place = "/m/p/r/0/a.png"
    named = [("c", 1), ("a", 1), ("a", 2)]
    assert decode_object("k", 1, table, "/m") == LoggedTable(
        "k",
        1,
        ("a", "b", "c"),
        (
            ("1", "x", ""),
            ("/m/p/r/0/a.png, /m/p/r/0/a.png", "", "/m/p/r/0/a.png"),
            ("null", "", ""),
        ),
        3,
        media=tuple(
            TableMedium(1, LoggedMedia(column, 1, "image", place, "", "p/r/0/a.png", number))
            for column, number in named
        ),
    )


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"_type": None},
        {"_type": "trackio.trace"},
        {"_type": "trackio.histogram"},
        {"_type": "trackio.histogram", "bins": [0], "values": [1]},
        {"_type": "trackio.histogram", "bins": 3, "values": "x"},
        {"_type": "trackio.image"},
        {"_type": "other.image", "file_path": "x"},
        {"_type": ["trackio.image"]},
    ],
)
def test_a_value_that_is_no_object_is_passed_over(broken) -> None:
    assert decode_object("k", 1, broken, "/m") is None


def test_broken_ones_are_empty() -> None:
    assert decode_object("k", 1, {"_type": "trackio.markdown"}, "/m") == LoggedText("k", 1, "")
    for value in (None, 3, "x", [1, 2]):
        read = decode_object("k", 1, {"_type": "trackio.table", "_value": value}, "/m")
        assert read == LoggedTable("k", 1, (), (), 0)


def test_the_omitted_part_of_a_long_text_is_counted() -> None:
    text = "x" * 5_000_000
    logged = decode_object("k", 1, markdown(text), "/m")
    assert isinstance(logged, LoggedText)
    assert len(logged.text) + logged.omitted == len(text)
    assert len(logged.text) < 300_000
    rows = [{"cell": text, "list": [text]}]
    table = decode_object("k", 1, {"_type": "trackio.table", "_value": rows}, "/m")
    assert isinstance(table, LoggedTable)
    for cell in table.rows[0]:
        assert len(cell) < 11_000
        assert cell.endswith(" more characters)")


@pytest.mark.parametrize(
    ("number", "expected"),
    [(10**400, math.inf), (-(10**400), -math.inf), (2**1024, math.inf)],
    ids=["long", "negative", "just beyond"],
)
def test_a_histogram_beyond_all_floats_is_infinite(number: int, expected: float) -> None:
    histogram = {"_type": "trackio.histogram", "bins": [0, number], "values": [number]}
    read = decode_object("k", 1, histogram, "/m")
    assert isinstance(read, LoggedHistogram)
    assert read.counts == (expected,)


def test_a_cell_nested_too_deeply_to_be_written_says_so() -> None:
    nested: object = 1
    for _ in range(100_000):
        nested = {"a": nested}
    table = decode_object("k", 1, {"_type": "trackio.table", "_value": [{"a": nested}]}, "/m")
    assert isinstance(table, LoggedTable)
    assert table.rows == ((TOO_DEEP,),)
