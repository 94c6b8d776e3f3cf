from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from trackio_view.model.gpu import Absence, GpuSample
from trackio_view.sources.gpu.intel import gpus as intel
from trackio_view.sources.gpu.intel.gts import find_gts
from trackio_view.sources.gpu.sampler import Roots, Tier

CARD = "sys/class/drm/card1"
DEVICE = f"{CARD}/device"
HWMON = f"{DEVICE}/hwmon/hwmon3"
GT0, GT1 = f"{DEVICE}/tile0/gt0", f"{DEVICE}/tile0/gt1"

XE: dict[str, object] = {
    f"{DEVICE}/uevent": "DRIVER=xe\nPCI_ID=8086:E20B\nPCI_SLOT_NAME=0000:09:00.0",
    f"{GT0}/gtidle/name": "gt0-rc",
    f"{GT0}/gtidle/idle_residency_ms": 10_000,
    f"{GT0}/gtidle/idle_status": "gt-c0",
    f"{GT0}/freq0/act_freq": 2400,
    f"{GT0}/freq0/cur_freq": 2850,
    f"{GT0}/freq0/rpa_freq": 627_200,
    f"{GT0}/freq0/throttle/reason_pl1": 1,
    f"{GT0}/freq0/throttle/reason_thermal": 0,
    f"{GT0}/freq0/throttle/status": 1,
    f"{GT1}/gtidle/name": "gt1-mc",
    f"{GT1}/gtidle/idle_residency_ms": 500,
    f"{GT1}/freq0/act_freq": 1100,
    f"{GT1}/freq0/throttle/reasons": "thermal ratl",
    f"{HWMON}/name": "xe",
    f"{HWMON}/energy1_input": 5_000_000_000,
    f"{HWMON}/energy1_label": "card",
    f"{HWMON}/energy2_input": 3_000_000_000,
    f"{HWMON}/energy2_label": "pkg",
    f"{HWMON}/power1_max": 0,
    f"{HWMON}/power1_cap": 190_000_000,
    f"{HWMON}/power1_crit": 380_000_000,
    f"{HWMON}/power1_label": "card",
    f"{HWMON}/temp2_input": 54000,
    f"{HWMON}/temp2_label": "pkg",
    f"{HWMON}/temp6_input": 58000,
    f"{HWMON}/temp6_label": "vram_ch_0",
    f"{HWMON}/temp7_input": 62000,
    f"{HWMON}/temp7_label": "vram_ch_1",
    f"{HWMON}/fan1_input": 0,
    f"{HWMON}/fan2_input": 1080,
    f"{HWMON}/fan2_max": 2160,
}

I915: dict[str, object] = {
    f"{DEVICE}/uevent": "DRIVER=i915\nPCI_ID=8086:56A5\nPCI_SLOT_NAME=0000:0b:00.0",
    f"{CARD}/gt_act_freq_mhz": 1,
    f"{CARD}/gt/gt0/rps_act_freq_mhz": 1500,
    f"{CARD}/gt/gt0/rps_cur_freq_mhz": 2450,
    f"{CARD}/gt/gt0/rc6_enable": 1,
    f"{CARD}/gt/gt0/rc6_residency_ms": 7000,
    f"{CARD}/gt/gt0/throttle_reason_status": 1,
    f"{CARD}/gt/gt0/throttle_reason_vr_tdc": 1,
    f"{CARD}/gt/gt0/throttle_reason_pl2": 0,
    f"{HWMON}/name": "i915",
    f"{HWMON}/energy1_input": 1 << 40,
    f"{HWMON}/power1_max": 55_000_000,
    f"{HWMON}/temp1_input": 47000,
}


def only_sampler(root: Path, clock, live: bool = False):
    roots = Roots(
        sys=root / "sys", proc=root / "proc", dev=root / "dev", etc=root / "etc", live=live
    )
    found = intel.discover(roots, clock)
    assert found.report.found == 1
    return found.samplers[0]


