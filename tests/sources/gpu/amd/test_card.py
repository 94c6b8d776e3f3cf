from __future__ import annotations

import errno
import struct
from pathlib import Path

import pytest

from trackio_view.model.gpu import Absence, GpuSample
from trackio_view.sources.gpu.amd import card as amd_card
from trackio_view.sources.gpu.amd import gpus as amd
from trackio_view.sources.gpu.amd.metrics_layouts import LAYOUTS
from trackio_view.sources.gpu.rest import IDLE_SECONDS, REST_SECONDS
from trackio_view.sources.gpu.sampler import Roots, Tier

DEVICE = "sys/class/drm/card1/device"
HWMON = f"{DEVICE}/hwmon/hwmon7"
UEVENT = "DRIVER=amdgpu\nPCI_ID=1002:73BF\nPCI_SLOT_NAME=0000:03:00.0"

CARD: dict[str, object] = {
    f"{DEVICE}/uevent": UEVENT,
    f"{DEVICE}/vendor": "0x1002",
    f"{DEVICE}/gpu_busy_percent": 37,
    f"{DEVICE}/mem_busy_percent": 12,
    f"{DEVICE}/mem_info_vram_total": 16 << 30,
    f"{DEVICE}/mem_info_vram_used": 3 << 30,
    f"{DEVICE}/mem_info_gtt_total": 32 << 30,
    f"{DEVICE}/mem_info_gtt_used": 1 << 20,
    f"{HWMON}/name": "amdgpu",
    f"{HWMON}/temp1_input": 61000,
    f"{HWMON}/temp1_label": "edge",
    f"{HWMON}/temp2_input": 72000,
    f"{HWMON}/temp2_label": "junction",
    f"{HWMON}/temp3_input": 80000,
    f"{HWMON}/temp3_label": "mem",
    f"{HWMON}/power1_average": 187_500_000,
    f"{HWMON}/power1_cap": 250_000_000,
    f"{HWMON}/freq1_input": 2_400_000_000,
    f"{HWMON}/freq1_label": "sclk",
    f"{HWMON}/freq2_input": 1_000_000_000,
    f"{HWMON}/freq2_label": "mclk",
    f"{HWMON}/fan1_input": 1200,
    f"{HWMON}/pwm1": 102,
    f"{HWMON}/pwm1_max": 255,
}


def blob(version: tuple[int, int], **values: tuple[str, int, int]) -> bytes:
    """Return a table of ones with values given as (type, offset, number)."""
    data = bytearray(b"\xff" * LAYOUTS[version].size)
    struct.pack_into("<HBB", data, 0, len(data), *version)
    for code, offset, number in values.values():
        struct.pack_into("<" + code, data, offset, number)
    return bytes(data)


def only_sampler(root: Path, clock):
    found = amd.discover(Roots.captured(root), clock)
    assert found.report.found == 1
    return found.samplers[0]


def only_sample(root: Path, clock, tiers: Tier = Tier.ALL) -> GpuSample:
    sample: GpuSample = only_sampler(root, clock).sample(tiers)
    return sample


def test_a_card(write_tree, clock) -> None:
    sample = only_sample(write_tree(CARD), clock)
    assert sample.identity.key == "0000:03:00.0"
    assert (sample.identity.vendor, sample.identity.driver) == ("AMD", "amdgpu")
    assert not sample.identity.unified_memory
    assert (sample.utilization, sample.memory_bus_load) == (37.0, 12.0)
    assert (sample.memory_used, sample.memory_total) == (3 << 30, 16 << 30)
    assert list(sample.temperatures.items()) == [("gpu", 61.0), ("hotspot", 72.0), ("memory", 80.0)]
    assert (sample.power, sample.power_limit) == (187.5, 250.0)
    assert (sample.clock_graphics, sample.clock_memory) == (2400.0, 1000.0)
    assert (sample.fan_rpm, sample.fan_percent) == (1200, pytest.approx(40.0))
    assert sample.state is None
    assert sample.time == clock.now


def test_every_absent_field_has_its_reason(write_tree, clock) -> None:
    sample = only_sample(write_tree({f"{DEVICE}/vendor": "0x1002"}), clock)
    for line in amd.FIELDS:
        if line.name in ("hidden_processes", "measures"):
            continue
        if line.name == "temperatures":
            assert sample.temperatures == {}
        else:
            assert getattr(sample, line.name) is None
        assert sample.reasons[line.name] is Absence.UNSUPPORTED


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\0\0\0\0", b"101", b"-1", b"65535", b"4294967295", b"N/A", b"\xff"]
)
def test_unreadable_content_is_absent_everywhere(write_tree, clock, content: bytes) -> None:
    kept = {"uevent", "vendor", "name"}
    tree = {
        path: value if path.rpartition("/")[2] in kept or path.endswith("label") else content
        for path, value in CARD.items()
    }
    sample = only_sample(write_tree(tree), clock)
    for field in ("utilization", "memory_bus_load", "power_limit", "clock_graphics"):
        value = getattr(sample, field)
        # A hundred-and-some microwatts or hertz are odd, but numbers.
        assert value is None or value > 0
    assert sample.utilization is None
    assert sample.reasons["utilization"] is Absence.UNSUPPORTED


