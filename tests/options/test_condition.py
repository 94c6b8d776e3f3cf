import re

import pytest

from trackio_view.options.condition import Condition, ConditionFault, parse_condition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("train/loss < 0.1", Condition("train/loss", "<", 0.1)),
        ("loss<=1e-3", Condition("loss", "<=", 0.001)),
        (" a b >= -5 ", Condition("a b", ">=", -5)),
        ("n == 9007199254740993", Condition("n", "==", 2**53 + 1)),
        ("'a < b' > .5", Condition("a < b", ">", 0.5)),
        ('"" != 0', Condition("", "!=", 0)),
        ("x < inf", Condition("x", "<", float("inf"))),
    ],
)
def test_conditions(text: str, expected: Condition) -> None:
    assert parse_condition(text) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("loss", 4),
        ("< 3", 0),
        ("loss =< 3", 5),
        ("loss < ", 7),
        ("loss < 3x", 7),
        ("loss < nan", 7),
        ("loss < 1_000", 7),
        ("loss < 1 < 2", 7),
        ("'a' b < 1", 4),
        ('"a < b > 1', 0),
        (" 'it < 1", 1),
        ("loss < \u0661", 7),
        ("", 0),
    ],
)
def test_the_place_of_a_fault_is_shown(text: str, place: int) -> None:
    with pytest.raises(ConditionFault) as caught:
        parse_condition(text)
    assert caught.value.place == place
    assert str(caught.value).splitlines()[1:] == [f"  {text}".rstrip("\n"), f"  {' ' * place}^"]


def test_huge_integers_are_compared_exactly() -> None:
    assert not parse_condition(f"n > {2**60}").holds(2**60)
    assert parse_condition(f"n > {2**60}").holds(2**60 + 1)
    assert parse_condition("n >= 0.5").holds(10**400)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("loss <", "a number is missing"),
        ("loss < low", "not a number: low"),
        ("< 3", "the metric's name is missing"),
        ("loss =< 3", "no such comparison: =< (there are "),
        ("loss < " + "9" * 5000, "more digits than can be read"),
    ],
)
def test_a_wrong_condition_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConditionFault, match=re.escape(sentence)):
        parse_condition(text)
