"""The sentence about a fault names the real cause."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.faults import (
    DatabaseFault,
    FaultKind,
    being_written,
    explain,
    in_temporary_directory,
)
from trackio_view.sources.trackio.files import private_copy
from trackio_view.sources.trackio.files.database import ProjectConnection, open_database
from trackio_view.sources.trackio.files.salvage import open_salvaged

TEMPORARY = "The temporary directory "


@pytest.fixture
def left_behind(project: Any, kill_writer: Any) -> Path:
    """Return a project that can only be read from a copy."""
    project.log([{"loss": 1.0}] * 2)
    kill_writer(project.path, "wal")
    path: Path = project.path
    return path


@pytest.mark.parametrize("place", ["missing", "a file", "gone"])
def test_a_temporary_directory_that_cannot_be_used(
    left_behind: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "gone":

        def none_found(**_: object) -> str:
            raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/a']")

        monkeypatch.setattr(tempfile, "mkdtemp", none_found)
    else:
        monkeypatch.setattr(
            tempfile, "tempdir", str(left_behind if place == "a file" else tmp_path / "none")
        )
    with pytest.raises(DatabaseFault) as fault:
        open_database(str(left_behind))
    assert fault.value.text.startswith(f"{TEMPORARY}cannot be used: ")
    assert fault.value.kind is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("ending", ["", "-wal"])
def test_a_full_temporary_directory(
    left_behind: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    scratch = tmp_path / "scratch"

    def made(**_: object) -> str:
        scratch.mkdir()
        (scratch / f"project.db{ending}").symlink_to("/dev/full")
        return str(scratch)

    monkeypatch.setattr(tempfile, "mkdtemp", made)
    with pytest.raises(DatabaseFault) as fault:
        open_database(str(left_behind))
    assert fault.value.text.startswith(f"{TEMPORARY}is full; ")
    assert not scratch.exists()


def test_a_disk_that_fails_under_the_project_is_not_the_temporary_one(
    left_behind: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(private_copy, "open", lambda *_, **__: Unreadable(broken), raising=False)
    with pytest.raises(DatabaseFault) as fault:
        private_copy._copy(str(left_behind), os.devnull, lambda: False)
    assert fault.value.text == "The database cannot be read: input/output error."


class Unreadable:
    """A file whose disk fails."""

    def __init__(self, read: Callable[[object], bytes]) -> None:
        self.read = read

    def __enter__(self) -> Unreadable:
        return self

    def __exit__(self, *_: object) -> None:
        """An object whose files are all closed."""


def test_no_room_for_what_is_salvaged(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.log([{"loss": 1.0, "text": "x" * 500}] * 200)
    real = sqlite3.connect

    def small(name: str, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(name, **options)
        if not name:
            connection.execute("PRAGMA max_page_count = 8")
        return connection

    monkeypatch.setattr("trackio_view.sources.trackio.files.salvage.sqlite3.connect", small)
    with pytest.raises(DatabaseFault) as fault:
        open_salvaged(str(project.path))
    assert fault.value.text.startswith(f"{TEMPORARY}is full; ")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), f"{TEMPORARY}is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), f"{TEMPORARY}is full"),
        (PermissionError(errno.EACCES, "Permission denied"), f"{TEMPORARY}cannot be used: perm"),
        (OSError(errno.EROFS, "Read-only file system"), f"{TEMPORARY}cannot be used: read-only"),
        (sqlite3.OperationalError("database or disk is full"), f"{TEMPORARY}is full"),
        (sqlite3.OperationalError("disk I/O error"), f"{TEMPORARY}cannot be used: disk i/o error"),
        (sqlite3.DatabaseError("database disk image is malformed"), "The database is damaged"),
        (sqlite3.OperationalError("database is locked"), "The database is locked"),
    ],
    ids=str,
)
def test_the_fault_of_a_copy_blames_its_disk_or_the_database(error: Exception, said: str) -> None:
    with pytest.raises((DatabaseFault, sqlite3.Error)) as caught, in_temporary_directory():
        raise error
    fault = explain(caught.value)
    assert fault is not None
    assert fault.text.startswith(said)


def test_a_copy_that_can_be_made_is_read(left_behind: Path) -> None:
    connection = open_database(str(left_behind))
    assert isinstance(connection, ProjectConnection)
    connection.close()


@pytest.mark.parametrize(
    ("message", "text", "kind"),
    [
        ("database is locked", "The database is locked by another program.", FaultKind.TRANSIENT),
        ("interrupted", "Reading was interrupted.", FaultKind.TRANSIENT),
        (
            "database schema has changed",
            "The database changed while it was read.",
            FaultKind.TRANSIENT,
        ),
        ("no such table: metrics", "The database changed while it was read.", FaultKind.TRANSIENT),
        ("no such column: x", "The database changed while it was read.", FaultKind.TRANSIENT),
        (
            "attempt to write a readonly database",
            "The database changed while it was read.",
            FaultKind.TRANSIENT,
        ),
        ("file is not a database", "The file is not an SQLite database.", None),
        ("unsupported file format", "The file is not an SQLite database.", None),
        (
            "database disk image is malformed",
            "The database is damaged: parts of it are unreadable.",
            FaultKind.DAMAGED,
        ),
        ("disk I/O error", "The disk failed while the database was read.", FaultKind.DAMAGED),
        ("unable to open database file", "The database cannot be opened.", None),
        (
            "database or disk is full",
            "The disk is full: the database cannot be opened.",
            None,
        ),
        ("string or blob too big", "A row of the database is too big to read.", FaultKind.DAMAGED),
        ("something new", "The database cannot be read: something new.", None),
    ],
)
def test_an_error_of_sqlite_is_one_sentence_of_a_kind(
    message: str, text: str, kind: FaultKind | None
) -> None:
    for error in (sqlite3.OperationalError(message), sqlite3.DatabaseError(message)):
        fault = explain(error)
        assert fault is not None
        assert fault.text == text
        assert fault.kind is kind


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FileNotFoundError(errno.ENOENT, "x"), "The database is not there."),
        (PermissionError(errno.EACCES, "x"), "The database is not readable for this user."),
        (OSError(errno.EIO, "Input/output error"), "The database cannot be read: input/output"),
        (OSError("of no number"), "The database cannot be read: oserror."),
    ],
)
def test_an_error_of_the_system_is_one_sentence(error: OSError, text: str) -> None:
    fault = explain(error)
    assert fault is not None
    assert fault.text.startswith(text)
    assert fault.kind is (FaultKind.MISSING if isinstance(error, FileNotFoundError) else None)


def test_a_bug_is_no_fault() -> None:
    for error in (sqlite3.ProgrammingError("locked"), sqlite3.InterfaceError("locked")):
        assert explain(error) is None
    assert explain(ValueError("locked")) is None
    fault = being_written()
    assert explain(fault) is fault
    assert fault.text_of_retries == "The database is being written; trying again."
