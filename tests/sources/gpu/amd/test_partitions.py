"""The cards of compute partitions, and the GPU to which each belongs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from trackio_view.sources.gpu.amd.partitions import is_partition, partition_nodes
from trackio_view.sources.gpu.kernel.drm import drm_cards
from trackio_view.sources.gpu.sampler import Roots

FIRST, SECOND = "0000:03:00.0", "0000:83:00.0"
Files = Mapping[str, str]


def whole(card: int, address: str, vendor: str = "0x1002") -> Files:
    folder = f"sys/class/drm/card{card}/device"
    return {f"{folder}/uevent": f"PCI_SLOT_NAME={address}", f"{folder}/vendor": vendor}


def compute(number: int, minor: int, bus: int) -> Files:
    """Return the compute driver's answer about a render node: the bus of its GPU."""
    folder = f"sys/class/kfd/kfd/topology/nodes/{number}"
    properties = f"location_id {bus << 8}\ndomain 0\ndrm_render_minor {minor}"
    return {f"{folder}/gpu_id": str(1000 + number), f"{folder}/properties": properties}


def add_partition(root: Path, card: int, name: str, driver: str = "amdgpu") -> None:
    """Add the card of a partition, which is a platform device with a render node."""
    device = root / "sys/devices/platform" / name
    (device / f"drm/renderD{128 + card}").mkdir(parents=True)
    (device / "uevent").write_text(f"DRIVER={driver}")
    (root / f"sys/class/drm/card{card}").mkdir(parents=True)
    (root / f"sys/class/drm/card{card}/device").symlink_to(device)


def names(root: Path, parent: str) -> list[str]:
    return [card.name for card in partition_nodes(Roots.captured(root), parent)]


def test_the_compute_driver_tells_which_gpu_a_partition_is_of(write_tree) -> None:
    root = write_tree(
        {
            **whole(0, FIRST),
            **whole(1, SECOND),
            **compute(1, 130, 0x03),
            **compute(2, 131, 0x83),
            **compute(3, 132, 0x03),
        }
    )
    for card in (2, 3, 4):
        add_partition(root, card, f"amdgpu_xcp_{card}")
    assert names(root, FIRST) == ["card2", "card4"]
    assert names(root, SECOND) == ["card3"]
    cards = drm_cards(Roots.captured(root))
    assert [card.name for card in cards if is_partition(card)] == ["card2", "card3", "card4"]


def test_without_its_word_they_are_of_the_only_gpu(write_tree) -> None:
    root = write_tree({**whole(0, FIRST), **whole(9, "0000:00:02.0", vendor="0x8086")})
    add_partition(root, 1, "amdgpu_xcp.0")
    add_partition(root, 2, "amdgpu_xcp")
    add_partition(root, 3, "simple-framebuffer.0", driver="simpledrm")
    assert names(root, FIRST) == ["card1", "card2"], "a card of another vendor is no parent"
    assert names(root, SECOND) == []


def test_without_its_word_they_are_of_none_of_several(write_tree) -> None:
    root = write_tree({**whole(0, FIRST), **whole(1, SECOND)})
    add_partition(root, 2, "amdgpu_xcp.0")
    assert names(root, FIRST) == names(root, SECOND) == []
