"""Runs the command within this process, and checks properties of its output."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from scripts.fuzzing.screens import Wrong
from trackio_view.cli import main
from trackio_view.headless.exit_codes import ExitCode

# Unlike on a screen, a line feed is printed.
_ACTED_UPON = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def run(arguments: Sequence[str]) -> str:
    """Return the output of a command. Raises Wrong, or the program's own exception.

    The exit code must be documented, and the text must hold nothing that a terminal acts upon. JSON
    must be valid, without words such as NaN.
    """
    output, errors = io.BytesIO(), io.BytesIO()
    out = io.TextIOWrapper(output, "utf-8", newline="\n", write_through=True)
    err = io.TextIOWrapper(errors, "utf-8", "backslashreplace", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: object = main(list(arguments))
        except SystemExit as ended:
            code = ended.code or 0
    printed, said = output.getvalue().decode(), errors.getvalue().decode()
    if code not in list(ExitCode):
        raise Wrong(f"exit code {code!r}")
    if (
        code
        and not said
        and code not in (ExitCode.TIMED_OUT, ExitCode.SILENT, ExitCode.NOT_A_NUMBER)
    ):
        raise Wrong(f"exit code {code!r}, and nothing says why")
    form = _format_of(arguments)
    for text in (said,) if form in ("json", "csv") else (said, printed):
        foreign = _ACTED_UPON.search(text)
        if foreign is not None:
            at = foreign.start()
            raise Wrong(f"{foreign[0]!r} is printed: {text[max(0, at - 60) : at + 60]!r}")
    if form == "json" and printed and code != ExitCode.USAGE:
        json.loads(printed, parse_constant=_refuse)
    return printed


def _format_of(arguments: Sequence[str]) -> str:
    """Return the format of the options, because a run may be called `json`, too."""
    given = [form for option, form in pairwise(arguments) if option == "--format"]
    return given[-1] if given else "text"


def run_closed(arguments: Sequence[str]) -> None:
    """Run a command whose standard input or output is closed, or both; else as `run`."""
    for closed in ("<&-", ">&-", "<&- >&-"):
        command = [sys.executable, "-m", "trackio_view", *arguments]
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *command],
            capture_output=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        if done.returncode not in list(ExitCode):
            said = done.stderr.decode("utf-8", "replace")
            raise Wrong(f"with {closed}, exit code {done.returncode}: {said[-2000:]}")
        if b"Traceback" in done.stderr or b"Exception ignored" in done.stderr:
            raise Wrong(f"with {closed}: {done.stderr[-2000:].decode('utf-8', 'replace')}")


def _refuse(word: str) -> None:
    raise Wrong(f"{word} is no JSON")
