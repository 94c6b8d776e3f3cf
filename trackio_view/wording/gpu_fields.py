"""How the fields of a GPU sample are written, a line for each label of their table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import GpuIdentity, GpuSample
from trackio_view.model.gpu_fields import FieldKind, GpuField, fields_by_label
from trackio_view.wording.numbers import format_bytes, format_transfer

GIB = 2**30
"""How many bytes drivers and boxes call a gigabyte."""
_LEAST_PERCENT = 0.5
"""So much and less is 0 in whole percent, and not told."""

Write = Callable[[GpuSample], str | None]


Share = Callable[[GpuSample], "float | None"]


class GpuLine(NamedTuple):
    """A line of a text."""

    label: str
    """The label in `--gpu --once`. It is the word of the first trackio-view where that had one."""
    fields: tuple[str, ...]
    """The fields of the sample that the line tells. The reason of the first one explains a missing
    line.
    """
    write: Write
    """Returns the value in words, or `None` where it is absent."""
    always: bool
    """Whether its absence is told, too."""
    share: Share | None
    """The used share of the whole, from 0 to 1; `None` for a field without a whole."""
    details: bool
    """Whether it stands on the page of details alone."""
    plain: Write | None
    """Returns the value for scripts, always in one unit; `None` where `write` does so anyway."""


def _number(name: str, template: str) -> Write:
    def write(sample: GpuSample) -> str | None:
        value = getattr(sample, name)
        return None if value is None else template.format(value)

    return write


def _percent(name: str) -> Write:
    def write(sample: GpuSample) -> str | None:
        value = getattr(sample, name)
        return None if value is None else f"{value:.0f}%{_measured(sample, name)}"

    return write


def _measured(sample: GpuSample, name: str) -> str:
    words = sample.measures.get(name)
    return "" if words is None else f" ({words})"


def _clock(name: str) -> Write:
    def write(sample: GpuSample) -> str | None:
        megahertz = getattr(sample, name)
        # A clock of 0 MHz tells that the part sleeps, and not that it is slow.
        return None if megahertz is None else f"{megahertz:.0f} MHz" + " (idle)" * (not megahertz)

    return write


def _memory(sample: GpuSample) -> str | None:
    used, total = sample.memory_used, sample.memory_total
    if used is None:
        return None
    if not total:
        return f"{used / GIB:.1f} GB{_measured(sample, 'memory_used')}"
    unified = ", unified" if sample.identity.unified_memory else ""
    seen = sample.measures.get("memory_used")
    part = "" if seen is None else f", {seen}"
    return f"{used / GIB:.1f}/{total / GIB:.1f} GB ({100 * used / total:.0f}%{unified}{part})"


def _temperature(sample: GpuSample) -> str | None:
    if not sample.temperatures:
        return None
    (sensor, degrees), *others = sample.temperatures.items()
    # The sensor of the chip is the usual one; any other main sensor is named.
    named = [] if sensor == "gpu" else [sensor]
    named += [f"{sensor} {degrees:.0f}°C" for sensor, degrees in others]
    return f"{degrees:.0f}°C" + (f" ({', '.join(named)})" if named else "")


def _percent_share(name: str) -> Share:
    def share(sample: GpuSample) -> float | None:
        value: float | None = getattr(sample, name)
        return None if value is None else value / 100

    return share


def card_name(identity: GpuIdentity, hosts: Collection[str]) -> str:
    """Return a GPU's name, and its host's before it where those on screen are in several."""
    if len(hosts) < 2:
        return identity.name
    return f"{identity.host or 'this machine'}: {identity.name}"


def memory_share(sample: GpuSample) -> float | None:
    """Return the part of the memory that is in use, from 0 to 1."""
    if sample.memory_used is None or not sample.memory_total:
        return None
    return sample.memory_used / sample.memory_total


def _power_share(sample: GpuSample) -> float | None:
    if sample.power is None or not sample.power_limit:
        return None
    return sample.power / sample.power_limit


def _power(sample: GpuSample) -> str | None:
    if sample.power is None:
        return None
    limit = "" if sample.power_limit is None else f"/{sample.power_limit:.0f}"
    return f"{sample.power:.0f}{limit}W{_measured(sample, 'power')}"


def _bar1(sample: GpuSample) -> str | None:
    if sample.bar1_used is None or sample.bar1_total is None:
        return None
    return f"{format_bytes(sample.bar1_used)} of {format_bytes(sample.bar1_total)} mapped"


def _bytes(name: str) -> Write:
    def write(sample: GpuSample) -> str | None:
        count = getattr(sample, name)
        return None if count is None else format_bytes(count)

    return write


def _power_limits(sample: GpuSample) -> str | None:
    """Return what the limit may be, and whether it is another one than usual."""
    least, most, usual = (
        getattr(sample, f"power_limit_{which}") for which in ("min", "max", "default")
    )
    parts = []
    if least is not None and most is not None:
        parts.append(f"{least:.0f} to {most:.0f} W")
    elif most is not None:
        parts.append(f"{most:.0f} W at most")
    if usual is not None:
        limit = sample.power_limit
        changed = limit is not None and round(limit) != round(usual)
        word = "lowered" if changed and limit is not None and limit < usual else "raised"
        parts.append(f"{word} from {usual:.0f} W" if changed else f"{usual:.0f} W by default")
    return ", ".join(parts) or None


def _heat_limits(sample: GpuSample) -> str | None:
    if sample.heat_limits is None:
        return None
    return ", ".join(f"{name} {degrees:.0f}°C" for name, degrees in sample.heat_limits.items())


def _heat_margin(sample: GpuSample) -> str | None:
    if sample.heat_margin is None:
        return None
    # A chip that is hotter than its limit has a margin below 0.
    side = "above" if sample.heat_margin < 0 else "below"
    return f"{abs(sample.heat_margin):.0f}°C {side} the limit"


def _engines(sample: GpuSample) -> str | None:
    """Return the loads of the engines that work: of a card's many engines, most rest."""
    if sample.engines is None:
        return None
    busy = {name: load for name, load in sample.engines.items() if load > _LEAST_PERCENT}
    shown = ", ".join(f"{name} {load:.0f}%" for name, load in busy.items()) or "none busy"
    return f"{shown}{_measured(sample, 'engines')}"


