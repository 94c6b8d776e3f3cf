"""An open viewer disturbs no other program that works with a project's files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROWS = 120
TRAINING = f"""
import time, trackio
trackio.init(project="p", name="first", embed=False)
for step in range({ROWS}):
    trackio.log({{"loss": 1 / (step + 1)}})
    time.sleep(0.02)
trackio.finish()
print("trained", flush=True)
"""


def rows_in(path: Path) -> int:
    """Return how many rows a file has without the WAL beside it."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: int = database.execute("SELECT count(*) FROM metrics").fetchone()[0]
        return found


@pytest.fixture
def trained(folder: Any, tmp_path: Path) -> Any:
    """Return a function that runs a whole training with TrackIO and calls a function meanwhile."""

    def train(meanwhile: Any) -> None:
        environment = {
            **os.environ,
            "TRACKIO_DIR": str(folder.path),
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(tmp_path / "hf"),
            "GRADIO_ANALYTICS_ENABLED": "False",
        }
        with subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", TRAINING],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        ) as process:  # fmt: skip
            while process.poll() is None:
                meanwhile()
            assert process.returncode == 0

    return train


def test_a_project_that_is_moved_after_its_training_is_whole(
    start: Any, folder: Any, trained: Any
) -> None:
    folder.train(1, project="p")
    console = start("--project", "p", interval=0.1)
    console.wait_for("p ▸ run")
    trained(lambda: console.take_in(0.1))
    console.wait_for(f"step {ROWS - 1}")
    shutil.copy(folder.file("p"), folder.path / "copy.bak")
    moved = folder.file("p").rename(folder.path / "moved.bak")
    assert rows_in(folder.path / "copy.bak") == rows_in(moved) == ROWS + 1
    beside = {name for name in folder.state() if not name.endswith(".lock")}
    assert beside == {"copy.bak", "moved.bak"}
    console.type("q")
    assert console.exit_code() == 0
    beside = {name for name in folder.state() if not name.endswith(".lock")}
    assert beside == {"copy.bak", "moved.bak"}


def test_between_two_flushes_the_file_alone_is_whole(start: Any, folder: Any) -> None:
    folder.train(3000)
    console = start("--project", "project", interval=0.1)
    console.wait_for("step 2,999")
    for step in range(3000, 3025):
        folder.train(1, first_step=step)
        assert rows_in(folder.file()) == step + 1
        assert sorted(folder.state()) == ["project.db"]
        console.take_in(0.1)
        assert rows_in(folder.file()) == step + 1
    console.wait_for("step 3,024")


def test_while_a_project_is_loaded_its_training_goes_on_undisturbed(
    start: Any, folder: Any
) -> None:
    count = 40_000
    folder.train(count)
    console = start("--project", "project", interval=0.1)
    for step in range(count, count + 15):
        folder.train(1, first_step=step)
        assert sorted(folder.state()) == ["project.db"]
        console.take_in(0.1)
    console.wait_for(f"step {count + 14:,}")
    assert rows_in(folder.file()) == count + 15


@pytest.mark.parametrize("way", ["copied over", "renamed over"])
def test_a_backup_that_is_put_back_stays_as_it_is(start: Any, folder: Any, way: str) -> None:
    folder.train(40)
    backup = Path(shutil.copy(folder.file(), folder.path / "backup.bak"))
    console = start("--project", "project", interval=0.1)
    console.wait_for("step 39")
    folder.train(400, first_step=40)
    console.wait_for("step 439")
    if way == "copied over":
        shutil.copyfile(backup, folder.file())
    else:
        shutil.copy(backup, folder.path / "new.bak")
        (folder.path / "new.bak").replace(folder.file())
    console.wait_for("step 39")
    console.type("q")
    assert console.exit_code() == 0
    assert folder.file().read_bytes() == backup.read_bytes()
    assert rows_in(folder.file()) == 40
    assert sorted(folder.state()) == ["backup.bak", "project.db"]


def test_a_log_that_is_removed_is_noticed(start: Any, folder: Any) -> None:
    folder.train(10)
    writer = folder.connect()
    writer.execute("INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
                   " VALUES ('id-run', '', 'run', 10, '{\"loss\": 0.125}')")  # fmt: skip
    console = start("--project", "project", interval=0.1)
    console.wait_for("step 10", "0.1250")
    log = folder.file().with_name("project.db-wal")
    assert log.stat().st_size > 0
    log.unlink()
    console.wait_for("step 9")
    console.type("q")
    assert console.exit_code() == 0
    writer.close()


def test_a_writer_that_stays_connected_is_followed(start: Any, folder: Any) -> None:
    folder.train(10)
    writer = folder.connect()
    console = start("--project", "project", interval=0.1)
    insert = (
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
        " VALUES ('id-run', '', 'run', ?, ?)"
    )
    for step in range(10, 30):
        writer.execute(insert, (step, json.dumps({"loss": step})))
        console.take_in(0.05)
    console.wait_for("step 29")
    writer.close()
    deadline = time.monotonic() + 5
    while len(folder.state()) > 1 and time.monotonic() < deadline:
        console.take_in(0.05)
    assert sorted(folder.state()) == ["project.db"]
    assert rows_in(folder.file()) == 30