def test_padding_of_a_capture_is_no_content(write_tree, clock) -> None:
    tree = {path: f"{value}\n".encode().ljust(4096, b"\0") for path, value in CARD.items()}
    assert only_sample(write_tree(tree), clock).utilization == 37.0


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, Absence.DENIED),
        (errno.EPERM, Absence.DENIED),
        (errno.EBUSY, Absence.STALE),
        (errno.EINVAL, Absence.UNSUPPORTED),
    ],
)
def test_one_refused_file_costs_one_field(
    write_tree, clock, failing_reads, number: int, reason: Absence
) -> None:
    root = write_tree(CARD)
    failing_reads["gpu_busy_percent"] = number
    sample = only_sample(root, clock)
    assert sample.utilization is None
    assert sample.reasons["utilization"] is reason
    assert sample.power == 187.5
    assert sample.state is None


def test_a_card_that_refuses_all_is_denied(write_tree, clock, failing_reads) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    for path in CARD:
        if not path.endswith(("uevent", "vendor", "name", "label")):
            failing_reads[path] = errno.EACCES
    sample = sampler.sample(Tier.ALL)
    assert sample.state is Absence.DENIED
    assert sample.utilization is None


# --- Sleep and loss


def test_of_a_sleeping_card_nothing_but_its_state_is_read(write_tree, clock, opened) -> None:
    root = write_tree({**CARD, f"{DEVICE}/power/runtime_status": "suspended"})
    sampler = only_sampler(root, clock)
    discovery = [path for path in opened if path.startswith(str(root / DEVICE))]
    touching = ("uevent", "vendor", "device", "revision", "subsystem_vendor", "subsystem_device")
    assert {Path(path).name for path in discovery} <= {*touching, "runtime_status"}
    opened.clear()
    sample = sampler.sample(Tier.ALL)
    assert [Path(path).name for path in opened] == ["runtime_status"]
    assert sample.state is Absence.ASLEEP
    assert sample.identity.key == "0000:03:00.0"
    assert sample.utilization is None
    assert sample.reasons["utilization"] is Absence.ASLEEP
    assert sample.temperatures == {}


def test_a_card_that_wakes_is_read_whole(write_tree, clock) -> None:
    root = write_tree({**CARD, f"{DEVICE}/power/runtime_status": "suspended"})
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).state is Absence.ASLEEP
    write_tree(
        {f"{DEVICE}/power/runtime_status": "active", f"{DEVICE}/product_name": "Great Board"}
    )
    sample = sampler.sample(Tier.FAST)
    assert sample.state is None
    assert sample.power_limit == 250.0
    assert sample.identity.name == "AMD Great Board"
    assert sampler.identity == sample.identity


