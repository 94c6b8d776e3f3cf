"""A machine behind SSH is watched through all that may happen to it."""

from __future__ import annotations

import math
import os
import signal
from typing import Any

import anyio
import pytest

from trackio_view.cli import main
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    Notice,
    ProgramOrigin,
    ProjectsListed,
    ProjectVanished,
    RowsLoaded,
)
from trackio_view.sources.source import Interest, Part
from trackio_view.sources.trackio.inbox import Inbox
from trackio_view.sources.trackio.server import project_looks
from trackio_view.sources.trackio.ssh import pipe, silence

INTERVAL = 0.02


NOTE = {"_type": "trackio.markdown", "_value": "a note"}
pytestmark = pytest.mark.usefixtures("short_pauses")


async def test_a_project_is_loaded_and_followed(project: Any, watched: Any, machine: Any) -> None:
    project.log([{"loss": float(n)} for n in range(7_000)])
    async with watched() as received:
        started = await received.until(LoadStarted, where=lambda _: True)
        assert (started.project.origin, started.total_rows) == (machine.origin, 7_000)
        await received.until(LoadFinished)
        project.log([{"loss": "NaN"}, {"loss": "-Infinity"}, {"loss": 0.1 + 0.2}])
        await received.rows(7_003)
        with anyio.move_on_after(INTERVAL * 10):
            await received.until(RowsLoaded)
    values = received.losses
    assert values[:7_000] == [float(n) for n in range(7_000)]
    assert math.isnan(values[7_000])
    assert values[7_001:] == [-math.inf, 0.1 + 0.2]
    assert len(received.of(LoadStarted)) == 1


async def test_an_idle_look_is_one_short_question(
    project: Any, watched: Any, machine: Any, age: Any, monkeypatch: Any
) -> None:
    # Rows are counted once more after a while, which never comes here.
    monkeypatch.setattr(project_looks, "_COUNT_SECONDS", 3600.0)
    project.log([{"loss": 1.0}])
    age(project.path)
    asked: list[str] = []
    ask = machine.pipe.ask

    def noted(question: dict[str, str]) -> Any:
        asked.append(question["do"])
        return ask(question)

    machine.pipe.ask = noted
    async with watched() as received:
        await received.until(LoadFinished)
        while asked[-9:] != ["files"] * 9:
            await anyio.sleep(INTERVAL)
        size, count = machine.pipe.bytes_received, len(asked)
        while len(asked) < count + 5:
            await anyio.sleep(INTERVAL)
        assert set(asked[count:]) == {"files"}
        assert machine.pipe.bytes_received - size < 200 * (len(asked) - count)


async def test_a_lost_connection_is_one_notice_and_no_row_comes_twice(
    project: Any, watched: Any, stub_ssh: Any
) -> None:
    project.log([{"loss": 0.0}])
    async with watched() as received:
        await received.until(LoadFinished)
        here = (stub_ssh.folder / "ssh").read_text().partition("\n")[2]
        stub_ssh.fail("ssh: connect to host box port 22: Connection refused\n")
        os.killpg(stub_ssh.started[0], signal.SIGKILL)
        told = await received.until(Notice, where=lambda event: "refuses" in (event.text or ""))
        assert told.text.endswith("; trying again.")
        project.log([{"loss": 1.0}])
        stub_ssh.write(here)
        await received.until(Notice, where=lambda event: event.text is None)
        await received.rows(2)
    assert received.losses == [0.0, 1.0]
    assert len(received.of(LoadStarted)) == 1
    assert received.of(ProjectVanished) == []


async def test_rows_that_wait_there_are_shown_once_while_a_server_imports_them(
    project: Any, watched: Any, inbox_writer: Any, import_files: Any
) -> None:
    folder = project.path.parent
    folder.mkdir(exist_ok=True)
    writer = inbox_writer(folder)
    files = [writer.log([{"loss": 0.0}, {"loss": 1.0}])]
    async with watched("myproj") as received:
        await received.until(LoadFinished)
        assert received.losses == [0.0, 1.0]
        files.append(writer.log([{"loss": 2.0}]))
        await received.rows(3)
        import_files(folder, files)
        await received.until(LoadStarted)
        await received.rows(3)
        writer.log([{"loss": 3.0}])
        await received.rows(4)
    assert received.losses == [0.0, 1.0, 2.0, 3.0]


async def test_projects_that_only_wait_there_are_listed_and_their_pages_read(
    project: Any, source: Any, inbox_writer: Any, listed_and_opened: Any
) -> None:
    folder = project.path.parent
    folder.mkdir(exist_ok=True)
    writer = inbox_writer(folder)
    writer.log([{"loss": 1.0, "note": NOTE}])
    await listed_and_opened(source, "myproj", lambda: writer.log([{"loss": 1.0}]))


def test_a_snapshot_has_what_waits_there(project: Any, source: Any, inbox_writer: Any) -> None:
    folder = project.path.parent
    folder.mkdir(exist_ok=True)
    inbox_writer(folder).log([{"loss": 0.5}])
    assert source.missing("myproj") is None
    assert [one.row_count for one in source.listed().projects if one.name == "myproj"] == [1]
    events = list(source.snapshot(source.named("myproj"), Part()))
    (rows,) = [event for event in events if isinstance(event, RowsLoaded)]
    assert list(rows.batches[0].columns["loss"].values) == [0.5]
    source.close()


async def test_the_notice_of_an_inbox_there_names_the_machine(
    project: Any, source: Any, inbox_writer: Any, listing: Any, monkeypatch: Any, capsys: Any
) -> None:
    folder = project.path.parent
    project.log([{"loss": 1.0}])
    inbox_writer(folder).log([{"loss": 1.0}])
    monkeypatch.setattr(Inbox, "file_count", 10_500)
    said = f"At least 10,000 files wait in the inbox of {source.origin}: no server imports them"
    async with listing(source) as received:
        told = await received.until(Notice)
    assert str(told.text).startswith(said)
    for command in (["--list"], ["--once", "-p", "myproj"]):
        assert main([*command, "--ssh", source.origin]) == 0
        assert capsys.readouterr().err.count(said) == 1


