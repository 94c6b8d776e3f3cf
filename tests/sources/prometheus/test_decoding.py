"""Long lists are decoded in pieces: the value is the same, and no piece delays a key."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.prometheus import decoding
from trackio_view.sources.prometheus.decoding import decoded

TRICKY = '},{"metric":{ \\ \u0000 },{\\"metric\\":'


def document(count: int, **more: Any) -> dict[str, Any]:
    result = [
        {"metric": {"gpu": str(number), "pod": TRICKY}, "value": [1.5, "NaN"]}
        for number in range(count)
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": result}, **more}


def written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


@pytest.mark.parametrize("count", [0, 1, 2, 256, 257, 258, 259, 512, 513, 514, 1_300])
def test_the_value_is_that_of_the_whole(count: int) -> None:
    for more in ({}, {"warnings": ["partly"]}, {"isPartial": True}):
        value = document(count, **more)
        assert decoded(written(value)) == value
        assert decoded(json.dumps(value).encode()) == value


@pytest.mark.parametrize("count", range(12))
def test_pieces_end_between_series_however_long_they_are(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    value = document(count)
    for most in (1, 90, 150, 300):
        monkeypatch.setattr(decoding, "_BYTES_AT_ONCE", most)
        assert decoded(written(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        [{"metric": 1}] * 400,
        {"data": [{"metric": 1}] * 400},
        {"data": {"result": 1, "other": [{"metric": 1}] * 400}},
        {"data": {"result": [], "other": [{"metric": 1}] * 400}},
    ],
)
def test_lists_that_are_elsewhere(value: Any) -> None:
    assert decoded(written(value)) == value


@pytest.mark.parametrize("cut", [1, 20, 5_000, -1, -2, -20])
def test_text_that_is_no_json_is_a_value_error(cut: int) -> None:
    data = written(document(600))
    with pytest.raises(ValueError, match=r".*"):
        decoded(data[:cut])
    with pytest.raises(ValueError, match=r".*"):
        decoded(data.replace(b'"NaN"', b"NaN"))


def test_no_piece_is_long_and_keys_are_given_way_between_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, sizes, given_way = written(document(4_000)), [], []

    def loads(piece: bytes) -> Any:
        sizes.append(len(piece))
        return orjson.loads(piece)

    monkeypatch.setattr(decoding, "json_value", loads)
    monkeypatch.setattr(KEYS_FIRST, "give_way", lambda: given_way.append(len(sizes)))
    decoded(data)
    assert max(sizes) < len(data) / 10
    assert len(given_way) == len(sizes) - 1 > 10
