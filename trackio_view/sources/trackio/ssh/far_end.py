"""Runs on a machine behind SSH, where nothing of ours is installed: answers what it is asked.

It is sent as text, with the rooms that it imports, to whatever Python from 3.8 on is there.
Projects are opened as they are here, for one question each, so that nothing stays open between two
looks; only a private copy of what a killed writer left is kept. It ends when nobody asks any more.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import sys
import time
import zlib
from collections.abc import Callable
from typing import IO, Any

from trackio_view.sources.trackio.faults import DatabaseFault, explain
from trackio_view.sources.trackio.files.access import Access, Signature, settled, signature
from trackio_view.sources.trackio.files.database import (
    PATIENCE,
    REST_PATIENCE,
    ProjectConnection,
    open_at_rest,
)
from trackio_view.sources.trackio.files.locations import (
    data_directory,
    find_projects,
    project_file,
)

MARK = b"trackio-view reads 1"
"""The line behind which answers come: a login may print anything before it."""
LARGEST = 32 << 20
"""Bytes of a question or of an answer."""
PACKED = b"z"
"""What ends the size of an answer that is packed, as zlib does (RFC 1950)."""
_PACKED_FROM = 2_000
"""Bytes from which on an answer is packed where that is asked for."""
_RETRY_PAUSE = 0.05
_STEPS_BETWEEN_LOOKS = 1_000_000
"""Of SQLite's virtual machine: some milliseconds."""
_LONGEST_HEAD = 20


class NobodyAsks(Exception):
    """The one who asked has gone."""


def _always() -> bool:
    return True


class FarEnd:
    """Answers questions about the projects of one directory."""

    def __init__(self, directory: str | None, is_asked: Callable[[], bool] = _always) -> None:
        """`is_asked` tells whether the one who asks is still there."""
        self._is_asked = is_asked
        self.directory = data_directory(directory)
        self._copy: ProjectConnection | None = None
        self._waited: dict[str, float] = {}
        """When it was last waited in vain for a moment at which nobody writes, by path."""

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question, which may be that it has none."""
        try:
            if question["do"] == "list":
                return {"projects": [[name, _told(path)] for name, path in self._projects()]}
            path = project_file(self.directory, question["project"]).path
            if question["do"] == "files":
                state = signature(path)
                if not state.exists:
                    raise FileNotFoundError
                return {"files": _as_lists(state)}
            return _with_rows(self._rows(path, question["statement"]))
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            fault = explain(error)
            if fault is None:
                raise
            kinds = ("transient", "missing", "empty", "damaged")
            found = [kind for kind in kinds if getattr(fault, kind)]
            return {"fault": fault.text, "kinds": found}

    def close(self) -> None:
        """Remove the copy, if there is one."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _projects(self) -> list[tuple[str, str]]:
        # The error tells of the directory, and no project.
        try:
            found = find_projects(self.directory)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise DatabaseFault(f"{self.directory} cannot be looked into: {reason}.") from error
        # A name that is no text could not be asked for.
        return [
            (project.id.name, project.path) for project in found if project.id.name.isprintable()
        ]

    def _rows(self, path: str, statement: str) -> list[Any]:
        """Return the rows of a statement; what passes by itself is waited for."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._rows_now(path, statement)
            except (DatabaseFault, sqlite3.Error, OSError) as error:
                fault = explain(error)
                if fault is None or not fault.transient or time.monotonic() > deadline:
                    raise
            time.sleep(_RETRY_PAUSE)

    def _rows_now(self, path: str, statement: str) -> list[Any]:
        connection = self._opened(path)
        # A statement that takes long would go on for nobody, on a machine that is not ours.
        connection.set_progress_handler(lambda: not self._is_asked(), _STEPS_BETWEEN_LOOKS)
        try:
            return connection.fetch(statement)
        except sqlite3.Error:
            if not self._is_asked():
                raise NobodyAsks from None
            raise
        finally:
            if connection.access is Access.COPY:
                self._copy = connection
            else:
                connection.close()

    def _opened(self, path: str) -> ProjectConnection:
        copy = self._copy
        if copy is not None:
            if copy.path == os.path.abspath(path) and not copy.outdated:
                return copy
            self.close()
        started = time.monotonic()
        # Where it is always written, one look need not wait for rest again and again.
        is_busy = started - self._waited.get(path, -PATIENCE) < PATIENCE
        connection = open_at_rest(path, 0.0 if is_busy else REST_PATIENCE)
        if time.monotonic() - started >= REST_PATIENCE and connection.access.takes_locks:
            self._waited[path] = time.monotonic()
        return connection


def _told(path: str) -> list[Any] | None:
    try:
        return _as_lists(signature(path))
    except OSError:
        return None


def _as_lists(state: Signature) -> list[Any]:
    """Return the states of a project's files, and whether no change of them can go unseen."""
    return [state.database, state.log, state.journal, settled(state)]


def _with_rows(rows: list[Any]) -> dict[str, Any]:
    """Return an answer with rows as JSON holds them: what it has no words for is told apart."""
    odd: list[list[Any]] = []
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, bytes):
                odd.append([number, column, "bytes", value.hex()])
            elif isinstance(value, float) and value - value != 0:
                # SQLite has infinities and no NaN.
                odd.append([number, column, "float", repr(value)])
    if odd:
        rows = [list(row) for row in rows]
        for number, column, _, _ in odd:
            rows[number][column] = None
    return {"rows": rows, "odd": odd}


def _is_open(descriptor: int) -> bool:
    """Return whether anything may still come from a pipe."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return not poll.poll(0)


def read_frame(source: IO[bytes]) -> Any:
    """Return the next question, `None` where nobody asks any more."""
    head = source.readline(_LONGEST_HEAD)
    if not head.endswith(b"\n") or int(head) > LARGEST:
        return None
    body = source.read(int(head))
    return json.loads(body) if len(body) == int(head) else None


def write_frame(target: IO[bytes], answer: Any, *, pack: bool = False) -> None:
    """Write an answer, which may be packed; one that is too large says so."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(body) > LARGEST:
        body = b'{"fault":"It answers with more than can be read.","kinds":["too_much"]}'
    kind = b""
    if pack and len(body) >= _PACKED_FROM:
        # The fastest level: but for the slowest connections, packing better takes longer than it
        # saves.
        body, kind = zlib.compress(body, 1), PACKED
    target.write(b"%d%s\n" % (len(body), kind) + body)
    target.flush()


def serve(questions: IO[bytes], answers: IO[bytes], is_asked: Callable[[], bool] = _always) -> None:
    """Answer questions, of which the first names the directory, until nobody asks."""
    answers.write(b"\n" + MARK + b"\n")
    answers.flush()
    first = read_frame(questions)
    if first is None:
        return
    far_end = FarEnd(first["directory"], is_asked)
    write_frame(answers, {"directory": far_end.directory})
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


def _end(*_: object) -> None:
    raise SystemExit(0)


def run() -> None:
    """Serve at the pipe, and tidy up also where the connection's end is a signal."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    serve(sys.stdin.buffer, sys.stdout.buffer, lambda: _is_open(sys.stdin.fileno()))
