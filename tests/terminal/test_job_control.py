"""Ctrl-Z stops the program as a shell with jobs expects, and does nothing without a shell.

In the background it waits for the terminal, whose modes it leaves to the shell.
"""

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

WAITING = """
import os, pty, signal, termios, tty
from trackio_view.terminal.job_control import wait_for_foreground
shell, terminal = pty.fork()
if shell:
    print(os.read(terminal, 99).decode(), flush=True)
    os.waitpid(shell, 0)
    os._exit(0)
wait_for_foreground(1)
found = termios.tcgetattr(0)
tty.setraw(0)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    wait_for_foreground(1)
    os._exit(3)
_, status = os.waitpid(child, os.WUNTRACED)
was_stopped = os.WIFSTOPPED(status)
termios.tcsetattr(0, termios.TCSANOW, found)
os.tcsetpgrp(0, child)
os.kill(child, signal.SIGCONT)
_, status = os.waitpid(child, 0)
print(was_stopped, os.waitstatus_to_exitcode(status), termios.tcgetattr(0) == found, flush=True)
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


def test_a_shell_that_brings_it_to_the_foreground_finds_its_own_modes() -> None:
    assert told(WAITING)[0] == "True 3 True"
