"""The program on the far machine answers, and leaves everything there as it was."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.sources.media_unread import GONE, OUTSIDE
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import (
    PATIENCE,
    REST_PATIENCE,
    Locks,
    ProjectConnection,
    open_database,
)
from trackio_view.sources.trackio.ssh import far_end, frames
from trackio_view.sources.trackio.ssh.far_end import FarEnd
from trackio_view.sources.trackio.ssh.frames import read_frame, serve, write_frame


def ask(end: FarEnd, statement: str, project: str = "project") -> dict[str, Any]:
    return end.answer({"do": "query", "project": project, "statement": statement})


def framed(*questions: dict[str, Any]) -> io.BytesIO:
    bodies = [json.dumps(question).encode() for question in questions]
    return io.BytesIO(b"".join(b"%d\n%s" % (len(body), body) for body in bodies))


def test_values_without_words_in_json_are_told_apart(project: Any) -> None:
    end = FarEnd(str(project.path.parent))
    answer = ask(end, "SELECT 1e999, -1e999, x'0bff', 9223372036854775807, 0.1 + 0.2, NULL, 'é'")
    assert answer == {
        "rows": [[None, None, None, 2**63 - 1, 0.1 + 0.2, None, "é"]],
        "odd": [[0, 0, "float", "inf"], [0, 1, "float", "-inf"], [0, 2, "bytes", "0bff"]],
    }
    assert ask(end, "SELECT CAST(x'ff41' AS TEXT)")["rows"] == [("\ufffdA",)]


def test_projects_are_listed_and_found_by_either_name(new_project: Any, age: Any) -> None:
    folder = new_project("mymodel").path.parent
    new_project("registry-x")
    # Whether a change can go unseen depends on how young a file is.
    age(new_project("of hand").path)
    (folder / "no.txt").write_text("")
    end = FarEnd(str(folder))
    listed = end.answer({"do": "list"})["projects"]
    assert [name for name, _ in listed] == ["mymodel", "of hand"]
    told = {"files": listed[1][1], "inbox": 0}
    assert end.answer({"do": "files", "project": "of hand"}) == told
    for name in ("my model!", "of hand"):
        assert ask(end, "SELECT 1", name)["rows"] == [(1,)]


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_nothing_is_open_or_left_between_two_questions(
    new_project: Any, folder_state: Any, age: Any, journal_mode: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(far_end, "PATIENCE", 0.0)
    project = new_project("project", journal_mode)
    project.log([{"loss": 1.0}])
    age(project.path)
    before = folder_state(project.path.parent)
    end = FarEnd(str(project.path.parent))
    database, *_, is_settled = end.answer({"do": "files", "project": "project"})["files"]
    assert (database[1], is_settled) == (project.path.stat().st_size, True)
    assert ask(end, "SELECT count(*) FROM metrics")["rows"] == [(1,)]
    assert folder_state(project.path.parent) == before
    opened = [os.path.realpath(f"/proc/self/fd/{name}") for name in _descriptors()]
    assert [path for path in opened if path.startswith(str(project.path.parent))] == []
    refused = ask(end, "DELETE FROM metrics")
    assert "rows" not in refused
    assert folder_state(project.path.parent) == before


def _descriptors() -> list[str]:
    folder = "/proc/self/fd"
    return os.listdir(folder) if os.path.isdir(folder) else []


def test_a_database_in_use_keeps_its_log(project: Any, folder_state: Any) -> None:
    writer = project.connect()
    writer.execute("INSERT INTO metrics VALUES (1, 'r', '', 'run', 0, '{}', NULL, NULL)")
    before = folder_state(project.path.parent)
    end = FarEnd(str(project.path.parent))
    assert ask(end, "SELECT count(*) FROM metrics")["rows"] == [(1,)]
    after = folder_state(project.path.parent)
    for name in ("project.db", "project.db-wal"):
        assert after[name] == before[name]
    end.close()
    writer.close()


def test_a_log_that_a_killed_writer_left_is_read_from_a_copy_that_goes(
    project: Any, folder_state: Any, kill_writer: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    kill_writer(project.path, "wal")
    before = folder_state(project.path.parent)
    end = FarEnd(str(project.path.parent))
    for _ in range(2):
        assert ask(end, "SELECT count(*) FROM metrics")["rows"] == [(3,)]
        # Both questions read one copy.
        assert len(list(temporary.iterdir())) == 1
    assert folder_state(project.path.parent) == before
    end.close()
    assert list(temporary.iterdir()) == []


def test_a_copy_of_one_project_answers_for_no_other(
    new_project: Any, kill_writer: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    left, other = new_project("left"), new_project("other")
    other.log([{"loss": 1.0}])
    for project in (left, other):
        kill_writer(project.path, "wal")
    end = FarEnd(str(left.path.parent))
    for name, count in (("left", 3), ("other", 4), ("left", 3)):
        assert ask(end, "SELECT count(*) FROM metrics", name)["rows"] == [(count,)]
    end.close()


def test_a_copy_is_made_anew_once_the_project_goes_on(project: Any, kill_writer: Any) -> None:
    kill_writer(project.path, "wal")
    end = FarEnd(str(project.path.parent))
    (before,) = ask(end, "SELECT count(*) FROM metrics")["rows"][0]
    kill_writer(project.path, "wal")
    (after,) = ask(end, "SELECT count(*) FROM metrics")["rows"][0]
    assert after == before + 3
    end.close()


def test_faults_are_answers(project: Any, tmp_path: Path, monkeypatch: Any) -> None:
    folder = project.path.parent
    end = FarEnd(str(folder))
    assert ask(end, "SELECT 1", "other")["kind"] == "missing"
    assert end.answer({"do": "files", "project": "other"})["kind"] == "missing"
    (folder / "empty.db").touch()
    assert ask(end, "SELECT 1", "empty")["kind"] == "empty"
    (folder / "text.db").write_text("no database" * 99)
    assert "not an SQLite database" in ask(end, "SELECT 1", "text")["fault"]
    monkeypatch.setattr(far_end, "PATIENCE", 0.0)
    assert ask(end, "SELECT none FROM metrics")["kind"] == "transient"
    file = tmp_path / "file"
    file.touch()
    assert "cannot be looked into" in FarEnd(str(file)).answer({"do": "list"})["fault"]
    assert FarEnd(str(tmp_path / "none")).answer({"do": "list"})["projects"] == []


def test_files_of_the_inbox_are_told_and_no_other(
    project: Any, inbox_writer: Any, monkeypatch: Any
) -> None:
    folder = project.path.parent
    end = FarEnd(str(folder))
    assert end.answer({"do": "list"})["inbox"] == 0
    path = inbox_writer(folder).log([{"loss": 1.0}])
    state = end.answer({"do": "files", "project": "project"})["inbox"]
    assert state != 0
    key = [path.parent.name, path.name]
    told = end.answer({"do": "inbox"})
    assert [list(one) for one in told["keys"]] == [key]
    assert told["late"] is None
    assert end.answer({"do": "inbox files", "keys": [key]})["texts"] == [path.read_text()]
    beyond = [["..", "project.db"], ["", ""], [key[0], f"../../{project.path.name}"], ["a", "b"]]
    assert end.answer({"do": "inbox files", "keys": beyond}) == {"texts": [None] * 4}
    monkeypatch.setattr(far_end, "_INBOX_BYTES", 10)
    assert len(end.answer({"do": "inbox files", "keys": [key, key]})["texts"]) == 1
    path.unlink()
    assert end.answer({"do": "list"})["inbox"] != state


def test_it_serves_until_nobody_asks(project: Any) -> None:
    folder = str(project.path.parent)
    answers = io.BytesIO()
    serve(
        framed({"directory": folder}, {"do": "list"}),
        answers,
        lambda first: FarEnd(first["directory"]),
    )
    lines = answers.getvalue().split(b"\n")
    assert lines[:2] == [b"", frames.MARK]
    assert b'{"projects":[["project",' in lines[-1]


def test_an_answer_that_is_too_large_says_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(frames, "LARGEST", 100)
    target = io.BytesIO()
    write_frame(target, {"rows": ["x" * 200]})
    assert b"too_much" in target.getvalue()
    assert read_frame(io.BytesIO(b"101\n" + b" " * 101)) is None


def test_a_long_answer_is_packed_where_that_is_asked_for() -> None:
    long = {"rows": [["x" * 5_000]]}
    sizes = []
    for answer, pack in (({}, True), (long, False), (long, True)):
        target = io.BytesIO()
        write_frame(target, answer, pack=pack)
        sizes.append(len(target.getvalue()))
        assert target.getvalue().split(b"\n")[0].endswith(b"z") == (answer == long and pack)
    assert sizes[2] < 200 < sizes[1]


@pytest.mark.parametrize("sent", [b"", b"12", b"5\n{}"])
def test_a_question_that_is_cut_off_is_none(sent: bytes) -> None:
    assert read_frame(io.BytesIO(sent)) is None


def test_a_statement_that_takes_long_ends_when_nobody_waits_for_it(project: Any) -> None:
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    first = {"directory": str(project.path.parent)}
    endless = {"do": "query", "project": "project", "statement": count}
    program = "from trackio_view.sources.trackio.ssh.far_end import run; run()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(first, endless).getvalue())
        process.stdin.flush()
        assert [process.stdout.readline() for _ in range(2)] == [b"\n", frames.MARK + b"\n"]
        assert read_frame(process.stdout) == first
        process.stdin.close()
        try:
            # The output of the program stays open, as after a connection was cut.
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_a_file_that_a_run_logged_is_sent_as_far_as_an_answer_goes(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.path.parent / "media"
    folder.mkdir()
    (folder / "x.png").write_bytes(b"0123456789")
    end = FarEnd(str(project.path.parent))
    question = {"do": "media", "file": "x.png", "most": 8}
    assert end.answer(question) == {"size": 10, "data": b64encode(b"01234567").decode()}
    monkeypatch.setattr(far_end, "_MOST_MEDIA", 4)
    assert end.answer(question) == {"size": 10, "data": b64encode(b"0123").decode()}
    assert end.answer({**question, "file": "../project.db"}) == {"unread": OUTSIDE}
    assert end.answer({**question, "file": "none.png"}) == {"unread": GONE}


def test_a_copy_that_was_closed_is_not_asked_again(
    project: Any, kill_writer: Any, new_project: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    new_project("plain").log([{"loss": 1.0}])
    kill_writer(project.path, "wal")
    end = FarEnd(str(project.path.parent))
    assert ask(end, "SELECT count(*) FROM metrics")["rows"] == [(3,)]
    # Reading a project that needs no copy closes the copy of another.
    assert ask(end, "SELECT count(*) FROM metrics", "plain")["rows"] == [(1,)]
    assert list(temporary.iterdir()) == []
    assert ask(end, "SELECT count(*) FROM metrics")["rows"] == [(3,)]
    end.close()


@pytest.mark.parametrize("patience", [0.05, -1.0])
def test_a_project_that_is_written_to_whenever_it_is_read_is_kept_as_it_is(
    project: Any, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    project.log([{"loss": 1.0}] * 3)

    def written_to(path: str, patience: float) -> ProjectConnection:
        os.utime(path, (1, 1))
        connection = open_database(path)
        os.utime(path, (2, 2))
        return connection

    monkeypatch.setattr(far_end, "open_at_rest", written_to)
    monkeypatch.setattr(far_end, "PATIENCE", patience)
    end = FarEnd(str(project.path.parent))
    assert ask(end, "SELECT count(*) FROM metrics")["rows"] == [(3,)]
    end.close()


def test_the_writer_of_a_rollback_journal_is_held_up_by_no_question_at_rest(
    new_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, opened = new_project("project", "delete"), list[Access]()
    project.log([{"loss": 1.0}] * 3)

    def written_to(path: str, *_: float, locks: Locks = Locks.IN_USE) -> ProjectConnection:
        os.utime(path, (1, 1))
        connection = open_database(path, locks=locks)
        opened.append(connection.access)
        os.utime(path, (2, 2))
        return connection

    for name in ("open_at_rest", "open_database"):
        monkeypatch.setattr(far_end, name, written_to)
    monkeypatch.setattr(far_end, "PATIENCE", 0.05)
    end = FarEnd(str(project.path.parent))
    assert ask(end, "SELECT count(*) FROM metrics")["kind"] == "transient"
    assert set(opened) == {Access.IMMUTABLE}
    end.close()


def test_a_database_that_is_always_written_is_waited_for_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, waited = 1000.0, list[float]()
    busy = SimpleNamespace(access=SimpleNamespace(takes_locks=True))

    def open_at_rest(_: str, patience: float) -> object:
        nonlocal now
        waited.append(patience)
        now += patience
        return busy

    monkeypatch.setattr(far_end, "open_at_rest", open_at_rest)
    monkeypatch.setattr(far_end, "time", SimpleNamespace(monotonic=lambda: now))
    end = FarEnd("/data")
    for path in ("/data/a.db", "/data/a.db", "/data/b.db", "/data/a.db"):
        end._opened(path)
    assert waited == [REST_PATIENCE, 0.0, REST_PATIENCE, 0.0]
    now += PATIENCE
    end._opened("/data/a.db")
    assert waited[4:] == [REST_PATIENCE]
    busy.access.takes_locks = False
    end._opened("/data/c.db")
    end._opened("/data/c.db")
    assert waited[5:] == [REST_PATIENCE] * 2, "one that rests is waited for each time"
