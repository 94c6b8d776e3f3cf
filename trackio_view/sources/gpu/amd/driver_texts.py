"""What the texts of amdgpu's files say: levels, links, errors, and loads of partitions."""

from __future__ import annotations

import re
from pathlib import Path

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import gpu_metrics
from trackio_view.sources.gpu.kernel.pcie import Link, generation_of
from trackio_view.sources.gpu.kernel.sysfs import list_folder, read_bytes, read_text, whole_number

_LEVEL = re.compile(r"^\s*\w+:\s*(\d+)\s*mhz\s*(\*?)", re.IGNORECASE | re.MULTILINE)
_PCIE_LEVEL = re.compile(
    r"^\s*\w+:\s*(\d+(?:\.\d+)?)\s*GT/s,\s*x(\d+)[^*\n]*(\*?)", re.IGNORECASE | re.MULTILINE
)
ERROR_KINDS = {"ce": "ecc_corrected", "ue": "ecc_uncorrected", "de": "ecc_deferred"}
"""A word of `AMDGPU RAS sysfs Error Count Interface` of the kernel -> the field that it counts for.
Newer kernels have `de`, and of the memory's controller (`umc_err_count`) alone.
"""
_LINK_BLOCKS = {"pcie_bif": "PCIe", "xgmi_wafl": "XGMI"}
"""The blocks that are links, by the kernel's name, and what they are called."""
_ERROR_COUNT = re.compile(rf"^\s*({'|'.join(ERROR_KINDS)}):\s*(\d+)", re.MULTILINE)


def marked_level(text: str) -> float | Absence:
    """Return the MHz of the level marked `*`; absent where none is, or several that differ."""
    marked = {float(megahertz) for megahertz, star in _LEVEL.findall(text) if star}
    return marked.pop() if len(marked) == 1 else Absence.UNSUPPORTED


def highest_level(text: str) -> float | Absence:
    """Return the MHz of the highest level."""
    return max((float(megahertz) for megahertz, _ in _LEVEL.findall(text)), default=0.0) or (
        Absence.UNSUPPORTED
    )


def pcie_levels(text: str) -> Link | None:
    """Return the marked link and the best of a table of links; `None` for an empty table."""
    rows = [
        (generation_of(float(speed)), whole_number(width), bool(star))
        for speed, width, star in _PCIE_LEVEL.findall(text)
    ]
    if not rows:
        return None
    marked = {(generation, width) for generation, width, star in rows if star}
    generation, width = marked.pop() if len(marked) == 1 else (None, None)
    return Link(
        generation,
        width,
        max((row[0] for row in rows if row[0]), default=None),
        max((row[1] for row in rows if row[1] is not None), default=None),
    )


def partition_load(device: Path) -> float | None:
    """Return the load of a partition in percent, where its own table tells one."""
    blob = read_bytes(device / "xcp" / "xcp_metrics")
    return gpu_metrics.decode_partition(blob) if isinstance(blob, bytes) else None


def error_counts(folder: Path) -> dict[str, int] | Absence:
    """Return the errors of all blocks by field, of the kinds that any block counts.

    Those of links that could not be corrected are none of the memory: `link_errors` has them.
    """
    totals: dict[str, int] = {}
    reason = Absence.UNSUPPORTED
    for name in list_folder(folder):
        if name.endswith("_err_count"):
            text = read_text(folder / name)
            if isinstance(text, Absence):
                reason = text
                continue
            is_link = name.removesuffix("_err_count") in _LINK_BLOCKS
            for kind, count in _ERROR_COUNT.findall(text):
                number = whole_number(count)
                if number is not None and not (is_link and kind == "ue"):
                    field = ERROR_KINDS[kind]
                    totals[field] = totals.get(field, 0) + number
    return totals or reason


def link_errors(folder: Path) -> tuple[str, ...] | Absence:
    """Return the errors of links that could not be corrected, in words; empty for none."""
    reason = Absence.UNSUPPORTED
    errors: list[str] | None = None
    for block, title in _LINK_BLOCKS.items():
        text = read_text(folder / f"{block}_err_count")
        if isinstance(text, Absence):
            reason = text
            continue
        count = whole_number(dict(_ERROR_COUNT.findall(text)).get("ue", ""))
        if count is not None:
            errors = errors or []
            if count:
                plural = "s" * (count != 1)
                errors.append(f"{count:,} uncorrected error{plural} of {title} links")
    return reason if errors is None else tuple(errors)


_BAD_PAGE = re.compile(r"^0x[0-9a-f]+ : 0x[0-9a-f]+ : R$", re.MULTILINE)
"""A page that is used no more, in `AMDGPU RAS sysfs gpu_vram_bad_pages Interface` of the kernel."""


def pages_retired(path: Path) -> int | Absence:
    """Return how many pages of memory a driver's list holds that are used no more."""
    content = read_bytes(path)
    if isinstance(content, Absence):
        return content
    return len(_BAD_PAGE.findall(content.decode("ascii", "replace")))
