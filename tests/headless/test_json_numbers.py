"""Numbers in a JSON document: exact where JSON can write them, else null with a reason."""

from __future__ import annotations

import json
import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.headless.json_numbers import (
    Record,
    cleaned,
    plain,
    series_record,
    written,
)
from trackio_view.series.series import MetricColumn, Series, spelled
from trackio_view.series.window import EVERY_ROW

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters() | st.characters(categories=["Cs"]), max_size=8)
)
CONFIGS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=12,
    ),
    max_size=4,
)


def series_of(values: list[float], exact: dict[int, int] | None = None) -> Series:
    series = Series()
    places = array("I", range(len(values)))
    series.append(MetricColumn(places, array("d", values), exact or {}), places)
    return series


def facts(values: list[float], start: int = 0) -> dict[str, Any]:
    record = series_record(series_of(values), EVERY_ROW.from_row(start))
    assert record is not None
    return record.done()


@given(CONFIGS)
def test_any_config_is_written_as_json_that_every_parser_takes(config: dict[str, Any]) -> None:
    reasons: dict[str, str] = {}
    text = written(cleaned(config, "config", reasons))
    assert text.isascii()
    assert json.loads(text, parse_constant=lambda word: pytest.fail(word)) is not None
    text.encode().decode()
    # No half of a surrogate pair is left, because other parsers refuse it.
    json.loads(text)
    json.dumps(json.loads(text), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\ud800", "\ufffd"),
        ("a\udfffb", "a\ufffdb"),
        ("🚀", "🚀"),
        ("\\ud800", "\\ud800"),
        ("\\\ud800", "\\\ufffd"),
        ("🚀\ud83d", "🚀\ufffd"),
    ],
)
def test_half_a_character_is_replaced_and_what_looks_like_one_is_not(text: str, read: str) -> None:
    assert json.loads(written([text])) == [read]


@pytest.mark.parametrize(
    ("number", "word"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")]
)
def test_a_number_without_a_word_in_json_is_null_and_told_beside_it(
    number: float, word: str
) -> None:
    assert spelled(number) == word
    record = Record()
    record.put_number("last", number, "never logged")
    record.put_time("age", number, "no row yet")
    assert record.done() == {
        "last": None,
        "age": None,
        "reasons": {"last": f"logged as {word}", "age": "no row yet"},
    }
    reasons: dict[str, str] = {}
    assert cleaned({"a": [1, {"b": number}]}, "config", reasons) == {"a": [1, {"b": None}]}
    assert reasons == {"config.a[1].b": f"configured as {word}"}


def test_a_value_that_comes_after_all_takes_its_reason_back() -> None:
    record = Record(name="x")
    record.put("group", None, "in no group")
    record.put("group", "g", "in no group")
    record.put_reason("runs[0]", "damaged")
    assert record.done() == {"name": "x", "group": "g", "reasons": {"runs[0]": "damaged"}}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2.0, "2"),
        (-3.0, "-3"),
        (0.0, "0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (2.0**53, "9007199254740992"),
        (2.0**60, "1.152921504606847e+18"),
        (2**60 + 1, "1152921504606846977"),
    ],
)
def test_whole_numbers_have_no_point(number: float, text: str) -> None:
    assert json.dumps(plain(number)) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_is_never_changed(number: float) -> None:
    assert plain(number) == number
    assert math.copysign(1, plain(number)) == math.copysign(1, number) or number


def test_facts_of_a_series() -> None:
    assert facts([4.0, 1.0, math.nan, 3.0]) == {
        "first": 4,
        "last": 3,
        "min": 1,
        "max": 4,
        "change": -1,
        "count": 4,
        "nonfinite_count": 1,
        "reasons": {},
    }
    assert facts([4.0, 1.0, math.nan, 3.0], 1)["first"] == 1


def test_facts_of_nothing_but_nan() -> None:
    found = facts([math.nan, math.nan])
    assert found["min"] is found["max"] is found["change"] is None
    assert found["reasons"]["min"] == "every value is NaN"
    assert found["reasons"]["change"] == "the first or the last value is not finite"
    assert series_record(series_of([1.0]), EVERY_ROW.from_row(1)) is None


def test_a_change_beyond_floats_is_null_or_exact_and_always_json() -> None:
    found = facts([-1.7e308, 1.7e308])
    assert (found["change"] is None) == ("change" in found["reasons"])
    json.dumps(found, allow_nan=False)
    record = series_record(series_of([-(2.0**1023), 1.0], {0: -(10**5000)}), EVERY_ROW)
    assert record is not None
    assert record.done()["change"] is None


def test_a_config_without_a_bottom_ends() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    reasons: dict[str, str] = {}
    text = written(cleaned(deep, "config", reasons))
    assert text.count("[") == 100
    assert list(reasons.values()) == ["nested more than 100 levels deep"]
