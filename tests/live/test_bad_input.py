"""Bad input makes one clear line; the rest stays on screen, and keys are answered."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from typing import Any

import pytest

NOT_A_DATABASE = "The file is not an SQLite database."


def once(folder: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trackio_view", "--once", "--dir", folder.path, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
    )


def notice_lines(console: Any) -> list[str]:
    return [line for line in console.screen.display if re.match(r" [▲!⚠] ", line)]


def assert_answers_keys(console: Any) -> None:
    console.press("?", "─ keys ─")
    console.type("?")
    console.wait_while("─ keys ─")


def quit_tidily(console: Any) -> None:
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
    assert console.foreign_bytes() == []


def big_project(folder: Any) -> bytes:
    """Return the bytes of a project of many pages, with its WAL written into the file."""
    folder.log([{"loss": 4 - step / 1000, "text": "x" * 300} for step in range(1500)])
    with closing(folder.connect()) as database:
        database.execute("PRAGMA journal_mode = delete")
    content: bytes = folder.file().read_bytes()
    return content


def truncated(content: bytes, size: float) -> bytes:
    return content[: int(len(content) * size) if size < 1 else int(size)]


def zeroed(content: bytes, mark: bytes) -> bytes:
    """Return the content with the page overwritten that holds a mark."""
    start = content.index(mark) // 4096 * 4096
    return content[:start] + bytes(4096) + content[start + 4096 :]


def newest_readable(folder: Any) -> int | None:
    """Return the newest step among the rows that can be read one by one, `None` without any."""
    steps: list[int] = []
    with closing(folder.connect()) as database:
        database.execute("PRAGMA writable_schema = on")
        for row_id in range(1, 1501):
            with suppress(sqlite3.DatabaseError):
                query = "SELECT step, metrics FROM metrics NOT INDEXED WHERE id = ?"
                steps += [step for step, _ in database.execute(query, (row_id,))]
    return steps[-1] if steps else None


BROKEN = {
    "no database": (lambda content: b"A text file, and a long one.\n" * 200, NOT_A_DATABASE),
    "cut in the header": (lambda content: content[:60], NOT_A_DATABASE),
    "cut in the first page": (lambda content: content[:3000], "damaged"),
    "cut after the schema": (lambda content: content[: 4096 * 2], "damaged"),
    "cut in half": (lambda content: content[: len(content) // 2], "damaged"),
    "cut at three quarters": (lambda content: content[: len(content) * 3 // 4], "damaged"),
    "a page overwritten": (
        lambda content: content[: 4096 * 40] + b"\xa5" * 8192 + content[4096 * 42 :],
        "rows are unreadable",
    ),
    "the newest rows overwritten": (lambda content: zeroed(content, b'"loss": 2.501,'), "damaged"),
    "the first rows overwritten": (lambda content: zeroed(content, b'"loss": 4.0,'), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_file_makes_one_line(start: Any, folder: Any, damage: str) -> None:
    spoil, words = BROKEN[damage]
    content = big_project(folder)
    folder.file().write_bytes(spoil(content))
    found = folder.state()

    console = start("--project", "project")
    newest = newest_readable(folder)
    console.wait_for(words)
    if newest is not None:
        console.wait_for(f"step {newest:,}", f"{4 - newest / 1000:.4f}")
    console.settle(0.15)
    assert len(notice_lines(console)) == 1
    assert_answers_keys(console)
    assert folder.state() == found
    # Once the file is right again, it is shown without a restart.
    folder.file().write_bytes(content)
    console.wait_for("2.5010", "step 1,499")
    console.wait_while(words)
    quit_tidily(console)
    assert folder.state() == {"project.db": content}

    folder.file().write_bytes(spoil(content))
    ended = once(folder, "--project", "project")
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1
    if newest is None:
        assert (ended.returncode, ended.stdout) == (1, "")
    else:
        assert ended.returncode == 0
        assert f"Latest Loss: {4 - newest / 1000:g}" in ended.stdout
        # Without a name it is still the newest project, and the line is printed once.
        unnamed = once(folder)
        assert (unnamed.stdout, unnamed.stderr) == (ended.stdout, ended.stderr)
    assert folder.state() == found


def test_one_broken_project_among_others_is_named_and_passed_over(start: Any, folder: Any) -> None:
    folder.train(30, project="good")
    folder.file("bad").write_bytes(b"no database at all, but long enough to be one" * 40)
    folder.file("empty").touch()
    with closing(folder.connect("foreign")) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    found = folder.state()
    console = start()
    console.wait_for("good ▸ run", "3.9710")
    console.press("p", "bad", NOT_A_DATABASE[:20], "good")
    console.press("\x1b", "3.9710")
    quit_tidily(console)
    ended = once(folder)
    assert ended.returncode == 0
    assert "Latest Loss: 3.971" in ended.stdout
    assert ended.stderr == f"bad: {NOT_A_DATABASE}\n"
    for name in ("empty", "foreign"):
        ended = once(folder, "--project", name)
        assert ended.returncode == 1
        assert f"No metrics found for project: {name}" in ended.stderr
    assert folder.state() == found


def test_a_locked_project_is_waited_for(start: Any, folder: Any) -> None:
    folder.train(20)
    with closing(folder.connect()) as database:
        database.execute("PRAGMA journal_mode = delete")
    with closing(sqlite3.connect(folder.file(), isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("UPDATE metrics SET step = step")
        console = start("--project", "project")
        ended = once(folder, "--project", "project")
        console.wait_for("locked by another program")
        assert len(notice_lines(console)) == 1
        assert_answers_keys(console)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == "project: The database is locked by another program.\n"
        holder.execute("COMMIT")
    console.wait_for("3.9810")
    console.wait_while("locked")
    with closing(sqlite3.connect(folder.file(), isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("UPDATE metrics SET step = step")
        console.wait_for("locked by another program", "3.9810")
        holder.execute("ROLLBACK")
    console.wait_while("locked")
    quit_tidily(console)


def test_odd_rows_cost_only_themselves(start: Any, folder: Any) -> None:
    folder.train(10)
    folder.log(
        [
            '{"loss": 1.5, "lr"',
            b"\xff\xfe\x00",
            "[1, 2]",
            {"loss": "not a number today", "lr": 0.002},
            {"loss": None, "lr": [1, 2], "nested": {"deep": {"number": 3}}},
            {"loss": True, "lr": "Infinity"},
            {"loss": 10**400, "lr": 5e-324},
            {"loss": 2.25, "lr": 0.003, "": 1},
        ],
        first_step=10,
    )
    folder.log([{"loss": 2.125, "lr": 0.004}], first_step=3)
    found = folder.state()
    console = start()
    console.wait_for("2.1250", "0.0040", "left out")
    assert len(notice_lines(console)) == 1
    assert "3 rows are left out" in console.text
    assert_answers_keys(console)
    # A row that is broken later is counted, too, and the other rows are shown.
    folder.log(["{"], first_step=20)
    console.wait_for("4 rows are left out", "2.1250")
    quit_tidily(console)
    ended = once(folder)
    assert ended.returncode == 0
    assert ended.stderr == "project: 4 rows left out: broken JSON\n"
    assert "Latest Loss: 2.125" in ended.stdout
    assert found.keys() == folder.state().keys()


def test_thousands_of_metrics_are_paged(start: Any, folder: Any) -> None:
    for step in range(4):
        folder.log(
            [{f"group{number % 7}/metric-{number}": number + step for number in range(5000)}],
            first_step=step,
        )
    console = start(size=(120, 40))
    console.wait_for("of 5,000", "charts 1–")
    console.press("\x1b[6~" * 30, "charts")
    console.press("\x1b[F", "5,000 of 5,000")
    assert_answers_keys(console)
    console.press("\x1b[H", "charts 1–")
    quit_tidily(console)
    ended = once(folder)
    assert ended.returncode == 0
    assert len(re.findall(r"^group\d/metric-\d+", ended.stdout, re.MULTILINE)) >= 4999


def odd_rows(count: int = 300) -> list[dict[str, Any]]:
    """Return rows with metrics that cannot be an x axis, and one metric below zero."""
    return [
        {
            "loss": 2 - step / count,
            "below": step / 10 - 15,
            "falls": -step,
            "holes": "NaN" if step % 7 == 0 else step,
            "never": "NaN",
            "teeth": step % 50,
        }
        for step in range(count)
    ]


ALONG = ("loss", "below", "falls", "holes", "never", "teeth", "tokens")
"""The metrics in the list of x axes, which begins with four axes that are no metrics."""


def along(metric: str) -> str:
    return "X" + "\x1b[B" * (4 + ALONG.index(metric)) + "\r"


ODD_QUESTIONS = {
    "beyond the data": ("999999\r", "step 999,999 is beyond the data, step 0 to step 299"),
    "no float": ("1e400\r", "no number is that large"),
    "backwards": ("250-100\r", "step 250 to step 100 runs backwards"),
    "no clock": ("12:99\r", "no clock shows 12:99"),
    "no time": ("0h\x7f\x7f1\x7f0h\r", "no time is that short"),
    "too much": ("150%\r", "all data ends at 100%"),
    "nonsense": ("1..2\r", "no place: try 1200, 500-700, 5000-, 2h, 14:30 or 30%"),
    "x that does not rise": (along("teeth"), "x: teeth"),
    "x that falls": (along("falls"), "x: falls"),
    "x with holes": (along("holes"), "43 without an x not drawn"),
    "x without a number": (along("never"), "no row has a place on this axis"),
    "logarithm of nothing": ("\x1b[CL", "151 values of 0 or less not drawn"),
    "a key that means nothing": ("\u00df", "does nothing here: ? tells what keys do"),
    "x that one run lacks": (f"t \x1b[B v{along('tokens')}\r", "300 without an x not drawn"),
}
"""Keys, and the words that each of them brings on screen."""


def test_an_odd_question_costs_one_line_and_takes_nothing(start: Any, folder: Any) -> None:
    folder.log(odd_rows(), run="lacks-tokens")
    folder.log([{**row, "tokens": 8} for row in odd_rows(40)], run="other", first_step=0)
    console = start("--run", "lacks-tokens", "--fresh", size=(120, 40))
    console.wait_for("loss", "1.0033")
    console.settle(0.15)
    for kind, (keys, words) in ODD_QUESTIONS.items():
        # A key is answered by the focused chart before the others.
        console.settle(0.1)
        before = console.text
        for key in re.findall(r"\x1b\[.|.", keys, re.DOTALL):
            console.type(key)
            console.take_in(0.01)
        console.wait_for(words)
        # Each chart tells how many rows have no place on the axis.
        assert console.text.count(words) == 1 or kind == "x with holes"
        # After Escape nothing is left of what was typed, chosen or said.
        console.type("\x1b")
        console.settle(0.1)
        console.press("u" * 4 + "0", "1.0033")
        if "t" not in keys.partition("X")[0]:
            console.wait_until(lambda before=before: seen_above(console.text) == seen_above(before))
        assert_answers_keys(console)
    quit_tidily(console)


def seen_above(text: str) -> list[str]:
    """Return the lines of a screen without the two at its end."""
    return text.splitlines()[:-2]


def test_names_of_300_characters_are_told_apart_and_tell_what_happened(
    start: Any, folder: Any
) -> None:
    names = [f"train/{'a-very-long-module-' * 15}{at}/loss" for at in range(4)]
    rows = [{name: 3.0 - step / 10 + at for at, name in enumerate(names)} for step in range(20)]
    runs = [f"{'bert-base-uncased-' * 16}seed{at}" for at in range(3)]
    for run in runs:
        folder.log(rows, run=run)
    for width, height in ((40, 12), (80, 24)):
        console = start("--fresh", size=(width, height))
        console.wait_for("0/loss")
        console.press("n", "best train/a", "0/loss")
        console.press("\x1b" + "t", "seed0", "seed1", "seed2")
        assert_answers_keys(console)
        quit_tidily(console)


def test_a_key_that_changes_nothing_seen_is_answered(start: Any, folder: Any) -> None:
    folder.train(30)
    console = start("--fresh", size=(40, 12))
    console.wait_for("3.9710")
    console.press("v", "step 29")
    # The first zoom takes away the blank end of the axis.
    console.type("+")
    console.settle(0.2)
    console.press("+", "nothing on screen is changed by that")
    console.press("\x1b[D", "step 28")
    assert "nothing on screen" not in console.text
    quit_tidily(console)


def test_a_terminal_that_answers_nothing_costs_nothing(start: Any, folder: Any) -> None:
    """This terminal tells neither its background nor its clipboard nor the mouse."""
    folder.train(30)
    console = start(answers=False, TERM="xterm-256color")
    console.wait_for("3.9710")
    console.press("C", "given to the terminal to copy: loss 3.971 at step 29 (run, project)")
    assert len(notice_lines(console)) == 0
    assert_answers_keys(console)
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_a_log_that_a_killed_writer_left_is_read_and_kept(start: Any, folder: Any) -> None:
    folder.train(10)
    killed = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
row = "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)"
for step in range(10, 15):
    text = '{"loss": %f}' % (4 - step / 1000)
    database.execute(row, ("id-run", "2026-03-01T10:00:30+00:00", "run", step, text))
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", killed, folder.file()], check=False)
    found = folder.state()
    assert len(found["project.db-wal"]) > 0
    console = start()
    console.wait_for("3.9860", "step 14")
    console.settle(0.3)
    quit_tidily(console)
    after = folder.state()
    ended = once(folder)
    assert "Latest Loss: 3.986" in ended.stdout
    for state in (after, folder.state()):
        assert state == found


def test_a_directory_that_is_none_is_named(start: Any, folder: Any, tmp_path: Any) -> None:
    file = tmp_path / "a-file"
    file.write_text("text")
    console = start("--dir", file)
    console.wait_for("Waiting for a TrackIO project in", str(file))
    assert_answers_keys(console)
    quit_tidily(console)


ENDLESS = ["(a+)+$", "(a|a)*b", "(.*a){25}="]
"""Regular expressions for which Python's own engine takes years on `A_NAME`."""
A_NAME = "a" * 40 + "!"


