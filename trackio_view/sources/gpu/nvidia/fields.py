"""What is read of an NVIDIA GPU, as a table: the field, how often, and by which call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_activity import Activity, sentence_of, teraflops_if_bf16
from trackio_view.model.gpu_health import NO_ACTION, NO_REPAIR, REPAIR_FAILED, REPAIR_WAITS
from trackio_view.sources.gpu.kernel.sysfs import read_meminfo
from trackio_view.sources.gpu.nvidia import activity
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.activity import ActivityReader, Figures
from trackio_view.sources.gpu.nvidia.processes import ProcessReader, process_memory
from trackio_view.sources.gpu.nvidia.xids import START_SECONDS, SeenErrors, XidWatch
from trackio_view.sources.gpu.sampler import Clock, Counters, FieldReading, Readings, Roots, Tier


@dataclass(slots=True)
class NvidiaDevice:
    """What the table's readers read from."""

    calls: nvml.DeviceCalls
    roots: Roots
    time: float
    readings: Readings
    counters: Counters
    processes: ProcessReader
    clock: Clock = monotonic
    pause: Callable[[float], None] = sleep
    unified_memory: bool = False
    activity_reader: ActivityReader | None = None
    watched: bool = False
    """Whether somebody looks, so that the counters of the GPU's parts are worth reading."""
    _figures: Figures | Absence | None = None
    _figures_read: bool = False
    _xids: XidWatch | None = None
    _opened_at: float | None = None
    _lasting: dict[str, Any] = field(default_factory=dict)
    _traffic: tuple[Any, Any] | None = None
    """The rates of PCIe in this tick, where both were measured in one short window."""

    def begin(self, time: float, *, watched: bool) -> None:
        """Begin a tick: what was answered before is asked again."""
        self.time, self.watched = time, watched
        self.calls.begin()
        self._traffic = None
        self._figures_read = False
        if self.activity_reader is not None and not watched:
            self.activity_reader.forget()

    def reader(self) -> ActivityReader:
        """Return what reads the counters of the GPU's parts."""
        if self.activity_reader is None:
            self.activity_reader = ActivityReader(self.calls, self.calls.library.generation)
        return self.activity_reader

    def figure(self, number: int) -> Any:
        """Return one of the figures of this tick, all of which cost one reading."""
        if not self.watched:
            return Absence.UNWATCHED
        if not self._figures_read:
            self._figures_read = True
            # Of a GPU in partitions each instance is asked for.
            divided = bool(self.readings.values.get("partitions"))
            self._figures = Absence.UNSUPPORTED if divided else self.reader().read(self.time)
        figures = self._figures
        if figures is None or isinstance(figures, Absence):
            return figures
        return figures.get(number, Absence.UNSUPPORTED)

    def seen_errors(self) -> SeenErrors | Absence:
        """Return what the driver reported since the device is watched."""
        if self._xids is None:
            if self._opened_at is None:
                self._opened_at = self.time
            if self.time - self._opened_at < START_SECONDS:
                return Absence.UNSEEN
            self._xids = XidWatch(self.calls.library, self.calls.handle)
            self._xids.start()
        return self._xids.errors()

    def close(self, patience: float = 0.0) -> None:
        """Give back what the library allocated; wait so long for the thread that uses it."""
        if self._xids is not None:
            self._xids.stop(patience)
        if self.activity_reader is not None:
            self.activity_reader.close()

    def short_traffic(self) -> tuple[Any, Any]:
        """Return bytes a second into the GPU and out of it, measured within milliseconds.

        By counts that wrap. nvmlDeviceGetPcieThroughput would block for 20 ms a direction.
        """
        if self._traffic is None:
            earlier, begun = self._traffic_counts(), self.clock()
            self.pause(TRAFFIC_SECONDS)
            later, ended = self._traffic_counts(), self.clock()
            into, out = (
                _wrapped_rate(before, after, ended - begun)
                for before, after in zip(earlier, later, strict=True)
            )
            self._traffic = into, out
        return self._traffic

    def _traffic_counts(self) -> list[Any]:
        values = self.calls.again("nvmlDeviceGetFieldValues", _PCIE_COUNTS)
        if isinstance(values, Absence):
            return [values, values]
        return [
            value.value.uiVal if value.nvmlReturn == nvml.SUCCESS else Absence.UNSUPPORTED
            for value in values
        ]

    def lasting(self, name: str) -> Any:
        """Return the answer that a GPU gives as long as the driver stays, asked for once."""
        if name not in self._lasting or self._lasting[name] is Absence.LOST:
            self._lasting[name] = self.calls(name)
        return self._lasting[name]

    def number(self, *questions: tuple[Any, ...], divisor: float = 1.0, high: float = 1e18) -> Any:
        """Return the first number answered, divided; one above `high` is the driver's all-ones."""
        answer = self.calls.first(*questions)
        if isinstance(answer, Absence):
            return answer
        if isinstance(answer, (list, tuple)):
            # Codecs answer with the period that the percentage covers.
            answer = answer[0]
        scaled = answer / divisor if divisor != 1.0 else answer
        return scaled if 0 <= scaled <= high else Absence.UNSUPPORTED


