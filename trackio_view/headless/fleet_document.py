"""A fleet in a JSON document: its machines, and the sums over them."""

from __future__ import annotations

import math

from trackio_view.headless.json_numbers import Record
from trackio_view.model.fleet import FleetHost, FleetSampled, gpus_of
from trackio_view.model.gpu import GpusSampled, VendorReport

_UP = "it answers"
_UNTOLD = "no exporter tells"


def fleet_readings(fleet: FleetSampled) -> GpusSampled:
    """Return the readings of every GPU of a fleet, those of machines that are down marked."""
    samples = tuple(sample for host in fleet.hosts for sample in gpus_of(host).samples)
    found = sum(sample.identity.parent is None for sample in samples)
    told = ", ".join(fleet.families)
    text = fleet.report or f"{found} GPUs, as {told} tells."
    return GpusSampled(samples, (VendorReport(fleet.source, found, text),), fleet.source, 0.0)


def fleet_document(fleet: FleetSampled) -> dict[str, object]:
    """Return a fleet without its GPUs, which stand beside it and name their machines."""
    sums = fleet.totals
    record = Record(
        source=fleet.source,
        exporters=list(fleet.families),
        host_count=sums.hosts,
        down_count=sums.down,
        gpu_count=sums.gpus,
        busy_count=sums.busy,
        idle_count=sums.idle,
    )
    record.put_time("time_epoch_seconds", fleet.time, "nothing was told")
    record.put("warning", fleet.warning or None, "the answer is whole")
    record.put("info", fleet.info or None, "the source says nothing of its answer")
    for key, value in (
        ("load_percent", sums.load),
        ("power_watts", sums.power),
        ("memory_used_bytes", sums.memory_used),
        ("memory_total_bytes", sums.memory_total),
    ):
        record.put_number(key, value, _UNTOLD)
    record.put("hosts", [_host(host) for host in fleet.hosts], "")
    return record.done()


def _host(host: FleetHost) -> dict[str, object]:
    record = Record(name=host.name, instances=list(host.instances), is_listed=host.is_listed)
    record.put_time("read_epoch_seconds", host.time, "it was never read")
    down = math.nan if host.down_since is None else host.down_since
    record.put_time("down_since_epoch_seconds", down, _UP)
    return record.done()
