"""The tasks of a day with charts: the keys that the manual names for each are typed, and do it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.live.conftest import REPOSITORY

CTRL_U = "\x15"
NAMED = {
    "Enter": "\r",
    "Space": " ",
    "Tab": "\t",
    "Right": "\x1b[C",
    "Shift-Left": "\x1b[1;2D",
}
ESCAPE = "\x1b[27u"
"""The escape key as newer terminals send it: no key after it needs to be waited for."""

TASKS: dict[str, tuple[tuple[str, ...], str]] = {
    "the value at step 1,200, to its last digit": (("@1,200",), ESCAPE),
    "steps 500 to 700 alone": (("500–700 · held",), "0"),
    "the newest two hours, following": (("Last 2:00:00 · follows",), "0"),
    "everything again, following": (("All data · follows",), ""),
    "the loss in spite of a spike of a few steps": (("beyond",), ""),
    "the trend without the noise": (("smooth 0.6",), "S"),
    "a loss that falls by decades": (("y of train/loss is logarithmic",), "L"),
    "runs at equal time since their start": (("x is time since start",), "u"),
    "where NaN came from: to the next event of any chart": (("@700",), ESCAPE),
    "change, mean, spread and slope of a stretch": (("mean", "±", "slope"), ESCAPE),
    "one metric among many": (("─ val/accuracy ─",), ESCAPE),
    "the charts of one group alone": (("▸train",), "\x1b[Z"),
    "a chart off the screen, and back": (("─ train/loss ─",), ""),
    "a chart before all others": (("is at the front",), "F"),
    "copy that number": (("to copy: ",), ""),
    "colours for a light background": (("theme: ",), ""),
    "two runs in the same charts": (("2 runs",), f"t x {ESCAPE}"),
    "which run is best in a column": (("by lr ▲",), ESCAPE),
    "what differs in the runs' configs": (("0.0003",), ESCAPE),
    "all runs at a glance": (("run-a", "run-b"), ESCAPE),
    "the window as CSV, or the screen as a picture, in a file": (("wrote ",), ""),
}
"""The words that each task brings on screen, and the keys that lead back, with blanks between."""


def told_tasks() -> Iterator[tuple[str, list[str]]]:
    """Yield the tasks of the manual's page on charts, and the keys that it names for each."""
    page = (REPOSITORY / "trackio_view/manual/charts.md").read_text("utf-8")
    table = page.partition("## What a day asks of charts")[2].partition("\n## ")[0]
    for task, keys in re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE):
        if task not in ("to know or to do", "---"):
            yield task, re.findall(r"`([^`]+)`", keys)


def log_two_runs(folder: Any) -> None:
    """Log two runs of 2,000 steps: a noisy loss with a spike and NaN, rare validations, configs."""
    for run, floor in (("run-a", 0.5), ("run-b", 0.3)):
        documents = []
        for step in range(2000):
            loss = floor + 3 * math.exp(-step / 300) + 0.05 * math.sin(step)
            loss = 1e5 if step == 900 else math.nan if step == 700 else loss
            row = {"train/loss": loss, "train/lr": 1e-3 / (step + 1)}
            if step % 100 == 0:
                row |= {
                    "val/loss": floor + 1 / (step + 1),
                    "val/accuracy": 1 - floor - 1 / (step + 2),
                }
            documents.append(row)
        folder.log(documents, run=run)
    folder.execute(
        "CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT,"
        " created_at TEXT)"
    )
    folder.execute(
        "INSERT INTO configs (run_id, run_name, config, created_at) VALUES (?, ?, ?, ?)",
        [
            (f"id-{run}", run, json.dumps({"lr": lr, "seed": 1}), "2026-03-01T10:00:00+00:00")
            for run, lr in (("run-a", 1e-3), ("run-b", 3e-4))
        ],
    )


def test_the_manual_names_the_tasks_that_are_tried() -> None:
    assert [task for task, _ in told_tasks()] == list(TASKS)
    assert len(TASKS) == 21


def test_every_task_is_done_by_the_keys_that_the_manual_names(
    start: Any, folder: Any, tmp_path: Path
) -> None:
    log_two_runs(folder)
    console = start(size=(140, 40), TZ="UTC")
    console.wait_until(
        lambda: "All data" in console.text and "reading " not in console.text, "showed all rows"
    )
    for task, keys in told_tasks():
        texts, leaving = TASKS[task]
        typed = "".join(NAMED.get(key, key) for key in keys)
        if keys[:1] == ["e"]:
            # The tests must leave no file where the program was started.
            path = f"\x1b[200~{tmp_path}/window.csv\x1b[201~"
            typed = f"e{CTRL_U}{path}{NAMED['Enter']}"
        console.type(typed)
        console.wait_until(
            lambda texts=texts: all(text in console.text for text in texts),
            f"{task}: {' '.join(keys)} brought {texts}",
        )
        for key in leaving.split():
            console.type(key)
            console.settle(0.05)
    assert (tmp_path / "window.csv").read_text("utf-8").startswith("project,run,")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