def test_a_card_that_falls_asleep_while_it_is_read(
    write_tree, clock, failing_reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    answers = iter([False, True])
    monkeypatch.setattr(
        "trackio_view.sources.gpu.card_sampler.is_asleep", lambda device: next(answers)
    )
    failing_reads["gpu_busy_percent"] = errno.EPERM
    assert sampler.sample(Tier.ALL).state is Absence.ASLEEP


IDLE = {**CARD, f"{DEVICE}/gpu_busy_percent": 0, f"{DEVICE}/power/control": "auto"}


def touched_after_idling(sampler, clock, opened: list[str], seconds: int = 60) -> list[int]:
    """Return the seconds in which more of a card was read than whether it sleeps."""
    touched = []
    for second in range(seconds):
        opened.clear()
        sampler.sample(Tier.FAST)
        if any(path.endswith("temp1_input") for path in opened):
            touched.append(second)
        clock.advance(1.0)
    return touched


def test_an_idle_card_is_left_alone_once_so_that_it_can_sleep(write_tree, clock, opened) -> None:
    sampler = only_sampler(write_tree(IDLE), clock)
    touched = touched_after_idling(sampler, clock, opened)
    assert touched == [*range(int(IDLE_SECONDS) + 1), *range(int(IDLE_SECONDS + REST_SECONDS), 60)]
    write_tree({f"{DEVICE}/power/runtime_status": "suspended"})
    assert sampler.sample(Tier.FAST).state is Absence.ASLEEP


@pytest.mark.parametrize(
    "tree",
    [
        {f"{DEVICE}/power/control": "on"},
        {f"{DEVICE}/gpu_busy_percent": 40},
        {f"{DEVICE}/drm/card1/card1-DP-1/status": "connected"},
        {
            "proc/9/fdinfo/5": "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 1",
        },
    ],
)
def test_a_card_that_works_or_cannot_sleep_is_read_on(write_tree, clock, opened, tree) -> None:
    sampler = only_sampler(write_tree({**IDLE, **tree}), clock)
    assert touched_after_idling(sampler, clock, opened) == [*range(60)]


def test_a_card_that_works_again_may_rest_again(write_tree, clock, opened) -> None:
    root = write_tree(IDLE)
    sampler = only_sampler(root, clock)
    touched_after_idling(sampler, clock, opened, 40)
    write_tree({f"{DEVICE}/gpu_busy_percent": 90})
    assert touched_after_idling(sampler, clock, opened, 3) == [0, 1, 2]
    write_tree({f"{DEVICE}/gpu_busy_percent": 0})
    assert len(touched_after_idling(sampler, clock, opened, 40)) < 40


def test_a_card_that_is_pulled_out_is_lost(write_tree, clock) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    sample = sampler.sample(Tier.FAST)
    assert sample.state is Absence.LOST
    assert (sample.utilization, sample.power) == (None, None)
    (root / "elsewhere").rename(root / "sys/class/drm/card1")
    assert sampler.sample(Tier.FAST).power_limit == 250.0


def test_a_card_keeps_its_name_when_numbers_change(write_tree, clock) -> None:
    def card(slot: str, busy: int) -> dict[str, object]:
        folder = f"sys/devices/pci0000:00/{slot}"
        return {
            f"{folder}/vendor": "0x1002",
            f"{folder}/uevent": f"DRIVER=amdgpu\nPCI_SLOT_NAME={slot}",
            f"{folder}/gpu_busy_percent": busy,
            f"{folder}/hwmon/hwmon2/name": "amdgpu",
            f"{folder}/hwmon/hwmon2/temp1_input": busy * 1000,
        }

    root = write_tree({**card("0000:03:00.0", 3), **card("0000:83:00.0", 83)})
    links = {number: root / f"sys/class/drm/card{number}/device" for number in (0, 1)}

    def number(*slots: str) -> None:
        for link, slot in zip(links.values(), slots, strict=True):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(root / "sys/devices/pci0000:00" / slot)

    number("0000:03:00.0", "0000:83:00.0")
    first, second = amd.discover(Roots.captured(root), clock).samplers
    assert [first.sample(Tier.ALL).utilization, second.sample(Tier.ALL).utilization] == [3, 83]
    number("0000:83:00.0", "0000:03:00.0")
    samples = [first.sample(Tier.FAST), second.sample(Tier.FAST)]
    assert [sample.utilization for sample in samples] == [3, 83]
    assert [sample.temperature for sample in samples] == [3, 83]
    links[0].unlink()
    assert second.sample(Tier.FAST).state is Absence.LOST
    assert first.sample(Tier.FAST).utilization == 3


# --- Tiers and cost


def test_slower_tiers_are_carried(write_tree, clock) -> None:
    root = write_tree(CARD)
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    write_tree({f"{HWMON}/power1_cap": 200_000_000, f"{DEVICE}/gpu_busy_percent": 50})
    sample = sampler.sample(Tier.FAST)
    assert (sample.utilization, sample.power_limit) == (50.0, 250.0)
    assert sampler.sample(Tier.SLOW).power_limit == 200.0


def test_a_fast_reading_is_a_dozen_files_and_never_the_slow_one(write_tree, clock, opened) -> None:
    root = write_tree({**CARD, f"{DEVICE}/pcie_bw": "1 2 256", f"{DEVICE}/gpu_metrics": b"?"})
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    assert not any(path.endswith("pcie_bw") for path in opened)
    opened.clear()
    sampler.sample(Tier.FAST)
    assert len(opened) <= 14


# --- Memory


def test_the_pool_of_a_processor_is_the_machines_memory(write_tree, clock) -> None:
    tree = {**CARD, f"{HWMON}/in1_input": 700, f"{HWMON}/in1_label": "vddnb"}
    sample = only_sample(write_tree(tree), clock)
    assert sample.identity.unified_memory
    assert (sample.memory_used, sample.memory_total) == (1 << 20, 32 << 30)


def test_a_piece_set_apart_that_is_larger_is_the_pool(write_tree, clock) -> None:
    tree = {**CARD, f"{HWMON}/in1_input": 700, f"{HWMON}/in1_label": "vddnb"}
    tree[f"{DEVICE}/mem_info_vram_total"] = 96 << 30
    sample = only_sample(write_tree(tree), clock)
    assert (sample.memory_used, sample.memory_total) == (3 << 30, 96 << 30)


def test_a_processor_is_known_by_its_table_too(write_tree, clock) -> None:
    tree = {**CARD, f"{DEVICE}/gpu_metrics": blob((3, 0), load=("H", 42, 8800))}
    sample = only_sample(write_tree(tree), clock)
    assert sample.identity.unified_memory
    assert sample.utilization == 37.0
    assert sample.pcie_generation is None


def test_a_processor_is_known_by_what_it_lacks(write_tree, clock) -> None:
    tree: dict[str, object] = {
        f"{DEVICE}/uevent": UEVENT,
        f"{DEVICE}/gpu_busy_percent": 5,
        f"{DEVICE}/mem_info_vram_total": 512 << 20,
        f"{DEVICE}/mem_info_vram_used": 492 << 20,
        f"{DEVICE}/mem_info_gtt_total": 31 << 30,
        f"{DEVICE}/mem_info_gtt_used": 1 << 30,
        f"{HWMON}/name": "amdgpu",
        f"{HWMON}/temp1_input": 50000,
        f"{HWMON}/power1_input": 9_000_000,
    }
    sample = only_sample(write_tree(tree), clock)
    assert sample.identity.unified_memory
    assert (sample.memory_used, sample.memory_total) == (1 << 30, 31 << 30)
    write_tree({f"{HWMON}/fan1_input": 0})
    assert not only_sample(write_tree({}), clock).identity.unified_memory


def test_channels_without_labels_are_known_by_number(write_tree, clock) -> None:
    tree = {path: value for path, value in CARD.items() if not path.endswith("label")}
    sample = only_sample(write_tree(tree), clock)
    assert list(sample.temperatures) == ["gpu", "hotspot", "memory"]
    assert (sample.clock_graphics, sample.clock_memory) == (2400.0, 1000.0)
    assert sample.clock_soc is None


def test_more_used_than_there_is_is_no_number(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/mem_info_vram_used": 17 << 30}), clock)
    assert (sample.memory_used, sample.memory_total) == (None, 16 << 30)


def test_no_memory_is_not_zero_memory(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/mem_info_vram_total": 0}), clock)
    assert (sample.memory_used, sample.memory_total) == (None, None)


# --- The table as a complement


def test_the_table_fills_what_files_lack(write_tree, clock) -> None:
    tree: dict[str, object] = {
        f"{DEVICE}/uevent": UEVENT,
        f"{DEVICE}/gpu_metrics": blob(
            (1, 3),
            temperature=("H", 4, 55),
            load=("H", 16, 81),
            memory_load=("H", 18, 44),
            power=("H", 22, 199),
            clock=("H", 54, 1999),
            width=("H", 74, 8),
            speed=("H", 76, 80),
            throttle=("Q", 112, 1 << 16),
        ),
    }
    sample = only_sample(write_tree(tree), clock)
    assert (sample.utilization, sample.memory_bus_load) == (81.0, 44.0)
    assert (sample.power, sample.clock_graphics) == (199.0, 1999.0)
    assert dict(sample.temperatures) == {"gpu": 55.0}
    assert (sample.pcie_generation, sample.pcie_width) == (3, 8)
    assert sample.throttle_reasons == ("current limit",)


def test_what_the_firmware_counts_is_exact_for_the_interval(write_tree, clock) -> None:
    def metrics(work: int, steps: int) -> dict[str, object]:
        counters = {"work": ("I", 68, work), "steps": ("I", 32, steps)}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **counters)}

    root = write_tree({**CARD, **metrics((1 << 32) - 20_000, (1 << 32) - 500)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.FAST)
    assert first.kernels is None
    assert "kernels" not in first.reasons
    # 1,000 steps with 43 percent of work each; both counts begin anew in between.
    write_tree(metrics(23_000, 500))
    assert sampler.sample(Tier.FAST).kernels == 43.0
    assert sampler.sample(Tier.FAST).kernels is None
    assert only_sample(write_tree(CARD), clock).sm_busy is None


def test_the_time_that_a_card_was_held_back_by_cause(write_tree, clock) -> None:
    def metrics(steps: int, power: int, chip: int, memory: int) -> dict[str, object]:
        counts = {"steps": steps, "hot": 5, "power": power, "chip": chip, "vr": 0, "hbm": memory}
        places = dict(zip(counts, range(32, 56, 4), strict=True))
        table = {name: ("I", places[name], count) for name, count in counts.items()}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **table), f"{DEVICE}/pcie_replay_count": 3}

    root = write_tree({**CARD, **metrics(100, 10, 0, 0)})
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).throttled_power is None
    write_tree(metrics(1100, 320, 50, 200))
    sample = sampler.sample(Tier.ALL)
    assert (sample.throttled_power, sample.throttled_heat) == (31.0, 20.0)
    assert (sample.throttled_hardware_heat, sample.pcie_replays) == (0.0, 3)


