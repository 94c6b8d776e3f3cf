"""The file that keeps how a project was left: valid, broken, foreign, and written by two
programs."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.project_id import ProjectId
from trackio_view.options import session
from trackio_view.options.session import (
    FIRST,
    VERSION,
    Session,
    read_session,
    session_path,
    write_session,
)

P = ProjectId("/data/trackio", "my project")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's state directory."""
    directory = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(directory))
    return directory


@pytest.fixture
def path(state: Path) -> str:
    found = session_path(P)
    assert found is not None
    return found


def placed(path: str, content: bytes) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return file


def document(**other: object) -> bytes:
    whole = {"trackio-view session": VERSION, "origin": P.origin, "project": P.name, "view": {}}
    return json.dumps({**whole, **other}).encode()


def test_a_session_that_was_written_is_read_and_is_for_its_owner_alone(path: str) -> None:
    assert read_session(P, path) == Session()
    before = os.umask(0)
    try:
        assert write_session(P, path, {"columns": 2}) is None
    finally:
        os.umask(before)
    assert read_session(P, path) == Session({"columns": 2})
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)], "nothing lies beside it"


def test_two_programs_keep_what_each_changed(path: str) -> None:
    write_session(P, path, {"columns": 2, "limits": "zero"})
    write_session(P, path, {"side box": "off"})
    write_session(P, path, {"columns": 3})
    assert read_session(P, path).values == {"columns": 3, "limits": "zero", "side box": "off"}
    write_session(P, path, {"limits": "auto"}, anew=True)
    assert read_session(P, path).values == {"limits": "auto"}


def test_what_another_release_wrote_beside_is_kept(path: str) -> None:
    file = placed(path, document(view={"columns": 2, "of another": [1]}, notes={"a": "b"}))
    assert write_session(P, path, {"columns": 3}) is None
    kept = {"columns": 3, "of another": [1]}
    assert file.read_bytes() == document(view=kept, notes={"a": "b"})
    assert read_session(P, path) == Session(kept, others={"notes": {"a": "b"}})
    assert write_session(P, path, {"columns": 4}, anew=True) is None
    assert file.read_bytes() == document(view={"columns": 4})


def test_origin_and_name_tell_projects_apart(state: Path) -> None:
    projects = [
        *(
            P,
            P._replace(origin="/data"),
            P._replace(name="my-project"),
            P._replace(name="my/project"),
        ),
        *(ProjectId("/data", ""), ProjectId("/data", "\udc80"), ProjectId("/data", "x" * 300)),
        *(
            ProjectId("/data", ".."),
            ProjectId("https://a.hf.space", "p"),
            ProjectId("host:dir", "p"),
        ),
    ]
    paths = [session_path(one) for one in projects]
    assert len(set(paths)) == len(projects)
    for project, path in zip(projects, paths, strict=True):
        assert path is not None
        assert os.path.dirname(path) == str(state / "trackio-view" / "sessions")
        assert len(os.path.basename(path)) < 100
        assert write_session(project, path, {"tab": project.name[:3]}) is None
        assert read_session(project, path).values == {"tab": project.name[:3]}


def test_a_session_lies_below_the_users_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", "/home/me"))
    for state in ("relative", ""):
        monkeypatch.setenv("XDG_STATE_HOME", state)
        found = session_path(P)
        assert found is not None
        assert found.startswith("/home/me/.local/state/trackio-view/sessions/my-project-")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert session_path(P) == found
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert session_path(P) is None, "nobody knows a home"
    assert "cannot be remembered: set HOME" in str(write_session(P, None, {"columns": 1}))
    assert read_session(P, None) == Session()


def test_nothing_is_written_into_the_projects_own_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "link").symlink_to(data)
    for state in (data, data / "below", tmp_path / "link"):
        monkeypatch.setenv("XDG_STATE_HOME", str(state))
        assert session_path(ProjectId(str(data), "p")) is None
        monkeypatch.setenv("XDG_STATE_HOME", str(data))
        is_apart = state == data / "below"
        assert (session_path(ProjectId(str(state), "p")) is not None) is is_apart
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "data2"))
    assert session_path(ProjectId(str(data), "p")) is not None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            document(**{"trackio-view session": VERSION + 1}),
            "is of a newer trackio-view",
        ),
        (b"years of work\n", "another file is there, and stays as it is"),
        (b'{"theme": "dark"}', "another file is there, and stays as it is"),
        (document(origin="/elsewhere"), "about another project"),
        (document(project="another"), "about another project"),
    ],
)
def test_a_file_of_another_program_or_project_stays(path: str, content: bytes, said: str) -> None:
    file = placed(path, content)
    found = read_session(P, path)
    assert (found.values, found.is_to_stay) == ({}, True)
    assert said in str(found.fault)
    assert write_session(P, path, {"columns": 2}) == found.fault
    assert write_session(P, path, {"columns": 2}, anew=True) == found.fault
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        document()[:-1],
        document()[:40],
        FIRST,
        FIRST + b"[" * 100_000,
        FIRST + b"\xff\xfe",
        document(view=[1]),
        document(**{"trackio-view session": "1"}),
        document(**{"trackio-view session": 0}),
        document(view={"tab": "x" * (1 << 20)}),
    ],
    ids=lambda content: content[:60].decode("latin-1"),
)
def test_a_broken_one_is_told_of_and_replaced_by_what_is_changed(path: str, content: bytes) -> None:
    placed(path, content)
    found = read_session(P, path)
    assert found.values == {}
    assert found.fault is not None
    assert found.fault.count(".json") == 1
    assert write_session(P, path, {"columns": 2}) is None
    assert read_session(P, path) == Session({"columns": 2})


@given(cut=st.integers(0, 200))
def test_one_that_is_cut_off_anywhere_is_one_sentence_at_most(tmp_path_factory, cut: int) -> None:
    path = str(tmp_path_factory.mktemp("cut") / "a.json")
    content = document(view={"columns": 2, "tab": "é"})
    Path(path).write_bytes(content[:cut])
    found = read_session(P, path)
    assert found == Session({"columns": 2, "tab": "é"}) if cut >= len(content) else not found.values


def test_links_folders_and_pipes_stay(path: str, tmp_path: Path) -> None:
    target = placed(path + ".target", document())
    os.symlink(target, path)
    assert "it is a link, and is left as it is" in str(write_session(P, path, {"columns": 2}))
    os.unlink(path)
    os.mkfifo(path)
    assert "it is a pipe" in str(write_session(P, path, {"columns": 2}))
    os.unlink(path)
    os.mkdir(path)
    assert "it is a directory" in str(write_session(P, path, {"columns": 2}))
    assert target.read_bytes() == document()


def test_a_place_that_cannot_be_written_to_is_one_sentence(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("a file")
    assert "not a directory" in str(write_session(P, path, {"columns": 2}))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(session, "replace_own", refuse)
    (tmp_path / "state").unlink()
    assert "permission denied" in str(write_session(P, path, {"columns": 2}))


def test_too_much_is_not_kept(path: str) -> None:
    write_session(P, path, {"columns": 2})
    assert "more than 1 MB" in str(write_session(P, path, {"tab": "x" * (1 << 20)}))
    assert read_session(P, path).values == {"columns": 2}
