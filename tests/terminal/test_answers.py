"""What is asked of a terminal, and what follows from its answers: in time, late, or none."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest

from tests.terminal.conftest import frame_of, opened
from trackio_view.terminal import terminal_session
from trackio_view.terminal.background import Background

KNOWS_SYNCHRONIZED_OUTPUT = "\x1b[?2026;2$y\x1b[?62;22c"


def test_questions_to_the_terminal_come_before_anything_is_painted(far_end: Any) -> None:
    with opened(far_end) as session:
        assert far_end.received().endswith("\x1b[?2026$p\x1b]11;?\x1b\\\x1b[c")
        assert not session._synchronized
        session.take_answer("\x1b[?2026;2$y")
        session.take_answer("\x1b[?62;22c")
        assert session._synchronized
        session.suspend()
        far_end.received()
        session.resume()
        # An answer is remembered: the question is not asked again.
        assert "$p" not in far_end.received()


def test_a_question_without_an_answer_is_asked_once_where_the_last_one_is_answered(
    far_end: Any,
) -> None:
    with opened(far_end) as session:
        session.suspend()
        far_end.received()
        session.resume()
        assert "\x1b[?2026$p" in far_end.received(), "nothing was answered yet"
        session.take_answer("\x1b[?62;22c")
        session.suspend()
        far_end.received()
        session.resume()
        assert "$p" not in far_end.received()


def test_a_background_is_awaited_until_the_terminal_has_answered_what_it_will(
    far_end: Any,
) -> None:
    answered: list[str] = []
    session = opened(far_end)
    session.on_answered = lambda: answered.append("all")
    with session:
        assert not session.awaits_background, "nobody asks"
        session.on_background = lambda background: answered.append(background.value)
        assert session.awaits_background
        session.take_answer("\x1b[?2026;2$y")
        assert session.awaits_background
        session.take_answer("\x1b]11;rgb:ffff/ffff/ffff\x1b\\")
        assert not session.awaits_background
        session.take_answer("\x1b[?62c")
    assert answered == ["light", "all"]
    answered.clear()
    silent = opened(far_end)
    silent.on_background, silent.on_answered = print, lambda: answered.append("all")
    with silent:
        silent.take_answer("\x1b[?62c")
        assert not silent.awaits_background, "what follows the fence is late"
    assert answered == ["all"]


def test_the_background_is_told_once_and_only_where_it_was_asked_for(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Background] = []
    white, black = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1b]11;rgb:00/00/00\x07"
    session = opened(far_end)
    session.on_background = told.append
    session.take_answer(white)
    with session:
        session.take_answer("\x1b]11;rgb:junk\x1b\\")
        session.take_answer(white)
        session.take_answer(black)
    assert told == [Background.LIGHT]
    far_end.received()
    monkeypatch.setenv("TERM", "screen.xterm-256color")
    with opened(far_end) as session:
        session.on_background = told.append
        assert "]11" not in far_end.received()
        session.take_answer(black)
    assert told == [Background.LIGHT]


@pytest.mark.parametrize("state", "034")
def test_a_mode_that_cannot_be_switched_is_not_used(far_end: Any, state: str) -> None:
    with opened(far_end) as session:
        session.take_answer(f"\x1b[?2026;{state}$y")
        session.take_answer("\x1b[?1;2c")
        assert not session._synchronized


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("\x1b[?62;4;22;52c", "copied: loss 0.5"),
        ("\x1b[?62;22c", "given to the terminal to copy: loss 0.5"),
        ("\x1b[?52c", "given to the terminal to copy: loss 0.5"),
        ("", "given to the terminal to copy: loss 0.5"),
    ],
)
async def test_copied_is_said_only_where_the_terminal_says_that_it_copies(
    far_end: Any, monkeypatch: pytest.MonkeyPatch, answer: str, said: str
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    with opened(far_end) as session:
        session.take_answer(answer)
        far_end.received()
        assert session.copy(["loss 0.5"], "loss 0.5") == said
        await session.present(frame_of("a"))
        assert "\x1b]52;c;" in far_end.received()
        assert session.copy(["x" * 80_000], "a table") == "too long to be copied"


async def test_a_text_that_cannot_be_copied_may_be_read(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TERM", "linux")
    with opened(far_end) as session:
        said = session.copy(["loss 0.5"], "loss 0.5")
        assert said == "this console has no clipboard: loss 0.5"
        assert session.copy(["a", "b"], "a table") == "this console has no clipboard"
        await session.present(frame_of("a"))
        assert "]52;" not in far_end.received()


def test_late_answers_do_not_land_on_the_prompt(
    far_end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The machine that runs the test may be slower than any terminal.
    monkeypatch.setattr(terminal_session, "_ANSWER_SECONDS", 60.0)

    def answer_late() -> None:
        far_end.received(until="\x1b[?1049l")
        # A line that takes so long is slow, and none of them is the worst.
        time.sleep(0.3)
        far_end.type(KNOWS_SYNCHRONIZED_OUTPUT + "ls\n")

    answering = threading.Thread(target=answer_late)
    with opened(far_end) as session:
        answering.start()
        session.leave()
        answering.join()
        assert far_end.received() == "", "nor is it echoed"
    assert os.read(far_end.terminal, 100) == b"ls\n", "what follows is meant for the shell"


def test_text_typed_ahead_is_kept_once_the_terminal_has_answered(far_end: Any) -> None:
    with opened(far_end) as session:
        session.take_answer("\x1b[?62c")
        far_end.type("ls\n")
    assert os.read(far_end.terminal, 100) == b"ls\n"
