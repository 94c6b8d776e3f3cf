"""The GPUs of a machine behind SSH: asked once, or again and again, and what goes wrong said."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio_view.model.events import DataEvent, Notice, ProgramOrigin, Severity
from trackio_view.model.gpu import Absence, GpuSample, GpusSampled, VendorReport
from trackio_view.model.natural_order import natural_order
from trackio_view.sources.gpu.nvidia.smi import LACKS
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh.faults import no_answer
from trackio_view.sources.trackio.ssh.host import SshHost
from trackio_view.sources.trackio.ssh.pipe import SshPipe
from trackio_view.sources.trackio.ssh.program import far_program, rooms_for

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectSendStream

ROOMS = rooms_for(
    "sources.gpu.amd.gpus", "sources.gpu.intel.gpus", "sources.gpu.jetson", "sources.far.gpus_there"
)
"""The vendors' rooms are loaded by their names; NVIDIA's is another one there."""
GPUS = far_program(ROOMS, (3, 10))
"""Reads GPUs; the samplers are written for what TrackIO needs, too."""
_MOST_GPUS = 1_024
_CLOCK_SET_SECONDS = 2.0
"""By how much the two clocks must disagree for one of them to have been set: more than an answer
takes."""

Sender: TypeAlias = "MemoryObjectSendStream[DataEvent]"
Producing: TypeAlias = Coroutine[Any, Any, None]
Decode: TypeAlias = Callable[[dict[str, Any]], GpusSampled]
"""Makes of an event's fields, as recordings tell them, the event; raises ValueError."""


class FarMachine:
    """A machine whose GPUs are read for us there."""

    def __init__(
        self, host: SshHost, decode: Decode, *, interval: float, sysroot: str | None
    ) -> None:
        """Nobody is asked yet; `sysroot` is where a capture lies there."""
        self.name = host.name
        # The directory of projects does not matter for GPUs.
        host = host._replace(directory=None, shown=host.name)
        self.pipe = SshPipe(host, GPUS, {"interval": interval, "sysroot": sysroot})
        self._host = host
        self._decode = decode
        self._interval = interval
        self._zero: float | None = None
        self._latest = GpusSampled((), (), self.name)

    def once(self, patience: float) -> GpusSampled:
        """Return a reading of all GPUs there, as they are. Raises ServerFault."""
        return self._asked(do="once", patience=patience)

    def newest(self) -> GpusSampled:
        """Return the newest reading of each GPU there. Raises ServerFault."""
        return self._asked(do="newest")

    async def watch(self, send: Sender) -> None:
        """Send the newest readings each interval, until cancelled; they stay while none come."""
        import anyio

        from trackio_view.sources.trackio.ssh.silence import tell_silence

        async def say_of_silence(text: str | None) -> None:
            if text is not None:
                await send.send(_unanswered(self._latest, text))
            subject = f"silence of {self.name}"
            await send.send(Notice(ProgramOrigin.FLEET, text, Severity.WARNING, subject))

        async with anyio.create_task_group() as group:
            group.start_soon(tell_silence, self._host, self._unanswered_since, say_of_silence)
            await self._look_again_and_again(send)

    async def _look_again_and_again(self, send: Sender) -> None:
        import anyio

        from trackio_view.sources.http.pauses import Pauses
        from trackio_view.sources.worker_thread import answer_of

        pauses = Pauses()
        said: str | None = None
        lacks: str | None = None
        while True:
            trouble: str | None = None
            try:
                self._latest = latest = await answer_of(self.pipe, self.newest)
                pauses.answered()
                pause = self._interval
                await send.send(latest)
                if lacks is None and any(map(_is_by_smi, latest.samples)):
                    lacks = f"{self.name}: {LACKS}."
                    subject = f"nvidia-smi of {self.name}"
                    await send.send(Notice(ProgramOrigin.FLEET, lacks, Severity.INFO, subject))
            except ServerFault as fault:
                pause = pauses.failed(fault)
                trouble = pauses.sentence(fault)
                if trouble != said:
                    await send.send(_unanswered(self._latest, trouble))
            if trouble != said:
                said = trouble
                await send.send(
                    Notice(ProgramOrigin.FLEET, trouble, Severity.WARNING, f"gpus of {self.name}")
                )
            await anyio.sleep(pause)

    def _unanswered_since(self) -> float | None:
        return self.pipe.unanswered_since

    def close(self) -> None:
        """Hang up."""
        self.pipe.close()

    def _asked(self, **question: Any) -> GpusSampled:
        answer = self.pipe.ask(question)
        try:
            now = float(answer["now"])
            event = self._decode(answer["event"])
            zero = self._clock_zero(now)
        except (TypeError, ValueError, LookupError, ArithmeticError):
            raise no_answer(self._host) from None
        samples = tuple(self._of_here(sample) for sample in event.samples[:_MOST_GPUS])
        report = tuple(
            VendorReport(f"{self.name}, {line.vendor}", line.found, line.text)
            for line in event.report
        )
        return GpusSampled(samples, report, self.name, zero)

    def _of_here(self, sample: GpuSample) -> GpuSample:
        return sample._replace(identity=sample.identity._replace(host=self.name))

    def _clock_zero(self, now: float) -> float:
        """Return the moment that its clock counts from, by the clock of this machine."""
        zero = time.time() - now
        if self._zero is None or not abs(zero - self._zero) < _CLOCK_SET_SECONDS:
            self._zero = zero
        return self._zero


def _is_by_smi(sample: GpuSample) -> bool:
    return Absence.BEYOND_SMI in sample.reasons.values()


def _unanswered(latest: GpusSampled, text: str) -> GpusSampled:
    """Return the last readings, marked: they are as old as the sentence says."""
    samples = tuple(sample.unanswered(Absence.STALE, text) for sample in latest.samples)
    report = latest.report if samples else (VendorReport(latest.source, 0, text),)
    return GpusSampled(samples, report, latest.source, latest.clock_zero)


def watch_machines(machines: Sequence[FarMachine]) -> Callable[[Sender], Producing]:
    """Return what sends the readings of several machines, each asked by itself."""

    async def watch(send: Sender) -> None:
        import anyio

        try:
            async with anyio.create_task_group() as group:
                for machine in machines:
                    group.start_soon(machine.watch, send)
        finally:
            for machine in machines:
                machine.close()

    return watch


def machines_once(machines: Sequence[FarMachine], patience: float) -> GpusSampled:
    """Return a reading of the GPUs of several machines, by name; one that does not answer says why.

    Raises ServerFault where none answers.
    """
    samples: list[GpuSample] = []
    report: list[VendorReport] = []
    faults: list[ServerFault] = []
    for machine in sorted(machines, key=lambda machine: natural_order(machine.name)):
        try:
            told = machine.once(patience)
            samples += told.samples
            report += told.report
        except ServerFault as fault:
            faults.append(fault)
            report.append(VendorReport(machine.name, 0, str(fault)))
        finally:
            machine.close()
    if len(faults) == len(machines):
        raise faults[0]
    return GpusSampled(tuple(samples), tuple(report))
