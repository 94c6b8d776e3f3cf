from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.config import TOO_DEEP, json_text
from trackio_view.model.run import RunRows, unknown_times
from trackio_view.sources.trackio.tables import rows
from trackio_view.sources.trackio.tables.bounded_values import MOST_VALUES, bounded_values
from trackio_view.sources.trackio.tables.rows import (
    MOST_TEXT,
    bounded,
    decode,
    decode_run,
    parse_time,
)
from trackio_view.terminal.text import MOST_ON_A_PAGE, shortened

NONFINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def row(number: int, metrics: Any, run: str = "r", step: Any = None) -> tuple[Any, ...]:
    encoded = json.dumps(metrics).encode() if isinstance(metrics, dict) else metrics
    step = number if step is None else step
    return (number, f"id-{run}", run, step, "2026-01-01T00:00:00.000001+00:00", encoded)


def only(rows: list[tuple[Any, ...]]) -> RunRows:
    (batch,) = decode(rows).batches
    return batch


def points(batch: RunRows, metric: str) -> list[tuple[int, float]]:
    column = batch.columns[metric]
    assert column.rows.typecode == "I"
    assert column.values.typecode == "d"
    return list(zip(column.rows, column.values, strict=True))


documents = st.dictionaries(
    st.sampled_from(["a", "b", "train/loss", "", "ключ", 'q"uote']),
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(-(2**63), 2**64 - 1),
        st.booleans(),
        st.none(),
        st.sampled_from(["NaN", "Infinity", "-Infinity", "text"]),
        st.lists(st.integers(), max_size=2),
        st.just({"_type": "trackio.table", "_value": []}),
    ),
    max_size=4,
)


def reference(metrics: list[dict[str, Any]]) -> dict[str, list[tuple[int, float | int]]]:
    found: dict[str, list[tuple[int, float | int]]] = {}
    for position, document in enumerate(metrics):
        for key, value in document.items():
            if isinstance(value, str):
                value = NONFINITE.get(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                found.setdefault(key, []).append((position, value))
    return found


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), documents), max_size=60),
    st.sampled_from(["bytes", "text", "mixed"]),
)
def test_decoding_agrees_with_a_naive_reading(
    logged: list[tuple[str, dict[str, Any]]], kind: str
) -> None:
    rows = []
    for number, (run, metrics) in enumerate(logged, 1):
        text = json.dumps(metrics)
        as_bytes = kind == "bytes" or (kind == "mixed" and number % 2)
        rows.append(row(number, text.encode() if as_bytes else text, run))
    decoded = decode(rows)
    assert decoded.broken == 0
    assert {batch.run_name for batch in decoded.batches} == {run for run, _ in logged}
    for batch in decoded.batches:
        own = [(n, metrics) for n, (run, metrics) in enumerate(logged, 1) if run == batch.run_name]
        assert list(batch.steps) == [number for number, _ in own]
        assert batch.last_id == own[-1][0]
        assert len(batch.times) == len(own)
        expected = reference([metrics for _, metrics in own])
        assert set(batch.columns) == set(expected)
        for metric, pairs in expected.items():
            column = batch.columns[metric]
            assert list(column.rows) == [position for position, _ in pairs]
            for at, (_, value) in enumerate(pairs):
                exact = column.exact.get(at, column.values[at])
                assert exact == value or (math.isnan(exact) and math.isnan(value))


def test_columns_of_one_shape_share_their_rows() -> None:
    batch = only([row(n, {"a": 1.5, "b": 2}) for n in range(5)])
    assert batch.columns["a"].rows is batch.columns["b"].rows


@pytest.mark.parametrize("every", [2, 3, 50])
def test_shapes_that_interleave_keep_the_order_of_rows(every: int) -> None:
    rows = [row(n, {"v": n, "e": n} if n % every == 0 else {"v": n}) for n in range(300)]
    batch = only(rows)
    assert points(batch, "v") == [(n, float(n)) for n in range(300)]
    assert points(batch, "e") == [(n, float(n)) for n in range(0, 300, every)]


def test_thousands_of_metrics_in_as_many_shapes() -> None:
    batch = only([row(n, {f"m{n}": n, "all": 2 * n}) for n in range(5000)])
    assert len(batch.columns) == 5001
    assert points(batch, "m4999") == [(4999, 4999.0)]
    assert len(batch.columns["all"].rows) == 5000