def _wrapped_rate(earlier: Any, later: Any, seconds: float) -> Any:
    """Return the rate of a count that may have begun anew once in between."""
    for count in (earlier, later):
        if isinstance(count, Absence):
            return count
    return (later - earlier) % (1 << _NARROW_BITS) / seconds if seconds > 0 else None


Reader = Callable[[NvidiaDevice], Any]


def _call(name: str, *arguments: Any, divisor: float = 1.0, high: float = 1e18) -> Reader:
    return lambda device: device.number((name, *arguments), divisor=divisor, high=high)


def _rates(member: str) -> Reader:
    def read(device: NvidiaDevice) -> Any:
        if device.readings.values.get("partitions"):
            # A GPU in partitions has no load of its own, yet some drivers answer 0.
            return Absence.UNSUPPORTED
        rates = device.calls("nvmlDeviceGetUtilizationRates")
        if isinstance(rates, Absence):
            return rates
        percent = getattr(rates, member)
        return percent if percent <= 100 else Absence.UNSUPPORTED

    return read


MEMORY_V2 = 0x02000028
"""Version and size of nvmlMemory_v2_t, which counts the driver's own share apart."""


def _memory(member: str) -> Reader:
    def read(device: NvidiaDevice) -> Any:
        memory = device.calls.first(
            ("nvmlDeviceGetMemoryInfo", MEMORY_V2), ("nvmlDeviceGetMemoryInfo",)
        )
        if not isinstance(memory, Absence) and 0 < memory.total < 1 << 50:
            device.unified_memory = False
            return getattr(memory, member) if memory.used <= memory.total else Absence.UNSUPPORTED
        if isinstance(memory, Absence) and memory is not Absence.UNSUPPORTED:
            return memory
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
    # There is no sensor number for memory, only this field (NVML_FI_DEV_MEMORY_TEMP); 0 where
    # the board has none.
    memory = device.calls.field_value(82)
    sensors = {} if isinstance(core, Absence) else {"gpu": float(core)}
    if not isinstance(memory, Absence) and 0 < memory <= 250:
        sensors["memory"] = float(memory)
    return sensors or core


def _power(device: NvidiaDevice) -> Any:
    watts = device.number(("nvmlDeviceGetPowerUsage",), divisor=1000.0, high=20_000)
    for field_id in (185, 186):  # NVML_FI_DEV_POWER_AVERAGE, NVML_FI_DEV_POWER_INSTANT
        if watts is not Absence.UNSUPPORTED:
            break
        milliwatts = device.calls.field_value(field_id)
        if isinstance(milliwatts, Absence):
            watts = milliwatts
        elif 0 <= milliwatts <= 20_000_000:
            watts = milliwatts / 1000.0
    return watts


def _clock(number: int) -> Reader:
    return _call("nvmlDeviceGetClockInfo", number, high=50_000)


