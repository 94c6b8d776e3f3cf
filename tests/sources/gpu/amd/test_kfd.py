"""What AMD's compute driver tells of its GPUs, one node each."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.sources.gpu.amd.kfd import (
    addresses_by_render_node,
    compute_units_by_process,
    gpu_ids,
    memory_by_process,
    rocm_uuid,
)
from trackio_view.sources.gpu.sampler import Roots

NODES = "sys/class/kfd/kfd/topology/nodes"


def test_only_nodes_with_an_id_and_a_place_are_gpus(write_tree: Any) -> None:
    root = write_tree(
        {
            # The processor is a node, too: its id is 0.
            f"{NODES}/0/gpu_id": 0,
            f"{NODES}/0/properties": "cpu_cores_count 16\nlocation_id 0\ndrm_render_minor 127",
            # A driver that is being unloaded leaves an id without a place.
            f"{NODES}/1/gpu_id": 7,
            f"{NODES}/1/properties": "drm_render_minor 129",
            f"{NODES}/2/gpu_id": 35218,
            f"{NODES}/2/properties": "location_id 768\ndomain 1\ndrm_render_minor 128",
        }
    )
    roots = Roots.captured(root)
    assert addresses_by_render_node(roots) == {"renderD128": "0001:03:00.0"}
    assert gpu_ids(roots, "0001:03:00.0") == {35218}
    assert gpu_ids(roots, "0000:00:00.0") == set()


@pytest.mark.parametrize(
    ("unique_id", "uuid"),
    [
        ("946d7e1ef9b172dd", "GPU-946d7e1ef9b172dd"),
        ("7E1EF9B172DD", "GPU-00007e1ef9b172dd"),
        ("0", None),
        ("", None),
        ("n/a", None),
        (None, None),
    ],
)
def test_the_number_by_which_programs_are_given_a_card(
    unique_id: str | None, uuid: str | None
) -> None:
    assert rocm_uuid(unique_id) == uuid


def test_memory_and_compute_units_are_those_of_the_processes_on_these_gpus(
    write_tree: Any,
) -> None:
    proc = "sys/class/kfd/kfd/proc"
    root = write_tree(
        {
            f"{proc}/12/vram_1": 100,
            f"{proc}/12/vram_2": 30,
            f"{proc}/12/stats_1/cu_occupancy": 4,
            f"{proc}/12/stats_2/cu_occupancy": 3,
            f"{proc}/13/vram_1": 0,
            f"{proc}/13/stats_1/cu_occupancy": 0,
            f"{proc}/14/vram_9": 7,
            f"{proc}/sdma_12/vram_1": 5,
            f"{proc}/sdma_12/stats_1/cu_occupancy": 5,
        }
    )
    roots = Roots.captured(root)
    assert memory_by_process(roots, frozenset({1, 2})) == {12: 130}
    assert memory_by_process(roots, frozenset({1})) == {12: 100}
    assert memory_by_process(roots, frozenset()) == {}
    assert compute_units_by_process(roots, frozenset({1, 2})) == {12: 7, 13: 0}
    assert compute_units_by_process(roots, frozenset({9})) == {}
    assert compute_units_by_process(roots, frozenset()) == {}