def only_sample(root: Path, clock) -> GpuSample:
    sample: GpuSample = only_sampler(root, clock).sample(Tier.ALL)
    return sample


def test_an_xe_card(write_tree, clock) -> None:
    sample = only_sample(write_tree(XE), clock)
    assert (sample.identity.vendor, sample.identity.driver) == ("Intel", "xe")
    assert sample.identity.key == "0000:09:00.0"
    assert not sample.identity.unified_memory
    assert (sample.clock_graphics, sample.clock_video) == (2400.0, 1100.0)
    assert list(sample.temperatures.items()) == [("gpu", 54.0), ("memory", 62.0)]
    assert (sample.fan_rpm, sample.fan_percent) == (1080, pytest.approx(50.0))
    assert sample.power_limit == 190.0
    assert sample.energy == 5000.0
    assert sample.performance_state == "gt-c0"
    assert sample.throttle_reasons == (
        "power limit",
        "temperature",
        "running average temperature",
    )
    # A rate without a second reading must not be called unsupported.
    for field in ("utilization", "power"):
        assert getattr(sample, field) is None
        assert field not in sample.reasons


def test_an_i915_card(write_tree, clock) -> None:
    sample = only_sample(write_tree(I915), clock)
    assert (sample.clock_graphics, sample.clock_video) == (1500.0, None)
    assert dict(sample.temperatures) == {"gpu": 47.0}
    assert (sample.power_limit, sample.energy) == (55.0, (1 << 40) / 1e6)
    assert sample.throttle_reasons == ("voltage regulator current",)
    assert sample.fan_rpm is None


def test_rates_of_two_readings(write_tree, clock) -> None:
    root = write_tree(XE)
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    clock.advance(2.0)
    write_tree(
        {
            f"{GT0}/gtidle/idle_residency_ms": 10_500,
            f"{GT1}/gtidle/idle_residency_ms": 500,
            f"{HWMON}/energy1_input": 5_300_000_000,
        }
    )
    sample = sampler.sample(Tier.FAST)
    # The sleep of the media unit does not count for the load.
    assert sample.utilization == pytest.approx(75.0)
    assert sample.measures == {"utilization": "time awake"}
    assert sample.power == pytest.approx(150.0)


