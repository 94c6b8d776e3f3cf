"""Which source the options choose: the one door through which every command comes to its data.

Nothing is imported but what the chosen source needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress

from trackio_view.light_typing import TYPE_CHECKING, Any, NamedTuple
from trackio_view.options.command_line import Options

if TYPE_CHECKING:
    from trackio_view.model.fleet import FleetSampled
    from trackio_view.model.gpu import GpusSampled
    from trackio_view.sources.far.far_gpus import FarMachine
    from trackio_view.sources.http.addresses import ServerAddress
    from trackio_view.sources.source import Source
    from trackio_view.sources.trackio.distant import DistantPlace
    from trackio_view.sources.trackio.ssh.host import SshHost


class CannotOpen(Exception):
    """What was named cannot be a source; the text is a sentence."""

    def __init__(self, origin: str, text: str) -> None:
        super().__init__(text)
        self.origin = origin


@contextmanager
def chosen_source(options: Options, *, whole: bool = False) -> Iterator[Source]:
    """Give the source that the options choose, with what it needs to run while it is used.

    Who waits for no more asks for the `whole` of a demo: it has come to its end. Raises CannotOpen.
    """
    row = next(row for row in SOURCES if row.is_chosen(options))
    with row.opened(options, whole) as source:
        yield source


def listed_source(options: Options) -> AbstractContextManager[Source]:
    """Give the source whose projects the options let be listed. Raises CannotOpen."""
    return _distant(options) if options.is_distant else _directory(options)


def directory_source(options: Options) -> Source:
    """Return the directory in which the options let projects be looked for, as a source."""
    from trackio_view.sources.trackio.files.locations import data_directory
    from trackio_view.sources.trackio.source import TrackioFiles

    return TrackioFiles(data_directory(options.dir), options.interval)


def gpu_hosts(options: Options) -> dict[str, str] | None:
    """Return the machine whose GPUs runs train on, by the origin of their project: empty for this
    one, and none for a server, to which any machine may log. `None` where all projects lie here.
    """
    if not options.is_distant:
        return None
    own = {} if options.dir is None else {directory_source(options).origin: ""}
    return own | {host.shown: host.name for host in map(_host, options.ssh)}


@contextmanager
def _directory(options: Options, _: bool = False) -> Iterator[Source]:
    yield directory_source(options)


@contextmanager
def _log(options: Options, _: bool) -> Iterator[Source]:
    from trackio_view.sources.log.source import LogFile

    if options.log is None:
        raise ValueError("no log was named")
    yield LogFile(options.log, options.interval)


@contextmanager
def _distant(options: Options, _: bool = False) -> Iterator[Source]:
    with closing(_elsewhere(options)) as source:
        yield source


def _elsewhere(options: Options) -> Source:
    """Return what lies elsewhere, beside the directory where that was named, too."""
    from trackio_view.sources.trackio.server.source import DistantProjects

    sources: list[Source] = [] if options.dir is None else [directory_source(options)]
    places = [*map(_server, options.server), *map(_machine, options.ssh)]
    sources += [DistantProjects(place, options.interval) for place in places]
    if len(sources) == 1:
        return sources[0]
    from trackio_view.sources.several import SeveralSources

    # What was named twice is one origin.
    return SeveralSources(list({source.origin: source for source in sources}.values()))


def _server(named: str) -> DistantPlace:
    from trackio_view.sources.http.addresses import NoAddress, parse_address
    from trackio_view.sources.trackio.server.server import Server

    try:
        return Server(parse_address(named))
    except NoAddress as fault:
        raise CannotOpen("--server", f"--server: {fault}") from None


def prometheus_address(named: str) -> ServerAddress:
    """Return the address of the Prometheus that is meant. Raises CannotOpen."""
    from trackio_view.sources.http.addresses import NoAddress, parse_address

    try:
        return parse_address(named)
    except NoAddress as fault:
        raise CannotOpen("--prometheus", f"--prometheus: {fault}") from None


def named_places(options: Options) -> list[str]:
    """Return the servers and machines of the options: as they were named, and as sentences name
    them.
    """
    from trackio_view.sources.http.addresses import NoAddress, parse_address

    addresses = [*options.server, *([] if options.prometheus is None else [options.prometheus])]
    places = [*options.ssh, *addresses]
    for named in addresses:
        with suppress(NoAddress):
            places.append(parse_address(named).shown)
    return places


def fleet_now(named: str, match: str = "") -> FleetSampled:
    """Return the fleet that a Prometheus tells of at this moment. Raises CannotOpen."""
    from trackio_view.sources.prometheus.faults import PrometheusFault
    from trackio_view.sources.prometheus.watch import fleet_once

    try:
        return fleet_once(prometheus_address(named), match)
    except PrometheusFault as fault:
        raise CannotOpen(named, str(fault)) from None


def _machine(named: str) -> DistantPlace:
    from trackio_view.sources.trackio.ssh.far_machine import SshMachine

    return SshMachine(_host(named))


def _host(named: str) -> SshHost:
    from trackio_view.sources.trackio.ssh.host import NoHost, parse_host

    try:
        return parse_host(named)
    except NoHost as fault:
        raise CannotOpen("--ssh", f"--ssh: {fault}") from None


def far_machines(options: Options, interval: float = 1.0) -> list[FarMachine]:
    """Return the machines behind SSH that are named, whose GPUs are asked for. Raises CannotOpen.

    `interval` is the time between readings, in seconds.
    """
    from trackio_view.sources.far.far_gpus import FarMachine

    sysroot = None if options.sysroot is None else str(options.sysroot)
    hosts = {host.name: host for host in map(_host, options.ssh)}
    return [
        FarMachine(host, _sampled, interval=interval, sysroot=sysroot) for host in hosts.values()
    ]


def _sampled(fields: dict[str, Any]) -> GpusSampled:
    """Return the readings that a recording tells by these fields. Raises ValueError."""
    from trackio_view.recording.codec import BrokenLine, decode_event, json_line

    line = json_line({"at": 0.0, "kind": "GpusSampled", "event": fields})
    try:
        event: GpusSampled = decode_event(line).event  # type: ignore[assignment]
    except BrokenLine as fault:
        raise ValueError(str(fault)) from None
    return event


def far_gpus_now(options: Options, patience: float) -> GpusSampled:
    """Return the GPUs of the machines behind SSH at this moment. Raises CannotOpen."""
    from trackio_view.sources.far.far_gpus import machines_once
    from trackio_view.sources.trackio.server.faults import ServerFault

    try:
        return machines_once(far_machines(options), patience)
    except ServerFault as fault:
        raise CannotOpen("--ssh", str(fault)) from None


@contextmanager
def _recording(options: Options, _: bool) -> Iterator[Source]:
    from trackio_view.recording.files import Unrecordable, read_header
    from trackio_view.recording.replay import Replay

    if options.replay is None:
        raise ValueError("no recording was named")
    try:
        header = read_header(options.replay)
    except Unrecordable as fault:
        raise CannotOpen(str(options.replay), str(fault)) from None
    yield Replay(options.replay, header, options.speed or 1.0)


@contextmanager
def _demo(options: Options, whole: bool) -> Iterator[Source]:
    from trackio_view.demo import DemoFault, finished_demo, started_demo
    from trackio_view.demo.training import PROJECT
    from trackio_view.sources.trackio.source import TrackioFiles

    try:
        if whole:
            with finished_demo() as directory:
                yield TrackioFiles(str(directory), options.interval, project=PROJECT)
        else:
            with started_demo() as (directory, fault):
                interval = options.interval
                yield TrackioFiles(str(directory), interval, project=PROJECT, writer_fault=fault)
    except DemoFault as error:
        raise CannotOpen("demo", str(error)) from None


class SourceRow(NamedTuple):
    """A kind of source, and the options that choose it."""

    is_chosen: Callable[[Options], bool]
    opened: Callable[[Options, bool], AbstractContextManager[Source]]
    """Gives the source while it is used; of a demo, if asked, one that has come to its end. What a
    source needs is imported here. Raises CannotOpen.
    """


SOURCES: tuple[SourceRow, ...] = (
    SourceRow(lambda options: options.replay is not None, _recording),
    SourceRow(lambda options: options.log is not None, _log),
    SourceRow(lambda options: options.is_distant, _distant),
    SourceRow(lambda options: options.demo, _demo),
    SourceRow(lambda _: True, _directory),
)
"""All kinds of sources. The first row that the options choose is opened."""
