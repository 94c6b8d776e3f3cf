"""Keys, sizes and silence, as typed and seen in a terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest

LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
PAGE_UP, PAGE_DOWN = "\x1b[5~", "\x1b[6~"
ENTER, ESCAPE = "\r", "\x1b"


def test_no_key_is_lost_however_fast_they_are_typed(start: Any, folder: Any) -> None:
    folder.log([{f"m{number:03d}": step for number in range(300)} for step in range(1000)])
    console = start()
    console.wait_for("chart", "of 300", "All data")
    console.press("+" * 50 + "-", "Last 20")
    console.press("-" * 50 + "=", "Last 500")
    # Nothing is clamped here, so a single lost key would be seen.
    console.press(ENTER + "j" * 200, "╭─ m200")
    console.press((DOWN + UP + "+" + "-") * 300 + UP * 50, "╭─ m150", "Last 500")
    console.press("\x1bOB" * 99 + "+" + "k" * 9, "╭─ m240", "Last 200")
    # A slow line delivers bytes one by one, and cuts sequences.
    for piece in ("_", "\x1b", "[", "B", "\x1b[", "B", "="):
        console.type(piece)
        console.take_in(0.005)
    console.wait_for("╭─ m242", "Last 200")
    assert console.foreign_bytes() == []
    console.type("l" * 100 + "q" + "l" * 100)
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_the_way_through_every_screen(start: Any, folder: Any) -> None:
    names = ["loss", "val/loss", *(f"metric{number}" for number in range(10))]
    folder.log(
        [{name: step + place for place, name in enumerate(names)} for step in range(20)], run="one"
    )
    folder.log([{"loss": 7.5, "other": 1}], run="two", first_step=100)
    folder.train(30, project="second", first_step=3000)
    folder.file("second").touch()
    console = start("--project", "project", size=(120, 40))
    console.wait_for("project ▸ two", "7.5")

    console.press("r", "project ▸ one", "val/loss", "charts 1–")
    console.press("R", "project ▸ two")
    console.press("R", "project ▸ one")
    page = re.search(r"charts 1–(\d+) of 12", console.text)
    assert page is not None
    console.press(PAGE_DOWN, f"charts {int(page[1]) + 1}–")
    console.press(PAGE_UP, "charts 1–")
    console.press(ENTER, "Esc back")
    assert "val/loss" not in console.text
    console.press(DOWN, "╭─ val/loss")
    console.press("k", "╭─ loss")
    console.press("j" + "j" + ENTER, "╭─ metric0")
    # An Escape alone differs from the start of a sequence in that nothing follows.
    console.press(ESCAPE, "val/loss", "charts 1–")

    console.press("?", "zoom in: less, newer", "quit")
    console.press(ESCAPE, "charts 1–")
    console.press("?" + DOWN + "?", "charts 1–")
    console.press("p", "projects in", "second")
    console.press(ESCAPE + "p", "projects in")
    console.press(DOWN + UP + DOWN + UP + UP + DOWN + ENTER, "project ▸")
    console.press("p" + UP + UP + ENTER, "second ▸ run", "0.9710")
    console.press("p" + DOWN + ENTER, "project ▸")

    console.press("g", "GPU")
    console.wait_while("loss")
    console.press("g", "loss")
    lines = console.text.count("\n")
    console.press("G", "GPU")
    console.type("G")
    console.wait_while("no GPU")
    assert console.text.count("\n") == lines
    console.press("?", "─ keys ─")
    console.type("q")
    assert console.exit_code() == 0
    assert console.foreign_bytes() == []


def test_pasted_text_is_no_keys(start: Any, folder: Any) -> None:
    folder.train(1000)
    console = start()
    console.wait_for("All data")
    console.press("\x1b[200~qq++++\x1b[201~", "a paste is for a line that is typed")
    console.press("/\x1b[200~lo\r\nq\x07ss\n\x1b[201~", "charts: lo qss")
    console.press("\x1b" + "+", "Last 500")
    console.type("q")
    assert console.exit_code() == 0


COUNTING = """
import atexit
from trackio_view.screens.shell.frame import Composer

compose, frames = Composer.compose, []

def counted(*given, **named):
    frames.append(1)
    return compose(*given, **named)

