"""The exporters that tell of GPUs, and their names for each field: one table, and its readers.

Names and units are those of the exporters' own documents and sources. Numbers that mean "unknown"
(a blank, a zero for a field that cannot be read, a spike) are outside of `PLAUSIBLE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

MEBIBYTE = float(1 << 20)
INSTANCE = "instance"
"""The label by which Prometheus tells its targets apart."""
FREE, RESERVED = "memory_free", "memory_reserved"
"""Parts of the memory's size, which add up to the total with the used bytes."""
SHARE = "memory_share"
"""The used part of the memory, from 0 to 1, where no metric tells its size."""
TEMPERATURE = "temperature:"
"""The beginning of the field of each sensor."""

PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "utilization": (0, 100),
    "power": (0.01, 3_000),
    "power_limit": (0.01, 3_000),
    TEMPERATURE: (1, 130),
    "memory_used": (0, 1 << 44),
    "memory_total": (1, 1 << 44),
    FREE: (0, 1 << 44),
    RESERVED: (0, 1 << 44),
    SHARE: (0, 1),
    "clock_sm": (0, 10_000),
    "clock_graphics": (0, 10_000),
    "clock_memory": (0, 20_000),
    "memory_bus_load": (0, 100),
    "encoder": (0, 100),
    "decoder": (0, 100),
    "sm_busy": (0, 100),
    "tensor_cores": (0, 100),
    "memory_bandwidth": (0, 100),
    "energy": (0, 1e13),
}
"""Field -> the least and the greatest that a GPU can have: no GPU draws 0 W or has 0 °C, which an
exporter prints for what it cannot read."""


class Told(NamedTuple):
    """The metric by which a family tells a field."""

    field: str
    """A field of `GpuSample`, or one of the fields above."""
    metric: str
    factor: float = 1.0
    """The factor from the exporter's unit to the field's."""
    where: tuple[tuple[str, str], ...] = ()
    """Labels and values that select the series, where the name has others, too."""
    is_detail: bool = False
    """Whether only the host that is on screen is asked for it."""


class GpuFamily(NamedTuple):
    """An exporter, and its names."""

    name: str
    vendor: str
    """Empty where the exporter tells of several vendors' GPUs."""
    anchor: str
    """The metric that reveals the exporter, and that has the labels of each GPU's identity."""
    number: tuple[str, ...]
    """Labels that together tell the GPUs of a target apart; the partitions of a GPU share them."""
    fields: tuple[Told, ...]
    """Where several tell one field, the first plausible value is taken."""
    seen: str
    """The output that this table was checked against, in words."""
    partition: str = ""
    """The label of a partition, which is a GPU of its own to programs."""
    profile: str = ""
    """The label of a partition's size."""
    piece: str = ""
    """The label of a piece, where the exporter tells of one GPU piece by piece."""
    sorted_by: str = ""
    """The label by which a machine's GPUs are sorted, where that is not the one that tells them
    apart.
    """
    uuid: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    driver: tuple[str, ...] = ()
    workload: tuple[tuple[str, str], ...] = ()
    """Pairs of labels: a pod and its namespace, a job and its user."""
    may_have_prefix: bool = False
    """Whether its administrator may have put a prefix before all names."""
    has_blanks: bool = False
    """Whether it prints DCGM's blanks for what is not there."""

    @property
    def found_by(self) -> tuple[str, ...]:
        """The metrics that tell that it is there, the one with most GPUs first.

        Who runs an exporter may leave out its anchor, but hardly the load.
        """
        loads = (told.metric for told in self.fields if told.field == "utilization")
        return tuple(dict.fromkeys((self.anchor, *loads)))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that tell series apart: each question about numbers has them."""
        chosen = [label for told in self.fields for label, _ in told.where]
        apart = (*self.number, self.partition, self.piece, *chosen)
        return tuple(dict.fromkeys(label for label in apart if label))

    @property
    def identity_labels(self) -> tuple[str, ...]:
        """The labels of a GPU's identity."""
        pairs = [label for pair in self.workload for label in pair]
        parts = (*self.number, self.sorted_by, self.partition, self.profile)
        names = (*self.uuid, *self.host, *self.model, *self.driver)
        return tuple(dict.fromkeys(label for label in (*parts, *names, *pairs) if label))