def _fan(sample: GpuSample) -> str | None:
    percent = None if sample.fan_percent is None else f"{sample.fan_percent:.0f}%"
    turns = None if sample.fan_rpm is None else f"{sample.fan_rpm:.0f} RPM"
    if percent and turns:
        return f"{percent} ({turns})"
    return percent or turns


def _link(sample: GpuSample) -> str | None:
    if sample.pcie_generation is None and sample.pcie_width is None:
        return None

    def link(generation: int | None, width: int | None) -> str:
        return " ".join(
            [f"gen {generation}"] * (generation is not None) + [f"x{width}"] * (width is not None)
        )

    present = link(sample.pcie_generation, sample.pcie_width)
    most = link(sample.pcie_generation_max, sample.pcie_width_max)
    return present if most in ("", present) else f"{present} (of {most})"


def _traffic(over: str, number: Callable[[float], str] = format_transfer) -> Write:
    """Return what writes both directions of a link, or the one that is known."""

    def write(sample: GpuSample) -> str | None:
        ways = {"in": getattr(sample, f"{over}_read"), "out": getattr(sample, f"{over}_write")}
        known = [f"{number(rate)} {way}" for way, rate in ways.items() if rate is not None]
        return ", ".join(known) or None

    return write


_LINKS: Mapping[str, str] = {
    "PCIe Traffic": "pcie",
    "NVLink": "nvlink",
    "C2C": "c2c",
    "XGMI": "xgmi",
}
"""The label of a link's traffic -> what the names of its fields begin with."""


def _plain_traffic(over: str) -> Write:
    return _traffic(over, lambda rate: f"{rate / 1e6:.1f} MB/s")


_ARITHMETIC: Mapping[str, str] = {
    "fp64": "fp64",
    "fp32": "fp32",
    "fp16": "fp16",
    "integer": "integer",
    "tensor_fp64": "fp64 tensor",
    "tensor_int8": "int8 tensor",
}
"""The name of a field -> what its share is called."""


def _arithmetic(sample: GpuSample) -> str | None:
    """Return the shares of time of the units beside the tensor cores, and of what these computed
    but no learning usually does; those at rest are left out.
    """
    shares = {word: getattr(sample, name) for name, word in _ARITHMETIC.items()}
    known = {word: share for word, share in shares.items() if share is not None}
    if not known:
        return None
    return ", ".join(f"{word} {share:.0f}%" for word, share in known.items() if share >= 1) or "0%"


_LEAST_TERAFLOPS = 0.5


