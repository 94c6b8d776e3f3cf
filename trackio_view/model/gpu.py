"""One reading of one GPU: each field a number, or absent with a reason."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from trackio_view.light_typing import Any, NamedTuple
from trackio_view.model.project_id import ProjectId

IDLE_PERCENT = 3.0
"""Percent of load. A GPU of this machine with less than this does nothing worth telling of."""


class Absence(enum.Enum):
    """Why a field has no value."""

    UNSUPPORTED = "not supported"
    DENIED = "permission denied"
    ASLEEP = "asleep"
    LOST = "lost"
    STALE = "stale"
    FAILED = "the driver failed to tell"
    UNSEEN = "only what happens while it is watched is known"
    UNWATCHED = "read only while on screen, asked for or recorded"
    UNTOLD = "its exporter does not tell, or was not asked"
    BEYOND_SMI = "nvidia-smi, by which it is read, does not tell"


class GpuId(NamedTuple):
    """What a GPU is known by; the host is part of it, as two machines may each have a
    `0000:01:00.0`.
    """

    host: str
    key: str


class GpuIdentity(NamedTuple):
    """Which GPU it is. `key` is stable across reboots where the hardware allows."""

    key: str
    """PCI address (`0000:3b:00.0`), UUID or platform name."""
    vendor: str
    """`NVIDIA`, `AMD`, `Intel` or `Jetson`."""
    name: str
    driver: str | None = None
    unified_memory: bool = False
    """The GPU shares the machine's memory: used and total are those of its pool."""
    parent: str | None = None
    """For a partition (MIG, XCP), the key of the GPU that it is part of."""
    host: str = ""
    """The name of the machine that it is in; empty for the machine that the program runs on."""
    uuid: str | None = None
    """What `CUDA_VISIBLE_DEVICES`, Slurm and DCGM call it, where the driver tells."""
    workload: str | None = None
    """Whom a scheduler gave it to, where one tells: `namespace/pod`, `job 130 of mary`."""

    @property
    def id(self) -> GpuId:
        """The machine and the key: what the GPU is known by."""
        return GpuId(self.host, self.key)


SAME_JOB = "same job"
"""How a process is linked that is a rank of the job of another, which logs for both."""


class GpuProcess(NamedTuple):
    """A process that uses a GPU."""

    pid: int
    kind: str | None = None
    """`compute`, `graphics`, `compute+graphics`, or `None` where unknown."""
    memory: int | None = None
    """Bytes of GPU memory."""
    load: float | None = None
    """Percent of the GPU's time."""
    user: str | None = None
    command: str | None = None
    project: ProjectId | None = None
    """The TrackIO project that it logs to; `None` also where that was not seen yet."""
    run: str | None = None
    """The name of the run, where its rows were seen to come from this process."""
    run_id: str | None = None
    link: str | None = None
    """How the project is known: `writes`, `holds the lock`, or `same job` as a process that
    logs."""
    compute_units: int | None = None
    """How many of the GPU's compute units it occupies, where the driver tells (AMD)."""


CHIP_SENSORS = ("gpu", "hotspot", "edge")
"""The sensors that measure the GPU itself, the main one first; some chips have the hotspot's alone,
and AMD's exporter has no other name for the edge's.
"""

TIME_AWAKE = "time awake"
"""What a load measures that is an upper bound: an Intel GPU that is awake may do nothing."""
VISIBLE_PROCESSES = "visible processes"
"""What a figure measures that is a lower bound: other users' processes may not be looked into, and
those outside a container are out of sight."""

_NONE_TOLD: Mapping[str, Any] = {}
"""The default of fields that hold something by name."""