_POD = (("exported_pod", "exported_namespace"), ("pod", "namespace"))


def _dcgm(field: str, name: str, factor: float = 1.0, *, is_detail: bool = False) -> Told:
    return Told(field, f"DCGM_FI_{name}", factor, is_detail=is_detail)


FAMILIES: tuple[GpuFamily, ...] = (
    GpuFamily(
        "dcgm-exporter",
        "NVIDIA",
        "DCGM_FI_DEV_FB_USED",
        number=("gpu",),
        partition="GPU_I_ID",
        profile="GPU_I_PROFILE",
        uuid=("UUID",),
        host=("Hostname", "hostname"),
        model=("modelName",),
        driver=("DCGM_FI_DRIVER_VERSION",),
        workload=(*_POD, ("hpc_job", "")),
        has_blanks=True,
        seen="its output for an L4, an L40S, a T4, a vGPU and 16 H100; MIG by layout only",
        fields=(
            _dcgm("utilization", "DEV_GPU_UTIL"),
            _dcgm("utilization", "PROF_GR_ENGINE_ACTIVE", 100),
            _dcgm("memory_used", "DEV_FB_USED", MEBIBYTE),
            _dcgm("memory_total", "DEV_FB_TOTAL", MEBIBYTE),
            _dcgm(FREE, "DEV_FB_FREE", MEBIBYTE),
            _dcgm(RESERVED, "DEV_FB_RESERVED", MEBIBYTE),
            _dcgm("power", "DEV_POWER_USAGE"),
            _dcgm("power_limit", "DEV_POWER_MGMT_LIMIT"),
            _dcgm(f"{TEMPERATURE}gpu", "DEV_GPU_TEMP"),
            _dcgm("clock_sm", "DEV_SM_CLOCK"),
            _dcgm(f"{TEMPERATURE}memory", "DEV_MEMORY_TEMP", is_detail=True),
            _dcgm("clock_memory", "DEV_MEM_CLOCK", is_detail=True),
            _dcgm("memory_bus_load", "DEV_MEM_COPY_UTIL", is_detail=True),
            _dcgm("encoder", "DEV_ENC_UTIL", is_detail=True),
            _dcgm("decoder", "DEV_DEC_UTIL", is_detail=True),
            _dcgm("energy", "DEV_TOTAL_ENERGY_CONSUMPTION", 1e-3, is_detail=True),
            _dcgm("sm_busy", "PROF_SM_ACTIVE", 100, is_detail=True),
            _dcgm("tensor_cores", "PROF_PIPE_TENSOR_ACTIVE", 100, is_detail=True),
            _dcgm("memory_bandwidth", "PROF_DRAM_ACTIVE", 100, is_detail=True),
        ),
    ),
    GpuFamily(
        "AMD device-metrics-exporter",
        "AMD",
        "gpu_gfx_activity",
        # Each partition is a GPU to programs; an undivided card has one, with the number 0.
        number=("gpu_id", "gpu_partition_id"),
        uuid=("gpu_uuid",),
        host=("hostname",),
        model=("card_series", "card_model"),
        driver=("driver_version",),
        workload=(*_POD, ("job_id", "job_user")),
        may_have_prefix=True,
        seen="lines made up after public ones, for MI300X",
        fields=(
            Told("utilization", "gpu_gfx_activity"),
            Told("memory_used", "gpu_used_vram", MEBIBYTE),
            Told("memory_total", "gpu_total_vram", MEBIBYTE),
            Told("power", "gpu_package_power"),
            Told("power", "gpu_average_package_power"),
            Told(f"{TEMPERATURE}hotspot", "gpu_junction_temperature"),
            Told(f"{TEMPERATURE}edge", "gpu_edge_temperature"),
            Told("clock_graphics", "gpu_clock", where=(("clock_type", "system"),)),
            Told(f"{TEMPERATURE}memory", "gpu_memory_temperature", is_detail=True),
            Told("memory_bus_load", "gpu_umc_activity", is_detail=True),
            Told("energy", "gpu_energy_consumed", 1e-6, is_detail=True),
        ),
    ),
    GpuFamily(
        "Intel xpumd",
        "Intel",
        "hw_gpu_info",
        number=("hw_id",),
        uuid=("hw_id",),
        host=("node",),
        model=("hw_model",),
        workload=_POD,
        seen="a sample that its users composed, for a B60",
        fields=(
            Told("utilization", "hw_gpu_utilization_ratio", 100, (("hw_gpu_task", "compute-all"),)),
            Told("utilization", "hw_gpu_utilization_ratio", 100, (("hw_gpu_task", "all"),)),
            Told("memory_used", "hw_memory_usage_bytes"),
            Told("memory_total", "hw_memory_size_bytes"),
            Told("power", "hw_power_watts"),
            Told(
                f"{TEMPERATURE}gpu",
                "hw_temperature_celsius",
                where=(("hw_sensor_location", "gpu"), ("statistic", "max")),
            ),
            Told(
                "clock_graphics",
                "hw_frequency_hertz",
                1e-6,
                (("aggregation", "avg"), ("hw_frequency_domain", "gpu")),
            ),
        ),
    ),
    GpuFamily(
        "Intel xpumanager",
        "Intel",
        "xpum_engine_ratio",
        number=("uuid",),
        piece="sub_dev",
        uuid=("uuid",),
        host=("node",),
        model=("dev_name",),
        workload=(("kube_pod", "kube_namespace"), *_POD),
        seen="names and units of its source alone",
        fields=(
            # Its help says percent; the exporter multiplies by 0.01.
            Told("utilization", "xpum_engine_ratio", 100),
            Told("memory_used", "xpum_memory_used_bytes"),
            Told(SHARE, "xpum_memory_ratio"),
            Told("power", "xpum_power_watts"),
            Told(f"{TEMPERATURE}gpu", "xpum_temperature_celsius", where=(("location", "gpu"),)),
            Told("clock_graphics", "xpum_frequency_mhz", where=(("type", "actual"),)),
        ),
    ),
    GpuFamily(
        "nvidia_gpu_exporter",
        "NVIDIA",
        "nvidia_smi_gpu_info",
        number=("uuid",),
        sorted_by="index",
        uuid=("uuid",),
        model=("name",),
        driver=("driver_version",),
        workload=_POD,
        seen="its output for an H100, an H200 and an RTX 4080",
        fields=(
            Told("utilization", "nvidia_smi_utilization_gpu_ratio", 100),
            Told("memory_used", "nvidia_smi_memory_used_bytes"),
            Told("memory_total", "nvidia_smi_memory_total_bytes"),
            Told("power", "nvidia_smi_power_draw_watts"),
            Told("power_limit", "nvidia_smi_enforced_power_limit_watts"),
            Told(f"{TEMPERATURE}gpu", "nvidia_smi_temperature_gpu"),
            Told("clock_sm", "nvidia_smi_clocks_current_sm_clock_hz", 1e-6),
            Told(f"{TEMPERATURE}memory", "nvidia_smi_temperature_memory", is_detail=True),
        ),
    ),
    GpuFamily(
        "nvitop-exporter",
        "NVIDIA",
        "gpu_memory_percent_Percentage",
        number=("index",),
        uuid=("uuid",),
        host=("hostname",),
        model=("devicename",),
        workload=_POD,
        seen="names and units of its source alone",
        fields=(
            Told("utilization", "gpu_utilization_Percentage"),
            Told("memory_used", "gpu_memory_used_MiB", MEBIBYTE),
            Told("memory_total", "gpu_memory_total_MiB", MEBIBYTE),
            Told("power", "gpu_power_usage_W"),
            Told("power_limit", "gpu_power_limit_W"),
            Told(f"{TEMPERATURE}gpu", "gpu_temperature_C"),
            Told("clock_sm", "gpu_clock_sm_MHz"),
        ),
    ),
    GpuFamily(
        "all-smi",
        "",
        "all_smi_gpu_memory_total_bytes",
        number=("gpu_index", "gpu_uuid"),
        uuid=("gpu_uuid",),
        # Prometheus renames its label `instance` where the target's own label wins.
        host=("exported_instance",),
        model=("gpu",),
        workload=_POD,
        seen="names and units of its source alone",
        fields=(
            Told("utilization", "all_smi_gpu_utilization"),
            Told("memory_used", "all_smi_gpu_memory_used_bytes"),
            Told("memory_total", "all_smi_gpu_memory_total_bytes"),
            Told("power", "all_smi_gpu_power_consumption_watts"),
            Told("power_limit", "all_smi_gpu_power_limit_current_watts"),
            Told(f"{TEMPERATURE}gpu", "all_smi_gpu_temperature_celsius"),
            Told("clock_graphics", "all_smi_gpu_frequency_mhz"),
        ),
    ),
    GpuFamily(
        "node_exporter",
        "AMD",
        "node_drm_card_info",
        number=("card",),
        workload=_POD,
        seen="its output for four AMD cards; it links no sensor to a card: neither power nor heat",
        fields=(
            Told("utilization", "node_drm_gpu_busy_percent"),
            Told("memory_used", "node_drm_memory_vram_used_bytes"),
            Told("memory_total", "node_drm_memory_vram_size_bytes"),
        ),
    ),
)
"""Every exporter that is known, the fullest first: where two tell of one GPU, the first counts."""