def _estimate(sample: GpuSample) -> str | None:
    if sample.bf16_estimate is None:
        return None
    if sample.bf16_estimate < _LEAST_TERAFLOPS:
        works = (sample.tensor_cores or 0.0) >= _LEAST_PERCENT
        return f"none: the tensor cores {'compute no bf16' if works else 'rest'}"
    return f"up to {sample.bf16_estimate:.0f} TFLOP/s if bf16"


def _words(name: str) -> Write:
    def write(sample: GpuSample) -> str | None:
        value = getattr(sample, name)
        return None if value is None else ", ".join(value) or "none"

    return write


def _errors(sample: GpuSample) -> str | None:
    counts = (
        (sample.ecc_corrected, "corrected"),
        (sample.ecc_uncorrected, "uncorrected"),
        (sample.ecc_deferred, "deferred"),
    )
    known = [f"{count} {word}" for count, word in counts if count is not None]
    return ", ".join(known) or None


_CAUSES = {
    "throttled_power": "power cap",
    "throttled_heat": "heat",
    "throttled_hardware_heat": "heat (hardware)",
    "throttled_power_brake": "power brake",
    "throttled_sync_boost": "sync boost",
}


def _held_back(sample: GpuSample) -> str | None:
    shares = {cause: getattr(sample, name) for name, cause in _CAUSES.items()}
    known = {cause: share for cause, share in shares.items() if share is not None}
    if not known:
        return None
    causes = [f"{cause} {share:.0f}%" for cause, share in known.items() if share > _LEAST_PERCENT]
    return f"{', '.join(causes)} of the time" if causes else "never"


def _remaps(sample: GpuSample) -> str | None:
    counts = (
        (sample.rows_remapped_corrected, "corrected"),
        (sample.rows_remapped_uncorrected, "uncorrected"),
        (sample.banks_without_spare_rows, "banks without spare rows"),
    )
    known = [f"{count} {word}" for count, word in counts if count is not None]
    return ", ".join(known) or None


def _energy(sample: GpuSample) -> str | None:
    if sample.energy is None:
        return None
    # The unit is fixed, because scripts read this line, too.
    return f"{sample.energy:.0f} J{_measured(sample, 'energy')}"


_WRITERS: Mapping[str, Write] = {
    "Memory": _memory,
    "Temperature": _temperature,
    "Power": _power,
    "Fan": _fan,
    "Reserved": _bytes("memory_reserved"),
    "BAR1": _bar1,
    "Heat Limits": _heat_limits,
    "Heat Margin": _heat_margin,
    "Power Limits": _power_limits,
    "Voltage": _number("voltage", "{:.3f} V"),
    "Engines": _engines,
    "PCIe Link": _link,
    **{label: _traffic(over) for label, over in _LINKS.items()},
    "Arithmetic": _arithmetic,
    "Estimate": _estimate,
    "Held Back": _held_back,
    "ECC Errors": _errors,
    "Row Remaps": _remaps,
    "Energy": _energy,
}
"""How lines are written that hold more than a number or words, by their labels."""
_PLAIN: Mapping[str, Write] = {label: _plain_traffic(over) for label, over in _LINKS.items()}
"""How scripts get lines whose unit goes by their size."""
_WRITERS_BY_KIND: Mapping[FieldKind, Callable[[str], Write]] = {
    FieldKind.PERCENT: _percent,
    FieldKind.WATTS: lambda name: _number(name, "{:.0f} W"),
    FieldKind.MEGAHERTZ: _clock,
    FieldKind.COUNT: lambda name: _number(name, "{}"),
    FieldKind.WORD: lambda name: _number(name, "{}"),
    FieldKind.WORDS: _words,
}
_SHARES: Mapping[str, Share] = {
    "Utilization": _percent_share("utilization"),
    "Tensor Cores": _percent_share("tensor_cores"),
    "Memory": memory_share,
    "Power": _power_share,
    "Fan": _percent_share("fan_percent"),
}


def _line(label: str, fields: tuple[GpuField, ...]) -> GpuLine:
    first = fields[0]
    write = _WRITERS.get(label) or _WRITERS_BY_KIND[first.kind](first.name)
    names = tuple(field.name for field in fields)
    share, plain = _SHARES.get(label), _PLAIN.get(label)
    return GpuLine(label, names, write, first.common, share, first.details, plain)


EVERY_GPU_LINE = tuple(_line(label, fields) for label, fields in fields_by_label().items())
"""Every field of a sample but its processes, in the order in which people read them."""

GPU_LINES = tuple(line for line in EVERY_GPU_LINE if not line.details)
"""Those that texts and panels have: without the ones of the page of details."""
