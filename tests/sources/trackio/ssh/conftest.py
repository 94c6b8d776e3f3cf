"""A machine that an `ssh` of the tests leads to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ssh_servers import RealSsh, StubSsh, real_ssh, stub_ssh
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
    """Return what waits until a process is no more."""

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
