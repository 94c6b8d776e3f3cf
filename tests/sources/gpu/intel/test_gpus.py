"""Which of Intel's GPUs are found, in which order, and what the search reports."""

from __future__ import annotations

from trackio_view.sources.gpu.intel import gpus as intel
from trackio_view.sources.gpu.kernel.drm import drm_cards
from trackio_view.sources.gpu.sampler import Roots


def test_reports_say_what_was_looked_for(write_tree, clock) -> None:
    root = write_tree({"sys/class/drm/card0/device/vendor": "0x1002"})
    found = intel.discover(Roots.captured(root), clock)
    assert (found.samplers, found.report.found) == ((), 0)
    assert "0x8086" in found.report.text


def test_a_device_outside_the_processor_is_a_card(write_tree) -> None:
    slots = dict(enumerate(["0000:00:02.0", "0000:03:00.0", "0000:00:02.0", "0000:00:02.3"]))
    tree = {
        f"sys/class/drm/card{number}/device/uevent": f"DRIVER=i915\nPCI_SLOT_NAME={slot}"
        for number, slot in slots.items()
    }
    # A part of the processor has no sensors.
    tree["sys/class/drm/card2/device/hwmon/hwmon0/name"] = "i915"
    cards = drm_cards(Roots.captured(write_tree(tree)))
    assert [intel.is_discrete(card) for card in cards] == [False, True, True, False]


def test_cards_stand_in_the_order_of_their_addresses(write_tree, clock) -> None:
    # The driver may number the card before the part of the processor.
    tree = {
        f"sys/class/drm/card{number}/device/uevent": f"DRIVER=xe\nPCI_SLOT_NAME={slot}"
        for number, slot in enumerate(("0000:03:00.0", "0000:00:02.0"))
    }
    found = intel.discover(Roots.captured(write_tree(tree)), clock)
    keys = [sampler.identity.key for sampler in found.samplers]
    assert keys == ["0000:00:02.0", "0000:03:00.0"]
