import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.machine_keys import (
    SYSTEM_KEYS,
    Aggregate,
    MachinePart,
    describe,
    is_system_key,
)


@pytest.mark.parametrize("known", SYSTEM_KEYS, ids=lambda known: known.pattern)
def test_every_line_of_the_table_is_found_by_its_own_key(known) -> None:
    key = known.pattern.replace("#", "12").replace("*", "nvme/0")
    found = describe(key)
    assert (found.title, found.unit, found.group) == (known.title, known.unit, known.group)
    assert (found.scale, found.most, found.aggregate) == (known.scale, known.most, known.aggregate)
    numbered, named = "#" in known.pattern, "*" in known.pattern
    assert found.device == ("12" if numbered else "nvme/0" if named else None)
    assert found.aggregate is not None or numbered or named


def test_devices_and_their_aggregate_share_a_chart() -> None:
    titles = {describe(key).title for key in ("gpu/0/temp", "gpu/11/temp", "gpu/max_temp")}
    assert titles == {"GPU temperature"}
    assert describe("gpu/max_temp").aggregate is Aggregate.MAX


def test_an_unknown_key_is_its_own_chart_and_numbers_tell_devices() -> None:
    assert describe("my/own").title == "my/own"
    assert describe("temp/1/core").device == "1/core"
    for sign in ("gpu/#/temp", "temp*", "gpu/1234567/temp", "gpu/#"):
        assert describe(sign).rank[1], sign
    assert describe("my/own").group is MachinePart.OTHER
    assert describe("gpu/3/new_thing").title == describe("gpu/4/new_thing").title
    assert describe("gpu/3/new_thing").device == "3"
    assert describe("gpu/3/new_thing").group is MachinePart.GPU
    assert describe("npu/3/load").device == "3"


@given(st.text())
def test_any_key_is_described(key) -> None:
    found = describe(key)
    assert found.scale > 0
    assert found.device is not None or found.aggregate is not None


def test_metrics_of_the_machine_are_known_by_their_first_words() -> None:
    for key in ("gpu/utilization", "gpu_temperature", "cpu/utilization", "gpu/0/own"):
        assert is_system_key(key)
    for key in ("loss", "train/gpu", "memory/of_tokens", "cpu", "temperature", "disk/loss", ""):
        assert not is_system_key(key)


def test_a_rank_names_the_gpus_that_its_process_logged() -> None:
    one = describe("rank3/gpu/0/utilization")
    assert one == describe("gpu/0/utilization")._replace(device="0 of rank 3")
    assert describe("rank_3/gpu/mean_utilization").device == "mean of rank 3"
    assert describe("rank3/gpu/0/new_thing").group is MachinePart.GPU
    # Each process has one GPU, and need not number it.
    for name in ("power", "temp", "allocated_memory", "utilization"):
        numbered = describe(f"rank3/gpu/0/{name}")
        alone = describe(f"rank3/gpu/{name}")
        assert (alone.title, alone.unit, alone.rank) == (
            numbered.title,
            numbered.unit,
            numbered.rank,
        )
        assert alone.device == "all of rank 3"
    assert describe("rank3/gpu/new_thing").title == "gpu/new_thing"
    assert is_system_key("rank12/gpu/1/power")
    assert is_system_key("rank0/cpu/utilization")
    for key in ("rank0/loss", "rank/gpu/1/power", "rank1", "rank0/", "rank0/rank1/loss"):
        assert not is_system_key(key)
