"""How a database may be opened, decided by its files before any of them is opened."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.files.access import (
    Access,
    Signature,
    at_rest,
    check_file,
    choose_access,
    file_behind,
    may_rest_soon,
    settled,
    signature,
)


def test_a_signature_tells_files_that_are_not_there(tmp_path: Path) -> None:
    assert not signature(str(tmp_path / "x.db")).exists


def state_of(**seconds_ago: float) -> Signature:
    """Return a signature whose files were written so many seconds ago. Files that are not named are
    missing."""
    now = time.time_ns()
    files = {name: (1, 100, now - int(age * 1e9) // 2 * 2 + 1) for name, age in seconds_ago.items()}
    absent = (0, 0, 0)
    database, log, journal = (files.get(name, absent) for name in ("database", "log", "journal"))
    return Signature(database, log, journal)


@pytest.mark.parametrize(
    ("ages", "at_rest_now", "soon"),
    [
        ({"database": 60.0}, True, False),
        ({"database": 0.001}, False, True),
        ({"database": 0.5}, True, True),
        ({"database": 1.3}, True, False),
        ({"database": 60.0, "log": 60.0}, False, False),
        ({"database": 60.0, "log": 0.1}, False, True),
        ({"database": 0.1, "log": 60.0}, False, False),
        ({"database": 60.0, "journal": 0.1}, False, True),
        # After a clock was set back, a time in the future does not count as a moment ago.
        ({"database": -60.0}, True, False),
    ],
)
def test_a_file_that_was_just_written_to_is_not_at_rest(
    ages: dict[str, float], at_rest_now: bool, soon: bool
) -> None:
    state = state_of(**ages)
    assert at_rest(state) is at_rest_now
    assert may_rest_soon(state) is soon


def test_a_log_or_a_journal_without_a_byte_leaves_a_database_at_rest() -> None:
    """A connection that stays open leaves such a log once its rows are in the database."""
    long_ago = int((time.time() - 60) * 1e9) + 1
    database, nothing, empty = (1, 4096, long_ago), (0, 0, 0), (2, 0, long_ago)
    assert at_rest(Signature(database, empty, nothing))
    assert at_rest(Signature(database, nothing, empty))
    assert not at_rest(Signature(database, (2, 32, long_ago), nothing))
    assert not at_rest(Signature(database, nothing, (2, 512, long_ago)))


def test_where_times_are_whole_seconds_a_change_can_go_unseen_for_longer() -> None:
    second = time.time_ns() // 10**9 * 10**9
    assert not settled(Signature((1, 1, second - 10**9), (0, 0, 0), (0, 0, 0)))
    assert settled(Signature((1, 1, second - 10 * 10**9), (0, 0, 0), (0, 0, 0)))


def test_a_signature_is_that_of_the_file_behind_a_link(project: Any, tmp_path: Path) -> None:
    project.log([{"loss": 1.0}])
    link = tmp_path / "link.db"
    link.symlink_to(project.path)
    assert file_behind(str(link)) == str(project.path.resolve())
    assert signature(str(link)) == signature(str(project.path))
    before = signature(str(project.path))
    assert before.size == project.path.stat().st_size
    project.log([{"loss": 1.0}] * 500)
    assert signature(str(project.path)) != before


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda path: None, "not there"),
        (lambda path: path.mkdir(), "not a file"),
        (lambda path: path.write_bytes(b""), ""),
        (lambda path: path.write_bytes(b"x" * 99), "not an SQLite database"),
    ],
    ids=["missing", "folder", "empty", "short"],
)
def test_a_path_that_can_be_no_database_says_why(
    tmp_path: Path, make: Callable[[Path], object], text: str
) -> None:
    path = tmp_path / "p.db"
    make(path)
    with pytest.raises(DatabaseFault) as fault:
        check_file(str(path))
    assert text in fault.value.text


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.db")
    with pytest.raises(DatabaseFault, match="not a file"):
        check_file(str(tmp_path / "p.db"))


@pytest.mark.parametrize(("mode", "access"), [("wal", Access.SHARED), ("delete", Access.ROLLBACK)])
def test_a_database_is_opened_as_its_header_says(
    new_project: Callable[..., Any], mode: str, access: Access
) -> None:
    made = new_project("p", mode)
    made.log([{"loss": 1.0}])
    assert choose_access(str(made.path)) is access
    made.path.write_bytes(b"SQLite format 2\0" + made.path.read_bytes()[16:])
    with pytest.raises(DatabaseFault, match="not an SQLite database"):
        choose_access(str(made.path))


def test_a_log_that_a_killed_writer_left_is_copied_and_one_in_use_is_not(
    project: Any, kill_writer: Any
) -> None:
    kill_writer(project.path, "wal")
    assert choose_access(str(project.path)) is Access.COPY


def test_a_journal_that_was_zeroed_is_finished(new_project: Callable[..., Any]) -> None:
    made = new_project("p", "delete")
    journal = Path(f"{made.path}-journal")
    journal.write_bytes(bytes(512))
    assert choose_access(str(made.path)) is Access.ROLLBACK
    journal.write_bytes(b"\xd9\xd5\x05\xf9" + bytes(508))
    assert choose_access(str(made.path)) is Access.COPY


def test_only_some_ways_take_locks() -> None:
    assert [access for access in Access if not access.takes_locks] == [
        Access.IMMUTABLE,
        Access.COPY,
        Access.REMOTE,
    ]


def test_a_file_of_a_header_alone_may_be_a_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"SQLite format 3\0".ljust(100, b"\0"))
    check_file(str(path))
    assert choose_access(str(path)) is Access.ROLLBACK
