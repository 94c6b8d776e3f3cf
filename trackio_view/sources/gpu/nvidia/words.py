"""What NVIDIA's numbers mean, in words: from the library as well as from `nvidia-smi`."""

from __future__ import annotations

from collections.abc import Mapping

VENDOR = "NVIDIA"

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


COMPUTE_MODES: Mapping[int, str] = {
    0: "shared",
    1: "one thread alone",
    2: "prohibited",
    3: "one program alone",
}
"""nvmlComputeMode_t in words."""

FABRIC_STATES: Mapping[int, str] = {
    1: "not joined yet",
    2: "joining",
    3: "joined",
}
"""nvmlGpuFabricState_t in words; 0 stands for a GPU without one."""
FABRIC_JOINED = 3

INSTANCES_UNKNOWN = "MIG on, instances unknown"
"""Instances that cannot be counted are instances all the same."""
