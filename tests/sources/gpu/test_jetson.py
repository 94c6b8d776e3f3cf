from __future__ import annotations

import errno
from pathlib import Path

import pytest

from trackio_view.model.gpu import Absence, GpuSample
from trackio_view.sources.gpu import jetson
from trackio_view.sources.gpu.sampler import Roots, Tier

MEMINFO = "MemTotal:       65536 kB\nMemFree: 1 kB\nMemAvailable:   16384 kB"


def board(model: str, chip: str) -> dict[str, object]:
    """Return a device tree, whose texts end in NUL as the kernel's do."""
    return {
        "proc/device-tree/model": f"{model}\0".encode(),
        "proc/device-tree/compatible": f"nvidia,p3737\0nvidia,{chip}\0".encode(),
        "proc/meminfo": MEMINFO,
    }


def devfreq(name: str, node: str, load: object = None, clock: int = 0) -> dict[str, object]:
    folder = f"sys/class/devfreq/{name}"
    tree: dict[str, object] = {f"{folder}/cur_freq": clock}
    if node:
        tree[f"{folder}/device/of_node/name"] = f"{node}\0".encode()
    if load is not None:
        tree[f"{folder}/device/load"] = load
    return tree


def zone(number: int, kind: str, temperature: object) -> dict[str, object]:
    folder = f"sys/class/thermal/thermal_zone{number}"
    return {f"{folder}/type": kind, f"{folder}/temp": temperature}


def rails(chip: str, *channels: tuple[str, int, int]) -> dict[str, object]:
    folder = f"sys/bus/i2c/drivers/ina3221/{chip}/hwmon/hwmon4"
    # The voltages of the shunts follow, and are no rails.
    tree: dict[str, object] = {f"{folder}/in4_input": 9, f"{folder}/in4_label": "VDD_GPU shunt"}
    for number, (name, millivolts, milliamperes) in enumerate(channels, 1):
        tree[f"{folder}/in{number}_label"] = name
        tree[f"{folder}/in{number}_input"] = millivolts
        tree[f"{folder}/curr{number}_input"] = milliamperes
    return tree


ORIN = {
    **board("NVIDIA Jetson AGX Orin Developer Kit", "tegra234"),
    **devfreq("17000000.gpu", "gpu", 437, 1_300_500_000),
    **devfreq("31a00000.emc", "emc", 999, 3_199_000_000),
    **zone(0, "cpu-thermal", 51_250),
    **zone(1, "gpu-thermal", 47_781),
    **zone(2, "tj-thermal", 52_000),
    **rails(
        "1-0040", ("VDD_GPU_SOC", 19_000, 500), ("VDD_CPU_CV", 19_000, 100), ("NC", 19_000, 900)
    ),
}


def sampler_of(root: Path, clock):
    found = jetson.discover(Roots.captured(root), clock)
    assert found.report.found == 1
    return found.samplers[0]


def sample_of(root: Path, clock) -> GpuSample:
    sample: GpuSample = sampler_of(root, clock).sample(Tier.ALL)
    return sample


def test_orin(write_tree, clock) -> None:
    sample = sample_of(write_tree(ORIN), clock)
    assert sample.identity.vendor == "Jetson"
    assert sample.identity.key == "tegra234"
    assert sample.identity.name == "NVIDIA Jetson AGX Orin Developer Kit"
    assert sample.identity.unified_memory
    assert sample.utilization == pytest.approx(43.7)
    assert sample.clock_graphics == pytest.approx(1300.5)
    assert (sample.memory_used, sample.memory_total) == (49152 * 1024, 65536 * 1024)
    assert list(sample.temperatures.items()) == [("gpu", 47.781), ("cpu", 51.25), ("tj", 52.0)]
    assert sample.power == pytest.approx(9.5)
    assert sample.measures == {"power": "VDD_GPU_SOC"}
    for field in ("power_limit", "fan_rpm", "pcie_width", "processes", "encoder"):
        assert getattr(sample, field) is None
        assert sample.reasons[field] is Absence.UNSUPPORTED


