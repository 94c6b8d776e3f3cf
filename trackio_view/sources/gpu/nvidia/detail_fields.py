"""Fields for the page of details: limits of power and heat, and how the driver treats the GPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.device import MEMORY_V2, NvidiaDevice, ReadField
from trackio_view.sources.gpu.nvidia.words import (
    COMPUTE_MODES,
    FABRIC_JOINED,
    FABRIC_STATES,
)

POWER_AVERAGE, POWER_INSTANT = 185, 186
POWER_LIMIT_MIN, POWER_LIMIT_MAX, POWER_LIMIT_DEFAULT = 187, 188, 189
"""NVML_FI_DEV_POWER_..."""
OF_MODULE, OF_MEMORY = 1, 2
"""nvmlPowerScopeType_t."""
_MOST_MILLIWATTS = 20_000_000


def power(field_id: int, scope: int | None = None, *fallback: tuple[Any, ...]) -> ReadField:
    """Return what reads watts, of a part of the board where one is named."""

    def read(device: NvidiaDevice) -> Any:
        milliwatts = device.calls.field_value(field_id, scope)
        if milliwatts is Absence.UNSUPPORTED and fallback:
            milliwatts = device.number(*fallback)
        if isinstance(milliwatts, Absence):
            return milliwatts
        # A board without the limit answers 0.
        usual = 0 < milliwatts <= _MOST_MILLIWATTS
        return milliwatts / 1000.0 if usual else Absence.UNSUPPORTED

    return read


def power_bound(field_id: int, place: int) -> ReadField:
    """Return what reads the lowest (0) or highest (1) limit of power that may be set, in watts."""
    of_field = power(field_id)

    def read(device: NvidiaDevice) -> Any:
        watts = of_field(device)
        if watts is not Absence.UNSUPPORTED:
            return watts
        # Drivers that lack the field have a call for both.
        both = device.calls("nvmlDeviceGetPowerManagementLimitConstraints")
        if isinstance(both, Absence):
            return both
        usual = 0 < both[place] <= _MOST_MILLIWATTS
        return both[place] / 1000.0 if usual else Absence.UNSUPPORTED

    return read


_THRESHOLDS: Mapping[str, int] = {
    "slowdown": 1,
    "shutdown": 0,
    "memory": 2,
    "GPU": 3,
}
"""What happens at a temperature, or which part's limit it is -> nvmlTemperatureThresholds_t."""
_BELOW_MARGIN: Mapping[str, int] = {"slowdown": 194, "shutdown": 193}
"""NVML_FI_DEV_TEMPERATURE_..._TLIMIT: the degrees that are left to a limit, which may be negative.
Chips without thresholds tell these."""


def heat_limits(device: NvidiaDevice) -> Any:
    """Return the temperatures at which something happens, in degrees Celsius."""
    limits: dict[str, float] = {}
    lack: Absence = Absence.UNSUPPORTED
    for name, number in _THRESHOLDS.items():
        degrees = device.number(("nvmlDeviceGetTemperatureThreshold", number), high=250)
        if isinstance(degrees, Absence):
            lack = degrees
        elif degrees:
            limits[name] = float(degrees)
    margin = heat_margin(device)
    heat = device.number(
        ("nvmlDeviceGetTemperatureV", 0), ("nvmlDeviceGetTemperature", 0), high=250
    )
    if not limits and not isinstance(margin, Absence) and not isinstance(heat, Absence):
        limits["GPU"] = float(heat + margin)
        for name, field_id in _BELOW_MARGIN.items():
            left = device.calls.field_value(field_id)
            if not isinstance(left, Absence):
                limits[name] = float(heat + margin - left)
    return limits or lack


def heat_margin(device: NvidiaDevice) -> Any:
    """Return how many degrees are left below the GPU's limit; below 0 where it is hotter."""
    margin = device.calls("nvmlDeviceGetMarginTemperature")
    if isinstance(margin, Absence):
        return margin
    return float(margin) if abs(margin) <= 250 else Absence.UNSUPPORTED


