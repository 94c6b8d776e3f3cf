"""The table of the keys that a person chose."""

from __future__ import annotations

from trackio_view.options.own_keys import own_keys_table
from trackio_view.view.keys.chosen_keys import usual_keys


def test_who_chose_no_keys_reads_nothing_of_them() -> None:
    assert own_keys_table({}) == ""


def test_each_action_has_a_row_with_its_new_and_its_usual_keys() -> None:
    lines = own_keys_table({"smoother": ["f7"], "cursor": ["ctrl_v", "|"]}).split("\n")
    assert lines[:2] == ["Your settings give other keys:", ""]
    assert lines[2:4] == ["| key | what it does | instead of |", "| --- | --- | --- |"]
    assert lines[4] == f"| `F7` | {usual_keys()['smoother'].help} | `s` |"
    assert lines[5].startswith(r"| `Ctrl-V` `\|` | ")
    assert lines[5].endswith("| `v` |")
    assert lines[6:] == ["", ""], "a text that follows is no row of the table"
