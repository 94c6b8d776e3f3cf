"""A machine behind SSH as a place of projects; a program that we send there reads them."""

from __future__ import annotations

import math
from base64 import b64decode
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from trackio_view.model.project_id import canonical_name
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.server_json import IMPOSSIBLE
from trackio_view.sources.trackio.distant import (
    LONGEST_NAME,
    MOST_PROJECTS,
    FilesThere,
    Say,
    fault_of_answer,
)
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files.access import Signature
from trackio_view.sources.trackio.inbox import FileKey, Inbox
from trackio_view.sources.trackio.reader import Row
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh.faults import no_answer, of_answer
from trackio_view.sources.trackio.ssh.host import SshHost
from trackio_view.sources.trackio.ssh.pipe import SshPipe

_FILES_AT_ONCE = 500
_MOST_HELD = 8 << 20
"""Bytes of an inbox that are kept after the list was read, as its rows are read next."""


class SshMachine:
    """The projects of a directory on a machine."""

    least_interval = 0.0
    needs_rest = False
    packs_rows = False

    def __init__(self, host: SshHost) -> None:
        """Ask nothing yet."""
        self.host = host
        self.origin = host.shown
        self.pipe = SshPipe(host)
        self.inbox = Inbox(self.origin, files=_FarInbox(self))
        self.inbox_state: object = None
        """The state of the inbox in the newest answer; it differs where other files are there."""
        self.inbox_late: str | None = None
        """The kind of file system there that lists the inbox as it was some time ago."""
        self._damage: dict[str, str | None] = {}
        """Project -> a sentence about its unreadable part."""
        self._distrusted: set[str] = set()
        """The projects whose copy is to be read."""
        self._listed: dict[str, FilesThere | None] = {}
        """The state of files in the newest list."""

    async def tell_silence(self, say: Say) -> None:
        """Tell of an unanswered question, and send `None` once it is answered, until cancelled."""
        # Only the live screen imports this: commands that print and end need no event loop.
        from trackio_view.sources.trackio.ssh.silence import tell_silence

        await tell_silence(self.host, lambda: self.pipe.unanswered_since, say)

    def named(self, project: str) -> str:
        """Return the name under which the project is kept there that a person means."""
        return project if project in self._listed else canonical_name(project)

    def projects(self) -> list[str]:
        """Return the names of the projects there. Raises ServerFault."""
        found = self._ask(do="list").get("projects")
        if not isinstance(found, list):
            raise no_answer(self.host)
        try:
            self._listed = {
                name: None if told is None else _files(told)
                for name, told in found[:MOST_PROJECTS]
                if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME
            }
        except IMPOSSIBLE:
            raise no_answer(self.host) from None
        return sorted(self._listed)

    def files(self, project: str) -> FilesThere:
        """Return the state of a project's files. Raises ServerFault."""
        answer = self._ask(do="files", project=project)
        try:
            return _files(answer["files"])
        except IMPOSSIBLE:
            raise no_answer(self.host) from None

    def listed_files(self, project: str) -> FilesThere | None:
        """Return the state of a project's files in the newest list; `None` where it had none."""
        return self._listed.get(project)

    def query(self, project: str, statement: str) -> list[Row]:
        """Return the rows of a statement about a project. Raises ServerFault."""
        distrust = {"distrust": True} if project in self._distrusted else {}
        answer = self._ask(do="query", project=project, statement=statement, **distrust)
        self._distrusted.discard(project)
        damage = answer.get("damage")
        self._damage[project] = str(damage) if damage else None
        try:
            rows = answer["rows"]
            for number, column, kind, text in answer["odd"]:
                rows[number][column] = _value(kind, text)
            return [tuple(row) for row in rows]
        except IMPOSSIBLE:
            raise no_answer(self.host) from None

    def media(self, file: str, most: int) -> tuple[int, bytes]:
        """Return the size of a file that a run logged, and up to `most` bytes of it.

        Raises MediaUnread or ServerFault.
        """
        answer = self._ask(do="media", file=file, most=most)
        try:
            if "unread" in answer:
                raise MediaUnread(str(answer["unread"]))
            return int(answer["size"]), b64decode(answer["data"], validate=True)
        except IMPOSSIBLE:
            raise no_answer(self.host) from None

    def damage(self, project: str) -> str | None:
        """Return a sentence about the part of a project that cannot be read there."""
        return self._damage.get(project)

    def distrust(self, project: str) -> bool:
        """From now on, have a copy of the readable part of a project read there; return `True`."""
        self._distrusted.add(project)
        return True

    def fault(self, error: Exception) -> DatabaseFault | None:
        """Return the fault that an error means; `None` for an error of this program."""
        return fault_of_answer(error, no_answer(self.host))

    def begin(self) -> None:
        """Answer again after an interruption."""
        self.pipe.begin()

    def interrupt(self) -> None:
        """Let the question that another thread waits for fail, and all others until `begin`."""
        self.pipe.interrupt()

    def close(self) -> None:
        """End the connection."""
        self.pipe.close()

    def inbox_keys(self) -> list[FileKey]:
        """Return which files of the inbox there are. Raises ServerFault."""
        try:
            answer = self._ask(do="inbox")
            late = answer.get("late")
            self.inbox_late = late[:LONGEST_NAME] if isinstance(late, str) else None
            return [(str(writer), str(name)) for writer, name in answer["keys"]]
        except IMPOSSIBLE:
            raise no_answer(self.host) from None

    def inbox_files(self, keys: Sequence[FileKey]) -> list[bytes | None]:
        """Return the content of the first of these files of the inbox; `None` for files that are
        gone.

        Raises ServerFault.
        """
        try:
            texts = self._ask(do="inbox files", keys=keys)["texts"]
            return [text.encode() if isinstance(text, str) else None for text in texts]
        except ServerFault as fault:
            if fault.kind is FaultKind.TOO_MUCH:
                # TrackIO writes no file as large.
                return [b""]
            raise
        except IMPOSSIBLE:
            raise no_answer(self.host) from None

    def _ask(self, **question: Any) -> dict[str, Any]:
        answer = self.pipe.ask(question)
        self.inbox_state = answer.get("inbox", self.inbox_state)
        text = answer.get("fault")
        if text is None:
            return answer
        of_project = "project" in question
        raise of_answer(self.host, str(text), answer.get("kind"), of_project=of_project)


