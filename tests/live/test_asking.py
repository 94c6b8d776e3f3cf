"""Charts that are asked: everything that a person types to read a value, a stretch, an event."""

from __future__ import annotations

import base64
import csv
import io
import math
import re
import subprocess
import sys
from typing import Any

from tests.live.conftest import REPOSITORY

RIGHT, LEFT, HOME, END = "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F"
SHIFT_RIGHT = "\x1b[1;2C"
ENTER, ESCAPE = "\r", "\x1b"


def log_training(folder: Any) -> None:
    """Log 2,000 steps with all of a number's digits, a rare validation, and a NaN."""
    documents = []
    for step in range(2000):
        loss = 0.3 + 3 * math.exp(-step / 300) + 0.01 * math.sin(step)
        row = {"train/loss": math.nan if step == 1500 else loss, "lr": 1e-3 / (step + 1)}
        if step % 100 == 0:
            row |= {"val/loss": loss * 1.1 + 1 / 3, "val/accuracy": 1 - loss / 4}
        documents.append(row)
    folder.log(documents)


def wait_for_all_rows(console: Any) -> None:
    """Wait until the whole training is on screen, because nobody can go to a step that is not read
    yet."""
    console.wait_until(
        lambda: "All data" in console.text and "reading " not in console.text,
        "showed all rows",
    )


def logged_at(folder: Any, step: str) -> dict[str, str]:
    """Return what `--format csv` says of a step, by metric."""
    done = subprocess.run(
        [sys.executable, "-m", "trackio_view", "--once", "--format", "csv", "--dir", folder.path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = csv.DictReader(io.StringIO(done.stdout))
    return {row["metric"]: row["value"] for row in rows if row["step"] == step}


def copied(console: Any) -> list[str]:
    texts = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", console.received)
    return [base64.b64decode(text).decode() for text in texts]


def test_every_value_at_a_step_is_what_csv_says(start: Any, folder: Any) -> None:
    log_training(folder)
    console = start(size=(140, 40))
    wait_for_all_rows(console)
    console.press("1200" + ENTER, "@1,200")
    known = logged_at(folder, "1200")
    assert len(known) == 4
    for metric, value in known.items():
        console.wait_for(f"{value} @1,200")
        assert f"─ {metric} ─" in console.text
    console.press("C", f"to copy: train/loss {known['train/loss']} at step 1,200 (run, project)")
    console.press("C", "to copy: a table of 4 metrics")
    value, table = copied(console)
    assert value == f"train/loss {known['train/loss']} at step 1,200 (run, project)"
    for metric, own in known.items():
        assert f"| {metric} | {own} | 1,200 |" in table.splitlines()
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_the_tasks_of_a_day(start: Any, folder: Any) -> None:
    log_training(folder)
    console = start(size=(120, 30), TZ="UTC")
    wait_for_all_rows(console)
    # A person types a stretch, pans and zooms, and goes back to all data.
    console.press("500-700" + ENTER, "500–700 · held ‖ (newest 1,999)")
    console.press("[", "400–600")
    console.press("]", "500–700")
    console.press("+", "550–650")
    console.press("u", "500–700")
    console.press("U", "550–650")
    console.press("1.5k-" + ENTER, "from 1,500 · follows ▸")
    console.press("0", "All data · follows ▸")
    console.press("10m" + ENTER, "Last 10:00 · follows ▸")
    console.press("0" + "50%" + ENTER, "step 1,000")
    # What cannot be done is said.
    console.press("99999" + ENTER, "step 99,999 is beyond the data, step 0 to step 1,999")
    console.press("\x15" + "9x" + ENTER, "no place: try 1200")
    console.press(ESCAPE, "step 1,000")
    # The questions are: where NaN came from, the best value, and a stretch.
    console.press(ESCAPE + "n", "best")
    console.press("n" * 9, "nothing happened after here")
    console.press("NNN", "NaN in train/loss", "@1,500")
    console.press(ENTER, "Esc back")
    console.press(HOME, "step 0")
    console.press(RIGHT * 10 + "a" + SHIFT_RIGHT, "10–209", "mean", "max")
    console.press(ENTER, "10–209 · held")
    console.press(ESCAPE, "val/loss")
    # A held window stays while rows come, and the newest row is told beside it.
    folder.log([{"train/loss": 9.0}], first_step=2000)
    console.wait_for("held ‖ (newest 2,000)")
    console.press("0" + END, "step 2,000", "9 @2,000")
    assert not [found for found in console.foreign_bytes() if found != "\x07"]
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_a_console_without_a_clipboard_says_so(start: Any, folder: Any) -> None:
    folder.train(20)
    console = start(TERM="linux")
    wait_for_all_rows(console)
    console.press("C", "this console has no clipboard")
    console.type("q")
    assert console.exit_code() == 0
    assert copied(console) == []
