"""The table of exit codes is complete, and the program exits with its codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from trackio_view.headless.exit_codes import EXIT_CODES, ExitCode

REPOSITORY = Path(__file__).parents[2]


def test_the_table_tells_every_code() -> None:
    # A number that stands for two codes would have one row.
    assert list(EXIT_CODES) == sorted(ExitCode.__members__.values())


def test_the_manual_has_the_table() -> None:
    manual = (REPOSITORY / "trackio_view" / "manual" / "scripts.md").read_text("utf-8")
    for code, (meaning, *_) in EXIT_CODES.items():
        assert f"| {int(code)} | {meaning} |" in manual


def test_codes_stdout_and_stderr_are_as_told(command, new_project, monkeypatch) -> None:
    new_project("p").log([{"loss": 0.5}], start=1e9)
    done = command("--once", "-p", "p")
    assert (done.code, bool(done.out), done.err) == (ExitCode.DONE, True, "")
    for arguments in (("-p", "q"), ("-p", "p", "--run", "q"), ("-p", "p", "--metric", "q")):
        nothing = command("--once", *arguments)
        assert (nothing.code, nothing.out, bool(nothing.err)) == (ExitCode.NOTHING, "", True)
    usage = command("--points", "3")
    assert (usage.code, usage.out, bool(usage.err)) == (ExitCode.USAGE, "", True)
    silent = command("-p", "p", "--until", "loss < 0")
    assert silent == (ExitCode.SILENT, "", "")
    monkeypatch.setattr(sys, "stdout", None)
    for asked in (["--once", "-p", "p"], ["--help"], ["--version"]):
        assert command(*asked).code == ExitCode.UNWRITABLE


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_metric_that_is_neither_name_nor_expression_is_wrong_usage(
    command, new_project, form
) -> None:
    new_project("p").log([{"loss": 0.5, "a(b": 2}])
    arguments = ("--once", "--format", form, "-p", "p", "--metric")
    assert command(*arguments, "a(b").code == ExitCode.DONE
    ended = command(*arguments, "c(d\x1b")
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "trackio-view: error: " in ended.err
    assert "neither a name in" in ended.err
    assert "'c(d\u241b' (missing ), unterminated subpattern at position 1)" in ended.err


@pytest.mark.parametrize("form", ["text", "json", "csv"])
@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("(\x1b)\\1", r"backreferences such as \1 are refused"),
        ("loss(?!$)", "lookaround such as (?!a) and (?<!a) is refused"),
        ("(?:a{1000}){1000}", "this is too large"),
    ],
)
def test_an_expression_that_is_refused_is_wrong_usage(
    command, new_project, form, expression, fault
) -> None:
    new_project("p").log([{"loss": 0.5}])
    ended = command("--once", "--format", form, "-p", "p", "--metric", expression)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert f"({fault})" in ended.err
    assert "\x1b" not in ended.err


@pytest.mark.parametrize("form", ["text", "json", "csv"])
@pytest.mark.parametrize("metric", [(), ("--metric", "loss"), ("--metric", "^lo")])
def test_nothing_since_a_moment_is_said(command, new_project, form, metric) -> None:
    new_project("p").log([{"loss": 0.5}], start=1e9)
    ended = command("--once", "--format", form, "--since", "1h", *metric)
    assert ended.code == ExitCode.NOTHING
    assert re.fullmatch(r"No rows since then in (run run of )?p\n", ended.err)
    if form == "json":
        # The document still has the run: its age, and that its window is empty.
        assert ended.json["projects"][0]["runs"][0]["window_row_count"] == 0
    ended = command("--once", "--format", form, "--since", "1h", "--metric", "other")
    assert (ended.code, ended.err[:15]) == (ExitCode.NOTHING, "No metric other")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_that_cannot_be_written(argument: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "trackio_view", argument],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == ExitCode.UNWRITABLE
    assert done.stderr == "The output cannot be written: no space left on device.\n"
