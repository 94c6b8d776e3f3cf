"""A field that a sample is not given is absent."""

from __future__ import annotations

import pytest

from trackio_view.model.gpu import (
    VISIBLE_PROCESSES,
    Absence,
    GpuIdentity,
    GpuProcess,
    GpuSample,
    GpusSampled,
)

IDENTITY = GpuIdentity("0000:03:00.0", "AMD", "Radeon")


def test_a_field_that_no_source_tells_is_absent_and_never_zero() -> None:
    sample = GpuSample(IDENTITY, 1.0)
    said = {
        name: value
        for name, value in sample._asdict().items()
        if name not in ("identity", "time") and value not in (None, {})
    }
    # We count hidden processes ourselves, so not knowing of any means 0.
    assert said == {"hidden_processes": 0}
    assert dict(sample.temperatures) == dict(sample.reasons) == dict(sample.measures) == {}


@pytest.mark.parametrize(
    ("sensors", "degrees"),
    [
        ({}, None),
        ({"gpu": 0.0}, 0.0),
        ({"gpu": 61.0, "hotspot": 99.0}, 61.0),
        ({"hotspot": 99.0, "gpu": 61.0}, 61.0),
        ({"hotspot": 99.0, "memory": 61.0}, 99.0),
        ({"edge": 61.0, "memory": 88.0}, 61.0),
        # The GPU of a board is powered down, or its sensor cannot be read for a moment.
        ({"cpu": 51.0, "tj": 52.0}, None),
        ({"memory": 88.0}, None),
    ],
)
def test_the_temperature_is_that_of_the_chip(
    sensors: dict[str, float], degrees: float | None
) -> None:
    assert GpuSample(IDENTITY, 0.0, temperatures=sensors).temperature == degrees


def test_what_a_gpu_does_now_is_unknown_once_it_answers_no_more() -> None:
    sample = GpuSample(
        IDENTITY, 1.0, utilization=50.0, activity="training", partition_activity=("idle",)
    )
    unanswered = sample.unanswered(Absence.STALE, "not answering for 12 s")
    assert (unanswered.activity, unanswered.partition_activity) == (None, None)
    assert (unanswered.state, unanswered.state_text) == (Absence.STALE, "not answering for 12 s")
    assert (unanswered.time, unanswered.utilization) == (1.0, 50.0), "the last reading stays"


def test_a_gpu_is_known_by_all_that_identifies_it() -> None:
    assert GpuIdentity("k", "AMD", "Radeon") == GpuIdentity("k", "AMD", "Radeon")
    partition = GpuIdentity("k", "AMD", "Radeon", parent="whole")
    assert len({IDENTITY, GpuIdentity("k", "AMD", "Radeon"), partition}) == 3
    for held, name in ((IDENTITY, "key"), (GpuProcess(1), "memory")):
        with pytest.raises(AttributeError):
            setattr(held, name, 0)


@pytest.mark.parametrize("processes", ["", VISIBLE_PROCESSES])
@pytest.mark.parametrize("load", ["", "time awake", VISIBLE_PROCESSES])
@pytest.mark.parametrize("hidden", [0, 1])
def test_a_load_is_a_part_where_it_is_that_of_the_visible_of_several_processes(
    hidden: int, load: str, processes: str
) -> None:
    measures = {"utilization": load, "processes": processes}
    sample = GpuSample(IDENTITY, 1.0, hidden_processes=hidden, measures=measures)
    hides = hidden == 1 or processes == VISIBLE_PROCESSES
    assert sample.hides_processes is hides
    assert sample.load_is_a_part is (hides and load == VISIBLE_PROCESSES)


def test_a_sample_is_taken_so_long_after_its_clock_began() -> None:
    sample = GpuSample(IDENTITY, 5.0)
    assert GpusSampled((sample,), (), clock_zero=1_700_000_000.0).moment(sample) == 1_700_000_005.0
    # An older recording does not tell when its clock began.
    assert GpusSampled((sample,), ()).moment(sample) == 5.0


def test_every_reason_is_told_in_words_of_its_own() -> None:
    words = [absence.value for absence in Absence]
    assert len(set(words)) == len(words)
    assert all(word and word == word.strip().lower() for word in words)
