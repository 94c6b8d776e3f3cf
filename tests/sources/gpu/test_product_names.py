from __future__ import annotations

from pathlib import Path

from trackio_view.sources.gpu.kernel import drm
from trackio_view.sources.gpu.product_names import amdgpu_name, card_name, pci_name
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


def test_without_a_list_the_name_is_of_numbers(write_tree) -> None:
    root = write_tree({"sys/class/drm/card0/device/uevent": "PCI_ID=1002:73BF"})
    (card,) = drm.drm_cards(Roots.captured(root))
    assert card_name(card, "AMD", Roots(share=root)) == "AMD GPU 1002:73BF"
