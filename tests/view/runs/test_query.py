"""The filter language: its meaning, the places of its faults, and that no typed text breaks it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.runs.query import QueryFault, parse_query, write_query
from trackio_view.view.runs.query_terms import (
    EVERYTHING,
    OPERATORS,
    And,
    Comparison,
    Not,
    Or,
    Query,
    Text,
    Value,
    fields_of,
    parse_number,
)


@dataclass
class Subject:
    texts: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)

    def value(self, field: str) -> Value:
        return self.fields.get(field)


RUN = Subject(
    ("brave-forest-1", "baseline"),
    {
        "lr": 0.001,
        "loss": 0.25,
        "step": 12_000,
        "name": "brave-forest-1",
        "group": "baseline",
        "amp": True,
        "warmup": "100",
        "nan": math.nan,
        "huge": 10**400,
        "age": 240.0,
        "criterion": "mse",
        "last.criterion": 0.125,
    },
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("   ", True),
        ("forest", True),
        ("FOREST base", True),
        ("forest desert", False),
        ("forest OR desert", True),
        ("desert | forest", True),
        ("desert OR forest debug", False),
        ("(desert OR forest) base", True),
        ("-desert", True),
        ("-forest", False),
        ("NOT forest", False),
        ("--forest", True),
        ("NOT desert", True),
        ("NOT (desert OR forest)", False),
        ("NOT(desert)", True),
        ("desert OR(forest base)", True),
        ("(desert OR forest)AND(base)", True),
        ("forest AND base", True),
        ("/^brave-.*-\\d$/", True),
        ("/^forest/", False),
        ('"brave-forest"', True),
        ("lr>=1e-3 group:baseline loss<0.5 -name:debug", True),
        ("lr>1e-3", False),
        ("lr=0.0010", True),
        ("lr:1e-3", True),
        ("lr!=1e-3", False),
        ("lr==1e-3", True),
        ("lr >= 1e-3", True),
        ("lr < 1e-3", False),
        ("lr>= 1e-3 group :baseline", True),
        ("name : debug", False),
        ("name: /for.st/ forest", True),
        ('"lr" = 0.001', True),
        ("step>10K", True),
        ("step>10k", True),
        ("step>=12_000", True),
        ("loss<50%", True),
        ("age<5min", True),
        ("age>0.1h", False),
        ("name:forest", True),
        ("name=forest", False),
        ("name=Brave-Forest-1", True),
        ("name!=forest", True),
        ("name:/forest-\\d+$/", True),
        ("name:/a\\/b/", False),
        ("amp=true", True),
        ("amp:false", False),
        ("amp>0", False),
        ("warmup>=100", True),
        ("warmup:10", True),
        ("absent=1", False),
        ("absent!=1", False),
        ("-absent=1", True),
        ("nan<1", False),
        ("nan:nan", True),
        ("huge>1e300", True),
        ("name<1", False),
        ('"group":"base"', True),
        ("criterion<0.2", True),
        ("criterion<0.1", False),
        ("criterion:mse", True),
        # A regular expression that is still being typed.
        ("/", True),
        ("/fo.est", True),
        ("/fo.est-2", False),
        ("loss<0.5 -/fo.est", False),
        ("name:/^brave", True),
    ],
)
def test_meaning(text: str, expected: bool) -> None:
    query = parse_query(text)
    assert query.matches(RUN) is expected
    assert parse_query(write_query(query)) == query


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("lr>=x", 4, "a number must follow >="),
        ("lr>", 3, "a value must follow >"),
        ("a lr<", 5, "a value must follow <"),
        ("a lr <  ", 6, "a value must follow <"),
        ("lr < x", 5, "a number must follow <"),
        (">3", 0, "the name of a field must stand before >"),
        ("(a b", 0, "this ( is not closed"),
        ("a (b", 2, "this ( is not closed"),
        ("a)", 1, "this ) closes nothing"),
        ("()", 0, "nothing stands between the brackets"),
        ('a "b', 2, 'this " is not closed'),
        ("/[ab", 1, "regex: unterminated character set"),
        ("name:/[a/", 6, "regex: unterminated character set"),
        ("x /(/", 3, "regex: missing ), unterminated subpattern"),
        (r"x name:/(a)\1/", 7, r"regex: backreferences such as \1 are refused"),
        ("/loss(?=$)/", 0, "regex: lookaround such as (?=a) and (?<=a) is refused"),
        ("/(?:a{1000}){1000}/", 0, "regex: this is too large"),
        ("a !b", 3, "after ! comes ="),
        ("a -", 3, "something to leave out must follow"),
        ("a OR", 4, "something must follow OR"),
        ("OR a", 4, "something must stand on both sides of OR"),
        ("a AND", 5, "something must follow AND"),
        ("a " * 60, 100, "no more than 50 terms"),
        ("(" * 60 + "a" + ")" * 60, 50, "this is nested too deep"),
        ("-(" * 30 + "a" + ")" * 30, 50, "this is nested too deep"),
    ],
)
def test_a_fault_has_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryFault) as raised:
        parse_query(text)
    assert (raised.value.position, raised.value.message) == (position, message)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1e-3", 1e-3), ("-.5", -0.5), ("2k", 2e3), ("3 ", 3.0), ("1M", 1e6), ("1m", 60.0)),
        *((text, None) for text in ("", "k", "1x", "1e", "0x10", "__")),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert parse_number(text) == number


LANGUAGE = st.text(alphabet='ab1.-:=!<>()|"/\\ ORANDNT[+*', max_size=40)


@given(st.one_of(st.text(max_size=60), LANGUAGE))
def test_any_text_is_a_query_or_has_a_fault_within_it(text: str) -> None:
    fault: QueryFault | None = None
    try:
        query = parse_query(text)
    except QueryFault as error:
        fault = error
    if fault is not None:
        assert 0 <= fault.position <= len(text)
        assert fault.message
    else:
        assert query.matches(RUN) in (True, False)
        assert parse_query(write_query(query)) == query


NAMES = st.one_of(
    st.sampled_from(["lr", "a b", "OR", "-x", 'q"\\', "loss/val"]), st.text(max_size=5)
)
NUMBERS = st.integers(-3, 3)


def _comparisons() -> st.SearchStrategy[Query]:
    signs = st.sampled_from([operator.sign for operator in OPERATORS])
    return st.builds(Comparison, NAMES.filter(bool), signs, NUMBERS.map(str))


def _combined(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    some = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, parts),
        some.map(lambda found: And(tuple(p for q in found for p in _of(q, And)))),
        some.map(lambda found: Or(tuple(p for q in found for p in _of(q, Or)))),
    )


def _of(query: Query, kind: type) -> tuple[Query, ...]:
    return query.parts if isinstance(query, kind) else (query,)  # type: ignore[union-attr]


QUERIES = st.recursive(st.one_of(st.builds(Text, NAMES), _comparisons()), _combined, max_leaves=8)


@given(QUERIES)
def test_a_query_that_is_written_reads_back_as_itself(query: Query) -> None:
    assert parse_query(write_query(query)) == query


def _brute_force(query: Query, subject: Subject) -> bool:
    """Judge a query by a plain translation into Python."""
    if isinstance(query, Not):
        return not _brute_force(query.part, subject)
    if isinstance(query, And):
        return False not in [_brute_force(part, subject) for part in query.parts]
    if isinstance(query, Or):
        return True in [_brute_force(part, subject) for part in query.parts]
    if isinstance(query, Text):
        return any(query.text.casefold() in text.casefold() for text in subject.texts)
    assert isinstance(query, Comparison)
    value = subject.fields.get(query.field)
    if value is None:
        return False
    sign = {"=": "==", ":": "=="}.get(query.sign, query.sign)
    # No field of these subjects is a text that hides a metric of the same name.
    return bool(eval(f"{value!r} {sign} {query.value}"))


SUBJECTS = st.builds(
    Subject,
    st.tuples(NAMES, NAMES),
    st.dictionaries(st.sampled_from(["lr", "a b", "OR"]), NUMBERS, max_size=3),
)


@given(QUERIES, st.lists(SUBJECTS, max_size=5))
def test_a_query_matches_as_brute_force_does(query: Query, subjects: list[Subject]) -> None:
    written = parse_query(write_query(query))
    found = [subject for subject in subjects if written.matches(subject)]
    assert found == [subject for subject in subjects if _brute_force(query, subject)]


def test_an_empty_text_matches_everything() -> None:
    assert parse_query("") == parse_query(" \t") == EVERYTHING


def test_the_fields_that_a_query_asks_for() -> None:
    query = parse_query('forest (lr>1 OR -"a b":x) name:/y/ lr<2 /z/')
    assert fields_of(query) == ["lr", "a b", "name"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2k", 2e3),
        ("2K", 2e3),
        ("2M", 2e6),
        ("2G", 2e9),
        ("2%", 0.02),
        ("2s", 2.0),
        ("2min", 120.0),
        ("2m", 120.0),
        ("2h", 7200.0),
        ("2d", 172_800.0),
    ],
)
def test_a_number_may_have_a_unit(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number, rel=1e-12)
