"""Stopped, continued and ended by a shell with jobs, the program leaves its terminal in order."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

CTRL_Z = "\x1a"

# Bash continues what it knows to be stopped, and may tell of its end with that of another child.
KILL = (
    "job=$(jobs -p);"
    " (kill $job; kill -CONT $job; while kill -0 $job; do sleep 0.1; done) 2> /dev/null\n"
)


@pytest.fixture
def shell(start: Any, folder: Any, tmp_path: Path) -> Any:
    """Return the console of a shell with jobs, beside a project to look at."""
    folder.train(50)
    started = tmp_path / "bashrc"
    # Bash tells at once how a job ends, and asks the terminal for no mode of its own.
    started.write_text("PS1='ready> '\nHISTFILE=\nset -b\nbind 'set enable-bracketed-paste off'\n")
    console = start(command=["bash", "--noprofile", "--rcfile", str(started), "-i"])
    console.wait_for("ready>")
    return console


def test_ctrl_z_and_fg_under_a_shell(shell: Any) -> None:
    shell.type(f"{sys.executable} -m trackio_view --interval 0.2\n")
    shell.wait_for("3.9510", "All data")
    shell.press("+", "Last 500")
    taken = shell.modes()

    shell.type(CTRL_Z)
    shell.wait_for("Stopped", "ready>")
    assert "\x1b[?1049l" in shell.sequences
    shell.press("echo typed blind\n", "typed blind\n")
    shell.resize(90, 20)

    shell.type("fg\n")
    shell.wait_until(lambda: "quit" in shell.row(19), "redrawn at its new size")
    shell.wait_for("3.9510", "Last 500")
    assert shell.modes() == taken
    shell.press("-", "All data")

    shell.type("q")
    shell.wait_for("ready>")
    shell.press("echo code $?\n", "code 0")
    assert shell.sequences.count("\x1b[?1049h") == shell.sequences.count("\x1b[?1049l")
    shell.type("exit\n")
    assert shell.exit_code() == 0
    shell.assert_left_tidy()


def test_a_job_in_the_background_waits_for_the_terminal_and_ends(shell: Any) -> None:
    """`timeout` makes its command such a job, and ends it as `kill` does."""
    shell.type(f"{sys.executable} -m trackio_view &\n")
    shell.wait_for("Stopped")
    shell.press(KILL, "Terminated")
    assert "\x1b[?1049h" not in shell.sequences

    shell.type(f"clear; {sys.executable} -m trackio_view &\n")
    shell.wait_for("Stopped")
    shell.type("fg\n")
    shell.wait_for("3.9510", "All data")
    shell.type("q")
    shell.wait_for("ready>")
    shell.type("exit\n")
    assert shell.exit_code() == 0
    shell.assert_left_tidy()


@pytest.mark.parametrize("meanwhile", ["", "bg"], ids=["stopped", "in the background"])
def test_a_stopped_job_can_be_ended(shell: Any, meanwhile: str) -> None:
    shell.type(f"{sys.executable} -m trackio_view\n")
    shell.wait_for("3.9510", "All data")
    shell.type(CTRL_Z)
    shell.wait_for("Stopped", "ready>")
    if meanwhile:
        shell.type("bg\n")
        shell.wait_until(lambda: shell.text.count("Stopped") == 2)
    shell.press(KILL, "Exit 143")
    shell.type("exit\n")
    assert shell.exit_code() == 0
    shell.assert_left_tidy()
