"""GPUs that only their partitions tell of."""

from __future__ import annotations

import pytest

from trackio_view.model.gpu import GpuIdentity, GpuSample
from trackio_view.sources.prometheus.whole_gpus import with_wholes


def part(number: str, load: float | None, used: int | None = 10) -> GpuSample:
    size = None if used is None else 40
    identity = GpuIdentity(f"a/{number}", "NVIDIA", "H100 1g.10gb", parent="a")
    return GpuSample(
        identity, 0.0, utilization=load, power=400.0, memory_used=used, memory_total=size
    )


def test_whole_gpus_stay_as_they_are() -> None:
    whole = GpuSample(GpuIdentity("b", "NVIDIA", "H100"), 0.0, power=300.0)
    assert with_wholes([whole], [""]) == [whole]
    assert with_wholes([], []) == []


def test_a_gpu_stands_before_its_partitions_which_have_no_sensors_left() -> None:
    whole, first, second = with_wholes([part("1", 70.0), part("2", 7.0)], ["1g.10gb", "1g.10gb"])
    assert (whole.identity.key, whole.identity.name) == ("a", "H100")
    assert (whole.power, first.power, second.power) == (400.0, None, None)
    assert whole.utilization == pytest.approx(11.0)
    assert (whole.memory_used, whole.memory_total) == (20, 80)
    assert whole.partitions == ("H100 1g.10gb", "H100 1g.10gb")


@pytest.mark.parametrize(
    ("loads", "profiles"), [((50.0, None), ("1g.10gb",) * 2), ((50.0, 50.0), ("1g.10gb", "?"))]
)
def test_a_load_that_not_all_parts_tell_of_is_none(
    loads: tuple[float | None, ...], profiles: tuple[str, ...]
) -> None:
    parts = [part(str(number), load) for number, load in enumerate(loads)]
    whole = with_wholes(parts, profiles)[0]
    assert whole.utilization is None
    assert not whole.measures


def test_memory_that_no_part_tells_of_is_none() -> None:
    whole = with_wholes([part("1", 1.0, used=None)], ["1g.10gb"])[0]
    assert (whole.memory_used, whole.memory_total) == (None, None)
