from pathlib import Path

import pytest

from trackio_view.sources.gpu.open_projects import open_project


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
