"""The GPUs of a machine behind SSH: read there, with nothing of ours installed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from tests.ssh_servers import StubSsh
from trackio_view.model.events import DataEvent, Notice
from trackio_view.model.gpu import Absence, GpusSampled
from trackio_view.options.command_line import parse_arguments
from trackio_view.origins import CannotOpen, _sampled, far_gpus_now, far_machines
from trackio_view.sources.far.far_gpus import FarMachine, watch_machines
from trackio_view.sources.http.pauses import Pauses
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh.host import parse_host

SMI = """#!/bin/sh
echo "00000000:3B:00.0, GPU-1a2b, NVIDIA H100, 550.54.15, 87, 45, 40536, 81559, 512.31, 700.00,\
 1755, 1755, 2619, 1500, [N/A], 5, 16, 5, 16, 0, 0, 61, 55, P0"
"""
_ANSWERS = """
exec 3<&0; cat <&3 > /dev/null &
echo 'trackio-view reads 1'
answer() { printf '%s\\n%s' "${#1}" "$1"; }
answer '{"ready":true}'
cat {folder}/answer | while read -r line; do answer "$line"; done
sleep 3600
"""
"""A machine that accepts the program and gives the answers of the test."""


@pytest.fixture
def capture(captures: Path) -> str:
    return str(captures / "gpu" / "amd" / "rx6900xt")


Machine = Callable[..., FarMachine]


@pytest.fixture
def machine(stub_ssh: StubSsh) -> Iterator[Machine]:
    """Return a function that makes a machine to which the test's `ssh` leads."""
    made: list[FarMachine] = []

    def make(**more: Any) -> FarMachine:
        asked = {"interval": 1.0, "sysroot": None, **more}
        made.append(FarMachine(parse_host("box:runs"), _sampled, **asked))
        return made[-1]

    yield make
    for one in made:
        one.close()


async def collected(
    watched: FarMachine, is_enough: Callable[[list[DataEvent]], bool]
) -> list[DataEvent]:
    """Return the events of a watch up to the first that the test waits for."""
    events: list[DataEvent] = []
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    async with send, receive, anyio.create_task_group() as group:
        group.start_soon(watched.watch, send)
        with anyio.fail_after(60):
            while not events or not is_enough(events):
                events.append(await receive.receive())
        group.cancel_scope.cancel()
    return events


def test_cards_are_read_there_by_the_samplers_of_here(machine: Machine, capture: str) -> None:
    found = machine(sysroot=capture).once(20.0)
    (sample,) = found.samples
    assert sample.identity.name == "AMD Radeon RX 6900 XT"
    assert sample.identity.host == found.source == "box"
    assert sample.memory_total == 17163091968
    assert sample.temperatures["hotspot"] == 59.0
    assert found.clock_zero is not None
    assert {line.vendor for line in found.report} >= {"box, AMD", "box, NVIDIA"}


def test_nvidias_are_those_of_nvidia_smi(machine: Machine, stub_ssh: StubSsh) -> None:
    smi = stub_ssh.folder / "nvidia-smi"
    smi.write_text(SMI)
    smi.chmod(0o755)
    found = machine().once(20.0)
    sample = next(sample for sample in found.samples if sample.identity.vendor == "NVIDIA")
    assert (sample.identity.key, sample.utilization, sample.power) == ("0000:3b:00.0", 87.0, 512.31)
    assert sample.reasons["processes"] is Absence.BEYOND_SMI


async def test_a_look_is_one_question(machine: Machine, capture: str) -> None:
    watched = machine(sysroot=capture, interval=0.05)
    events = await collected(watched, lambda events: len(events) > 2)
    assert all(isinstance(event, GpusSampled) for event in events)
    assert watched.pipe.questions in (len(events), len(events) + 1)


async def test_a_machine_is_not_asked_again_before_the_interval_has_passed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[FarMachine] = []

    def newest(asked_machine: FarMachine) -> GpusSampled:
        asked.append(asked_machine)
        return GpusSampled((), (), "box")

    monkeypatch.setattr(FarMachine, "newest", newest)
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    async with send, receive, anyio.create_task_group() as group:
        group.start_soon(machine(interval=3600.0).watch, send)
        with anyio.fail_after(60):
            await receive.receive()
        await anyio.sleep(0.1)
        group.cancel_scope.cancel()
    assert len(asked) == 1


