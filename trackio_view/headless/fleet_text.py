"""`--gpu --prometheus ADDRESS --once`: a fleet as text, with a line for each machine."""

from __future__ import annotations

import time
from collections.abc import Iterator

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, write_out
from trackio_view.model.fleet import HOST_IDLE_PERCENT, FleetHost, FleetSampled
from trackio_view.model.gpu import GpuSample
from trackio_view.options.command_line import Options
from trackio_view.origins import CannotOpen, fleet_now
from trackio_view.sources.prometheus.faults import why_in_part
from trackio_view.terminal.text import sanitize
from trackio_view.wording.fleet import (
    down_text,
    host_facts,
    models_text,
    power_text,
    workloads_text,
)
from trackio_view.wording.missing import NO_GPUS
from trackio_view.wording.numbers import format_bytes_of

_ABSENT = "n/a (no exporter tells)"


def print_fleet(options: Options) -> int:
    """Print a fleet; return 0, or 1 with a sentence on stderr where nobody answers."""
    try:
        fleet = fleet_now(options.prometheus or "", options.prometheus_match)
    except CannotOpen as fault:
        say(str(fault))
        return ExitCode.NOTHING
    write_out(line + "\n" for line in fleet_report(fleet, time.time()))
    return ExitCode.DONE


def fleet_report(fleet: FleetSampled, now: float) -> Iterator[str]:
    """Yield the lines: the sums, then a line a machine; `now` is in epoch seconds."""
    sums = fleet.totals
    yield f"Fleet: {sanitize(fleet.source)}"
    if fleet.warning:
        yield f"Partial: {sanitize(why_in_part(fleet.warning))}"
    if fleet.info:
        yield f"Note: {sanitize(fleet.info)}"
    if not fleet.hosts:
        yield NO_GPUS
        yield sanitize(fleet.report)
        return
    yield f"Exporters: {', '.join(fleet.families)}"
    yield f"Hosts: {sums.hosts}" + (f" ({sums.down} down)" if sums.down else "")
    yield f"GPUs: {sums.gpus} ({sums.busy} busy, {sums.idle} idle below {HOST_IDLE_PERCENT:.0f}%)"
    yield f"Load: {_ABSENT if sums.load is None else f'{sums.load:.0f}%'}"
    yield f"Power: {_ABSENT if sums.power is None else power_text(sums.power)}"
    used, size = sums.memory_used, sums.memory_total
    yield f"Memory: {_ABSENT if used is None else format_bytes_of(used, size)}"
    yield ""
    for host in fleet.hosts:
        yield f"{sanitize(host.name)}: {_host(host, now)}"


def _host(host: FleetHost, now: float) -> str:
    down = down_text(host, now)
    if down is not None:
        return down
    facts = host_facts(host)
    loads = " ".join(map(_load, host.cells))
    parts = [f"load {loads} % (mean {facts['load']})", facts["power"], facts["memory"]]
    parts += [f"{facts['max']} at most", sanitize(models_text(host))]
    work = workloads_text(host.cells)
    return ", ".join([*parts, sanitize(work)] if work else parts)


def _load(sample: GpuSample) -> str:
    if sample.state is not None:
        return sample.state.value
    return "n/a" if sample.utilization is None else f"{sample.utilization:.0f}"