def test_nano(write_tree, clock) -> None:
    rail = "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0"
    root = write_tree(
        {
            **board("NVIDIA Jetson Nano Developer Kit", "tegra210"),
            **devfreq("57000000.gpu", "gpu", None, 921_600_000),
            "sys/devices/gpu.0/load": 1000,
            **zone(0, "AO-therm", 40_500),
            **zone(1, "GPU-therm", 33_500),
            **zone(2, "PMIC-Die", 100_000),
            f"{rail}/rail_name_0": "POM_5V_IN",
            f"{rail}/in_power0_input": 4200,
            f"{rail}/rail_name_1": "POM_5V_GPU",
            f"{rail}/in_power1_input": 1700,
            f"{rail}/rail_name_2": "POM_5V_CPU",
            f"{rail}/in_power2_input": 900,
            "sys/devices/pwm-fan/cur_pwm": 51,
        }
    )
    sample = sample_of(root, clock)
    assert sample.utilization == 100.0
    assert sample.clock_graphics == 921.6
    assert dict(sample.temperatures) == {"gpu": 33.5, "ao": 40.5}
    assert sample.power == pytest.approx(1.7)
    assert sample.fan_percent == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("chip", "node", "load"),
    [
        ("tegra186", "gp10b", "sys/devices/17000000.gp10b/load"),
        ("tegra194", "gv11b", "sys/devices/platform/17000000.gv11b/load"),
        ("tegra194", "gv11b", "sys/devices/platform/gpu.0/load"),
        ("tegra234", "ga10b", "sys/devices/platform/bus@0/17000000.gpu/load"),
        ("tegra234", "ga10b", "sys/class/devfreq/17000000.ga10b/device/load"),
    ],
)
def test_the_load_is_where_each_generation_has_it(
    write_tree, clock, chip: str, node: str, load: str
) -> None:
    root = write_tree({**board("Board", chip), **devfreq("17000000.ga10b", node), load: 250})
    assert sample_of(root, clock).utilization == 25.0


def test_thor_has_clocks_but_no_load(write_tree, clock) -> None:
    root = write_tree(
        {
            **board("NVIDIA Jetson AGX Thor Developer Kit", "tegra264"),
            **devfreq("gpu-gpc-0", "", None, 1_575_000_000),
            **devfreq("gpu-nvd-0", "", None, 1_692_000_000),
            "proc/driver/nvidia/version": "NVRM",
        }
    )
    sample = sample_of(root, clock)
    assert (sample.utilization, sample.clock_graphics) == (None, 1575.0)
    assert sample.reasons["utilization"] is Absence.UNSUPPORTED
    # With the driver installed, NVIDIA's library reads this GPU, which must not be listed twice.
    live = jetson.discover(Roots(sys=root / "sys", proc=root / "proc", etc=root / "etc"), clock)
    assert live.samplers == ()


@pytest.mark.parametrize("load", [b"", b"1001", b"-1", b"N/A", b"\0"])
def test_a_load_that_is_none(write_tree, clock, load: bytes) -> None:
    tree = {**board("Board", "tegra234"), **devfreq("17000000.gpu", "gpu", load)}
    sample = sample_of(write_tree(tree), clock)
    assert sample.utilization is None
    assert sample.reasons["utilization"] is Absence.UNSUPPORTED


def test_a_load_file_may_come_after_boot(write_tree, clock) -> None:
    root = write_tree(board("Board", "tegra234"))
    sampler = sampler_of(root, clock)
    assert sampler.sample(Tier.ALL).utilization is None
    write_tree(devfreq("17000000.gpu", "gpu", 120))
    assert sampler.sample(Tier.FAST).utilization == 12.0


def test_a_load_and_a_clock_that_move_are_found_again(write_tree, clock) -> None:
    """A driver that is loaded anew may get another number in the kernel's tree."""
    root = write_tree({**board("Board", "tegra234"), **devfreq("17000000.gpu", "gpu", 120, 10**9)})
    sampler = sampler_of(root, clock)
    before = sampler.sample(Tier.ALL)
    (root / "sys/class/devfreq/17000000.gpu").rename(root / "elsewhere")
    write_tree(devfreq("18000000.gpu", "gpu", 340, 2 * 10**9))
    after = sampler.sample(Tier.ALL)
    assert (before.utilization, before.clock_graphics) == (12.0, 1000.0)
    assert (after.utilization, after.clock_graphics) == (34.0, 2000.0)


def test_zones_that_are_powered_down_are_left_out(write_tree, clock, failing_reads) -> None:
    tree = {**ORIN, **zone(3, "cv0-thermal", 0), **zone(4, "soc0-thermal", -256_000)}
    # One without a sensor stays at 0.
    tree |= zone(5, "soc1-thermal", 0)
    failing_reads["thermal_zone3/temp"] = errno.EAGAIN
    sample = sample_of(write_tree(tree), clock)
    assert set(sample.temperatures) == {"gpu", "cpu", "tj"}


def test_the_boards_power_where_the_gpu_has_no_rail(write_tree, clock) -> None:
    root = write_tree(
        {**board("Board", "tegra234"), **rails("1-0040", ("VDD_IN", 5000, 2000), ("NC", 1, 1))}
    )
    assert sample_of(root, clock).power == pytest.approx(10.0)


