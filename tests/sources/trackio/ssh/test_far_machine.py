"""A machine behind SSH, asked by commands that print and end, and watched."""

from __future__ import annotations

import json
import math
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from trackio_view.cli import main
from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    ProgramOrigin,
    ProjectsListed,
    ProjectVanished,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.opened_traces import TraceListRequest, TraceRequest
from trackio_view.model.run import RunKey
from trackio_view.sources.http import pauses
from trackio_view.sources.media.unread import MediaUnread
from trackio_view.sources.source import Interest, Part
from trackio_view.sources.trackio.inbox import Inbox
from trackio_view.sources.trackio.server import watch
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.source import DistantProjects
from trackio_view.sources.trackio.source import TrackioFiles
from trackio_view.sources.trackio.ssh import far_machine, pipe, silence
from trackio_view.sources.trackio.ssh.far_machine import SshMachine
from trackio_view.sources.trackio.ssh.host import parse_host

INTERVAL = 0.02


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: Any) -> None:
    monkeypatch.setattr(pauses, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(pauses, "_LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(watch, "_COUNT_SECONDS", 0.2)
    # Else a busy machine would look at its list ever more rarely.
    monkeypatch.setattr(watch, "_LIST_SHARE", 1_000.0)


@pytest.fixture
def source(machine: Any) -> Any:
    return DistantProjects(machine, INTERVAL)


@pytest.fixture
def watched(source: Any, receiving: Any) -> Any:
    """Return what watches a project of the machine while a block runs."""

    @asynccontextmanager
    async def watch_one(name: str = "project") -> AsyncIterator[Any]:
        send, receive = anyio.create_memory_object_stream[DataEvent](0)
        async with send, receive, anyio.create_task_group() as tasks:
            tasks.start_soon(source.watch, source.named(name), send)
            try:
                yield receiving(receive)
            finally:
                tasks.cancel_scope.cancel()

    return watch_one


def losses(received: Any) -> list[float]:
    return list(received.runs["id-run"].series["loss"].values)


def fill(project: Any) -> None:
    """Let a project hold two runs, with a config, odd numbers and steps that are bytes."""
    project.log([{"loss": 900.0 - n, "acc": n / 900, "odd": "NaN"} for n in range(900)])
    steps = [n.to_bytes(8, "little") for n in range(5)]
    project.log([{"loss": 0.1 + 0.2}] * 5, run="second", steps=steps)
    project.configure({"lr": 0.1})


COMMANDS = (
    ("--once",),
    ("--once", "--zoom", "3", "--run", "run"),
    ("--once", "--format", "csv", "--project", "project"),
    ("--once", "--format", "csv", "--points", "9"),
    ("--once", "--all", "--metric", "^loss$"),
    ("--until", "loss<=1", "--run", "run"),
)


def printed(place: list[str], capsys: Any) -> list[Any]:
    """Return what commands print of a place; ages and places are taken out."""
    found: list[Any] = []
    for command in COMMANDS:
        code = main([*command, *place])
        found.append((code, capsys.readouterr().out))
    assert main(["--once", "--format", "json", *place]) == 0
    projects = json.loads(capsys.readouterr().out)["projects"]
    for run in projects[0]["runs"]:
        del run["last_row_age_seconds"]
    assert main(["--list", *place]) == 0
    return [*found, projects, capsys.readouterr().out]


def test_commands_print_what_they_print_of_the_files(
    stub_ssh: Any, project: Any, capsys: Any, age: Any, folder_state: Any
) -> None:
    fill(project)
    age(project.path)
    before = folder_state(project.path.parent)
    here = printed(["--dir", str(project.path.parent)], capsys)
    there = printed(["--ssh", f"box:{project.path.parent}"], capsys)
    assert there == here
    assert folder_state(project.path.parent) == before


def test_commands_print_the_same_through_openssh(real_ssh: Any, project: Any, capsys: Any) -> None:
    fill(project)
    folder = str(project.path.parent)
    command = ["--once", "--format", "csv", "--project", "project"]
    assert main([*command, "--dir", folder]) == 0
    here = capsys.readouterr()
    assert main([*command, "--ssh", f"far:{folder}"]) == 0
    assert capsys.readouterr() == here


def test_several_machines_and_a_directory_are_one_screen(
    stub_ssh: Any, project: Any, new_project: Any, tmp_path: Any, capsys: Any
) -> None:
    project.log([{"loss": 1.0}])
    new_project("other").log([{"loss": 2.0}])
    folder = project.path.parent
    places = ["--dir", str(folder), "--ssh", f"box:{folder}", "--ssh", f"me@far:{folder}"]
    assert main(["--list", *places]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    for origin in (f"box:{folder}", f"me@far:{folder}"):
        assert sum(origin in line for line in lines) == 2
    assert main(["--once", "--all", "--format", "csv", *places]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 7


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--ssh=-x"], "--ssh: no name of a host"),
        (["--ssh", "a b"], "--ssh: a machine is named as HOST"),
        (["--ssh", "box:{folder}", "-p", "nope"], "'nope' does not exist in box:"),
        (["--ssh", "box:{folder}/none"], "No TrackIO projects in box:"),
        (["--ssh", "box:{folder}/project.db"], "cannot be looked into: not a directory"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    stub_ssh: Any, project: Any, capsys: Any, arguments: list[str], sentence: str
) -> None:
    named = [argument.format(folder=project.path.parent) for argument in arguments]
    assert main(["--once", *named]) == 1
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_machine_that_refuses_is_a_sentence_and_no_prompt(stub_ssh: Any, capfd: Any) -> None:
    stub_ssh.fail("me@box: Permission denied (publickey).\n")
    for command in (["--once"], ["--list"], ["--once", "-p", "x"]):
        assert main([*command, "--ssh", "box"]) == 1
        said = capfd.readouterr()
        assert "`ssh` has to work by a key" in said.err
        assert "Permission denied" not in said.err


def test_a_report_names_no_machine(stub_ssh: Any, project: Any, capsys: Any) -> None:
    project.log([{"loss": 1.0}])
    place = ["--ssh", f"me@box:{project.path.parent}"]
    assert main(["--report", *place]) == 0
    said = capsys.readouterr().out
    assert "on 1 machine" in said
    assert "1 rows" in said
    assert "box" not in said
    stub_ssh.fail("me@box: Permission denied (publickey).\n")
    main(["--report", *place])
    said = capsys.readouterr().out
    assert "box" not in said
    assert "cannot be listed" in said


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"projects": 3},
        {"rows": [[1]], "odd": [[7, 0, "float", "inf"]]},
        {"rows": [[1]], "odd": [[0, 0, "float", "1"]]},
        {"rows": [[1]], "odd": [[0, 0, "bytes", "x"]]},
        {"rows": 3, "odd": []},
        {"files": [[1, 2]]},
        {"projects": [["x"]], "files": [[1, 2, 3], 4, True]},
    ],
)
def test_answers_of_no_sense_are_faults(machine: Any, monkeypatch: Any, answer: Any) -> None:
    monkeypatch.setattr(machine.pipe, "ask", lambda _: answer)
    for ask in (machine.projects, lambda: machine.files("x"), lambda: machine.query("x", "")):
        with pytest.raises(ServerFault, match="was not asked for"):
            ask()


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
    values = losses(received)
    assert values[:7_000] == [float(n) for n in range(7_000)]
    assert math.isnan(values[7_000])
    assert values[7_001:] == [-math.inf, 0.1 + 0.2]
    assert len(received.of(LoadStarted)) == 1


async def test_an_idle_look_is_one_short_question(
    project: Any, watched: Any, machine: Any, age: Any, monkeypatch: Any
) -> None:
    # Rows are counted once more after a while: here it never comes.
    monkeypatch.setattr(watch, "_COUNT_SECONDS", 3600.0)
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
    assert losses(received) == [0.0, 1.0]
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
        assert losses(received) == [0.0, 1.0]
        files.append(writer.log([{"loss": 2.0}]))
        await received.rows(3)
        import_files(folder, files)
        await received.until(LoadStarted)
        await received.rows(3)
        writer.log([{"loss": 3.0}])
        await received.rows(4)
    assert losses(received) == [0.0, 1.0, 2.0, 3.0]


async def test_projects_that_only_wait_there_are_listed_and_their_pages_read(
    project: Any, source: Any, inbox_writer: Any, receiving: Any
) -> None:
    note = {"_type": "trackio.markdown", "_value": "a note"}
    folder = project.path.parent
    folder.mkdir(exist_ok=True)
    writer = inbox_writer(folder)
    writer.log([{"loss": 1.0, "note": note}])
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        received = receiving(receive)
        tasks.start_soon(source.list, send, Interest)
        (listed,) = [
            one for one in (await received.until(ProjectsListed)).projects if one.name == "myproj"
        ]
        assert listed.row_count == 1
        tasks.start_soon(source.page, RunKey(listed.id, "id-run"), send)
        page = await received.until(RunObjectsLoaded)
        assert [text.text for text in page.objects.texts] == ["a note"]
        writer.log([{"loss": 1.0}])
        more = await received.until(ProjectsListed)
        assert [one.row_count for one in more.projects if one.name == "myproj"] == [2]
        tasks.cancel_scope.cancel()


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


async def test_what_is_to_be_said_of_the_inbox_there_names_the_machine(
    project: Any, source: Any, inbox_writer: Any, receiving: Any, monkeypatch: Any, capsys: Any
) -> None:
    folder = project.path.parent
    project.log([{"loss": 1.0}])
    inbox_writer(folder).log([{"loss": 1.0}])
    monkeypatch.setattr(Inbox, "file_count", 10_500)
    said = f"At least 10,000 files wait in the inbox of {source.origin}: no server imports them"
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(source.list, send, Interest)
        told = await receiving(receive).until(Notice)
        tasks.cancel_scope.cancel()
    assert str(told.text).startswith(said)
    for command in (["--list"], ["--once", "-p", "myproj"]):
        assert main([*command, "--ssh", source.origin]) == 0
        assert capsys.readouterr().err.count(said) == 1


@pytest.mark.parametrize("most_held", [8 << 20, 2_000])
def test_many_files_that_wait_there_are_few_questions(
    project: Any, machine: Any, inbox_writer: Any, monkeypatch: Any, most_held: int
) -> None:
    monkeypatch.setattr(far_machine, "_MOST_HELD", most_held)
    writer = inbox_writer(project.path.parent)
    for number in range(300):
        writer.log([{"loss": float(number)}])
    machine.projects()
    machine.inbox.look()
    # The list of projects, that of the files, and what they hold.
    assert machine.pipe.questions == 3
    found = machine.inbox.records("myproj", ())
    losses = [record.document["loss"] for records in found.values() for record in records]
    assert losses == [float(number) for number in range(300)]
    if most_held > 2_000:
        assert machine.pipe.questions == 3
    machine.inbox.look()
    assert machine.pipe.questions < 10


async def test_a_machine_that_answers_no_more_is_connected_to_anew(
    project: Any, watched: Any, stub_ssh: Any, monkeypatch: Any
) -> None:
    """As after a laptop's sleep: nobody tells that the connection is dead."""
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
    assert losses(received) == [0.0, 1.0, 2.0]
    assert len(received.of(LoadStarted)) == 1
    assert len(stub_ssh.started) > 1


async def test_a_machine_that_is_silent_is_told_of_before_it_is_given_up(
    project: Any, source: Any, watched: Any, stub_ssh: Any, receiving: Any, monkeypatch: Any
) -> None:
    """As with an `ssh` that is stopped: nothing but a question without an answer tells of it."""
    monkeypatch.setattr(silence, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(silence, "_LOOK_SECONDS", 0.02)
    project.log([{"loss": 0.0}])
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    async with watched() as received, send, receive, anyio.create_task_group() as tasks:
        await received.until(LoadFinished)
        tasks.start_soon(source.list, send, lambda: Interest(on_screen=False))
        of_place = receiving(receive)
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
        tasks.cancel_scope.cancel()
    assert losses(received) == [0.0, 1.0]
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
        # Another file with the same last row.
        new_project("next").log([{"loss": 5.0}])
        project.path.with_name("next.db").replace(project.path)
        await received.until(LoadFinished)
    assert losses(received) == [5.0]


async def test_rows_that_are_deleted_in_between_are_missed(project: Any, watched: Any) -> None:
    project.log([{"loss": float(n)} for n in range(5)])
    async with watched() as received:
        await received.until(LoadFinished)
        project.execute("DELETE FROM metrics WHERE step = 2")
        await received.until(LoadFinished)
    assert losses(received) == [0.0, 1.0, 3.0, 4.0]


async def test_projects_are_listed_and_pages_read(
    project: Any, source: Any, receiving: Any
) -> None:
    note = {"_type": "trackio.markdown", "_value": "a note"}
    project.log([{"loss": 1.0, "note": note}])
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        received = receiving(receive)
        tasks.start_soon(source.list, send, Interest)
        (listed,) = (await received.until(ProjectsListed)).projects
        assert (listed.id, listed.row_count) == (source.named("project"), 1)
        assert listed.size == project.path.stat().st_size
        tasks.start_soon(source.page, RunKey(listed.id, "id-run"), send)
        page = await received.until(RunObjectsLoaded)
        assert [text.text for text in page.objects.texts] == ["a note"]
        project.log([{"loss": 1.0}])
        assert (await received.until(ProjectsListed)).projects[0].row_count == 2
        tasks.cancel_scope.cancel()


async def test_rows_there_that_wait_for_a_server_are_told_of(
    project: Any, source: Any, watched: Any, receiving: Any, capsys: Any
) -> None:
    project.log([{"loss": 1.0}])
    index = "CREATE INDEX idx_metrics_pending ON metrics(space_id) WHERE space_id IS NOT NULL"
    project.execute(index, [()])
    project.execute("UPDATE metrics SET space_id = ?", [("http://10.0.0.1:7860?write_token=t",)])
    said = "Rows here wait to be sent to 10.0.0.1:7860: --server 10.0.0.1:7860 shows"
    async with watched() as received:
        told = await received.until(Notice, where=lambda event: event.subject == "unsent")
    assert told.text.startswith(said)
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(source.list, send, Interest)
        listed = await receiving(receive).until(ProjectsListed)
        tasks.cancel_scope.cancel()
    assert str(listed.projects[0].remark).startswith(said)
    assert main(["--list", "--ssh", f"box:{project.path.parent}"]) == 0
    assert said in capsys.readouterr().err


async def test_a_list_of_projects_at_rest_is_one_question(
    machine: Any, source: Any, new_project: Any, receiving: Any, age: Any
) -> None:
    for number in range(9):
        made = new_project(f"project{number}")
        made.log([{"loss": 1.0}])
        age(made.path)
    send, receive = anyio.create_memory_object_stream[DataEvent](0)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(source.list, send, Interest)
        listed = await receiving(receive).until(ProjectsListed)
        assert len(listed.projects) == 9
        asked: list[str] = []
        ask = machine.pipe.ask

        def noted(question: dict[str, str]) -> Any:
            asked.append(question["do"])
            return ask(question)

        machine.pipe.ask = noted
        while len(asked) < 5:
            await anyio.sleep(INTERVAL)
        tasks.cancel_scope.cancel()
    assert set(asked) == {"list"}


def test_a_name_that_trackio_would_not_give_is_kept(machine: Any, new_project: Any) -> None:
    new_project("of hand")
    assert machine.named("of hand") == "ofhand"
    machine.projects()
    assert machine.named("of hand") == "of hand"
    assert machine.query("of hand", "SELECT count(*) FROM metrics") == [(0,)]
    assert SshMachine(parse_host("box")).named("my model!") == "mymodel"


async def test_files_that_runs_logged_are_read_there(
    source: Any, machine: Any, project: Any, stub_ssh: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.path.parent
    media = folder / "media" / "p"
    media.mkdir(parents=True)
    (media / "x y.png").write_bytes(bytes(range(256)) * 8)
    (folder / "secret.png").write_bytes(b"secret")
    os.mkfifo(media / "pipe.png")
    page = RunKey(source.named("project"), "id-run")
    found = await source.media(page, "p/x y.png", 300)
    assert found == (2_048, (bytes(range(256)) * 2)[:300])
    for file, why in (
        ("p/none.png", "The file is gone."),
        ("../secret.png", "It lies outside the media directory and is not opened."),
        ("p/pipe.png", "It is a pipe and no file."),
    ):
        # In these words alone: the far end is still there.
        with pytest.raises(MediaUnread, match=f"^{why}$"):
            await source.media(page, file, 300)
    monkeypatch.setattr(machine, "_ask", lambda **_: {"size": "x", "data": "!"})
    with pytest.raises(MediaUnread, match=machine.host.shown):
        await source.media(page, "p/x y.png", 300)


async def test_traces_there_are_those_of_the_files(
    source: Any, machine: Any, project: Any, log_traces: Any, ask_for_traces: Any
) -> None:
    folder = project.path.parent
    run_id = log_traces(folder)
    here = await ask_for_traces(TrackioFiles(str(folder), 1.0), run_id)
    assert await ask_for_traces(source, run_id) == here
    (folder / "agents.db").unlink()
    page = RunKey(source.named("agents"), run_id)
    assert machine.host.shown in (await source.traces(TraceListRequest(page, most=5))).fault
    assert machine.host.shown in (await source.trace(TraceRequest(page, 1))).fault


async def test_traces_through_openssh_itself(
    real_ssh: Any, project: Any, log_traces: Any, ask_for_traces: Any
) -> None:
    folder = project.path.parent
    run_id = log_traces(folder)
    there = DistantProjects(SshMachine(parse_host(f"far:{folder}")), INTERVAL)
    here = await ask_for_traces(TrackioFiles(str(folder), 1.0), run_id)
    assert await ask_for_traces(there, run_id) == here
    there.close()
