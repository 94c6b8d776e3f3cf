"""A folder lies in the innermost of the mounts around it, the last of those at one place."""

from __future__ import annotations

import pytest

from trackio_view.sources.mounts import nearest_mount

TOLD = """\
20 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
21 20 0:37 /@ /mnt rw shared:1 master:2 - btrfs /dev/vdb rw,subvol=/@
22 21 0:40 / /mnt/with\\040blank rw - nfs4 host:/x rw
23 20 0:41 / /twice rw - tmpfs tmpfs rw
24 23 0:42 / /twice rw - overlay overlay rw
broken
25 20 0:43 / /broken/off rw
"""


@pytest.mark.parametrize(
    ("folder", "device", "kind"),
    [
        ("/", "254:1", "ext4"),
        ("/home/a", "254:1", "ext4"),
        ("/mnt", "0:37", "btrfs"),
        ("/mnt/a", "0:37", "btrfs"),
        ("/mnt-other", "254:1", "ext4"),
        ("/mnt/with blank/inbox", "0:40", "nfs4"),
        ("/twice/a", "0:42", "overlay"),
        ("/broken/off", "0:43", ""),
    ],
)
def test_the_innermost_and_last_mount_counts(folder: str, device: str, kind: str) -> None:
    assert nearest_mount(TOLD, folder) == (device, kind)


@pytest.mark.parametrize("told", ["", "broken", "21 20 0:37 /@ /mnt rw - btrfs /dev/vdb rw"])
def test_where_none_is_told_there_is_none(told: str) -> None:
    assert nearest_mount(told, "/home") is None
