"""How the facts about a fleet are written, on the screen and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trackio_view.model.fleet import FleetHost
from trackio_view.model.gpu import GpuSample
from trackio_view.series.sums import total
from trackio_view.terminal.glyphs import DASH, SEPARATOR
from trackio_view.wording.moments import clock_time
from trackio_view.wording.numbers import format_bytes_of


def power_text(watts: float) -> str:
    """Return a power: `631 W`, `5.1 kW`, `638 kW`."""
    # A number that is rounded up to the next form is written in that form.
    if watts < 999.5:
        return f"{watts:.0f} W"
    kilowatts = watts / 1_000
    return f"{kilowatts:.1f} kW" if kilowatts < 99.95 else f"{kilowatts:,.0f} kW"


def host_facts(host: FleetHost) -> dict[str, str]:
    """Return the sums of a machine, and its hottest GPU, by their titles."""
    sums = host.sums
    load, hottest, up = host.load, sums.hottest, host.down_since is None
    return {
        "load": DASH if load is None else f"{load:.0f}%",
        "power": power_text(total(sums.powers)) if up and sums.powers else DASH,
        "memory": format_bytes_of(*sums.memory) if up and sums.memory else DASH,
        "max": DASH if hottest is None else f"{hottest:.0f}°C",
    }


def models_text(host: FleetHost) -> str:
    """Return which GPUs a machine has: `8 x NVIDIA H100 80GB HBM3`."""
    models = Counter(gpu.identity.name for gpu in host.gpus)
    return ", ".join(f"{count} x {name}" for name, count in models.most_common())


def workloads(cells: Sequence[GpuSample]) -> Counter[str]:
    """Return for whom a machine's GPUs work, and how many of them."""
    return Counter(cell.identity.workload for cell in cells if cell.identity.workload)


def workloads_text(cells: Sequence[GpuSample]) -> str:
    """Return the same in words, the one with the most of them first."""
    return ", ".join(
        f"{name} {SEPARATOR} {count} of {len(cells)}"
        for name, count in workloads(cells).most_common()
    )


def down_text(host: FleetHost, now: float) -> str | None:
    """Return since when a machine is down, and whether anybody still asks it; `None` where it
    answers.
    """
    if host.down_since is None:
        return None
    gone = "" if host.is_listed else ", no longer listed"
    return f"down since {clock_time(host.down_since, now)}{gone}"
