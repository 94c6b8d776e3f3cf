"""The mouse in a real terminal: reports as xterm sends them."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

CLICK, WHEEL_UP, WHEEL_DOWN = 0, 64, 65


def use(console: Any, button: int, text: str, *, right: int = 0) -> None:
    """Press a button, and let it go, on a text that is on screen."""
    lines = console.text.split("\n")
    y = next(y for y, line in enumerate(lines) if text in line)
    x = lines[y].index(text) + right
    released = f"\x1b[<{button};{x + 1};{y + 1}m" if button == CLICK else ""
    console.type(f"\x1b[<{button};{x + 1};{y + 1}M{released}")


def is_bold(console: Any, text: str) -> bool:
    y, line = next((y, line) for y, line in enumerate(console.screen.display) if text in line)
    return bool(console.screen.buffer[y][line.index(text) + 1].bold)


def test_clicks_and_the_wheel(start: Any, folder: Any) -> None:
    for run in ("one", "two"):
        folder.log([{"loss": 4 - n / 1000, "lr": 1 / (n + 1)} for n in range(400)], run=run)
    console = start(size=(80, 24))
    console.wait_for("▸ two", "lr ")
    assert console.received.count(b"\x1b[?1000h\x1b[?1002h\x1b[?1006h") == 1
    # A click on any chart, also a small one among others, puts the cursor there.
    use(console, CLICK, "lr ", right=40)
    console.wait_for("step 203", "@203")
    use(console, CLICK, "─ loss ", right=20)
    console.wait_for("step 81", "@81")
    use(console, CLICK, "─ loss ", right=20)
    console.wait_for("↑↓ chart", "step 81")
    # After a click in the middle, the line of words tells the nearest point.
    console.type("\x1b[<0;41;10M\x1b[<0;41;10m")
    console.wait_for("@18")
    use(console, WHEEL_UP, "─ loss ", right=22)
    console.wait_for("held")
    use(console, WHEEL_DOWN, "─ loss ", right=22)
    console.wait_for("All data")
    console.press("t", "2 runs")
    use(console, CLICK, " one ", right=1)
    # The chosen line is bold.
    console.wait_until(lambda: is_bold(console, " one "), "chose the run")
    use(console, CLICK, " one ", right=1)
    console.wait_for("one", "metrics")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
    assert console.foreign_bytes() == []


def test_a_drag_shows_a_stretch_and_the_footer_is_clicked(start: Any, folder: Any) -> None:
    folder.log([{"loss": 4 - n / 1000} for n in range(400)])
    console = start(size=(80, 24))
    # A drag means the frame that is seen when it comes: all rows are read before.
    console.wait_for("All data", "step 399")
    console.type("\x1b[<0;31;10M\x1b[<32;40;10M\x1b[<32;51;11M")
    console.wait_for("127–239", "mean 3.8170")
    console.type("\x1b[<0;51;11m")
    console.wait_for("held")
    console.wait_while("mean")
    console.press("u", "All data")
    use(console, CLICK, " help", right=1)
    console.wait_for("─ keys ─")
    use(console, CLICK, " quit", right=2)
    assert console.exit_code() == 0
    console.assert_left_tidy()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_is_given_back_however_the_program_ends(start: Any, folder: Any, number: int) -> None:
    folder.train(10)
    console = start()
    console.wait_for("3.9910")
    console.signal(number)
    assert console.exit_code() == 128 + number
    console.assert_left_tidy()
    assert b"\x1b[?1006l\x1b[?1002l\x1b[?1000l" in console.received


def test_a_bug_gives_it_back(start: Any, folder: Any) -> None:
    folder.train(10)
    script = """
    from trackio_view.screens.shell import frame
    def broken(*arguments):
        raise RuntimeError("a bug")
    frame.Pointing.take = broken
    """
    console = start(script=script)
    console.wait_for("3.9910")
    console.type("\x1b[<0;5;5M")
    assert console.exit_code() == 1
    console.assert_left_tidy()
    assert "a bug" in console.afterwards


@pytest.mark.parametrize("way", ["option", "setting"])
def test_it_can_be_left_to_the_terminal(start: Any, folder: Any, tmp_path: Path, way: str) -> None:
    folder.train(10)
    settings = tmp_path / "config" / "trackio-view" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[look]\nmouse = "off"\n' if way == "setting" else "")
    options = ["--no-mouse"] if way == "option" else []
    console = start(*options, XDG_CONFIG_HOME=str(tmp_path / "config"))
    console.wait_for("3.9910")
    console.type("q")
    assert console.exit_code() == 0
    assert b"?1000" not in console.received
    assert b"?1006" not in console.received