def test_integers_beyond_floats_stay_exact() -> None:
    big, huge = 2**53 + 1, 2**64 - 1
    batch = only(
        [row(1, {"n": 1}), row(2, {"n": big}), row(3, {"n": -huge // 2}), row(4, {"n": huge})]
    )
    assert batch.columns["n"].exact == {1: big, 2: -huge // 2, 3: huge}
    assert batch.columns["n"].values[3] == float(huge)


def test_an_integer_beyond_every_float_from_an_old_release() -> None:
    number = 10**400
    batch = only([row(1, {"n": number})])
    assert batch.columns["n"].exact == {0: number}
    assert batch.columns["n"].values[0] == math.inf


def test_bare_nonfinite_numbers_of_old_releases() -> None:
    batch = only([row(1, '{"a": NaN}'), row(2, '{"a": -Infinity, "b": 1}'), row(3, '{"a": 2}')])
    assert math.isnan(batch.columns["a"].values[0])
    assert points(batch, "a")[1:] == [(1, -math.inf), (2, 2.0)]


def test_a_metric_that_changes_its_type_keeps_its_numbers() -> None:
    batch = only([row(1, {"a": 1}), row(2, {"a": "x"}), row(3, {"a": True}), row(4, {"a": "NaN"})])
    assert [position for position, _ in points(batch, "a")] == [0, 3]


@pytest.mark.parametrize(
    "broken",
    [b"{", b'{"a":1', b"", b"[1]", b"3", b"null", None, 7, 1.5, b"\xff\xfe", '{"a":1},{"b":2}',
     b'{"a":1},0,{"b":2}', b'{"a":1},1,{"b":2}', b"[" * 5000, b'{"a":1}]', "not json",
     b'{"a":\xff}'],
)  # fmt: skip
def test_a_broken_row_costs_itself_only(broken: Any) -> None:
    decoded = decode([row(1, {"a": 1}), row(2, broken), row(3, {"a": 3})])
    assert decoded.broken == 1
    (batch,) = decoded.batches
    assert points(batch, "a") == [(0, 1.0), (1, 3.0)]
    assert list(batch.steps) == [1.0, 3.0]
    assert decode([row(1, broken)]).batches == []


def test_two_halves_of_an_object_are_two_broken_rows() -> None:
    decoded = decode([row(1, b'{"a":"x'), row(2, b'y"}'), row(3, b'{"a":1},{"a":2}')])
    assert (decoded.broken, decoded.batches) == (3, [])


@pytest.mark.parametrize(
    ("raw", "step"),
    [
        (7, 7),
        (-3, -3),
        (8.5, 8.5),
        ((40).to_bytes(8, "little"), 40),
        ((-2).to_bytes(4, "little", signed=True), -2),
        ("12", 12),
        ("1.5", 1.5),
        (2**53 + 1, 2**53 + 1),
        ("later", math.nan),
        (b"", math.nan),
        (b"x" * 9, math.nan),
        ("9" * 400, math.nan),
    ],
)
def test_steps_of_every_storage_class(raw: Any, step: float) -> None:
    batch = only([row(1, {"a": 1}), row(2, {"a": 1}, step=raw)])
    if math.isnan(step):
        assert math.isnan(batch.last_step)
        assert math.isnan(batch.steps[1])
    else:
        assert batch.last_step == step
        assert type(batch.last_step) is type(step)
        assert batch.steps == array("d", [1, step])


def test_a_missing_step_is_not_a_number() -> None:
    batch = only([(1, "r", "r", None, None, b"{}")])
    assert math.isnan(batch.last_step)
    assert math.isnan(batch.times[0])


def test_the_name_stands_in_for_a_missing_run_id() -> None:
    assert only([(1, None, "named", 1, "", b"{}")]).run_id == "named"


def test_a_run_that_was_renamed_meanwhile_has_its_newest_name() -> None:
    rows = [
        (number, "id", name, 0, None, b'{"x": 1}') for number, name in enumerate(("old", "new"))
    ]
    assert only(rows).run_name == "new"
    others = [(number, "else", "b", 0, None, b'{"x": 1}') for number in (2, 3)]
    assert [batch.run_name for batch in decode([*rows, *others]).batches] == ["new", "b"]


def test_reserved_keys_and_empty_rows() -> None:
    batch = only([row(1, {"__step": 3, "____d": 1}), row(2, {})])
    assert set(batch.columns) == {"__step", "____d"}
    assert len(batch.steps) == 2


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("1970-01-01T00:00:01+00:00", 1.0),
        ("1970-01-01T00:00:01.500000+00:00", 1.5),
        ("1970-01-01T00:00:01.5+00:00", 1.5),
        ("1970-01-01T00:00:01.1234567Z", 1.123456),
        ("1970-01-01T02:00:01+02:00", 1.0),
        ("1970-01-01 02:00:01 +0200", 1.0),
        ("1970-01-01T02:00:01+02", 1.0),
        ("1970-01-01 00:01 UTC", 60.0),
        ("1970-01-02Z", 86400.0),
        ("1970-01-01t00:00:01z", 1.0),
        ("1970-01-01 00:01 utc", 60.0),
        (b"1970-01-01T00:00:01Z", 1.0),
        ("1700000000", 1.7e9),
        ("1700000000.25", 1_700_000_000.25),
        (" 1.70000000025e+12 ", 1_700_000_000.25),
        ("1700000000250", 1_700_000_000.25),
        (1_700_000_000_250, 1_700_000_000.25),
        (1_700_000_000.25, 1_700_000_000.25),
        (b"1700000000", 1.7e9),
    ],
)
def test_times_with_an_offset(stamp: Any, seconds: float) -> None:
    assert parse_time(stamp) == pytest.approx(seconds, abs=1e-9)


def test_times_without_an_offset_are_local(zone: Callable[[str], None]) -> None:
    zone("UTC-3")
    assert parse_time("1970-01-01T03:00:01.250000") == 1.25


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "soon",
        "12",
        None,
        5,
        "2026-13-01T00:00:00",
        "\0",
        "1970",
        "1e9",
        "170000000",
        "-1700000000",
    ],
)
def test_a_stamp_that_tells_no_time_is_nan(stamp: Any) -> None:
    assert math.isnan(parse_time(stamp))


