"""The memory, files, threads and processor time of a process, from Linux's /proc."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.soaking.trend import Sample


class Meter:
    """Takes samples of a process, one after the other."""

    def __init__(self, pid: int, started: float) -> None:
        self._folder = Path(f"/proc/{pid}")
        self._started = started
        self._last = (started, self._cpu_seconds())

    def sample(self, now: float) -> Sample:
        """Return a sample of the process. Raises OSError where it has ended."""
        before, spent = self._last
        cpu = self._cpu_seconds()
        self._last = (now, cpu)
        status = dict(
            line.split(":", 1) for line in (self._folder / "status").read_text().splitlines()
        )
        return Sample(
            time=now - self._started,
            memory=int(status["VmRSS"].split()[0]) / 1024,
            descriptors=len(os.listdir(self._folder / "fd")),
            threads=int(status["Threads"]),
            cpu=60 * (cpu - spent) / max(now - before, 0.001),
        )

    def _cpu_seconds(self) -> float:
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