def _fan_percent(device: NvidiaDevice) -> Any:
    count = device.calls("nvmlDeviceGetNumFans")
    if isinstance(count, Absence):
        return device.number(("nvmlDeviceGetFanSpeed",), high=1000)
    speeds = [
        device.number(("nvmlDeviceGetFanSpeed_v2", fan), high=1000) for fan in range(min(count, 16))
    ]
    present = [speed for speed in speeds if not isinstance(speed, Absence)]
    if present:
        return max(present)
    # No fan at all is a passive board.
    return speeds[0] if speeds else Absence.UNSUPPORTED


def _fan_rpm(device: NvidiaDevice) -> Any:
    if device.calls("nvmlDeviceGetNumFans") == 0:
        return Absence.UNSUPPORTED
    return device.number(("nvmlDeviceGetFanSpeedRPM",), high=60_000)


def _performance_state(device: NvidiaDevice) -> Any:
    state = device.number(("nvmlDeviceGetPerformanceState",), high=15)
    return state if isinstance(state, Absence) else f"P{state}"


THROTTLE_WORDS: dict[int, str] = {
    0x2: "application clocks",
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x10: "sync boost",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "power brake",
    0x100: "display clocks",
}
"""nvmlClocksEventReason bits. Bit 0 says that the GPU is idle, which is no throttling."""


def throttle_words(bits: int) -> tuple[str, ...]:
    """Return the reasons of a bit mask in words; unknown bits by number."""
    known = [word for bit, word in THROTTLE_WORDS.items() if bits & bit]
    rest = bits & ~0x1 & ~sum(THROTTLE_WORDS)
    return (*known, f"reason {rest:#x}") if rest else tuple(known)


def _throttle_reasons(device: NvidiaDevice) -> Any:
    bits = device.calls.first(
        ("nvmlDeviceGetCurrentClocksEventReasons",), ("nvmlDeviceGetCurrentClocksThrottleReasons",)
    )
    return bits if isinstance(bits, Absence) else throttle_words(bits)


MIB = 2**20
_CORES_PER_SM = 128
"""Of Hopper's and Blackwell's chips, the only ones whose counters are read."""
_PCIE_COUNTS = (198, 197)
"""NVML_FI_DEV_PCIE_COUNT_RX_BYTES and _TX_BYTES: into the GPU, and out of it."""
_NARROW_BITS = 32
TRAFFIC_SECONDS = 0.025
"""How far apart a 32-bit count of bytes is read: at the 63 GB/s of PCIe 5.0 x16 it begins anew
every 68 ms, so that between two ticks nobody knows how often it did."""


def _traffic(direction: int) -> Reader:
    number = (activity.PCIE_READ, activity.PCIE_WRITE)[direction]

    def read(device: NvidiaDevice) -> Any:
        rate = device.figure(number)
        if not isinstance(rate, Absence):
            return rate and rate * MIB
        count = device.calls.field_count(_PCIE_COUNTS[direction])
        if isinstance(count, Absence):
            return count
        if count.bits > _NARROW_BITS:
            return device.counters.rate(f"pcie {direction}", device.time, count.number)
        return device.short_traffic()[direction]

    return read


def _figure(number: int) -> Reader:
    return lambda device: device.figure(number)


def _nvlink(number: int) -> Reader:
    def read(device: NvidiaDevice) -> Any:
        # Without a link the counters answer 0, and success.
        state = device.calls("nvmlDeviceGetNvLinkState", 0)
        if isinstance(state, Absence):
            return state
        rate = device.figure(number)
        return rate if rate is None or isinstance(rate, Absence) else rate * MIB

    return read


def _bf16_estimate(device: NvidiaDevice) -> Any:
    tensor_cores = device.figure(activity.TENSOR_CORES)
    if tensor_cores is None or isinstance(tensor_cores, Absence):
        return tensor_cores
    megahertz = device.number(("nvmlDeviceGetClockInfo", 1), high=50_000)
    cores = device.lasting("nvmlDeviceGetNumGpuCores")
    capability = device.lasting("nvmlDeviceGetCudaComputeCapability")
    for answer in (megahertz, cores, capability):
        if isinstance(answer, Absence):
            return answer
    sm_count = cores // _CORES_PER_SM
    estimate = teraflops_if_bf16(tensor_cores, megahertz, sm_count, capability)
    return Absence.UNSUPPORTED if estimate is None else estimate


