"""Which file system a folder lies in, by what Linux tells of its mounts.

This room is sent to a machine behind SSH.
"""

from __future__ import annotations

import re

from trackio_view.light_typing import NamedTuple

MOUNTS = "/proc/self/mountinfo"


class Mount(NamedTuple):
    """A file system at its place."""

    device: str
    """Its numbers, as `8:1`."""
    kind: str
    """Such as `ext4`; empty where the line was broken off."""


def nearest_mount(mountinfo: str, folder: str) -> Mount | None:
    """Return the mount that a folder lies in, whose path has no links; `None` where none is told.

    Source: proc(5), `/proc/PID/mountinfo`: id, parent, `major:minor`, root, mount point, options
    and more, then behind a dash the type.
    """
    nearest: Mount | None = None
    length = -1
    for line in mountinfo.split("\n"):
        place, _, rest = line.partition(" - ")
        fields = place.split(" ")
        if len(fields) < 5:
            continue
        # Blanks in names are written in octal.
        point = re.sub(r"\\([0-7]{3})", _from_octal, fields[4])
        # Where several mounts lie upon one another, the last one counts.
        if f"{folder}/".startswith(f"{point.rstrip('/')}/") and len(point) >= length:
            nearest, length = Mount(fields[2], rest.split(" ", 1)[0]), len(point)
    return nearest


def _from_octal(found: re.Match[str]) -> str:
    return chr(int(found[1], 8))
