"""The rows that wait in TrackIO's inbox are listed, reported, and left as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trackio_view.cli import main
from trackio_view.model.events import ProjectSummary
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio import inbox as inbox_module
from trackio_view.sources.trackio.inbox import (
    MANY_FILES,
    Inbox,
    list_with_waiting,
    projects_of,
)


def test_no_inbox_is_an_empty_one(tmp_path: Path) -> None:
    inbox = Inbox(str(tmp_path))
    inbox.look()
    assert (inbox.projects, inbox.file_count) == ([], 0)
    assert list_with_waiting(str(tmp_path), inbox) == []


def test_each_file_is_read_once_to_know_what_it_holds(tmp_path: Path, inbox_writer: Any) -> None:
    writer = inbox_writer(tmp_path)
    writer.log([{"loss": 1.0}])
    inbox = Inbox(str(tmp_path))
    for _ in range(3):
        inbox.look()
    assert inbox.files_read == 1
    before = inbox.signature(str(tmp_path / "myproj.db"))
    writer.log([{"loss": 1.0}])
    after = inbox.signature(str(tmp_path / "myproj.db"))
    assert (inbox.files_read, before.waiting, after.waiting) == (2, 1, 2)
    assert inbox.signature(str(tmp_path / "other.db")).waiting == 0


def test_lines_of_no_sense_are_passed_over(tmp_path: Path, inbox_writer: Any) -> None:
    writer = inbox_writer(tmp_path)
    good = writer.record("metric", metrics={"loss": 1.0}, step=0, log_id="a")
    odd: list[Any] = [[1], {"kind": "other"}, {**good, "project": 3}, {**good, "run": ""}]
    deep = b"[" * 100_000
    writer.write([*odd, good], tail=b'\xff\n{"kind": "metric", "project": "my proj!", "ru\n' + deep)
    (tmp_path / "inbox" / writer.writer / "0.tmp").write_text("not yet")
    (tmp_path / "inbox" / "stray.jsonl").write_text("{}")
    inbox = Inbox(str(tmp_path))
    inbox.look()
    (records,) = inbox.records("myproj", ()).values()
    assert [(record.key, record.run_id) for record in records] == [("a", "id-run")]


def test_an_alert_is_known_by_its_own_id_and_kept_whole(tmp_path: Path, inbox_writer: Any) -> None:
    writer = inbox_writer(tmp_path)
    both = {"log_id": "of-a-row", "alert_id": "of-an-alert", "metrics": {"loss": 1.0}}
    alert = writer.record("alert", title="hot", **both)
    writer.write([alert, writer.record("metric", title="hot", **both)])
    inbox = Inbox(str(tmp_path))
    inbox.look()
    (records,) = inbox.records("myproj", ()).values()
    assert [(record.key, record.document) for record in records] == [
        ("of-an-alert", alert),
        ("of-a-row", {"loss": 1.0}),
    ]


def test_rows_without_an_id_of_their_own_are_told_apart(tmp_path: Path, inbox_writer: Any) -> None:
    writer = inbox_writer(tmp_path)
    for step in range(2):
        writer.write([writer.record("metric", metrics={"loss": 1.0}, step=step)])
    inbox = Inbox(str(tmp_path))
    inbox.look()
    keys = [record.key for own in inbox.records("myproj", ()).values() for record in own]
    assert len(set(keys)) == 2


def test_files_of_writers_come_in_the_order_of_writing(tmp_path: Path, inbox_writer: Any) -> None:
    late, early = (
        inbox_writer(tmp_path, "aa", run="late"),
        inbox_writer(tmp_path, "bb", run="early"),
    )
    early.log([{"loss": 1.0}])
    late.log([{"loss": 1.0}], timestamp="2026-03-01T10:00:30+00:00")
    late.log([{"loss": 1.0}], timestamp="2026-03-01T09:00:00+00:00")
    early.log([{"loss": 1.0}], timestamp="2026-03-01T10:01:00+00:00")
    inbox = Inbox(str(tmp_path))
    inbox.look()
    order = [records[0].key for records in inbox.records("myproj", ()).values()]
    # A clock that is set back moves no row before earlier rows of the same writer.
    assert order == ["early-0", "late-0", "late-1", "early-1"]


def test_a_file_without_a_time_changes_no_order(tmp_path: Path, inbox_writer: Any) -> None:
    late, early = (
        inbox_writer(tmp_path, "aa", run="late"),
        inbox_writer(tmp_path, "bb", run="early"),
    )
    late.log([{"loss": 1.0}], timestamp="no time")
    late.log([{"loss": 1.0}], timestamp="2026-03-01T10:00:30+00:00")
    late.log([{"loss": 1.0}], timestamp="no time")
    early.log([{"loss": 1.0}], timestamp="2026-03-01T10:00:10+00:00")
    inbox = Inbox(str(tmp_path))
    inbox.look()
    order = [records[0].key for records in inbox.records("myproj", ()).values()]
    assert order == ["late-0", "early-0", "late-1", "late-2"]


def test_projects_that_only_wait_are_listed_beside_others(
    tmp_path: Path, new_project: Any, inbox_writer: Any
) -> None:
    made = new_project("other")
    made.log([{"loss": 1.0}] * 3)
    directory = made.path.parent
    inbox_writer(directory).log([{"loss": 1.0}] * 2)
    inbox_writer(directory, "bb", project="other", run="more").log([{"loss": 1.0}])
    inbox_writer(directory, "cc", project="registry-x").log([{"loss": 1.0}])
    inbox = Inbox(str(directory))
    listed = {one.name: one for one in list_with_waiting(str(directory), inbox)}
    assert {name: one.row_count for name, one in listed.items()} == {"myproj": 2, "other": 4}
    assert listed["myproj"].run_count == 1
    assert listed["myproj"].newest_time == pytest.approx(1772359200.5)
    files = projects_of(str(directory), inbox)
    assert [file.id for file in files] == [ProjectId(str(directory), n) for n in sorted(listed)]


def test_imported_files_are_no_longer_counted(
    tmp_path: Path, inbox_writer: Any, import_files: Any
) -> None:
    writer = inbox_writer(tmp_path)
    files = [writer.log([{"loss": 1.0}]) for _ in range(4)]
    inbox = Inbox(str(tmp_path))
    import_files(tmp_path, files[:3])
    (listed,) = list_with_waiting(str(tmp_path), inbox)
    assert (listed.row_count, inbox.file_count) == (4, 1)
    import_files(tmp_path, files[3:])
    (listed,) = list_with_waiting(str(tmp_path), inbox)
    assert (listed.row_count, inbox.file_count, inbox.waits_for("myproj")) == (4, 0, False)


def test_a_file_that_goes_between_two_looks_is_left_out(tmp_path: Path, inbox_writer: Any) -> None:
    writer = inbox_writer(tmp_path)
    first, second = writer.log([{"loss": 1.0}]), writer.log([{"loss": 2.0}])
    inbox = Inbox(str(tmp_path))
    inbox.look()
    first.unlink()
    (key,) = inbox.records("myproj", ())
    assert key[1] == second.name
    assert inbox.records("myproj", {key}) == {}


def test_very_many_files_are_worth_a_word(tmp_path: Path, monkeypatch: Any) -> None:
    inbox = Inbox(str(tmp_path))
    monkeypatch.setattr(Inbox, "file_count", MANY_FILES)
    assert (inbox.remark or "").startswith("At least 10,000 files wait in the inbox: no server")
    monkeypatch.setattr(Inbox, "file_count", MANY_FILES + 2_999)
    assert (inbox.remark or "").startswith("At least 12,000 files"), "not told with each file anew"


def test_a_file_system_that_lists_late_is_told_of_while_anything_waits(
    tmp_path: Path, inbox_writer: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(inbox_module, "listed_late", lambda _: "nfs4")
    inbox = Inbox(str(tmp_path))
    inbox.look()
    assert inbox.remark is None
    path = inbox_writer(tmp_path).log([{"loss": 1.0}])
    inbox.look()
    assert inbox.remark == (
        "What waits in the inbox is shown as listed there: nfs4 may list files up to a minute late."
    )
    path.unlink()
    inbox.look()
    assert inbox.remark is None


@pytest.mark.parametrize("arguments", [["--once"], ["--once", "--format", "json"], ["--list"]])
def test_scripts_are_told_that_very_many_wait(
    tmp_path: Path, inbox_writer: Any, capsys: Any, monkeypatch: Any, arguments: list[str]
) -> None:
    inbox_writer(tmp_path).log([{"loss": 1.0}])
    place = ["--dir", str(tmp_path)]
    assert main([*arguments, *place]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Inbox, "file_count", MANY_FILES)
    assert main([*arguments, *place]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("10,000 files wait in the inbox") == 1
    if "json" in arguments:
        (found,) = json.loads(printed.out)["projects"]
        assert found["notices"] == [
            "At least 10,000 files wait in the inbox: no server imports them (`trackio show` on one"
            " machine does)."
        ]


def test_waiting_rows_hide_no_run_of_the_database(tmp_path: Path, inbox_writer: Any) -> None:
    inbox_writer(tmp_path).log([{"loss": 1.0}] * 2)
    inbox = Inbox(str(tmp_path))
    inbox.look()
    project = ProjectId("", "myproj")
    for runs, told in ((3, 3), (1, 1), (None, 1)):
        known = ProjectSummary(project, runs, 10, 5.0, 4096)
        found = inbox.with_waiting(project, known)
        assert found is not None
        assert (found.run_count, found.row_count) == (told, 12)


def test_a_project_is_as_new_as_the_newest_of_its_rows_wherever_it_lies(
    tmp_path: Path, inbox_writer: Any
) -> None:
    inbox_writer(tmp_path).log([{"loss": 1.0}] * 2)
    inbox = Inbox(str(tmp_path))
    inbox.look()
    project, waits = ProjectId("", "myproj"), 1772359200.5
    for written, newest in ((5.0, waits), (None, waits), (waits + 60, waits + 60)):
        found = inbox.with_waiting(project, ProjectSummary(project, 1, 10, written, 4096))
        assert found is not None
        assert found.newest_time == newest
