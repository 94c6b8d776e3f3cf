"""What the module of each vendor provides: discovery, and one sampler a device."""

from __future__ import annotations

import enum
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample, VendorReport
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK

Clock = Callable[[], float]
"""Seconds of a monotonic clock."""


class Tier(enum.Flag):
    """How often a field is worth reading: a reading costs the driver, and so the workload."""

    FAST = enum.auto()
    """Load, memory, power, temperatures, clocks."""
    MEDIUM = enum.auto()
    """Fans, performance state, throttling, PCIe link, processes."""
    SLOW = enum.auto()
    """Error counts, partitions, limits."""
    ACTIVITY = enum.auto()
    """What the parts of the GPU do: profilers need the same counters, so these are read only while
    somebody looks at the GPUs."""
    STEADY = FAST | MEDIUM | SLOW
    """The tiers that are read also while nobody looks."""
    ALL = STEADY | ACTIVITY


TIER_SECONDS: Mapping[Tier, float] = {Tier.FAST: 1.0, Tier.MEDIUM: 3.0, Tier.SLOW: 15.0}
"""Seconds that a reading of a tier lasts; the person's interval where that is longer."""


@dataclass(slots=True, eq=False, repr=False)
class TierSchedule:
    """Which tiers a device owes a reading."""

    interval: float
    """Seconds between readings of the fast tier."""
    wants_activity: Callable[[], bool] = lambda: True
    """Returns whether somebody looks at the GPUs, or has them recorded."""
    _read_at: dict[Tier, float] = field(default_factory=dict)

    def due(self, now: float) -> Tier:
        """Return the tiers to read now, and count them as read; the fast one always is."""
        due = [Tier.ACTIVITY] if self.wants_activity() else []
        for tier, seconds in TIER_SECONDS.items():
            # A tick counts for a tier that is due within half an interval, which would else wait
            # for the next one.
            period = max(seconds, self.interval) - self.interval / 2
            read_at = self._read_at.get(tier)
            if tier is Tier.FAST or read_at is None or now - read_at >= period:
                due.append(tier)
                self._read_at[tier] = now
        return _joined(tuple(due))


@functools.lru_cache(maxsize=64)
def _joined(tiers: tuple[Tier, ...]) -> Tier:
    """Return tiers as one; uniting flags is slow, and eight GPUs would do it each second."""
    return functools.reduce(operator.or_, tiers)


class Roots(NamedTuple):
    """Where the kernel's files are: the machine's own, or a capture of another's."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")
    dev: Path = Path("/dev")
    etc: Path = Path("/etc")
    share: Path = Path("/usr/share")
    """Where the lists of names are: `libdrm/amdgpu.ids`, `misc/pci.ids`, `hwdata/pci.ids`."""
    run: Path = Path("/run")
    """Where udev keeps what it has looked up of each device."""
    udev: Path = Path("/usr/lib/udev")
    """Where the sources of udev's database are."""
    live: bool = True
    """False for a capture: a library or an ioctl would tell about this machine."""

    @classmethod
    def chosen(cls, sysroot: Path | None) -> Roots:
        """Return the roots of a capture where one was named, else the machine's."""
        return cls() if sysroot is None else cls.captured(sysroot)

    @classmethod
    def captured(cls, sysroot: Path) -> Roots:
        """Return the roots of a capture that has the folders `sys` and `proc`, one or both."""
        return cls(
            sys=sysroot / "sys",
            proc=sysroot / "proc",
            dev=sysroot / "dev",
            etc=sysroot / "etc",
            run=sysroot / "run",
            live=False,
        )


class Sampler(Protocol):
    """One device. Used by one thread only, its own; cheap until its first `sample`."""

    @property
    def identity(self) -> GpuIdentity:
        """Which GPU it is; more may become known (a name, a driver), the key stays."""
        ...

    def sample(self, tiers: Tier) -> GpuSample:
        """Return a reading in which the fields of `tiers` are fresh and the others carried.

        May block. Expected errors become absences; a device that is asleep, lost or denied is
        a sample with that state.
        """
        ...

    def close(self) -> None:
        """Free what the sampler holds; never blocks."""
        ...


class Found(NamedTuple):
    """What a vendor's discovery found."""

    samplers: tuple[Sampler, ...]
    report: VendorReport


class Discovery(Protocol):
    """A vendor's function `discover`. It may block. It is called again and again, as GPUs come and
    go.

    It wakes no sleeping device, and loads a library only where its hardware can exist. A GPU keeps
    its key from one call to the next, asleep or awake.
    """

    def __call__(self, roots: Roots, clock: Clock) -> Found: ...


MOST_MEMORY = 1 << 50
"""Bytes that no GPU has. All ones, which stand for no value, are more, and so is a count that a
driver let fall below 0."""
MOST_BYTES_PER_SECOND = 1e14
"""No link transfers more: a count that leaps farther was set anew, or is garbage."""


