"""The table of exit codes: whole, and what the program does."""

from __future__ import annotations

import sys
from pathlib import Path

from trackio_view.headless.exit_codes import EXIT_CODES, ExitCode

REPOSITORY = Path(__file__).parents[2]


def test_the_table_tells_every_code() -> None:
    assert list(EXIT_CODES) == sorted(ExitCode)


def test_the_readme_has_the_table() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    for code, (meaning, *_) in EXIT_CODES.items():
        assert f"| {int(code)} | {meaning} |" in readme


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
    assert command("--once", "-p", "p").code == ExitCode.UNWRITABLE