def test_rates_of_i915(write_tree, clock) -> None:
    sampler = only_sampler(write_tree(I915), clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    energy = (1 << 40) + 100_000_000
    write_tree(
        {f"{CARD}/gt/gt0/rc6_residency_ms": 7900, f"{HWMON}/energy1_input": energy},
    )
    sample = sampler.sample(Tier.FAST)
    assert sample.utilization == pytest.approx(10.0)
    assert sample.power == pytest.approx(100.0)


def test_counters_that_are_reset_give_no_rate(write_tree, clock) -> None:
    sampler = only_sampler(write_tree(XE), clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    write_tree({f"{GT0}/gtidle/idle_residency_ms": 5, f"{HWMON}/energy1_input": 7})
    sample = sampler.sample(Tier.FAST)
    assert (sample.utilization, sample.power) == (None, None)
    clock.advance(1.0)
    write_tree({f"{GT0}/gtidle/idle_residency_ms": 1505, f"{HWMON}/energy1_input": 50_000_007})
    sample = sampler.sample(Tier.FAST)
    # The counter is coarse, so it may count more sleep than time that has passed.
    assert sample.utilization == 0.0
    assert sample.power == pytest.approx(50.0)


def test_an_energy_counter_that_leaps_is_no_power(write_tree, clock) -> None:
    sampler = only_sampler(write_tree(XE), clock)
    told = []
    for microjoules in (5_000_000_000, 1 << 50, (1 << 50) + 90_000_000):
        write_tree({f"{HWMON}/energy1_input": microjoules})
        told.append(sampler.sample(Tier.FAST).power)
        clock.advance(1.0)
    assert told == [None, None, pytest.approx(90.0)]


def test_an_energy_counter_that_has_not_moved_is_not_zero_watts(write_tree, clock) -> None:
    sampler = only_sampler(write_tree(XE), clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    assert sampler.sample(Tier.FAST).power is None
    clock.advance(1.0)
    write_tree({f"{HWMON}/energy1_input": 5_080_000_000})
    assert sampler.sample(Tier.FAST).power == pytest.approx(40.0)


def test_a_still_capture_is_not_a_busy_gpu(write_tree, clock) -> None:
    root = write_tree(XE)
    for live, expected in ((False, None), (True, 100.0)):
        sampler = only_sampler(root, clock, live)
        sampler.sample(Tier.ALL)
        clock.advance(1.0)
        assert sampler.sample(Tier.FAST).utilization == expected


def test_the_chips_energy_where_the_cards_does_not_count(write_tree, clock) -> None:
    sampler = only_sampler(write_tree({**XE, f"{HWMON}/energy1_input": 0}), clock)
    assert sampler.sample(Tier.ALL).energy == 3000.0
    clock.advance(1.0)
    write_tree({f"{HWMON}/energy2_input": 3_025_000_000})
    assert sampler.sample(Tier.FAST).power == pytest.approx(25.0)


def test_the_cards_energy_counts_whichever_number_its_counter_has(write_tree, clock) -> None:
    swapped = {f"{HWMON}/energy1_label": "pkg", f"{HWMON}/energy2_label": "card"}
    assert only_sample(write_tree({**XE, **swapped}), clock).energy == 3000.0


def test_energy_of_the_chip_stands_in_for_no_cards_that_fails_once(
    write_tree, clock, failing_reads
) -> None:
    sampler = only_sampler(write_tree(XE), clock)
    told = []
    for number in (None, errno.EBUSY, None):
        failing_reads.clear()
        failing_reads |= {} if number is None else {"energy1_input": number}
        sample = sampler.sample(Tier.ALL)
        told.append((sample.energy, sample.reasons.get("energy")))
    assert told == [(5000.0, None), (None, Absence.STALE), (5000.0, None)]


def test_the_load_waits_for_the_unit_that_may_be_the_busiest(
    write_tree, clock, failing_reads
) -> None:
    second = f"{DEVICE}/tile1/gt2/gtidle"
    sampler = only_sampler(
        write_tree({**XE, f"{second}/name": "gt2-rc", f"{second}/idle_residency_ms": 0}), clock
    )
    told = []
    for number in (None, None, errno.EBUSY, None, None):
        failing_reads.clear()
        failing_reads |= {} if number is None else {"gt0/gtidle/idle_residency_ms": number}
        sample = sampler.sample(Tier.FAST)
        told.append((sample.utilization, sample.reasons.get("utilization")))
        is_known = sample.utilization is not None
        assert sample.measures.get("utilization") == ("time awake" if is_known else None)
        clock.advance(1.0)
        seconds = len(told)
        write_tree(
            {
                f"{GT0}/gtidle/idle_residency_ms": 10_000 + 100 * seconds,
                f"{second}/idle_residency_ms": 900 * seconds,
            }
        )
    busy = (pytest.approx(90.0), None)
    assert told == [(None, None), busy, (None, Absence.STALE), (None, None), busy]


def test_the_limit_of_peaks_takes_no_place_for_a_moment(write_tree, clock, failing_reads) -> None:
    root = write_tree({**XE, f"{HWMON}/power1_crit": 380_000_000})
    failing_reads["power1_cap"] = errno.EBUSY
    sample = only_sample(root, clock)
    assert (sample.power_limit, sample.reasons["power_limit"]) == (None, Absence.STALE)


def test_a_unit_asleep_has_no_clock_to_guess(write_tree, clock) -> None:
    tree = {**XE, f"{GT0}/freq0/act_freq": 0, f"{GT0}/freq0/cur_freq": 400}
    assert only_sample(write_tree(tree), clock).clock_graphics == 0.0


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"power1_crit": 228_000_000}, 228.0),
        ({"power1_max": 0, "power1_crit": 228_000_000}, 228.0),
        ({"power1_cap": 190_000_000, "power1_crit": 380_000_000}, 190.0),
        ({"power1_max": 55_000_000, "power1_crit": 228_000_000}, 55.0),
        (
            {"power1_label": "card", "power1_crit": 9_000_000, "power2_label": "pkg"}
            | {"power2_max": 150_000_000},
            150.0,
        ),
        ({"power1_crit": 0}, None),
    ],
)
def test_the_limit_of_peaks_counts_where_there_is_no_lasting_one(
    write_tree, clock, files: dict[str, object], limit: float | None
) -> None:
    tree = {name: text for name, text in I915.items() if "/power1_" not in name}
    tree |= {f"{HWMON}/{name}": text for name, text in files.items()}
    assert only_sample(write_tree(tree), clock).power_limit == limit


