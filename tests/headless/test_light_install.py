"""Without trackio, numpy, orjson and nvidia-ml-py everything works but the demo."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]

WITHOUT = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
for name in ("trackio", "numpy", "orjson", "pynvml", "PIL", "rich"):
    sys.modules[name] = None
from trackio_view.series import numpy_policy
# What is worth numpy where it is there comes early, to be done without.
numpy_policy.WORTH_IMPORTING = numpy_policy.WORTH_USING = 2
from trackio_view.sources.trackio.tables import json_reading
json_reading.PAYS_WITH_ORJSON = 1
"""

COMMANDS = (
    "--once",
    "--list",
    "--once --format json",
    "--once --format csv --points 8",
    "--once --output frame.svg",
    "--once --output frame.txt --run run",
    "--once --gpu",
    "--until loss<10",
)


def run_without(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT + code],
        env={**os.environ, "TRACKIO_DIR": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_command_that_prints_works(new_project: Any) -> None:
    project = new_project("p")
    project.log([{"loss": 9.0 - number} for number in range(9)])
    code = f"""
from trackio_view.cli import main
for command in {COMMANDS!r}:
    assert main(command.split()) == 0, command
"""
    ended = run_without(code, project.path.parent)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Latest Loss: 1" in ended.stdout


def test_a_recording_is_written_and_shown_again(tmp_path: Path) -> None:
    code = """
import time
from pathlib import Path
from trackio_view.cli import main
from trackio_view.model.events import Notice, ProgramOrigin
from trackio_view.recording.codec import decode_event, encode_event
from trackio_view.recording.files import Header, RecordingFile, read_header
notice = Notice(ProgramOrigin.SETTINGS, "half a pair \\udc80", subject="0")
file = RecordingFile(Path("new.rec"), Header(time.time(), "p", "metrics"))
line = encode_event(0.5, notice)
file.write(line)
file.close()
assert read_header(Path("new.rec")).project == "p"
assert decode_event(line).event == notice
"""
    ended = run_without(code, tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("numpy", "it needs numpy, which is not installed"),
        ("trackio", "it needs trackio, which is not installed"),
        ("", "it needs trackio 0.5.2 or newer, and 0.5.1 is installed"),
    ],
)
def test_the_demo_says_what_it_needs(missing: str, said: str, tmp_path: Path) -> None:
    code = f"""
import importlib.metadata, importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == {missing!r} else sys
importlib.metadata.version = lambda name: "0.5.1"
from trackio_view.demo import training
from pathlib import Path
training.log_runs(Path("logged"), 0)
"""
    ended = run_without(code, tmp_path)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
