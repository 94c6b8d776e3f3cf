"""Different terminals, and names of runs that hold escape sequences."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from typing import Any

import pytest

RENDITION = re.compile(r"\x1b\[([\d;]*)m")


def renditions(console: Any) -> set[str]:
    """Return every parameter of the colours and weights that were sent."""
    found = RENDITION.findall(console.received.decode("utf-8", "replace"))
    return {match for match in found if match not in ("", "0")}


DEPTHS = {
    "truecolor": ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, r"38;2;\d+;\d+;\d+"),
    "256 colours": ({"TERM": "xterm-256color"}, r"38;5;\d+"),
    "16 colours": ({"TERM": "xterm"}, r"(?:^|;)(?:3|9)[0-7](?:;|$)"),
}


@pytest.mark.parametrize("depth", DEPTHS)
def test_colours_are_those_that_the_terminal_has(start: Any, folder: Any, depth: str) -> None:
    environment, pattern = DEPTHS[depth]
    folder.train(300)
    console = start(**environment)
    console.wait_for("3.7010", "quit")
    sent = renditions(console)
    assert any(re.search(pattern, parameters) for parameters in sent)
    if depth != "truecolor":
        assert not any(re.search(r"38;2;", parameters) for parameters in sent)
    if depth == "16 colours":
        assert not any(re.search(r"38;[25]", parameters) for parameters in sent)
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1", "COLORTERM": "truecolor"}, {"TERM": None}],
    ids=["NO_COLOR", "no TERM"],
)  # fmt: skip
def test_no_colour_where_none_is_wanted(
    start: Any, folder: Any, environment: dict[str, str | None]
) -> None:
    folder.train(300)
    console = start(**environment)
    console.wait_for("3.7010", "quit")
    console.press("+?", "─ keys ─")
    # Weight, underline and reversal are no colours.
    assert all(set(sent.split(";")) <= set("012347") for sent in renditions(console))
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
    assert "warn" not in console.received.decode().lower()


def test_a_terminal_that_cannot_move_its_cursor_is_told_of_once(start: Any, folder: Any) -> None:
    folder.train(3)
    console = start(TERM="dumb")
    assert console.exit_code() == 2
    console.take_in(0.2)
    assert "TERM=dumb" in console.text
    assert "--once" in console.text
    assert b"\x1b" not in console.received


def test_text_that_others_wrote_into_the_screen_goes_when_it_is_drawn_anew(
    start: Any, folder: Any
) -> None:
    folder.train(300)
    console = start()
    console.wait_for("3.7010", "quit")
    console.settle()
    before = console.text
    for again in ("\x0c", "\x1b[108;5u", "\x1b[27;5;108~", "\x1b[I"):
        console.be_written_into(
            b"\x1b[4;7HBroadcast message from root\r\n the system goes down\r\n"
        )
        assert console.text != before
        console.type(again)
        console.wait_until(lambda: console.text == before, "drew all anew")
    console.type("/t/")  # also while typing
    console.wait_for("filter")
    console.settle()
    before = console.text
    console.be_written_into(b"\x1b[2;2HBroadcast message")
    console.type("\x0c")
    console.wait_until(lambda: console.text == before, "drew all anew")
    console.type("\x03")
    assert console.exit_code() == 130


@pytest.mark.parametrize(
    "again", ["\x0c", "\x1b[I", signal.SIGCONT], ids=["Ctrl-L", "focus", "continued"]
)
def test_modes_that_others_left_behind_go_when_the_screen_is_drawn_anew(
    start: Any, folder: Any, again: str | signal.Signals
) -> None:
    folder.train(300)
    console = start()
    console.press("i", "config")
    console.settle()
    before, screen = console.text, console.screen
    modes = set(screen.mode)
    # A progress bar that ends, a list that scrolls, a terminal library that inserts.
    console.be_written_into(b"\x1b[?25h\x1b[3;9r\x1b[4h\x1b[?7h\x1b(0lqqk\r\n\x1b[?7h")
    assert not screen.cursor.hidden
    assert screen.margins is not None
    if isinstance(again, str):
        console.type(again)
    else:
        console.signal(again)
    console.wait_until(lambda: console.text == before, "drew all anew")
    assert screen.cursor.hidden
    assert screen.margins in (None, (0, screen.lines - 1))
    assert screen.mode == modes
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


@pytest.mark.parametrize("key", ["\x1b[99;5u", "\x1b[27;5;99~", "\x1b[67;69u"])
def test_ctrl_c_as_a_sequence_ends_it_as_the_signal_does(start: Any, folder: Any, key: str) -> None:
    folder.train(3)
    console = start()
    console.wait_for("quit")
    console.type(key)
    assert console.exit_code() == 130
    console.assert_left_tidy()


def test_a_locale_without_unicode_gets_ascii_alone(start: Any, folder: Any) -> None:
    folder.log(
        [
            {"loss": step, "größe 漢字 🚀": float("nan") if step == 3 else step}
            for step in range(90)
        ],
        run="naïve 漢字 🚀",
    )
    console = start(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", size=(120, 40))
    console.wait_for("step 89", "quit", "gr")
    for keys in ("?", "\x1bp", "\x1b\x1b+\r", "\x1bgG", "g"):
        console.type(keys)
        console.settle(0.12)
    assert console.received.isascii()
    assert console.foreign_bytes() == []
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()


HOSTILE = {
    "title": "\x1b]0;owned\x07",
    "erase": "\x1b[2J\x1b[1;1H",
    "reset": "\x1bc",
    "eight-bit": "\x9b31m\x9d0;x\x9c",
    "device control": "\x1bP$q\x1b\\",
    "query": "\x1b[6n\x05",
    "lines": "a\nb\r\nc\td\x0b\x0c",
    "delete": "x\x08\x7f\x00y",
    "bidi": "\u202eevil\u2066\u200f",
    "separators": "\u2028\u2029\ufeff\u200b",
    "zalgo": "e" + "\u0301" * 60,
    "wide": "漢字カナ한글🚀👩‍👩‍👧🇩🇪❤️",
    "lonely marks": "\u0301\u0308\u20dd",
    "surrogates": "\ud83d half",
}


def test_no_byte_that_a_run_logged_is_acted_upon(start: Any, folder: Any) -> None:
    evil = "".join(HOSTILE.values())
    name = "".join(part for part in evil if part not in "/\x00\ud83d")[:60]
    for run in (evil, *HOSTILE.values()):
        clean = run.replace("\ud83d", "")
        folder.log(
            [{f"{kind}{text}": step for kind, text in HOSTILE.items()} for step in range(3)],
            project=name,
            run=clean,
        )
    folder.execute(
        "CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT,"
        " created_at TEXT)",
        project=name,
    )
    folder.execute(
        "INSERT INTO configs (run_id, run_name, config) SELECT DISTINCT run_id, run_name, ?"
        " FROM metrics",
        [('{"_Username": "\\u001b[31mroot\\u0007", "_Group": "\\u001b]0;x\\u0007"}',)],
        project=name,
    )
    # The notice of a file that is no database holds the file's name.
    (folder.path / "\x1b]0;fault\x07.db").write_bytes(b"no database, though long enough" * 90)
    console = start(size=(120, 40))
    console.wait_for("title", "erase", "quit")
    for keys in (*"r" * len(HOSTILE), "R", "\r", *"l" * len(HOSTILE), "\x1b", "p", "\x1b", "++"):
        console.type(keys)
        console.settle(0.02)
    for size in ((40, 12), (61, 18), (200, 50)):
        console.resize(*size)
        console.settle(0.2)
        # Wide and combining glyphs, however cut, keep the right border in its column.
        right = {console.screen.buffer[y][size[0] - 1].data for y in range(1, size[1] - 2)}
        assert right <= set("╮│╯"), right
    assert console.foreign_bytes() == []
    console.type("q")
    assert console.exit_code() == 0
    assert console.screen.title == ""
    console.assert_left_tidy()


def test_an_output_that_is_no_terminal_is_told_of_once(folder: Any) -> None:
    folder.train(3)
    ended = subprocess.run(
        [sys.executable, "-m", "trackio_view", "--dir", folder.path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "--once" in ended.stderr


def test_a_terminal_that_is_read_slowly_gets_the_last_frame_whole(start: Any, folder: Any) -> None:
    folder.log([{f"m{number}": step for number in range(40)} for step in range(200)])
    console = start(size=(200, 50))
    console.wait_for("m0", "charts 1–")
    # The terminal is not read for a while. Frames are given up half-way, and keys are still
    # answered.
    for _ in range(40):
        console.type("lh+-")
        console.resize(200, 49)
        console.resize(200, 50)
    console.type("++")
    console.wait_for("Last 200", "charts 1–")
    console.settle(0.2)
    shown = console.text
    console.screen.reset()
    console.resize(200, 49)
    console.resize(200, 50)
    console.settle(0.2)
    assert console.text == shown
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
