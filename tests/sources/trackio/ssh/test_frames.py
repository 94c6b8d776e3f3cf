"""Questions and answers as a pipe carries them."""

from __future__ import annotations

import io
import json
import os
import zlib
from typing import Any

import pytest

from trackio_view.sources.trackio.ssh import frames
from trackio_view.sources.trackio.ssh.frames import is_open, read_frame, serve, write_frame


def written(answer: Any, *, pack: bool = False) -> bytes:
    target = io.BytesIO()
    write_frame(target, answer, pack=pack)
    return target.getvalue()


def asked(*questions: Any) -> io.BytesIO:
    return io.BytesIO(b"".join(written(question) for question in questions))


class Echo:
    """A far end that answers with the question."""

    closed = False
    gone = False

    def greeting(self) -> dict[str, Any]:
        return {"hello": True}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if self.gone:
            raise frames.NobodyAsks
        return question

    def close(self) -> None:
        self.closed = True


def test_frames_are_read_as_they_were_written() -> None:
    stream = asked({"do": "é"}, [1, None])
    assert read_frame(stream) == {"do": "é"}
    assert read_frame(stream) == [1, None]
    assert read_frame(stream) is None


def test_a_name_that_is_no_utf_8_is_answered_all_the_same() -> None:
    name = os.fsdecode(b"run-\xff")
    assert json.loads(written({"projects": [name]}).partition(b"\n")[2]) == {"projects": ["run-?"]}


@pytest.mark.parametrize("end", [b"5\n[1", b"12", b"99999999999999999999\n", b"33554433\n["])
def test_a_frame_that_is_cut_off_or_too_large_ends_the_questions(end: bytes) -> None:
    assert read_frame(io.BytesIO(end)) is None


@pytest.mark.parametrize(("size", "is_asked"), [(32 * 2**20, True), (32 * 2**20 + 1, False)])
def test_no_question_of_more_than_32_mib_is_read(size: int, is_asked: bool) -> None:
    class Asking(io.BytesIO):
        wanted: int | None = None

        def read(self, count: int | None = -1) -> bytes:
            self.wanted = count
            return b""

    source = Asking(b"%d\n" % size)
    assert read_frame(source) is None
    assert source.wanted == (size if is_asked else None)


def test_only_long_answers_are_packed_and_only_where_that_is_asked_for() -> None:
    long = "x" * 2_000
    assert written(long).startswith(b"2002\n")
    assert written("x" * 1_997, pack=True) == b'1999\n"' + b"x" * 1_997 + b'"'
    head, _, body = written(long, pack=True).partition(b"\n")
    assert head == b"%dz" % len(body)
    assert json.loads(zlib.decompress(body)) == long


def test_an_answer_that_is_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LARGEST", 100)
    answer = json.loads(written("x" * 100).partition(b"\n")[2])
    assert answer["kind"] == "too_much"
    assert written("x" * 98) == b'100\n"' + b"x" * 98 + b'"'


def test_a_question_after_the_other_is_answered_until_nobody_asks() -> None:
    answers, echo, opened = io.BytesIO(), Echo(), list[Any]()
    questions = asked({"first": 1}, {"do": "x"}, {"do": "y" * 3_000, "pack": True})
    serve(questions, answers, lambda first: (opened.append(first), echo)[1])
    assert opened == [{"first": 1}]
    assert echo.closed
    start = b"\n" + frames.MARK + b"\n" + written({"hello": True}) + written({"do": "x"})
    assert answers.getvalue().startswith(start)
    assert b"z\n" in answers.getvalue()[len(start) : len(start) + 9]


def test_who_asks_nothing_or_goes_is_let_go() -> None:
    answers = io.BytesIO()
    serve(io.BytesIO(), answers, lambda _: pytest.fail("nobody asked"))
    assert answers.getvalue() == b"\n" + frames.MARK + b"\n"
    echo = Echo()
    echo.gone = True
    serve(asked({}, {"do": "x"}), answers, lambda _: echo)
    assert echo.closed


def test_a_pipe_is_open_until_the_other_end_goes() -> None:
    reading, writing = os.pipe()
    assert is_open(reading)
    os.close(writing)
    assert not is_open(reading)
    os.close(reading)
