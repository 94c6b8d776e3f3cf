"""Ctrl-Z stops the program as a shell with jobs expects, and does nothing without a shell."""

from __future__ import annotations

import subprocess
import sys

STOPPING = """
import os, signal
from trackio_view.terminal.job_control import stop_until_continued
def handlers():
    return [signal.getsignal(one) for one in (signal.SIGTSTP, signal.SIGCONT)]
child = os.fork()
if child == 0:
    # Its parent is in another group of the same session, as a shell is.
    os.setpgid(0, 0)
    before = handlers()
    print("continued" if stop_until_continued() else "went on", handlers() == before, flush=True)
    os._exit(0)
_, status = os.waitpid(child, os.WUNTRACED)
print("stopped" if os.WIFSTOPPED(status) else "ended", flush=True)
if os.WIFSTOPPED(status):
    os.kill(child, signal.SIGCONT)
    os.wait()
"""
ALONE = """
import os
from trackio_view.terminal.job_control import stop_until_continued
if os.fork():
    os.wait()
else:
    os.setsid()
    print("continued" if stop_until_continued() else "went on", flush=True)
"""


def told(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


def test_it_stops_until_it_is_continued_and_handlers_are_as_before() -> None:
    assert told(STOPPING) == ["stopped", "continued True"]


def test_where_no_shell_could_continue_it_it_goes_on_at_once() -> None:
    assert told(ALONE) == ["went on"]
