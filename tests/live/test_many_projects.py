"""Several projects that TrackIO itself is writing at once, watched from one terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TRAINING = """
import sys
import trackio

# Ten runs of one project, a step of each in turn.
project = sys.argv[1]
runs = [
    trackio.init(
        project=project, name=f"{project}-run-{number}", embed=False,
        config={"learning_rate": 0.1 / (number + 1), "group_of": number % 2},
    )
    for number in range(10)
]
for step in range(12):
    for number, run in enumerate(runs):
        run.log({"train/loss": 1 + number - step / 16})
for run in runs:
    run.finish()
print("logged", flush=True)
# The last run goes on once the test has looked.
sys.stdin.readline()
run = trackio.init(project=project, name=f"{project}-late", embed=False)
run.log({"train/loss": 0.0625})
run.finish()
"""
PROJECTS = ("alpha", "beta", "gamma")


@pytest.fixture
def trainings(folder: Any, tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Return three processes that log ten runs each at the same time, then wait for a line."""
    script = tmp_path / "training.py"
    script.write_text(TRAINING)
    environment = {
        **os.environ,
        "TRACKIO_DIR": str(folder.path),
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", str(script), project],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        for project in PROJECTS
    ]
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_thirty_runs_of_three_projects_appear_while_they_are_written(
    start: Any, trainings: list[subprocess.Popen[str]]
) -> None:
    console = start("--all", size=(140, 45))
    console.wait_for("train/loss")
    console.type("t")
    for project in PROJECTS:
        console.wait_for(f"{project}-run-0", f"{project}-run-9")
    console.type("/late\r")
    for process in trainings:
        assert process.stdin is not None
        process.stdin.write("go on\n")
        process.stdin.flush()
    console.wait_for(*(f"{project}-late" for project in PROJECTS))
    console.wait_while("alpha-run-0")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
