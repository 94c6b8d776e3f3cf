"""A damaged project behind SSH shows its readable rows, as a local one does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from trackio_view.cli import main
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectsListed,
    ProjectVanished,
    RowsLoaded,
    Severity,
)
from trackio_view.sources.source import Part
from trackio_view.sources.trackio.files import salvage
from trackio_view.sources.trackio.server.source import DistantProjects
from trackio_view.sources.trackio.ssh import far_salvage
from trackio_view.sources.trackio.ssh.far_end import FarEnd
from trackio_view.sources.trackio.ssh.far_machine import SshMachine

PAGE = 4096
INTERVAL = 0.02
ROWS = 600
ROWS_READ = "SELECT CAST(metrics AS TEXT) FROM metrics"
LOST = "The database is damaged: up to"
pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture
def salvages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by each path of which a copy is made."""
    made: list[str] = []
    original = salvage.open_salvaged

    def counted(path: str, should_stop: Callable[[], bool]) -> Any:
        made.append(path)
        return original(path, should_stop)

    monkeypatch.setattr(salvage, "open_salvaged", counted)
    return made


def fill(project: Any, rows: int = ROWS) -> bytes:
    """Add rows to a project; return the bytes of its file."""
    project.log([{"loss": float(n), "text": "x" * 200} for n in range(rows)])
    found: bytes = project.path.read_bytes()
    return found


def damage(path: Path, mark: bytes = b'"loss": 300.0,') -> None:
    """Overwrite the page that holds a mark."""
    content = path.read_bytes()
    start = content.index(mark) // PAGE * PAGE
    path.write_bytes(content[:start] + bytes(PAGE) + content[start + PAGE :])


def ask(end: FarEnd, statement: str = ROWS_READ, **more: Any) -> dict[str, Any]:
    question = {"do": "query", "project": "project", "statement": statement, **more}
    return end.answer(question)


