"""Fonts of this machine, found by the names of their files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view.pictures.fonts import (
    FAMILIES,
    Face,
    any_monospace_family,
    find_fallbacks,
    find_family,
    font_folders,
    fonts_with,
    installed_fonts,
    machine_fonts,
)


def test_fonts_are_found_by_preference_below_any_folder(tmp_path) -> None:
    ours, theirs = tmp_path / "home/.fonts", tmp_path / "share/fonts/truetype/x"
    for path in (ours / "cour.ttf", theirs / "DejaVuSansMono.ttf", theirs / "cour.ttf"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (theirs / "notes.txt").touch()
    folders = font_folders({"XDG_DATA_DIRS": str(tmp_path / "share")}, tmp_path / "home")
    fonts = installed_fonts(folders)
    assert set(fonts) >= {"cour.ttf", "DejaVuSansMono.ttf"}
    assert fonts["cour.ttf"] == str(ours / "cour.ttf")
    family = find_family({name: path for name, path in fonts.items() if str(tmp_path) in path})
    assert family is not None
    assert family.name == "DejaVu Sans Mono"
    assert family.regular == Face(str(theirs / "DejaVuSansMono.ttf"))
    assert family.bold is None
    assert find_family({}) is None


def test_some_families_have_slanted_and_bold_faces_of_their_own() -> None:
    hack = next(family for family in FAMILIES if family.name == "Hack")
    files = ("Hack-Regular.ttf", "Hack-Bold.ttf", "Hack-Italic.ttf")
    assert hack[1:] == tuple(map(Face, files))
    assert any(family.bold is None and family.italic is None for family in FAMILIES)


def test_no_font_is_preferred_twice() -> None:
    regular = [(family.regular.path, family.regular.number) for family in FAMILIES]
    assert len(set(regular)) == len(regular)


def test_a_person_without_a_home_has_the_systems_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(number: int) -> None:
        raise KeyError(number)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    machine_fonts.cache_clear()
    assert isinstance(machine_fonts(), dict)
    machine_fonts.cache_clear()


Answer = Callable[[str, int], None]


@pytest.fixture
def fontconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Return a function that puts a stand-in for fontconfig on the path, with an answer and an exit
    code.

    The stand-in only answers a question for the file and the font's number in it.
    """
    fonts_with.cache_clear()

    def answer(text: str, code: int = 0) -> None:
        (tmp_path / "answer").write_text(text)
        program = tmp_path / "fc-list"
        program.write_text(
            f"#!/bin/sh\necho \"$1\" >'{tmp_path}/asked'\necho a warning >&2\n"
            f'[ "$2$3" = "--format%{{file}}\t%{{index}}\n" ] && cat \'{tmp_path}/answer\'\n'
            f"exit {code}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return answer


def test_fontconfig_knows_further_fonts(
    fontconfig: Answer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fontconfig("/f/b.ttc\t3\n/f/a.TTF\t0\n/f/b.ttc\t131073\n/f/c.pfb\t0\n/f/d.otf\tx\n", 0)
    assert fonts_with("日") == (Face("/f/a.TTF"), Face("/f/b.ttc", 1), Face("/f/b.ttc", 3))
    assert (tmp_path / "asked").read_text() == ":charset=65e5\n"
    family = any_monospace_family()
    assert family is not None
    assert (family.name, family.regular, family.bold) == ("", Face("/f/a.TTF"), None)
    assert "spacing=mono" in (tmp_path / "asked").read_text()
    assert capfd.readouterr() == ("", ""), "what it says reaches no terminal"


def test_many_fonts_with_a_character_are_some_of_them(fontconfig: Answer) -> None:
    fontconfig("".join(f"/f/{number:02}.ttf\t0\n" for number in range(30)), 0)
    assert fonts_with("x") == tuple(Face(f"/f/{number:02}.ttf") for number in range(8))


def test_fontconfig_that_fails_or_is_not_there_knows_none(
    fontconfig: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fontconfig("/f/a.ttf\t0\n", 1)
    assert fonts_with("a") == ()
    assert any_monospace_family() is None
    fonts_with.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    assert fonts_with("a") == ()


def test_fallbacks_come_in_the_order_of_the_table() -> None:
    fonts = {name: f"/f/{name}" for name in ("Symbola.ttf", "msgothic.ttc", "mine.ttf")}
    assert find_fallbacks(fonts) == [Face("/f/msgothic.ttc"), Face("/f/Symbola.ttf")]


def test_folders_of_a_person_come_before_those_of_all() -> None:
    home = Path("/home/a")
    assert font_folders({}, home) == [
        Path("/home/a/.local/share/fonts"),
        Path("/home/a/.fonts"),
        Path("/home/a/Library/Fonts"),
        Path("/usr/local/share/fonts"),
        Path("/usr/share/fonts"),
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
    ]
    own = font_folders({"XDG_DATA_HOME": "/d", "XDG_DATA_DIRS": "/x::/y"}, home)
    assert own[0] == Path("/d/fonts")
    assert own[3:5] == [Path("/x/fonts"), Path("/y/fonts")]
    assert own[5] == Path("/Library/Fonts")
