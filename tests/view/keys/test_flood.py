"""The number of keys that are answered when keys come without a pause."""

from __future__ import annotations

import itertools

from trackio_view.view.keys.flood import MOST_KEYS, Flood


def admitted(flood: Flood, count: int) -> int:
    return sum(flood.admits() for _ in range(count))


def test_a_flood_is_left_out_however_long_its_answers_take() -> None:
    flood = Flood()
    for start in range(0, 1000, 10):
        flood.begin(float(start))
        admitted(flood, 4096)
        flood.end(start + 9.999)
    assert flood.left_out > 100 * 4096 - MOST_KEYS - 200
    flood.begin(1010.0)
    assert flood.left_out == 0
    assert admitted(flood, 100) == 100


def test_a_key_held_down_all_day_is_never_left_out() -> None:
    flood = Flood()
    for moment in itertools.islice(itertools.count(1), 100_000):
        flood.begin(moment / 60)
        assert flood.admits()
        flood.end(moment / 60)


def test_keys_that_come_at_once_were_pasted() -> None:
    flood = Flood()
    flood.begin(10.0)
    assert not flood.is_paste(60)
    assert flood.is_paste(4000)
    assert flood.is_paste(3), "the rest, which waited already"
    flood.end(11.0)
    flood.begin(11.01)
    assert flood.is_paste(1)
    flood.end(12.0)
    flood.begin(12.5)
    assert not flood.is_paste(1), "a person types on"