class _FarInbox:
    """The files of a machine's inbox: listed anew where they changed, and read many at once."""

    def __init__(self, machine: SshMachine) -> None:
        self._machine = machine
        self._listed: object = None
        self._keys: list[FileKey] = []
        self._held: dict[FileKey, bytes | None] = {}
        """The newest files that were read: each is needed for the list, and again for its rows."""
        self._size = 0

    def keys(self) -> list[FileKey]:
        state = self._machine.inbox_state
        if state is None or state != self._listed:
            self._keys = [] if state == 0 else sorted(self._machine.inbox_keys())
            self._listed = state
            self._drop(self._held.keys() - set(self._keys))
        return self._keys

    def read(self, key: FileKey) -> bytes | None:
        if key not in self._held:
            place = bisect_left(self._keys, key)
            following = [one for one in self._keys[place : place + _FILES_AT_ONCE] if one != key]
            asked = [key, *(one for one in following if one not in self._held)]
            self._hold(dict(zip(asked, self._machine.inbox_files(asked), strict=False)))
        return self._held.get(key)

    def listed_late(self) -> str | None:
        return self._machine.inbox_late

    def _hold(self, files: dict[FileKey, bytes | None]) -> None:
        self._held.update(files)
        self._size += sum(len(data or b"") for data in files.values())
        for key in list(self._held):
            if self._size <= _MOST_HELD:
                return
            if key not in files:
                self._drop((key,))

    def _drop(self, keys: Iterable[FileKey]) -> None:
        for key in keys:
            self._size -= len(self._held.pop(key) or b"")


def _files(told: list[Any]) -> FilesThere:
    *states, is_settled = told
    database, log, journal = (
        (int(inode), int(size), int(changed)) for inode, size, changed in states
    )
    return FilesThere(Signature(database, log, journal), is_settled is True)


def _value(kind: str, text: str) -> bytes | float:
    if kind == "bytes":
        return bytes.fromhex(text)
    number = float(text)
    if not math.isinf(number):
        raise ValueError("only what JSON has no words for is told apart")
    return number
