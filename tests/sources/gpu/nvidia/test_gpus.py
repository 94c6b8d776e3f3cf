"""The real binding against a stand-in for the driver's library; no GPU was seen by these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.pcie import pci_key
from trackio_view.sources.gpu.nvidia.gpus import discover
from trackio_view.sources.gpu.sampler import Roots, Tier

Ask = Callable[..., Any]
GIB = 2**30


def machine_roots(root: Path, live: bool = True) -> Roots:
    return Roots(sys=root / "sys", proc=root / "proc", dev=root / "dev", live=live)


def test_eight_gpus_keep_their_order(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        event = sample_once(roots, 20.0, vendors=VENDORS[:1])
        answer = [(sample.identity.key, sample.utilization) for sample in event.samples]
        handles = library.stub_calls(5)
        found = discover(roots, clock)
        answer += [len(found.samplers), library.stub_calls(5) - handles]
        """,
        gpus=8,
    )
    assert answer[:8] == [[f"0000:{0x3B + n:02x}:00.0", 40 + n] for n in range(8)]
    # A rescan only asks how many GPUs there are.
    assert answer[8:] == [8, 0]


def test_a_gpu_tells_its_uuid_beside_its_address(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        identities = [sampler.identity for sampler in discover(roots, clock).samplers]
        answer = [(identity.key, identity.uuid) for identity in identities]
        """,
        DEVICES=2,
    )
    assert answer[0] == ["0000:3b:00.0", "GPU-00000000"]
    assert answer[1] == ["0000:3c:00.0", "GPU-00000001"]


def test_virtual_gpus_of_one_board_are_told_apart_by_their_numbers(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        event = sample_once(roots, 20.0, vendors=VENDORS[:1])
        answer = [(sample.identity.key, sample.utilization) for sample in event.samples]
        """,
        one_board=1,
    )
    assert answer == [["nvidia-0", 40], ["nvidia-1", 41]]


def test_a_gpu_that_was_pulled_out_is_not_mistaken_for_its_neighbour(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        first, second = discover(roots, clock).samplers
        first.sample(Tier.ALL)
        put("uninitialized", 1)
        first.sample(Tier.ALL)
        # The driver starts again without it, and numbers anew.
        put("removed", 0)
        discover(roots, clock)
        gone = first.sample(Tier.ALL)
        answer = [gone.state.name, gone.state_text, second.sample(Tier.ALL).utilization]
        """
    )
    assert answer == ["LOST", "the driver does not know the GPU any more", 41]


def test_all_gpus_gone(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        before = discover(roots, clock)
        put("gpus", 0)
        after = discover(roots, clock)
        answer = [len(before.samplers), len(after.samplers), after.report.text]
        """
    )
    assert answer == [2, 0, "The driver is there but shows no GPU."]


def test_a_count_without_sense_is_not_as_many_calls(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.nvidia.library import Library
        real = Library.ask
        Library.ask = lambda library, name, *arguments: (
            (0, 2**32 - 1) if name == "nvmlDeviceGetCount" else real(library, name, *arguments)
        )
        found = discover(roots, clock)
        answer = [len(found.samplers), found.report.text]
        """
    )
    assert answer == [0, "The driver counts 4,294,967,295 GPUs, which no machine has."]


def test_a_hung_gpu_is_stale_and_the_exit_does_not_wait(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        event = sample_once(roots, 0.6, vendors=VENDORS[:1])
        answer = [(sample.identity.key, sample.state and sample.state.name, sample.utilization)
                  for sample in event.samples]
        import atexit, os
        began = time.monotonic()
        # The call hangs for 3 s; that this runs in time is the proof.
        atexit.register(lambda: os._exit(9) if time.monotonic() - began > 2.5 else None)
        """,
        hang=0,
    )
    assert answer == [["0000:3b:00.0", "STALE", None], ["0000:3c:00.0", None, 41]]


