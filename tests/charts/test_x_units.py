"""The unit of an x axis stands once, at its right end, and touches no label."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.axes import GAP, PlacedLabel, x_labels
from trackio_view.charts.x_units import named, with_unit


def texts(labels: tuple[PlacedLabel, ...]) -> list[str]:
    return [label.text for label in labels]


def test_the_last_label_gives_way_to_the_unit() -> None:
    placed = named(x_labels, "steps")(0, 6000, 80, 4)
    assert texts(placed) == ["0", "1k", "2k", "3k", "4k", "5k", "6k", "steps"]
    assert (placed[-1].tick, placed[-1].start) == (None, 75)
    assert (placed[-2].tick, placed[-2].start) == (79, 72)


def test_a_unit_without_room_is_left_out() -> None:
    assert texts(named(x_labels, "steps")(0, 6000, 63, 4)) == texts(x_labels(0, 6000, 63, 4))
    long = "a_name_that_is_too_long_for_an_axis"
    assert named(x_labels, long) is x_labels
    assert named(x_labels, "") is x_labels
    crowded = [PlacedLabel(0, 0, "100"), PlacedLabel(6, 5, "200")]
    assert with_unit(crowded, 9, "min") is None
    assert with_unit((), 9, "min") == ()


def test_a_name_for_terminals_is_no_sequence_on_an_axis() -> None:
    assert "\x1b" not in "".join(texts(named(x_labels, "to\x1b[2Jk")(0, 6000, 80, 4)))


@given(
    right=st.integers(1, 10**9),
    width=st.integers(64, 200),
    unit=st.sampled_from(["steps", "s", "tokens", "令牌"]),
)
def test_it_touches_nothing_and_ends_where_the_axis_does(right: int, width: int, unit: str) -> None:
    plain = x_labels(0.0, float(right), width, 4)
    placed = named(x_labels, unit)(0.0, float(right), width, 4)
    assert [label.tick for label in placed[: len(plain)]] == [label.tick for label in plain]
    if len(placed) == len(plain):
        return
    given_way = [it for it, now in zip(plain, placed, strict=False) if now.text != it.text]
    assert given_way in ([], [plain[-2]])
    free = -4
    for label in placed[:-1]:
        assert label.start >= free
        free = label.start + len(label.text) + GAP
    assert placed[-1].start >= free - GAP + 1
    assert placed[-1].start + len(unit) * (1 if unit.isascii() else 2) == width


@pytest.mark.parametrize("width", [64, 100, 160])
def test_a_usual_axis_of_steps_has_room_for_it(width: int) -> None:
    assert all(
        texts(named(x_labels, "steps")(0, end, width, 4))[-1] == "steps"
        for end in (6000, 200_000, 1_250_000)
    )