async def test_readings_stay_and_are_marked_where_the_connection_is_lost(
    machine: Machine, stub_ssh: StubSsh, capture: str
) -> None:
    watched = machine(sysroot=capture, interval=0.05)

    killed: list[int] = []

    def is_said(events: list[DataEvent]) -> bool:
        if isinstance(events[-1], GpusSampled) and events[-1].samples and not killed:
            killed.extend(stub_ssh.started)
            stub_ssh.fail("ssh: connect to host box port 22: Connection refused\n")
            os.killpg(killed[-1], signal.SIGKILL)
        return isinstance(events[-1], Notice) and "refuses" in str(events[-1].text)

    events = await collected(watched, is_said)
    last = events[-2]
    assert isinstance(last, GpusSampled)
    assert last.samples[0].state is Absence.STALE
    assert last.samples[0].utilization == 3.0
    assert "box refuses connections" in str(last.samples[0].state_text)


@pytest.mark.anyio
async def test_that_a_machine_could_not_be_asked_is_taken_back_once_it_answers(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = machine(interval=0.01)
    looks = iter([True, False, False, True, True, False])

    def newest(_: object) -> GpusSampled:
        if next(looks, True):
            return GpusSampled((), (), "box")
        raise ServerFault("box refuses connections.")

    monkeypatch.setattr(FarMachine, "newest", newest)
    monkeypatch.setattr("trackio_view.sources.http.pauses._FIRST_PAUSE", 0.01)

    def notices_of(events: list[DataEvent]) -> list[Notice]:
        return [event for event in events if isinstance(event, Notice)]

    events = await collected(watched, lambda events: len(notices_of(events)) == 4)
    notices = notices_of(events)
    assert [notice.text is None for notice in notices] == [False, True, False, True]
    assert len({(notice.origin, notice.subject) for notice in notices}) == 1


@pytest.mark.anyio
async def test_a_machine_that_answered_is_asked_again_as_soon_as_after_its_first_fault(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([False, False, True, False])

    def newest(_: object) -> GpusSampled:
        if next(looks, True):
            return GpusSampled((), (), "box")
        raise ServerFault("box refuses connections.")

    pauses: list[float] = []
    failed = Pauses.failed

    def failed_for_now(self: Pauses, fault: Exception) -> float:
        pauses.append(failed(self, fault))
        return 0.0

    monkeypatch.setattr(FarMachine, "newest", newest)
    monkeypatch.setattr(Pauses, "failed", failed_for_now)
    await collected(machine(), lambda _: len(pauses) == 3)
    first, second, after_an_answer = pauses
    assert max(first, after_an_answer) < second


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"event": {}, "now": 1.0},
        {"event": {"samples": {"$tuple": []}, "report": {"$tuple": []}}, "now": "soon"},
        {"event": {"samples": {"$tuple": [1]}, "report": {"$tuple": []}}, "now": 1.0},
        {"event": {"samples": {"$tuple": [{"$type": "Notice"}]}, "report": []}, "now": 1.0},
        {"event": [[[[[[]]]]]], "now": 1.0},
    ],
)
def test_answers_of_no_sense_are_a_sentence(
    machine: Machine, stub_ssh: StubSsh, answer: dict[str, Any]
) -> None:
    (stub_ssh.folder / "answer").write_text(json.dumps(answer) + "\n")
    stub_ssh.write(_ANSWERS)
    with pytest.raises(ServerFault, match="box answers with what was not asked for"):
        machine().once(1.0)


def test_a_machine_of_a_thousand_gpus_is_bounded(machine: Machine, stub_ssh: StubSsh) -> None:
    identity = {"$type": "GpuIdentity", "vendor": "AMD", "name": "x"}
    samples = [
        {"$type": "GpuSample", "identity": {**identity, "key": f"k{number}"}, "time": 1.0}
        for number in range(1_500)
    ]
    event = {"samples": {"$tuple": samples}, "report": {"$tuple": []}}
    (stub_ssh.folder / "answer").write_text(json.dumps({"event": event, "now": 1.0}) + "\n")
    stub_ssh.write(_ANSWERS)
    assert len(machine().once(1.0).samples) == 1_024


def test_an_old_python_is_said(machine: Machine, stub_ssh: StubSsh) -> None:
    stub_ssh.fail("trackio-view: this Python is 3.9\n", 1)
    with pytest.raises(ServerFault, match=r"box has Python 3\.9 as `python3`: 3\.10 or later"):
        machine().once(1.0)


