"""A written smoothing means one amount, and keys go through all amounts."""

from __future__ import annotations

import pytest

from trackio_view.series.smoothing import Smoothing, Way, beside, smoothing_of


@pytest.mark.parametrize(
    ("text", "smoothing"),
    [
        ("off", None),
        ("0", None),
        ("time:0", None),
        ("0.9", Smoothing(Way.BY_POINTS, 0.9)),
        (".97", Smoothing(Way.BY_POINTS, 0.97)),
        ("time:0.6", Smoothing(Way.BY_DISTANCE, 0.6)),
        ("mean", Smoothing(Way.CENTRED, 10)),
        ("mean:25", Smoothing(Way.CENTRED, 25)),
        (" MEAN:3 ", Smoothing(Way.CENTRED, 3)),
    ],
)
def test_a_smoothing_is_read_back_as_it_was_written(text: str, smoothing: Smoothing | None) -> None:
    assert smoothing_of(text) == smoothing
    if smoothing is not None:
        assert smoothing_of(smoothing.text) == smoothing


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "much", "1", "0.9995", "-0.1", "nan", "inf", "0.9:", "mean:2", "mean:2.5"),
        *("mean:101", "mean:nan", "time:", "time:mean", "gauss:0.5", "time:off", "time:time:0.5"),
    ],
)
def test_a_smoothing_without_sense_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is none of: off|a weight is|a mean is"):
        smoothing_of(text)


@pytest.mark.parametrize("way", [Way.BY_POINTS, Way.BY_DISTANCE])
def test_a_key_goes_through_all_amounts_and_back(way: Way) -> None:
    up: list[Smoothing | None] = [None]
    while beside(up[-1], way, more=True) != up[-1]:
        up.append(beside(up[-1], way, more=True))
    mean = Smoothing(Way.CENTRED, 10)
    assert up == [None, *(Smoothing(way, one) for one in (0.6, 0.9, 0.97, 0.99, 0.997)), mean]
    assert [beside(one, way, more=False) for one in up] == [None, *up[:-1]]


def test_a_key_goes_on_from_what_an_option_asked_for() -> None:
    between = Smoothing(Way.BY_DISTANCE, 0.95)
    assert beside(between, Way.BY_POINTS, more=True) == Smoothing(Way.BY_DISTANCE, 0.97)
    assert beside(between, Way.BY_POINTS, more=False) == Smoothing(Way.BY_DISTANCE, 0.9)
    wide = Smoothing(Way.CENTRED, 50)
    assert beside(wide, Way.BY_POINTS, more=True) == wide
    assert beside(wide, Way.BY_POINTS, more=False) == Smoothing(Way.BY_POINTS, 0.997)