def memory_reserved(device: NvidiaDevice) -> Any:
    """Return the bytes of memory that the driver keeps for itself."""
    memory = device.calls("nvmlDeviceGetMemoryInfo", MEMORY_V2)
    if isinstance(memory, Absence):
        return memory
    is_told = 0 < memory.total < 1 << 50 and memory.reserved <= memory.total
    return memory.reserved if is_told else Absence.UNSUPPORTED


def bar1(member: str) -> ReadField:
    """Return what reads bytes of the window through which the processor reaches the memory."""

    def read(device: NvidiaDevice) -> Any:
        window = device.calls("nvmlDeviceGetBAR1MemoryInfo")
        if isinstance(window, Absence):
            return window
        size = getattr(window, member)
        is_told = 0 < window.bar1Total < 1 << 60 and size <= window.bar1Total
        return size if is_told else Absence.UNSUPPORTED

    return read


def clock_max(number: int) -> ReadField:
    """Return what reads the highest megahertz of a clock; once, as the driver needs long."""

    def read(device: NvidiaDevice) -> Any:
        megahertz = device.lasting("nvmlDeviceGetMaxClockInfo", number)
        if isinstance(megahertz, Absence):
            return megahertz
        return megahertz if 0 < megahertz <= 50_000 else Absence.UNSUPPORTED

    return read


def cuda_version(device: NvidiaDevice) -> Any:
    """Return the newest CUDA that the driver knows."""
    return device.calls.library.cuda or Absence.UNSUPPORTED


def firmware(device: NvidiaDevice) -> Any:
    """Return the version of the board's firmware."""
    version = device.lasting("nvmlDeviceGetVbiosVersion")
    if isinstance(version, Absence):
        return version
    return nvml.text_of(version) or Absence.UNSUPPORTED


def compute_mode(device: NvidiaDevice) -> Any:
    """Return who may compute on the GPU, in words."""
    mode = device.calls("nvmlDeviceGetComputeMode")
    if isinstance(mode, Absence):
        return mode
    if mode in codes.ALL_ONES:
        return Absence.UNSUPPORTED
    return COMPUTE_MODES.get(mode, f"mode {mode}")


def persistence(device: NvidiaDevice) -> Any:
    """Return whether the driver stays loaded while nobody uses the GPU: `on` or `off`."""
    mode = device.calls("nvmlDeviceGetPersistenceMode")
    if isinstance(mode, Absence):
        return mode
    return {0: "off", 1: "on"}.get(mode, Absence.UNSUPPORTED)


def module_id(device: NvidiaDevice) -> Any:
    """Return which of the board's GPUs it is."""
    number = device.lasting("nvmlDeviceGetModuleId")
    return Absence.UNSUPPORTED if number in codes.ALL_ONES else number


def confidential_computing(device: NvidiaDevice) -> Any:
    """Return whether the machine's owner is kept out of the GPU's memory, in words."""
    state = device.calls.of_system("nvmlSystemGetConfComputeState")
    if isinstance(state, Absence):
        return state
    if not state.ccFeature:
        return "off"
    return "on, open to developer tools" if state.devToolsMode else "on"


def fabric(device: NvidiaDevice) -> Any:
    """Return how far the GPU has joined the switches between GPUs, in words."""
    # Older bindings do not know the structure.
    make = getattr(device.calls.library.binding, "c_nvmlGpuFabricInfo_v2_t", None)
    if make is None:
        return Absence.UNSUPPORTED
    # Made anew for each look, as the driver writes into it.
    info = make()
    answer = device.calls.filled("nvmlDeviceGetGpuFabricInfoV", info)
    if isinstance(answer, Absence):
        return answer
    if info.state not in FABRIC_STATES:
        return Absence.UNSUPPORTED
    if info.state == FABRIC_JOINED and info.status != codes.SUCCESS:
        return f"could not join (error {info.status})"
    degraded = info.healthMask & _DEGRADED_MASK == _DEGRADED
    return FABRIC_STATES[info.state] + (", bandwidth degraded" if degraded else "")


_DEGRADED, _DEGRADED_MASK = 1, 3
"""NVML_GPU_FABRIC_HEALTH_MASK_DEGRADED_BW_..."""
