"""AMD's compute driver (KFD): the GPUs that it knows, and the memory that its processes hold."""

from __future__ import annotations

import re
from pathlib import Path

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.drm import kfd_folder
from trackio_view.sources.gpu.kernel.sysfs import (
    list_folder,
    number_or_none,
    read_integer,
    text_or_none,
    whole_number,
)
from trackio_view.sources.gpu.sampler import Roots


def generation(roots: Roots) -> int | None:
    """Return the driver's count of changes of its GPUs; `None` where it does not run."""
    return number_or_none(kfd_folder(roots) / "topology" / "generation_id")


def _nodes(roots: Roots) -> list[tuple[str, int, int]]:
    """Return the PCI address, id and render minor of every GPU; a partition is one of its own."""
    nodes = []
    parent = kfd_folder(roots) / "topology" / "nodes"
    for name in list_folder(parent):
        gpu_id = read_integer(parent / name / "gpu_id", low=1)
        properties = _properties(parent / name / "properties")
        location = properties.get("location_id")
        if isinstance(gpu_id, Absence) or location is None:
            continue
        # Bits above the 16 of bus, device and function number the partition.
        bus, slot, function = location >> 8 & 0xFF, location >> 3 & 0x1F, location & 7
        address = f"{properties.get('domain', 0):04x}:{bus:02x}:{slot:02x}.{function}"
        nodes.append((address, gpu_id, properties.get("drm_render_minor", 0)))
    return nodes


def _properties(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in (text_or_none(path) or "").splitlines())
    numbers = {pair[0]: whole_number(pair[1]) for pair in pairs if len(pair) == 2}
    return {name: number for name, number in numbers.items() if number is not None}


def gpu_ids(roots: Roots, address: str) -> frozenset[int]:
    """Return the compute driver's ids of a GPU: one, or one for each partition."""
    return frozenset(gpu_id for found, gpu_id, _ in _nodes(roots) if found == address)


def addresses_by_render_node(roots: Roots) -> dict[str, str]:
    """Return the PCI address of the GPU behind each render node."""
    return {f"renderD{minor}": address for address, _, minor in _nodes(roots) if minor}


def memory_by_process(roots: Roots, ids: frozenset[int]) -> dict[int, int]:
    """Return the bytes that each compute process holds on a GPU, without those that hold none."""
    found: dict[int, int] = {}
    if not ids:
        return found
    parent = kfd_folder(roots) / "proc"
    for name in list_folder(parent):
        if not name.isdigit():
            continue
        # The neighbouring `sdma_*` are not read: they make the driver do work.
        sizes = (read_integer(parent / name / f"vram_{gpu_id}") for gpu_id in ids)
        total = sum(size for size in sizes if not isinstance(size, Absence))
        if total:
            found[int(name)] = total
    return found


def compute_units_by_process(roots: Roots, ids: frozenset[int]) -> dict[int, int]:
    """Return how many compute units each process occupies; chips before and after GCN tell none.

    The reading disturbs the GPU, so it is not for every second.
    """
    found: dict[int, int] = {}
    parent = kfd_folder(roots) / "proc"
    for name in list_folder(parent) if ids else ():
        if name.isdigit():
            counts = (
                read_integer(parent / name / f"stats_{gpu_id}" / "cu_occupancy") for gpu_id in ids
            )
            known = [count for count in counts if not isinstance(count, Absence)]
            if known:
                found[int(name)] = sum(known)
    return found


def rocm_uuid(unique_id: str | None) -> str | None:
    """Return what `ROCR_VISIBLE_DEVICES` calls a card: `GPU-` and the 16 digits of its number.

    Source: the driver's file `unique_id`; a card without a number of its own has none there, or 0.
    """
    if unique_id is None or not re.fullmatch(r"[0-9a-fA-F]{1,16}", unique_id):
        return None
    number = int(unique_id, 16)
    return f"GPU-{number:016x}" if number else None
