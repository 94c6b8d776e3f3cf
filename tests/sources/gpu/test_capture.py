"""The script that captures a machine, on a machine that the test writes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackio_view.model.gpu import Absence, GpuSample
from trackio_view.sources.gpu import jetson
from trackio_view.sources.gpu.amd import gpus as amd
from trackio_view.sources.gpu.intel import gpus as intel
from trackio_view.sources.gpu.nvidia import gpus as nvidia
from trackio_view.sources.gpu.sampler import Roots, Tier

SCRIPT = Path(__file__).parents[3] / "scripts" / "capture_gpus"
BUS = "sys/devices/pci0000:00"
CARD = f"{BUS}/0000:00:01.0/0000:01:00.0/0000:02:00.0/0000:03:00.0"
SLEEPER = f"{BUS}/0000:00:02.0/0000:83:00.0"
PARTITION = "sys/devices/platform/amdgpu_xcp.0"
LAPTOP = "sys/bus/pci/devices/0000:05:00.0"


def bridge(folder: str, vendor: str, width: int) -> dict[str, object]:
    return {
        f"{folder}/class": "0x060400",
        f"{folder}/vendor": vendor,
        f"{folder}/current_link_speed": "16.0 GT/s PCIe",
        f"{folder}/current_link_width": width,
    }


MACHINE: dict[str, object] = {
    **bridge(f"{BUS}/0000:00:01.0", "0x1022", 16),
    **bridge(f"{BUS}/0000:00:01.0/0000:01:00.0", "0x1002", 8),
    **bridge(f"{BUS}/0000:00:01.0/0000:01:00.0/0000:02:00.0", "0x1002", 16),
    f"{CARD}/uevent": "DRIVER=amdgpu\nPCI_ID=1002:74A1\nPCI_SLOT_NAME=0000:03:00.0",
    f"{CARD}/vendor": "0x1002",
    f"{CARD}/gpu_busy_percent": 37,
    f"{CARD}/pcie_bw": "1 2 256",
    f"{CARD}/current_compute_partition": "DPX",
    f"{CARD}/drm/renderD128/dev": "226:128",
    f"{CARD}/hwmon/hwmon3/name": "amdgpu",
    f"{CARD}/hwmon/hwmon3/temp1_input": 61000,
    f"{PARTITION}/uevent": "MODALIAS=platform:amdgpu_xcp",
    f"{PARTITION}/drm/renderD129/dev": "226:129",
    f"{SLEEPER}/uevent": "DRIVER=xe\nPCI_ID=8086:E20B\nPCI_SLOT_NAME=0000:83:00.0",
    f"{SLEEPER}/vendor": "0x8086",
    f"{SLEEPER}/power/runtime_status": "suspended",
    f"{SLEEPER}/tile0/gt0/freq0/act_freq": 400,
    f"{LAPTOP}/vendor": "0x10de",
    f"{LAPTOP}/class": "0x030200",
    f"{LAPTOP}/power/runtime_status": "suspended",
    "sys/class/drm/card0/device": Path(f"../../../../{CARD}"),
    "sys/class/drm/card1/device": Path(f"../../../../{PARTITION}"),
    "sys/class/drm/card2/device": Path(f"../../../../{SLEEPER}"),
    "sys/class/drm/renderD130/device": Path(f"../../../../{SLEEPER}"),
    "sys/class/drm/card0-DP-1/status": "connected",
    "sys/class/kfd/kfd/proc/9/vram_1": 5,
    "sys/class/kfd/kfd/proc/9/sdma_1": 5,
    "sys/class/devfreq/17000000.gpu/cur_freq": 1_300_000_000,
    "sys/class/devfreq/17000000.gpu/device/load": 437,
    "sys/class/devfreq/17000000.gpu/device/of_node/name": "gpu",
    "sys/class/thermal/thermal_zone0/type": "gpu-thermal",
    "sys/class/thermal/thermal_zone0/temp": 47_000,
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon4/in1_label": "VDD_GPU_SOC",
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon4/in1_input": 19_000,
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon4/curr1_input": 500,
    "sys/class/hwmon/hwmon5/name": "pwmfan",
    "sys/class/hwmon/hwmon5/pwm1": 51,
    "proc/device-tree/compatible": b"nvidia,p3737\0nvidia,tegra234\0",
    "proc/device-tree/model": b"NVIDIA Jetson AGX Orin\0",
    "proc/meminfo": "MemTotal:       65536 kB\nMemAvailable:   16384 kB",
    "proc/9/comm": "python",
    "proc/9/cmdline": b"python\0train.py\0",
    "proc/9/fd/5": Path("/dev/dri/renderD128"),
    "proc/9/fdinfo/5": "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 4\n"
    "drm-resident-vram: 9 MiB",
    "proc/9/fd/6": Path("/dev/dri/renderD130"),
    "proc/9/fdinfo/6": "drm-driver: xe\ndrm-pdev: 0000:83:00.0\ndrm-client-id: 5",
    "proc/9/fd/7": Path("/home/someone/secret"),
    "proc/9/fdinfo/7": "pos: 0",
}


def readings(root: Path, clock) -> Iterator[GpuSample]:
    for vendor in (nvidia, jetson, amd, intel):
        for sampler in vendor.discover(Roots.captured(root), clock).samplers:
            sampler.sample(Tier.ALL)
            yield sampler.sample(Tier.ALL)


def test_a_capture_reads_as_its_machine(write_tree, clock, tmp_path: Path) -> None:
    if shutil.which("timeout") is None:
        pytest.skip("no coreutils")
    machine, target = write_tree(MACHINE), tmp_path / "capture"
    finished = subprocess.run(
        [SCRIPT, target], env={"PATH": "/usr/bin:/bin", "CAPTURE_ROOT": str(machine)}, timeout=60
    )
    assert finished.returncode == 0
    moved = tmp_path / "elsewhere"
    target.rename(moved)
    of_machine, of_capture = list(readings(machine, clock)), list(readings(moved, clock))
    assert of_capture == of_machine
    laptop, board, card, sleeper = of_capture
    assert (card.utilization, card.pcie_width) == (37.0, 8)
    assert card.partitions == ("DPX partition 0", "DPX partition 1")
    assert card.processes is not None
    assert [process.command for process in card.processes] == ["python train.py"]
    assert (board.utilization, board.power, board.fan_percent) == (43.7, 9.5, 20.0)
    assert (laptop.identity.key, laptop.identity.vendor) == ("0000:05:00.0", "NVIDIA")
    assert (sleeper.identity.key, sleeper.state) == ("0000:83:00.0", Absence.ASLEEP)
    # These files are slow, would wake a sleeping GPU, or belong to other devices.
    left_out = {"pcie_bw", "sdma_1", "act_freq", "status", "6", "7"}
    assert not left_out & {path.name for path in moved.rglob("*") if path.is_file()}
