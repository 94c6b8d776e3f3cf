"""Which processes have GPUs open, by the links of their open files.

Machines have thousands of processes, so most are looked at now and then alone.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.sources.gpu.kernel.drm import drm_folder
from trackio_view.sources.gpu.kernel.sysfs import (
    is_asleep,
    list_folder,
    text_or_none,
    whole_number,
)
from trackio_view.sources.gpu.sampler import Roots

QUIET_SCANS = 3
"""A process without an open GPU is looked at again after so many scans."""
_ALIKE_LOOKS = 10
"""For so many looks, the files of a process are not asked for one by one while they have the same
numbers: a GPU that is opened gets a new one."""
_DEVICE_FILE = re.compile(r"/dev/(?:dri|accel)/(\w+)$")
_NODE = re.compile(r"(card|renderD)\d+$")
_KERNEL_THREAD = 0x0020_0000


class QuietProcess(NamedTuple):
    """A process that had no GPU open when it was looked at last."""

    left: int
    """Scans until the next look."""
    files: int | None
    """What stands for the numbers of its open files; `None` where each has to be looked at."""
    alike: int = 0
    """At how many looks since then they were the same."""


@dataclass(slots=True, eq=False, repr=False)
class OpenGpus:
    """The looks at open files, and what is remembered from one scan to the next."""

    roots: Roots
    links_read: int = 0
    """How many links of open files were read, for tests of the cost."""
    _asleep: frozenset[str] = frozenset()
    """The device files whose GPU sleeps: asking about those would wake it."""
    _quiet: dict[int, QuietProcess] = field(default_factory=dict)
    """Processes without a GPU."""
    _hidden: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """Processes that can't be looked into -> scans until the next look, and whether one counts."""

    @property
    def hidden(self) -> int:
        """How many processes of other users could not be looked into."""
        return sum(counts for _, counts in self._hidden.values())

    def begin(self, processes: Collection[int]) -> None:
        """Begin a scan of these processes; others have ended."""
        self._quiet = {pid: left for pid, left in self._quiet.items() if pid in processes}
        self._hidden = {pid: left for pid, left in self._hidden.items() if pid in processes}
        parent = drm_folder(self.roots)
        asleep: set[str] = set()
        for name in list_folder(parent):
            device = parent / name / "device"
            if _NODE.match(name) and is_asleep(device):
                asleep.update((name, *list_folder(device / "drm")))
        self._asleep = frozenset(asleep)

    def forget_quiet(self) -> None:
        """Look at every process in the next scan."""
        self._quiet.clear()

    def of(self, pid: int) -> list[str]:
        """Return the open files of a process that are GPUs which are awake; none where the process
        is not looked at in this scan.
        """
        quiet = self._quiet.get(pid)
        if quiet is not None and quiet.left > 0:
            self._quiet[pid] = quiet._replace(left=quiet.left - 1)
            return []
        if pid in self._hidden and self._hidden[pid][0] > 0:
            left, counts = self._hidden[pid]
            self._hidden[pid] = (left - 1, counts)
            return []
        self._hidden.pop(pid, None)
        folder = f"{self.roots.proc}/{pid}"
        try:
            names = self._open_files(folder)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                self._hidden[pid] = (QUIET_SCANS, not _is_kernel_thread(folder))
            return []
        files = hash(tuple(names))
        if quiet is not None and quiet.files == files and quiet.alike < _ALIKE_LOOKS:
            self._quiet[pid] = QuietProcess(QUIET_SCANS, files, quiet.alike + 1)
            return []
        nodes = self._nodes(folder, names)
        awake = [name for name, node in nodes.items() if node not in self._asleep]
        if awake:
            self._quiet.pop(pid, None)
        else:
            # Processes are looked at again at different scans, so that no scan looks at all of
            # them.
            left = QUIET_SCANS - (0 if quiet is not None else pid % QUIET_SCANS)
            # A GPU that sleeps may wake up.
            self._quiet[pid] = QuietProcess(left, None if nodes else files)
        return awake

    def _open_files(self, folder: str) -> list[str]:
        """Return the numbers of a process' open files."""
        try:
            return os.listdir(f"{folder}/fd")
        except FileNotFoundError:
            # A capture can't hold links to devices; there, every fdinfo is a candidate.
            return [] if self.roots.live else list_folder(f"{folder}/fdinfo")

    def _nodes(self, folder: str, names: Iterable[str]) -> dict[str, str]:
        """Return the device file of each open file that is a GPU; only links are read for it."""
        found = {}
        for name in names:
            self.links_read += 1
            try:
                target = os.readlink(f"{folder}/fd/{name}")
            except FileNotFoundError:
                if not self.roots.live and not os.path.isdir(f"{folder}/fd"):
                    found[name] = ""
                continue
            except OSError:
                continue
            match = _DEVICE_FILE.search(target)
            if match:
                found[name] = match[1]
        return found


def _is_kernel_thread(folder: str) -> bool:
    """Return whether a process is the kernel's own: no user's, so not a hidden one."""
    fields = (text_or_none(f"{folder}/stat") or "").rpartition(")")[2].split()
    flags = whole_number(fields[6]) if len(fields) > 6 else None
    return flags is not None and bool(flags & _KERNEL_THREAD)
