"""A fleet over time: when each question is asked, machines that go, and a machine's last hour."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.sources.prometheus.api import Prometheus
from trackio_view.sources.prometheus.fleet import Fleet


@pytest.fixture
def fleet(served: Any, prometheus: Any) -> Any:
    made = Fleet(Prometheus(parse_address(served.address), {}), lambda: prometheus.now + 7)
    yield made
    made.prometheus.client.close()


def test_a_look_is_one_question(fleet: Fleet, served: Any, prometheus: Any) -> None:
    sampled = fleet.look(0.0)
    assert [host.name for host in sampled.hosts] == ["node-1", "node-2"]
    assert sampled.families == ("dcgm-exporter",)
    assert sampled.source == served.address
    # The time is that of this machine, whatever the server's clock shows.
    assert sampled.time == prometheus.now + 7
    before = len(served.requests)
    fleet.look(15.0)
    assert len(served.requests) == before + 1
    # The owners of GPUs are asked for each minute, the exporters more rarely.
    fleet.look(61.0)
    assert len(served.requests) == before + 4
    fleet.look(301.0)
    assert len(served.requests) == before + 8


def test_figures_of_a_fleet_are_computed_where_they_hold_up_no_key(fleet: Fleet) -> None:
    sampled = fleet.look(0.0)
    assert "totals" in vars(sampled)
    assert all({"cells", "load"} <= vars(host).keys() for host in sampled.hosts)
    assert sampled.hosts


def test_work_on_a_look_gives_way_to_keys(fleet: Fleet, monkeypatch: Any) -> None:
    fleet.look(0.0)
    given_way: list[None] = []
    monkeypatch.setattr(KEYS_FIRST, "give_way", lambda: given_way.append(None))
    sampled = fleet.look(1.0)
    # Keys may go first at each series when it is read, understood and freed (twice), and three
    # times for each GPU.
    gpus = sum(len(host.samples) for host in sampled.hosts)
    series = 7 * gpus + len(sampled.hosts)
    assert len(given_way) >= 4 * series + 3 * gpus


def test_a_gpu_that_the_anchor_does_not_tell_of_has_its_name_all_the_same(
    fleet: Fleet, served: Any, prometheus: Any, dcgm: Any
) -> None:
    prometheus.scrape("10.0.0.3:9400", dcgm("bare", 2, DEV_FB_USED=None))
    bare = fleet.look(0.0).hosts[0]
    assert (bare.name, bare.instances) == ("bare", ("10.0.0.3:9400",))
    assert [gpu.identity.name for gpu in bare.samples] == ["NVIDIA H100 80GB HBM3"] * 2
    asked = len(served.requests)
    assert fleet.look(15.0).hosts[0].name == "bare"
    assert len(served.requests) == asked + 1
    # Each minute, this machine alone is asked for once more.
    assert fleet.look(61.0).hosts[0].name == "bare"
    assert len(served.requests) == asked + 5
    questions = [fields["query"] for _, _, fields in served.requests[asked:]]
    assert [query.startswith("group by") for query in questions].count(True) == 2
    assert r"10\.0\.0\.3" in questions[-1].replace("\\\\", "\\")


def test_a_gpu_without_the_anchor_keeps_its_machine_while_others_go(
    fleet: Fleet, prometheus: Any, dcgm: Any
) -> None:
    prometheus.scrape("10.0.0.3:9400", dcgm("bare", 2, DEV_FB_USED=None))
    fleet.look(0.0)
    prometheus.down.add("10.0.0.1:9400")
    assert [host.name for host in fleet.look(15.0).hosts] == ["bare", "node-1", "node-2"]


@pytest.mark.parametrize("ahead", [-7_200.0, 3_600.0])
def test_times_are_those_of_this_machines_clock(
    fleet: Fleet, served: Any, prometheus: Any, ahead: float
) -> None:
    fleet.wall_clock = lambda: prometheus.now - ahead
    read = fleet.look(0.0).hosts[0].time
    assert read == prometheus.now - 5 - ahead
    prometheus.down.add("10.0.0.1:9400")
    prometheus.now += 15
    assert fleet.look(15.0).hosts[0].down_since == read
    # A slow answer does not change the times.
    fleet.wall_clock = lambda: prometheus.now - ahead + 12
    assert fleet.look(30.0).hosts[0].down_since == read
    # The questions are about times of the server's clock.
    fleet.history("node-2")
    assert float(served.requests[-1][2]["end"]) == prometheus.now - 20
    # Somebody set the clock right.
    fleet.wall_clock = lambda: prometheus.now
    assert fleet.look(45.0).hosts[1].time == prometheus.now - 20


@pytest.mark.parametrize(
    ("ahead", "counted"), [(20.0, 0.0), (-29.0, 0.0), (29.0, 0.0), (31.0, 31.0), (-31.0, -31.0)]
)
def test_a_clock_that_is_within_half_a_minute_is_right(
    fleet: Fleet, prometheus: Any, ahead: float, counted: float
) -> None:
    fleet.wall_clock = lambda: prometheus.now + ahead
    assert fleet.look(0.0).hosts[0].time == prometheus.now - 5 + counted


def test_a_fleet_without_the_anchor_is_found_all_the_same(
    fleet: Fleet, prometheus: Any, dcgm: Any
) -> None:
    prometheus.targets.clear()
    prometheus.scrape("n:9400", dcgm("bare", 1, DEV_FB_USED=None))
    (host,) = fleet.look(0.0).hosts
    assert (host.name, host.samples[0].utilization) == ("bare", 90.0)
    prometheus.targets.clear()
    assert fleet.look(15.0).hosts[0].down_since is not None


def test_readings_that_a_screen_may_show_are_freed_by_the_source(fleet: Fleet) -> None:
    first = fleet.look(0.0).hosts[0].samples[0]
    fleet.look(1.0)
    held = sys.getrefcount(first)
    # A frame of the second look was drawn meanwhile, so no screen shows the first look.
    fleet.look(2.0)
    assert sys.getrefcount(first) < held


def test_a_host_that_went_stays_and_is_down_since_its_last_reading(
    fleet: Fleet, prometheus: Any
) -> None:
    read = fleet.look(0.0).hosts[0].time
    prometheus.now += 60
    prometheus.down.add("10.0.0.1:9400")
    for now in (15.0, 30.0):
        first, second = fleet.look(now).hosts
        assert (first.name, first.down_since, first.is_listed) == ("node-1", read, True)
        assert first.samples[0].utilization == 90.0
        assert second.down_since is None
    del prometheus.targets["10.0.0.1:9400"]
    assert not fleet.look(95.0).hosts[0].is_listed
    prometheus.down.clear()
    prometheus.scrape("10.0.0.1:9400", served_text("node-1"))
    assert fleet.look(160.0).hosts[0].down_since is None


def served_text(host: str) -> str:
    labels = f'gpu="0",UUID="GPU-{host}-0",modelName="X",Hostname="{host}"'
    return f"DCGM_FI_DEV_GPU_UTIL{{{labels}}} 5\nDCGM_FI_DEV_FB_USED{{{labels}}} 5"


def test_a_host_that_comes_has_its_name_at_once_and_is_listed_once(
    fleet: Fleet, served: Any, prometheus: Any
) -> None:
    fleet.look(0.0)
    prometheus.scrape("10.0.0.3:9400", served_text("node-3"))
    assert [host.name for host in fleet.look(15.0).hosts] == ["node-1", "node-2", "node-3"]
    # A restarted Prometheus knows nothing at first.
    texts = dict(prometheus.targets)
    prometheus.targets.clear()
    fleet.look(80.0)
    prometheus.targets.update(texts)
    hosts = fleet.look(95.0).hosts
    assert [(host.name, host.down_since) for host in hosts] == [
        (f"node-{number}", None) for number in (1, 2, 3)
    ]
    before = len(served.requests)
    fleet.look(110.0)
    assert len(served.requests) == before + 1


def test_a_gpu_of_which_only_numbers_are_told_is_asked_after_once(
    fleet: Fleet, served: Any, prometheus: Any
) -> None:
    fleet.look(0.0)
    told = 'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-x",modelName="X",Hostname="node-3"} 5'
    prometheus.scrape("10.0.0.3:9400", told)
    counts = []
    for now in (15.0, 30.0, 45.0):
        before = len(served.requests)
        assert len(fleet.look(now).hosts) == 3
        counts.append(len(served.requests) - before)
    assert counts[1:] == [1, 1]
    assert counts[0] > 1


def test_who_was_gone_before_the_first_look_is_known(fleet: Fleet, prometheus: Any) -> None:
    prometheus.down.add("10.0.0.2:9400")
    gone = fleet.look(0.0).hosts[0]
    assert (gone.name, gone.samples) == ("10.0.0.2", ())
    assert gone.down_since == prometheus.now - 5


def test_machines_of_one_name_in_two_clusters_are_two(
    fleet: Fleet, served: Any, prometheus: Any
) -> None:
    for cluster, place in (("a", "10.0.0.1:9400"), ("a", "10.0.0.2:9400")):
        prometheus.scrape(place, served_text(f"node-{place[7]}"), cluster=cluster)
    assert [host.name for host in fleet.look(0.0).hosts] == ["node-1", "node-2"]
    # The addresses of their exporters may be equal.
    text = served_text("node-1").replace("GPU-node-1-0", "GPU-other").replace("} 5", "} 70")
    prometheus.scrape("b 10.0.0.1:9400", text, cluster="b", instance="10.0.0.1:9400")
    hosts = fleet.look(61.0).hosts
    assert [host.name for host in hosts] == ["a/node-1", "a/node-2", "b/node-1"]
    assert [host.samples[0].utilization for host in hosts] == [5.0, 5.0, 70.0]
    assert [host.down_since for host in hosts] == [None] * 3
    # One host is opened, and the answer about the other is not taken for its own.
    opened = fleet.look_at("b/node-1")
    assert opened is not None
    assert [sample.utilization for sample in opened.samples] == [70.0]
    prometheus.down.add("b 10.0.0.1:9400")
    assert [host.down_since is None for host in fleet.look(75.0).hosts] == [True, True, False]


def test_a_gpu_that_is_told_of_no_more_stays_and_is_marked(
    fleet: Fleet, prometheus: Any, dcgm: Any
) -> None:
    fleet.look(0.0)
    prometheus.scrape(
        "10.0.0.1:9400",
        dcgm(
            "node-1",
            DEV_GPU_UTIL=[None, 90],
            DEV_FB_USED=[None, 1],
            DEV_FB_FREE=[None, 1],
            DEV_FB_RESERVED=[None, 1],
            DEV_POWER_USAGE=[None, 1],
            DEV_GPU_TEMP=[None, 50],
            DEV_SM_CLOCK=[None, 1],
        ),
    )
    for now in (15.0, 30.0):
        lost, other = fleet.look(now).hosts[0].samples
        assert (lost.state, lost.state_text) == (Absence.LOST, "no longer reported")
        assert other.state is None


def test_one_machine_is_asked_for_more(fleet: Fleet, prometheus: Any, dcgm: Any) -> None:
    prometheus.scrape("10.0.0.1:9400", dcgm("node-1", DEV_MEMORY_TEMP=70))
    sampled = fleet.look(0.0)
    assert sampled.hosts[0].samples[0].temperatures == {"gpu": 55.0}
    told = fleet.look_at("node-1")
    assert told is not None
    assert told.source == "node-1"
    assert told.samples[0].temperatures == {"gpu": 55.0, "memory": 70.0}
    assert told.moment(told.samples[0]) == prometheus.now - 5
    assert fleet.look_at("nobody") is None


def test_the_last_hour_of_a_machine_ends_with_what_is_shown(
    fleet: Fleet, served: Any, prometheus: Any
) -> None:
    shown = fleet.look(0.0).hosts[1]
    remembered = fleet.history("node-2")
    assert remembered is not None
    times = [moment.samples[0].time for moment in remembered.moments]
    assert (times[0], times[-1], len(times)) == (shown.time - 3600, shown.time, 121)
    assert served.requests[-1][2]["step"] == "30"
    assert {sample.identity.host for sample in remembered.moments[0].samples} == {"node-2"}


def test_nothing_there_is_no_fault(fleet: Fleet, prometheus: Any) -> None:
    prometheus.targets.clear()
    sampled = fleet.look(0.0)
    assert sampled.hosts == ()
    assert "looked for were those of dcgm-exporter, AMD" in sampled.report
    # It is looked for again after a minute instead of at each tick.
    asked = len(prometheus.asked)
    fleet.look(15.0)
    assert len(prometheus.asked) == asked
    prometheus.scrape("10.0.0.1:9400", served_text("node-1"))
    assert len(fleet.look(61.0).hosts) == 1


def test_nothing_is_asked_of_a_machine_once_no_exporter_tells_of_any(
    fleet: Fleet, prometheus: Any
) -> None:
    assert len(fleet.look(0.0).hosts) == 2
    prometheus.targets.clear()
    assert len(fleet.look(400.0).hosts) == 2, "those that are missed stay"
    asked = len(prometheus.asked)
    assert fleet.look_at("node-1") is None
    assert fleet.history("node-1") is None
    assert len(prometheus.asked) == asked


def test_names_of_metrics_that_are_none_are_not_asked_for(fleet: Fleet, prometheus: Any) -> None:
    evil = 'x"} or up{__name__="_gpu_gfx_activity'
    prometheus.targets["10.0.0.9:1"] = [({"__name__": evil, "instance": "10.0.0.9:1"}, "1")]
    prometheus.extra["10.0.0.9:1"] = {}
    assert len(fleet.look(0.0).hosts) == 2
    assert not any(evil in query for query in prometheus.asked)


def test_a_divided_gpu_that_is_told_of_no_more_is_marked_and_one_divided_anew_is_not(
    fleet: Fleet, prometheus: Any, dcgm: Any
) -> None:
    def scrape(*parts: int) -> None:
        labels = 'gpu="1",UUID="GPU-a",modelName="NVIDIA H100",Hostname="n"'
        lines = [
            f'DCGM_FI_{name}{{{labels},GPU_I_ID="{part}",GPU_I_PROFILE="1g.10gb"}} 1'
            for part in parts
            for name in ("PROF_GR_ENGINE_ACTIVE", "DEV_FB_USED", "DEV_FB_FREE")
        ]
        prometheus.scrape("n:9400", "\n".join([dcgm("n", 1), *lines]))

    def told(now: float) -> list[tuple[str, Absence | None]]:
        (host,) = (host for host in fleet.look(now).hosts if host.name == "n")
        return [(sample.identity.key, sample.state) for sample in host.samples]

    scrape(7, 8)
    whole = told(0.0)
    assert {("GPU-a", None), ("GPU-a/7", None), ("GPU-a/8", None)} <= set(whole)
    scrape(9)
    told(61.0)
    anew = dict(told(122.0))
    assert anew == {"GPU-n-0": None, "GPU-a": None, "GPU-a/9": None}
    scrape()
    for now in (137.0, 183.0, 244.0):
        assert dict(told(now)) == {"GPU-n-0": None, "GPU-a": Absence.LOST}
