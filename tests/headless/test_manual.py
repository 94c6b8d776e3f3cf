"""The manual is Markdown for pipes, and a pager shows it to people; without a pager it is
printed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trackio_view.headless import manual
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.options.manual_topics import TOPICS


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manual, "is_terminal", lambda _: True)
    monkeypatch.setenv("COLUMNS", "60")


@pytest.mark.parametrize("topic", TOPICS)
def test_a_pipe_gets_the_page_as_it_is(command, topic: str) -> None:
    ended = command("--manual", topic)
    assert (ended.code, ended.err) == (ExitCode.DONE, "")
    assert ended.out == manual.manual_page(topic)
    assert ended.out.startswith("# ")


def test_without_a_topic_all_are_listed(command) -> None:
    said = command("--manual").out
    assert all(f"trackio-view --manual {topic}" in said for topic in TOPICS)


def test_the_persons_pager_is_given_the_page(
    command, at_a_terminal: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = tmp_path / "shown"
    monkeypatch.setenv("PAGER", f"sh -c 'cat > {shown}'")
    assert command("--manual", "runs").out == ""
    text = shown.read_text("utf-8")
    assert "forest base" in text
    assert "<!--" not in text
    assert "assets/" not in text


@pytest.mark.parametrize(("pager", "rich"), [("no-such-pager", True), ("less '", False)])
def test_without_a_pager_it_is_printed(
    command, at_a_terminal: None, monkeypatch: pytest.MonkeyPatch, pager: str, rich: bool
) -> None:
    monkeypatch.setenv("PAGER", pager)
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    ended = command("--manual", "health")
    assert ended.code == ExitCode.DONE
    assert "loss_spike" in ended.out
    assert ("```" in ended.out) is not rich


def test_colours_that_are_forced_pass_a_pipe(command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in command("--manual", "health").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("PAGER", "no-pager-is-asked")
    assert "\x1b[" in command("--manual", "health").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in command("--manual", "health").out


def test_the_page_on_keys_tells_of_a_persons_own(
    command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    usual = command("--manual", "keys").out
    (tmp_path / "trackio-view").mkdir()
    file = tmp_path / "trackio-view" / "settings.toml"
    file.write_text("[keys]\nquit = ['|', 'ctrl_x']\nfly = 'x'\n")
    page = command("--manual", "keys").out
    assert "\n| `\\|` `Ctrl-X` | quit | `q` |\n" in page
    assert page.replace(page[page.index("Your settings") : page.index("<!-- keys")], "") == usual
