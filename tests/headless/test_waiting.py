"""Every outcome of `--until`, by a clock of the tests; only new rows are read."""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.terminal_output import rest_of_output
from trackio_view.headless import waiting as waiting_room
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.waiting import OUTCOMES, ProgressLine, environment_of, wait_until
from trackio_view.options.command_line import Options, parse_arguments
from trackio_view.options.condition import parse_condition
from trackio_view.sources.several import SeveralSources
from trackio_view.sources.trackio.source import TrackioFiles

START = 1_772_359_200.0
REPOSITORY = Path(__file__).parents[2]


def ignore(_: str) -> None:
    return None


def test_a_condition_that_holds_already_ends_the_wait(new_project, waiting, clock) -> None:
    new_project("p").log([{"loss": 2}, {"loss": 0.5}], start=START - 3)
    assert waiting().wait(ignore) is ExitCode.DONE
    assert clock.passed == 0


def test_only_the_last_value_counts(new_project, waiting) -> None:
    new_project("p").log([{"loss": 0.5}, {"loss": 2}, {"other": 0}], start=START - 3)
    assert waiting(timeout=10).wait(ignore) is ExitCode.TIMED_OUT


def test_it_waits_for_a_project_a_metric_and_the_value(new_project, waiting, clock) -> None:
    made = []
    clock.at(10, lambda: made.append(new_project("p")))
    clock.at(20, lambda: made[0].log([{"other": 0}], start=clock.time))
    clock.at(30, lambda: made[0].log([{"loss": 3}], start=clock.time))
    clock.at(40, lambda: made[0].log([{"loss": 0.25}], start=clock.time))
    seen: list[str] = []
    assert waiting().wait(seen.append) is ExitCode.DONE
    assert clock.passed == 40
    assert "no run yet" in seen[0]
    assert any("not logged yet" in line for line in seen)
    assert seen[-1].endswith("run: 3 at step 1")


def test_no_step_is_told_of_a_row_whose_step_is_no_number(new_project, waiting) -> None:
    project = new_project("p").log([{"loss": 3}], start=START)
    project.execute("UPDATE metrics SET step = ?", [("soon",)])
    seen: list[str] = []
    assert waiting(timeout=1).wait(seen.append) is ExitCode.TIMED_OUT
    assert seen == ["0:00 waiting for loss < 1 · run: 3"]


def test_without_a_name_it_is_the_first_project_with_data(new_project, waiting, clock) -> None:
    new_project("empty")
    clock.at(6, lambda: new_project("later").log([{"loss": 0}], start=clock.time))
    wait = waiting(project=None)
    assert wait.wait(ignore) is ExitCode.DONE
    assert wait.watch.project == "later"


def test_the_time_is_up_to_the_second(new_project, waiting, clock) -> None:
    new_project("p").log([{"loss": 2}], start=START)
    assert waiting(timeout=7).wait(ignore) is ExitCode.TIMED_OUT
    assert clock.passed == 7


def test_silence_goes_by_the_run_s_own_pace(new_project, waiting, clock) -> None:
    new_project("p").log([{"loss": 2}] * 20, start=START - 19)
    assert waiting().wait(ignore) is ExitCode.SILENT
    assert clock.passed == 300
    new_project("slow").log([{"loss": 2}] * 20, start=clock.time - 19 * 100, gap=100)
    before = clock.passed
    assert waiting(project="slow").wait(ignore) is ExitCode.SILENT
    assert clock.passed - before == 1000


def test_a_run_that_ended_long_ago_is_silent_at_once(new_project, waiting, clock) -> None:
    new_project("p").log([{"loss": 2}] * 20, start=START - 86_400)
    assert waiting().wait(ignore) is ExitCode.SILENT
    assert clock.passed == 0
    assert waiting(silence=100_000, timeout=50).wait(ignore) is ExitCode.TIMED_OUT


def test_a_clock_that_is_ahead_keeps_no_run_alive(new_project, waiting, clock) -> None:
    new_project("p").log([{"loss": 2}] * 20, start=START + 86_400)
    assert waiting(silence=60).wait(ignore) is ExitCode.SILENT
    assert clock.passed == 60


def test_rows_put_silence_off(new_project, waiting, clock) -> None:
    project = new_project("p").log([{"loss": 2}], start=START)
    for seconds in range(50, 1000, 50):
        clock.at(seconds, lambda: project.log([{"loss": 2}], start=clock.time))
    assert waiting(silence=60).wait(ignore) is ExitCode.SILENT
    assert clock.passed == pytest.approx(1010, abs=2)