async def test_a_machine_that_answers_no_more_is_connected_to_anew(
    project: Any, watched: Any, stub_ssh: Any, monkeypatch: Any
) -> None:
    """As after a laptop's sleep, nobody tells that the connection is dead."""
    project.log([{"loss": 0.0}])
    async with watched() as received:
        await received.until(LoadFinished)
        monkeypatch.setattr(pipe, "_ANSWER_SECONDS", 0.3)
        os.killpg(stub_ssh.started[0], signal.SIGSTOP)
        project.log([{"loss": 1.0}, {"loss": 2.0}])
        told = await received.until(Notice, where=lambda event: event.text)
        assert "too slow" in told.text
        monkeypatch.setattr(pipe, "_ANSWER_SECONDS", 60.0)
        await received.rows(3)
    assert received.losses == [0.0, 1.0, 2.0]
    assert len(received.of(LoadStarted)) == 1
    assert len(stub_ssh.started) > 1


async def test_a_machine_that_is_silent_is_told_of_before_it_is_given_up(
    project: Any, source: Any, watched: Any, stub_ssh: Any, producing: Any, monkeypatch: Any
) -> None:
    """As with a stopped `ssh`, only a question without an answer shows it."""
    monkeypatch.setattr(silence, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(silence, "_LOOK_SECONDS", 0.02)
    project.log([{"loss": 0.0}])

    def list_unseen(send: Any) -> Any:
        return source.list(send, lambda: Interest(on_screen=False))

    async with watched() as received, producing(held=100) as of_place:
        await received.until(LoadFinished)
        of_place.begin(list_unseen)
        await of_place.until(ProjectsListed)
        os.killpg(stub_ssh.started[0], signal.SIGSTOP)
        project.log([{"loss": 1.0}])
        told = await of_place.until(Notice, where=lambda event: event.text)
        assert told.text.startswith(f"{source.origin} has not answered since ")
        assert told.origin is ProgramOrigin.DATA_DIRECTORY
        os.killpg(stub_ssh.started[0], signal.SIGCONT)
        ended = await of_place.until(Notice)
        assert (ended.text, ended.subject) == (None, told.subject)
        await received.rows(2)
    assert received.losses == [0.0, 1.0]
    assert len(stub_ssh.started) == 1, "it was waited for"
    assert not received.of(Notice), "nothing was given up"


async def test_a_file_that_goes_returns_and_is_replaced(
    project: Any, new_project: Any, watched: Any
) -> None:
    project.log([{"loss": 0.0}])
    async with watched() as received:
        await received.until(LoadFinished)
        moved = project.path.with_suffix(".moved")
        project.path.rename(moved)
        await received.until(ProjectVanished)
        moved.rename(project.path)
        await received.until(LoadFinished)
        # Another file has the same last row.
        new_project("next").log([{"loss": 5.0}])
        project.path.with_name("next.db").replace(project.path)
        await received.until(LoadFinished)
    assert received.losses == [5.0]


async def test_rows_that_are_deleted_in_between_are_missed(project: Any, watched: Any) -> None:
    project.log([{"loss": float(n)} for n in range(5)])
    async with watched() as received:
        await received.until(LoadFinished)
        project.execute("DELETE FROM metrics WHERE step = 2")
        await received.until(LoadFinished)
    assert received.losses == [0.0, 1.0, 3.0, 4.0]


async def test_projects_are_listed_and_pages_read(
    project: Any, source: Any, listed_and_opened: Any
) -> None:
    project.log([{"loss": 1.0, "note": NOTE}])
    size = project.path.stat().st_size
    received = await listed_and_opened(source, "project", lambda: project.log([{"loss": 1.0}]))
    (listed,) = received.of(ProjectsListed)[0].projects
    assert listed.size == size


async def test_rows_there_that_wait_for_a_server_are_told_of(
    project: Any, source: Any, watched: Any, listing: Any, capsys: Any
) -> None:
    project.log([{"loss": 1.0}])
    index = "CREATE INDEX idx_metrics_pending ON metrics(space_id) WHERE space_id IS NOT NULL"
    project.execute(index, [()])
    project.execute("UPDATE metrics SET space_id = ?", [("http://10.0.0.1:7860?write_token=t",)])
    said = "Rows here wait to be sent to 10.0.0.1:7860: --server 10.0.0.1:7860 shows"
    async with watched() as received:
        told = await received.until(Notice, where=lambda event: event.subject == "unsent")
    assert told.text.startswith(said)
    async with listing(source) as received:
        listed = await received.until(ProjectsListed)
    assert str(listed.projects[0].remark).startswith(said)
    assert main(["--list", "--ssh", f"box:{project.path.parent}"]) == 0
    assert said in capsys.readouterr().err


async def test_a_list_of_projects_at_rest_is_one_question(
    machine: Any, source: Any, new_project: Any, listing: Any, age: Any
) -> None:
    for number in range(9):
        made = new_project(f"project{number}")
        made.log([{"loss": 1.0}])
        age(made.path)
    async with listing(source) as received:
        listed = await received.until(ProjectsListed)
        assert len(listed.projects) == 9
        asked: list[str] = []
        ask = machine.pipe.ask

        def noted(question: dict[str, str]) -> Any:
            asked.append(question["do"])
            return ask(question)

        machine.pipe.ask = noted
        while len(asked) < 5:
            await anyio.sleep(INTERVAL)
    assert set(asked) == {"list"}
