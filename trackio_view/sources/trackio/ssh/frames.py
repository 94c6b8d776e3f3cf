"""Questions and answers in a pipe, at its far end.

A frame is the number of its bytes on a line, then JSON. This room is sent to a machine behind SSH.
"""

from __future__ import annotations

import json
import select
import zlib
from collections.abc import Callable
from typing import IO, Any, Protocol

MARK = b"trackio-view reads 1"
"""The line before the first answer: a login may print anything before it."""
LARGEST = 32 << 20
"""Bytes of a question or of an answer."""
PACKED = b"z"
"""The sign behind the size of an answer that is packed by zlib (RFC 1950)."""
_PACKED_FROM = 2_000
"""An answer of at least this many bytes is packed, where that is asked for."""
_LONGEST_HEAD = 20


class NobodyAsks(Exception):
    """The viewer has gone."""


class Answering(Protocol):
    """What answers at the far end."""

    def greeting(self) -> dict[str, Any]:
        """Return the answer to the first question."""

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question, which may be a fault."""

    def close(self) -> None:
        """Free what is held."""


def is_open(descriptor: int) -> bool:
    """Return whether more may come from a pipe."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return not poll.poll(0)


def read_frame(source: IO[bytes]) -> Any:
    """Return the next question; `None` once the viewer has gone."""
    head = source.readline(_LONGEST_HEAD)
    if not head.endswith(b"\n") or int(head) > LARGEST:
        return None
    body = source.read(int(head))
    return json.loads(body) if len(body) == int(head) else None


def write_frame(target: IO[bytes], answer: Any, *, pack: bool = False) -> None:
    """Write an answer, which may be packed; write a fault instead of one that is too large."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(body) > LARGEST:
        body = b'{"fault":"It answers with more than can be read.","kind":"too_much"}'
    kind = b""
    if pack and len(body) >= _PACKED_FROM:
        # This is the fastest level: a better one costs more time than it saves, but for the slowest
        # connections.
        body, kind = zlib.compress(body, 1), PACKED
    target.write(b"%d%s\n" % (len(body), kind) + body)
    target.flush()


def serve(
    questions: IO[bytes], answers: IO[bytes], opened: Callable[[dict[str, Any]], Answering]
) -> None:
    """Answer questions until the viewer goes; `opened` makes from the first one what answers."""
    answers.write(b"\n" + MARK + b"\n")
    answers.flush()
    first = read_frame(questions)
    if first is None:
        return
    far_end = opened(first)
    write_frame(answers, far_end.greeting())
    try:
        while True:
            question = read_frame(questions)
            if question is None:
                return
            write_frame(answers, far_end.answer(question), pack=bool(question.get("pack")))
    except (BrokenPipeError, NobodyAsks):
        return
    finally:
        far_end.close()
