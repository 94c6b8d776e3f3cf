"""What NVIDIA's driver library answers in place of a value: its error codes, and all ones.

The codes are those of nvml.h; the numbers are used so that the binding is imported only where an
NVIDIA GPU can be.
"""

from __future__ import annotations

from collections.abc import Mapping

from trackio_view.model.gpu import Absence

SUCCESS, UNINITIALIZED, INVALID_ARGUMENT, NOT_SUPPORTED = 0, 1, 2, 3
NO_PERMISSION, NOT_FOUND = 4, 6
INSUFFICIENT_POWER, DRIVER_NOT_LOADED, TIMEOUT, INTERRUPTS_FAIL = 8, 9, 10, 11
LIBRARY_NOT_FOUND, FUNCTION_NOT_FOUND, GPU_IS_LOST, RESET_REQUIRED = 12, 13, 15, 16
LIB_RM_VERSION_MISMATCH, UNKNOWN = 18, 999

PERMANENT = frozenset({INVALID_ARGUMENT, NOT_SUPPORTED, FUNCTION_NOT_FOUND, 25, 26})
"""Invalid argument, not supported, function not found, version mismatch, deprecated: a call that
fails with one of these fails with it for as long as the driver stays loaded."""

_NOT_THERE = PERMANENT | {NOT_FOUND, 24}
"""Also frequency not supported: what was asked for is not there. Any other error says that the
driver failed, perhaps for the moment only."""

PASSING = frozenset({Absence.LOST, Absence.FAILED})
"""What is asked again where it was asked for only once: the driver may know it then."""

_VERSIONS_DIFFER = "library and kernel driver differ in version; a restart is due"

DEVICE_GONE: Mapping[int, str] = {
    UNINITIALIZED: "the driver was reloaded",
    DRIVER_NOT_LOADED: "the driver is not loaded",
    GPU_IS_LOST: "the GPU has fallen off the bus",
    RESET_REQUIRED: "the GPU needs a reset",
    LIB_RM_VERSION_MISMATCH: _VERSIONS_DIFFER,
}
"""Errors that speak of the whole device, whatever was asked."""

INIT_FAULTS: Mapping[int, str] = {
    NO_PERMISSION: "this user may not talk to the driver",
    DRIVER_NOT_LOADED: "the library is there, but the kernel driver is not loaded",
    LIBRARY_NOT_FOUND: "the driver's library libnvidia-ml.so.1 is not installed",
    LIB_RM_VERSION_MISMATCH: _VERSIONS_DIFFER,
}

OUTDATED = frozenset({UNINITIALIZED, DRIVER_NOT_LOADED, LIB_RM_VERSION_MISMATCH})
"""Errors after which the library has to be started again."""

HANDLE_FAULTS: Mapping[int, str] = {
    NO_PERMISSION: "this user may not talk to the GPU",
    INSUFFICIENT_POWER: "the GPU lacks power: its cables are not attached as they should be",
    INTERRUPTS_FAIL: "the kernel has a problem with the interrupts of the GPU",
    TIMEOUT: "the driver does not answer about the GPU in time",
}
"""Errors for which the driver does not let a GPU be opened."""

ALL_ONES = frozenset({0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF})
"""NVML_VALUE_NOT_AVAILABLE: what the driver may answer, without an error, for a number that it does
not have. That of 32 bits may stand in a wider number, too."""


def absence_of(code: int) -> Absence:
    """Return what an error code says about the value that was asked for."""
    if code == NO_PERMISSION:
        return Absence.DENIED
    if code in DEVICE_GONE or code in (TIMEOUT, UNKNOWN):
        return Absence.LOST
    return Absence.UNSUPPORTED if code in _NOT_THERE else Absence.FAILED
