from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.gpu.kernel import drm
from trackio_view.sources.gpu.product_names import (
    amdgpu_name,
    card_name,
    common_words,
    hardware_list_name,
    pci_name,
    udev_name,
)
from trackio_view.sources.gpu.sampler import Roots

AMD_NAMES = """# a list
1.0.0
73BF,\tC0,\tMaker's Great Card
73BF,\tC1,\tMaker's Good Card
74A1,\t00,\tMaker's Accelerator
"""


PCI_NAMES = """# a list
1001  Someone Else
\t73bf  Wrong

1002  Advanced Devices
\t73bf  Chip 21 [Great Card / Good Card]
\t\t1da2 440e  Board of a Partner
\t\t1da2 440f  Other board
\t73c0  Chip without a product
8086  Another
\t73bf  Wrong too
"""


def test_names_by_revision_and_by_board(tmp_path: Path) -> None:
    amd, pci = tmp_path / "amdgpu.ids", tmp_path / "pci.ids"
    amd.write_text(AMD_NAMES)
    pci.write_text(PCI_NAMES)
    assert amdgpu_name(amd, 0x73BF, 0xC0) == "Maker's Great Card"
    assert amdgpu_name(amd, 0x73BF, 0xEE) is None
    assert amdgpu_name(amd, 0x73BF, None) is None
    assert amdgpu_name(amd, 0x74A1, None) == "Maker's Accelerator"
    assert pci_name(pci, 0x1002, 0x73BF, None) == "Great Card / Good Card"
    assert pci_name(pci, 0x1002, 0x73BF, (0x1DA2, 0x440E)) == "Board of a Partner"
    assert pci_name(pci, 0x1002, 0x73C0, None) == "Chip without a product"
    assert pci_name(pci, 0x1002, 0xFFFF, None) is None
    assert pci_name(tmp_path / "missing", 0x1002, 0x73BF, None) is None


BARE = Path("/nothing/of/the/kind")


def named(
    root: Path, vendor: str, *, share: Path = BARE, run: Path = BARE, udev: Path = BARE
) -> str:
    (card,) = drm.drm_cards(Roots.captured(root))
    return card_name(card, vendor, Roots(share=share, run=run, udev=udev))


@pytest.mark.parametrize(
    ("vendor", "numbers", "name"),
    [
        ("AMD", "1002:7550", "AMD Radeon RX 9070 series"),
        ("AMD", "1002:73FF", "AMD Radeon RX 6600 series"),
        ("AMD", "1002:74A1", "AMD Instinct MI300X"),
        ("Intel", "8086:E20B", "Intel Arc B580"),
        ("Intel", "8086:9A49", "Intel Iris Xe Graphics"),
        ("AMD", "1002:FFF0", "AMD GPU 1002:FFF0"),
    ],
)
def test_a_bare_machine_names_known_models(
    write_tree: Any, vendor: str, numbers: str, name: str
) -> None:
    root = write_tree({"sys/class/drm/card0/device/uevent": f"PCI_ID={numbers}"})
    assert named(root, vendor) == name


def test_udevs_name_of_a_card_comes_before_the_programs_own(write_tree: Any) -> None:
    uevent = "PCI_ID=8086:56A5\nPCI_SLOT_NAME=0000:0B:00.0"
    root = write_tree(
        {
            "sys/class/drm/card0/device/uevent": uevent,
            "run/udev/data/+pci:0000:0b:00.0": "I:1\nE:ID_MODEL_FROM_DATABASE=DG2 [Arc Good]\nG:a",
            "udev/hwdb.d/20-pci-vendor-model.hwdb": "pci:v00008086d000056A5*\n"
            " ID_MODEL_FROM_DATABASE=DG2 [Arc of the list]\n",
        }
    )
    assert named(root, "Intel") == "Intel Arc A380"
    assert named(root, "Intel", udev=root / "udev") == "Intel Arc of the list"
    assert named(root, "Intel", udev=root / "udev", run=root / "run") == "Intel Arc Good"


def test_udev_without_a_model_knows_no_name(tmp_path: Path) -> None:
    kept = tmp_path / "+pci:0000:0b:00.0"
    kept.write_text("E:ID_VENDOR_FROM_DATABASE=Intel\n")
    assert udev_name(kept) is None
    source = tmp_path / "list"
    source.write_text(
        "pci:v00001002d000073BF*\n ID_MODEL_FROM_DATABASE=Chip\n\n"
        "pci:v00001002d000073BFsv00001DA2sd0000440E*\n ID_MODEL_FROM_DATABASE=Chip (Board)\n"
        "pci:v00001002d000073C0*\n ID_VENDOR_FROM_DATABASE=Maker\n"
    )
    assert hardware_list_name(source, 0x1002, 0x73BF) == "Chip"
    assert hardware_list_name(source, 0x1002, 0x73C0) is None


@pytest.mark.parametrize(
    ("names", "common"),
    [
        (("AMD Radeon RX 6600 XT", "AMD Radeon RX 6600M"), "AMD Radeon RX 6600 series"),
        (("AMD Radeon RX 6600", "AMD Radeon RX 6650 XT"), "AMD Radeon RX series"),
        (("AMD Radeon RX 580", "AMD Radeon Pro 580X"), "AMD Radeon series"),
        (("AMD Radeon 610M", "AMD Radeon 610M"), "AMD Radeon 610M"),
        (("Maker's Card", "Another"), None),
        ((), None),
    ],
)
def test_the_words_that_all_revisions_share(names: tuple[str, ...], common: str | None) -> None:
    assert common_words(dict(enumerate(names))) == common


def test_an_unknown_revision_has_the_name_of_its_series(write_tree: Any) -> None:
    listed = "FFF0,\tC0,\tAMD Radeon RX 9980 XT\nFFF0,\tC1,\tAMD Radeon RX 9980\n"
    root = write_tree(
        {
            "sys/class/drm/card0/device/uevent": "PCI_ID=1002:FFF0",
            "sys/class/drm/card0/device/revision": "0xee",
            "share/libdrm/amdgpu.ids": listed,
        }
    )
    assert named(root, "AMD", share=root / "share") == "AMD Radeon RX 9980 series"


def test_words_without_a_number_tell_less_than_the_series(write_tree: Any) -> None:
    listed = "7550,\tC0,\tAMD Radeon RX 9070 XT\n7550,\tC1,\tAMD Radeon RX 9080\n"
    root = write_tree(
        {
            "sys/class/drm/card0/device/uevent": "PCI_ID=1002:7550",
            "share/libdrm/amdgpu.ids": listed,
        }
    )
    assert named(root, "AMD", share=root / "share") == "AMD Radeon RX 9070 series"


def test_every_captured_card_has_a_name(captures: Path) -> None:
    for vendor, folder in (("AMD", "amd"), ("Intel", "intel")):
        for capture in sorted((captures / "gpu" / folder).iterdir()):
            roots = Roots.captured(capture)
            for card in drm.drm_cards(roots):
                name = card_name(card, vendor, Roots(share=BARE, run=BARE, udev=BARE))
                assert f"{vendor} GPU" not in name, capture
