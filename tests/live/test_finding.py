"""`:` in a real terminal: typed names lead to a run, a metric or a project, or do what a key
does."""

from __future__ import annotations

from typing import Any


def test_enter_goes_to_the_chart_that_was_found(start: Any, folder: Any) -> None:
    names = [f"layer.{number}/\x1b]0;title\x07{'損' * 100}" for number in range(40)]
    folder.log([{**dict.fromkeys(names, 1.0), "val/accuracy": 0.5, "loss": 2.0}], run="one")
    folder.log([{"loss": 1.0}], run="two", first_step=1)
    folder.train(5, project="sweep")
    console = start("--project", "project", size=(80, 24))
    console.wait_for("▸ two")
    console.press(":one\r", "▸ one", "charts 1–")
    # All is typed at once. The first word is wrong, and Ctrl-W deletes it.
    console.press(":xyzzy\x17accur", "find: accur", "val/accuracy")
    console.press("\r", "val/accuracy")
    console.wait_while("find:")
    console.press("\r", "chart 2 of 42")
    console.press(":layer.39\x1b", "chart 2 of 42")
    console.press(":table of runs\r", "2 runs")
    console.press(":sweep\r", "sweep ▸")
    console.press(":quit\r")
    assert console.exit_code() == 0
    console.assert_left_tidy()
    assert console.foreign_bytes() == []