def _partition_activity(device: NvidiaDevice) -> Any:
    """Return what each MIG instance does, in words."""
    if not device.readings.values.get("partitions"):
        return Absence.UNSUPPORTED
    reader = device.reader()
    lack = reader.lack()
    if lack is not None:
        return lack
    words, present = [], set()
    for position, calls in _instances(device):
        number, uuid = calls("nvmlDeviceGetGpuInstanceId"), calls("nvmlDeviceGetUUID")
        if isinstance(number, Absence):
            continue
        present.add((number, str(uuid)))
        figures = reader.read_instance(number, str(uuid), device.time)
        if isinstance(figures, Absence):
            return figures
        sentence = figures and sentence_of(
            Activity(
                kernels=figures.get(activity.KERNELS),
                sm_busy=figures.get(activity.SM_BUSY),
                tensor_cores=figures.get(activity.TENSOR_CORES),
                fp32=figures.get(activity.FP32),
                memory_bandwidth=figures.get(activity.MEMORY_BANDWIDTH),
            )
        )
        if sentence:
            words.append(f"MIG {position}: {sentence}")
    reader.keep_instances(present)
    return tuple(words) or None


_PERCENT_PER_NANOSECOND = 1e-7
"""Of a second."""


def _throttled(field_id: int) -> Reader:
    """Return the share of time by a counter of nanoseconds: the bit of a moment flickers."""

    def read(device: NvidiaDevice) -> Any:
        count = device.calls.field_count(field_id)
        if isinstance(count, Absence):
            return count
        if count.bits <= _NARROW_BITS:
            # It would begin anew every four seconds.
            return Absence.UNSUPPORTED
        percent = device.counters.rate(
            f"throttled {field_id}", device.time, count.number, _PERCENT_PER_NANOSECOND
        )
        return percent if percent is None else min(percent, 100.0)

    return read


def _field(field_id: int) -> Reader:
    return lambda device: device.calls.field_value(field_id)


def _memory_repair(device: NvidiaDevice) -> Any:
    """Return how the repair of memory stands: by spare rows, or on older chips by retired pages."""
    failed = device.calls.field_value(145)  # NVML_FI_DEV_REMAPPED_FAILURE
    pending = device.calls.field_value(144)  # NVML_FI_DEV_REMAPPED_PENDING
    if isinstance(pending, Absence):
        pending = device.number(("nvmlDeviceGetRetiredPagesPendingStatus",))
    if not isinstance(failed, Absence) and failed:
        return REPAIR_FAILED
    if isinstance(pending, Absence):
        return pending
    return REPAIR_WAITS if pending else NO_REPAIR


RECOVERY_WORDS = {
    0: NO_ACTION,
    1: "reset the GPU",
    2: "reboot the machine",
    3: "end what runs on the GPUs that it talks to",
    4: "end what runs on the GPU and reset it",
    5: "end the transfers between machines (IMEX)",
    6: "reset the GPU by the bus",
    7: "reboot the machine",
}
"""Of NVML_FI_DEV_GET_GPU_RECOVERY_ACTION."""


def _recovery_action(device: NvidiaDevice) -> Any:
    action = device.calls.field_value(230)
    if isinstance(action, Absence):
        return action
    return RECOVERY_WORDS.get(int(action), f"do what its manual says of action {action}")


def _spare_rows(device: NvidiaDevice) -> Any:
    histogram = device.calls("nvmlDeviceGetRowRemapperHistogram")
    return histogram if isinstance(histogram, Absence) else histogram.none


def _seen_errors(member: str) -> Reader:
    def read(device: NvidiaDevice) -> Any:
        seen = device.seen_errors()
        return seen if isinstance(seen, Absence) else getattr(seen, member)

    return read


