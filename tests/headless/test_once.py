"""The text of `--once`, byte for byte, and its parts that options select."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trackio_view.headless import once
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import ColorDepth

TEXTS = Path(__file__).parent / "texts"
REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("zoom", ["0", "1", "4"])
@pytest.mark.parametrize("run", ["first", "second"])
def test_the_text_is_byte_for_byte_as_it_was(command, varied, request, run: str, zoom: str) -> None:
    ended = command("--once", "-p", "varied", "--run", run, "-z", zoom)
    assert (ended.code, ended.err) == (0, "")
    golden = TEXTS / f"{run}-zoom-{zoom}.txt"
    if request.config.getoption("--update-frames"):
        golden.write_text(ended.out, encoding="utf-8")
    assert ended.out == golden.read_text(encoding="utf-8")


LABELS = """\
Latest Iteration: 699
Latest Loss: 0.67
Loss Change: -0.163333 (from 0.833333)
Min Loss: 0.67
Max Loss: Infinity
Learning Rate: 0.001
Sparsity: 69.9%
"""


def test_the_contract_of_the_labels_is_older_than_any_golden_file(command, varied) -> None:
    assert f"\n{LABELS}\nMetric " in command("--once", "-z", "4").out


def test_without_a_choice_it_is_the_newest_run(command, varied) -> None:
    assert command("--once").out == command("--once", "--run", "second").out


def test_the_newest_run_that_logged_numbers_stands_for_newer_ones_without(
    command, new_project
) -> None:
    project = new_project("p")
    for at, (run, row) in enumerate([("oldest", {"loss": 3}), ("older", {"loss": 2})]):
        project.log([row], run, start=1e9 + at)
    project.log([{"text": "a word"}], "newest", start=1e9 + 9)
    ended = command("--once")
    assert (ended.code, ended.out) == (0, command("--once", "--run", "older").out)
    assert ended.err.startswith("newest logged no numbers")
    alone = command("--once", "--run", "newest")
    assert (alone.code, alone.out) == (1, "")


def test_several_projects_give_a_block_each(command, new_project) -> None:
    for name in ("a", "b"):
        new_project(name).log([{"loss": 1.5}, {"loss": 0.5}])
    both = command("--once", "-p", "a", "-p", "b")
    alone = [command("--once", "-p", name).out for name in ("a", "b")]
    assert both.out == "\n".join(alone)
    assert both.out.count("\nLatest Loss: 0.5\n") == 2


def test_all_projects_give_a_block_each_the_newest_first(command, new_project, folder) -> None:
    for name, start in (("old", 1_600_000_000.0), ("new", 1_700_000_000.0)):
        new_project(name).log([{"loss": 1.5}, {"loss": 0.5}], start=start)
    (folder / "empty.db").touch()
    every = command("--once", "--all")
    assert every.code == 0
    assert every.out == command("--once", "-p", "new", "-p", "old").out
    found = command("--once", "--all", "--format", "json").json["projects"]
    assert [project["name"] for project in found] == ["new", "old"]


def test_a_missing_project_among_others_is_told_and_the_others_printed(
    command, new_project
) -> None:
    new_project("a").log([{"loss": 1.5}])
    ended = command("--once", "-p", "nope", "-p", "a")
    assert ended.code == ExitCode.NOTHING
    assert ended.err.startswith("The project 'nope' does not exist in ")
    assert ended.err.count("\n") == 1
    assert "Latest Loss: 1.5" in ended.out


def test_metrics_by_name_and_by_expression(command, varied) -> None:
    ended = command("--once", "--metric", "^val", "--metric", "sparsity")
    assert "Sparsity: 69.9%" in ended.out
    assert "val/accuracy" in ended.out
    assert "train/loss" not in ended.out
    assert "Learning Rate" not in ended.out


def test_a_name_goes_before_an_expression(command, new_project) -> None:
    new_project().log([{"loss": 1, "val/loss": 2}])
    assert "val/loss" not in command("--once", "--metric", "loss").out
    assert "val/loss" in command("--once", "--metric", "loss$", "--metric", "^val").out


def test_a_metric_that_is_not_there(command, varied) -> None:
    ended = command("--once", "--metric", "tran/loss")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("No metric tran/loss in run second")
    assert "train/loss" in ended.err


def test_a_name_that_is_logged_rarely_is_no_expression_for_others(command, new_project) -> None:
    project = new_project()
    project.log([{"acc": 0.5}])
    project.log([{"train/acc": row} for row in range(600)])
    ended = command("--once", "-z", "4", "--metric", "acc")
    assert "train/acc" not in ended.out
    assert "Latest Loss: 0.5 (acc)" in ended.out


def test_runs_by_name_by_id_and_by_its_beginning(command, new_project) -> None:
    project = new_project()
    project.log([{"loss": 1}], "twin", run_id="aaa111")
    project.log([{"loss": 2}], "twin", run_id="bbb222")
    project.log([{"loss": 3}], "other", run_id="ccc333")
    for wanted, value in (("twin", 2), ("aaa", 1), ("aaa111", 1), ("ccc333", 3)):
        assert f"Latest Loss: {value}\n" in command("--once", "--run", wanted).out
    ended = command("--once", "--run", "twins")
    assert (ended.code, ended.out) == (1, "")
    assert "Did you mean: twin" in ended.err


def test_since_leaves_older_rows_out(command, new_project) -> None:
    now = time.time()
    project = new_project().log([{"loss": 9}, {"loss": 8}], start=now - 7200)
    project.log([{"loss": 3}, {"loss": 2}, {"loss": 1}], start=now - 60)
    ended = command("--once", "--since", "1h")
    assert "Loss Change: -2 (from 3)" in ended.out
    assert "View: All data, since " in ended.out
    assert "Max Loss: 9" in command("--once", "--since", "3h").out
    ended = command("--once", "--since", "10s")
    assert (ended.code, ended.out) == (1, "")


@pytest.mark.parametrize(
    ("first", "last", "change"),
    [
        (1e-12, 2e-12, "0.000000000001"),
        (0.1, 0.3, "0.2"),
        (2**63, 1e-5, "-9223370000000000000"),
        (1 / 3, 0.396506123, "0.0631728"),
        (1234567, 1234569, "2"),
        (2**64 - 1, 2**64 - 2, "-1"),
        (1e300, 1, f"-{10**300}"),
        (-1e16, 1e-16, "10000000000000000"),
        ("NaN", 1, "NaN"),
        (1, "Infinity", "NaN"),
    ],
)
def test_the_change_is_plain(command, new_project, first, last, change: str) -> None:
    new_project().log([{"loss": first}, {"loss": last}])
    assert f"\nLoss Change: {change} (from " in command("--once").out


def test_a_smoothed_value_is_that_of_the_whole_run_at_every_zoom(command, varied) -> None:
    told = set()
    for zoom in ("0", "4"):
        lines = command("--once", "-z", zoom, "--smooth", "0.99").out.splitlines()
        told |= {line for line in lines if line.startswith("Smoothed Loss: ")}
    assert len(told) == 1


def test_labels_of_what_is_no_number(command, new_project) -> None:
    project = new_project()
    project.log([{"loss": 1, "lr": "NaN", "sparsity": "NaN"}], "nan")
    project.log([{"loss": 1, "lr": "-Infinity", "sparsity": "Infinity"}], "infinite")
    project.log([{"loss": 10**400, "lr": 10**400, "sparsity": 10**400}], "huge")
    expected = {"nan": ("NaN", "NaN"), "infinite": ("-Infinity", "Infinity")}
    for run, (rate, sparsity) in {**expected, "huge": ("1e400", f"1{'0' * 400}.0%")}.items():
        out = command("--once", "--run", run).out
        assert f"\nLearning Rate: {rate}\nSparsity: {sparsity}\n" in out


def test_a_directory_without_anything_readable_is_said_in_one_line(command, folder) -> None:
    assert command("--once").err == f"No TrackIO projects in {folder}\n"
    missing = folder / "misspelled"
    for arguments in (["--once"], ["--list"], ["--once", "--project", "p"]):
        ended = command(*arguments, "--dir", str(missing))
        said = f"No TrackIO projects in {missing}: there is no such folder\n"
        assert (ended.code, ended.out, ended.err) == (1, "", said)
    (folder / "text.db").write_text("no database, and longer than a header is\n" * 5)
    assert command("--once").err == "text: The file is not an SQLite database.\n"
    ended = command("--once", "--dir", str(folder / "text.db"))
    assert (ended.code, ended.err) == (
        1,
        f"Cannot look into {folder / 'text.db'}: Not a directory\n",
    )


def test_a_log_that_cannot_be_read_is_said_in_one_line(command, tmp_path) -> None:
    missing = tmp_path / "none.log"
    for form in ("text", "json"):
        ended = command("--once", "--format", form, "--log", str(missing))
        assert (ended.code, ended.err) == (1, f"{missing} does not exist\n")


@pytest.mark.parametrize("short", [True, False])
def test_the_loss_is_that_of_the_run_at_every_zoom(
    command, new_project, monkeypatch, short
) -> None:
    if not short:
        monkeypatch.setattr(once, "SHORT_ROWS", 10)
    project = new_project().log([{"train/loss": 3, "lr": 0.5}, {"train/loss": 2}])
    project.log([{"val/loss": row, "acc": 0.5} for row in range(3000)])
    for zoom in ("0", "4"):
        out = command("--once", "-z", zoom).out
        assert "\nLatest Loss: 2\n" in out
        assert "\nLearning Rate: 0.5\n" in out
    assert "\n(the loss was not logged within this window)\n" in out


def test_no_column_is_lost_to_wide_numbers(command, new_project) -> None:
    new_project().log([{"loss": 1, "big": 2**60}, {"loss": 1, "big": 2**60 + 1}])
    assert "Change" in command("--once").out
    assert f"{2**60 + 1:,}" in command("--once").out


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_full_disk_is_said_and_a_broken_pipe_is_not(varied, folder, form: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    line = [sys.executable, "-m", "trackio_view", "--once", "-p", "varied", "--format", form]
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                line, stdout=full, stderr=subprocess.PIPE, env=environment, text=True, check=False
            )
        assert done.returncode == ExitCode.UNWRITABLE
        assert done.stderr == "The output cannot be written: no space left on device.\n"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        line, stdout=writing, stderr=subprocess.PIPE, env=environment, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_byte_of_a_name_is_a_control_character(command, new_project) -> None:
    evil = "loss\x1b[2J\x07\n\x9b\u202e"
    new_project("p").log([{evil: 1.0, "b\tc": 2}], "run\x1b]0;x\x07")
    for form in ("text", "json", "csv"):
        out = command("--once", "--format", form).out
        assert all(letter.isprintable() or letter == "\n" for letter in out)


@pytest.mark.parametrize(
    ("terminal", "encoding", "shown"),
    [
        ("xterm", "utf-8", Repertoire.BRAILLE),
        ("linux", "utf-8", Repertoire.BLOCKS),
        ("linux", "latin-1", Repertoire.ASCII),
        (None, "utf-8", Repertoire.BRAILLE),
        (None, "ascii", Repertoire.ASCII),
    ],
)
def test_glyphs_are_those_of_the_terminal_and_of_a_file_those_of_its_encoding(
    monkeypatch: pytest.MonkeyPatch, terminal: str | None, encoding: str, shown: Repertoire
) -> None:
    monkeypatch.delenv("TRACKIO_VIEW_GLYPHS", raising=False)
    monkeypatch.setenv("TERM", terminal or "linux")
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(stream, "isatty", lambda: terminal is not None)
    assert once.page_for(stream, "dark").repertoire is shown


def test_colours_that_are_forced_go_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert once.page_for(stream, "dark").depth is None
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.setenv("FORCE_COLOR", "3")
    page = once.page_for(stream, "dark")
    assert page.depth is ColorDepth.TRUECOLOR
    # The width and the glyphs of the terminal must not change the text in a file.
    assert page.repertoire is Repertoire.BRAILLE
    monkeypatch.setenv("NO_COLOR", "1")
    assert once.page_for(stream, "dark").depth is None


def test_only_a_run_that_lives_has_time_left(command, new_project) -> None:
    for name, ago in (("now", 0), ("then", 86_400)):
        project = new_project(name).configure({"max_steps": 200})
        project.log([{"loss": 1.0}] * 100, start=time.time() - ago - 99)
    now, then = (
        next(line for line in command("--once", "-p", name).out.splitlines() if "Progress" in line)
        for name in ("now", "then")
    )
    assert "step 99 of 200, 1.0/s" in now
    assert "step 99 of 200, 1.0/s" in then
    assert ("ETA" in now, "ETA" in then) == (True, False)


def test_alerts_of_the_run_are_marked_on_its_graph(command, new_project) -> None:
    project = new_project()
    project.log(({"loss": 4.0 / (row + 1)} for row in range(30)), "run")
    project.log(({"loss": 4.0 / (row + 1)} for row in range(30)), "other")
    project.alert("odd", run="run", step=10)
    project.alert("without a step", run="run")
    assert command("--once", "--run", "run").out.count("▲") == 1
    assert "▲" not in command("--once", "--run", "other").out
