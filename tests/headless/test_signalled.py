"""A command that a signal ends takes its `ssh` with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ssh_servers import StubSsh, stub_ssh
from trackio_view.headless.signalled import unwound_at_signals

__all__ = ["stub_ssh"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("asked", [["--once"], ["--list"], ["--until", "loss < 0", "-p", "p"]])
def test_no_ssh_that_still_connects_is_left_behind(
    stub_ssh: StubSsh, number: int, asked: list[str]
) -> None:
    # The first byte tells that it was started to its end. What connects does not read on, and does
    # not notice that nobody writes.
    stub_ssh.write("head -c 1 > /dev/null; echo $$ >> {folder}/started; exec sleep 600\n")
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "trackio_view", "--ssh", "box", *asked],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as us:
        while not stub_ssh.started:
            assert us.poll() is None
            time.sleep(0.01)
        us.send_signal(number)
        try:
            assert us.communicate(timeout=60) == (b"", b"")
        finally:
            us.kill()
    assert us.returncode == 128 + number
    (process,) = stub_ssh.started
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_an_ignored_signal_stays_ignored_and_handlers_are_as_before() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def work() -> int:
        signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        return 5

    try:
        assert unwound_at_signals(work) == 5
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_signal_does_not_interrupt_the_end() -> None:
    ended: list[str] = []

    def work() -> int:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            ended.append("tidied up")
        return 0

    try:
        assert unwound_at_signals(work) == 128 + signal.SIGTERM
        assert ended == ["tidied up"]
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_a_signal_that_the_work_ignores_at_its_end_stays_ignored() -> None:
    def work() -> int:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return 0

    try:
        assert unwound_at_signals(work) == 0
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
