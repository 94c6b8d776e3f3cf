"""Fonts of this machine, found by the names of their files."""

from __future__ import annotations

import pytest

from trackio_view.pictures.fonts import (
    FAMILIES,
    Face,
    find_family,
    font_folders,
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
