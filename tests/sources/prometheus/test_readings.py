"""The numbers of an answer, by GPU and by field."""

from __future__ import annotations

import math

from trackio_view.sources.prometheus.answers import AnsweredSeries
from trackio_view.sources.prometheus.families import FAMILIES, found_families, meanings
from trackio_view.sources.prometheus.queries import ScrapeTarget
from trackio_view.sources.prometheus.readings import AnsweredReadings, readings

MEANT = meanings(found_families(["DCGM_FI_DEV_FB_USED"]), details=False)


def told(*numbers: tuple[str, str, float]) -> AnsweredReadings:
    return readings(
        (
            AnsweredSeries({"__name__": name, "instance": "n", "gpu": gpu}, 0.0, value)
            for name, gpu, value in numbers
        ),
        MEANT,
    )


def test_the_first_place_of_a_field_holds_whatever_the_order() -> None:
    both = [("DCGM_FI_DEV_GPU_UTIL", "0", 40.0), ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "0", 0.9)]
    for order in (both, both[::-1]):
        found = told(*order)
        assert [values["utilization"] for values in found.values.values()] == [40.0]
        assert not found.by_engines
    found = told(both[1])
    assert [values["utilization"] for values in found.values.values()] == [90.0]
    assert list(found.by_engines) == list(found.values)


def test_of_one_field_told_twice_the_highest_is_taken() -> None:
    found = told(*(("DCGM_FI_DEV_POWER_USAGE", "0", watts) for watts in (300.0, 500.0, 400.0)))
    assert [values["power"] for values in found.values.values()] == [500.0]


def test_parts_of_a_whole_are_added_up() -> None:
    family = next(one for one in FAMILIES if one.piece)
    used = next(field for field in family.fields if field.field == "memory_used")
    found = found_families([family.anchor])
    name = next(
        name
        for name, meaning in meanings(found, details=False).items()
        if any(told is used for _, told in meaning.told)
    )
    labels = {"__name__": name, "instance": "n", **dict(used.where)}

    def memory(tiles: int) -> float:
        pieces = (
            AnsweredSeries({**labels, family.piece: str(tile)}, 0.0, 1_000_000_000.0)
            for tile in range(tiles)
        )
        (values,) = readings(pieces, meanings(found, details=False)).values.values()
        return values["memory_used"]

    assert memory(2) == 2 * memory(1)


def test_unknown_metrics_and_odd_numbers_are_passed_over() -> None:
    found = told(
        ("DCGM_FI_DEV_GPU_TEMP", "0", 9.223372036854776e18),
        ("DCGM_FI_DEV_POWER_USAGE", "0", math.nan),
        ("something_else", "1", 1.0),
    )
    assert list(map(dict, found.values.values())) == [{}]


def test_when_it_was_read_is_the_targets() -> None:
    series = [
        AnsweredSeries({"instance": "n"}, 0.0, 123.0),
        AnsweredSeries({"instance": "m"}, 0.0, math.inf),
        AnsweredSeries({"__name__": "DCGM_FI_DEV_GPU_TEMP", "instance": "n", "gpu": "0"}, 0.0, 60),
        AnsweredSeries({"__name__": "DCGM_FI_DEV_GPU_TEMP", "instance": "m", "gpu": "0"}, 0.0, 60),
    ]
    found = readings(series, MEANT)
    assert found.times == {ScrapeTarget("n", ""): 123.0}
    assert [found.read_at(key, 7.0) for key in found.values] == [123.0, 7.0]


def test_series_of_other_labels_than_a_field_is_told_by_tell_nothing_of_it() -> None:
    family, field = next(
        (family, field) for family in FAMILIES for field in family.fields if field.where
    )
    meant = meanings(found_families([family.anchor]), details=False)
    label, value = field.where[0]

    def fields(told: str) -> list[str]:
        labels = {"__name__": field.metric, "instance": "n", **dict(field.where), label: told}
        found = readings([AnsweredSeries(labels, 0.0, 7.0)], meant)
        return [name for values in found.values.values() for name in values]

    assert field.field in fields(value)
    assert field.field not in fields("another")
