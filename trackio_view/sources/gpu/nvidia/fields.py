"""What is read of an NVIDIA GPU, as a table: the field, how often, and by which call."""

from __future__ import annotations

from typing import Any

from trackio_view.model.gpu import VISIBLE_PROCESSES, Absence
from trackio_view.sources.gpu.kernel.procfs import is_in_first_namespace
from trackio_view.sources.gpu.kernel.sysfs import read_meminfo
from trackio_view.sources.gpu.nvidia import activity, codes
from trackio_view.sources.gpu.nvidia import detail_fields as details
from trackio_view.sources.gpu.nvidia.activity_fields import (
    bf16_estimate,
    busy_codecs,
    figure,
    partition_activity,
    tensor_fp64,
)
from trackio_view.sources.gpu.nvidia.device import MEMORY_V2, NvidiaDevice, ReadField
from trackio_view.sources.gpu.nvidia.health_fields import (
    ecc_errors,
    memory_repair,
    pages_retired,
    recovery_action,
    seen_errors,
    spare_rows,
    throttle_reasons,
    throttled,
)
from trackio_view.sources.gpu.nvidia.link_fields import c2c, nvlink, traffic
from trackio_view.sources.gpu.nvidia.mig import partitions
from trackio_view.sources.gpu.nvidia.processes import process_memory
from trackio_view.sources.gpu.sampler import FieldReading, Tier

_MOST_COUNTED = min(codes.ALL_ONES) - 1
MOST_JOULES = 1e12
"""What a GPU of 1 kW takes in 30 years; more is the driver's all-ones."""


def _call(
    name: str, *arguments: Any, divisor: float = 1.0, low: float = 0.0, high: float = 1e18
) -> ReadField:
    return lambda device: device.number((name, *arguments), divisor=divisor, low=low, high=high)


def _rates(member: str) -> ReadField:
    def read(device: NvidiaDevice) -> Any:
        if device.divided:
            # A GPU in partitions has no load of its own, yet some drivers answer 0.
            return Absence.UNSUPPORTED
        rates = device.calls("nvmlDeviceGetUtilizationRates")
        if isinstance(rates, Absence):
            return rates
        percent = getattr(rates, member)
        return percent if percent <= 100 else Absence.UNSUPPORTED

    return read


def _memory(member: str) -> ReadField:
    def read(device: NvidiaDevice) -> Any:
        memory = device.calls.first(
            ("nvmlDeviceGetMemoryInfo", MEMORY_V2), ("nvmlDeviceGetMemoryInfo",)
        )
        if not isinstance(memory, Absence) and 0 < memory.total < 1 << 50:
            device.unified_memory, device.has_own_memory = False, True
            is_told = member == "total" or memory.used <= memory.total
            return getattr(memory, member) if is_told else Absence.UNSUPPORTED
        if isinstance(memory, Absence) and memory is not Absence.UNSUPPORTED:
            return memory
        if device.has_own_memory:
            # The machine's memory is not that of a GPU which has told of its own.
            return memory if isinstance(memory, Absence) else Absence.FAILED
        machine = read_meminfo(device.roots)
        if isinstance(machine, Absence):
            return machine
        device.unified_memory = True
        used, total = machine
        if member == "total":
            return total
        of_processes = process_memory(device.readings.values.get("processes"))
        return used if of_processes is None else min(of_processes, total)

    return read


def _temperatures(device: NvidiaDevice) -> Any:
    core = device.number(
        ("nvmlDeviceGetTemperatureV", 0), ("nvmlDeviceGetTemperature", 0), high=250
    )
    # There is no sensor number for memory, only this field (NVML_FI_DEV_MEMORY_TEMP).
    told = {"gpu": core, "memory": device.calls.field_value(82)}
    # Where the board has no sensor the answer may be 0.
    sensors = {
        name: float(celsius)
        for name, celsius in told.items()
        if not isinstance(celsius, Absence) and 0 < celsius <= 250
    }
    return sensors or (core if isinstance(core, Absence) else Absence.UNSUPPORTED)


def _power(device: NvidiaDevice) -> Any:
    watts = device.number(("nvmlDeviceGetPowerUsage",), divisor=1000.0, high=20_000)
    # A chip always draws power: 0 means that none was measured.
    watts = watts or Absence.UNSUPPORTED
    for field_id in (185, 186):  # NVML_FI_DEV_POWER_AVERAGE, NVML_FI_DEV_POWER_INSTANT
        if watts is not Absence.UNSUPPORTED:
            break
        milliwatts = device.calls.field_value(field_id)
        if isinstance(milliwatts, Absence):
            watts = milliwatts
        elif 0 < milliwatts <= 20_000_000:
            watts = milliwatts / 1000.0
    return watts


def _clock(number: int) -> ReadField:
    return _call("nvmlDeviceGetClockInfo", number, high=50_000)


