"""Standard streams that are closed, and the characters of an argument that may reach a terminal."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import say, say_of, write_out
from trackio_view.model.project_id import ProjectId

REPOSITORY = Path(__file__).parents[2]
_ACTED_UPON = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def run(arguments: str, closed: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program from a shell that closes some of its streams."""
    return subprocess.run(
        ["sh", "-c", f"exec {shlex.quote(sys.executable)} -m trackio_view {arguments} {closed}"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TRACKIO_DIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


CLOSED = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--once", ExitCode.DONE),
        ("--list", ExitCode.DONE),
        ("--help", ExitCode.DONE),
        ("--once --format csv", ExitCode.DONE),
        ("--once -p other", ExitCode.NOTHING),
        ("--zoom 9", ExitCode.USAGE),
        ("", ExitCode.USAGE),
    ],
)
def test_closed_streams(new_project: Any, folder: Path, arguments: str, code: int, closed) -> None:
    new_project("p").log([{"loss": 0.5}])
    ended = run(arguments, closed, folder)
    # A closed stdout is an error where there was output for it.
    misses_stdout = code == ExitCode.DONE and ">&-" in closed.replace("2>&-", "")
    assert ended.returncode == (ExitCode.UNWRITABLE if misses_stdout else code)
    assert "Traceback" not in ended.stderr
    succeeds = ended.returncode == ExitCode.DONE
    assert bool(ended.stderr) is (not succeeds and "2>&-" not in closed)
    # Messages for stderr never get into the data.
    assert bool(ended.stdout) is succeeds


@pytest.mark.parametrize("closed", CLOSED)
def test_no_file_takes_the_number_of_a_closed_stream(tmp_path: Path, closed: str) -> None:
    seen = tmp_path / "seen"
    script = (
        "import os\nfrom trackio_view.cli import main\nmain(['--version'])\n"
        f"descriptor = os.open({str(seen)!r}, os.O_WRONLY | os.O_CREAT)\n"
        "os.write(descriptor, str(descriptor).encode())\n"
    )
    subprocess.run(
        ["sh", "-c", f"exec {shlex.quote(sys.executable)} -c {shlex.quote(script)} {closed}"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert int(seen.read_text()) > 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--\x1b[31mfoo",),
        ("\x1b]0;title\x07",),
        ("--zoom", "\x1b[2J"),
        ("--interval", "\x1c9999\x1d"),
        ("--size", "\x9b2J"),
        ("--once", "-p", "\x1b]0;x\x07"),
        ("--once", "--dir", "/nowhere/\x1b[2J\u202e"),
        ("--list", "--dir", "/nowhere/\x1b[2J"),
        ("--once", "--run", "\x1b[2J"),
        ("--once", "--metric", "(\x1b[2J"),
        ("--once", "--output", "/nowhere/\x1b[2J.svg"),
        ("--until", "loss < \x1b[2J"),
        ("--since", "\x1b[2J"),
        ("--exec", "\x1b[2J"),
    ],
    ids=ascii,
)
def test_control_characters_of_arguments_do_nothing(command, new_project, arguments) -> None:
    new_project("p").log([{"loss": 0.5}])
    ended = command(*arguments)
    assert ended.code in (ExitCode.NOTHING, ExitCode.USAGE, ExitCode.UNWRITABLE)
    assert ended.err
    assert _ACTED_UPON.findall(ended.err) == []


def test_of_characters_only_those_that_stdout_lacks_are_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    write_out(["é漢\n"])
    assert written.getvalue().decode("latin-1") == "é?\n"


def test_a_sentence_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    say("No \x1b[1mproject.\nDid you mean\x07: p?")
    assert capsys.readouterr().err == "No \u241b[1mproject.\nDid you mean\u2407: p?\n"


@pytest.mark.parametrize(
    ("project", "sentence", "beside_others", "said"),
    [
        (ProjectId("/here", "a"), "It is locked.", False, "a: It is locked."),
        (ProjectId("/here", "a"), "It is locked.", True, "a (/here): It is locked."),
        (ProjectId("/here", "a\nb"), "It is locked.", False, "a␊b: It is locked."),
        (ProjectId("host", "host"), "Permission denied", True, "host: Permission denied"),
        (ProjectId("host", "host"), "host does not answer.", True, "host does not answer."),
    ],
)
def test_a_sentence_about_a_project_names_it_once(
    capsys: pytest.CaptureFixture[str],
    project: ProjectId,
    sentence: str,
    beside_others: bool,
    said: str,
) -> None:
    say_of(project, sentence, beside_others=beside_others)
    assert capsys.readouterr().err == f"{said}\n"
