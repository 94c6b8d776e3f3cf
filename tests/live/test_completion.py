"""Tab in a filter, in a real terminal."""

from __future__ import annotations

from typing import Any

TAB, SHIFT_TAB = "\t", "\x1b[Z"


def test_filters_are_completed_from_what_is_there(start: Any, folder: Any) -> None:
    names = ("train/loss", "train/lr", "val/loss", "val/\x1b]0;evil\x07")
    for run in ("one", "two"):
        folder.log([dict.fromkeys(names, 1.0)], run=run)
    console = start(size=(80, 24))
    console.wait_for("train/lr")
    console.press(f"/tr{TAB}/{TAB}", "charts: train/l▏", "train/loss  train/lr")
    console.press(f"{TAB}", "charts: train/loss▏")
    console.press(f"{TAB}", "charts: train/lr▏", "train/lr  +1")
    console.press("\rt/na", "filter: na▏")
    console.press(f"{TAB}:{TAB}", "filter: name:▏", "one  two")
    console.press(f"{SHIFT_TAB}", "filter: name:two▏", "1 of 2")
    console.press("\x15xyz\t", "nothing there begins like that")
    console.press("\x1b", "2 runs")
    console.type("q")
    assert console.exit_code() == 0
    assert console.foreign_bytes() == []
