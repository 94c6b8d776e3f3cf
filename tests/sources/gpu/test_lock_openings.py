import fcntl
import os
import resource
import threading
import time
from pathlib import Path

import pytest

from trackio_view.sources.gpu import lock_openings
from trackio_view.sources.gpu.lock_openings import (
    LockEvents,
    LockOpenings,
    Unwatchable,
    _DirectoryEvents,
)


def test_the_opening_of_a_lock_is_told_and_nothing_else(tmp_path: Path) -> None:
    openings = LockOpenings(str(tmp_path))
    for name in ("a.lock", "b.db-wal", "a.lock", "ü c.lock", "a.lock.other"):
        (tmp_path / name).write_bytes(b"")
    assert openings.wait(0) == LockEvents((), ("a", "a", "ü c"), frozenset({"a", "ü c"}))
    held = open(tmp_path / "a.lock", "w")  # noqa: SIM115
    assert openings.wait(0) == LockEvents(("a",), busy=frozenset({"a"}), open=frozenset({"a"}))
    assert openings.wait(0) == LockEvents(busy=frozenset({"a"}), open=frozenset({"a"}))
    held.close()
    assert openings.wait(0) == LockEvents((), ("a",), frozenset({"a"}))
    assert openings.wait(0) == LockEvents()
    openings.close()


def test_a_lock_that_another_still_waits_for_is_open_after_a_closing(tmp_path: Path) -> None:
    (tmp_path / "a.lock").touch()
    before = open(tmp_path / "a.lock", "w")  # noqa: SIM115
    openings = LockOpenings(str(tmp_path))
    before.close()
    assert openings.wait(0) == LockEvents((), ("a",), frozenset({"a"}))
    one = open(tmp_path / "a.lock", "w")  # noqa: SIM115
    # The kernel reports two openings in a row as one event.
    openings.wait(0)
    other = open(tmp_path / "a.lock", "w")  # noqa: SIM115
    one.close()
    assert openings.wait(0) == LockEvents(("a",), ("a",), frozenset({"a"}), frozenset({"a"}))
    other.close()
    assert openings.wait(0) == LockEvents((), ("a",), frozenset({"a"}))
    assert openings.wait(0) == LockEvents()
    openings.close()


def test_openings_are_told_beyond_a_thousand_open_files(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2_048, limits[1]), limits[1]))
    others = [os.open(tmp_path, os.O_RDONLY) for _ in range(1_100)]
    try:
        openings = LockOpenings(str(tmp_path))
        assert openings.wait(0.01) == LockEvents()
        (tmp_path / "a.lock").write_bytes(b"")
        assert openings.wait(60).busy == {"a"}
        openings.close()
    finally:
        for other in others:
            os.close(other)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_the_closing_of_a_database_stands_for_that_of_a_lock_that_is_not_there(
    tmp_path: Path,
) -> None:
    for name in ("a.db", "a.lock", "b.db"):
        (tmp_path / name).touch()
    openings = LockOpenings(str(tmp_path))
    for name in ("a.db", "b.db", "b.db-wal"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "b.db").read_bytes()
    held = open(tmp_path / "b.db", "a")  # noqa: SIM115
    assert openings.wait(0) == LockEvents((), ("b",), frozenset({"b"}))
    assert openings.wait(0) == LockEvents(), "who reads for hours keeps it open"
    held.close()
    openings.close()


def test_databases_that_are_opened_and_closed_end_no_wait(tmp_path: Path) -> None:
    (tmp_path / "a.lock").touch()
    openings = LockOpenings(str(tmp_path))

    def write() -> None:
        for _ in range(5):
            time.sleep(0.02)
            (tmp_path / "a.db").write_bytes(b"")
        (tmp_path / "a.lock").write_bytes(b"")

    writer = threading.Thread(target=write)
    writer.start()
    assert openings.wait(60).busy == {"a"}
    writer.join()
    openings.close()


def test_openings_that_no_wait_told_of_are_more(tmp_path: Path) -> None:
    openings = LockOpenings(str(tmp_path))
    assert not openings.has_more(0)
    (tmp_path / "a.lock").touch()
    assert openings.has_more(0)
    assert openings.has_more(0), "it is still not told"
    assert openings.wait(60).closed == ("a",)
    assert not openings.has_more(0.001)
    (tmp_path / "a.db").touch()
    assert not openings.has_more(0.001), "a database is no lock"
    openings.close()


def test_a_lock_that_was_only_read_is_not_written_and_not_open(tmp_path: Path) -> None:
    (tmp_path / "a.lock").touch()
    openings = LockOpenings(str(tmp_path))
    (tmp_path / "a.lock").read_bytes()
    assert openings.wait(0) == LockEvents(busy=frozenset({"a"}))
    assert openings.wait(0) == LockEvents()
    openings.close()


def test_a_wait_that_lost_events_ends(tmp_path: Path) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    openings = LockOpenings(str(tmp_path))
    for _ in range(most // 4 + 1):
        for name in ("a.lock", "b.lock"):
            os.close(os.open(tmp_path / name, os.O_CREAT | os.O_WRONLY))

    def read_on() -> None:
        while openings.has_more(0.0):
            openings.wait(0.0)

    with pytest.raises(Unwatchable, match="lost"):
        read_on()
    openings.close()


def test_no_directory_cannot_be_waited_for(tmp_path: Path) -> None:
    with pytest.raises(Unwatchable, match="No such file"):
        LockOpenings(str(tmp_path / "none"))


def test_a_watch_that_the_system_refuses_leaves_no_file_open(tmp_path: Path) -> None:
    with pytest.raises(Unwatchable, match="No such file"):
        _DirectoryEvents(str(tmp_path / "none"))


def test_files_are_looked_at_where_the_system_lets_nobody_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(directory: str) -> None:
        raise Unwatchable("Too many open files")

    (tmp_path / "a.lock").touch()
    openings = LockOpenings(str(tmp_path))
    assert openings.tells_openings
    openings.close()
    monkeypatch.setattr(lock_openings, "_DirectoryEvents", refused)
    openings = LockOpenings(str(tmp_path))
    assert not openings.tells_openings
    written = LockEvents((), ("a",), frozenset({"a"}), frozenset({"a"}))
    assert openings.wait(0) == written, "it may be written to again within a tick of its clock"
    assert openings.wait(60) == LockEvents((), ("a",), frozenset({"a"}))
    assert openings.wait(0) == LockEvents()
    with open(tmp_path / "a.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert openings.wait(0) == LockEvents(busy=frozenset({"a"}), open=frozenset({"a"}))
    assert openings.wait(60).closed == ("a",)
    assert openings.sessions.take_seen() == [], "whose lock it was is not asked for"
    openings.close()
