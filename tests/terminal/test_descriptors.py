"""Calls on the descriptors of a terminal never block the program."""

from __future__ import annotations

import os
import pty
import select
import signal
import termios
from collections.abc import Iterator

import pytest

from trackio_view.terminal.descriptors import (
    has_ended,
    is_ready,
    key_by_key,
    keyboard_of,
    reopened,
    signals_blocked,
    write_in_thread,
)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Return the two ends of a terminal: the person's and the program's."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_a_terminal_is_opened_again_to_be_written_to_at_once(terminal: tuple[int, int]) -> None:
    own = reopened(terminal[1])
    assert own is not None
    try:
        assert own != terminal[1]
        assert not os.get_blocking(own)
        os.write(own, b"hello")
        assert os.read(terminal[0], 5) == b"hello"
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.read(own, 1)
    finally:
        os.close(own)


def test_only_a_terminal_of_its_own_name_is_opened_again(
    terminal: tuple[int, int], pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reopened(pipe[1]) is None
    other, name = pty.openpty()
    named = os.ttyname(name)
    monkeypatch.setattr(os, "ttyname", lambda _: named)
    opened = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()
    assert reopened(terminal[1]) is None
    monkeypatch.setattr(os, "ttyname", lambda _: "/dev/null")
    assert reopened(terminal[1]) is None
    if opened:
        assert set(os.listdir("/proc/self/fd")) <= opened, "what was opened is closed"
    os.close(other)
    os.close(name)


def test_keys_are_read_by_the_terminal_s_own_name(
    terminal: tuple[int, int], pipe: tuple[int, int]
) -> None:
    keyboard = keyboard_of(terminal[1])
    assert keyboard != terminal[1]
    assert not os.get_inheritable(keyboard)
    os.write(terminal[0], b"q\n")
    assert os.read(keyboard, 2) == b"q\n"
    os.close(keyboard)
    assert os.get_blocking(terminal[1]), "it stays open"
    assert keyboard_of(pipe[0]) == pipe[0]


def test_keys_come_at_once_without_echo_and_signals_stay(terminal: tuple[int, int]) -> None:
    before = termios.tcgetattr(terminal[1])
    kept = [*before[:6], list(before[6])]
    after = key_by_key(before)
    assert before == kept, "what was found is what is given back later"
    assert after[3] & (termios.ECHO | termios.ICANON) == 0
    assert after[3] & termios.NOFLSH
    assert after[3] & termios.ISIG == before[3] & termios.ISIG != 0
    assert (after[6][termios.VMIN], after[6][termios.VTIME]) == (0, 0)
    assert after[:3] == before[:3]


def test_a_terminal_whose_other_end_is_gone_has_ended(terminal: tuple[int, int]) -> None:
    assert not has_ended(terminal[1])
    os.close(terminal[0])
    assert has_ended(terminal[1])


def test_whether_there_is_something_to_be_read(pipe: tuple[int, int]) -> None:
    assert not is_ready(pipe[0], select.POLLIN, 0)
    assert is_ready(pipe[1], select.POLLOUT, 0)
    os.write(pipe[1], b"x")
    assert is_ready(pipe[0], select.POLLIN, 60)


def test_seconds_are_waited_for_in_milliseconds(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[object] = []

    class Poll:
        def register(self, descriptor: int, event: int) -> None:
            waited.append((descriptor, event))

        def poll(self, milliseconds: float) -> list[object]:
            waited.append(milliseconds)
            return []

    monkeypatch.setattr(select, "poll", Poll)
    assert not is_ready(pipe[0], select.POLLIN, 0.25)
    assert waited == [(pipe[0], select.POLLIN), 250]


def test_who_does_not_read_holds_nothing_up(pipe: tuple[int, int]) -> None:
    assert write_in_thread(pipe[1], b"there", 60.0) == b""
    assert os.read(pipe[0], 5) == b"there"
    long = bytes(1 << 20)
    assert write_in_thread(pipe[1], long, 0.0) == long, "what may not have been written is kept"
    # The thread ends when the pipe is closed.
    os.close(pipe[0])


def test_a_descriptor_that_is_gone_takes_everything(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    assert write_in_thread(pipe[1], b"nowhere", 60.0) == b""


def test_signals_wait_for_the_end_of_the_block() -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: came.append(number))
    try:
        with signals_blocked({signal.SIGUSR1}):
            signal.raise_signal(signal.SIGUSR1)
            assert came == []
            with signals_blocked({signal.SIGUSR1}):
                pass
            assert came == [], "the inner block gives back what the outer one set"
        assert came == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)