def test_energy_of_an_older_card_is_counted_while_it_is_watched(write_tree, clock) -> None:
    def metrics(count: int) -> dict[str, object]:
        return {f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, count))}

    counts = [(1 << 32) - (3 << 16), 2 << 16, 7 << 16]
    root = write_tree({**CARD, **metrics(counts[0])})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.energy is None
    assert "energy" not in first.reasons
    energies = []
    for count in counts[1:]:
        write_tree(metrics(count))
        sample = sampler.sample(Tier.ALL)
        energies.append((sample.energy, sample.measures["energy"]))
    assert energies == [(5.0, "since the watch began"), (10.0, "since the watch began")]


def test_energy_beyond_32_bits_and_of_newer_cards_is_all_of_it(write_tree, clock) -> None:
    wide = {**CARD, f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, 70_000 << 16))}
    sample = only_sample(write_tree(wide), clock)
    assert (sample.energy, dict(sample.measures)) == (70_000.0, {})


def test_a_memory_sensor_at_exactly_0_is_none(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/temp3_input": 0}), clock)
    assert list(sample.temperatures) == ["gpu", "hotspot"]


@pytest.mark.parametrize(("fastest", "percent"), [({f"{HWMON}/fan1_max": 2400}, 50.0), ({}, None)])
def test_a_fan_that_the_firmware_drives_is_told_by_its_speed(
    write_tree, clock, fastest: dict[str, object], percent: float | None
) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/pwm1": 0, **fastest}), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (1200, percent)


@pytest.mark.parametrize(
    ("load", "celsius", "told"),
    [
        (0, 54_000, ("power limit",)),
        (0, 96_000, ("power limit", "hotspot temperature")),
        (80, 54_000, ("power limit", "hotspot temperature")),
    ],
)
def test_heat_is_no_reason_without_heat_and_without_work(
    write_tree, clock, load: int, celsius: int, told: tuple[str, ...]
) -> None:
    # As a Radeon RX 7600S was: the firmware told of a hot spot at 54 °C and 0 MHz.
    tree = {
        **CARD,
        f"{DEVICE}/gpu_busy_percent": load,
        f"{HWMON}/temp2_input": celsius,
        f"{HWMON}/temp2_crit": 110_000,
        f"{DEVICE}/gpu_metrics": blob((1, 3), throttle=("Q", 112, 1 << 36 | 1)),
    }
    assert only_sample(write_tree(tree), clock).throttle_reasons == told


def test_sensors_that_only_the_table_has_come_behind_those_of_the_driver(write_tree, clock) -> None:
    table = blob((1, 3), edge=("H", 4, 99), regulator=("H", 22 - 10, 64), nowhere=("H", 14, 0))
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/gpu_metrics": table}), clock)
    assert list(sample.temperatures.items()) == [
        ("gpu", 61.0),
        ("hotspot", 72.0),
        ("memory", 80.0),
        ("VR SoC", 64.0),
    ]


def test_the_load_is_the_files_while_the_file_is_there(write_tree, clock) -> None:
    tree = {
        **CARD,
        f"{DEVICE}/gpu_busy_percent": b"",
        f"{DEVICE}/gpu_metrics": blob((1, 3), load=("H", 16, 81)),
    }
    assert only_sample(write_tree(tree), clock).utilization is None


@pytest.mark.parametrize(
    "content", [b"", b"\1", struct.pack("<HBB", 120, 1, 77) + bytes(116), b"junk" * 40]
)
def test_an_unreadable_table_leaves_the_files(write_tree, clock, content: bytes) -> None:
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/gpu_metrics": content}), clock)
    assert (sample.utilization, sample.power) == (37.0, 187.5)
    assert sample.energy is None
    assert sample.throttle_reasons is None


def test_throttling_that_is_counted_shows_while_it_grows(write_tree, clock) -> None:
    def metrics(power: int) -> dict[str, object]:
        counters = {"a": ("I", 36, 5), "b": ("I", 40, power), "c": ("I", 48, 9)}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **counters)}

    root = write_tree({**CARD, **metrics(100)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.throttle_reasons is None
    assert "throttle_reasons" not in first.reasons
    assert sampler.sample(Tier.ALL).throttle_reasons == ()
    write_tree(metrics(101))
    assert sampler.sample(Tier.ALL).throttle_reasons == ("power limit",)


# --- Clocks, fan, link


@pytest.mark.parametrize(
    ("text", "megahertz"),
    [
        ("0: 500Mhz\n1: 800MHz *\n2: 2000Mhz", 800.0),
        ("0: 400Mhz\n1: 687Mhz *\n2: 687Mhz *", 687.0),
        ("S: 19Mhz *\n0: 500Mhz\n1: 2000Mhz", 19.0),
        ("S: 500Mhz\n0: 500Mhz *", 500.0),
        ("0: 0Mhz *", 0.0),
        ("0: 300Mhz *\n1: 600Mhz *", None),
        ("0: 300Mhz\n1: 600Mhz", None),
        ("", None),
        ("garbage *", None),
    ],
)
def test_the_marked_level_is_the_clock_of_last_resort(
    write_tree, clock, text: str, megahertz: float | None
) -> None:
    sample = only_sample(
        write_tree({f"{DEVICE}/uevent": UEVENT, f"{DEVICE}/pp_dpm_mclk": text}), clock
    )
    assert sample.clock_memory == megahertz


def test_a_measured_clock_wins_over_the_marked_level(write_tree, clock) -> None:
    tree = {**CARD, f"{DEVICE}/pp_dpm_sclk": "0: 852Mhz *", f"{HWMON}/freq1_input": 26_000_000}
    assert only_sample(write_tree(tree), clock).clock_graphics == 26.0


def test_power_falls_back_from_the_average_to_the_moment(write_tree, clock) -> None:
    tree = {**CARD, f"{HWMON}/power1_input": 190_000_000}
    assert only_sample(write_tree(tree), clock).power == 187.5
    write_tree({f"{HWMON}/power1_average": ""})
    assert only_sample(write_tree({}), clock).power == 190.0


def test_sensors_are_known_by_label(write_tree, clock) -> None:
    root = write_tree(
        {
            f"{DEVICE}/uevent": UEVENT,
            f"{DEVICE}/hwmon/hwmon2/name": "other",
            f"{DEVICE}/hwmon/hwmon2/temp1_input": 1000,
            f"{HWMON}/name": "amdgpu",
            f"{HWMON}/temp1_input": 44000,
            f"{HWMON}/temp1_label": "mem",
            f"{HWMON}/temp2_input": 51000,
            f"{HWMON}/temp2_label": "junction",
            f"{HWMON}/temp3_input": -273150,
            f"{HWMON}/temp3_label": "edge",
        }
    )
    sample = only_sample(root, clock)
    assert list(sample.temperatures.items()) == [("hotspot", 51.0), ("memory", 44.0)]
    assert sample.temperature == 51.0


def test_a_fan_that_stands_still_is_not_driven(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/fan1_input": 0}), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (0, 0.0)


def test_a_link_level_by_its_mark() -> None:
    text = "0: 2.5GT/s, x1 310Mhz \n1: 16.0GT/s, x8 619Mhz *\n2: 16.0GT/s, x16 619Mhz"
    link = amd_card.pcie_levels(text)
    assert link is not None
    assert (link.generation, link.width, link.generation_max, link.width_max) == (4, 8, 4, 16)
    two_marks = amd_card.pcie_levels("0: 8.0GT/s, x8 *\n1: 16.0GT/s, x8 *")
    assert two_marks is not None
    assert (two_marks.generation, two_marks.generation_max) == (None, 4)
    assert amd_card.pcie_levels("") is None


def test_the_link_is_not_that_to_the_switch_on_the_card(write_tree, clock) -> None:
    upstream = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
    device = f"{upstream}/0000:02:00.0/0000:03:00.0"
    root = write_tree(
        {
            f"{device}/uevent": UEVENT,
            f"{device}/vendor": "0x1002",
            f"{device}/current_link_speed": "16.0 GT/s PCIe",
            f"{device}/current_link_width": 16,
            f"{upstream}/0000:02:00.0/class": "0x060400",
            f"{upstream}/0000:02:00.0/vendor": "0x1002",
            f"{upstream}/class": "0x060400",
            f"{upstream}/vendor": "0x1002",
            f"{upstream}/current_link_speed": "8.0 GT/s PCIe",
            f"{upstream}/current_link_width": 4,
            f"{upstream}/max_link_speed": "16.0 GT/s PCIe",
            f"{upstream}/max_link_width": 16,
        }
    )
    (root / "sys/class/drm/card0").mkdir(parents=True)
    (root / "sys/class/drm/card0/device").symlink_to(root / device)
    sample = only_sample(root, clock)
    assert (sample.pcie_generation, sample.pcie_width) == (3, 4)
    assert (sample.pcie_generation_max, sample.pcie_width_max) == (4, 16)


# --- Errors and partitions


def test_memory_errors_of_all_blocks(write_tree, clock) -> None:
    root = write_tree(
        {
            **CARD,
            f"{DEVICE}/ras/umc_err_count": "ue: 1\nce: 20\nde: 5",
            f"{DEVICE}/ras/gfx_err_count": "ue: 2\nce: 3",
            f"{DEVICE}/ras/sdma_err_count": "",
            f"{DEVICE}/ras/features": "feature mask: 0x1",
        }
    )
    sample = only_sample(root, clock)
    assert (sample.ecc_corrected, sample.ecc_uncorrected) == (23, 3)


def test_partitions_belong_to_their_parent(write_tree, clock) -> None:
    def node(number: int, card: int, busy: int) -> dict[str, object]:
        values = struct.pack("<Q", 10 << 24 | 4 << 20 | 40 << 10 | 1) + struct.pack("<I", busy)
        table = struct.pack("<HBBi", 8 + len(values), 1, 1, 1) + values
        folder = f"sys/devices/platform/amdgpu_xcp.{number}"
        return {
            f"{folder}/drm/renderD{128 + card}/dev": "226:1",
            f"{folder}/uevent": "MODALIAS=platform:amdgpu_xcp",
            f"{folder}/xcp/xcp_metrics": table,
        }

    def compute(number: int, location: int, minor: int) -> dict[str, object]:
        folder = f"sys/class/kfd/kfd/topology/nodes/{number}"
        return {
            f"{folder}/gpu_id": 1000 + number,
            f"{folder}/properties": f"location_id {location}\ndomain 0\ndrm_render_minor {minor}",
        }

    other = "sys/class/drm/card5/device"
    root = write_tree(
        {
            **CARD,
            f"{DEVICE}/current_compute_partition": "DPX",
            f"{DEVICE}/current_memory_partition": "NPS1",
            f"{other}/uevent": "DRIVER=amdgpu\nPCI_ID=1002:74A1\nPCI_SLOT_NAME=0000:83:00.0",
            f"{other}/current_compute_partition": "SPX",
            **node(0, 2, 64),
            **compute(1, 0x0300, 128),
            **compute(2, 0x1000_0300, 130),
            **compute(3, 0x8300, 131),
        }
    )
    for card in (2,):
        (root / f"sys/class/drm/card{card}").mkdir()
        (root / f"sys/class/drm/card{card}/device").symlink_to(
            root / "sys/devices/platform/amdgpu_xcp.0"
        )
    found = amd.discover(Roots.captured(root), clock)
    assert [sampler.identity.key for sampler in found.samplers] == ["0000:03:00.0", "0000:83:00.0"]
    parent, whole = (sampler.sample(Tier.ALL) for sampler in found.samplers)
    assert parent.partitions == ("DPX/NPS1 partition 0", "DPX/NPS1 partition 1: 64 %")
    assert whole.partitions == ()
    # The mode is changed while we watch.
    (root / "sys/class/drm/card2/device").unlink()
    write_tree({f"{DEVICE}/current_compute_partition": "SPX"})
    assert found.samplers[0].sample(Tier.SLOW).partitions == ()


def test_partitions_of_the_table(write_tree, clock) -> None:
    table = blob((1, 7), count=("H", 338, 2), first=("I", 344, 100), second=("I", 576, 7))
    tree = {
        **CARD,
        f"{DEVICE}/current_compute_partition": "DPX",
        f"{DEVICE}/gpu_metrics": table,
    }
    assert only_sample(write_tree(tree), clock).partitions == (
        "DPX partition 0: 100 %",
        "DPX partition 1: 7 %",
    )


# --- Processes


def test_processes_of_both_drivers_are_joined(write_tree, clock) -> None:
    client = (
        "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 1\n"
        "drm-engine-gfx: {busy} ns\ndrm-engine-compute: 0 ns\ndrm-memory-vram: 2048 KiB"
    )
    root = write_tree(
        {
            **CARD,
            "proc/10/fdinfo/4": client.format(busy=0),
            "proc/10/comm": "train",
            "proc/20/fdinfo/4": client.format(busy=50).replace("id: 1", "id: 2"),
            "sys/class/kfd/kfd/topology/nodes/1/gpu_id": 35218,
            "sys/class/kfd/kfd/topology/nodes/1/properties": "location_id 768\ndomain 0",
            "sys/class/kfd/kfd/topology/nodes/2/gpu_id": 7,
            "sys/class/kfd/kfd/topology/nodes/2/properties": "location_id 1024\ndomain 0",
            "sys/class/kfd/kfd/proc/10/vram_35218": 8 << 30,
            "sys/class/kfd/kfd/proc/10/vram_7": 64 << 30,
            "sys/class/kfd/kfd/proc/30/vram_35218": 1 << 30,
            "sys/class/kfd/kfd/proc/40/vram_35218": 0,
        }
    )
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    write_tree({"proc/20/fdinfo/4": client.format(busy=250_000_050).replace("id: 1", "id: 2")})
    processes = sampler.sample(Tier.ALL).processes
    assert processes is not None
    assert [(p.pid, p.kind, p.memory) for p in processes] == [
        (10, "compute", 8 << 30),
        (20, "graphics", 2 << 20),
        (30, "compute", 1 << 30),
    ]
    # Compute work goes uncounted, so its 0 is not a load; the graphics client's is.
    assert [p.load for p in processes] == [None, pytest.approx(25.0), None]
    assert processes[0].command == "[train]"


CLIENT = (
    "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: {number}\n"
    "drm-engine-gfx: {gfx} ns\ndrm-engine-enc: {enc} ns\ndrm-memory-vram: 2048 KiB"
)
WITHOUT_LOAD = {name: text for name, text in CARD.items() if "gpu_busy_percent" not in name}


def test_a_card_that_tells_no_load_has_that_of_the_visible_processes(write_tree, clock) -> None:
    def clients(gfx: int, enc: int = 0) -> dict[str, object]:
        return {
            "proc/10/fdinfo/4": CLIENT.format(number=1, gfx=gfx, enc=enc),
            "proc/20/fdinfo/4": CLIENT.format(number=2, gfx=gfx, enc=enc),
        }

    root = write_tree({**WITHOUT_LOAD, **clients(0)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.utilization is None
    assert "utilization" not in first.reasons, "the second reading tells it"
    clock.advance(1.0)
    write_tree(clients(200_000_000, enc=900_000_000))
    sample = sampler.sample(Tier.ALL)
    assert sample.utilization == pytest.approx(40.0), "video engines are told as such"
    assert sample.measures == {"utilization": "visible processes"}
    clock.advance(1.0)
    write_tree({f"{DEVICE}/gpu_busy_percent": 55, **clients(300_000_000)})
    sample = sampler.sample(Tier.ALL)
    assert (sample.utilization, sample.measures) == (55.0, {})


def test_an_early_kernels_percentages_are_the_load_of_such_a_card(write_tree, clock) -> None:
    early = "pdev:\t0000:03:00.0\npasid:\t{0}\nvram mem:\t2048 kB\ngfx0:\t{1}%\n"
    tree = {"proc/10/fdinfo/4": early.format(1, "30.5"), "proc/20/fdinfo/4": early.format(2, "5.0")}
    sample = only_sample(write_tree({**WITHOUT_LOAD, **tree}), clock)
    assert sample.utilization == pytest.approx(35.05)
    assert sample.measures == {"utilization": "visible processes"}


def test_no_process_and_compute_work_that_nobody_counts_are_no_load_of_zero(
    write_tree, clock
) -> None:
    sample = only_sample(write_tree(WITHOUT_LOAD), clock)
    assert (sample.utilization, sample.measures) == (None, {})
    root = write_tree(
        {
            "proc/10/fdinfo/4": CLIENT.format(number=1, gfx=7, enc=0),
            "sys/class/kfd/kfd/topology/nodes/1/gpu_id": 35218,
            "sys/class/kfd/kfd/topology/nodes/1/properties": "location_id 768\ndomain 0",
            "sys/class/kfd/kfd/proc/10/vram_35218": 8 << 30,
        }
    )
    clock.advance(1.0)
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    sample = sampler.sample(Tier.ALL)
    assert sample.utilization is None
    assert sample.reasons["utilization"] is Absence.UNSUPPORTED
    assert sample.measures == {}


# --- Discovery


def test_an_old_radeon_card_has_its_temperature_and_no_made_up_zero(write_tree, clock) -> None:
    root = write_tree(
        {
            f"{DEVICE}/uevent": "DRIVER=radeon\nPCI_ID=1002:6818\nPCI_SLOT_NAME=0000:01:00.0",
            f"{HWMON}/name": "radeon",
            f"{HWMON}/temp1_input": 43000,
            f"{DEVICE}/power_dpm_state": "performance",
        }
    )
    sample = only_sample(root, clock)
    assert sample.identity.driver == "radeon"
    assert dict(sample.temperatures) == {"gpu": 43.0}
    for field in ("utilization", "power", "memory_used", "memory_total", "fan_rpm", "decoder"):
        assert getattr(sample, field) is None
        assert sample.reasons[field] is Absence.UNSUPPORTED


# --- Captures


@pytest.fixture
def captured(captures: Path, clock):
    def sample(name: str) -> GpuSample:
        return only_sample(captures / "gpu" / "amd" / name, clock)

    return sample


def test_captured_processors(captured) -> None:
    phoenix = captured("phoenix")
    assert phoenix.identity.key == "0000:64:00.0"
    assert phoenix.identity.unified_memory
    assert phoenix.utilization == 0.0
    assert (phoenix.memory_used, phoenix.memory_total) == (211_398_656, 31_433_977_856)
    assert (phoenix.power, phoenix.power_limit) == (3.103, None)
    assert phoenix.measures == {"power": "with the processor"}
    assert phoenix.pcie_width is None
    vangogh = captured("vangogh")
    assert (vangogh.power, vangogh.power_limit) == (3.218, 15.0)
    assert (vangogh.clock_graphics, vangogh.clock_memory) == (200.0, 687.0)
    assert vangogh.identity.unified_memory
    assert (vangogh.fan_rpm, vangogh.memory_total) == (None, None)


def test_captured_cards(captured) -> None:
    mobile = captured("rx7600s")
    assert (mobile.clock_graphics, mobile.clock_memory) == (0.0, 96.0)
    assert (mobile.fan_rpm, mobile.fan_percent) == (0, 0.0)
    assert (mobile.pcie_generation, mobile.pcie_width) == (4, 8)
    assert mobile.energy is None
    padded = captured("rx6900xt")
    assert (padded.utilization, padded.memory_bus_load) == (3.0, 0.0)
    assert (padded.memory_used, padded.memory_total) == (668_274_688, 17_163_091_968)
    assert padded.clock_fabric == 1302.0
    plain = captured("rx5700xt")
    assert (plain.clock_graphics, plain.clock_memory) == (10.0, 875.0)
    assert (plain.pcie_generation, plain.pcie_width) == (3, 16)
    assert list(plain.temperatures) == ["gpu", "hotspot", "memory"]
    assert (plain.memory_used, plain.throttle_reasons) == (None, None)


@pytest.mark.parametrize("digits", ["9" * 5000, "٣" * 30])
def test_numbers_too_long_for_any_driver_are_passed_over(write_tree, clock, digits: str) -> None:
    odd = {
        f"{DEVICE}/ras/umc_err_count": f"ue: {digits}\nce: {digits}",
        f"{DEVICE}/pp_dpm_pcie": f"0: 8.0GT/s, x{digits} 619Mhz *",
    }
    sample = only_sample(write_tree({**CARD, **odd}), clock)
    assert sample.utilization == 37.0
    assert sample.pcie_width is None
