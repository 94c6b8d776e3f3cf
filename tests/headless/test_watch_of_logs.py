"""A training log that is waited for is followed as it grows, and each byte is read once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.newest_values import Watch
from trackio_view.headless.waiting import Waiting, wait_until
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import parse_arguments
from trackio_view.options.condition import parse_condition
from trackio_view.sources.log.source import LogFile
from trackio_view.sources.log.training_log import CHUNK_BYTES
from trackio_view.sources.newest_rows import Reach


@pytest.fixture
def log(tmp_path: Path, clock) -> Path:
    clock.time = time.time()
    return tmp_path / "train.log"


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


@pytest.fixture
def wait(log: Path, clock) -> Callable[..., Waiting]:
    def make(condition: str, run: str | None = None, **rest: Any) -> Waiting:
        parsed = parse_condition(condition)
        selection = Selection(run=run)
        following = LogFile(log, 1.0).follow(None, parsed.metric, selection)
        watch = Watch(following, parsed.metric, selection)
        given = {"timeout": None, "silence": None, "fail_on_nan": False, **rest}
        return Waiting(watch, parsed, 2.0, clock=clock.clock(), **given)

    return make


def ignore(_: str) -> None:
    return None


def test_a_log_is_waited_for_and_followed(log, wait, clock) -> None:
    begun = clock.time
    for seconds, text in (
        (4, "step=1 other=3\n"),
        (8, "step=2 loss=3\n"),
        (12, "step=3 loss=0."),
        (16, "5\n"),
    ):
        clock.happenings.append((begun + seconds, lambda text=text: append(log, text)))
    seen: list[str] = []
    waiting = wait("loss < 1")
    assert waiting.wait(seen.append) is ExitCode.DONE
    # Half a line does not count: its 0. would have met the condition already.
    assert clock.time - begun == 16
    assert "no run yet" in seen[0]
    assert "train.log: not logged yet" in seen[2]
    assert seen[-1].endswith("train.log: 3 at step 2")
    assert waiting.watch.project == "train"


def test_only_the_last_value_of_a_long_log_counts(log, wait) -> None:
    # The condition holds in the first piece, and no longer in the second.
    lines = ["step=1 loss=0.5\n"] * (CHUNK_BYTES // 10) + ["step=2 loss=5\n"]
    append(log, "".join(lines))
    waiting = wait("loss < 1", timeout=4)
    assert waiting.wait(ignore) is ExitCode.TIMED_OUT
    # Each byte is read once, except for the few by which a rewritten log is recognised.
    assert waiting.watch.following.bytes_read < log.stat().st_size + 200
    watch = wait("loss < 1").watch
    assert watch.look()
    assert watch.reach is Reach.MORE


def test_only_the_last_value_counts_where_much_came_at_once(log, wait, clock) -> None:
    append(log, "step=1 loss=7\n")
    much = "".join(["step=2 loss=0.5\n"] * (CHUNK_BYTES // 10) + ["step=3 loss=5\n"])
    clock.happenings.append((clock.time + 2, lambda: append(log, much)))
    assert wait("loss < 1", timeout=8).wait(ignore) is ExitCode.TIMED_OUT


@pytest.mark.parametrize("fail", [True, False])
def test_nan_counts_where_it_came_while_waiting(log, wait, clock, fail: bool) -> None:
    append(log, "step=1 loss=nan\nstep=2 loss=2\n")
    then = (clock.time + 4, lambda: append(log, "step=3 loss=nan\nstep=4 loss=0.5\n"))
    clock.happenings.append(then)
    outcome = wait("loss < 1", fail_on_nan=fail).wait(ignore)
    assert outcome is (ExitCode.NOT_A_NUMBER if fail else ExitCode.DONE)


def test_silence_goes_by_the_file_s_own_age(log, wait, clock) -> None:
    append(log, "step=1 loss=3\n")
    os.utime(log, (clock.time - 50, clock.time - 50))
    assert wait("loss < 1", silence=60).wait(ignore) is ExitCode.SILENT
    os.utime(log, (clock.time - 500, clock.time - 500))
    begun = clock.time
    assert wait("loss < 1").wait(ignore) is ExitCode.SILENT
    assert clock.time == begun


def test_a_log_that_is_written_anew_is_read_anew(log, wait, clock) -> None:
    append(log, "step=1 loss=3\n" * 9)
    clock.happenings.append((clock.time + 4, lambda: log.write_text("step=1 loss=nan\n")))
    clock.happenings.append((clock.time + 8, lambda: append(log, "step=2 loss=0.5\n")))
    assert wait("loss < 1").wait(ignore) is ExitCode.DONE


@pytest.mark.parametrize(("run", "outcome"), [("train.log", 0), ("train", 0), ("other", 3)])
def test_a_run_is_chosen_as_for_projects(log, wait, run: str, outcome: int) -> None:
    append(log, "step=1 loss=0.5\n")
    assert wait("loss < 1", run=run, timeout=4).wait(ignore) == outcome


def test_a_directory_in_place_of_the_log_is_told_and_waited_for(log, clock, capsys) -> None:
    log.mkdir()
    clock.happenings.append((clock.time + 4, lambda: log.rmdir()))
    clock.happenings.append((clock.time + 6, lambda: append(log, "loss=0.5\n")))
    options = parse_arguments(["--log", str(log), "--until", "loss<1"])
    assert wait_until(options, clock.clock()) == 0
    assert capsys.readouterr().err == f"{log} is not a regular file\n"


def test_a_log_that_never_came_is_told_of(log, command) -> None:
    arguments = ("--log", str(log), "--until", "loss < 1", "--timeout", "0")
    assert command(*arguments) == (3, "", f"{log} does not exist\n")
    append(log, "step=1 loss=2\n")
    assert command(*arguments) == (3, "", "")


def test_the_command(log, command, tmp_path) -> None:
    append(log, "step=7 loss=0.5\n")
    arguments = ("--log", str(log), "--until")
    assert command(*arguments, "loss < 1") == (0, "", "")
    assert command(*arguments, "loss < 0.1", "--timeout", "0") == (3, "", "")
    assert command(*arguments, "loss < 0.1", "--silence", "0s") == (4, "", "")
    told = tmp_path / "told"
    script = f"echo $TRACKIO_VIEW_PROJECT $TRACKIO_VIEW_RUN $TRACKIO_VIEW_STEP >'{told}'"
    assert command(*arguments, "loss < 1", "--exec", script) == (0, "", "")
    assert told.read_text() == "train train.log 7\n"


def test_the_waiting_line_has_few_digits_and_the_steps_in_all(log, wait) -> None:
    append(log, '{"current_steps": 120, "total_steps": 200, "loss": 0.033042176954725}\n')
    waiting = wait("loss<0.01", timeout=1.0)
    assert waiting.wait(ignore) is ExitCode.TIMED_OUT
    told = "0:03 waiting for loss < 0.01 · train.log: 0.0330422 at step 120 of 200"
    assert waiting.standing(3.0) == told
