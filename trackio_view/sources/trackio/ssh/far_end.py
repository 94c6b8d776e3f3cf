"""Runs on a machine behind SSH, where this package is not installed, and answers questions.

It is sent as text, with the rooms that it imports, to whatever Python from 3.8 on is there.
Projects are opened as they are here, for one question each, so that nothing stays open between two
looks; only private copies are kept: of the log that a killed writer left, and of the readable part
of a damaged project. It ends once nobody asks any more.
"""

from __future__ import annotations

import base64
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, damaged, explain
from trackio_view.sources.trackio.files.access import Access, Signature, signature
from trackio_view.sources.trackio.files.database import (
    PATIENCE,
    REST_PATIENCE,
    Locks,
    ProjectConnection,
    open_at_rest,
    open_database,
)
from trackio_view.sources.trackio.files.inbox_files import (
    inbox_keys,
    inbox_state,
    listed_late,
    read_inbox_file,
)
from trackio_view.sources.trackio.files.locations import (
    data_directory,
    find_projects,
    project_file,
)
from trackio_view.sources.trackio.ssh.far_salvage import SalvagedProjects
from trackio_view.sources.trackio.ssh.frames import NobodyAsks, is_open, serve

MOST_WAITING = 50_000
"""The most files of an inbox in an answer."""
_INBOX_BYTES = 1 << 20
"""An answer that has reached this many bytes holds no further file of the inbox."""
_MOST_MEDIA = 20 << 20
"""Bytes of a file that a run logged, which take a third more in an answer."""
_RETRY_PAUSE = 0.05
_STEPS_BETWEEN_LOOKS = 1_000_000
"""Steps of SQLite's virtual machine: some milliseconds."""


def _always() -> bool:
    return True