def test_the_code_that_reads_cards_is_loaded_while_the_driver_starts(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.nvidia import library as nvml
        rooms = "nvidia_sampler", "fields", "device"
        def loaded():
            place = "trackio_view.sources.gpu.nvidia."
            return [place + room in sys.modules for room in rooms]
        load, start, seen = nvml.load, nvml.Library.start, []
        def loading():
            seen.append(loaded())
            return load()
        def starting(library):
            deadline = time.monotonic() + 20.0
            while not all(loaded()) and time.monotonic() < deadline: time.sleep(0.001)
            seen.append(loaded())
            start(library)
        nvml.load, nvml.Library.start = loading, starting
        answer = [len(discover(roots, clock).samplers), *seen[:2]]
        """
    )
    assert answer == [2, [False] * 3, [True] * 3]


PCI = "sys/bus/pci/devices/0000:01:00.0"


def laptop(state: str) -> dict[str, str]:
    return {
        f"{PCI}/vendor": "0x10de",
        f"{PCI}/class": "0x030200",
        f"{PCI}/device": "0xfff0",
        f"{PCI}/power/runtime_status": state,
    }


def test_a_sleeping_gpu_is_listed_and_left_asleep(ask_nvidia: Ask, write_tree: Any) -> None:
    write_tree(laptop("suspended"))
    answer = ask_nvidia(
        """
        roots = roots._replace(
            share=machine / "share", run=machine / "run", udev=machine / "udev"
        )
        found = discover(roots, clock)
        sample = found.samplers[0].sample(Tier.ALL)
        answer = [sample.identity.key, sample.identity.name, sample.state.name, found.report.text,
                  library.stub_calls(3), "pynvml" in sys.modules]
        """
    )
    key, name, state, text, starts, imported = answer
    assert (key, state, text) == ("0000:01:00.0", "ASLEEP", "1 asleep, left so.")
    assert name == "NVIDIA GPU 10de:fff0"
    assert (starts, imported) == (0, False)


def test_an_idle_gpu_is_let_go_so_that_it_can_sleep(ask_nvidia: Ask, write_tree: Any) -> None:
    awake = {
        path.replace("0000:01:00.0", "0000:3b:00.0"): text
        for path, text in laptop("active").items()
    }
    control = f"{PCI}/power/control".replace("0000:01:00.0", "0000:3b:00.0")
    write_tree({**awake, control: "auto"})
    answer = ask_nvidia(
        """
        def state(): return [library.stub_calls(which) for which in (0, 3, 7)]
        put("load", 0)
        sampler = discover(roots, clock).samplers[0]
        for _ in range(21):
            sampler.sample(Tier.ALL)
            now += 1.0
        answer = [state()]
        # Neither its sampler nor a search for GPUs touches it.
        for _ in range(14):
            last = sampler.sample(Tier.ALL)
            now += 1.0
        discover(roots, clock)
        answer += [state(), last.state, last.utilization]
        # It did not fall asleep, so others use it: it is read on.
        now += 1.0
        for _ in range(60):
            last = sampler.sample(Tier.ALL)
            now += 1.0
        answer += [state(), last.state, last.time]
        """,
        gpus=1,
        processes=0,
    )
    assert answer == [[21, 1, 1], [21, 1, 1], None, 0, [81, 2, 2], None, 1095.0]


def test_a_gpu_of_another_driver_is_named(write_tree: Any) -> None:
    root = write_tree(laptop("active"))
    (root / "sys/bus/pci/drivers/nouveau").mkdir(parents=True)
    (root / PCI / "driver").symlink_to(root / "sys/bus/pci/drivers/nouveau")
    found = discover(machine_roots(root), lambda: 0.0)
    assert found.samplers == ()
    assert "nouveau" in found.report.text


def test_a_capture_asks_no_library(write_tree: Any) -> None:
    found = discover(machine_roots(write_tree(laptop("active")), live=False), lambda: 0.0)
    (sampler,) = found.samplers
    sample = sampler.sample(Tier.ALL)
    assert (sample.identity.key, sample.state) == ("0000:01:00.0", Absence.UNSUPPORTED)
    assert "capture" in found.report.text
    assert "capture" in (sample.state_text or "")
    asleep = discover(machine_roots(write_tree(laptop("suspended")), live=False), lambda: 0.0)
    assert asleep.samplers[0].sample(Tier.ALL).state is Absence.ASLEEP


def test_a_card_that_only_the_kernels_graphics_list_has_is_listed(
    write_tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where it names the folder of a real driver, that driver would be asked.
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    card = "sys/class/drm/card0/device"
    root = write_tree({f"{card}/vendor": "0x10de", f"{card}/device": "0x2684"})
    found = discover(machine_roots(root, live=False), lambda: 0.0)
    assert found.report.text == (
        "1 in this capture, which holds no readings of the driver's library."
    )
    assert [sampler.identity.key for sampler in found.samplers] == ["card0"]
    live = discover(machine_roots(root), lambda: 0.0)
    assert live.report.text == "1 found, but no NVIDIA driver on this machine."
    assert live.samplers[0].sample(Tier.ALL).state is Absence.UNSUPPORTED
    slot = {f"{card}/uevent": "PCI_ID=10DE:2684\nPCI_SLOT_NAME=0000:01:00.0"}
    found = discover(machine_roots(write_tree({**laptop("active"), **slot}), False), lambda: 0.0)
    assert [sampler.identity.key for sampler in found.samplers] == ["0000:01:00.0"]


@pytest.mark.parametrize(
    ("bus_id", "key"),
    [
        ("00000000:3B:00.0", "0000:3b:00.0"),
        ("0000:3B:00.0", "0000:3b:00.0"),
        ("00010000:01:1F.7", "10000:01:1f.7"),
        ("", None),
        ("nonsense", None),
    ],
)
def test_pci_addresses_are_written_as_in_sysfs(bus_id: str, key: str | None) -> None:
    assert pci_key(bus_id) == key
