from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.sources.trackio.files.locations import (
    PERSISTENT_STORAGE,
    data_directory,
    find_projects,
    place_variable,
    project_file,
)


@pytest.mark.parametrize(
    ("option", "environment", "expected"),
    [
        ("/given", {"TRACKIO_DIR": "/t", "HF_HOME": "/h"}, "/given"),
        (None, {"TRACKIO_DIR": "/t", "HF_HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/t"),
        (None, {"TRACKIO_DIR": "~/t"}, "~/t"),
        (None, {"TRACKIO_DIR": "", "HF_HOME": "/h"}, "/h/trackio"),
        (None, {"HF_HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/h/trackio"),
        (None, {"HF_HOME": "~/h"}, "/home/me/h/trackio"),
        (None, {"HF_HOME": "$HOME/h"}, "/home/me/h/trackio"),
        (None, {"XDG_CACHE_HOME": "/x"}, "/x/huggingface/trackio"),
        (None, {}, "/home/me/.cache/huggingface/trackio"),
        (None, {"PERSISTANT_STORAGE_ENABLED": "true", "HF_HOME": "/h"}, PERSISTENT_STORAGE),
        (None, {"PERSISTANT_STORAGE_ENABLED": "no", "HF_HOME": "/h"}, "/h/trackio"),
        ("~/d", {}, "/home/me/d"),
        ("/given/", {}, "/given"),
        ("/", {}, "/"),
        ("", {}, "."),
    ],
)
def test_the_first_place_that_is_set_wins(
    monkeypatch: pytest.MonkeyPatch, option: str | None, environment: dict[str, str], expected: str
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert data_directory(option, environment) == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TRACKIO_DIR": "/t", "PERSISTANT_STORAGE_ENABLED": "true"}, "TRACKIO_DIR"),
        ({"TRACKIO_DIR": "", "XDG_CACHE_HOME": ""}, "XDG_CACHE_HOME"),
        ({"PERSISTANT_STORAGE_ENABLED": "true", "HF_HOME": "/h"}, "PERSISTANT_STORAGE_ENABLED"),
        ({"PERSISTANT_STORAGE_ENABLED": "no", "HF_HOME": "/h", "XDG_CACHE_HOME": "/x"}, "HF_HOME"),
        ({"PERSISTANT_STORAGE_ENABLED": "no"}, None),
    ],
)
def test_the_variable_is_told_that_says_where_it_is(
    environment: dict[str, str], expected: str | None
) -> None:
    assert place_variable(environment) == expected


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", "/from/here")
    assert data_directory() == "/from/here"


def test_projects_are_regular_database_files_that_are_no_registry(tmp_path: Path) -> None:
    for name in ("b.db", "a.db", "-x.db", "registry-r.db", "a.lock", "a.db-wal", ".db", "日.db"):
        (tmp_path / name).touch()
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "linked.db").symlink_to(tmp_path / "a.db")
    (tmp_path / "dangling.db").symlink_to(tmp_path / "nowhere")
    assert [found.id.name for found in find_projects(tmp_path)] == ["-x", "a", "b", "linked", "日"]


def test_a_missing_directory_holds_no_projects(tmp_path: Path) -> None:
    assert find_projects(tmp_path / "missing") == []


def test_a_project_is_found_by_its_file_then_by_its_original_name(tmp_path: Path) -> None:
    (tmp_path / "old.name.db").touch()
    assert project_file(tmp_path, "old.name").id.name == "old.name"
    assert project_file(tmp_path, "my.model!").id.name == "mymodel"
    assert project_file(tmp_path, "../evil").path == str(tmp_path / "evil.db")
    assert project_file(tmp_path, "").path == str(tmp_path / "default.db")