class FoundFamily(NamedTuple):
    """A family that a Prometheus knows, and the prefix that its names have there."""

    family: GpuFamily
    prefix: str
    found_by: str
    """The metric that stands for the family's anchor where that is missing."""

    def named(self, metric: str) -> str:
        """Return the name that one of the family's metrics has there."""
        return self.prefix + metric

    @property
    def anchor(self) -> str:
        return self.named(self.found_by or self.family.anchor)


def anchors_expression() -> str:
    """Return the regular expression that matches every metric which reveals a family."""
    return "|".join(
        f"(.+_)?{metric}" if family.may_have_prefix else metric
        for family in FAMILIES
        for metric in family.found_by
    )


def found_families(names: Iterable[str]) -> list[FoundFamily]:
    """Return the families of these anchors' names, in the table's order."""
    told = set(names)
    found = []
    for family in FAMILIES:
        prefixes: set[str] = set()
        for metric in family.found_by:
            for name in sorted(told):
                prefix = name.removesuffix(metric)
                is_its = name.endswith(metric) and (not prefix or family.may_have_prefix)
                if is_its and prefix not in prefixes:
                    prefixes.add(prefix)
                    stand_in = metric if metric != family.anchor else ""
                    found.append(FoundFamily(family, prefix, stand_in))
    return found