@pytest.mark.parametrize("fail", [True, False])
def test_nan(new_project, waiting, clock, fail: bool) -> None:
    project = new_project("p").log([{"loss": 2}], start=START)
    clock.at(4, lambda: project.log([{"loss": "NaN"}, {"loss": 0.5}], start=clock.time))
    outcome = waiting("loss != 2", fail_on_nan=fail).wait(ignore)
    assert outcome is (ExitCode.NOT_A_NUMBER if fail else ExitCode.DONE)


def test_a_nan_that_was_got_over_before_is_none(new_project, waiting) -> None:
    new_project("p").log([{"loss": "NaN"}, {"loss": 0.5}], start=START - 2)
    assert waiting(fail_on_nan=True).wait(ignore) is ExitCode.DONE
    new_project("q").log([{"loss": 0.5}, {"loss": "NaN"}, {"n": 1}], start=START - 2)
    assert waiting(project="q", fail_on_nan=True).wait(ignore) is ExitCode.NOT_A_NUMBER
    assert waiting("loss != 0", project="q", timeout=4).wait(ignore) is ExitCode.TIMED_OUT


def test_a_damaged_database_is_told_and_waited_for(folder, clock, capsys, new_project) -> None:
    (folder / "p.db").write_bytes(b"garbage" * 1000)
    options = parse_arguments(["-p", "p", "--until", "loss<1", "--timeout", "9"])
    assert wait_until(options, clock.clock()) == 3
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "The file is not an SQLite database.\n")


def test_a_fault_is_told_once_as_long_as_it_lasts_and_again_where_it_comes_again(capsys) -> None:
    line = ProgressLine()
    for fault in (None, "It is locked.", "It is locked.", None, None, "It is locked."):
        line.complain(fault)
    assert capsys.readouterr().err == "It is locked.\n" * 2
    line.complain("It is damaged.")
    assert capsys.readouterr().err == "It is damaged.\n"


def test_nothing_is_printed_and_the_code_tells(command, new_project) -> None:
    new_project("p").log([{"loss": 0.5}], start=time.time())
    assert command("-p", "p", "--until", "loss < 1") == (0, "", "")
    assert command("-p", "p", "--until", "loss < 0.1", "--timeout", "0") == (3, "", "")
    assert command("-p", "p", "--until", "loss < 0.1", "--silence", "0s") == (4, "", "")


@pytest.mark.parametrize(("ends", "code"), [(("--timeout", "0"), 3), (("--silence", "0s"), 4)])
def test_a_metric_that_was_never_logged_is_told_of_with_the_nearest(
    command, new_project, ends: tuple[str, str], code: int
) -> None:
    new_project("p").log([{"loss/train": 0.5}], start=time.time())
    sentence = "No metric loss/trian in run run\nDid you mean: loss/train?\n"
    assert command("-p", "p", "--until", "loss/trian < 1", *ends) == (code, "", sentence)
    assert command("-p", "p", "--until", "step < 0", *ends) == (code, "", "")


def test_a_project_that_never_came_is_told_of_with_the_nearest(command, new_project) -> None:
    folder = new_project("mnist").path.parent
    sentence = f"The project 'mnst' does not exist in {folder}\nDid you mean: mnist?\n"
    until = ("--until", "loss < 1", "--timeout", "0")
    assert command("-p", "mnst", *until) == (3, "", sentence)
    assert command("-p", "mnist", *until) == (3, "", ""), "it is there, and has no row yet"