def _fan_percent(device: NvidiaDevice) -> Any:
    count = device.calls("nvmlDeviceGetNumFans")
    if count is Absence.UNSUPPORTED:
        return device.number(("nvmlDeviceGetFanSpeed",), high=1000)
    if isinstance(count, Absence):
        return count
    speeds = [
        device.number(("nvmlDeviceGetFanSpeed_v2", fan), high=1000) for fan in range(min(count, 16))
    ]
    present = [speed for speed in speeds if not isinstance(speed, Absence)]
    # A board without a fan is a passive one.
    return max(present) if present else speeds[0] if speeds else Absence.UNSUPPORTED


def _turns(device: NvidiaDevice) -> Any:
    if device.calls("nvmlDeviceGetNumFans") == 0:
        return Absence.UNSUPPORTED
    return device.number(("nvmlDeviceGetFanSpeedRPM",), high=60_000)


def _fan(this: ReadField, other: ReadField) -> ReadField:
    """Return what reads one of the two measures of the fans' speed.

    Both are what the fans are driven at. Where only one is 0, the board does not tell that one.
    """

    def read(device: NvidiaDevice) -> Any:
        speed = this(device)
        if speed != 0:
            return speed
        beside = other(device)
        return speed if isinstance(beside, Absence) or not beside else Absence.UNSUPPORTED

    return read


def _performance_state(device: NvidiaDevice) -> Any:
    state = device.number(("nvmlDeviceGetPerformanceState",), high=15)
    return state if isinstance(state, Absence) else f"P{state}"


def _field(field_id: int) -> ReadField:
    return lambda device: device.calls.field_value(field_id)


def _measures(device: NvidiaDevice) -> Any:
    # In a container, the driver tells of the container's processes at most.
    is_all = is_in_first_namespace(device.roots.proc)
    return {} if is_all else {"processes": VISIBLE_PROCESSES}


