from __future__ import annotations

from pathlib import Path

from trackio_view.sources.gpu.kernel import drm
from trackio_view.sources.gpu.sampler import Roots


def test_cards_are_found_by_exact_name_and_keyed_by_address(write_tree) -> None:
    root = write_tree(
        {
            "sys/class/drm/card0-DP-1/status": "connected",
            "sys/class/drm/renderD128/dev": "226:128",
            "sys/class/drm/version": "drm 1.1.0",
            "sys/class/drm/card2/device/uevent": "DRIVER=amdgpu\nPCI_ID=1002:73BF\n"
            "PCI_SUBSYS_ID=1DA2:440E\nPCI_SLOT_NAME=0000:0C:00.0",
            "sys/class/drm/card2/device/drm/renderD129/dev": "226:129",
            "sys/class/drm/card11/device/vendor": "0x8086",
            "sys/class/drm/card12/device/device": "0x56a5",
            "sys/class/drm/card12/device/uevent": "PCI_ID=8086:56A6",
        }
    )
    cards = list(drm.drm_cards(Roots.captured(root)))
    assert [card.name for card in cards] == ["card2", "card11", "card12"]
    first, second, third = cards
    assert first.key == "0000:0c:00.0"
    assert (first.vendor_id, first.device_id) == (0x1002, 0x73BF)
    assert first.subsystem == (0x1DA2, 0x440E)
    assert first.driver == "amdgpu"
    assert first.nodes() == {"card2", "renderD129"}
    assert (second.key, second.vendor_id, second.device_id) == ("card11", 0x8086, None)
    assert (third.vendor_id, third.device_id) == (0x8086, 0x56A5)
    by_key = [drm.find_card(Roots.captured(root), key) for key in (first.key, "card11", "card1")]
    assert by_key == [first, second, None]


def test_the_address_is_the_device_folder_where_uevent_has_none(write_tree) -> None:
    device = "sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0"
    root = write_tree({f"{device}/vendor": "0x1002"})
    (root / "sys/class/drm/card0").mkdir(parents=True)
    (root / "sys/class/drm/card0/device").symlink_to(root / device)
    (card,) = drm.drm_cards(Roots.captured(root))
    assert card.slot == "0000:03:00.0"


def test_a_folder_that_is_a_neighbours_by_now_is_not_the_cards(write_tree) -> None:
    parent = "sys/devices/pci0000:00/0000:00:01.0"
    devices = [f"{parent}/0000:0{number}:00.0" for number in (3, 4)]
    root = write_tree({f"{device}/vendor": "0x1002" for device in devices})
    (root / "sys/class/drm/card0").mkdir(parents=True)
    link = root / "sys/class/drm/card0/device"
    link.symlink_to(root / devices[0])
    (card,) = drm.drm_cards(Roots.captured(root))
    assert card.is_there()
    link.unlink()
    assert not card.is_there()
    link.symlink_to(root / devices[1])
    assert not card.is_there()


def test_a_capture_may_hold_the_cards_alone(write_tree) -> None:
    root = write_tree({"card1/device/vendor": "0x1002", "kfd/topology/nodes/0/gpu_id": 0})
    roots = Roots.captured(root)
    assert [card.name for card in drm.drm_cards(roots)] == ["card1"]
    assert drm.kfd_folder(roots) == root / "kfd"
    assert drm.kfd_folder(Roots(sys=root)) == root / "class/kfd/kfd"


def test_displays_and_their_drivers(write_tree) -> None:
    devices = "sys/bus/pci/devices"
    root = write_tree(
        {
            f"{devices}/0000:03:00.0/class": "0x030000",
            f"{devices}/0000:03:00.0/vendor": "0x1002",
            f"{devices}/0000:04:00.0/class": "0x030200",
            f"{devices}/0000:04:00.0/vendor": "0x1002",
            f"{devices}/0000:04:00.0/driver": Path("../../drivers/vfio-pci"),
            "sys/bus/pci/drivers/vfio-pci/new_id": "",
            f"{devices}/0000:05:00.0/class": "0x020000",
            f"{devices}/0000:05:00.0/vendor": "0x1002",
        }
    )
    roots = Roots.captured(root)
    drivers = {"0000:03:00.0": None, "0000:04:00.0": "vfio-pci"}
    assert drm.drivers_of_displays(roots, 0x1002) == drivers
    told = drm.found_report([], roots, 0x1002, "i915 or xe")
    assert told == "No driver has claimed the GPU at 0000:03:00.0; is i915 or xe loaded?"


def test_a_gpu_that_another_driver_has_is_told_of(write_tree) -> None:
    device = "sys/bus/pci/devices/0000:04:00.0"
    root = write_tree(
        {
            f"{device}/class": "0x030200",
            f"{device}/vendor": "0x8086",
            f"{device}/driver": Path("../../drivers/vfio-pci"),
            "sys/bus/pci/drivers/vfio-pci/new_id": "",
            "sys/class/drm/version": "drm",
        }
    )
    told = drm.found_report([], Roots.captured(root), 0x8086, "i915 or xe")
    assert told == "No GPU has a driver with readings: 0000:04:00.0 is under vfio-pci."
    ours = drm.found_report([], Roots.captured(root), 0x8086, "vfio-pci or xe")
    assert ours.startswith("No card in ")
