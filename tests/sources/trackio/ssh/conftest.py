"""A machine to which an `ssh` of the tests leads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.ssh_servers import RealSsh, StubSsh, real_ssh, stub_ssh
from trackio_view.sources.http import pauses
from trackio_view.sources.trackio.server import project_looks, watch
from trackio_view.sources.trackio.server.source import DistantProjects
from trackio_view.sources.trackio.ssh.far_machine import SshMachine
from trackio_view.sources.trackio.ssh.host import parse_host

__all__ = ["RealSsh", "StubSsh", "real_ssh", "stub_ssh"]


@pytest.fixture
def machine(stub_ssh: StubSsh, tmp_path: Path) -> Iterator[SshMachine]:
    """Return a machine with the test's projects."""
    made = SshMachine(parse_host(f"box:{tmp_path / 'projects'}"))
    yield made
    made.close()


@pytest.fixture
def has_ended() -> Callable[[int], None]:
    """Return a function that waits until a process has ended."""

    def wait(process: int) -> None:
        deadline = time.monotonic() + 20
        while _runs(process):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait


def _runs(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        pass
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self").exists()


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pauses short after which a machine is asked again, and rows are counted."""
    monkeypatch.setattr(pauses, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(pauses, "_LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(project_looks, "_COUNT_SECONDS", 0.2)
    # Otherwise a busy machine would look at its list ever more rarely.
    monkeypatch.setattr(watch, "_LIST_SHARE", 1_000.0)


@pytest.fixture
def source(machine: SshMachine) -> DistantProjects:
    """Return the projects of the machine."""
    return DistantProjects(machine, 0.02)


@pytest.fixture
def watched(source: DistantProjects, producing: Any) -> Callable[..., Any]:
    """Return a context in which a project of the machine is watched."""

    def watch_one(name: str = "project") -> Any:
        return producing(partial(source.watch, source.named(name)))

    return watch_one