def test_without_idle_counters_the_processes_tell_the_load(write_tree, clock) -> None:
    client = (
        "drm-driver: i915\ndrm-pdev: 0000:0b:00.0\ndrm-client-id: 4\n"
        "drm-engine-render: {busy} ns\ndrm-engine-video: {media} ns\ndrm-resident-local0: 6 MiB\n"
        "drm-resident-system0: 9 MiB"
    )
    root = write_tree(
        {**I915, f"{CARD}/gt/gt0/rc6_enable": 0, "proc/9/fdinfo/3": client.format(busy=0, media=0)}
    )
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.utilization is None
    assert "utilization" not in first.reasons
    assert first.measures == {"memory_used": "visible processes"}, "already at the first reading"
    clock.advance(1.0)
    write_tree({"proc/9/fdinfo/3": client.format(busy=600_000_000, media=250_000_000)})
    sample = sampler.sample(Tier.ALL)
    assert sample.utilization == pytest.approx(60.0)
    assert sample.decoder == pytest.approx(25.0)
    assert sample.memory_used == 6 << 20
    of_those = ("memory_used", "utilization", "decoder", "engines")
    assert sample.measures == dict.fromkeys(of_those, "visible processes")
    assert sample.processes is not None
    (process,) = sample.processes
    assert (process.pid, process.kind, process.memory) == (9, "graphics", 6 << 20)
    assert process.load == pytest.approx(60.0)
    clock.advance(1.0)
    shutil.rmtree(root / "proc/9")
    sample = sampler.sample(Tier.ALL)
    assert sample.utilization is sample.decoder is None
    assert {"utilization", "decoder", "engines"}.isdisjoint(sample.measures)


def test_in_a_container_processes_are_those_that_are_visible(write_tree, clock) -> None:
    tree = {**XE, "proc/self/ns/pid": Path("pid:[4026532001]"), "proc/1/comm": "init"}
    assert only_sample(write_tree(tree), clock).measures == {"processes": "visible processes"}


def test_a_part_of_the_processor_shares_the_machines_memory(write_tree, clock) -> None:
    root = write_tree(
        {
            f"{DEVICE}/uevent": "DRIVER=i915\nPCI_ID=8086:9A49\nPCI_SLOT_NAME=0000:00:02.0",
            f"{DEVICE}/current_link_speed": "Unknown",
            f"{DEVICE}/current_link_width": 0,
            f"{CARD}/gt_act_freq_mhz": 350,
            f"{CARD}/gt_cur_freq_mhz": 1300,
            f"{CARD}/power/rc6_residency_ms": 100,
            "proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 250 kB",
        }
    )
    sampler = only_sampler(root, clock)
    sample = sampler.sample(Tier.ALL)
    assert sample.identity.unified_memory
    assert (sample.memory_used, sample.memory_total) == (750 * 1024, 1000 * 1024)
    assert sample.clock_graphics == 350.0
    assert (sample.power, sample.pcie_width, sample.temperature) == (None, None, None)
    assert sample.reasons["power"] is Absence.UNSUPPORTED
    clock.advance(1.0)
    write_tree({f"{CARD}/power/rc6_residency_ms": 600})
    assert sampler.sample(Tier.FAST).utilization == pytest.approx(50.0)


