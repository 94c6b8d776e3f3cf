"""The PCIe link of a card's slot."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.sysfs import number_or_none, text_or_none

_GENERATION_BY_SPEED = {2.5: 1, 5.0: 2, 8.0: 3, 16.0: 4, 32.0: 5, 64.0: 6, 128.0: 7}


class Link(NamedTuple):
    """A PCIe link; what is unknown is `None`."""

    generation: int | None = None
    width: int | None = None
    generation_max: int | None = None
    width_max: int | None = None
    unread: Absence | None = None
    """Why the link as it is now is not known for the moment."""


def generation_of(gigatransfers: float) -> int | None:
    """Return the PCIe generation of a speed in GT/s."""
    return _GENERATION_BY_SPEED.get(round(gigatransfers, 1))


def parse_speed(text: str) -> int | None:
    """Return the generation of `16.0 GT/s PCIe`; `None` for `Unknown`."""
    match = re.match(r"\s*(\d+(?:\.\d+)?)\s*GT/s", text)
    return generation_of(float(match[1])) if match else None


def read_link(device: Path) -> Link:
    """Return the link of a device towards the machine."""

    def speed(name: str) -> int | None:
        return parse_speed(text_or_none(device / name) or "")

    def width(name: str) -> int | None:
        lanes = number_or_none(device / name)
        # 0 is what a device without a link answers, 255 one that has fallen off the bus.
        return lanes if lanes and lanes <= 32 else None

    return Link(
        speed("current_link_speed"),
        width("current_link_width"),
        speed("max_link_speed"),
        width("max_link_width"),
    )


def slot_device(device: Path, vendor_id: int) -> Path | None:
    """Return the device whose link is the slot's; `None` where the tree does not show it.

    Many cards carry a switch, and their GPU's own link is only that to the switch. Such a switch is
    a pair of bridges by the card's own maker; beyond the pair, the links are the machine's.
    """
    bridge = Path(os.path.realpath(device)).parent
    found = device if _is_bridge(bridge) else None
    for _ in range(2):
        if not _is_bridge(bridge) or number_or_none(bridge / "vendor") != vendor_id:
            break
        found = bridge
        bridge = bridge.parent
    return found


def _is_bridge(device: Path) -> bool:
    kind = number_or_none(device / "class")
    return kind is not None and kind >> 8 == 0x0604


class Linked(Protocol):
    """A card that knows its link."""

    def link(self) -> Link:
        """Return the link as it is now."""


def link_field(name: str) -> Callable[[Linked], int | Absence]:
    """Return what reads one field of a card's link, for a vendor's table."""

    def read(card: Linked) -> int | Absence:
        link = card.link()
        value: int | None = getattr(link, name)
        return link.unread or Absence.UNSUPPORTED if value is None else value

    return read


def pci_key(bus_id: str) -> str | None:
    """Return `00000000:3B:00.0` as sysfs writes it: `0000:3b:00.0`; `None` for no address."""
    match = re.fullmatch(r"([0-9a-f]{4,8}):([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])", bus_id.lower())
    return f"{int(match[1], 16):04x}:{match[2]}" if match else None
