"""Completion: shells accept its scripts, which offer the names of this machine's projects."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view.headless import completion
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.options import values
from trackio_view.options.command_line import build_parser
from trackio_view.options.manual_topics import TOPICS
from trackio_view.options.option_table import OPTIONS, SHELLS

REPOSITORY = Path(__file__).parents[2]


def test_without_shtab_a_sentence_says_so(command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    ended = command("--completion", "bash")
    assert (ended.code, ended.out) == (ExitCode.NOTHING, "")
    assert "pip install shtab" in ended.err


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_told_every_option(command, shell: str) -> None:
    pytest.importorskip("shtab")
    ended = command("--completion", shell)
    assert (ended.code, ended.err) == (ExitCode.DONE, "")
    assert all(option.flags[-1].lstrip("-") in ended.out for option in OPTIONS)
    # Each names projects by what its own shell has.
    own = {"bash": "COMPREPLY", "zsh": "compadd", "tcsh": "complete"}[shell]
    assert own in ended.out
    assert not ("COMPREPLY" in ended.out and shell == "zsh")
    if shutil.which(shell) and shell != "tcsh":
        subprocess.run([shell, "-n"], input=ended.out, text=True, check=True)


@pytest.fixture
def completed(command, tmp_path: Path) -> Callable[[str, str], list[str]]:
    """Return a function that completes the value of an option in bash."""
    pytest.importorskip("shtab")
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    program = tmp_path / "trackio-view"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trackio_view "$@"\n')
    program.chmod(0o755)
    script = command("--completion", "bash").out

    def complete(flag: str, typed: str) -> list[str]:
        ended = subprocess.run(
            ["bash", "-c", f"{script}\n{completion._name(flag)} {shlex.quote(typed)}"],
            cwd=tmp_path,
            env={
                **os.environ,
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                "PYTHONPATH": str(REPOSITORY),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.stdout.splitlines()

    return complete


@pytest.mark.parametrize(
    ("flag", "typed", "names"),
    [
        ("--project", "my", [r"my\ project"]),
        ("--project", r"my\ p", [r"my\ project"]),
        ("--run", "", ["run"]),
        ("--metric", "l", ["loss"]),
    ],
)
def test_names_are_those_of_the_projects(
    completed: Callable[[str, str], list[str]],
    new_project,
    flag: str,
    typed: str,
    names: list[str],
) -> None:
    new_project("my project").log([{"loss": 0.5, "accuracy": 0.25}])
    assert completed(flag, typed) == names


def test_no_name_is_a_command_to_the_shell(
    completed: Callable[[str, str], list[str]], new_project, tmp_path: Path
) -> None:
    name = "$(touch ran)`touch ran`"
    new_project("project").log([{"loss": 0.5}], run=name)
    (quoted,) = completed("--run", "")
    assert not (tmp_path / "ran").exists()
    # The command line gets the name, and nothing that a shell would run.
    told = subprocess.run(
        ["bash", "-c", f"printf %s {quoted}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert told.stdout == name
    assert not (tmp_path / "ran").exists()


def test_whatever_takes_a_path_is_completed_with_one() -> None:
    known = {action.option_strings[-1]: action for action in parser_with_values()._actions}
    named = {"--dir", "--report"}
    for option in OPTIONS:
        takes_path = option.parse in (values.path, values.picture_file)
        completed = getattr(known[option.flags[-1]], "complete", None)
        assert (completed in ("a file", "a folder")) == (takes_path or option.flags[-1] in named)


def parser_with_values() -> ArgumentParser:
    return completion._known_values(build_parser(), "a file", "a folder")


def test_the_words_of_the_table_are_completed_and_read() -> None:
    known = {action.option_strings[-1]: action for action in parser_with_values()._actions}
    having = [option for option in OPTIONS if option.choices]
    assert len(having) >= 5
    for option in having:
        assert known[option.flags[-1]].choices == option.choices
        assert option.parse is not None
        assert [str(option.parse(word)) for word in option.choices] == list(option.choices)
    assert known["--manual"].choices == tuple(TOPICS)


def test_only_options_that_there_are_have_completions() -> None:
    assert completion._NAMES.keys() <= {option.flags[-1] for option in OPTIONS}