def _errors(uncorrected: int) -> Reader:
    def read(device: NvidiaDevice) -> Any:
        mode = device.calls("nvmlDeviceGetEccMode")
        if isinstance(mode, Absence):
            return mode
        if not mode[0]:
            return Absence.UNSUPPORTED
        return device.number(("nvmlDeviceGetTotalEccErrors", uncorrected, 0), high=1 << 62)

    return read


MOST_INSTANCES = 16
"""More than any GPU has; a larger count is garbage, not worth as many calls."""


def _partitions(device: NvidiaDevice) -> Any:
    mode = device.calls("nvmlDeviceGetMigMode")
    if isinstance(mode, Absence):
        return mode
    if not mode[0]:
        return ()
    count = device.calls("nvmlDeviceGetMaxMigDeviceCount")
    if isinstance(count, Absence):
        # Instances that cannot be counted are instances all the same.
        return ("MIG on, instances unknown",)
    words = [_partition_words(calls, position) for position, calls in _instances(device)]
    # MIG mode without an instance: still no load of its own.
    return tuple(words) or ("MIG on, no instances",)


def _instances(device: NvidiaDevice) -> Iterator[tuple[int, nvml.DeviceCalls]]:
    """Yield the place of each MIG instance, and what asks it."""
    count = device.calls("nvmlDeviceGetMaxMigDeviceCount")
    if isinstance(count, Absence):
        return
    library = device.calls.library
    for position in range(min(count, MOST_INSTANCES)):
        # Places may have gaps, which answer not found.
        code, instance = library.ask(
            "nvmlDeviceGetMigDeviceHandleByIndex", device.calls.handle, position
        )
        if code == nvml.SUCCESS:
            yield position, nvml.DeviceCalls(library, instance)


def _partition_words(calls: nvml.DeviceCalls, position: int) -> str:
    attributes = calls("nvmlDeviceGetAttributes_v2")
    memory = calls.first(("nvmlDeviceGetMemoryInfo", MEMORY_V2), ("nvmlDeviceGetMemoryInfo",))
    name = f"MIG {position}"
    if not isinstance(attributes, Absence):
        gigabytes = round(attributes.memorySizeMB / 1024)
        compute, whole = attributes.computeInstanceSliceCount, attributes.gpuInstanceSliceCount
        prefix = f"{compute}c." if compute and compute != whole else ""
        name += f" {prefix}{whole}g.{gigabytes}gb"
    if not isinstance(memory, Absence):
        name += f" {memory.used / 2**30:.1f}/{memory.total / 2**30:.1f} GiB"
    return name


