from collections.abc import Mapping
from typing import Any

import pytest

from trackio_view.model.gpu import GpuIdentity, GpuSample
from trackio_view.wording.unwell_gpus import in_spans, unwell_gpus


def told(*cards: Mapping[str, Any], thresholds: Mapping[str, float] | None = None) -> list[str]:
    samples = [
        GpuSample(GpuIdentity(f"card {number}", "NVIDIA", "a card"), 0.0, **fields)
        for number, fields in enumerate(cards)
    ]
    return unwell_gpus(enumerate(samples), thresholds or {})


def test_each_gpu_that_is_not_well_is_told_of() -> None:
    assert told({}, {"ecc_uncorrected": 0}) == []
    assert told({}, {"memory_repair": "failed"}, {}, {"banks_without_spare_rows": 1}) == [
        "GPU 1: memory repair failed: have the GPU replaced",
        "GPU 3: no spare rows left in 1 bank",
    ]


def test_all_that_is_wrong_with_one_is_told() -> None:
    both = {"ecc_uncorrected": 2, "throttled_heat": 31.0}
    assert told(both) == [
        "GPU 0: 2 uncorrected memory errors since the driver loaded: results may be wrong, jobs"
        " will be killed",
        "GPU 0: held back by heat 31 % of the time",
    ]


def test_the_worst_comes_first_whichever_gpu_has_it() -> None:
    first, second = told({"throttled_heat": 31.0}, {"memory_repair": "failed"})
    assert first.startswith("GPU 1: memory repair failed")
    assert second.startswith("GPU 0: held back")


def test_a_sentence_about_several_gpus_is_said_once() -> None:
    ill = {"memory_repair": "waits for a GPU reset"}
    assert told(ill, ill, {}, ill) == ["GPU 0-1, 3: memory repair waits for a GPU reset"]
    # Other counts are other sentences: no GPU is told to have what another one has.
    assert len(told({"ecc_uncorrected": 2}, {"ecc_uncorrected": 3})) == 2


def test_the_settings_say_from_when_on() -> None:
    warm = {"throttled_heat": 31.0}
    assert told(warm, thresholds={"gpu_heat": 40}) == []
    assert told(warm, thresholds={"gpu_heat": 30}) != []


@pytest.mark.parametrize(
    ("numbers", "text"), [([4], "4"), ([0, 1, 2, 5], "0-2, 5"), ([1, 3], "1, 3")]
)
def test_numbers_in_a_row_are_a_span(numbers: list[int], text: str) -> None:
    assert in_spans(numbers) == text
