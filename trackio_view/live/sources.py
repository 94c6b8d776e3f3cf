"""What feeds the live screen besides the chosen source: the GPUs of this machine or of a fleet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import DataEvent
from trackio_view.model.gpu import GpusSampled
from trackio_view.options.command_line import Options
from trackio_view.origins import far_machines, prometheus_address

if TYPE_CHECKING:
    from trackio_view.sources.gpu.sampler import Roots
    from trackio_view.sources.gpu.search import Search
    from trackio_view.sources.gpu.training_processes import Marking
    from trackio_view.sources.source import Source

DataSender = MemoryObjectSendStream[DataEvent]
Producing = Coroutine[Any, Any, None]

_GPU_SECONDS = 1.0
_FRAME_SECONDS = 0.05
"""How long other imports wait, so that the first readings are drawn before them."""


class GpuProducers(NamedTuple):
    """The functions that send what there is to know of GPUs."""

    watch: Callable[[DataSender], Producing]
    open_host: Callable[[str, DataSender], Producing] | None = None
    """Sends what the GPUs of a fleet's machine did before; `None` without a fleet."""


def gpu_producers(
    source: Source,
    options: Options,
    seen: Callable[[], bool],
    opened: Callable[[], str | None],
    begun: Search | None,
) -> GpuProducers:
    """Return what watches the fleet that was named, else the GPUs of this machine.

    `opened` returns the fleet's machine that is on screen. `begun` is a search for this machine's
    GPUs that was started before. Raises CannotOpen.
    """
    if options.prometheus is None or options.replay is not None:
        return GpuProducers(_machine_source(source, options, seen, begun))
    from trackio_view.sources.prometheus.watch import FleetWatch, fleet_interval

    interval = fleet_interval(options.interval, Options().interval)
    fleet = FleetWatch(prometheus_address(options.prometheus), interval, options.prometheus_match)

    def watch(send: DataSender) -> Producing:
        return fleet.watch(send, opened)

    return GpuProducers(watch, fleet.open_host)


def _machine_source(
    source: Source, options: Options, seen: Callable[[], bool], begun: Search | None
) -> Callable[[DataSender], Producing]:
    """Return what watches GPUs of this machine or those behind SSH, or tells of recorded ones.

    `seen` returns whether somebody looks at them; other threads ask.
    """
    if options.replay is not None:
        from trackio_view.recording.replay import Replay

        if isinstance(source, Replay):
            return source.watch_gpus
    if options.ssh:
        from trackio_view.sources.far.far_gpus import watch_machines

        return watch_machines(far_machines(options, gpu_interval(options.interval)))

    async def watch(send: DataSender) -> None:
        from trackio_view.sources.gpu.sampler import Roots
        from trackio_view.sources.gpu.search import searches_for
        from trackio_view.sources.gpu.watch import watch_gpus

        roots = Roots.chosen(options.sysroot)
        with contextlib.ExitStack() as ending:
            receive: Callable[[GpusSampled], Producing] = send.send
            pause: Callable[[float], Producing] = anyio.sleep
            if options.log is None and roots.live:
                # A process that has files of these projects open is one of their trainings.
                receive, pause = _marking(source, roots, receive, ending)
            searches, interval = searches_for(roots, begun=begun), gpu_interval(options.interval)
            await watch_gpus(searches, interval, receive, wants_activity=seen, pause=pause)

    return watch


def _marking(
    source: Source,
    roots: Roots,
    send: Callable[[GpusSampled], Producing],
    ending: contextlib.ExitStack,
) -> tuple[Callable[[GpusSampled], Producing], Callable[[float], Producing]]:
    """Return two functions: one sends an event on with the trainings among its processes marked,
    one pauses until the next event.

    The first event is sent unmarked, too, because numbers should be on screen before the code that
    marks them is imported. During a pause, processes are marked whose run becomes known.
    """
    marking: Marking | None = None

    def begin() -> Marking:
        from trackio_view.sources.gpu.training_processes import Marking, TrainingProcesses
        from trackio_view.sources.trackio.new_runs import NewRuns

        new_runs = NewRuns(source.origin).since_last_look
        processes = TrainingProcesses(source.origin, roots.proc, new_runs)
        ending.callback(processes.end)
        return Marking(processes, send)

    async def receive(event: GpusSampled) -> None:
        nonlocal marking
        if marking is None:
            await send(event)
            await anyio.sleep(_FRAME_SECONDS)
            marking = await anyio.to_thread.run_sync(begin)
        await marking.receive(event)

    async def pause(seconds: float) -> None:
        await (anyio.sleep if marking is None else marking.pause)(seconds)

    return receive, pause


def gpu_interval(asked: float) -> float:
    """Return the seconds between looks at the GPUs, which change faster than trainings log.

    A person who asks for fewer looks than the usual ones gets fewer.
    """
    return asked if asked > Options().interval else min(asked, _GPU_SECONDS)