class MetricMeaning(NamedTuple):
    """The family of a series, and the fields that it may tell."""

    found: FoundFamily
    told: tuple[tuple[int, Told], ...]
    """Each with its place among the family's fields: the first one with a value holds."""


def meanings(found: Sequence[FoundFamily], *, details: bool) -> dict[str, MetricMeaning]:
    """Return what each metric means by its name, those of `details` among them where asked for."""
    meant: dict[str, MetricMeaning] = {}
    for one in found:
        for place, told in enumerate(one.family.fields):
            if told.is_detail and not details:
                continue
            name = one.named(told.metric)
            before = meant[name].told if name in meant else ()
            meant[name] = MetricMeaning(one, (*before, (place, told)))
    return meant


_FIRST_BLANK, _LAST_BLANK = 2_147_483_632, 2_147_483_647
"""DCGM's 32-bit values for blank, not found, not supported and no permission. Its other blanks,
from 140,737,488,355,328 and from 9,223,372,036,854,775,792 on, are no plausible numbers of
anything."""


def plausible(family: GpuFamily, told: Told, number: float) -> float | None:
    """Return a series' number in the field's unit; `None` where it stands for no value."""
    value = number * told.factor
    least, greatest = PLAUSIBLE.get(told.field) or PLAUSIBLE[TEMPERATURE]
    # NaN is within no bounds.
    if not least <= value <= greatest:
        return None
    # All other blanks are out of bounds.
    return None if family.has_blanks and _FIRST_BLANK <= number <= _LAST_BLANK else value


_SLICES = re.compile(r"(?:\d+c\.)?(\d+)g\.")


def slices(profile: str) -> int | None:
    """Return how many of a GPU's seven slices a MIG profile (`1g.10gb`) has, `None` if unknown."""
    found = _SLICES.match(profile)
    return int(found[1]) if found else None
