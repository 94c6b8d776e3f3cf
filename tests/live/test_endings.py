"""The terminal is as it was found, however the program ends and whatever it is doing then."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import termios
from pathlib import Path
from typing import Any

import pytest

CTRL_C, CTRL_Z, CTRL_BACKSLASH = "\x03", "\x1a", "\x1c"

WAYS = {
    "q": ("q", 0),
    "Ctrl-C": (CTRL_C, 130),
    "SIGINT": (signal.SIGINT, 130),
    "SIGTERM": (signal.SIGTERM, 143),
    "SIGHUP": (signal.SIGHUP, 129),
    "SIGUSR1": (signal.SIGUSR1, 128 + signal.SIGUSR1),
    "SIGUSR2": (signal.SIGUSR2, 128 + signal.SIGUSR2),
    "SIGXCPU": (signal.SIGXCPU, 128 + signal.SIGXCPU),
    "Ctrl-backslash": (CTRL_BACKSLASH, 131),
}

SLOW_DISK = """
import time
from trackio_view.sources.trackio import inbox
first = inbox.signature
def hanging_signature(path):
    time.sleep(HANGS)
    return first(path)
inbox.signature = hanging_signature
"""


def end(console: Any, way: str | signal.Signals) -> int:
    if isinstance(way, str):
        console.type(way)
    else:
        console.signal(way)
    code: int = console.exit_code()
    return code


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_out_restores_the_terminal(
    start: Any, folder: Any, way: tuple[str | signal.Signals, int]
) -> None:
    folder.train(50)
    found = folder.state()
    # A mute terminal is left as tidily as one that answers.
    console = start(answers=way[0] != signal.SIGINT)
    console.wait_for("3.9510", "All data")
    assert console.modes() != console.modes_found

    assert end(console, way[0]) == way[1]

    console.assert_left_tidy()
    assert console.afterwards == ""
    assert folder.state() == found


@pytest.mark.parametrize("way", ["q", signal.SIGTERM], ids=["q", "SIGTERM"])
def test_it_ends_while_a_big_project_loads(
    start: Any, folder: Any, way: str | signal.Signals
) -> None:
    folder.create()
    with sqlite3.connect(folder.file()) as database:
        database.execute(
            "WITH RECURSIVE steps(step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM steps"
            " WHERE step < 300000) INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
            " SELECT 'id', '2026-03-01T10:00:00+00:00', 'run', step,"
            """ '{"loss": ' || (4 - step * 1e-5) || ', "accuracy": 0.5}' FROM steps"""
        )
    database.close()
    found = folder.state()
    console = start()
    console.wait_for("reading", "%")

    code = end(console, way)

    assert "100%" not in console.text
    assert code == (0 if way == "q" else 128 + signal.SIGTERM)
    console.assert_left_tidy()
    assert folder.state() == found


def test_it_ends_although_a_disk_hangs(start: Any, folder: Any) -> None:
    folder.train(5)
    console = start(script=f"HANGS = 3600{SLOW_DISK}")
    console.wait_for("Reading project")
    console.press("?", "─ keys ─")

    assert end(console, "q") == 0

    console.assert_left_tidy()
    assert "ended without waiting" in console.afterwards


def test_a_signal_before_the_first_frame_is_not_lost(start: Any, folder: Any) -> None:
    folder.train(5)
    # The signal comes as soon as the terminal is taken, before any task runs.
    console = start(
        script="""
        import os, signal
        from trackio_view.terminal.terminal_session import TerminalSession
        enter = TerminalSession.enter
        def enter_and_be_killed(self):
            enter(self)
            os.kill(os.getpid(), signal.SIGTERM)
        TerminalSession.enter = enter_and_be_killed
        """
    )
    assert console.exit_code() == 128 + signal.SIGTERM
    console.assert_left_tidy()


def test_impatient_people_restore_the_terminal_too(start: Any, folder: Any) -> None:
    folder.train(50)
    console = start()
    console.wait_for("3.9510")
    console.type(CTRL_C * 5)
    console.signal(signal.SIGTERM)
    assert console.exit_code() in (130, 143)
    console.assert_left_tidy()


def test_keys_before_ctrl_c_do_not_reach_the_shell(start: Any, folder: Any) -> None:
    folder.train(5)
    # After `?` the keyboard is not read any more, as if the program were too busy.
    console = start(
        script="""
        import anyio
        from trackio_view.terminal.terminal_session import TerminalSession
        read = TerminalSession.read_input
        async def read_until_asked(self):
            data = await read(self)
            if data == b"?":
                TerminalSession.read_input = lambda self: anyio.sleep_forever()
            return data
        TerminalSession.read_input = read_until_asked
        """
    )
    console.wait_for("quit")
    console.press("?", "─ keys ─")
    console.type("rm -rf x" + CTRL_C)
    assert console.exit_code() == 130
    console.assert_left_tidy()
    assert console.unread() == b""


@pytest.mark.parametrize("late", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_at_the_very_end_spoils_no_exit_code(start: Any, late: str) -> None:
    console = start(
        script=f"""
        import atexit, os, signal
        atexit.register(os.kill, os.getpid(), signal.{late})
        """
    )
    console.wait_for("quit")
    assert end(console, "q") == 0
    console.assert_left_tidy()
    assert console.afterwards == ""


CONNECTS = """
import socket, time
def hang(*arguments, **more):
    print("connecting", file=open(PATH, "w"))
    time.sleep(3600)