def test_machines_are_named_once_and_one_that_is_away_hides_no_other(
    stub_ssh: StubSsh, capture: str
) -> None:
    named = ["--ssh", "box", "--ssh", "box:runs", "--ssh", "away"]
    options = parse_arguments(["--gpu", "--once", *named, "--sysroot", capture])
    assert [one.name for one in far_machines(options)] == ["box", "away"]
    refused = "ssh: Could not resolve hostname away: Name or service not known"
    stub_ssh.write(
        f'for one; do [ "$one" = away ] && {{ echo "{refused}" >&2; exit 255; }}; done\n'
        'while [ "$1" != -- ]; do shift; done\nexec sh -c "$3"\n'
    )
    found = far_gpus_now(options, 20.0)
    assert [sample.identity.host for sample in found.samples] == ["box"]
    assert any(line.vendor == "away" and "no such host" in line.text for line in found.report)


async def test_each_of_several_machines_is_watched_and_let_go_of_at_the_end() -> None:
    closed: list[str] = []

    def machine(name: str) -> Any:
        async def watch(send: Any) -> None:
            await send.send(name)
            await anyio.sleep_forever()

        return SimpleNamespace(watch=watch, close=lambda: closed.append(name))

    send, receive = anyio.create_memory_object_stream[Any](0)
    async with send, receive, anyio.create_task_group() as group:
        group.start_soon(watch_machines([machine("a"), machine("b")]), send)
        with anyio.fail_after(60):
            assert {await receive.receive(), await receive.receive()} == {"a", "b"}
        assert closed == []
        group.cancel_scope.cancel()
    assert closed == ["a", "b"]


def test_machines_are_told_of_by_name_however_they_were_named(
    stub_ssh: StubSsh, capture: str
) -> None:
    stub_ssh.write('while [ "$1" != -- ]; do shift; done\nexec sh -c "$3"\n')
    named = ["--ssh", "node-10", "--ssh", "node-9", "--ssh", "box"]
    options = parse_arguments(["--gpu", "--once", *named, "--sysroot", capture])
    found = far_gpus_now(options, 20.0)
    assert [sample.identity.host for sample in found.samples] == ["box", "node-9", "node-10"]


def test_where_none_answers_it_is_a_fault(stub_ssh: StubSsh) -> None:
    stub_ssh.fail("ssh: connect to host box port 22: Connection refused\n")
    options = parse_arguments(["--gpu", "--once", "--ssh", "box"])
    with pytest.raises(CannotOpen, match="box refuses connections"):
        far_gpus_now(options, 1.0)


def test_openssh_itself_is_asked(real_ssh: Any, capture: str) -> None:
    options = parse_arguments(["--gpu", "--once", "--ssh", "far", "--sysroot", capture])
    found = far_gpus_now(options, 20.0)
    assert [sample.identity.name for sample in found.samples] == ["AMD Radeon RX 6900 XT"]


@pytest.mark.anyio
async def test_that_the_machine_is_silent_is_told_and_taken_back(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell_silence(_: object, unanswered_since: Any, say: Any) -> None:
        assert unanswered_since() is None
        await say("It does not answer.")
        await say(None)

    async def look(*_: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr("trackio_view.sources.trackio.ssh.silence.tell_silence", tell_silence)
    monkeypatch.setattr(FarMachine, "_look_again_and_again", look)

    def notices_of(events: list[DataEvent]) -> list[Notice]:
        return [event for event in events if isinstance(event, Notice)]

    told = await collected(machine(), lambda events: len(notices_of(events)) == 2)
    notices = notices_of(told)
    assert [notice.text for notice in notices] == ["It does not answer.", None]
    assert len({(notice.origin, notice.subject) for notice in notices}) == 1


@pytest.mark.anyio
async def test_the_readings_of_a_machine_that_is_silent_are_no_live_ones(
    machine: Machine, capture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read = anyio.Event()

    async def tell_silence(_: object, unanswered_since: Any, say: Any) -> None:
        await is_read.wait()
        await say("It does not answer.")

    monkeypatch.setattr("trackio_view.sources.trackio.ssh.silence.tell_silence", tell_silence)

    def until(events: list[Any]) -> bool:
        sampled = [event for event in events if isinstance(event, GpusSampled)]
        if sampled and sampled[-1].samples:
            is_read.set()
        return any(sample.state for event in sampled for sample in event.samples)

    told = await collected(machine(sysroot=capture), until)
    marked = [event for event in told if isinstance(event, GpusSampled)][-1]
    assert {(one.state, one.state_text) for one in marked.samples} == {
        (Absence.STALE, "It does not answer.")
    }
