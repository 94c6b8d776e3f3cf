"""Random trees of the kernel's files about GPUs, as a faulty driver might show them."""

from __future__ import annotations

from pathlib import Path
from random import Random

from scripts.fuzzing import values

_VENDORS = (("0x1002", "amdgpu"), ("0x8086", "xe"), ("0x8086", "i915"), ("0x10de", "nvidia"))
_DEVICE_FILES = (
    *("gpu_busy_percent", "mem_busy_percent", "mem_info_vram_total", "mem_info_vram_used"),
    *("mem_info_gtt_total", "mem_info_gtt_used", "pp_dpm_sclk", "pp_dpm_mclk", "pp_dpm_pcie"),
    *("current_link_speed", "current_link_width", "max_link_speed", "max_link_width", "unique_id"),
    *("product_name", "power_dpm_force_performance_level", "power/runtime_status", "vendor"),
    *("pp_power_profile_mode", "ras/features", "current_compute_partition", "gpu_metrics"),
    *("tile0/gt0/freq0/act_freq", "tile0/gt0/freq0/max_freq", "tile0/gt0/gtidle/idle_residency_ms"),
    *("tile0/gt0/freq0/throttle/status", "tile0/gt0/gtidle/name", "load", "mem_info_vis_vram_used"),
)
_CARD_FILES = ("gt/gt0/rps_act_freq_mhz", "gt/gt0/rc6_residency_ms", "gt_max_freq_mhz", "dev")
_HWMON_FILES = (
    *("temp1_input", "temp1_label", "temp2_input", "temp2_label", "temp1_crit", "power1_average"),
    *("power1_cap", "power1_input", "energy1_input", "freq1_input", "freq1_label", "fan1_input"),
    *("fan1_max", "pwm1", "pwm1_max", "in0_input", "power1_max", "fan1_enable"),
)
_CONTENTS = (
    *("0", "1", "37", "100", "101", "-1", "65535", "4294967295", "18446744073709551615", "", "N/A"),
    *("0: 500Mhz\n1: 1200Mhz *\n", "0: 500Mhz *", "16.0 GT/s PCIe", "Unknown", "active", "D3cold"),
    *("edge", "junction", "mem", "sclk", "1e999", "nan", "0x", "61000", "250000000", "SPX", "auto"),
    "9" * 5000,
)


def write_sysroot(random: Random, root: Path) -> None:
    """Write a machine of up to three GPUs and a few processes below `root`."""
    for number in range(random.randrange(4)):
        vendor, driver = random.choice(_VENDORS)
        address = f"0000:{number + 3:02x}:00.0"
        device = root / f"sys/devices/pci0000:00/{address}"
        _write(random, device / "vendor", vendor, 0.95)
        uevent = (
            f"DRIVER={driver}\nPCI_CLASS=30000\nPCI_ID={vendor[2:]}:744C\nPCI_SLOT_NAME={address}"
        )
        _write(random, device / "uevent", uevent, 0.9)
        for name in random.sample(_DEVICE_FILES, random.randrange(len(_DEVICE_FILES))):
            content = _metrics(random) if name == "gpu_metrics" else None
            _write(random, device / name, content, 0.8)
        for name in random.sample(_HWMON_FILES, random.randrange(len(_HWMON_FILES))):
            _write(random, device / "hwmon/hwmon0" / name, None, 0.9)
        _write(random, device / "hwmon/hwmon0/name", driver, 0.9)
        card = root / f"sys/class/drm/card{number}"
        for name in random.sample(_CARD_FILES, random.randrange(len(_CARD_FILES))):
            _write(random, card / name, None, 0.9)
        card.mkdir(parents=True, exist_ok=True)
        if random.random() < 0.95:
            (card / "device").symlink_to(device)
            (device / f"drm/card{number}").mkdir(parents=True, exist_ok=True)
            (device / f"drm/renderD{128 + number}").mkdir(parents=True, exist_ok=True)
    for number in range(random.randrange(4)):
        _write_process(random, root / "proc" / str(100 + number))


def _write(random: Random, path: Path, content: str | bytes | None, usual: float) -> None:
    """Write a file, or sometimes a folder, a loop or nothing in its place."""
    if path.exists() or path.is_symlink():
        return
    if random.random() > usual + (1 - usual) * 0.5:
        content = random.choice((None, values.text(random, 30)))
    if content is None:
        content = random.choice(_CONTENTS)
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = random.random()
    if kind < 0.01:
        path.mkdir()
    elif kind < 0.02:
        path.symlink_to(path)
    else:
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        path.write_bytes(data + (b"\n" if random.random() < 0.9 else b""))


def _metrics(random: Random) -> bytes:
    """Return a `gpu_metrics` table: its length, its version, and random bytes."""
    length = random.choice((0, 4, 64, 96, 120, 264, 300, 2000))
    header = length.to_bytes(2, "little") + bytes((random.choice((1, 2, 3)), random.randrange(12)))
    body = random.randbytes(length) if random.random() < 0.7 else b"\xff" * length
    return values.garbled(random, header + body, 2)


def _write_process(random: Random, folder: Path) -> None:
    name = values.text(random, 4).replace("\0", "")
    _write(random, folder / "stat", f"{folder.name} ({name}) S {' 0' * 40}", 0.9)
    _write(random, folder / "cmdline", f"python\0{name}\0", 0.9)
    _write(random, folder / "status", f"Name:\t{name}\nUid:\t0\t0\t0\t0\n", 0.9)
    for number in range(random.randrange(3)):
        amounts = "".join(
            f"{key}:\t{random.choice(_CONTENTS)}{random.choice((' ns', ' KiB', '', ' x'))}\n"
            for key in ("drm-engine-gfx", "drm-memory-vram", "drm-total-vram0", "drm-cycles-rcs")
        )
        driver = random.choice(("amdgpu", "xe", "i915", "x"))
        head = f"drm-driver:\t{driver}\ndrm-pdev:\t0000:03:00.0\ndrm-client-id:\t{number}\n"
        _write(random, folder / f"fdinfo/{number}", head + amounts, 0.9)