socket.create_connection = hang
"""
STARTS_SSH = """
#!/bin/sh
echo connecting > {path}
exec sleep 3600
"""


@pytest.mark.parametrize("place", ["--server", "--ssh", "--prometheus"])
@pytest.mark.parametrize("way", ["q", CTRL_C], ids=["q", "Ctrl-C"])
def test_a_connection_that_is_being_made_is_not_waited_for(
    start: Any, tmp_path: Path, place: str, way: str
) -> None:
    began = tmp_path / "began"
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(STARTS_SSH.format(path=began).lstrip())
    ssh.chmod(0o755)
    console = start(
        *(("--gpu",) if place == "--prometheus" else ()),
        *(place, "far"),
        script=CONNECTS.replace("PATH", repr(str(began))),
        PATH=f"{ssh.parent}:{os.environ['PATH']}",
    )
    console.wait_until(began.exists, "began to connect")
    console.wait_for("quit")

    assert end(console, way) == (0 if way == "q" else 130)

    # The last resort ends the process after some seconds, and says so.
    assert console.afterwards.strip() == ""
    console.assert_left_tidy()


def test_hanging_up_ends_it(start: Any, folder: Any) -> None:
    folder.train(50)
    found = folder.state()
    console = start()
    console.wait_for("3.9510")
    console.hang_up()
    assert console.exit_code() == 128 + signal.SIGHUP
    assert folder.state() == found


BUGS = {
    "a screen": """
        from trackio_view.screens import help
        def draw_help(*arguments):
            raise ZeroDivisionError("a bug in a screen")
        help.draw_help = draw_help
        """,
    "the fold": """
        from trackio_view.live import live_session as live
        real = live.press
        def press(dashboard, keys, *others):
            if "?" in keys:
                raise ZeroDivisionError("a bug in the fold")
            real(dashboard, keys, *others)
        live.press = press
        """,
    "a source": """
        import os
        from trackio_view.sources.trackio.tables.following import Follower
        real = Follower.read
        def read(self, connection):
            if os.path.exists(connection.path + ".bug"):
                raise ZeroDivisionError("a bug in a source")
            return real(self, connection)
        Follower.read = read
        """,
    "a thread": """
        import threading
        from trackio_view.live import live_session as live
        real = live.press
        def fail():
            raise ZeroDivisionError("a bug in a thread")
        def press(dashboard, keys, *others):
            if "?" in keys:
                threading.Thread(target=fail).start()
            real(dashboard, keys, *others)
        live.press = press
        """,
}


@pytest.mark.parametrize("place", BUGS)
def test_a_bug_shows_its_traceback_below_the_prompt(start: Any, folder: Any, place: str) -> None:
    folder.train(50)
    console = start(script=BUGS[place])
    console.wait_for("3.9510")
    if place == "a source":
        folder.file().with_name("project.db.bug").touch()
        folder.train(1, first_step=50)
    else:
        console.type("?")

    assert console.exit_code() == 1

    console.assert_left_tidy()
    assert "Traceback (most recent call last)" in console.afterwards
    assert f"ZeroDivisionError: a bug in {place}" in console.afterwards
    assert "Traceback" not in console.received.decode().partition("\x1b[?1049l")[0]
    # Each line of the traceback begins in the first column, because the modes are restored.
    assert not re.search(r"[^\r]\n", console.afterwards)


def test_ctrl_z_that_nobody_could_undo_changes_nothing(start: Any, folder: Any) -> None:
    """Without a shell that controls jobs, as under `docker run`, a stopped program could not be
    continued.
    """
    folder.train(50)
    console = start()
    console.wait_for("3.9510", "All data")
    console.type(CTRL_Z)
    console.press("+", "Last 500")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_a_stop_that_cannot_be_caught_is_recovered_from(start: Any, folder: Any) -> None:
    folder.train(50)
    console = start()
    console.wait_for("3.9510")
    console.settle(0.2)
    console.signal(signal.SIGSTOP)
    # Another program left other modes and another screen behind meanwhile.
    termios.tcsetattr(console.descriptor, termios.TCSANOW, console.modes_found)
    console.screen.reset()
    console.signal(signal.SIGCONT)
    console.wait_for("3.9510", "quit")
    assert console.modes() != console.modes_found
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


@pytest.mark.parametrize("way", [CTRL_C, None], ids=["Ctrl-C", "hang-up"])
def test_the_demonstration_leaves_nothing_behind(
    start: Any, tmp_path: Path, way: str | None
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    console = start("--demo", TMPDIR=str(scratch))
    console.wait_for("train/loss", "looks live")
    assert list(scratch.iterdir()) != []
    if way is None:
        console.hang_up()
        assert console.exit_code() == 128 + signal.SIGHUP
    else:
        assert end(console, way) == 130
        console.assert_left_tidy()
        assert console.afterwards == ""
    assert list(scratch.iterdir()) == []


def test_the_demonstration_says_from_the_start_what_it_shows(start: Any, tmp_path: Path) -> None:
    console = start("--demo", TMPDIR=str(tmp_path))
    console.wait_for("demo", "quit")
    assert "TrackIO project" not in console.received.decode()
    assert end(console, "q") == 0


def test_a_demonstration_without_a_place_is_one_sentence(start: Any) -> None:
    console = start("--demo", script="import tempfile; tempfile.tempdir = '/nowhere'")
    assert console.exit_code() == 1
    # The sentence is printed before the screen is taken.
    assert b"\x1b" not in console.received
    assert console.modes() == console.modes_found
    assert console.afterwards.count("\n") == 1
    assert "trackio-view: the demo has no place to log to: No such file" in console.afterwards
