import time
from pathlib import Path

import pytest

from trackio_view.sources.gpu import open_projects
from trackio_view.sources.gpu.open_projects import HeldProjects, open_project


def write_open_files(proc: Path, *targets: str) -> None:
    folder = proc / "7" / "fd"
    folder.mkdir(parents=True)
    for number, target in enumerate(targets):
        (folder / str(number)).symlink_to(target)


@pytest.mark.parametrize(
    ("target", "project"),
    [
        ("my.db", "my"),
        ("my.db-wal", "my"),
        ("my.db-shm", "my"),
        ("my.db-journal", "my"),
        ("my.lock", "my"),
        ("my.db.backup", None),
        ("media/my.db", None),
    ],
)
def test_a_project_is_open_with_any_of_its_files(
    tmp_path: Path, target: str, project: str | None
) -> None:
    projects = tmp_path / "projects"
    projects.mkdir()
    write_open_files(tmp_path / "proc", "/dev/null", "socket:[7]", f"{projects}/{target}")
    assert open_project(tmp_path / "proc", 7, str(projects)) == project


def test_the_directory_may_be_named_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "projects")
    write_open_files(tmp_path / "proc", f"{tmp_path}/projects/my.db")
    assert open_project(tmp_path / "proc", 7, str(tmp_path / "link")) == "my"


def test_a_process_whose_files_are_hidden_has_none(tmp_path: Path) -> None:
    assert open_project(tmp_path, 7, "/data") is None


class Looks:
    """How often the open files of a process that writes are looked at."""

    def __init__(self, proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.count, self.project = 100.0, 0, ""
        self.io = proc / "7" / "io"
        self.io.parent.mkdir()
        self.written = 0
        self.held = HeldProjects(proc, "/data")
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(open_projects, "open_project", self.open_project)

    def open_project(self, proc: Path, pid: int, directory: str) -> str | None:
        self.count += 1
        return self.project or None

    def call(self, *, seconds: float = 8.0, writes: bool = True) -> list[tuple[int, str]]:
        self.written += writes
        self.io.write_text(f"wchar: {self.written}\n")
        return list(self.held.held([7], seconds))


@pytest.fixture
def looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(tmp_path, monkeypatch)


def test_a_process_is_looked_at_when_it_has_written(looks: Looks) -> None:
    for _ in range(3):
        assert looks.call(writes=False) == []
    assert looks.count == 3, "a lock is open before anything is written"
    looks.now += 5.0
    looks.project = "my"
    for _ in range(5):
        assert looks.call(writes=False) == []
    assert looks.call() == [(7, "my")]
    assert looks.count == 4


def test_one_that_never_held_a_project_is_looked_at_ever_more_rarely(looks: Looks) -> None:
    for _ in range(50):
        looks.call()
    assert looks.count == 20
    for second in range(1, 25):
        looks.now = 100.0 + second
        looks.call()
    assert looks.count == 23
    looks.now += 10_000
    for _ in range(50):
        looks.call()
    assert looks.count == 43, "no more than twenty in a row, however long it was left alone"


def test_without_a_pause_each_call_looks(looks: Looks) -> None:
    for _ in range(50):
        looks.call(seconds=0.0)
    assert looks.count == 50


def test_one_whose_counters_are_hidden_is_looked_at(looks: Looks) -> None:
    looks.call()
    looks.io.unlink()
    assert list(looks.held.held([7], 10.0)) == []
    assert looks.count == 2


def test_one_that_is_not_asked_about_any_more_is_forgotten(looks: Looks) -> None:
    for _ in range(30):
        looks.call()
    list(looks.held.held([], 10.0))
    looks.call(writes=False)
    assert looks.count == 21
