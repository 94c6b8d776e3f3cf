"""`--output FILE`, from the command line to the file."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from trackio_view.cli import main
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.model.events import DataEvent, LoadFinished
from trackio_view.model.project_id import ProjectId
from trackio_view.options.command_line import Options, WrongUsage, parse_arguments
from trackio_view.options.values import PICTURES
from trackio_view.pictures import png
from trackio_view.pictures.fonts import find_family, machine_fonts
from trackio_view.pictures.still import still_dashboard
from trackio_view.screens.shell.frame import Composer
from trackio_view.sources.trackio.project_watch import watch_project
from trackio_view.view.dashboard import Dashboard

REPOSITORY = Path(__file__).parents[2]
# An hour after the project's last row.
NOW = 1_767_265_200.0


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch) -> None:
    monkeypatch.setattr("trackio_view.pictures.command.time.time", lambda: NOW)


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """Return a directory with one project of two runs and a broken row."""
    folder = tmp_path / "projects"
    folder.mkdir()
    database = sqlite3.connect(folder / "small.db")
    database.execute("PRAGMA synchronous = OFF")
    database.executescript(
        "CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
        " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
        " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)"
    )
    database.executemany(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        [
            (
                run,
                f"2026-01-01T10:{minute:02}:{step % 60:02}+00:00",
                f"{run}-run",
                step,
                f'{{"train/loss": {5 / (step + 1)}, "val/accuracy": {step / 99}}}',
            )
            for minute, run in enumerate(("first", "second"))
            for step in range(60)
        ]
        + [("second", "2026-01-01T10:02:00+00:00", "second-run", 60, "{broken")],
    )
    database.commit()
    database.close()
    return folder


def write(projects: Path, output: Path, *more: str) -> int:
    return main(["--once", "--dir", str(projects), "--output", str(output), *more])


def frame_lines(options: Options, width: int = 120, height: int = 40) -> list[str]:
    return Composer().compose(still_dashboard(options, width, height), NOW).lines()


@pytest.mark.parametrize("ending", PICTURES)
def test_every_ending_gives_a_picture_and_nothing_else(projects, tmp_path, capsys, ending) -> None:
    if ending == ".png" and find_family(machine_fonts()) is None:
        pytest.skip("no monospace font on this machine")
    before = {path: path.read_bytes() for path in projects.iterdir()}
    folder = tmp_path / "out"
    folder.mkdir()
    assert write(projects, folder / f"frame{ending.upper()}") == 0
    assert [path.name for path in folder.iterdir()] == [f"frame{ending.upper()}"]
    assert capsys.readouterr() == ("", "")
    assert {path: path.read_bytes() for path in projects.iterdir()} == before


def test_the_picture_is_the_frame_in_the_size_and_zoom_asked_for(projects, tmp_path) -> None:
    path = tmp_path / "frame.txt"
    assert write(projects, path, "--size", "90x30", "--zoom", "4") == 0
    lines = path.read_text("utf-8").split("\n")
    assert lines == [*frame_lines(Options(dir=projects, zoom=4), 90, 30), ""]
    assert len(lines) == 31
    assert any("Last 50" in line for line in lines)
    assert any("1 row is left out" in line for line in lines)
    assert write(projects, path) == 0
    assert len(path.read_text("utf-8").split("\n")) == 41


def test_metric_and_run_are_selected(projects, tmp_path) -> None:
    path = tmp_path / "frame.txt"
    assert write(projects, path, "--run", "first-run", "--metric", "accuracy") == 0
    text = path.read_text("utf-8")
    assert "small ▸ first-run" in text
    assert " val/accuracy " in text
    assert "train/loss" not in text.replace("Loss", "")


def describe(path: Path) -> None:
    """Add an alert and a row of the machine, which shows that the second run is alive."""
    with sqlite3.connect(path) as database:
        database.executescript(
            "CREATE TABLE alerts(id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
            " run_name TEXT, title TEXT, text TEXT, level TEXT, step INTEGER);"
            "CREATE TABLE system_metrics(id INTEGER PRIMARY KEY, run_id TEXT NOT NULL,"
            " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL)"
        )
        database.execute(
            "INSERT INTO alerts(run_id, timestamp, run_name, title, level, step)"
            " VALUES ('second', '2026-01-01T10:01:30+00:00', 'second-run', 'odd', 'warn', 30)"
        )
        database.execute(
            "INSERT INTO system_metrics(run_id, timestamp, run_name, metrics)"
            " VALUES ('second', '2026-01-01T10:59:50+00:00', 'second-run', '{\"cpu\": 9}')"
        )
    database.close()


@pytest.mark.parametrize("described", [False, True])
async def test_a_still_is_what_the_live_sources_fill(projects: Path, described: bool) -> None:
    if described:
        describe(projects / "small.db")
    live = Dashboard(width=120, height=40)
    live.watch(ProjectId("", "small"))
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    finished = False
    async with send, receive, anyio.create_task_group() as group:
        group.start_soon(
            watch_project, str(projects / "small.db"), ProjectId("", "small"), 60.0, send
        )
        while True:
            with anyio.move_on_after(0.3 if finished else 10) as waiting:
                event = await receive.receive()
                live.apply(event)
                finished = finished or isinstance(event, LoadFinished)
            if waiting.cancelled_caught:
                break
        group.cancel_scope.cancel()
    assert finished
    shown = Composer().compose(live, NOW)
    still = Composer().compose(still_dashboard(Options(dir=projects), 120, 40), NOW)
    assert shown.glyphs == still.glyphs
    assert shown.styles == still.styles
    axis = next(line for line in shown.lines() if "└┬" in line)
    assert ("▲" in axis) is described
    assert ("looks live" in shown.lines()[0]) is described


def test_a_training_log(tmp_path) -> None:
    log, path = tmp_path / "train.log", tmp_path / "frame.txt"
    log.write_text("".join(f"step={step} loss={9 / (step + 1)}\n" for step in range(30)))
    assert main(["--once", "--log", str(log), "--output", str(path)]) == 0
    assert " loss " in path.read_text("utf-8")


def test_a_picture_shows_the_machine_metrics_of_a_run(projects, tmp_path, capsys) -> None:
    path = tmp_path / "frame.txt"
    assert write(projects, path, "--gpu-db", "-p", "small") == 1
    assert "auto_log_gpu=True" in capsys.readouterr().err
    database = sqlite3.connect(projects / "small.db")
    database.executemany(
        "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)",
        [
            ("second", f"2026-01-01T10:05:{s:02}+00:00", "second-run", s, '{"gpu/utilization": 93}')
            for s in range(20)
        ],
    )
    database.commit()
    database.close()
    assert write(projects, path, "--gpu-db", "-p", "small") == 0
    assert "93" in path.read_text("utf-8")
    capsys.readouterr()
    for more, said in (
        (("--run", "first-run"), "No GPU metrics found for project: small, run first-run\n"),
        (("--run", "third"), "No run 'third' in small\n"),
        (("--metric", "power"), "No metric power in run second-run\n"),
    ):
        assert write(projects, tmp_path / "none.txt", "--gpu-db", "-p", "small", *more) == 1
        assert capsys.readouterr().err.startswith(said)
        assert not (tmp_path / "none.txt").exists()


def test_gpus_of_a_machine_without_any(tmp_path) -> None:
    path = tmp_path / "frame.txt"
    (tmp_path / "root").mkdir()
    arguments = ["--once", "--gpu", "--sysroot", str(tmp_path / "root"), "--output", str(path)]
    assert main(arguments) == 0
    assert "GPU" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-p", "smal"], "The project 'smal' does not exist in {0}\nDid you mean: small?"),
        (["-p", "small", "-p", "other"], "The project 'other' does not exist in {0}"),
        (["--run", "third"], "No run 'third' in small"),
        (["--metric", "perplexity"], "No metric perplexity in second-run"),
    ],
)
def test_nothing_to_show_is_a_sentence_and_no_file(projects, tmp_path, capsys, more, said) -> None:
    path = tmp_path / "frame.svg"
    assert write(projects, path, *more) == 1
    assert not path.exists()
    assert capsys.readouterr() == ("", f"{said.format(projects)}\n")


def test_no_projects_no_log_and_no_database(tmp_path, capsys) -> None:
    path = tmp_path / "frame.svg"
    (tmp_path / "empty").mkdir()
    assert write(tmp_path / "empty", path) == 1
    assert "No TrackIO projects in " in capsys.readouterr().err
    assert main(["--once", "--log", str(tmp_path / "none.log"), "--output", str(path)]) == 1
    assert capsys.readouterr().err
    (tmp_path / "empty/odd.db").write_text("no database at all, and long enough to be sure" * 99)
    assert write(tmp_path / "empty", path, "-p", "odd") == 1
    assert capsys.readouterr().err.startswith("odd: ")
    assert not path.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--once", "--output", "frame.gif"],
        ["--once", "--output", "frame"],
        ["--once", "--output", ".svg"],
        ["--output", "frame.svg"],
        ["--once", "--size", "120x40"],
        *(
            ["--once", "--output", "frame.svg", "--size", size]
            for size in (
                "39x12",
                "40x11",
                "401x100",
                "400x101",
                "120",
                "x",
                "120x",
                "a x b",
                "-1x9",
            )
        ),
        ["--once", "--output", "frame.svg", "--format", "json"],
    ],
)
def test_wrong_usage(arguments) -> None:
    with pytest.raises(WrongUsage):
        parse_arguments(arguments)


def test_an_unknown_ending_names_those_known() -> None:
    with pytest.raises(WrongUsage) as fault:
        parse_arguments(["--once", "--output", "frame.gif"])
    assert all(ending in str(fault.value) for ending in PICTURES)


@pytest.mark.parametrize("size", [(40, 12), (400, 100)])
def test_the_smallest_and_the_largest_size(projects, tmp_path, size) -> None:
    path = tmp_path / "frame.svg"
    assert write(projects, path, "--size", f"{size[0]}x{size[1]}") == 0
    assert f'viewBox="0 0 {size[0] * 12} {size[1] * 24}"' in path.read_text("utf-8")


def test_without_a_font_a_sentence_offers_another_picture(
    projects, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(png, "machine_fonts", dict)
    monkeypatch.setattr(png, "any_monospace_family", lambda: None)
    assert write(projects, tmp_path / "frame.png") == ExitCode.UNWRITABLE
    said = capsys.readouterr().err
    assert "DejaVu Sans Mono" in said
    assert "SVG" in said
    assert not (tmp_path / "frame.png").exists()


def test_an_unwritable_place_is_a_sentence(projects, tmp_path, capsys) -> None:
    assert write(projects, tmp_path / "missing/frame.svg") == ExitCode.UNWRITABLE
    assert "No such file or directory" in capsys.readouterr().err
    (tmp_path / "folder.svg").mkdir()
    assert write(projects, tmp_path / "folder.svg") == ExitCode.UNWRITABLE
    assert "Is a directory" in capsys.readouterr().err


def test_a_disk_without_room_leaves_nothing(projects, tmp_path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "frame.svg").write_text("as it was")

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    arguments = ["--once", "--dir", str(projects), "--output", str(folder / "frame.svg")]
    done = subprocess.run(
        [sys.executable, "-m", "trackio_view", *arguments],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == ExitCode.UNWRITABLE
    assert "Cannot write" in done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["frame.svg"]
    assert (folder / "frame.svg").read_text() == "as it was"