def test_of_a_sleeping_card_nothing_but_its_state_is_read(write_tree, clock, opened) -> None:
    # The device has the address of a processor's GPU. Only its sensors tell that it is a card.
    uevent = str(XE[f"{DEVICE}/uevent"]).replace("0000:09:00.0", "0000:00:02.0")
    asleep = {f"{DEVICE}/uevent": uevent, f"{DEVICE}/power/runtime_status": "suspended"}
    sampler = only_sampler(write_tree({**XE, **asleep}), clock)
    assert not sampler.identity.unified_memory
    assert not any("tile0" in path or "hwmon" in path for path in opened)
    opened.clear()
    sample = sampler.sample(Tier.ALL)
    assert [Path(path).name for path in opened] == ["runtime_status"]
    assert sample.state is Absence.ASLEEP
    assert sample.reasons["power"] is Absence.ASLEEP


def test_no_rate_spans_a_sleep(write_tree, clock) -> None:
    sampler = only_sampler(write_tree(XE), clock)
    sampler.sample(Tier.ALL)
    write_tree({f"{DEVICE}/power/runtime_status": "suspended"})
    clock.advance(60.0)
    sampler.sample(Tier.FAST)
    write_tree(
        {
            f"{DEVICE}/power/runtime_status": "active",
            f"{GT0}/gtidle/idle_residency_ms": 10_100,
            f"{HWMON}/energy1_input": 5_000_000_900,
        }
    )
    clock.advance(1.0)
    sample = sampler.sample(Tier.FAST)
    assert (sample.utilization, sample.power) == (None, None)


def test_the_link_of_the_chip_is_not_that_of_the_slot(write_tree, clock) -> None:
    upstream = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
    device = f"{upstream}/0000:02:01.0/0000:03:00.0"
    root = write_tree(
        {
            f"{device}/uevent": "DRIVER=xe\nPCI_ID=8086:E20B\nPCI_SLOT_NAME=0000:03:00.0",
            f"{device}/current_link_speed": "2.5 GT/s PCIe",
            f"{device}/current_link_width": 1,
            f"{upstream}/0000:02:01.0/class": "0x060400",
            f"{upstream}/0000:02:01.0/vendor": "0x8086",
            f"{upstream}/class": "0x060400",
            f"{upstream}/vendor": "0x8086",
            f"{upstream}/current_link_speed": "16.0 GT/s PCIe",
            f"{upstream}/current_link_width": 8,
        }
    )
    (root / CARD).mkdir(parents=True)
    (root / DEVICE).symlink_to(root / device)
    sample = only_sample(root, clock)
    assert (sample.pcie_generation, sample.pcie_width) == (4, 8)
    alone = {f"{DEVICE}/current_link_speed": "2.5 GT/s PCIe", f"{DEVICE}/current_link_width": 1}
    (root / DEVICE).unlink()
    sample = only_sample(write_tree({**XE, **alone}), clock)
    assert (sample.pcie_generation, sample.pcie_width) == (None, None)


# --- The drivers' queries


def test_a_node_that_is_no_driver_gives_a_reason(write_tree, clock) -> None:
    root = write_tree({**XE, f"{DEVICE}/drm/renderD128/dev": "226:128"})
    sample = only_sampler(root, clock, live=True).sample(Tier.ALL)
    assert sample.memory_total is None
    assert sample.reasons["memory_total"] is Absence.UNSUPPORTED
    write_tree({"dev/dri/renderD128": "a file"})
    sample = only_sampler(root, clock, live=True).sample(Tier.ALL)
    assert sample.reasons["memory_used"] is Absence.UNSUPPORTED


# --- Discovery and captures


@pytest.fixture
def captured(captures: Path, clock):
    def sample(name: str) -> GpuSample:
        sampler = only_sampler_of(captures / "gpu" / "intel" / name, clock)
        sampler.sample(Tier.ALL)
        clock.advance(1.0)
        second: GpuSample = sampler.sample(Tier.ALL)
        return second

    return sample