@pytest.mark.parametrize("expression", ENDLESS)
def test_keys_are_answered_whatever_is_typed_as_a_filter(
    start: Any, folder: Any, expression: str
) -> None:
    folder.train(3, run=A_NAME)
    console = start(size=(140, 30))
    console.wait_for("loss")
    console.press("t", "aaaa")
    console.type(f"/name:/{expression}/")
    console.wait_for(f"{expression}/", "0 of 1")
    console.type("\r")
    console.wait_for("0 of 1")
    quit_tidily(console)


def test_a_refused_filter_is_explained_while_it_is_typed(start: Any, folder: Any) -> None:
    folder.train(3)
    console = start(size=(140, 30))
    console.wait_for("loss")
    console.press("t", "run")
    console.press(r"/name:/(a)\1/", r"regex: backreferences such as \1 are refused")
    console.press("\x7f" * 3 + "+/", "0 of 1")
    console.type("\x1b")
    quit_tidily(console)


@pytest.mark.parametrize("expression", ENDLESS)
def test_hostile_names_of_metrics_end_and_keys_are_answered(
    start: Any, folder: Any, expression: str
) -> None:
    folder.log([{A_NAME: 1.0}])
    assert "No metric" in once(folder, "--metric", expression).stderr
    console = start("--metric", expression)
    console.wait_for("No metric is named", expression)
    quit_tidily(console)


def test_a_refused_expression_is_said_where_the_charts_would_be(start: Any, folder: Any) -> None:
    folder.train(3)
    console = start("--metric", r"(o)\1")
    console.wait_for("No metric is named", r"backreferences such as \1 are refused")
    quit_tidily(console)
