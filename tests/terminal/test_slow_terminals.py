"""Nothing waits for terminals that are slow, stall or hang up, and they are left as they were."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from typing import Any

import anyio
import pytest

from tests.terminal.conftest import CLEAR, frame_of, noisy_frame, opened
from trackio_view.terminal import terminal_session
from trackio_view.terminal.style import ColorDepth


async def test_a_slow_terminal_holds_up_nobody_and_a_half_frame_is_repainted(far_end: Any) -> None:
    large = noisy_frame()
    with opened(far_end, depth=ColorDepth.TRUECOLOR) as session:
        far_end.received()
        with anyio.fail_after(60), anyio.CancelScope() as stalled:
            async with anyio.create_task_group() as group:

                async def go_on() -> None:
                    for _ in range(4):
                        await anyio.sleep(0.005)
                    stalled.cancel()

                group.start_soon(go_on)
                await session.present(large)
        assert stalled.cancelled_caught
        far_end.received()
        await session.present(frame_of("after"))
        assert CLEAR in far_end.received()


async def test_a_frame_that_was_half_written_at_a_suspension_is_not_finished(far_end: Any) -> None:
    with opened(far_end, depth=ColorDepth.TRUECOLOR) as session:
        async with anyio.create_task_group() as group:
            group.start_soon(session.present, noisy_frame())
            await anyio.sleep(0.02)
            session.suspend()
            last = ""
            for _ in range(20):
                last = (last + far_end.received())[-200:]
                await anyio.sleep(0)
    assert last.endswith("\x1b[?1049l")


async def test_a_half_frame_is_ended_before_the_terminal_is_left(far_end: Any) -> None:
    """A terminal that still waited for the end of a frame would show the prompt late."""
    with opened(far_end, depth=ColorDepth.TRUECOLOR) as session:
        session.take_answer("\x1b[?2026;2$y")
        async with anyio.create_task_group() as group:
            group.start_soon(session.present, noisy_frame())
            await anyio.sleep(0.02)
            sent = far_end.received()
            session.leave()
    sent += far_end.received()
    assert sent.count("\x1b[?2026h") == sent.count("\x1b[?2026l") == 1


async def test_a_frame_that_was_half_written_at_a_repaint_is_painted_again(far_end: Any) -> None:
    large = noisy_frame()
    with opened(far_end, depth=ColorDepth.TRUECOLOR) as session:
        async with anyio.create_task_group() as group:
            group.start_soon(session.present, large)
            await anyio.sleep(0.02)
            session.repaint()
            far_end.received()
        far_end.received()
        with anyio.move_on_after(0.05):
            await session.present(large)
        assert CLEAR in far_end.received()


async def fill(far_end: Any) -> None:
    """Write to a terminal until it takes no more."""
    with open(os.ttyname(far_end.terminal), "wb", buffering=0) as filling:
        os.set_blocking(filling.fileno(), False)
        # The kernel passes on its buffer, and then takes more.
        for _ in range(10):
            with contextlib.suppress(BlockingIOError):
                while os.write(filling.fileno(), b"." * 4096):
                    pass
            await anyio.sleep(0.01)


async def test_taking_a_stalled_terminal_is_made_up_for_by_the_first_frame(far_end: Any) -> None:
    await fill(far_end)
    with opened(far_end) as session:
        assert "\x1b[?1049h" not in far_end.received()
        await session.present(frame_of("a"))
        assert far_end.received(until="a 5").count("\x1b[?1049h") == 1


async def test_a_stalled_terminal_is_left_all_the_same(far_end: Any) -> None:
    found = far_end.modes()
    with opened(far_end, depth=ColorDepth.TRUECOLOR) as session:
        with anyio.move_on_after(0.05):
            await session.present(noisy_frame())
    assert far_end.modes() == found
    assert far_end.received().endswith("\x1b[?1049l")


async def test_of_a_slow_terminal_that_takes_all_in_time_nothing_is_dropped(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The machine that runs the test may be slower than any terminal.
    monkeypatch.setattr(terminal_session, "_LEAVE_SECONDS", 60.0)
    dropped: list[str] = []

    def read_late() -> None:
        time.sleep(0.05)
        far_end.received(until="\x1b[?1049l")

    reading = threading.Thread(target=read_late)
    with opened(far_end) as session:
        monkeypatch.setattr(session, "_unstall", lambda: dropped.append("output"))
        await fill(far_end)
        reading.start()
        session.leave()
        reading.join()
    assert not dropped


async def test_a_terminal_stopped_by_ctrl_s_is_left_all_the_same(far_end: Any) -> None:
    found = far_end.modes()
    with opened(far_end) as session:
        far_end.received()
        far_end.type("\x13")
        while select.select([], [far_end.terminal], [], 0)[1]:
            # The kernel may take some time to hand over the key.
            await anyio.sleep(0.001)
        with anyio.move_on_after(0.05):
            await session.present(frame_of("a"))
        assert far_end.received() == ""
    assert far_end.modes() == found
    assert far_end.received().endswith("\x1b[?1049l")


async def test_a_terminal_that_is_gone_is_left_quietly(far_end: Any) -> None:
    with opened(far_end) as session:
        await session.present(frame_of("a"))
        far_end.hang_up()
        assert await session.present(frame_of("b")) == 0
        session.suspend()
        session.resume()


async def test_without_a_terminal_of_its_own_a_stalled_one_is_left_too(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackio_view.terminal.terminal_session.reopened", lambda descriptor: None)
    found = far_end.modes()
    with opened(far_end, depth=ColorDepth.TRUECOLOR) as session:
        with anyio.move_on_after(0.05) as stalled:
            await session.present(noisy_frame())
        assert stalled.cancelled_caught
    assert far_end.modes() == found