Composer.compose = counted
atexit.register(lambda: print(f"{len(frames)} frames"))
"""


@pytest.mark.parametrize(
    ("way", "paste", "end"),
    [
        ("", "j" * 200_000, "q"),
        ("", "+jG" * 70_000, "\x03"),
        ("t/", "un " * 70_000, "\x03"),
        ("", "\x1b[200~" + "q+" * 100_000 + "\x1b[201~", "q"),
    ],
    ids=["keys", "interrupted", "filter", "bracketed"],
)
def test_a_paste_costs_no_frame_a_character(
    start: Any, folder: Any, way: str, paste: str, end: str
) -> None:
    folder.log([{f"m{number}": step for number in range(30)} for step in range(100)])
    console = start(script=COUNTING)
    console.press(way, "filter: " if way else "All data")
    console.type(paste)
    if way:
        console.wait_for("no more than 500 characters")
    console.type(end)
    assert console.exit_code() == (130 if end == "\x03" else 0)
    frames = re.search(r"(\d+) frames", console.afterwards)
    assert frames is not None
    # One frame for each piece of input would be fifty frames, one for each key thousands.
    assert int(frames[1]) < 200
    console.assert_left_tidy()


def test_a_paste_without_brackets_is_said_to_be_one(start: Any, folder: Any) -> None:
    folder.train(1000)
    console = start()
    console.wait_for("All data")
    console.type("+" * 100_000)
    console.wait_for("keys that came at once were taken for a paste")
    console.settle(1.2)
    console.type("-")
    console.wait_while("taken for a paste")
    console.type("q")
    assert console.exit_code() == 0


def test_a_paste_without_brackets_into_a_line_is_text_to_its_end(start: Any, folder: Any) -> None:
    folder.train(1000)
    console = start()
    console.wait_for("All data")
    console.press("/", "charts:")
    console.type(("x" * 80 + "\rq\rD\r") * 4_000)
    console.wait_for("no more than 500 characters")
    console.settle(0.5)
    console.press("\x15", "loss -eval")
    console.type("\x03")
    assert console.exit_code() == 130


@pytest.mark.parametrize("answers", [True, False], ids=["answering", "mute"])
def test_nothing_is_written_while_nothing_changes(start: Any, folder: Any, answers: bool) -> None:
    folder.train(300)
    console = start(interval=0.1, answers=answers)
    console.wait_for("3.7010", "All data")
    console.settle()
    assert console.take_in(2.0 if answers else 0.5) == b""
    assert ("\x1b[?2026h" in console.sequences) == answers
    # A key that changes nothing says why, and writes nothing the second time.
    console.type("w" * 20 + UP + "z")
    console.wait_for("z does nothing here")
    console.settle()
    console.type("w" * 20 + UP + "z" + "\x1b[?997;1n")
    assert console.take_in(0.5) == b""
    whole = len(console.received)
    folder.train(1, first_step=300)
    console.wait_for("3.7000")
    console.settle(0.2)
    # A new row writes only the cells that it changed.
    assert 0 < len(console.received) - whole < whole / 2
    console.type("q")
    assert console.exit_code() == 0


UNBOUND = {
    "\x1b[1;5C": "Ctrl-→ does nothing here",
    "\x1b[1;2A": "Shift-↑ does nothing here",
    "\x1b[15~": "F5 does nothing here",
    "\x1b[120;3u": "Alt-X does nothing here",
    "\x1b[3;5~": "Ctrl-Delete does nothing here",
    "\x1b[7$": "Shift-Home does nothing here",
    "\x00": "Ctrl-Space does nothing here",
    "\x1b[987~": "This key does nothing here",
}


def test_a_key_that_no_screen_has_is_told_of_once(start: Any, folder: Any) -> None:
    folder.train(30)
    console = start("--fresh")
    console.wait_for("3.9710")
    console.settle()
    for key, words in UNBOUND.items():
        console.press(key, f"{words}: ? tells what keys do")
        console.settle(0.1)
        # A key that repeats writes nothing.
        console.type(key * 30)
        assert console.take_in(0.2) == b""
        assert console.foreign_bytes() == []
    console.press("?", "─ keys ─")
    console.press("\x1b[1;5C", "Ctrl-→ does nothing here")
    console.press("\x1b/", "charts:")
    console.press("\x1b[15~", "F5 does nothing in a line that is typed")
    console.press("ab cd", "charts: ab cd")
    # Words are gone through in a line as at a prompt.
    console.press("\x1b[1;5Dx", "charts: ab x▏cd")
    console.type("\x03")
    assert console.exit_code() == 130


def test_no_answer_mouse_or_paste_is_told_of_as_a_key(start: Any, folder: Any) -> None:
    folder.train(30)
    console = start("--fresh")
    console.wait_for("3.9710")
    console.settle()
    before = console.text
    for sent in (
        *("\x1b[<35;9;9M", "\x1b[<2;9;9M\x1b[<2;9;9m", "\x1b[M !!", "\x1b[32;12;3M"),
        *("\x1b[0n", "\x1b[24;80R", "\x1b[?62;4c", "\x1b]11;rgb:0/0/0\x07", "\x1b[O"),
        *("\x1b[201~", "\x1b[1;5:3C", "\x1b[57441;2u"),
    ):
        console.type(sent)
        console.take_in(0.05)
    console.settle(0.3)
    assert console.text == before
    console.press("\x1b[200~\x1b[1;5C\x1b[201~", "a paste is for a line that is typed")
    assert "does nothing here" not in console.text
    console.type("q")
    assert console.exit_code() == 0


def test_every_size_is_drawn_at_once(start: Any, folder: Any) -> None:
    folder.log([{f"m{number}": step * number for number in range(30)} for step in range(50)])
    console = start("--interval", "3600", size=(40, 12))
    console.wait_for("run", "quit")
    for width, height in ((400, 100), (80, 24), (120, 40), (41, 13), (200, 50), (500, 120)):
        console.resize(width, height)
        console.wait_until(
            lambda width=width, height=height: (
                "q quit" in console.row(height - 1)
                and "project" in console.row(0)
                and any("╮" in line[width // 2 :] for line in console.screen.display)
                # Nothing is wrapped or cut, because all corners of the boxes are there.
                and console.text.count("╭") == console.text.count("╯") > 0
            ),
            f"drawn at {width}x{height}, whole",
        )
    for width, height in ((39, 12), (40, 11), (20, 5), (10, 3), (3, 2), (1, 1)):
        console.resize(width, height)
        if width >= 20:
            console.wait_for(f"{width}x{height} is too small", "40x12 would do", "q quits")
        console.wait_while("╭")
    console.resize(80, 24)
    console.wait_for("project ▸ run", "q quit")
    assert console.foreign_bytes() == []
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


def test_a_burst_of_resizes_ends_at_the_last_size(start: Any, folder: Any) -> None:
    folder.train(100)
    console = start()
    console.wait_for("3.9010")
    for width in range(60, 160, 5):
        console.resize(width, 30)
    console.wait_until(lambda: console.row(1).endswith("╮") and len(console.row(1)) == 155)
    console.settle(0.2)
    drawn = console.text
    console.resize(155, 31)
    console.resize(155, 30)
    console.settle(0.2)
    assert console.text == drawn
    console.type("q")
    assert console.exit_code() == 0


def test_a_persons_own_keys_are_in_force_and_told_of(
    start: Any, folder: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "config" / "trackio-view"
    place.mkdir(parents=True)
    (place / "settings.toml").write_text(
        "[keys]\nquit = 'ctrl_e'\nnext_run = 'E'\nzoom_in = ['z', 'f5']\nhelp = 'q'\n"
        "up = 'nowhere'\n"
    )
    folder.train(1000, run="one")
    folder.train(1000, run="two", first_step=1)
    console = start(XDG_CONFIG_HOME=str(tmp_path / "config"), size=(140, 30))
    console.wait_for("project ▸ two", "keys.up must be a key such as", "q help", "Ctrl-E quit")
    console.press("\x1b", "All data")
    console.press("E", "project ▸ one")
    console.press("z", "Last 500")
    console.press("\x1b[15~", "Last 200")
    console.press("rq", "─ keys ─", "z F5")
    console.type("q")
    console.wait_while("─ keys ─")
    assert "project ▸ one" in console.text
    console.type("\x05")
    assert console.exit_code() == 0
