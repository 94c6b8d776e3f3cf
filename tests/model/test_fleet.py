"""The sums over a fleet."""

from __future__ import annotations

import math
from datetime import datetime

from trackio_view.model.fleet import FleetHost, FleetSampled, fleet_totals, gpus_of
from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample


def gpu(key: str, load: float | None, parent: str | None = None, **more: float) -> GpuSample:
    memory = {"memory_used": 4, "memory_total": 10} if load is not None else {}
    identity = GpuIdentity(key, "NVIDIA", "H100", parent=parent)
    return GpuSample(identity, 0.0, utilization=load, **memory, **more)  # type: ignore[arg-type]


def host(name: str, *gpus: GpuSample, down_since: float | None = None) -> FleetHost:
    return FleetHost(name, (name,), gpus, 0.0, down_since)


def test_sums_are_those_of_whole_gpus_that_answer() -> None:
    totals = fleet_totals(
        [
            host("a", gpu("0", 4.9, power=100), gpu("1", 5.0, power=50), gpu("2", None)),
            host("b", gpu("0", 65.1), gpu("0/1", 90, "0", power=7)),
            host("c", gpu("0", 100.0, power=1000), down_since=5.0),
        ]
    )
    assert totals[:5] == (2, 1, 4, 2, 1)
    assert totals.load == 25.0
    assert (totals.power, totals.memory_used, totals.memory_total) == (150.0, 12, 30)


def test_sums_of_gpus_that_tell_nothing_are_unknown() -> None:
    totals = fleet_totals([host("a", gpu("0", None))])
    assert totals == (1, 0, 1, 0, 0, None, None, None, None)


def test_a_divided_gpu_has_a_cell_for_each_part() -> None:
    divided = host("a", gpu("0", 50), gpu("0/1", 90, "0"), gpu("0/2", 10, "0"), gpu("1", 30))
    assert [sample.identity.key for sample in divided.cells] == ["0/1", "0/2", "1"]
    assert [sample.identity.key for sample in divided.gpus] == ["0", "1"]
    assert divided.load == 40.0
    assert divided._replace(down_since=1.0).load is None


def test_cells_that_are_alike_are_found_together() -> None:
    machine = host("a", gpu("0", 50), gpu("1", 30), gpu("1/1", 30, "1"))
    assert machine.searched == {"h100\n\nnvidia": [0, 1]}
    assert host("b").searched == {}


def test_figures_of_a_fleet_are_computed_before_a_screen_asks_and_once() -> None:
    machine = host("a", gpu("0", 50, power=5), gpu("1", 30))
    fleet = FleetSampled("prometheus", (machine,), (), 0.0)
    machine.prepare()
    fleet.prepare()
    assert {"totals"} <= vars(fleet).keys()
    assert {"cells", "gpus", "load", "searched", "sums"} <= vars(machine).keys()
    assert fleet.totals is fleet.totals
    assert machine.cells is machine.cells
    down = machine._replace(down_since=1.0)
    assert fleet._replace(hosts=(down,)).totals.gpus == 0, "nothing is kept of what was before"


def test_gpus_of_a_machine_that_is_down_tell_since_when() -> None:
    told = gpus_of(host("a", gpu("0", 50)))
    (up,) = told.samples
    assert told.moment(up) == up.time
    assert (up.state, up.state_text) == (None, None)
    at = datetime(2026, 3, 1, 12, 5).timestamp()
    (down,) = gpus_of(host("a", gpu("0", 50), down_since=at)).samples
    assert (down.state, down.state_text) == (Absence.STALE, "a is down since 2026-03-01 12:05")
    (down,) = gpus_of(host("a", gpu("0", 50), down_since=math.nan)).samples
    assert down.state_text == "a is down since an unknown time"