def test_of_two_projects_of_one_name_it_is_told_which_is_waited_for(
    folder: Path,
    new_project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (other := tmp_path / "other").mkdir()
    for name in ("twin", "single"):
        new_project(name).log([{"loss": 0.5}], start=time.time())
    shutil.copy(folder / "twin.db", other / "twin.db")
    both = SeveralSources([TrackioFiles(str(one), 1.0) for one in (folder, other)])
    monkeypatch.setattr(waiting_room, "chosen_source", lambda *_: nullcontext(both))

    def said(project: str, condition: str) -> tuple[int, str]:
        until = parse_condition(condition)
        options = Options(server=("a", "b"), project=(project,), until=until, timeout=0.0)
        return wait_until(options), capsys.readouterr().err

    sentence = f"The project 'twin' is in {folder} and in {other}: waiting for that in {folder}\n"
    assert said("twin", "loss < 1") == (0, sentence)
    assert said("single", "loss < 1") == (0, "")
    code, told = said("absent", "loss < 1")
    assert (code, told) == (3, f"The project 'absent' does not exist in {both.origin}\n")


def test_a_demo_runs_its_own_training(command, tmp_path, monkeypatch) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    told = tmp_path / "told"
    script = f"echo $TRACKIO_VIEW_PROJECT $TRACKIO_VIEW_RUN >'{told}'"
    arguments = ("--demo", "--until", "train/loss < 9", "-i", "0.1", "--timeout", "60s")
    assert command(*arguments, "--exec", script) == (0, "", "")
    assert told.read_text() == "demo sgd-16\n"
    # The training has left no row.
    assert list(scratch.iterdir()) == []


def test_a_demo_that_fails_is_one_sentence(command, tmp_path, monkeypatch) -> None:
    broken = tmp_path / "training.py"
    broken.write_text("import sys\nsys.exit('no luck')\n")
    monkeypatch.setattr("trackio_view.demo.launch._TRAINING", broken)
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    arguments = ("--demo", "--until", "loss<1", "-i", "0.1", "--exec", "exit 9", "--timeout", "60s")
    assert command(*arguments) == (1, "", "the demo training failed: no luck\n")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    ended = command(*arguments)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("the demo has no place to log to")


def test_exec_knows_the_outcome_and_does_not_change_the_code(
    command, new_project, tmp_path
) -> None:
    told = tmp_path / "told"
    new_project("p").log([{"loss": 0.5}], "a\x1b$(touch x)", start=time.time())
    script = f"env | grep ^TRACKIO_VIEW_ | sort >>'{told}'; exit 9"
    ended = command("-p", "p", "--until", "loss < 0.1", "--timeout", "0", "--exec", script)
    assert ended.code == 3
    assert ended.err == "The command of --exec ended with 9.\n"
    assert told.read_text().splitlines() == [
        "TRACKIO_VIEW_CONDITION=loss < 0.1",
        "TRACKIO_VIEW_EXIT_CODE=3",
        "TRACKIO_VIEW_METRIC=loss",
        "TRACKIO_VIEW_OUTCOME=timeout",
        "TRACKIO_VIEW_PROJECT=p",
        "TRACKIO_VIEW_RUN=a\u241b$(touch x)",
        "TRACKIO_VIEW_RUN_ID=id-of-a\u241b$(touch x)",
        "TRACKIO_VIEW_STEP=0",
        "TRACKIO_VIEW_VALUE=0.5",
    ]


def test_the_manual_tells_each_variable_and_each_outcome(waiting) -> None:
    manual = (REPOSITORY / "trackio_view/manual/scripts.md").read_text("utf-8")
    table = manual.split("| variable | holds |\n")[1].split("\n\n")[0]
    known = environment_of(waiting(), ExitCode.DONE)
    told = re.findall(r"`(\w+)`", table)
    assert sorted(told) == sorted([*known, *OUTCOMES.values()])


def test_an_unknown_variable_is_empty(waiting) -> None:
    known = environment_of(waiting(), ExitCode.TIMED_OUT)
    assert (known["TRACKIO_VIEW_VALUE"], known["TRACKIO_VIEW_RUN"]) == ("", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--until", "loss <"),
        ("--until", "< 3"),
        ("--until", "loss 3"),
        ("--until", "loss < x"),
        ("--until", "loss < nan"),
        ("--until", "loss =< 3"),
        ("--until", ""),
        ("--until", "a<1", "--once"),
        ("--until", "a<1", "-p", "a", "-p", "b"),
        ("--until", "a<1", "--metric", "b"),
        ("--until", "a<1", "--since", "2h"),
        ("--until", "a<1", "--zoom", "3"),
        ("--until", "a<1", "--timeout", "soon"),
        ("--until", "a<1", "--fail-on", "inf"),
        ("--timeout", "3"),
        ("--silence", "3"),
        ("--exec", "true"),
        ("--fail-on", "nan"),
    ],
)
def test_wrong_usage(command, arguments) -> None:
    ended = command(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "trackio-view: error: " in ended.err


def test_ctrl_c_ends_it_with_130(folder) -> None:
    controller, terminal = os.openpty()
    waiter = subprocess.Popen(
        [sys.executable, "-m", "trackio_view", "-p", "p", "--until", "a<1", "-i", "0.1"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    written = b""
    while b"waiting for" not in written:
        written += os.read(controller, 4096)
    waiter.send_signal(signal.SIGINT)
    out, _ = waiter.communicate(timeout=20)
    os.close(controller)
    assert (waiter.returncode, out) == (130, b"")


def test_progress_is_one_line_on_a_terminal(new_project) -> None:
    new_project("p")
    controller, terminal = os.openpty()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "trackio_view", "-p", "p", "--until", "a<1"),
            *("-i", "0.1", "--timeout", "0.3"),
        ],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stderr=terminal,
        stdout=subprocess.PIPE,
        check=False,
    )
    os.close(terminal)
    written = rest_of_output(controller)
    os.close(controller)
    assert (done.returncode, done.stdout) == (3, b"")
    assert "waiting for a < 1" in written
    assert "\n" not in written
    assert written.endswith("\r\x1b[K")


def test_no_condition_holds_for_nan() -> None:
    for sign in ("<", "<=", ">", ">=", "==", "!="):
        assert not parse_condition(f"a {sign} 1").holds(math.nan)
