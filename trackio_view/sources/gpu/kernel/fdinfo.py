"""Which processes use which GPU: one pass over /proc for the GPUs of all vendors.

`clients` reads what a GPU's file tells of its use.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trackio_view.model.gpu import Absence, GpuProcess
from trackio_view.sources.gpu.kernel.clients import Client, Engine, parse
from trackio_view.sources.gpu.kernel.open_gpus import OpenGpus
from trackio_view.sources.gpu.kernel.procfs import (
    process_command,
    process_user,
    sees_everybody,
    user_names,
)
from trackio_view.sources.gpu.kernel.sysfs import read_bytes, text_or_none
from trackio_view.sources.gpu.sampler import Clock, Roots

SHARED_SECONDS = 0.2
"""For so many seconds a scan answers all devices, whose threads ask at nearly the same time."""
BRIEF_SECONDS = 10.0
"""A count that is less than before for longer than this has begun anew: its engine was reset."""

_GRAPHICS_ENGINES = frozenset({"gfx", "render", "rcs"})
_COMPUTE_ENGINES = frozenset({"compute", "ccs"})


@dataclass(slots=True, eq=False, repr=False)
class ProcessUse:
    """A process on one GPU."""

    pid: int
    clients: list[Client] = field(default_factory=list)
    loads: dict[str, float] = field(default_factory=dict)
    """Percent of an engine class' time since the last scan; absent on the first."""
    user: str | None = None
    command: str | None = None

    @property
    def load(self) -> float | None:
        """Percent of its busiest engine class."""
        return max(self.loads.values(), default=None)

    @property
    def kind(self) -> str | None:
        """The kind of work that it has done on the GPU."""
        used = {
            name
            for client in self.clients
            for name, engine in client.engines.items()
            if engine.busy or engine.cycles or engine.percent
        }
        kinds = [
            word
            for word, engines in (("compute", _COMPUTE_ENGINES), ("graphics", _GRAPHICS_ENGINES))
            if used & engines
        ]
        return "+".join(kinds) or None

    def bytes_used(self, unified: bool) -> int | None:
        """Return the GPU memory of all its clients."""
        sizes = [client.bytes_used(unified) for client in self.clients]
        known = [size for size in sizes if size is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over /proc found."""

    by_device: Mapping[str, Mapping[int, ProcessUse]]
    """PCI address -> pid -> use."""
    hidden: int
    """Processes of other users that could not be looked into."""

    def uses(self, device: str) -> Mapping[int, ProcessUse]:
        """Return the processes on a device."""
        return self.by_device.get(device, {})

    def engine_loads(self, device: str) -> dict[str, float]:
        """Return the percent of each engine class that the visible processes use together."""
        totals: dict[str, float] = {}
        for use in self.uses(device).values():
            for name, load in use.loads.items():
                totals[name] = min(totals.get(name, 0.0) + load, 100.0)
        return totals


@dataclass(slots=True, eq=False, repr=False)
class ProcessScan:
    """The pass over /proc, and what it remembers from one to the next. Safe between threads."""

    roots: Roots
    clock: Clock
    read_user: Callable[[int], str | None]
    """Returns the name of a user by number."""
    files_read: int = 0
    """How many fdinfo files were opened, for tests of the cost."""
    sees_everybody: bool = field(init=False)
    """Whether no process is out of sight."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _newest: Scan | None = None
    _scanned_at: float = float("-inf")
    _all_at: float = float("-inf")
    """When it was last asked for a look at all."""
    _engines: dict[tuple[str, str], tuple[float, Mapping[str, Engine]]] = field(
        default_factory=dict
    )
    _less_since: dict[tuple[str, str], float] = field(default_factory=dict)
    """Clients that report less than before, and since when."""
    _open_gpus: OpenGpus = field(init=False)

    def __post_init__(self) -> None:
        self.sees_everybody = sees_everybody(self.roots.proc)
        self._open_gpus = OpenGpus(self.roots)

    def scan(self) -> Scan:
        """Return the newest scan, or make one where that is too old."""
        with self._lock:
            now = self.clock()
            if self._newest is None or now - self._scanned_at >= SHARED_SECONDS:
                self._newest = self._pass(now)
                self._scanned_at = now
            return self._newest

    def look_at_all(self) -> None:
        """Let the next scan look at every process, also at those without a GPU so far.

        One such scan answers all devices, as any other does: a training begins on all at once.
        """
        with self._lock:
            now = self.clock()
            if now - self._all_at < SHARED_SECONDS:
                return
            self._all_at = now
            self._newest = None
            self._open_gpus.forget_quiet()

    def _pass(self, now: float) -> Scan:
        try:
            processes = {int(name) for name in os.listdir(self.roots.proc) if name.isdigit()}
        except OSError:
            processes = set()
        self._open_gpus.begin(processes)
        holders: dict[tuple[str, str], tuple[Client, list[int]]] = {}
        for pid in sorted(processes):
            for client in self._clients(pid):
                # A descriptor may be inherited, sent or duplicated, and counts as one client.
                identity = client.client_id or f"process {pid}"
                key = (client.device or client.driver, identity)
                holders.setdefault(key, (client, []))[1].append(pid)
        by_device: dict[str, dict[int, ProcessUse]] = {}
        engines = {}
        for key, (client, pids) in holders.items():
            owner = self._owner(pids)
            uses = by_device.setdefault(key[0], {})
            if owner not in uses:
                uses[owner] = ProcessUse(owner, user=self.user(owner), command=self.command(owner))
            use = uses[owner]
            use.clients.append(client)
            earlier = self._engines.get(key)
            held = _not_backwards(earlier[1] if earlier else {}, client.engines)
            if held == client.engines:
                self._less_since.pop(key, None)
            elif now - self._less_since.setdefault(key, now) >= BRIEF_SECONDS:
                del self._less_since[key]
                # No load spans the reset.
                earlier, held = None, client.engines
            engines[key] = (now, held)
            for name, load in _loads(earlier, engines[key]):
                use.loads[name] = min(use.loads.get(name, 0.0) + load, 100.0)
        self._engines = engines
        self._less_since = {key: at for key, at in self._less_since.items() if key in engines}
        return Scan(by_device, self._open_gpus.hidden)

    def _clients(self, pid: int) -> Iterator[Client]:
        seen = set()
        for descriptor in self._open_gpus.of(pid):
            content = read_bytes(f"{self.roots.proc}/{pid}/fdinfo/{descriptor}")
            self.files_read += 1
            client = (
                parse(content.decode("utf-8", "replace")) if isinstance(content, bytes) else None
            )
            if client is None:
                continue
            # Some drivers number the clients of each card from 1 on.
            identity = (client.device, client.client_id)
            if client.client_id is None or identity not in seen:
                seen.add(identity)
                yield client

    def _owner(self, pids: list[int]) -> int:
        """Return the process to name for a client: the first that isn't the session's broker."""
        if len(pids) > 1:
            for pid in pids:
                name = text_or_none(self.roots.proc / str(pid) / "comm") or ""
                if not name.startswith("systemd"):
                    return pid
        return pids[0]

    def user(self, pid: int) -> str | None:
        """Return the user of a process."""
        return process_user(self.roots, pid, self.read_user)

    def command(self, pid: int) -> str | None:
        """Return the command line of a process."""
        return process_command(self.roots, pid)


def _not_backwards(
    earlier: Mapping[str, Engine], later: Mapping[str, Engine]
) -> Mapping[str, Engine]:
    """Return the later counts, none of them less than before: a driver may briefly report less."""

    def greater(before: int | None, now: int | None) -> int | None:
        return now if before is None or now is None else max(before, now)

    return {
        name: Engine(
            greater(earlier[name].busy, engine.busy),
            greater(earlier[name].cycles, engine.cycles),
            greater(earlier[name].total_cycles, engine.total_cycles),
            engine.capacity,
            engine.percent,
        )
        if name in earlier
        else engine
        for name, engine in later.items()
    }


def _loads(
    earlier: tuple[float, Mapping[str, Engine]] | None, later: tuple[float, Mapping[str, Engine]]
) -> Iterable[tuple[str, float]]:
    """Yield the percent of each engine class' time between two readings, or the driver's own
    figure.

    Without an earlier reading only the driver's own figures are known.
    """
    elapsed = 0.0 if earlier is None else (later[0] - earlier[0]) * 1e9
    for name, now in later[1].items():
        if now.percent is not None:
            yield name, now.percent
        if earlier is None:
            continue
        # A key may be absent until the engine is first used.
        before = earlier[1].get(name, Engine(busy=0))
        load = None
        if now.busy is not None and before.busy is not None and elapsed > 0:
            load = (now.busy - before.busy) / elapsed
        elif None not in (now.cycles, before.cycles, now.total_cycles, before.total_cycles):
            total = (now.total_cycles or 0) - (before.total_cycles or 0)
            if total > 0:
                load = ((now.cycles or 0) - (before.cycles or 0)) / total
        if load is not None:
            yield name, max(load / now.capacity * 100, 0.0)


@functools.lru_cache(maxsize=4)
def shared_scan(roots: Roots, clock: Clock) -> ProcessScan:
    """Return the one scan that all vendors' devices share."""
    return ProcessScan(roots, clock, user_names(roots))


def visible_load(
    roots: Roots, clock: Clock, device: str | None, engines: Collection[str]
) -> float | Absence | None:
    """Return the load of the processes that may be looked into: a lower bound of the GPU's.

    That is the percent of the busiest of the `engines`; `None` until a second scan tells it.
    """
    if device is None or not roots.proc.is_dir():
        return Absence.UNSUPPORTED
    scan = shared_scan(roots, clock).scan()
    loads = [load for name, load in scan.engine_loads(device).items() if name in engines]
    if loads:
        return max(loads)
    return None if scan.uses(device) else Absence.UNSUPPORTED


def gpu_processes(scan: Scan, device: str, unified: bool) -> dict[int, GpuProcess]:
    """Return the processes on a device by pid."""
    return {
        pid: GpuProcess(
            pid=pid,
            kind=use.kind,
            memory=use.bytes_used(unified),
            load=use.load,
            user=use.user,
            command=use.command,
        )
        for pid, use in sorted(scan.uses(device).items())
    }
