"""A server, asked by commands that print and end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trackio_view.cli import main
from trackio_view.model.events import RowsLoaded
from trackio_view.model.opened_traces import TraceListRequest, TraceRequest
from trackio_view.model.run import RunKey
from trackio_view.model.selection import Selection
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.source import Content, Part, RunsFound, SourceFault
from trackio_view.sources.trackio.server.server import Server
from trackio_view.sources.trackio.server.source import DistantProjects
from trackio_view.sources.trackio.source import TrackioFiles


def test_commands_print_what_they_print_of_the_files(
    faulty_server: Any, project: Any, capsys: Any
) -> None:
    rows = [{"loss": 900.0 - n, "acc": n / 900, "odd": "NaN"} for n in range(900)]
    project.log(rows)
    project.log(rows[:5], run="second", steps=[(n).to_bytes(8, "little") for n in range(5)])
    project.configure({"lr": 0.1})
    printed: dict[str, list[tuple[int, str]]] = {}
    places = {
        "files": ["--dir", str(project.path.parent)],
        "server": ["--server", faulty_server.address],
    }
    for name, place in places.items():
        for arguments in (
            ["--once"],
            ["--once", "--zoom", "3", "--run", "run"],
            ["--once", "--format", "csv", "--project", "project"],
            ["--until", "loss<=1", "--run", "run"],
        ):
            code = main([*arguments, *place])
            printed.setdefault(name, []).append((code, capsys.readouterr().out))
    assert printed["files"] == printed["server"]
    assert [code for code, _ in printed["server"]] == [0] * 4
    documents = []
    for place in places.values():
        assert main(["--once", "--format", "json", *place]) == 0
        documents.append(json.loads(capsys.readouterr().out)["projects"])
        assert documents[-1][0].pop("origin") == place[1].removeprefix("http://")
        for run in documents[-1][0]["runs"]:
            del run["last_row_age_seconds"]
    assert documents[0] == documents[1]
    assert main(["--list", *places["server"]]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["project", "2", "905"]


def test_a_window_costs_no_more_rows_than_it_needs(faulty_server: Any, project: Any) -> None:
    project.log([{"loss": float(n)} for n in range(30_000)])
    server = Server(parse_address(faulty_server.address))
    source = DistantProjects(server, 1.0)
    assert not source.tells_all
    (found,) = [
        event
        for event in source.snapshot(source.named("project"), Part(Content.RUNS))
        if isinstance(event, RunsFound)
    ]
    assert found.runs[0].row_count == 30_000
    before = server.client.bytes_received
    part = Part(Content.ROWS, "id-run", distinct_steps=50, last_id=found.runs[0].last_id)
    list(source.snapshot(source.named("project"), part))
    assert server.client.bytes_received - before < 60_000
    source.close()


def test_snapshots_of_two_projects_hold_the_rows_of_each(
    faulty_server: Any, project: Any, new_project: Any
) -> None:
    project.log([{"loss": 1.0}])
    new_project("other").log([{"loss": 2.0}])
    source = DistantProjects(Server(parse_address(faulty_server.address)), 1.0)
    found = [
        [value for batch in event.batches for value in batch.columns["loss"].values]
        for name in ("project", "other", "project")
        for event in source.snapshot(source.named(name), Part())
        if isinstance(event, RowsLoaded)
    ]
    assert found == [[1.0], [2.0], [1.0]]
    source.close()


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [("html", "is no TrackIO server"), ("types", "what no TrackIO server says"), ("rows", "more")],
)
def test_a_fault_is_a_sentence_on_stderr_and_an_exit_code(
    faulty_server: Any, project: Any, capsys: Any, mode: str, sentence: str
) -> None:
    project.log([{"loss": 1.0}])
    faulty_server.mode = mode
    assert main(["--once", "--server", faulty_server.address, "--project", "project"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.splitlines()[-1].endswith(".")
    assert main(["--server", "ftp://x", "--once"]) == 1
    assert "an address begins with http://" in capsys.readouterr().err


def test_a_project_that_goes_while_all_are_listed_is_left_out(
    faulty_server: Any, project: Any
) -> None:
    project.log([{"loss": 1.0}])
    faulty_server.names = ["project", "gone"]
    source = DistantProjects(Server(parse_address(faulty_server.address)), 1.0)
    listed = source.listed()
    assert [(one.name, one.fault) for one in listed.projects] == [("project", None)]
    source.close()


def test_the_parts_of_a_source(faulty_server: Any, project: Any) -> None:
    project.log([{"loss": 1.0}])
    server = Server(parse_address(faulty_server.address))
    source = DistantProjects(server, 1.0)
    assert source.missing("pro ject!") is None
    assert source.missing("none") == ["project"]
    assert source.project is None
    with pytest.raises(SourceFault, match="no such project"):
        list(source.snapshot(source.named("none"), Part()))
    following = source.follow(None, "loss", Selection())
    assert list(following.look())
    faulty_server.mode = "html"
    (notice,) = list(following.look())
    assert "is no TrackIO server" in getattr(notice, "text", "")
    source.close()
    files = TrackioFiles(str(project.path.parent), 1.0)
    assert files.origin != source.origin


def test_a_directory_and_a_server_together(
    faulty_server: Any, project: Any, capsys: Any, tmp_path: Any
) -> None:
    project.log([{"loss": 4.0}])
    here = type(project)(tmp_path / "here.db").create()
    here.log([{"loss": 1.0}])
    here.log([{"loss": 0.5}])
    both = ["--dir", str(tmp_path), "--server", faulty_server.address]
    assert main(["--list", *both]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("From")
    assert {line.split()[-1] for line in lines[1:]} == {str(tmp_path), faulty_server.address}
    assert main(["--once", *both]) == 0
    assert "Project: here" in capsys.readouterr().out
    assert main(["--once", "--all", *both]) == 0
    printed = capsys.readouterr().out
    assert "Project: here" in printed
    assert "Project: project" in printed
    assert main(["--once", "--project", "project", *both]) == 0
    assert "Latest Loss: 4" in capsys.readouterr().out
    assert main(["--until", "loss<5", "--project", "project", *both]) == 0
    assert main(["--once", "--project", "none", *both]) == 1
    faulty_server.mode = "html"
    assert main(["--once", *both]) == 0
    assert main(["--list", *both]) == 0
    assert "asks to sign in" in capsys.readouterr().err


async def test_traces_of_trackios_own_server_are_those_of_its_files(
    real_server: Any, log_traces: Any, ask_for_traces: Any, capsys: Any
) -> None:
    run_id = log_traces(real_server.directory)
    here = TrackioFiles(str(real_server.directory), 1.0)
    server = Server(parse_address(real_server.address))
    there = DistantProjects(server, 0.02)
    assert await ask_for_traces(there, run_id) == await ask_for_traces(here, run_id)
    sent = server.client.requests
    page = RunKey(there.named("agents"), run_id)
    await there.traces(TraceListRequest(page, most=20))
    # The questions are for the tables, the number of traces, and the wanted ones.
    assert server.client.requests == sent + 3
    there.close()
    once = ["--once", "-p", "agents"]
    assert main([*once, "--dir", str(real_server.directory)]) == 0
    printed = capsys.readouterr()
    assert "Traces: 60\n" in printed.out
    assert main([*once, "--server", real_server.address]) == 0
    assert capsys.readouterr() == printed
    real_server.kill()
    fault = (await there.traces(TraceListRequest(page, most=20))).fault
    assert "127.0.0.1" in fault
    assert (await there.trace(TraceRequest(page, 1))).fault == fault
    real_server.start()
