"""The first start of NVIDIA's library: where it is begun ahead, and that it is taken back."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sources.gpu.conftest import WriteTree
from tests.test_imports import SLOW_TO_START, modules_after
from trackio_view.sources.gpu.nvidia import driver_start
from trackio_view.sources.gpu.nvidia.driver_start import begun_start, start_ahead

Ask = Callable[..., Any]
AWAKE, ASLEEP = "active", "suspended"


def card(address: str, status: str, driver: str = "nvidia") -> dict[str, Any]:
    """Return a card's files, as the kernel has them below its folder of devices."""
    return {
        f"{address}/vendor": "0x10de",
        f"{address}/class": "0x030000",
        f"{address}/power/runtime_status": status,
        f"{driver}/name": driver,
        f"{address}/driver": Path("..") / driver,
    }


@pytest.fixture(autouse=True)
def nothing_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no test see this machine's cards, nor what another test began."""
    monkeypatch.setattr(driver_start, "_PCI_DEVICES", str(tmp_path / "machine"))
    monkeypatch.setattr(driver_start, "_DEVICE_TREE", str(tmp_path / "device-tree"))
    monkeypatch.setattr(driver_start, "_begun", [])


class FakeLibrary:
    """Notes what it is asked; its start waits until a test lets it go on."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.asked: list[str] = []
        self.goes_on = threading.Event()

    def __call__(self, _: str, **__: int) -> FakeLibrary:
        return self

    def nvmlInitWithFlags(self, flags: int) -> int:  # noqa: N802 - it is the library's name
        assert flags == 0
        assert self.goes_on.wait(20)
        self.asked.append("start")
        return self.code

    def nvmlShutdown(self) -> int:  # noqa: N802
        self.asked.append("shutdown")
        return 0


@pytest.mark.parametrize(
    ("files", "is_begun"),
    [
        (card("0000:01:00.0", AWAKE), True),
        (card("0000:01:00.0", ASLEEP), False),
        (card("0000:01:00.0", AWAKE, "nouveau"), False),
        (card("0000:01:00.0", ASLEEP) | card("0000:02:00.0", AWAKE), True),
        (card("0000:01:00.0", ASLEEP) | card("0000:02:00.0", AWAKE, "nouveau"), False),
        ({}, False),
    ],
    ids=["awake", "asleep", "nouveau", "one of two", "neither of two", "no card"],
)
def test_a_start_is_begun_where_it_wakes_no_card(
    monkeypatch: pytest.MonkeyPatch, write_tree: WriteTree, files: dict[str, Any], is_begun: bool
) -> None:
    write_tree(files)
    monkeypatch.setattr(driver_start, "placed_on_purpose", lambda: False)
    started = list[object]()
    monkeypatch.setattr(driver_start, "start_thread", started.append)
    start_ahead()
    assert bool(started) is is_begun
    assert bool(driver_start._begun) is is_begun


@pytest.mark.parametrize("is_jetson", [False, True])
def test_without_a_card_a_library_that_was_placed_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_jetson: bool
) -> None:
    if is_jetson:
        (tmp_path / "device-tree").mkdir()
    monkeypatch.setattr(driver_start, "placed_on_purpose", lambda: True)
    monkeypatch.setattr(driver_start, "start_thread", lambda _: None)
    start_ahead()
    assert bool(driver_start._begun) is not is_jetson


@pytest.mark.parametrize(
    ("code", "asked"), [(0, ["start", "again", "shutdown"]), (9, ["start", "again"])]
)
def test_it_is_waited_for_and_taken_back_once(
    monkeypatch: pytest.MonkeyPatch, write_tree: WriteTree, code: int, asked: list[str]
) -> None:
    write_tree(card("0000:01:00.0", AWAKE))
    library = FakeLibrary(code)
    monkeypatch.setattr(ctypes, "CDLL", library)
    start_ahead()
    assert library.asked == [], "nobody waits for the driver"
    threading.Timer(0.05, library.goes_on.set).start()
    with begun_start():
        library.asked.append("again")
    with begun_start():
        pass
    assert library.asked == asked


@pytest.mark.parametrize("fault", [OSError("no such library"), AttributeError("no such function")])
def test_a_library_that_cannot_be_started_ahead_is_left_to_who_starts_it_next(
    monkeypatch: pytest.MonkeyPatch, write_tree: WriteTree, fault: Exception
) -> None:
    def load(_: str, **__: int) -> None:
        raise fault

    write_tree(card("0000:01:00.0", AWAKE))
    monkeypatch.setattr(ctypes, "CDLL", load)
    start_ahead()
    with begun_start():
        pass


def test_a_library_that_was_started_ahead_lets_its_gpus_sleep(
    ask_nvidia: Ask, write_tree: WriteTree
) -> None:
    devices = "sys/bus/pci/devices"
    idle = card("0000:3b:00.0", AWAKE) | {"0000:3b:00.0/power/control": "auto"}
    write_tree({f"{devices}/{path}": content for path, content in idle.items()})
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.nvidia import driver_start
        from trackio_view.sources.gpu.nvidia.codes import UNINITIALIZED
        from trackio_view.sources.gpu.nvidia.library import load
        driver_start._PCI_DEVICES = str(roots.sys / "bus" / "pci" / "devices")
        driver_start.start_ahead()
        put("load", 0)
        (sampler,) = discover(roots, clock).samplers
        def is_shut_down(): return load().ask("nvmlDeviceGetCount")[0] == UNINITIALIZED
        answer = [is_shut_down(), library.stub_calls(3), library.stub_calls(7)]
        for _ in range(21):
            sampler.sample(Tier.ALL)
            now += 1.0
        answer += [is_shut_down(), library.stub_calls(7)]
        """,
        gpus=1,
        processes=0,
    )
    assert answer == [False, 2, 1, True, 2]


def test_next_to_nothing_is_loaded_before_a_driver_starts() -> None:
    loaded = modules_after("import trackio_view.sources.gpu.nvidia.driver_start")
    assert loaded & (SLOW_TO_START - {"threading"}) == set()
    assert "ctypes" not in loaded