FIELDS: tuple[FieldReading[NvidiaDevice], ...] = (
    # Before what depends on them: load (partitions) and unified memory (processes).
    FieldReading("partitions", Tier.SLOW, partitions),
    FieldReading("processes", Tier.MEDIUM, lambda device: device.processes.read(device.calls)),
    FieldReading("kernels", Tier.ACTIVITY, figure(activity.KERNELS)),
    FieldReading("sm_busy", Tier.ACTIVITY, figure(activity.SM_BUSY)),
    FieldReading("sm_occupancy", Tier.ACTIVITY, figure(activity.SM_OCCUPANCY)),
    FieldReading("tensor_cores", Tier.ACTIVITY, figure(activity.TENSOR_CORES)),
    FieldReading("tensor_fp64", Tier.ACTIVITY, tensor_fp64),
    FieldReading("tensor_int8", Tier.ACTIVITY, figure(activity.TENSOR_IMMA)),
    FieldReading("fp64", Tier.ACTIVITY, figure(activity.FP64)),
    FieldReading("fp32", Tier.ACTIVITY, figure(activity.FP32)),
    FieldReading("fp16", Tier.ACTIVITY, figure(activity.FP16)),
    FieldReading("integer", Tier.ACTIVITY, figure(activity.INTEGER)),
    FieldReading("memory_bandwidth", Tier.ACTIVITY, figure(activity.MEMORY_BANDWIDTH)),
    FieldReading("nvlink_read", Tier.ACTIVITY, nvlink(activity.NVLINK_READ)),
    FieldReading("nvlink_write", Tier.ACTIVITY, nvlink(activity.NVLINK_WRITE)),
    FieldReading("c2c_read", Tier.ACTIVITY, c2c(activity.C2C_READ)),
    FieldReading("c2c_write", Tier.ACTIVITY, c2c(activity.C2C_WRITE)),
    FieldReading("engines", Tier.ACTIVITY, busy_codecs),
    FieldReading("bf16_estimate", Tier.ACTIVITY, bf16_estimate),
    FieldReading("partition_activity", Tier.ACTIVITY, partition_activity),
    FieldReading("utilization", Tier.FAST, _rates("gpu")),
    FieldReading("memory_bus_load", Tier.FAST, _rates("memory")),
    FieldReading("memory_used", Tier.FAST, _memory("used")),
    FieldReading("memory_total", Tier.FAST, _memory("total")),
    FieldReading("temperatures", Tier.FAST, _temperatures),
    FieldReading("power", Tier.FAST, _power),
    FieldReading("clock_graphics", Tier.FAST, _clock(0)),
    FieldReading("clock_sm", Tier.FAST, _clock(1)),
    FieldReading("clock_memory", Tier.FAST, _clock(2)),
    FieldReading("clock_video", Tier.MEDIUM, _clock(3)),
    FieldReading("encoder", Tier.MEDIUM, _call("nvmlDeviceGetEncoderUtilization", high=100)),
    FieldReading("decoder", Tier.MEDIUM, _call("nvmlDeviceGetDecoderUtilization", high=100)),
    FieldReading("pcie_read", Tier.FAST, traffic(0)),
    FieldReading("pcie_write", Tier.FAST, traffic(1)),
    FieldReading("fan_percent", Tier.MEDIUM, _fan(_fan_percent, _turns)),
    FieldReading("fan_rpm", Tier.MEDIUM, _fan(_turns, _fan_percent)),
    FieldReading("performance_state", Tier.MEDIUM, _performance_state),
    FieldReading("throttle_reasons", Tier.MEDIUM, throttle_reasons),
    FieldReading(
        "pcie_generation", Tier.MEDIUM, _call("nvmlDeviceGetCurrPcieLinkGeneration", low=1, high=16)
    ),
    FieldReading(
        "pcie_width", Tier.MEDIUM, _call("nvmlDeviceGetCurrPcieLinkWidth", low=1, high=64)
    ),
    FieldReading(
        "pcie_generation_max",
        Tier.SLOW,
        _call("nvmlDeviceGetMaxPcieLinkGeneration", low=1, high=16),
    ),
    FieldReading(
        "pcie_width_max", Tier.SLOW, _call("nvmlDeviceGetMaxPcieLinkWidth", low=1, high=64)
    ),
    FieldReading(
        "power_limit",
        Tier.SLOW,
        _call("nvmlDeviceGetEnforcedPowerLimit", divisor=1000.0, low=0.001, high=20_000),
    ),
    FieldReading("throttled_power", Tier.MEDIUM, throttled(74)),
    FieldReading("throttled_heat", Tier.MEDIUM, throttled(269)),
    FieldReading("throttled_hardware_heat", Tier.MEDIUM, throttled(270)),
    FieldReading("throttled_power_brake", Tier.MEDIUM, throttled(271)),
    FieldReading("throttled_sync_boost", Tier.MEDIUM, throttled(76)),
    FieldReading("card_errors", Tier.MEDIUM, seen_errors("of_card")),
    FieldReading("program_errors", Tier.MEDIUM, seen_errors("of_programs")),
    FieldReading("rows_remapped_corrected", Tier.SLOW, _field(142)),
    FieldReading("rows_remapped_uncorrected", Tier.SLOW, _field(143)),
    FieldReading("banks_without_spare_rows", Tier.SLOW, spare_rows),
    FieldReading("pages_retired", Tier.SLOW, pages_retired),
    FieldReading("memory_repair", Tier.SLOW, memory_repair),
    FieldReading("recovery_action", Tier.SLOW, recovery_action),
    FieldReading(
        "pcie_replays",
        Tier.SLOW,
        _call("nvmlDeviceGetPcieReplayCounter", high=_MOST_COUNTED),
    ),
    # It takes the driver 3 to 7 ms.
    FieldReading(
        "energy",
        Tier.SLOW,
        _call("nvmlDeviceGetTotalEnergyConsumption", divisor=1000.0, high=MOST_JOULES),
    ),
    FieldReading("ecc_corrected", Tier.SLOW, ecc_errors(0)),
    FieldReading("ecc_uncorrected", Tier.SLOW, ecc_errors(1)),
    FieldReading("power_instant", Tier.MEDIUM, details.power(details.POWER_INSTANT)),
    FieldReading("power_average", Tier.MEDIUM, details.power(details.POWER_AVERAGE)),
    FieldReading(
        "power_memory", Tier.MEDIUM, details.power(details.POWER_AVERAGE, details.OF_MEMORY)
    ),
    FieldReading(
        "power_module", Tier.MEDIUM, details.power(details.POWER_AVERAGE, details.OF_MODULE)
    ),
    FieldReading("power_limit_min", Tier.SLOW, details.power_bound(details.POWER_LIMIT_MIN, 0)),
    FieldReading("power_limit_max", Tier.SLOW, details.power_bound(details.POWER_LIMIT_MAX, 1)),
    FieldReading(
        "power_limit_default",
        Tier.SLOW,
        details.power(
            details.POWER_LIMIT_DEFAULT, None, ("nvmlDeviceGetPowerManagementDefaultLimit",)
        ),
    ),
    FieldReading("heat_limits", Tier.SLOW, details.heat_limits),
    # It takes the driver more than 1 ms.
    FieldReading("heat_margin", Tier.SLOW, details.heat_margin),
    FieldReading("memory_reserved", Tier.SLOW, details.memory_reserved),
    FieldReading("bar1_used", Tier.SLOW, details.bar1("bar1Used")),
    FieldReading("bar1_total", Tier.SLOW, details.bar1("bar1Total")),
    FieldReading("clock_graphics_max", Tier.SLOW, details.clock_max(0)),
    FieldReading("clock_memory_max", Tier.SLOW, details.clock_max(2)),
    FieldReading("cuda_version", Tier.SLOW, details.cuda_version),
    FieldReading("firmware", Tier.SLOW, details.firmware),
    FieldReading("persistence", Tier.SLOW, details.persistence),
    FieldReading("compute_mode", Tier.SLOW, details.compute_mode),
    FieldReading("confidential_computing", Tier.SLOW, details.confidential_computing),
    FieldReading("fabric", Tier.SLOW, details.fabric),
    FieldReading("module_id", Tier.SLOW, details.module_id),
    FieldReading("measures", Tier.SLOW, _measures),
)
