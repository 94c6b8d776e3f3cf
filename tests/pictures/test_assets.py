"""The pictures in `assets/`, and the script that makes them."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from tests.pressing import press
from trackio_view.pictures.shapes import CELL_HEIGHT, CELL_WIDTH
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.themes import DARK, LIGHT
from trackio_view.view.dashboard import Dashboard

REPOSITORY = Path(__file__).parents[2]
ASSETS = REPOSITORY / "assets"
MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def screenshots() -> ModuleType:
    path = str(REPOSITORY / "scripts" / "screenshots")
    loader = importlib.machinery.SourceFileLoader("screenshots", path)
    specification = importlib.util.spec_from_loader("screenshots", loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = writes_bytecode
    return module


def test_every_picture_is_made_by_the_script_and_light(screenshots) -> None:
    assert {path.stem for path in ASSETS.glob("*.png")} == set(screenshots.PICTURES)
    for path in ASSETS.iterdir():
        assert path.stat().st_size < MOST_BYTES, path.name
        with Image.open(path) as image:
            size = (screenshots.WIDTH * CELL_WIDTH, screenshots.HEIGHT * CELL_HEIGHT)
            assert image.size == size


def test_the_readme_and_the_manual_show_every_picture() -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "trackio_view/manual").glob("*.md")]
    shown = {
        (page.parent / link).resolve()
        for page in pages
        for links in re.findall(
            r'!\[[^]]+\]\(([^)]+)\)| src(?:set)?="([^"]+)"', page.read_text("utf-8")
        )
        for link in filter(None, links)
    }
    assert shown == set(ASSETS.iterdir())


def test_the_script_writes_a_picture_on_its_background(screenshots, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(screenshots, "ASSETS", tmp_path)
    for name, theme in (("noisy", DARK), ("noisy-light", LIGHT)):
        monkeypatch.setitem(screenshots.PICTURES, name, (Dashboard, ()))
        monkeypatch.setattr(sys, "argv", ["screenshots", name])
        assert screenshots.main() == 0
        with Image.open(tmp_path / f"{name}.png") as image:
            row = image.height // 2
            corner = image.convert("RGB").crop((0, row, 1, row + 1)).tobytes()
        assert int.from_bytes(corner, "big") == theme.background


def test_the_script_shows_what_its_names_say(screenshots, monkeypatch) -> None:
    trained = screenshots.trained

    def trained_shortly(settings, *rest):
        return trained(replace(settings, steps=settings.steps // 20), *rest)

    monkeypatch.setattr(screenshots, "trained", trained_shortly)
    words = {
        "gpus": "processes by memory",
        "metrics": "val/accuracy",
        "runs": "by best train/loss",
        "noisy": "adam-6",
    }
    for name, word in words.items():
        make, keys = screenshots.PICTURES[name]
        dashboard = make()
        press(dashboard, *keys)
        lines = Composer().compose(dashboard, screenshots.NOW).lines()
        assert len(lines) == screenshots.HEIGHT
        assert any(word in line for line in lines), name