def test_no_time_is_read_where_nobody_asked_for_any(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr(rows, "parse_time", lambda stamp: read.append(stamp) or 7.0)
    stamps: tuple[list[str | None], ...] = ([None, None], [None, "2026-01-01"])
    batches = [
        decode_run([(at, at, stamp, b"{}") for at, stamp in enumerate(some)], "r").batches[0]
        for some in stamps
    ]
    assert batches[0].times.tobytes() == unknown_times(2).tobytes()
    assert (list(batches[1].times), read) == ([7.0, 7.0], [None, "2026-01-01"])


@given(st.text(max_size=40))
def test_no_text_is_too_odd_for_a_time(stamp: str) -> None:
    assert isinstance(parse_time(stamp), float)


@pytest.mark.parametrize("length", [0, 1, MOST_TEXT, MOST_TEXT + 1, 5_000_000])
def test_a_text_that_is_cut_says_by_how_much_and_is_not_cut_again(length: int) -> None:
    text = "\u65e5" * length
    shown = bounded(text)
    assert len(shown) <= MOST_ON_A_PAGE
    if length <= MOST_TEXT:
        assert shown == text
    else:
        assert shown == f"{text[:MOST_TEXT]} ({length - MOST_TEXT:,} more characters)"
    assert shortened(shown) == shown


def test_every_text_of_a_document_is_bounded() -> None:
    long = "x" * 30_000
    document = {"a": [long, 1, None, {long: long}], "b": 2.5, "c": "short"}
    cut = bounded(long)
    assert bounded_values(document) == {"a": [cut, 1, None, {cut: cut}], "b": 2.5, "c": "short"}


def test_the_kept_part_of_a_config_is_bounded_and_the_rest_is_counted() -> None:
    few = bounded_values({"lr": 0.1, "labels": dict.fromkeys(map(str, range(2_000)), "x")})
    assert len(few["labels"]) == 2_000, "as many as a classifier has, nothing is left out"
    many = {f"key {number}": {"a": number} for number in range(100_000)} | {"_Group": "g"}
    kept = bounded_values(many)
    assert len(kept) <= MOST_VALUES
    assert (kept["_Group"], kept["key 0"]) == ("g", {"a": 0})
    [told] = [name for name in kept if name.startswith("(")]
    shown = len(kept) - 2
    assert told == f"({100_000 - shown:,} more names)"
    longest = bounded_values({"numbers": list(range(1_000_000))})["numbers"]
    assert MOST_VALUES - 10 < len(longest) < MOST_VALUES
    assert longest[-1] == f"({1_000_000 - len(longest) + 1:,} more values)"
    assert longest[:-1] == list(range(len(longest) - 1))


@pytest.mark.parametrize(
    ("count", "length", "groups"),
    [
        (1000, 9, [256, 256, 256, 232]),
        (100, 10_000, [26, 26, 26, 22]),
        (6, (128 << 10) - 1, [2, 2, 2]),
        (3, 128 << 10, [1, 1, 1]),
        (2, 1 << 20, [1, 1]),
    ],
)
def test_rows_are_parsed_so_many_at_once_that_the_lock_is_not_held_for_long(
    monkeypatch: pytest.MonkeyPatch, count: int, length: int, groups: list[int]
) -> None:
    parsed: list[int] = []
    whole = rows._parse_joined
    monkeypatch.setattr(
        rows, "_parse_joined", lambda group: (parsed.append(len(group)), whole(group))[1]
    )
    text = b'{"a":1}' + b" " * (length - 7)
    batch = only([row(number, text) for number in range(count)])
    assert parsed == groups
    assert points(batch, "a") == [(number, 1.0) for number in range(count)]


def test_of_what_is_nested_without_end_some_levels_are_kept() -> None:
    document: dict[str, Any] = {"lr": 0.1}
    for _ in range(600):
        document = {"k": document, "l": [1]}
    assert f'"{TOO_DEEP}"' in json_text(bounded_values(document))
    assert json_text(bounded_values({"a": {"b": [1, {"c": 2}]}})) == '{"a": {"b": [1, {"c": 2}]}}'