def transferred(bytes_per_second: float | None) -> float | None:
    """Return a rate that a link can have; `None` for any other, as for one not measured yet."""
    known = bytes_per_second is not None and bytes_per_second <= MOST_BYTES_PER_SECOND
    return bytes_per_second if known else None


def rate(
    earlier: tuple[float, float] | None, later: tuple[float, float], factor: float = 1.0
) -> float | None:
    """Return the change a second between two readings of a counter, times `factor`.

    A reading is (seconds, count). `None` for a first reading, for a counter that went backwards
    (it was reset or it wrapped) and where no time has passed.
    """
    if earlier is None:
        return None
    elapsed, change = later[0] - earlier[0], later[1] - earlier[1]
    return change / elapsed * factor if elapsed > 0 and change >= 0 else None


@dataclass(slots=True, eq=False, repr=False)
class Counters:
    """The last readings of a device's counters, to make rates of."""

    _readings: dict[str, tuple[float, float]] = field(default_factory=dict)

    def rate(
        self, name: str, time: float, count: float, factor: float = 1.0, bits: int = 64
    ) -> float | None:
        """Return the rate since the counter's last reading, as `rate` defines it.

        A counter of fewer than 64 bits wrapped, rather than being reset, where it grew by less than
        half of its range.
        """
        earlier, self._readings[name] = self._readings.get(name), (time, count)
        if earlier is not None and count < earlier[1] and bits < 64:
            count += 1 << bits
            if count - earlier[1] >= 1 << (bits - 1):
                return None
        return rate(earlier, (time, count), factor)

    def clear(self) -> None:
        """Forget all readings: after a sleep or a loss, no rate spans the gap."""
        self._readings.clear()


Device = TypeVar("Device")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FieldReading(Generic[Device]):
    """A line of a vendor's table: which field of `GpuSample`, how often, and how to read it.

    A table lists what the vendor's interface offers and nothing else.
    """

    name: str
    tier: Tier
    read: Callable[[Device], Any]
    """Returns the value, the `Absence` that explains its lack, or `None` for not known yet."""


class Plan(NamedTuple):
    """The fields of a reading of certain tiers; finding them takes longer than the reading."""

    table: Sequence[FieldReading[Any]]
    due: tuple[tuple[str, Callable[[Any], Any]], ...]
    """The fields to read, and how."""
    unwatched: tuple[str, ...]
    """The fields that nobody looks at now: their readings of the last look are out of date."""
    lacking: tuple[str, ...]
    """The fields that the table does not list."""


def _plan_of(table: Sequence[FieldReading[Any]], tiers: Tier) -> Plan:
    return Plan(
        table,
        tuple((line.name, line.read) for line in table if line.tier & tiers),
        tuple(
            line.name for line in table if line.tier is Tier.ACTIVITY and not tiers & Tier.ACTIVITY
        ),
        tuple(set(FIELDS_THAT_MAY_LACK).difference(line.name for line in table)),
    )


@dataclass(slots=True, eq=False, repr=False)
class Readings:
    """The newest reading of every field of a device; the readings of slower tiers last."""

    values: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, Absence] = field(default_factory=dict)
    _plans: dict[Tier, Plan] = field(default_factory=dict)
    """The plan of each combination of tiers that came up."""

    def put(self, name: str, value: Any) -> None:
        """Keep a value, an `Absence`, or `None` (absent without a reason, such as a first rate)."""
        if value is None:
            self.values.pop(name, None)
            self.reasons.pop(name, None)
        elif type(value) is Absence:
            # `isinstance` asks the type of an enumeration, at four times the cost.
            self.values.pop(name, None)
            self.reasons[name] = value
        else:
            self.values[name] = value
            self.reasons.pop(name, None)

    def refresh(self, table: Sequence[FieldReading[Device]], device: Device, tiers: Tier) -> None:
        """Read the fields of `tiers`, each on its own.

        What the table does not list, the vendor's interface does not offer.
        """
        plan = self._plans.get(tiers)
        if plan is None or plan.table is not table:
            plan = self._plans[tiers] = _plan_of(table, tiers)
        if Tier.SLOW & tiers or not self.reasons:
            self.reasons.update(dict.fromkeys(plan.lacking, Absence.UNSUPPORTED))
        put = self.put
        for name, read in plan.due:
            put(name, read(device))
        for name in plan.unwatched:
            put(name, Absence.UNWATCHED)

    def sample(
        self,
        identity: GpuIdentity,
        time: float,
        state: Absence | None = None,
        state_text: str | None = None,
    ) -> GpuSample:
        """Return what is known as a sample that later readings do not change."""
        return GpuSample(
            identity=identity,
            time=time,
            state=state,
            state_text=state_text,
            reasons=dict(self.reasons),
            **self.values,
        )
