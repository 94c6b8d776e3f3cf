"""Beside the chosen source the live screen watches GPUs: which ones, and how often."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import anyio
import anyio.lowlevel
import pytest

from trackio_view.live.sources import DataSender, gpu_interval, gpu_producers
from trackio_view.model.gpu import GpusSampled, VendorReport
from trackio_view.options.command_line import Options
from trackio_view.sources.gpu.sampler import Roots
from trackio_view.sources.gpu.search import VENDORS, Search
from trackio_view.sources.source import Source


class Origin(NamedTuple):
    """Stands for a source that is only asked for its origin."""

    origin: str = "/data"


NOWHERE = cast("Source", Origin())
TOLD = GpusSampled((), (VendorReport("NVIDIA", 0, "none"),))
SENDER = cast("DataSender", None)
BEGUN = Search(VENDORS[0], Roots(), time.monotonic, None)


@pytest.mark.parametrize(("asked", "seconds"), [(0.1, 0.1), (2.0, 1.0), (5.0, 5.0), (60.0, 60.0)])
def test_the_interval_that_was_asked_for_holds_for_gpus_too(asked: float, seconds: float) -> None:
    assert gpu_interval(asked) == seconds


def producers(options: Options, seen: bool = True, opened: str | None = None) -> Any:
    return gpu_producers(NOWHERE, options, lambda: seen, lambda: opened, BEGUN)


class Fleet:
    """Stands for the watch of a fleet: keeps how it was made."""

    made: tuple[object, ...] = ()

    def __init__(self, address: object, interval: float, match: str) -> None:
        Fleet.made = (str(address), interval, match)

    async def watch(self, _: object, opened: Callable[[], str | None]) -> None:
        Fleet.made = ("watched", opened())

    async def open_host(self, host: str, _: object) -> None:
        Fleet.made = ("opened", host)


async def test_a_fleet_is_watched_where_one_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackio_view.sources.prometheus.watch.FleetWatch", Fleet)
    named = Options(prometheus="http://metrics:9090", prometheus_match='job="dcgm"')
    fleet = producers(named, opened="node-7")
    address, interval, match = Fleet.made
    assert "host='metrics', port=9090" in str(address)
    assert (interval, match) == (15.0, 'job="dcgm"')
    await fleet.watch(SENDER)
    assert Fleet.made == ("watched", "node-7")
    await fleet.open_host("node-3", SENDER)
    assert Fleet.made == ("opened", "node-3")
    producers(named._replace(interval=30.0))
    assert Fleet.made[1] == 30.0


class Watched:
    """Stands for the room that reads GPUs: keeps its arguments, and reports one vendor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: dict[str, Any] = {}
        self.ended: list[str] = []
        monkeypatch.setattr("trackio_view.sources.gpu.watch.watch_gpus", self.watch)
        monkeypatch.setattr(
            "trackio_view.sources.gpu.training_processes.TrainingProcesses", self.processes
        )
        monkeypatch.setattr("trackio_view.sources.gpu.training_processes.Marking", self.marking)

    async def watch(
        self,
        searches: tuple[Search, ...],
        interval: float,
        receive: Any,
        *,
        wants_activity: Any,
        pause: Any,
    ) -> None:
        roots = searches[1].roots
        self.given |= {"roots": roots, "interval": interval, "seen": wants_activity()}
        assert searches[0] is BEGUN
        await pause(0.0)
        await receive(TOLD)
        await pause(0.25)
        raise EOFError

    def processes(self, origin: str, proc: Path, new_runs: object) -> Watched:
        self.given |= {"origin": origin, "proc": proc, "new_runs": new_runs}
        return self

    def marking(self, processes: object, send: Callable[[Any], Awaitable[None]]) -> Any:
        async def receive(sampled: GpusSampled) -> None:
            self.given["marked by"] = processes
            await send(sampled)

        async def pause(seconds: float) -> None:
            self.given["pause"] = seconds

        return SimpleNamespace(receive=receive, pause=pause)

    def end(self) -> None:
        self.ended.append("ended")


async def watched(options: Options, seen: bool, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Watch the machine's GPUs until that fails, and return the stand-in with what it was given."""
    stand_in = Watched(monkeypatch)
    send, receive = anyio.create_memory_object_stream[Any](9)
    made = producers(options, seen)
    assert made.open_host is None, "no machine of a fleet can be opened"
    with pytest.raises(EOFError):
        await made.watch(send)
    assert receive.receive_nowait() is TOLD
    if "marked by" in stand_in.given:
        assert receive.receive_nowait() is TOLD, "told first before it was marked"
        assert stand_in.given["pause"] == 0.25, "links are told of while it waits"
    assert receive.statistics().current_buffer_used == 0
    assert stand_in.ended == ["ended"] * ("marked by" in stand_in.given), "its thread ends"
    send.close()
    receive.close()
    return stand_in


@pytest.mark.parametrize("seen", [True, False])
async def test_gpus_of_this_machine_are_marked_with_what_trains_on_them(
    seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = await watched(Options(interval=4.0), seen, monkeypatch)
    given = stand_in.given
    assert (given["origin"], given["proc"], given["interval"]) == ("/data", Path("/proc"), 4.0)
    assert given["roots"].live
    assert given["seen"] is seen
    assert given["marked by"] is stand_in
    assert callable(given["new_runs"])


async def test_the_first_readings_are_drawn_before_what_marks_them_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in, done = Watched(monkeypatch), list[str]()
    send, receive = anyio.create_memory_object_stream[Any](9)
    processes = stand_in.processes

    def load(*given: Any) -> Watched:
        done.append("loaded")
        return processes(*given)

    async def draw() -> None:
        await receive.receive()
        # Some turns of the loop later they are folded; drawing takes turns with other threads.
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        time.sleep(0.02)
        done.append("drawn")

    monkeypatch.setattr("trackio_view.sources.gpu.training_processes.TrainingProcesses", load)
    with send, receive:
        async with anyio.create_task_group() as group:
            group.start_soon(draw)
            with pytest.raises(EOFError):
                await producers(Options(), True).watch(send)
    assert done == ["drawn", "loaded"]


async def test_nothing_is_marked_beside_a_log_or_on_a_captured_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_log = await watched(Options(log=tmp_path / "log"), True, monkeypatch)
    captured = await watched(Options(sysroot=tmp_path), True, monkeypatch)
    assert "marked by" not in with_log.given
    assert "marked by" not in captured.given
    assert captured.given["roots"] == Roots.captured(tmp_path)
    assert captured.given["interval"] == 1.0


async def test_gpus_behind_ssh_are_asked_of_these_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    def machines(options: Options, interval: float) -> str:
        asked.append((options.ssh, interval))
        return "machines"

    monkeypatch.setattr("trackio_view.live.sources.far_machines", machines)
    monkeypatch.setattr(
        "trackio_view.sources.far.far_gpus.watch_machines", lambda made: (made, "watched")
    )
    assert producers(Options(ssh=("ada@box",))).watch == ("machines", "watched")
    assert asked == [(("ada@box",), 1.0)]


def test_a_recording_tells_of_its_gpus_itself_whatever_else_was_named() -> None:
    from trackio_view.recording.replay import Replay

    recording = Replay.__new__(Replay)
    options = Options(replay=Path("r"), prometheus="http://metrics:9090", ssh=("box",))
    found = gpu_producers(
        cast("Source", recording), options, lambda: True, lambda: None, begun=None
    )
    assert found.watch == recording.watch_gpus
    assert found.open_host is None