def test_readable_rows_are_copied_once_and_no_file_is_left(
    new_project: Any, folder_state: Any, age: Any, salvages: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(far_salvage, "_SHARE", 1e9)
    project = new_project("project", "delete")
    intact = fill(project)
    damage(project.path)
    age(project.path)
    before = folder_state(project.path.parent)
    end = FarEnd(str(project.path.parent))
    assert "damage" not in ask(end, "SELECT max(id) FROM metrics")
    assert salvages == []
    for _ in range(5):
        answer = ask(end)
        losses = [json.loads(text)["loss"] for (text,) in answer["rows"]]
        assert {0.0, float(ROWS - 1)} <= set(losses)
        assert ROWS - 40 < len(losses) < ROWS
        assert answer["damage"] == f"{LOST} {ROWS - len(losses)} rows are unreadable."
    assert len(salvages) == 1
    assert folder_state(project.path.parent) == before
    # Rows that are written later are read, and a repaired file is not copied.
    damage(project.path, b'"loss": 100.0,')
    assert len(ask(end)["rows"]) < len(losses)
    assert len(salvages) == 2
    project.path.write_bytes(intact)
    for _ in range(3):
        answer = ask(end)
        assert (len(answer["rows"]), "damage" in answer) == (ROWS, False)
    assert len(salvages) == 3
    end.close()


def test_the_share_of_time_is_bounded_that_goes_into_copies(
    new_project: Any, salvages: list[str]
) -> None:
    project = new_project("project", "delete")
    fill(project)
    damage(project.path)
    end = FarEnd(str(project.path.parent))
    count = len(ask(end)["rows"])
    kept = end._salvaged._kept[str(project.path)]
    kept._due = time.monotonic() + 3600
    files = end.answer({"do": "files", "project": "project"})["files"]
    for number in range(5):
        project.log([{"loss": number}])
        # An old copy is read in the place of the file, so the state of the files is that of the
        # copy.
        assert len(ask(end)["rows"]) == count
        assert end.answer({"do": "files", "project": "project"})["files"][:3] == files[:3]
        assert end.answer({"do": "list"})["projects"][0][1][:3] == files[:3]
    assert len(salvages) == 1
    kept._due = 0.0
    assert end.answer({"do": "files", "project": "project"})["files"][0] != files[0]
    assert len(ask(end)["rows"]) == count + 5
    assert len(salvages) == 2
    # Another file is another project, and was not copied yet.
    end._salvaged._kept[str(project.path)]._due = time.monotonic() + 3600
    new_project("next").log([{"loss": 7.0}])
    project.path.with_name("next.db").replace(project.path)
    assert [json.loads(text) for (text,) in ask(end)["rows"]] == [{"loss": 7.0}]
    end.close()


def test_one_of_which_nothing_is_readable_is_not_copied_again_and_again(
    new_project: Any, salvages: list[str], age: Any
) -> None:
    project = new_project("project", "delete")
    intact = fill(project)
    project.path.write_bytes(intact[:PAGE])
    age(project.path)
    end = FarEnd(str(project.path.parent))
    for _ in range(5):
        answer = ask(end)
        assert answer["fault"] == "The database is damaged: parts of it are unreadable."
    assert len(salvages) == 1
    end._salvaged._kept[str(project.path)]._due = 0.0
    project.path.write_bytes(intact)
    assert len(ask(end)["rows"]) == ROWS
    end.close()


def test_a_copy_that_takes_too_long_is_given_up(project: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(far_salvage, "_MOST_SECONDS", -1.0)
    fill(project)
    damage(project.path)
    end = FarEnd(str(project.path.parent))
    assert "takes too long" in ask(end)["fault"]
    end.close()


def test_only_so_many_copies_are_kept(
    new_project: Any, salvages: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(far_salvage, "_MOST_COPIES", 2)
    for name in "abc":
        project = new_project(name, "delete")
        fill(project)
        damage(project.path)
    end = FarEnd(str(project.path.parent))
    for name in "abc":
        assert ask(end, project=name)["damage"].startswith(LOST)
    assert [Path(path).stem for path in end._salvaged._kept] == ["b", "c"]
    end.close()
    assert end._salvaged._kept == {}


COMMANDS = (
    ["--once", "-p", "project"],
    ["--once", "--format", "csv", "-p", "project"],
    ["--once", "--format", "csv", "--metric", "loss", "-p", "project", "--points", "9"],
    ["--list"],
)


def printed(
    place: list[str], capsys: Any, commands: Sequence[list[str]] = COMMANDS[:1]
) -> list[str]:
    """Return the output of commands about a place, and their errors."""
    found = []
    for command in commands:
        main([*command, *place])
        said = capsys.readouterr()
        found.append(said.out + said.err)
    return found


def test_commands_say_what_they_say_of_the_files(
    stub_ssh: Any, new_project: Any, capsys: Any, age: Any, folder_state: Any
) -> None:
    project = new_project("project", "delete")
    fill(project)
    new_project("other").log([{"loss": 2.0}])
    damage(project.path)
    age(project.path)
    before = folder_state(project.path.parent)
    here = printed(["--dir", str(project.path.parent)], capsys, COMMANDS)
    assert printed(["--ssh", f"box:{project.path.parent}"], capsys, COMMANDS) == here
    assert all(LOST in said for said in here[:-1])
    assert folder_state(project.path.parent) == before


def test_openssh_itself_brings_what_is_readable(
    real_ssh: Any, new_project: Any, capsys: Any
) -> None:
    project = new_project("project", "delete")
    intact = fill(project)
    damage(project.path)
    here = printed(["--dir", str(project.path.parent)], capsys)
    assert printed(["--ssh", f"far:{project.path.parent}"], capsys) == here
    assert LOST in here[0]
    project.path.write_bytes(intact[: len(intact) * 2 // 3])
    here = printed(["--dir", str(project.path.parent)], capsys)
    assert printed(["--ssh", f"far:{project.path.parent}"], capsys) == here
    assert "The database is damaged" in here[0]


def is_lost(event: Notice) -> bool:
    return LOST in (event.text or "")


async def test_rows_on_both_sides_of_damage_come_once_and_what_is_added(
    new_project: Any, watched: Any
) -> None:
    project = new_project("project", "delete")
    intact = fill(project)
    damage(project.path)
    async with watched() as received:
        await received.until(LoadFinished)
        notice = await received.until(Notice, where=is_lost)
        assert notice.severity is Severity.ERROR
        values = list(received.runs["id-run"].series["loss"].values)
        assert values == sorted(set(values))
        assert {0.0, float(ROWS - 1)} <= set(values)
        assert f"up to {ROWS - len(values)} rows" in notice.text
        project.log([{"loss": 1000}])
        await received.rows(len(values) + 1)
        assert len(received.of(LoadStarted)) == 1
        repaired = project.path.with_name("repaired")
        repaired.write_bytes(intact)
        repaired.replace(project.path)
        await received.rows(ROWS)
        await received.until(Notice, where=lambda event: event.text is None)


async def test_damage_later_on_takes_nothing_off_the_screen(new_project: Any, watched: Any) -> None:
    project = new_project("project", "delete")
    intact = fill(project)
    async with watched() as received:
        await received.until(LoadFinished)
        project.path.write_bytes(intact[: len(intact) // 2])
        await received.until(Notice, where=lambda event: "damaged" in (event.text or ""))
        assert received.runs["id-run"].row_count == ROWS
        project.path.write_bytes(intact)
        await received.until(Notice, where=lambda event: event.text is None)
        assert received.runs["id-run"].row_count == ROWS
        assert len(received.of(LoadStarted)) == 1
        assert received.of(ProjectVanished) == []


async def test_one_project_without_sense_keeps_no_other_from_the_list(
    source: Any, new_project: Any, listing: Any
) -> None:
    hurt = new_project("hurt", "delete")
    content = fill(hurt)
    hurt.path.write_bytes(content[: len(content) * 2 // 3])
    new_project("other").log([{"loss": 2.0}])
    (hurt.path.parent / "text.db").write_text("no database" * 99)
    os.truncate(new_project("cut", "delete").path, PAGE)
    async with listing(source) as received:
        listed = await received.until(ProjectsListed)
    faults = {one.name: one.fault for one in listed.projects}
    assert faults.keys() == {"hurt", "other", "text", "cut"}
    assert faults["other"] is None
    assert "damaged" in faults["hurt"]
    assert "is not an SQLite database" in faults["text"]
    assert "damaged" in faults["cut"]
    counts = {one.name: one.row_count for one in listed.projects}
    assert (counts["other"], counts["text"]) == (1, None)
    assert ROWS / 2 < counts["hurt"] < ROWS


def let_ids_fall(path: Path, rows: int) -> None:
    """Give the last of fewer than 128 rows the id of an earlier row."""
    content = bytearray(path.read_bytes())
    body = content.rindex(b"id-run", 0, content.index(b'"loss": %d.0,' % (rows - 1)))
    # A row begins with its id and the list of its values' types, which tells its own length.
    length = next(size for size in range(4, 20) if content[body - size] == size)
    assert content[body - length - 1] == rows
    content[body - length - 1] = rows // 2
    path.write_bytes(content)


async def test_ids_that_fall_are_read_from_a_copy(
    new_project: Any, watched: Any, machine: SshMachine
) -> None:
    project = new_project("project", "delete")
    fill(project, 60)
    let_ids_fall(project.path, 60)
    async with watched() as received:
        await received.until(LoadFinished)
        await received.until(Notice, where=lambda event: "damaged" in (event.text or ""))
        assert not any("trying again" in (event.text or "") for event in received.of(Notice))
    source = DistantProjects(machine, INTERVAL)
    events = list(source.snapshot(source.named("project"), Part()))
    assert sum(len(one.batches[0].steps) for one in events if isinstance(one, RowsLoaded)) >= 30
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert "The database is damaged" in (notice.text or "")