def test_the_boards_rail_takes_no_place_for_a_moment(write_tree, clock, failing_reads) -> None:
    tree = {**ORIN, **rails("1-0041", ("VDD_IN", 19_000, 2000))}
    sampler = sampler_of(write_tree(tree), clock)
    told = []
    for number in (None, errno.EBUSY, None):
        failing_reads.clear()
        failing_reads |= {} if number is None else {"1-0040/hwmon/hwmon4/curr1_input": number}
        sample = sampler.sample(Tier.ALL)
        told.append((sample.power, sample.measures.get("power"), sample.reasons.get("power")))
    known = (pytest.approx(9.5), "VDD_GPU_SOC", None)
    assert told == [known, (None, None, Absence.STALE), known]


def test_a_gpu_that_is_powered_down_is_not_as_hot_as_the_processor(
    write_tree, clock, failing_reads
) -> None:
    failing_reads["thermal_zone1/temp"] = errno.EAGAIN
    sample = sample_of(write_tree(ORIN), clock)
    assert sample.temperature is None
    assert dict(sample.temperatures) == {"cpu": 51.25, "tj": 52.0}


def test_a_refused_rail_is_absent(write_tree, clock, failing_reads) -> None:
    root = write_tree(ORIN)
    failing_reads["curr1_input"] = errno.EACCES
    sample = sample_of(root, clock)
    assert sample.power is None
    assert sample.reasons["power"] is Absence.DENIED


def test_a_fan_with_a_tachometer(write_tree, clock) -> None:
    tree = {
        **ORIN,
        "sys/class/hwmon/hwmon1/name": "pwm_tach",
        "sys/class/hwmon/hwmon1/rpm": 1890,
        "sys/class/hwmon/hwmon2/name": "pwmfan",
        "sys/class/hwmon/hwmon2/pwm1": 102,
    }
    sample = sample_of(write_tree(tree), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (1890, pytest.approx(40.0))


@pytest.mark.parametrize(
    ("driven", "counted", "told"), [(102, 1890, 1890), (102, 0, None), (0, 0, 0)]
)
def test_the_fan_of_an_early_release(
    write_tree, clock, driven: int, counted: int, told: int | None
) -> None:
    fan = "sys/devices/pwm-fan"
    tree = {**ORIN, f"{fan}/cur_pwm": driven, f"{fan}/rpm_measured": counted}
    sample = sample_of(write_tree(tree), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (told, pytest.approx(driven / 2.55))


@pytest.mark.parametrize(
    "tree",
    [
        {"proc/meminfo": MEMINFO},
        {"proc/device-tree/compatible": b"raspberrypi,4-model-b\0brcm,bcm2711\0"},
        {"proc/device-tree/compatible": b"nvidia,tegra30\0"},
        {"proc/device-tree/compatible": b""},
    ],
)
def test_other_machines_are_no_jetson(write_tree, clock, tree: dict[str, object]) -> None:
    found = jetson.discover(Roots.captured(write_tree(tree)), clock)
    assert (found.samplers, found.report.found) == ((), 0)
    assert "device-tree" in found.report.text


def test_the_release_file_tells_where_the_tree_is_hidden(write_tree, clock) -> None:
    release = "# R32 (release), REVISION: 7.1, GCID: 1, BOARD: t210ref, EABI: aarch64"
    root = write_tree({"etc/nv_tegra_release": release, "sys/devices/gpu.0/load": 10})
    sample = sample_of(root, clock)
    assert (sample.identity.key, sample.utilization) == ("tegra210", 1.0)
    assert sample.memory_total is None


def test_the_board_tells_its_bounds(write_tree, clock) -> None:
    gpu = "sys/class/thermal/thermal_zone1"
    tree = {
        **ORIN,
        f"{gpu}/trip_point_0_temp": 99_000,
        f"{gpu}/trip_point_0_type": "passive",
        f"{gpu}/trip_point_1_temp": 105_000,
        f"{gpu}/trip_point_1_type": "critical",
        "sys/class/thermal/thermal_zone0/trip_point_0_temp": 104_500,
        "sys/class/thermal/thermal_zone0/trip_point_0_type": "critical",
        "sys/class/devfreq/17000000.gpu/max_freq": 1_300_500_000,
        "sys/class/devfreq/31a00000.emc/max_freq": 3_199_000_000,
    }
    sample = sample_of(write_tree(tree), clock)
    assert sample.heat_limits is not None
    assert list(sample.heat_limits.items()) == [
        *(("gpu slowdown", 99.0), ("gpu critical", 105.0), ("cpu critical", 104.5))
    ]
    assert sample.clock_graphics_max == pytest.approx(1300.5)
    assert sample.heat_margin == pytest.approx(53.25), "of the processor, which is the nearest"
    assert sample.throttle_reasons == ()


def test_nothing_stands_in_for_a_file_without_data(stand_ins, clock) -> None:
    tree = {**ORIN, **rails("1-0041", ("VDD_IN", 19_000, 2000))}
    assert stand_ins(tree, lambda root: sampler_of(root, clock)) == []
