"""Machines and their GPUs, from the output of real exporters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.fleet import FleetHost
from trackio_view.model.gpu import Absence, GpuSample
from trackio_view.model.gpu_fields import absence_of
from trackio_view.sources.prometheus import queries
from trackio_view.sources.prometheus.answers import parsed
from trackio_view.sources.prometheus.families import found_families, meanings
from trackio_view.sources.prometheus.hosts import hosts_of, lost_hosts, samples_over_time
from trackio_view.sources.prometheus.identities import Identities
from trackio_view.sources.prometheus.readings import readings

GIBIBYTE = 1 << 30


def asked(prometheus: Any, *, details: str = "") -> list[FleetHost]:
    """Return the machines that a Prometheus tells of, asked as the program asks."""
    told = parsed(prometheus.answer(queries.discovery(match=""))).series
    found = found_families(one.labels[queries.NAME] for one in told)
    known = Identities()
    known.take_targets(parsed(prometheus.answer(queries.targets())).series)
    known.take_gpus(parsed(prometheus.answer(queries.identities(found))).series, found)
    names = [details] if details else []
    answer = parsed(prometheus.answer(queries.numbers(found, names)))
    meant = meanings(found, details=bool(details))
    return hosts_of(readings(answer.series, meant), known, prometheus.now)


def only_gpu(prometheus: Any, text: str, *, details: bool = False) -> GpuSample:
    prometheus.scrape("10.0.0.1:9400", text)
    ((gpu,),) = (host.samples for host in asked(prometheus, details="10.0.0.1:9400" * details))
    return gpu


def test_an_idle_l4(prometheus: Any, expositions: Callable[[str], str]) -> None:
    gpu = only_gpu(prometheus, expositions("dcgm/l4"), details=True)
    assert (gpu.identity.name, gpu.identity.vendor) == ("NVIDIA L4", "NVIDIA")
    assert gpu.identity.host == "i-030791dc5a37cd257"
    assert gpu.identity.driver == "580.105.08"
    assert (gpu.utilization, gpu.power) == (0.0, 16.365)
    # Used, free and reserved memory add up to all of it.
    assert (gpu.memory_used, gpu.memory_total) == (0, (22_563 + 470) << 20)
    # Memory at 0 °C has no sensor.
    assert gpu.temperatures == {"gpu": 31.0}
    assert gpu.energy == 4742.776
    assert gpu.time == prometheus.now - 5
    assert absence_of(gpu, "power_limit") == Absence.UNTOLD.value


def test_an_old_exporter_without_types(prometheus: Any, expositions: Callable[[str], str]) -> None:
    gpu = only_gpu(prometheus, expositions("dcgm/t4-untyped"))
    assert (gpu.identity.name, gpu.utilization, gpu.temperature) == ("Tesla T4", 91.0, 74.0)


def test_a_virtual_gpu_lacks_power_and_temperature(
    prometheus: Any, expositions: Callable[[str], str]
) -> None:
    gpu = only_gpu(prometheus, expositions("dcgm/a100-vgpu"), details=True)
    assert (gpu.power, gpu.temperatures, gpu.utilization) == (None, {}, 0.0)
    assert absence_of(gpu, "power") == Absence.UNTOLD.value


def test_amd_cards_and_zeros_for_what_cannot_be_read(
    prometheus: Any, expositions: Callable[[str], str]
) -> None:
    text = expositions("amd/mi300x-synthetic")
    prometheus.scrape("10.0.0.1:5000", text.replace("gpu_", "amd_gpu_").replace("amd_gpu_", "gpu_"))
    (host,) = asked(prometheus)
    busy, idle = host.samples
    assert host.name == "tw038"
    assert busy.identity.name == "AMD Instinct MI300X OAM"
    assert (busy.utilization, busy.power, busy.temperature) == (100.0, 702.0, 71.0)
    assert busy.memory_total == 196_592 << 20
    assert busy.clock_graphics == 2100.0
    assert busy.identity.workload == "default/high-utilization-57ls6"
    assert idle.identity.workload == "job 130"
    zeros = "\n".join(line for line in text.splitlines() if "18ab41be1b15" in line)
    prometheus.scrape("10.0.0.2:5000", zeros)
    apu = next(host for host in asked(prometheus) if host.instances == ("10.0.0.2:5000",))
    ((gpu,),) = (apu.samples,)
    assert (gpu.power, gpu.temperatures) == (None, {})


def test_a_prefix_of_the_administrators(prometheus: Any, expositions: Callable[[str], str]) -> None:
    lines = expositions("amd/mi300x-synthetic").splitlines()
    prometheus.scrape("a:1", "\n".join(f"amd_{line}" for line in lines if line[0] != "#"))
    (host,) = asked(prometheus)
    assert [gpu.power for gpu in host.samples] == [702.0, 134.0]


def test_intel_cards(prometheus: Any, expositions: Callable[[str], str]) -> None:
    prometheus.scrape("xe:29091", expositions("intel/xpumd-b60-sample"))
    (host,) = asked(prometheus)
    first, second = host.samples
    # The load is that of the compute engines instead of the mean of all.
    assert (first.utilization, second.utilization) == (100.0, None)
    assert (first.memory_used, first.clock_graphics) == (8 * GIBIBYTE, 960.0)
    # The temperature is that of the GPU's sensor instead of the memory's.
    assert first.temperatures == {"gpu": 36.0}
    assert host.name == "xe"


def test_pieces_of_an_intel_card_are_one_gpu(prometheus: Any) -> None:
    lines = [
        f'xpum_{name}{{uuid="u",dev_name="Max 1550",node="n7",sub_dev="{piece}"{more}}} {value}'
        for name, more, values in (
            ("engine_ratio", "", (0.25, 0.75)),
            ("memory_used_bytes", "", (GIBIBYTE, 3 * GIBIBYTE)),
            ("temperature_celsius", ',location="gpu"', (40, 50)),
            ("temperature_celsius", ',location="memory"', (80, 90)),
            ("power_watts", "", (3.7e12, 300)),
        )
        for piece, value in enumerate(values)
    ]
    gpu = only_gpu(prometheus, "\n".join(lines))
    assert (gpu.utilization, gpu.power, gpu.temperature) == (75.0, 300.0, 50.0)
    # No exporter tells how much memory there is.
    assert (gpu.memory_used, gpu.memory_total) == (None, None)
    assert gpu.identity.host == "n7"
    lines += ['xpum_memory_ratio{uuid="u",dev_name="Max 1550",node="n7"} 0.5']
    gpu = only_gpu(prometheus, "\n".join(lines))
    assert (gpu.memory_used, gpu.memory_total) == (4 * GIBIBYTE, 8 * GIBIBYTE)
    assert gpu.measures["memory_total"] == "what is used, divided by its share"


@pytest.mark.parametrize(
    ("name", "load", "power"), [("h100", 100.0, 631.95), ("rtx4080super-idle", 0.0, 26.2)]
)
def test_nvidia_gpu_exporter(
    prometheus: Any, expositions: Callable[[str], str], name: str, load: float, power: float
) -> None:
    gpu = only_gpu(prometheus, expositions(f"nvidia_gpu_exporter/{name}"))
    assert (gpu.utilization, gpu.power) == (load, power)
    assert gpu.identity.host == "10.0.0.1"
    # The identity of the GPU is masked in the capture.
    assert gpu.identity.uuid is None


def test_files_that_a_card_lacks_are_no_zeros(
    prometheus: Any, expositions: Callable[[str], str]
) -> None:
    prometheus.scrape("n:9100", expositions("node_exporter/four-amd-cards"))
    (host,) = asked(prometheus)
    assert [(gpu.utilization, gpu.memory_total) for gpu in host.samples] == [
        *((3.0, 17_163_091_968), (None, None), (0.0, 4 * GIBIBYTE), (None, None)),
    ]


def test_nvitop_and_all_smi(prometheus: Any) -> None:
    nvitop = 'hostname="h1",index="0",devicename="NVIDIA A100",uuid="GPU-1"'
    values = {
        "memory_percent_Percentage": 50,
        "utilization_Percentage": 7,
        "memory_used_MiB": 1024,
        "memory_total_MiB": 2048,
        "power_usage_W": 77,
        "temperature_C": 33,
        "clock_sm_MHz": 1410,
    }
    prometheus.scrape("a:1", "\n".join(f"gpu_{it}{{{nvitop}}} {no}" for it, no in values.items()))
    smi = 'gpu="AMD Instinct MI250X",instance="h2",gpu_uuid="x",gpu_index="3"'
    values = {"memory_used_bytes": 5, "memory_total_bytes": 9, "utilization": 4}
    prometheus.scrape("b:1", "\n".join(f"all_smi_gpu_{k}{{{smi}}} {v}" for k, v in values.items()))
    first, second = asked(prometheus)
    assert (first.name, second.name) == ("h1", "h2")
    assert (first.samples[0].utilization, first.samples[0].memory_used) == (7.0, GIBIBYTE)
    assert (second.samples[0].identity.vendor, second.samples[0].memory_total) == ("AMD", 9)


def test_a_gpu_that_two_exporters_tell_of_is_one(prometheus: Any, dcgm: Any) -> None:
    prometheus.scrape("n:9400", dcgm("n", 1))
    labels = 'hostname="other",index="0",devicename="X",uuid="GPU-n-0"'
    prometheus.scrape(
        "n:5050",
        f"gpu_memory_percent_Percentage{{{labels}}} 5\ngpu_utilization_Percentage{{{labels}}} 5",
    )
    (host,) = asked(prometheus)
    assert [gpu.utilization for gpu in host.samples] == [90.0]


def test_a_card_is_one_whoever_tells_of_it_and_however_its_number_is_written(
    prometheus: Any, dcgm: Any
) -> None:
    prometheus.scrape("n:9400", dcgm("Node", 1))
    uuid, values = "node-0", {"utilization_gpu_ratio": 0.5, "memory_used_bytes": 1}
    lines = [f'nvidia_smi_{name}{{uuid="{uuid}"}} {value}' for name, value in values.items()]
    lines.append(f'nvidia_smi_gpu_info{{uuid="{uuid}",name="NVIDIA H100"}} 1')
    prometheus.scrape("10.0.0.7:9835", "\n".join(lines))
    # The same exporter comes again at another address, without the name of the machine.
    prometheus.scrape("10.0.0.8:9400", dcgm("Node", 1).replace(',Hostname="Node"', ""))
    (host,) = asked(prometheus)
    assert [gpu.utilization for gpu in host.samples] == [90.0]


def test_a_sum_of_zeros_is_no_memory(prometheus: Any, dcgm: Any) -> None:
    none = {"DEV_FB_USED": 0, "DEV_FB_FREE": 0, "DEV_FB_RESERVED": 0}
    prometheus.scrape("n:9400", dcgm("n", 1, **none))
    (host,) = asked(prometheus)
    assert [(gpu.memory_used, gpu.memory_total) for gpu in host.samples] == [(None, None)]


def test_reserved_memory_counts_as_none_where_nobody_tells_of_it(
    prometheus: Any, dcgm: Any
) -> None:
    prometheus.scrape("n:9400", dcgm("n", 1, DEV_FB_USED=3, DEV_FB_FREE=4, DEV_FB_RESERVED=None))
    (host,) = asked(prometheus)
    assert [gpu.memory_total for gpu in host.samples] == [7 << 20]


def test_an_exporter_that_came_back_elsewhere_is_no_second_host(prometheus: Any, dcgm: Any) -> None:
    prometheus.scrape("10.0.0.1:9400", dcgm("n", 2, DEV_GPU_UTIL=10))
    prometheus.now += 60
    prometheus.scrape("10.0.0.9:9400", dcgm("n", 2, DEV_GPU_UTIL=70))
    (host,) = asked(prometheus)
    assert [gpu.utilization for gpu in host.samples] == [70.0, 70.0]
    assert host.instances == ("10.0.0.9:9400",)


MIG = 'gpu="0",UUID="GPU-a",modelName="NVIDIA H100",Hostname="n"'


def mig_text() -> str:
    lines = []
    for part, profile, active, used in (("7", "3g.40gb", 0.5, 100), ("9", "4g.40gb", 1.0, 300)):
        labels = f'{MIG},GPU_I_ID="{part}",GPU_I_PROFILE="{profile}"'
        lines += [
            f"DCGM_FI_PROF_GR_ENGINE_ACTIVE{{{labels}}} {active}",
            f"DCGM_FI_DEV_FB_USED{{{labels}}} {used}",
            f"DCGM_FI_DEV_FB_FREE{{{labels}}} {1000 - used}",
            f"DCGM_FI_DEV_POWER_USAGE{{{labels}}} 400",
            f"DCGM_FI_DEV_GPU_TEMP{{{labels}}} 60",
        ]
    return "\n".join(lines)


def test_the_sensors_of_a_divided_gpu_are_counted_once(prometheus: Any) -> None:
    prometheus.scrape("n:9400", mig_text())
    (host,) = asked(prometheus)
    whole, first, second = host.samples
    assert host.gpus == [whole]
    assert host.cells == [first, second]
    assert (whole.power, whole.temperature, first.power, second.power) == (400.0, 60.0, None, None)
    # The instances have three and four of seven slices.
    assert whole.utilization == pytest.approx((3 * 50 + 4 * 100) / 7)
    assert (whole.memory_used, whole.memory_total) == (400 << 20, 2000 << 20)
    assert (first.identity.parent, first.identity.name) == ("GPU-a", "NVIDIA H100 3g.40gb")
    assert "engine" in first.measures["utilization"]


def test_whom_a_gpu_is_lent_to(prometheus: Any, dcgm: Any) -> None:
    own = {"pod": "exporter-1", "namespace": "gpu-operator"}
    text = dcgm("n", 3)
    trained = 'Hostname="n",pod="train-0",namespace="team"'
    lines = [
        line.replace('Hostname="n"', trained) if 'gpu="1"' in line else line
        for line in text.splitlines()
    ]
    prometheus.scrape("n:9400", "\n".join(lines), **own)
    (host,) = asked(prometheus)
    # The labels of the exporter are renamed. The label that is left is the exporter's own pod.
    assert [gpu.identity.workload for gpu in host.samples] == [None, "team/train-0", None]


def test_history_is_the_same_in_many_moments(prometheus: Any, dcgm: Any) -> None:
    prometheus.scrape("n:9400", dcgm("n", 2, DEV_MEM_CLOCK=2619))
    asked(prometheus)
    found = found_families(["DCGM_FI_DEV_FB_USED"])
    known = Identities()
    known.take_gpus(parsed(prometheus.answer(queries.identities(found))).series, found)
    query = queries.history(found, ["n:9400"])
    answer = prometheus.answer_range(query, prometheus.now - 60, prometheus.now, 30)
    told = samples_over_time(parsed(answer).series, found, known)
    assert [host.samples[1].time for host in told] == [prometheus.now + it for it in (-60, -30, 0)]
    assert {host.samples[0].utilization for host in told} == {90.0}
    assert {host.samples[0].clock_memory for host in told} == {2619}


def test_who_is_gone_since_before_is_known(prometheus: Any, dcgm: Any) -> None:
    prometheus.scrape("n:9400", dcgm("n", 2))
    found = found_families(["DCGM_FI_DEV_FB_USED"])
    prometheus.down.add("n:9400")
    (host,) = lost_hosts(parsed(prometheus.answer(queries.lost(found))).series, found, Identities())
    assert (host.name, host.down_since, host.samples) == ("n", prometheus.now - 5, ())


def test_names_are_in_the_order_in_which_people_count(prometheus: Any, dcgm: Any) -> None:
    for number in (10, 9, 1):
        prometheus.scrape(f"{number}:9400", dcgm(f"node-{number}", 1))
    assert [host.name for host in asked(prometheus)] == ["node-1", "node-9", "node-10"]


def test_hostile_labels_end_nothing(prometheus: Any, dcgm: Any) -> None:
    text = dcgm("n", 1).replace('gpu="0"', 'gpu="\\u001b]0;x\\u0007\\"} 1"')
    prometheus.scrape('evil"} or up{a="', text)
    (host,) = asked(prometheus, details='evil"} or up{a="')
    assert host.samples[0].utilization == 90.0
