"""`e` writes the screen into a file, and replaces a file only after a second Enter."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import REPOSITORY
from trackio_view.live.exporting import Exporter
from trackio_view.model.events import LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.themes import DARK
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard

ENTER, ESCAPE, CTRL_U = "\r", "\x1b", "\x15"
# A hundred keys at once count as a paste, with Enter in it, because long paths are pasted.
PASTE, PASTED = "\x1b[200~", "\x1b[201~"


@pytest.fixture
def console(start: Any, folder: Any, tmp_path: Path) -> Any:
    """A screen of a training; the program was started in another directory than that of the
    data."""
    folder.train(300, project="bert\x1b[31m tune")
    console = start(size=(120, 30))
    console.wait_for("3.7010", "All data")
    return console


def test_the_very_frame_is_written(console: Any, tmp_path: Path) -> None:
    console.press("+", "Last 500")
    console.settle()
    before = console.text
    console.press("e", "write to: bert-31m-tune.png")
    console.press(
        f"{CTRL_U}{PASTE}{tmp_path}/frame.txt{PASTED}{ENTER}", f"wrote {tmp_path}/frame.txt"
    )
    written = (tmp_path / "frame.txt").read_text("utf-8")
    assert written.rstrip("\n").split("\n") == before.rstrip("\n").split("\n")
    for ending, begin in ((".svg", b"<svg"), (".html", b"<!"), (".ans", b"\x1b[")):
        console.press(
            f"e{CTRL_U}{PASTE}{tmp_path}/frame{ending}{PASTED}{ENTER}",
            f"wrote {tmp_path}/frame{ending}",
        )
        content = (tmp_path / f"frame{ending}").read_bytes()
        assert begin in content[:200]
        assert b"\x1b[31m tune" not in content
        # The proposed name has the ending of the last file.
        console.press("e", f"write to: bert-31m-tune{ending}")
        console.press(ESCAPE, "Last 500")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
    assert console.foreign_bytes() == []


def test_csv_is_what_the_script_gets(console: Any, folder: Any, tmp_path: Path) -> None:
    path = tmp_path / "window.csv"
    console.press(f"e{CTRL_U}{PASTE}{path}{PASTED}{ENTER}", f"wrote {path}")
    command = [sys.executable, "-m", "trackio_view", "--once", "--format", "csv", "--dir"]
    done = subprocess.run(
        [*command, folder.path], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert path.read_text("utf-8") == done.stdout
    smoothed = tmp_path / "smoothed.csv"
    console.press(f"100-109{ENTER}", "100–109")
    console.press(f"se{CTRL_U}{PASTE}{smoothed}{PASTED}{ENTER}", f"wrote {smoothed}")
    rows = list(csv.DictReader(io.StringIO(smoothed.read_text("utf-8"))))
    assert {int(row["step"]) for row in rows} == set(range(100, 110))
    assert all(float(row["smoothed"]) for row in rows)


def test_no_file_is_replaced_unasked(console: Any, tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("mine")
    console.press(f"e{CTRL_U}{PASTE}{path}{PASTED}{ENTER}", "it exists: Enter replaces it")
    assert path.read_text() == "mine"
    console.type(f"2{ESCAPE}")
    console.wait_while("write to:")
    assert path.read_text() == "mine"
    console.press(f"e{CTRL_U}{PASTE}{path}{PASTED}{ENTER}", "it exists")
    console.press(ENTER, "wrote ")
    assert "loss" in path.read_text("utf-8")
    assert sorted(os.listdir(tmp_path)) == ["data", "kept.txt"], "nothing lies beside it"


def test_why_nothing_is_written_is_said_and_mended(console: Any, tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    for name, said in (
        ("x.jpg", "end it in .svg .png .html .txt .ans .csv"),
        ("nowhere/x.txt", "cannot write it: no such file or directory"),
        ("folder.txt", "that is a folder"),
        ("data/no-file.db/x.txt", "cannot write it: n"),
        (f"{'x' * 300}.txt", "cannot write it: file name too long"),
    ):
        console.press(f"e{CTRL_U}{PASTE}{tmp_path}/{name}{PASTED}{ENTER}", said)
        console.type(ESCAPE)
        console.wait_while("write to:")
    console.press(f"e{CTRL_U}{PASTE}{tmp_path}/nowhere/x.txt{PASTED}{ENTER}", "no such file")
    console.press(f"{CTRL_U}{PASTE}{tmp_path}/x.txt{PASTED}{ENTER}", "wrote ")
    console.press(f"e{CTRL_U}", "write to: ▏")
    console.type(ENTER)
    console.wait_while("write to:")


def test_a_disk_that_is_full_leaves_nothing(start: Any, folder: Any, tmp_path: Path) -> None:
    folder.train(50)
    script = """
    import errno, os
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync = full
    """
    console = start(script=script, size=(120, 30))
    console.wait_for("3.9510")
    console.press(
        f"e{CTRL_U}{PASTE}{tmp_path}/x.csv{PASTED}{ENTER}",
        "cannot write it: no space left on device",
    )
    console.press(ESCAPE, "All data")
    assert not [name for name in os.listdir(tmp_path) if "x.csv" in name]


def test_a_disk_that_hangs_holds_up_no_key(start: Any, folder: Any, tmp_path: Path) -> None:
    folder.train(50)
    release = tmp_path / "release"
    script = f"""
    import os, time
    sync = os.fsync
    def hang(descriptor):
        while not os.path.exists({str(release)!r}):
            time.sleep(0.01)
        sync(descriptor)
    os.fsync = hang
    """
    console = start(script=script, size=(120, 30))
    console.wait_for("3.9510")
    console.press(f"e{CTRL_U}{PASTE}{tmp_path}/x.txt{PASTED}{ENTER}", "write to")
    console.press(f"{ESCAPE}", "All data")
    console.press("+", "Last 500")
    assert not (tmp_path / "x.txt").exists()
    release.touch()
    console.wait_for(f"wrote {tmp_path}/x.txt")


@pytest.mark.anyio
async def test_each_file_has_the_screen_on_which_it_was_asked_for(
    batch: Any, tmp_path: Path
) -> None:
    project = ProjectId("", "p")
    dashboard = Dashboard(width=120, height=40)
    dashboard.watch(project)
    dashboard.apply(LoadStarted(project, 0, 6))
    exporter = Exporter(dashboard, Composer())
    written = []
    for number in range(0, 6, 2):
        for at in (number, number + 1):
            # What comes while a name is typed is not in the file.
            rows = batch({f"metric-{at}": [1.0]}, first_id=at + 1, steps=[at])
            dashboard.apply(RowsLoaded(project, 0, [rows], at + 1))
            if at == number:
                assert exporter.look(0.0) is None
                dashboard.view.open(Mode.EXPORT)
                assert exporter.look(0.0) is None
        path = tmp_path / f"{number}.txt"
        dashboard.view.export.wanted = str(path)
        frame = exporter.look(0.0)
        assert frame is not None
        await exporter.write(frame, DARK)
        dashboard.view.back()
        text = path.read_text("utf-8")
        written.append([at for at in range(6) if f"metric-{at} " in text])
    assert written == [[0], [0, 1, 2], [0, 1, 2, 3, 4]]
