"""Commands that print and end show projects behind SSH as they show local files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trackio_view.cli import main

INTERVAL = 0.02


COMMANDS = (
    ("--once",),
    ("--once", "--zoom", "3", "--run", "run"),
    ("--once", "--format", "csv", "--project", "project"),
    ("--once", "--format", "csv", "--points", "9"),
    ("--once", "--all", "--metric", "^loss$"),
    ("--until", "loss<=1", "--run", "run"),
)
pytestmark = pytest.mark.usefixtures("short_pauses")


def fill(project: Any) -> None:
    """Give a project two runs, with a config, odd numbers and steps that are bytes."""
    project.log([{"loss": 900.0 - n, "acc": n / 900, "odd": "NaN"} for n in range(900)])
    steps = [n.to_bytes(8, "little") for n in range(5)]
    project.log([{"loss": 0.1 + 0.2}] * 5, run="second", steps=steps)
    project.configure({"lr": 0.1})


def printed(place: list[str], capsys: Any) -> list[Any]:
    """Return the output of commands about a place, without ages and places."""
    found: list[Any] = []
    for command in COMMANDS:
        code = main([*command, *place])
        found.append((code, capsys.readouterr().out))
    assert main(["--once", "--format", "json", *place]) == 0
    projects = json.loads(capsys.readouterr().out)["projects"]
    assert projects[0].pop("origin") == place[1]
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
def test_a_project_that_is_not_there_is_a_sentence(
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
    assert "1 row" in said
    assert "1 rows" not in said
    assert "box" not in said
    stub_ssh.fail("me@box: Permission denied (publickey).\n")
    main(["--report", *place])
    said = capsys.readouterr().out
    assert "box" not in said
    assert "cannot be listed" in said
