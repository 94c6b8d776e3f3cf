"""The terms of a filter: numbers with units, and comparisons with fields that exist or do not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.runs.query_terms import (
    BY_SIGN,
    EVERYTHING,
    OPERATORS,
    UNITS,
    And,
    Comparison,
    Not,
    Or,
    Text,
    Value,
    fields_of,
    parse_number,
    value_text,
)


@dataclass
class Subject:
    """Stands for a run: some texts, some fields."""

    texts: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)

    def value(self, field: str) -> Value:
        return self.fields.get(field)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("text", ["0", "1.5", "-.5", "1e3", "1_000"])
def test_a_unit_multiplies_its_number(unit: str, text: str) -> None:
    number = parse_number(text + unit)
    assert number == pytest.approx(float(text) * UNITS[unit])


@pytest.mark.parametrize(
    "text", ["", " ", "k", "1kk", "1 k", "١", "0x10", "1e", "e5", "1.2.3", "--1", "½", "1\n2"]
)
def test_a_text_that_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@given(st.floats())
def test_any_float_as_python_writes_it_is_read_back(number: float) -> None:
    assert repr(parse_number(repr(number))) == repr(number)


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    assert parse_number(text) is None or isinstance(parse_number(text), float)


@given(st.floats(), st.floats())
def test_each_sign_says_what_python_says_but_nan_equals_itself(left: float, right: float) -> None:
    both_nan = math.isnan(left) and math.isnan(right)
    expected = {
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
        "=": left == right or both_nan,
        "==": left == right or both_nan,
        ":": left == right or both_nan,
        "!=": left != right and not both_nan,
    }
    for sign, operator in BY_SIGN.items():
        assert operator.numbers(left, right) is expected[sign]


def test_a_longer_sign_is_tried_before_one_that_it_begins_with() -> None:
    signs = [operator.sign for operator in OPERATORS]
    for place, sign in enumerate(signs):
        assert not any(later.startswith(sign) for later in signs[place + 1 :])


@given(st.sampled_from(sorted(BY_SIGN)), st.text(max_size=6))
def test_an_absent_value_is_in_no_relation_to_anything(sign: str, value: str) -> None:
    assert not Comparison("absent", sign, value).matches(Subject())


@given(VALUES, st.sampled_from(sorted(BY_SIGN)), st.text(max_size=6))
def test_any_value_can_be_compared_with_any_text(value: Value, sign: str, text: str) -> None:
    subject = Subject(fields={"f": value})
    assert Comparison("f", sign, text).matches(subject) in (True, False)
    if value is not None:
        equal, unequal = (Comparison("f", sign, text).matches(subject) for sign in ("=", "!="))
        assert equal is not unequal


@pytest.mark.parametrize(
    ("value", "sign", "text", "matches"),
    [
        (True, "=", "TRUE", True),
        (True, "=", "1", False),
        (True, ">", "0", False),
        ("100", ">", "20", True),
        ("100", ":", "10", True),
        (100, ":", "10", False),
        ("MSE", "=", "mse", True),
        ("MSE", ":", "s", True),
        (10**400, ">", "1e300", True),
        (10**400, "=", "inf", True),
        (math.nan, "=", "nan", True),
        (math.nan, "!=", "1", True),
        (0.1, "=", "10%", True),
    ],
)
def test_comparisons(value: Value, sign: str, text: str, matches: bool) -> None:
    assert Comparison("f", sign, text).matches(Subject(fields={"f": value})) is matches


def test_a_config_that_is_a_word_does_not_hide_the_metric_of_its_name() -> None:
    subject = Subject(fields={"loss": "mse", "last.loss": 0.2})
    assert Comparison("loss", "<", "0.5").matches(subject)
    assert not Comparison("loss", "<", "0.1").matches(subject)
    assert Comparison("loss", "=", "mse").matches(subject)
    assert not Comparison("loss", "=", "0.2").matches(subject)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (0.1, "0.1"),
        ("x", "x"),
        (None, "None"),
        (10**300, "inf"),
    ],
)
def test_a_value_as_a_text(value: Value, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("text", "matches"), [("", True), ("FOREST", True), ("STRASSE", True), ("desert", False)]
)
def test_words_are_found_whatever_their_case(text: str, matches: bool) -> None:
    assert Text(text).matches(Subject(("brave-forest", "Straße"))) is matches
    assert not Text(text).matches(Subject())


def test_nothing_asked_is_everything_and_no_choice_is_nothing() -> None:
    assert EVERYTHING.matches(Subject())
    assert not Or(()).matches(Subject())
    assert not Not(EVERYTHING).matches(Subject())


def test_fields_are_told_once_in_the_order_written() -> None:
    loss, rate = Comparison("loss", "<", "1"), Comparison("lr", ">", "0")
    query = And((Or((rate, Text("x"))), Not(loss), rate, Comparison("age", "<", "1")))
    assert fields_of(query) == ["lr", "loss", "age"]
    assert fields_of(EVERYTHING) == fields_of(Text("x")) == []


def test_an_integer_that_python_refuses_to_write_is_a_text_all_the_same() -> None:
    assert value_text(-(10**5000)) == "inf"
    assert Comparison("f", ":", "inf").matches(Subject(fields={"f": 10**5000}))


def test_units_are_what_they_are_elsewhere() -> None:
    known = {"1k": 1e3, "1K": 1e3, "2M": 2e6, "3G": 3e9, "5%": 0.05, "90s": 90, "2min": 120}
    known |= {"2m": 120, "1.5h": 5400, "1d": 86_400}
    assert {text: parse_number(text) for text in known} == known


def test_terms_of_other_kinds_are_never_equal() -> None:
    part = Text("a")
    terms = [And((part,)), Or((part,)), Not(part), Not(Not(part)), part, Comparison("a", "=", "b")]
    assert len(set(terms)) == len(terms)
    assert And((part,)) == And((Text("a"),))
