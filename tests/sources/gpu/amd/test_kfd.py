"""What AMD's compute driver tells of its GPUs, one node each."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.sources.gpu.amd.kfd import addresses_by_render_node, gpu_ids, rocm_uuid
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
