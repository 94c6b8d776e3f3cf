import os
import time
from pathlib import Path

import pytest

from trackio_view.sources.gpu import file_looks
from trackio_view.sources.gpu.file_looks import FileLooks, file_times
from trackio_view.sources.gpu.lock_changes import Change

WRITTEN, CLOSED = ("my", Change.WRITTEN), ("my", Change.CLOSED)


class Machine:
    """A directory of projects, a clock, and who holds the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1000.0
        self.holders: set[int] = set()

    def write(self, name: str, moment: float) -> None:
        """Give a file a time in seconds since the epoch."""
        (self.folder / name).touch()
        os.utime(self.folder / name, ns=(0, round(moment * 1e9)))

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    monkeypatch.setattr(time, "time", lambda: made.now + 5000.0)
    monkeypatch.setattr(time, "sleep", made.sleep)
    monkeypatch.setattr(file_looks, "lock_holders", lambda *_: made.holders)
    return made


def looks_at(machine: Machine) -> FileLooks:
    return FileLooks(str(machine.folder), machine.folder / "proc")


def test_a_flush_is_closed_when_nobody_has_the_lock_and_again_when_nothing_changes(
    machine: Machine,
) -> None:
    machine.write("my.lock", 6000.1)
    looks = looks_at(machine)
    machine.holders = {7}
    assert list(looks.read()) == [WRITTEN]
    machine.sleep(1.0)
    assert list(looks.read()) == [], "it is held"
    machine.write("my.db-wal", 6001.1)
    machine.holders = set()
    assert list(looks.read()) == [WRITTEN, CLOSED, WRITTEN]
    machine.sleep(0.03)
    assert list(looks.read()) == [], "another change may have the same time"
    machine.sleep(0.011)
    assert list(looks.read()) == [CLOSED]
    machine.sleep(1.0)
    assert list(looks.read()) == []
    (machine.folder / "my.db-wal").unlink()
    assert list(looks.read()) == [WRITTEN, CLOSED, WRITTEN]


def test_a_file_system_of_whole_seconds_gives_later_changes_the_same_time(
    machine: Machine,
) -> None:
    machine.write("my.lock", 6000.0)
    looks = looks_at(machine)
    assert list(looks.read()) == [WRITTEN, CLOSED, WRITTEN]
    machine.sleep(2.0)
    assert list(looks.read()) == []
    machine.sleep(0.1)
    assert list(looks.read()) == [CLOSED]


def test_only_projects_that_were_just_written_or_begin_to_be_are_looked_at(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.write("my.lock", 5980.1)
    machine.write("without-a-lock.db", 6000.1)
    looked = []

    def seen(directory: str, project: str) -> file_looks.Times:
        looked.append(project)
        return file_times(directory, project)

    monkeypatch.setattr(file_looks, "file_times", seen)
    looks = looks_at(machine)
    assert not looks.wait(5.0)
    assert looked == []
    machine.write("my.lock", 6005.1)
    assert looks.wait(5.0)
    assert machine.now < 1006.1
    assert list(looks.read()) == [WRITTEN, CLOSED, WRITTEN]
    machine.sleep(60.0)
    looked.clear()
    assert looks.wait(0.0)
    assert looked == ["my"], "once seen, it is looked at each time"


def test_a_wait_ends_with_a_change_or_in_time(machine: Machine) -> None:
    looks = looks_at(machine)
    assert not looks.wait(0.5)
    assert machine.now == pytest.approx(1000.5)
    machine.write("my.lock", 6000.1)
    assert looks.wait(60.0)
    assert machine.now == pytest.approx(1001.0, abs=0.03)


def test_each_file_that_a_flush_changes_tells_of_it(tmp_path: Path) -> None:
    seen = {file_times(str(tmp_path), "my")}
    for ending in (".lock", ".db", ".db-wal", ".db-journal"):
        (tmp_path / f"my{ending}").write_text("a")
        seen.add(file_times(str(tmp_path), "my"))
        os.utime(tmp_path / f"my{ending}", ns=(0, 7))
        seen.add(file_times(str(tmp_path), "my"))
    assert len(seen) == 9
    (tmp_path / "my.db-shm").write_text("a")
    assert file_times(str(tmp_path), "my") in seen, "also who reads writes it"