def only_sampler_of(folder: Path, clock):
    found = intel.discover(Roots.captured(folder), clock)
    assert found.report.found == 1
    return found.samplers[0]


def test_captured_cards(captured) -> None:
    b580 = captured("b580")
    assert (b580.clock_graphics, b580.clock_video) == (0.0, 0.0)
    assert b580.performance_state == "gt-c6"
    assert list(b580.temperatures)[:2] == ["gpu", "memory"]
    assert b580.power_limit == 190.0
    assert (b580.pcie_generation, b580.pcie_width) == (None, None)
    assert (b580.utilization, b580.power) == (None, None)
    assert b580.fan_rpm == 1235
    a380 = captured("a380-i915")
    assert (a380.clock_graphics, a380.power_limit) == (600.0, 55.0)
    assert a380.throttle_reasons == ()
    assert (a380.fan_rpm, a380.fan_percent) == (0, None)
    assert (a380.utilization, a380.power, a380.pcie_width) == (None, None, None)


def test_a_captured_processor(captured) -> None:
    sample = captured("tigerlake")
    assert sample.identity.unified_memory
    assert sample.clock_graphics == 0.0
    assert (sample.power, sample.temperature, sample.fan_rpm) == (None, None, None)
    assert sample.memory_total is None


def test_the_media_unit_is_known_by_its_name(captures: Path, clock) -> None:
    from trackio_view.sources.gpu.kernel.drm import drm_cards

    (card,) = drm_cards(Roots.captured(captures / "gpu/intel/b580"))
    assert [(gt.folder.parent.name, gt.media) for gt in find_gts(card)] == [
        ("gt0", False),
        ("gt1", True),
    ]


def test_the_unit_of_a_second_tile_is_for_media_only_where_its_name_says_so(write_tree) -> None:
    from trackio_view.sources.gpu.kernel.drm import drm_cards

    tree = {f"{DEVICE}/tile{tile}/{unit}/freq0/act_freq": 900 for tile, unit in TILED_UNITS}
    (card,) = drm_cards(Roots.captured(write_tree({**tree, f"{DEVICE}/vendor": "0x8086"})))
    found = [(gt.folder.parent.parent.name, gt.media) for gt in find_gts(card)]
    assert found == [("tile0", False), ("tile0", True), ("tile1", False)]


TILED_UNITS = ((0, "gt0"), (0, "gt1"), (1, "gt1"))


def test_a_card_that_is_bound_to_another_driver_is_told_to_have_that_one(write_tree, clock) -> None:
    root = write_tree(XE)
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).identity.driver == "xe"
    (root / CARD).rename(root / "elsewhere")
    sampler.sample(Tier.ALL)
    write_tree({**I915, f"{DEVICE}/uevent": str(I915[f"{DEVICE}/uevent"]).replace("0b:", "09:")})
    identity = sampler.sample(Tier.ALL).identity
    assert (identity.key, identity.driver) == ("0000:09:00.0", "i915")
    assert "A380" in identity.name


@pytest.mark.parametrize("tree", [XE, I915])
def test_nothing_stands_in_for_a_file_without_data(stand_ins, clock, tree) -> None:
    assert stand_ins(tree, lambda root: only_sampler(root, clock)) == []


def test_after_a_sleep_energy_may_come_from_another_counter(write_tree, clock) -> None:
    root = write_tree(XE)
    sampler = only_sampler(root, clock)
    told = [sampler.sample(Tier.ALL).energy]
    write_tree({f"{HWMON}/energy1_input": 0})
    told.append(sampler.sample(Tier.ALL).energy)
    for status in ("suspended", "active"):
        write_tree({f"{DEVICE}/power/runtime_status": status})
        told.append(sampler.sample(Tier.ALL).energy)
    assert told == [5000.0, None, None, 3000.0]