class GpuSample(NamedTuple):
    """One reading. A field that could not be read is `None`, and `reasons` says why by name."""

    identity: GpuIdentity
    time: float
    """Seconds of the source's monotonic clock at the reading; see `GpusSampled.clock_zero`."""
    utilization: float | None = None
    """Percent."""
    activity: str | None = None
    """What it did over the last seconds, in one sentence."""
    kernels: float | None = None
    """Percent of the time that any kernel ran, unlike `utilization` without copies."""
    sm_busy: float | None = None
    """Percent of the streaming multiprocessors that had work."""
    sm_occupancy: float | None = None
    """Percent of the warps that these have room for."""
    tensor_cores: float | None = None
    """Percent of the time, as the other units of arithmetic."""
    tensor_fp64: float | None = None
    """Percent of the time that the tensor cores computed in fp64, which is a part of theirs."""
    tensor_int8: float | None = None
    fp64: float | None = None
    fp32: float | None = None
    fp16: float | None = None
    integer: float | None = None
    memory_bandwidth: float | None = None
    """Percent of what the memory can transfer."""
    nvlink_read: float | None = None
    """Bytes per second into the GPU."""
    nvlink_write: float | None = None
    c2c_read: float | None = None
    """Bytes per second into the GPU from the processor beside it (Grace)."""
    c2c_write: float | None = None
    xgmi_read: float | None = None
    """Bytes per second into the GPU from others of its kind (AMD)."""
    xgmi_write: float | None = None
    bf16_estimate: float | None = None
    """The most TFLOP/s that the time of the tensor cores can have been, had all of it been bf16
    but what was fp64 or int8.
    """
    partition_activity: tuple[str, ...] | None = None
    """What each MIG instance does; empty where there are none."""
    memory_used: int | None = None
    """Bytes."""
    memory_total: int | None = None
    memory_reserved: int | None = None
    """Bytes that the driver keeps for itself, which count as neither used nor free."""
    bar1_used: int | None = None
    """Bytes of the window by which the processor reaches the memory."""
    bar1_total: int | None = None
    memory_bus_load: float | None = None
    """Percent of the time that memory was read or written."""
    temperatures: Mapping[str, float] = _NONE_TOLD
    """Degrees Celsius by sensor: `gpu`, `memory`, `hotspot`, ... The main sensor comes first."""
    heat_limits: Mapping[str, float] | None = None
    """Degrees Celsius by what happens, or by the sensor, at them: `slowdown`, `memory critical`."""
    heat_margin: float | None = None
    """Degrees below the heat at which it slows down."""
    power: float | None = None
    """Watts."""
    power_instant: float | None = None
    """The power of this moment, where `power` is a mean over time."""
    power_average: float | None = None
    power_memory: float | None = None
    power_module: float | None = None
    """With the processor on the same board (Grace)."""
    power_limit: float | None = None
    power_limit_min: float | None = None
    power_limit_max: float | None = None
    power_limit_default: float | None = None
    voltage: float | None = None
    """The chip's voltage, in volts."""
    energy: float | None = None
    """Joules since the driver loaded or the counter's start."""
    clock_graphics: float | None = None
    """MHz, like every clock."""
    clock_sm: float | None = None
    """NVIDIA's streaming multiprocessors."""
    clock_memory: float | None = None
    clock_fabric: float | None = None
    clock_soc: float | None = None
    clock_video: float | None = None
    clock_graphics_max: float | None = None
    clock_memory_max: float | None = None
    fan_percent: float | None = None
    fan_rpm: float | None = None
    performance_state: str | None = None
    """`P0` to `P15`, or the driver's own word."""
    throttle_reasons: tuple[str, ...] | None = None
    """In words; empty where nothing throttles."""
    throttled_power: float | None = None
    """Percent of the time since the last reading that the power cap held it back, as the others."""
    throttled_heat: float | None = None
    throttled_hardware_heat: float | None = None
    throttled_power_brake: float | None = None
    throttled_sync_boost: float | None = None
    pcie_generation: int | None = None
    pcie_width: int | None = None
    pcie_generation_max: int | None = None
    pcie_width_max: int | None = None
    pcie_read: float | None = None
    """Bytes per second into the GPU."""
    pcie_write: float | None = None
    encoder: float | None = None
    """Percent."""
    decoder: float | None = None
    engines: Mapping[str, float] | None = None
    """Percent by the name of each engine that the driver tells of one by one: `decoder 0`."""
    ecc_corrected: int | None = None
    """Errors since the driver loaded."""
    ecc_uncorrected: int | None = None
    ecc_deferred: int | None = None
    """Errors that could not be corrected, in data that nothing had read when they were found."""
    rows_remapped_corrected: int | None = None
    """Rows of memory that were replaced by spare ones, for errors that could be corrected."""
    rows_remapped_uncorrected: int | None = None
    banks_without_spare_rows: int | None = None
    pages_retired: int | None = None
    """Pages of memory that are used no more, on chips without spare rows."""
    memory_repair: str | None = None
    """`none due`, `waits for a GPU reset` or `failed`."""
    recovery_action: str | None = None
    """What the driver asks for, in words; `none` where it asks for nothing."""
    pcie_replays: int | None = None
    """Packets that had to be sent again."""
    card_errors: tuple[str, ...] | None = None
    """Errors of the card that the driver reported while it was watched, or counts, in words."""
    program_errors: tuple[str, ...] | None = None
    """Those that programs brought about."""
    cuda_version: str | None = None
    """The newest CUDA that the driver knows."""
    firmware: str | None = None
    """The version of the board's firmware (VBIOS)."""
    persistence: str | None = None
    """`on` where the driver stays loaded while nobody uses the GPU, else `off`."""
    compute_mode: str | None = None
    """Who may compute on it, in words; `shared` where any number of programs may."""
    confidential_computing: str | None = None
    """`on` where the memory is closed to the machine's owner, else `off`."""
    fabric: str | None = None
    """How far it has joined the switches that connect the GPUs of a machine, in words."""
    module_id: int | None = None
    """The number of its module on the baseboard."""
    memory_vendor: str | None = None
    """Who made the chips of its memory."""
    partitions: tuple[str, ...] | None = None
    """MIG instances or compute partitions, each in words; empty where there are none."""
    processes: tuple[GpuProcess, ...] | None = None
    hidden_processes: int = 0
    """Processes of other users that could not be looked into."""
    state: Absence | None = None
    """`None` for a live reading; else why the whole GPU is not: asleep, lost, stale, denied."""
    state_text: str | None = None
    """The state in words where there is more to say: `not answering for 12 s`."""
    reasons: Mapping[str, Absence] = _NONE_TOLD
    """Field name -> why it is `None`."""
    measures: Mapping[str, str] = _NONE_TOLD
    """Field name -> what it measures where that is more, or less, than its name says: an Intel
    load of `time awake` is an upper bound, one of `visible processes` a lower one; the power of a
    processor with graphics is that of all of it."""

    @property
    def temperature(self) -> float | None:
        """The degrees Celsius of the chip, by the main of its own sensors; no other part's."""
        known = (self.temperatures.get(sensor) for sensor in CHIP_SENSORS)
        return next((degrees for degrees in known if degrees is not None), None)

    def unanswered(self, state: Absence, text: str) -> GpuSample:
        """Return the reading as the last one of a GPU that does not answer any more: its values
        stay, and what it does now is not known.
        """
        return self._replace(state=state, state_text=text, activity=None, partition_activity=None)

    @property
    def hides_processes(self) -> bool:
        """Whether others may use it than the processes that are told of."""
        return self.hidden_processes > 0 or self.measures.get("processes") == VISIBLE_PROCESSES

    @property
    def load_is_a_part(self) -> bool:
        """Whether processes that may not be looked into may do more than the load tells."""
        return self.measures.get("utilization") == VISIBLE_PROCESSES and self.hides_processes


class VendorReport(NamedTuple):
    """The result of the search for a vendor's GPUs."""

    vendor: str
    found: int
    """How many GPUs the search found."""
    text: str
    """One sentence: what was found, or what was looked for and what is missing."""


class GpusSampled(NamedTuple):
    """The newest reading of every GPU of a source, in a stable order, and what its search found.

    It takes the place of what the same source told before, and of nothing else.
    """

    samples: tuple[GpuSample, ...]
    report: tuple[VendorReport, ...]
    """What the search for each vendor's GPUs found."""
    source: str = ""
    """The source's name; empty for the sampling of the machine that the program runs on."""
    clock_zero: float | None = None
    """The moment from which a sample's time counts, in seconds since the epoch; it changes only
    when a clock is set. `None` where the source did not tell it, as older recordings do not."""

    def moment(self, sample: GpuSample) -> float:
        """Return when a sample was taken, in seconds since the epoch."""
        return sample.time + (self.clock_zero or 0.0)


class GpusRemembered(NamedTuple):
    """What the GPUs of a source did before it was watched, oldest first.

    It takes the place of all that is known of them.
    """

    source: str
    moments: tuple[GpusSampled, ...]