class FarEnd:
    """Answers questions about the projects of one directory."""

    def __init__(self, directory: str | None, is_asked: Callable[[], bool] = _always) -> None:
        """`is_asked` tells whether the viewer is still connected."""
        self._is_asked = is_asked
        self.directory = data_directory(directory)
        self._salvaged = SalvagedProjects(is_asked)
        self._copy: ProjectConnection | None = None
        self._waited: dict[str, float] = {}
        """Path -> when the last wait for a moment without writes was in vain."""

    def greeting(self) -> dict[str, Any]:
        """Return the directory of the projects."""
        return {"directory": self.directory}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question, which may be a fault.

        An answer about the state of files also tells whether the inbox has other files.
        """
        if question["do"] == "inbox":
            keys = sorted(islice(inbox_keys(self.directory), MOST_WAITING))
            return {"keys": keys, "late": listed_late(self.directory)}
        if question["do"] == "inbox files":
            return {"texts": list(self._inbox_texts(question["keys"]))}
        if question["do"] == "media":
            return self._media(question["file"], question["most"])
        answer = self._answer(question)
        if question["do"] in ("list", "files"):
            answer["inbox"] = inbox_state(self.directory)
        return answer

    def _media(self, file: str, most: int) -> dict[str, Any]:
        """Return the size of a file that a run logged and its beginning, or why it is not read."""
        from trackio_view.sources.media_unread import MediaUnread
        from trackio_view.sources.trackio.files.media_files import FOLDER, read_media_file

        folder = os.path.join(self.directory, FOLDER)
        try:
            size, data = read_media_file(folder, file, 0, min(most, _MOST_MEDIA))
        except MediaUnread as fault:
            return {"unread": str(fault)}
        return {"size": size, "data": base64.b64encode(data).decode("ascii")}

    def _inbox_texts(self, keys: list[list[str]]) -> Iterator[str | None]:
        """Yield the content of files of the inbox, as many as fit into one answer, at least one."""
        size = 0
        for key in keys:
            data = read_inbox_file(self.directory, (key[0], key[1]))
            yield None if data is None else data.decode("utf-8", "replace")
            size += len(data or b"")
            if size > _INBOX_BYTES:
                return

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            if question["do"] == "list":
                return {"projects": [[name, self._told(path)] for name, path in self._projects()]}
            path = project_file(self.directory, question["project"]).path
            if question["do"] == "files":
                state = signature(path)
                if not state.exists:
                    raise FileNotFoundError
                return {"files": self._as_lists(state, path)}
            if question.get("distrust") and self._salvaged.copy_of(path) is None:
                # SQLite did not notice the damage.
                copy = self._salvaged.made(path)
                copy.damage = copy.damage or damaged().text
            rows, damage = self._rows(path, question["statement"])
            answer = _with_rows(rows)
            return answer if damage is None else {**answer, "damage": damage}
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            fault = explain(error)
            if fault is None:
                raise
            return {"fault": fault.text, "kind": fault.kind.value if fault.kind else None}

    def close(self) -> None:
        """Remove all copies."""
        self._salvaged.close()
        self._close_copy()

    def _close_copy(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _projects(self) -> list[tuple[str, str]]:
        # The error is about the directory, not about a project.
        try:
            found = find_projects(self.directory)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise DatabaseFault(f"{self.directory} cannot be looked into: {reason}.") from error
        # A project whose name is no text cannot be asked for.
        return [
            (project.id.name, project.path) for project in found if project.id.name.isprintable()
        ]

    def _told(self, path: str) -> list[Any] | None:
        try:
            return self._as_lists(signature(path), path)
        except OSError:
            return None

    def _as_lists(self, now: Signature, path: str) -> list[Any]:
        """Return the states of a project's files, and whether no change of them can go unseen."""
        state, is_settled = self._salvaged.state(now, path)
        return [state.database, state.log, state.journal, is_settled]

    def _rows(self, path: str, statement: str) -> tuple[list[Any], str | None]:
        """Return a statement's rows, and a sentence about the unreadable part of the project."""
        copy = self._salvaged.copy_of(path)
        if copy is None:
            try:
                return self._rows_of_file(path, statement), None
            except (DatabaseFault, sqlite3.Error) as error:
                fault = explain(error)
                if fault is None or fault.kind is not FaultKind.DAMAGED:
                    raise
            copy = self._salvaged.made(path)
        return self._fetched(copy, statement), copy.damage

    def _rows_of_file(self, path: str, statement: str) -> list[Any]:
        """Return the rows of a statement; wait for faults that pass by themselves.

        A project that was written to for long whenever it was read is kept as it is, for once,
        unless that would hold up its writer: who watches from afar asks again and again.
        """
        deadline = time.monotonic() + PATIENCE
        insist = False
        while True:
            insist = insist or time.monotonic() > deadline - PATIENCE / 2
            try:
                return self._rows_now(path, statement, insist)
            except (DatabaseFault, sqlite3.Error, OSError) as error:
                fault = explain(error)
                passes = fault is not None and fault.kind is FaultKind.TRANSIENT
                if not passes or (insist and time.monotonic() > deadline):
                    raise
            time.sleep(_RETRY_PAUSE)

    def _rows_now(self, path: str, statement: str, insist: bool) -> list[Any]:
        connection = self._opened(path, insist)
        try:
            return self._fetched(connection, statement)
        finally:
            if connection.access is Access.COPY:
                self._copy = connection
            else:
                connection.close()

    def _fetched(self, connection: ProjectConnection, statement: str) -> list[Any]:
        # Otherwise a long statement would go on although nobody waits, on a machine that is not
        # ours.
        connection.set_progress_handler(lambda: not self._is_asked(), _STEPS_BETWEEN_LOOKS)
        try:
            return connection.fetch(statement)
        except sqlite3.Error:
            if not self._is_asked():
                raise NobodyAsks from None
            raise

    def _opened(self, path: str, insist: bool = False) -> ProjectConnection:
        copy = self._copy
        if copy is not None:
            if copy.path == os.path.abspath(path) and not copy.outdated:
                return copy
            self._close_copy()
        if insist:
            return open_database(path, locks=Locks.BESIDE_WRITERS)
        started = time.monotonic()
        # Where the file is always being written, no look waits for a pause again.
        is_busy = started - self._waited.get(path, -PATIENCE) < PATIENCE
        connection = open_at_rest(path, 0.0 if is_busy else REST_PATIENCE)
        if time.monotonic() - started >= REST_PATIENCE and connection.access.takes_locks:
            self._waited[path] = time.monotonic()
        return connection


def _with_rows(rows: list[Any]) -> dict[str, Any]:
    """Return an answer with rows as JSON holds them; values without a form in JSON are marked."""
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


def _end(*_: object) -> None:
    raise SystemExit(0)


def run() -> None:
    """Serve at the pipe, and tidy up even where the connection ends with a signal."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)

    def opened(first: dict[str, Any]) -> FarEnd:
        return FarEnd(first["directory"], lambda: is_open(sys.stdin.fileno()))

    serve(sys.stdin.buffer, sys.stdout.buffer, opened)
