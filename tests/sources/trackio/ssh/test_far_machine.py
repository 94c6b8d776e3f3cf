"""A machine behind SSH is asked for projects, files, media, traces and what waits in its inbox."""

from __future__ import annotations

import math
import os
from typing import Any

import pytest

from trackio_view.model.opened_traces import TraceListRequest, TraceRequest
from trackio_view.model.run import RunKey
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.source import DistantProjects
from trackio_view.sources.trackio.source import TrackioFiles
from trackio_view.sources.trackio.ssh import far_machine
from trackio_view.sources.trackio.ssh.far_machine import SshMachine
from trackio_view.sources.trackio.ssh.host import parse_host

INTERVAL = 0.02


pytestmark = pytest.mark.usefixtures("short_pauses")


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


def test_values_that_json_has_no_words_for_are_what_they_were(
    machine: Any, monkeypatch: Any
) -> None:
    odd = [[0, 0, "bytes", "ff41"], [0, 2, "float", "inf"], [1, 1, "float", "-inf"]]
    answer = {"rows": [[None, "41", None], [None, None, 1.5]], "odd": odd}
    monkeypatch.setattr(machine.pipe, "ask", lambda _: answer)
    rows = [tuple(row) for row in machine.query("x", "")]
    assert rows == [(b"\xffA", "41", math.inf), (None, -math.inf, 1.5)]


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
    # The questions are for the projects, the files, and the content of the files.
    assert machine.pipe.questions == 3
    found = machine.inbox.records("myproj", ())
    losses = [record.document["loss"] for records in found.values() for record in records]
    assert losses == [float(number) for number in range(300)]
    if most_held > 2_000:
        assert machine.pipe.questions == 3
    machine.inbox.look()
    assert machine.pipe.questions < 10


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
        # The sentence has no further words, because the far end still answers.
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


def test_the_newest_list_tells_of_files_where_it_can(
    project: Any, machine: Any, monkeypatch: Any
) -> None:
    project.log([{"loss": 1.0}])
    (name,) = machine.projects()
    assert machine.listed_files(name) == machine.files(name)
    assert machine.listed_files("another") is None
    monkeypatch.setattr(machine.pipe, "ask", lambda _: {"projects": [["gone meanwhile", None]]})
    assert machine.projects() == ["gone meanwhile"]
    assert machine.listed_files("gone meanwhile") is None
    assert machine.listed_files(name) is None
