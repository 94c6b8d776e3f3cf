"""Which of AMD's GPUs are found, in which order, and what the search reports."""

from __future__ import annotations

from trackio_view.sources.gpu.amd import gpus as amd
from trackio_view.sources.gpu.sampler import Roots


def test_reports_say_what_was_looked_for(write_tree, clock) -> None:
    root = write_tree({"etc/hostname": "x"})
    roots = Roots.captured(root)
    nothing = amd.discover(roots, clock)
    assert (nothing.samplers, nothing.report.found) == ((), 0)
    assert "class/drm" in nothing.report.text
    write_tree({"sys/class/drm/card0/device/vendor": "0x8086"})
    assert "0x1002" in amd.discover(roots, clock).report.text
    write_tree(
        {
            "sys/bus/pci/devices/0000:03:00.0/vendor": "0x1002",
            "sys/bus/pci/devices/0000:03:00.0/class": "0x038000",
        }
    )
    assert "0000:03:00.0" in amd.discover(roots, clock).report.text


def test_cards_are_in_the_order_of_their_addresses(write_tree, clock) -> None:
    tree: dict[str, object] = {}
    for card, slot in ((0, "0000:83:00.0"), (1, "0000:03:00.0"), (2, "0000:43:00.0")):
        tree[f"sys/class/drm/card{card}/device/uevent"] = f"DRIVER=amdgpu\nPCI_SLOT_NAME={slot}"
    found = amd.discover(Roots.captured(write_tree(tree)), clock)
    keys = [sampler.identity.key for sampler in found.samplers]
    assert keys == ["0000:03:00.0", "0000:43:00.0", "0000:83:00.0"]
