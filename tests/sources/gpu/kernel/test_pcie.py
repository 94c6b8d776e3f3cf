from __future__ import annotations

import pytest

from trackio_view.sources.gpu.kernel import pcie


@pytest.mark.parametrize(
    ("text", "generation"),
    [
        ("2.5 GT/s PCIe", 1),
        ("5.0 GT/s", 2),
        ("8 GT/s", 3),
        ("16.0 GT/s PCIe", 4),
        ("32.0 GT/s PCIe", 5),
        ("64.0 GT/s PCIe", 6),
        ("Unknown", None),
        ("Unknown speed", None),
        ("", None),
    ],
)
def test_link_speeds(text: str, generation: int | None) -> None:
    assert pcie.parse_speed(text) == generation


def _bridge(vendor: str, speed: str, width: int) -> dict[str, object]:
    return {
        "class": "0x060400",
        "vendor": vendor,
        "current_link_speed": speed,
        "current_link_width": width,
    }


def test_the_slot_link_is_that_of_the_switch_on_the_card(write_tree) -> None:
    root_port = "pci0000:00/0000:00:01.0"
    upstream, downstream = f"{root_port}/0000:01:00.0", f"{root_port}/0000:01:00.0/0000:02:01.0"
    card = f"{downstream}/0000:03:00.0"
    files: dict[str, object] = {f"{card}/vendor": "0x8086", f"{card}/current_link_width": 1}
    # The machine's port is by the same maker here, but is no part of the card.
    for folder, speed in ((root_port, "32.0 GT/s"), (upstream, "16.0 GT/s"), (downstream, "2.5")):
        for name, content in _bridge("0x8086", speed, 8).items():
            files[f"{folder}/{name}"] = content
    root = write_tree(files)
    slot = pcie.slot_device(root / card, 0x8086)
    assert slot is not None
    assert slot == root / upstream
    assert pcie.read_link(slot) == pcie.Link(4, 8, None, None)
    assert pcie.slot_device(root / card, 0x1002) == root / card
    assert pcie.slot_device(root / root_port, 0x8086) is None


def test_a_width_of_zero_is_no_link(write_tree) -> None:
    root = write_tree({"current_link_width": 0, "max_link_width": 255})
    assert pcie.read_link(root) == pcie.Link()
