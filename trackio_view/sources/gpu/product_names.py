"""The names of GPUs: from what udev looked up, from the lists that the system's packages install,
and from a table of the program's own where these know less.
"""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path

from trackio_view.sources.gpu.kernel.drm import AMD_ID, DrmCard
from trackio_view.sources.gpu.sampler import Roots

PCI_LISTS = ("misc/pci.ids", "hwdata/pci.ids")
AMD_LIST = "libdrm/amdgpu.ids"
HARDWARE_LISTS = ("hwdb.d/20-pci-vendor-model.hwdb",)
_UDEV_KEY = "ID_MODEL_FROM_DATABASE="


def card_name(card: DrmCard, vendor: str, roots: Roots) -> str:
    """Return the best name that is known, else one of numbers: `AMD GPU 1002:73BF`."""
    if card.vendor_id is None or card.device_id is None:
        return f"{vendor} GPU {card.key}"
    name = None
    if card.vendor_id == AMD_ID:
        name = amdgpu_name(roots.share / AMD_LIST, card.device_id, card.revision)
    name = name or model_name(roots, card.vendor_id, card.device_id, card.slot, card.subsystem)
    if name is None:
        return f"{vendor} GPU {card.vendor_id:04X}:{card.device_id:04X}"
    return name if name.lower().startswith(vendor.lower()) else f"{vendor} {name}"


def model_name(
    roots: Roots,
    vendor_id: int,
    device_id: int,
    slot: str | None,
    subsystem: tuple[int, int] | None = None,
) -> str | None:
    """Return the name of a model, or of its series; `None` where nothing knows it.

    `slot` is the PCI address, under which udev keeps what it has looked up.
    """
    name = None if slot is None else udev_name(roots.run / "udev" / "data" / f"+pci:{slot}")
    for listed in HARDWARE_LISTS:
        name = name or hardware_list_name(roots.udev / listed, vendor_id, device_id)
    for listed in PCI_LISTS:
        name = name or pci_name(roots.share / listed, vendor_id, device_id, subsystem)
    if name is not None:
        return name
    common = None
    if vendor_id == AMD_ID:
        common = common_words(amdgpu_names(roots.share / AMD_LIST, device_id))
    if common is not None and re.search(r"\d", common):
        return common
    from trackio_view.sources.gpu.known_models import KNOWN_MODELS

    # Words without a number, as `Radeon RX`, tell less than the table.
    return KNOWN_MODELS.get((vendor_id, device_id), common)


def udev_name(path: Path) -> str | None:
    """Return the model that udev looked up in its database, from what it keeps of a device.

    Source: the lines `E:KEY=value` of `/run/udev/data`, which all may read.
    """
    for line in _lines(path):
        if line.startswith(f"E:{_UDEV_KEY}"):
            return _product(line.partition("=")[2])
    return None


@functools.lru_cache(maxsize=64)
def hardware_list_name(path: Path, vendor_id: int, device_id: int) -> str | None:
    """Return the model in a source of udev's database.

    Source: hwdb(7): lines that match, `pci:v00001002d000073BF*`, above indented ones of properties.
    """
    wanted = f"pci:v{vendor_id:08X}d{device_id:08X}*"
    inside = False
    for line in _lines(path):
        if not line.startswith(" "):
            inside = line.rstrip() == wanted
        elif inside and line.strip().startswith(_UDEV_KEY):
            return _product(line.partition("=")[2])
    return None


def amdgpu_name(path: Path, device_id: int, revision: int | None) -> str | None:
    """Return the name of a device's revision in libdrm's list.

    Without a revision, a name only where all revisions of the device share it.
    """
    names = amdgpu_names(path, device_id)
    if revision is not None:
        return names.get(revision)
    different = set(names.values())
    return different.pop() if len(different) == 1 else None


@functools.lru_cache(maxsize=64)
def amdgpu_names(path: Path, device_id: int) -> dict[int, str]:
    """Return a device's names by revision, from lines of `DEVICE, REVISION, name`, hexadecimal."""
    names = {}
    for line in _lines(path):
        fields = [field.strip() for field in line.split(",", 2)]
        if len(fields) == 3 and fields[2] and _hexadecimal(fields[0]) == device_id:
            revision = _hexadecimal(fields[1])
            if revision is not None:
                names[revision] = fields[2]
    return names


def common_words(names: dict[int, str]) -> str | None:
    """Return what the names of all revisions begin with: of `RX 6600 XT` and `RX 6600M`,
    `RX 6600 series`. `None` where they share no word.
    """
    different = sorted(set(names.values()))
    if len(different) < 2:
        return different[0] if different else None
    split = [name.split() for name in different]
    alike = itertools.takewhile(lambda words: len(set(words)) == 1, zip(*split, strict=False))
    shared = [words[0] for words in alike]
    rest = [words[len(shared)] if len(words) > len(shared) else "" for words in split]
    # `6600` and `6600M` are of one series, `6600` and `6650` are not known to be.
    numbers = {match[0] for word in rest if (match := re.match(r"\d{2,}", word))}
    if len(numbers) == 1 and all(re.match(r"\d{2,}", word) for word in rest):
        shared = [*shared, *numbers]
    return f"{' '.join(shared)} series" if shared else None


@functools.lru_cache(maxsize=64)
def pci_name(
    path: Path, vendor_id: int, device_id: int, subsystem: tuple[int, int] | None
) -> str | None:
    """Return the name in a list of PCI ids: vendors at the margin, devices and boards indented."""
    chip = board = None
    inside_vendor = inside_device = False
    for line in _lines(path):
        if not line.strip() or line.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip("\t"))
        words = line.strip().split(None, 2 if depth == 2 else 1)
        number = _hexadecimal(words[0])
        if depth == 0:
            if inside_vendor:
                break
            inside_vendor = number == vendor_id
        elif inside_vendor and depth == 1:
            if inside_device:
                break
            inside_device = number == device_id
            if inside_device and len(words) == 2:
                chip = words[1]
        elif (
            inside_device
            and depth == 2
            and len(words) == 3
            and (number, _hexadecimal(words[1])) == subsystem
        ):
            board = words[2]
    for name in (board, chip):
        if name:
            return _product(name)
    return None


def _product(name: str) -> str | None:
    """Return the product of `chip [product]`, which is what people know."""
    product = re.search(r"\[([^]]+)]", name)
    return (product[1] if product else name).strip() or None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None
