"""Small readings of the kernel's files: a value, or why there is none."""

from __future__ import annotations

import errno
import os
import re

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.model.gpu import Absence
from trackio_view.model.natural_order import natural_order

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeGuard

    from trackio_view.sources.gpu.sampler import Roots

# Larger than any file read here; a sysfs attribute is at most a page.
READ_LIMIT = 1 << 16
_MOST_DIGITS = 20
"""The digits of a number of 64 bits: no driver counts farther, and Python reads no thousands."""

_ABSENCE_BY_ERROR = {
    errno.EACCES: Absence.DENIED,
    errno.EPERM: Absence.DENIED,
    # A GPU in reset or on its way into suspend: the last value is old, not wrong.
    errno.EBUSY: Absence.STALE,
    # What a sensor in a powered-down block answers.
    errno.EAGAIN: Absence.ASLEEP,
    errno.EIO: Absence.LOST,
    errno.ENODEV: Absence.LOST,
    errno.ENXIO: Absence.LOST,
    errno.ETIMEDOUT: Absence.LOST,
}

_NOT_AVAILABLE = frozenset({-1, (1 << 32) - 1, (1 << 64) - 1})
"""All bits one: what drivers and firmware answer for a number that they do not have."""

_ASLEEP_STATES = frozenset({"suspended", "suspending"})


def absence_of(error: OSError) -> Absence:
    """Return what a failed read says about the value."""
    return _ABSENCE_BY_ERROR.get(error.errno or 0, Absence.UNSUPPORTED)


def read_bytes(path: Path | str) -> bytes | Absence:
    """Return a file's content as it is, at most `READ_LIMIT` bytes."""
    try:
        # Non-blocking, so that a pipe in a capture can't hold the thread; sysfs ignores it.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        return absence_of(error)
    try:
        content = b""
        while len(content) < READ_LIMIT:
            part = os.read(file, READ_LIMIT - len(content))
            if not part:
                break
            content += part
        return content
    except OSError as error:
        return absence_of(error)
    finally:
        os.close(file)


def read_text(path: Path | str) -> str | Absence:
    """Return a file's text without NUL padding and outer white space; an empty one is absent."""
    content = read_bytes(path)
    if isinstance(content, Absence):
        return content
    # Padding fills a page, and going through it byte by byte took longer than reading the file.
    text = content.rstrip(b"\0").replace(b"\0", b"").decode("utf-8", "replace").strip()
    return text or Absence.UNSUPPORTED


def text_or_none(path: Path | str) -> str | None:
    """Return a file's text, or `None` whatever the reason."""
    text = read_text(path)
    return None if isinstance(text, Absence) else text


def read_integer(path: Path | str, low: int = 0, high: int = (1 << 63) - 1) -> int | Absence:
    """Return a file's whole number, decimal or `0x` hexadecimal.

    What is no number, what is all ones, and what is outside `low`..`high` counts as not supported.
    """
    text = read_text(path)
    if isinstance(text, Absence):
        return text
    try:
        number = int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return Absence.UNSUPPORTED
    known = low <= number <= high and number not in _NOT_AVAILABLE
    return number if known else Absence.UNSUPPORTED


def whole_number(text: str) -> int | None:
    """Return the number that a text of plain digits is; `None` for any other, or one too long."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit() else None


def number_or_none(path: Path | str) -> int | None:
    """Return a file's whole number, or `None` whatever the reason."""
    number = read_integer(path)
    return None if isinstance(number, Absence) else number


def read_scaled(path: Path | str, divisor: float, low: float, high: float) -> float | Absence:
    """Return a file's whole number divided by `divisor`; the limits apply to the quotient."""
    number = read_integer(path, low=-(1 << 63))
    if isinstance(number, Absence):
        return number
    scaled = number / divisor
    return scaled if low <= scaled <= high else Absence.UNSUPPORTED


def read_percent(path: Path | str) -> float | Absence:
    """Return a file's number of percent, 0 to 100."""
    return read_scaled(path, 1.0, 0.0, 100.0)


def is_unread(value: object) -> TypeGuard[Absence]:
    """Return whether it is the reason why something that is there could not be read.

    The next reading of it may succeed. Until then nothing takes its place, for that would be
    another thing's value for a moment.
    """
    return isinstance(value, Absence) and value is not Absence.UNSUPPORTED


def list_folder(folder: Path | str) -> list[str]:
    """Return the names in a folder, in order of their numbers; empty where it can't be listed."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(names, key=natural_order)


def is_asleep(device: Path | str) -> bool:
    """Return whether a device is suspended. This reading never wakes it; most others would."""
    # The path is a text: `Path` objects are slow to make, and every card is asked this each second.
    return text_or_none(f"{device}/power/runtime_status") in _ASLEEP_STATES


def read_meminfo(roots: Roots) -> tuple[int, int] | Absence:
    """Return the bytes of the machine's memory in use, and in total."""
    text = read_text(roots.proc / "meminfo")
    if isinstance(text, Absence):
        return text
    kibibytes = {
        match[1]: whole_number(match[2])
        for match in re.finditer(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)
    }
    total, available = kibibytes.get("MemTotal"), kibibytes.get("MemAvailable")
    if not total or available is None or available > total:
        return Absence.UNSUPPORTED
    return (total - available) * 1024, total * 1024
