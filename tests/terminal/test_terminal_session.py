"""In a session a real pseudo-terminal is taken, painted, and left as it was found."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import subprocess
import sys
import termios
import textwrap
import threading
import time
from base64 import b64encode
from typing import Any

import anyio
import pyte
import pytest

from tests.terminal.conftest import CLEAR, frame_of, opened
from trackio_view.terminal import mouse
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import ColorDepth
from trackio_view.terminal.terminal_session import TerminalSession


def test_the_terminal_is_left_as_it_was_found(far_end: Any) -> None:
    found = far_end.modes()
    found[0] |= termios.IXANY
    found[6][termios.VERASE] = b"\x08"
    termios.tcsetattr(far_end.terminal, termios.TCSANOW, found)
    found = far_end.modes()

    with opened(far_end) as session:
        entered = far_end.modes()
        assert not entered[3] & (termios.ECHO | termios.ICANON)
        assert entered[3] & termios.ISIG
        session.take_answer("\x1b[?62c")
        session.leave()
        assert far_end.modes() == found

    assert far_end.modes() == found
    written = far_end.received()
    switched = re.findall(r"\x1b\[\?(\d+)([hl])", written)
    # Each mode that was switched is switched back, once.
    assert sorted(mode for mode, _ in switched) == sorted(["1049", "7", "25", "1004", "2004"] * 2)
    assert dict(switched) == {
        "1049": "l", "7": "h", "25": "h", "1004": "l", "2004": "l"
    }  # fmt: skip


def test_a_key_that_sends_a_signal_drops_nothing_on_its_way_to_the_screen(far_end: Any) -> None:
    with opened(far_end):
        os.set_blocking(far_end.terminal, False)
        written = 0
        with contextlib.suppress(BlockingIOError):
            # The output is more than the far end has read, so a part of it waits in the kernel.
            while True:
                written += os.write(far_end.terminal, b"x" * 512)
        far_end.type(b"\x03")
        received = far_end.received()
        os.write(far_end.terminal, b"end")
        received += far_end.received(until="end")
        assert received.count("x") == written


def test_keys_that_nobody_read_can_be_dropped(far_end: Any) -> None:
    with opened(far_end) as session:
        far_end.type("rm")
        assert select.select([far_end.terminal], [], [], 5)[0]
        session.drop_input()
        assert not select.select([far_end.terminal], [], [], 0)[0]


def test_input_that_is_gone_before_it_is_read_holds_nothing_up(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    wait_readable = anyio.wait_readable

    async def robbed(descriptor: Any) -> None:
        if waits:
            far_end.type("later")
        await wait_readable(descriptor)
        if not waits:
            termios.tcflush(descriptor, termios.TCIFLUSH)
        waits.append(descriptor)

    async def read(session: TerminalSession) -> bytes:
        far_end.type("robbed")
        # Output that waits in vain is dropped before the last words.
        rescue = threading.Timer(5, far_end.type, ["too late"])
        rescue.start()
        data = await session.read_input()
        rescue.cancel()
        return data

    monkeypatch.setattr(anyio, "wait_readable", robbed)
    with opened(far_end) as session:
        assert anyio.run(read, session) == b"later"


def test_neither_end_may_be_something_else(far_end: Any) -> None:
    with open(os.devnull) as nothing, pytest.raises(OSError, match="not a terminal"):
        TerminalSession(input_descriptor=far_end.terminal, output_descriptor=nothing.fileno())


def test_entering_a_mute_terminal_waits_for_nothing(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[str] = []
    real_select, real_poll = select.select, select.poll

    def spied_select(readers: Any, writers: Any, errors: Any, timeout: Any = None) -> Any:
        if timeout is None or timeout > 0:
            waits.append("select")
        return real_select(readers, writers, errors, timeout)

    def spied_poll() -> Any:
        waits.append("poll")
        return real_poll()

    monkeypatch.setattr(select, "select", spied_select)
    monkeypatch.setattr(select, "poll", spied_poll)
    monkeypatch.setattr(time, "sleep", lambda seconds: waits.append("sleep"))
    session = opened(far_end)
    session.enter()
    assert session.size == (40, 6)
    assert waits == []
    session.leave()
    session.close()


def test_a_terminal_of_no_size_has_the_usual_one(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(far_end)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((0, 0)))
    assert session.size == (80, 24)
    session.close()


async def test_frames_are_shown_by_what_changed(far_end: Any) -> None:
    screen = pyte.Screen(40, 6)
    stream = pyte.Stream(screen)
    with opened(far_end, depth=ColorDepth.XTERM) as session:
        far_end.received()
        written = await session.present(frame_of("loss 1.5"))
        sent = far_end.received()
        assert written == len(sent.encode())
        stream.feed(sent)
        assert [line.rstrip() for line in screen.display] == [f"loss 1.5 {y}" for y in range(6)]

        assert await session.present(frame_of("loss 1.5")) == 0
        assert far_end.received() == ""

        await session.present(frame_of("loss 1.6"))
        sent = far_end.received()
        assert CLEAR not in sent
        assert sent.count("6") >= 6
        stream.feed(sent)
        assert [line.rstrip() for line in screen.display] == [f"loss 1.6 {y}" for y in range(6)]

        session.repaint()
        await session.present(frame_of("loss 1.6"))
        assert CLEAR in far_end.received()


async def test_a_frame_is_shown_at_once_where_the_terminal_can(far_end: Any) -> None:
    with opened(far_end) as session:
        far_end.received()
        session.take_answer("\x1b[?2026;2$y")
        await session.present(frame_of("a"))
        sent = far_end.received()
        assert sent.startswith("\x1b[?2026h")
        assert sent.endswith("\x1b[?2026l")
        assert sent.count("\x1b[?2026") == 2


async def test_suspended_it_is_as_it_was_and_silent(far_end: Any) -> None:
    found = far_end.modes()
    with opened(far_end) as session:
        await session.present(frame_of("a"))
        session.take_answer("\x1b[?62c")
        session.suspend()
        session.suspend()
        assert far_end.modes() == found
        far_end.received()
        assert await session.present(frame_of("b")) == 0
        assert far_end.received() == ""
        # The shell may have changed the modes meanwhile, so those are restored in the end.
        found[3] &= ~termios.ECHOE
        termios.tcsetattr(far_end.terminal, termios.TCSANOW, found)
        found = far_end.modes()
        session.resume()
        assert far_end.received().count("\x1b[?1049h") == 1
        await session.present(frame_of("a"))
        assert CLEAR in far_end.received()
    assert far_end.modes() == found


async def test_the_mouse_comes_with_a_frame_and_is_given_back_each_time(far_end: Any) -> None:
    with opened(far_end) as session:
        session.take_answer("\x1b[?62c")
        far_end.received()
        session.use_mouse()
        assert far_end.received() == "", "nothing is written for it alone"
        await session.present(frame_of("a"))
        assert far_end.received().count(mouse.ON) == 1
        await session.present(frame_of("b"))
        assert mouse.ON not in far_end.received()
        session.suspend()
        assert mouse.OFF in far_end.received()
        session.resume()
        await session.present(frame_of("b"))
        assert far_end.received().count(mouse.ON) == 1
    assert mouse.OFF in far_end.received()


async def test_without_the_mouse_nothing_is_said_of_it(far_end: Any) -> None:
    with opened(far_end) as session:
        await session.present(frame_of("a"))
    received = far_end.received()
    assert "?1000" not in received
    assert "?1006" not in received


async def test_modes_that_the_shell_changed_while_stopped_are_set_back(far_end: Any) -> None:
    found = far_end.modes()
    with opened(far_end) as session:
        entered = far_end.modes()
        await session.present(frame_of("a"))
        far_end.received()
        termios.tcsetattr(far_end.terminal, termios.TCSANOW, found)
        session.resume()
        assert far_end.modes() == entered
        await session.present(frame_of("a"))
        sent = far_end.received()
        assert sent.index("\x1b[?1049h") < sent.index(CLEAR)
    assert far_end.modes() == found


async def test_a_frame_that_is_overtaken_while_it_is_written_is_given_up(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(far_end) as session:
        await session.present(frame_of("abc"))
        far_end.received()
        write = session._write_own

        async def write_and_repaint(data: bytes, generation: int) -> int:
            written = await write(data, generation)
            session.repaint()
            return written

        monkeypatch.setattr(session, "_write_own", write_and_repaint)
        await session.present(frame_of("xyz"))
        assert "xyz" in far_end.received()
        monkeypatch.undo()
        await session.present(frame_of("xyz"))
        assert CLEAR in far_end.received()


async def test_a_frame_whose_writing_is_cancelled_is_given_up(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_end(data: bytes, generation: int) -> int:
        await anyio.sleep_forever()
        return 0

    with opened(far_end) as session:
        await session.present(frame_of("abc"))
        far_end.received()
        monkeypatch.setattr(session, "_write_own", never_end)
        with anyio.move_on_after(0):
            await session.present(frame_of("xyz"))
        monkeypatch.undo()
        await session.present(frame_of("abc"))
        assert CLEAR in far_end.received(), "nobody knows how much of it was written"


async def test_what_is_copied_while_a_frame_is_written_comes_with_the_next_one(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(far_end) as session:
        await session.present(frame_of("a"))
        write = session._write_own

        async def write_and_copy(data: bytes, generation: int) -> int:
            written = await write(data, generation)
            session.copy(["0.25"], "values")
            return written

        monkeypatch.setattr(session, "_write_own", write_and_copy)
        await session.present(frame_of("b"))
        monkeypatch.undo()
        far_end.received()
        await session.present(frame_of("c"))
        assert b64encode(b"0.25").decode() in far_end.received()
        await session.present(frame_of("d"))
        assert b64encode(b"0.25").decode() not in far_end.received()


async def test_a_screen_that_is_taken_again_is_never_seen_empty(far_end: Any) -> None:
    with opened(far_end) as session:
        session.take_answer("\x1b[?2026;2$y")
        session.take_answer("\x1b[?62;22c")
        await session.present(frame_of("a"))
        far_end.received()
        session.resume()
        session.resume()
        assert far_end.received() == ""
        assert await session.present(frame_of("a"))
        sent = far_end.received()
        assert sent.startswith("\x1b[?2026h\x1b[?1049h")
        assert sent.endswith("\x1b[?2026l")
        assert sent.count("\x1b[?1049h") == sent.count("\x1b[?2026h") == 1
        assert await session.present(frame_of("a")) == 0


@pytest.mark.parametrize("reopens", [True, False])
async def test_the_shared_terminal_stays_blocking(
    far_end: Any, monkeypatch: pytest.MonkeyPatch, reopens: bool
) -> None:
    if not reopens:

        def no_name(descriptor: int) -> str:
            raise OSError("no name here")

        monkeypatch.setattr(os, "ttyname", no_name)
    with opened(far_end) as session:
        await session.present(frame_of("a"))
        assert not fcntl.fcntl(far_end.terminal, fcntl.F_GETFL) & os.O_NONBLOCK
        far_end.received()
        await session.present(frame_of("b"))
        assert "b" in far_end.received()
        assert await session.present(frame_of("b")) == 0
    assert far_end.received().endswith("\x1b[?1049l")


async def test_glyphs_that_the_locale_lacks_are_replaced(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "trackio_view.terminal.terminal_session.locale_encoding", lambda: "ISO-8859-1"
    )
    with opened(far_end) as session:
        assert session.look.repertoire is Repertoire.ASCII
        far_end.received()
        await session.present(frame_of("⣿"))
        assert "? 0" in far_end.received()


def test_ctrl_c_is_a_signal_and_leaves_the_terminal_tidy() -> None:
    """Run code in a process that controls the terminal, as under a shell."""
    program = """
        import os, sys, fcntl, termios, time
        os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        found = termios.tcgetattr(0)
        from trackio_view.terminal.terminal_session import TerminalSession
        try:
            with TerminalSession():
                sys.stderr.write("entered"); sys.stderr.flush()
                while True: time.sleep(1)
        except KeyboardInterrupt:
            sys.stderr.write("interrupted " + str(termios.tcgetattr(0) == found))
    """
    far, near = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=near, stdout=near, stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert process.stderr.read(7) == b"entered"
        os.write(far, b"\x03")
        assert process.stderr.read() == b"interrupted True"
    os.close(near)
    os.close(far)