FIELDS: tuple[FieldReading[NvidiaDevice], ...] = (
    # Before what depends on them: load (partitions) and unified memory (processes).
    FieldReading("partitions", Tier.SLOW, _partitions),
    FieldReading("processes", Tier.MEDIUM, lambda device: device.processes.read(device.calls)),
    FieldReading("kernels", Tier.ACTIVITY, _figure(activity.KERNELS)),
    FieldReading("sm_busy", Tier.ACTIVITY, _figure(activity.SM_BUSY)),
    FieldReading("sm_occupancy", Tier.ACTIVITY, _figure(activity.SM_OCCUPANCY)),
    FieldReading("tensor_cores", Tier.ACTIVITY, _figure(activity.TENSOR_CORES)),
    FieldReading("fp64", Tier.ACTIVITY, _figure(activity.FP64)),
    FieldReading("fp32", Tier.ACTIVITY, _figure(activity.FP32)),
    FieldReading("fp16", Tier.ACTIVITY, _figure(activity.FP16)),
    FieldReading("integer", Tier.ACTIVITY, _figure(activity.INTEGER)),
    FieldReading("memory_bandwidth", Tier.ACTIVITY, _figure(activity.MEMORY_BANDWIDTH)),
    FieldReading("nvlink_read", Tier.ACTIVITY, _nvlink(activity.NVLINK_READ)),
    FieldReading("nvlink_write", Tier.ACTIVITY, _nvlink(activity.NVLINK_WRITE)),
    FieldReading("bf16_estimate", Tier.ACTIVITY, _bf16_estimate),
    FieldReading("partition_activity", Tier.ACTIVITY, _partition_activity),
    FieldReading("utilization", Tier.FAST, _rates("gpu")),
    FieldReading("memory_bus_load", Tier.FAST, _rates("memory")),
    FieldReading("memory_used", Tier.FAST, _memory("used")),
    FieldReading("memory_total", Tier.FAST, _memory("total")),
    FieldReading("temperatures", Tier.FAST, _temperatures),
    FieldReading("power", Tier.FAST, _power),
    FieldReading("clock_graphics", Tier.FAST, _clock(0)),
    FieldReading("clock_sm", Tier.FAST, _clock(1)),
    FieldReading("clock_memory", Tier.FAST, _clock(2)),
    FieldReading("clock_video", Tier.FAST, _clock(3)),
    FieldReading("encoder", Tier.FAST, _call("nvmlDeviceGetEncoderUtilization", high=100)),
    FieldReading("decoder", Tier.FAST, _call("nvmlDeviceGetDecoderUtilization", high=100)),
    FieldReading("pcie_read", Tier.FAST, _traffic(0)),
    FieldReading("pcie_write", Tier.FAST, _traffic(1)),
    FieldReading("fan_percent", Tier.MEDIUM, _fan_percent),
    FieldReading("fan_rpm", Tier.MEDIUM, _fan_rpm),
    FieldReading("performance_state", Tier.MEDIUM, _performance_state),
    FieldReading("throttle_reasons", Tier.MEDIUM, _throttle_reasons),
    FieldReading(
        "pcie_generation", Tier.MEDIUM, _call("nvmlDeviceGetCurrPcieLinkGeneration", high=16)
    ),
    FieldReading("pcie_width", Tier.MEDIUM, _call("nvmlDeviceGetCurrPcieLinkWidth", high=64)),
    FieldReading(
        "pcie_generation_max", Tier.SLOW, _call("nvmlDeviceGetMaxPcieLinkGeneration", high=16)
    ),
    FieldReading("pcie_width_max", Tier.SLOW, _call("nvmlDeviceGetMaxPcieLinkWidth", high=64)),
    FieldReading(
        "power_limit",
        Tier.SLOW,
        _call("nvmlDeviceGetEnforcedPowerLimit", divisor=1000.0, high=20_000),
    ),
    FieldReading("throttled_power", Tier.MEDIUM, _throttled(74)),
    FieldReading("throttled_heat", Tier.MEDIUM, _throttled(269)),
    FieldReading("throttled_hardware_heat", Tier.MEDIUM, _throttled(270)),
    FieldReading("throttled_power_brake", Tier.MEDIUM, _throttled(271)),
    FieldReading("throttled_sync_boost", Tier.MEDIUM, _throttled(76)),
    FieldReading("card_errors", Tier.MEDIUM, _seen_errors("of_card")),
    FieldReading("program_errors", Tier.MEDIUM, _seen_errors("of_programs")),
    FieldReading("rows_remapped_corrected", Tier.SLOW, _field(142)),
    FieldReading("rows_remapped_uncorrected", Tier.SLOW, _field(143)),
    FieldReading("banks_without_spare_rows", Tier.SLOW, _spare_rows),
    FieldReading("memory_repair", Tier.SLOW, _memory_repair),
    FieldReading("recovery_action", Tier.SLOW, _recovery_action),
    FieldReading("pcie_replays", Tier.SLOW, _call("nvmlDeviceGetPcieReplayCounter")),
    # It takes the driver 3 to 7 ms.
    FieldReading("energy", Tier.SLOW, _call("nvmlDeviceGetTotalEnergyConsumption", divisor=1000.0)),
    FieldReading("ecc_corrected", Tier.SLOW, _errors(0)),
    FieldReading("ecc_uncorrected", Tier.SLOW, _errors(1)),
)
