"""A recording goes through a pipe, from a machine without a screen to one with a screen."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.recording.pipes import PIPE

PROGRAM = f"{shlex.quote(sys.executable)} -m trackio_view"
REPOSITORY = Path(__file__).parents[2]
PATIENCE = 30

Recording = subprocess.Popen[bytes]


@pytest.fixture
def record(folder: Any) -> Iterator[Callable[..., Recording]]:
    """Return what starts the program with a pipe for its output."""
    started: list[Recording] = []

    def begin(*arguments: str) -> Recording:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "trackio_view",
                "--record",
                "-",
                "--interval",
                "0.2",
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "TRACKIO_DIR": str(folder.path), "PYTHONPATH": str(REPOSITORY)},
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def events(process: Recording, *, until: str) -> list[dict[str, Any]]:
    """Return the recording's lines up to the first of a kind, which has to come in time."""
    assert process.stdout is not None
    lines: list[dict[str, Any]] = []
    limit = threading.Timer(PATIENCE, process.kill)
    limit.start()
    try:
        while not lines or lines[-1].get("kind") != until:
            line = process.stdout.readline()
            assert line, "it ended"
            lines.append(json.loads(line))
    finally:
        limit.cancel()
    return lines


def test_a_pipeline_shows_here_what_is_logged_there(folder: Any, start: Any) -> None:
    folder.train(100)
    recording = f"{PROGRAM} --record - --interval 0.2 -p project"
    console = start(command=["sh", "-c", f"{recording} | {PROGRAM} --replay -"])
    console.wait_for("loss", "step 99")
    folder.train(20, first_step=100)
    console.wait_for("step 119")
    # Keys come from the terminal, and not from the recording.
    console.press("+", "Last 500")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_every_project_is_recorded_where_none_was_named(folder: Any, record: Any) -> None:
    for name in ("one", "two"):
        folder.train(3, project=name)
    process = record()
    header, *lines = events(process, until="LoadFinished")
    lines += events(process, until="LoadFinished")
    assert header["project"] is None
    finished = [line["event"] for line in lines if line["kind"] == "LoadFinished"]
    assert {event["project"]["name"] for event in finished} == {"one", "two"}
    # One that comes later, too.
    folder.train(3, project="three")
    *_, last = events(process, until="LoadFinished")
    assert last["event"]["project"]["name"] == "three"


@pytest.mark.parametrize("named", [("two",), ("three", "one")])
def test_only_what_was_named_is_recorded(folder: Any, record: Any, named: Sequence[str]) -> None:
    for name in ("one", "two", "three"):
        folder.train(3, project=name)
    process = record(*(argument for name in named for argument in ("-p", name)))
    header, *lines = [line for _ in named for line in events(process, until="LoadFinished")]
    assert header["project"] == named[0]
    told = [line["event"].get("project", {}).get("name") for line in lines]
    assert set(told) - {None} == set(named)


def test_it_ends_when_nobody_reads_any_more(folder: Any, record: Any) -> None:
    folder.train(3)
    process = record()
    events(process, until="LoadFinished")
    process.stdout.close()
    # The recorder ends although nothing more is written, so that none is left on a machine that
    # nobody looks at.
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == b""


def test_a_file_whose_disk_is_full_is_a_fault(folder: Any, tmp_path: Path) -> None:
    folder.train(500)
    recording = f"{PROGRAM} --record - --interval 0.2 > {shlex.quote(str(tmp_path / 'a.jsonl'))}"
    ended = subprocess.run(
        # No file may have more than so many blocks.
        ["sh", "-c", f"ulimit -f 4; {recording}"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TRACKIO_DIR": str(folder.path), "PYTHONPATH": str(REPOSITORY)},
        timeout=PATIENCE,
    )
    assert ended.returncode == ExitCode.UNWRITABLE
    assert ended.stderr == b"trackio-view: The recording has stopped: file too large.\n"
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert [json.loads(line) for line in lines], "no half a line is left"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_although_nobody_empties_the_pipe(
    folder: Any, record: Any, number: signal.Signals
) -> None:
    # More than a pipe holds.
    folder.log([{f"metric {name}": step / 7 for name in range(200)} for step in range(500)])
    process = record()
    events(process, until="LoadStarted")
    process.send_signal(number)
    assert process.wait(PATIENCE) == 128 + number
    assert process.stderr.read() == b""


def test_gpus_are_recorded_where_they_were_asked_for(folder: Any, record: Any) -> None:
    folder.train(3)
    header, *lines = events(record("--gpu"), until="GpusSampled")
    assert header["screen"] == "gpus"
    assert "LoadStarted" not in {line["kind"] for line in lines}


def test_projects_are_recorded_beside_gpus_where_all_were_asked_for(
    folder: Any, record: Any
) -> None:
    folder.train(3)
    *_, last = events(record("--gpu", "--all"), until="LoadFinished")
    assert last["event"]["project"]["name"] == "project"


def test_a_terminal_gets_no_recording(folder: Any, start: Any) -> None:
    folder.train(3)
    console = start("--record", PIPE)
    assert console.exit_code() == 2
    assert "writes into a pipe or a file, not onto a terminal" in console.text


def test_a_condition_is_waited_for_behind_a_pipe(folder: Any) -> None:
    folder.train(3)
    recording = f"{PROGRAM} --record - --interval 0.2 -p project"
    ended = subprocess.run(
        ["sh", "-c", f"{recording} | {PROGRAM} --replay - --until 'loss < 4'"],
        env={**os.environ, "TRACKIO_DIR": str(folder.path), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
