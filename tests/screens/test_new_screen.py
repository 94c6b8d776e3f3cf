"""A further screen is two files and a row: here is one, of which nothing else knows."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackio_view.model.events import DetailsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails
from trackio_view.screens.shell import drawings
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.chosen_keys import chosen_keys
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.keys.silent_keys import looked_at
from trackio_view.view.responses import respond
from trackio_view.view.screen_table import SCREENS

VIEW = """
from dataclasses import dataclass

from trackio_view.view.actions import Action, Mode
from trackio_view.view.keys.bindings import Binding
from trackio_view.view.keys.footer_words import FooterWords, ShownPart
from trackio_view.view.screen_row import KeyGroup, Offer, Opening, Screen
from trackio_view.view.scrolling import lines_moved

TAGS = Mode("Tags of runs")
OPEN_TAGS = Action("TAGS")
COUNT_TAGS = Action("COUNT_TAGS")


@dataclass(slots=True)
class TagsView:
    line: int = 0
    counts: bool = False


def tags(dashboard):
    found = {}
    for run in dashboard.project.every_run if dashboard.project else ():
        for tag in str((run.config or {}).get("tags", "")).split():
            found.setdefault(tag, []).append(run.name)
    return found


def move(dashboard, action, seen):
    view = dashboard.view.state(TagsView)
    last = max(0, len(tags(dashboard)) - 1)
    view.line = max(0, min(view.line + lines_moved(action, dashboard.height), last))


def respond(dashboard, action, seen):
    if action is not COUNT_TAGS:
        return False
    view = dashboard.view.state(TagsView)
    view.counts = not view.counts
    return True


def own_state(dashboard, seen):
    view = dashboard.view.state(TagsView)
    return view and (view.line, view.counts)


def footer(dashboard, now):
    view, count = dashboard.view.state(TagsView) or TagsView(), len(tags(dashboard))
    return FooterWords(part=ShownPart("tag", view.line + 1, view.line + 1, count, short=False))


ROW = Screen(
    KeyGroup("Tags", "tags"),
    "tags_of_runs.DRAWING",
    respond,
    move,
    is_ground=True,
    footer=footer,
    opening=Opening(
        Binding(("K",), OPEN_TAGS, frozenset({Mode.METRICS, TAGS}), "the tags of the runs"),
        lambda dashboard: TagsView(),
    ),
    bindings=(Binding(("z",), COUNT_TAGS, frozenset({TAGS}), "how many runs have it"),),
    offers=(
        Offer("count", (COUNT_TAGS,)),
        Offer("move", (Action.UP, Action.DOWN)),
        Offer("back", (Action.BACK,)),
    ),
    own_state=own_state,
    notes=("A tag is a word of the config's tags.",),
)
"""

DRAWING = """
from tags_of_runs_view import TagsView, tags
from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import VALUE
from trackio_view.screens.canvas import Drawing, Drawn


def draw(canvas):
    view = canvas.dashboard.view.state(TagsView)
    draw_box(canvas.frame, canvas.area, title="tags", focused=True)
    place = inside(canvas.area)
    for line, (tag, runs) in enumerate(tags(canvas.dashboard).items()):
        text = ("> " if line == view.line else "  ") + tag
        text += f" {len(runs)}" if view.counts else ""
        canvas.frame.put(place.x + 1, place.y + line, text, VALUE)
    return Drawn()


def header(canvas):
    canvas.frame.put(1, 0, "tags of all runs", VALUE)


DRAWING = Drawing(draw, header)
"""

PROJECT = ProjectId("", "my-experiment")
NOW = 1_700_000_000.0


@pytest.fixture
def new_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mode]:
    """Add the two files and the row, and nothing else; return the screen."""
    (tmp_path / "tags_of_runs_view.py").write_text(VIEW)
    (tmp_path / "tags_of_runs.py").write_text(DRAWING)
    monkeypatch.syspath_prepend(tmp_path)
    made = importlib.import_module("tags_of_runs_view")
    drawn = importlib.import_module("tags_of_runs")
    monkeypatch.setitem(sys.modules, "trackio_view.screens.tags_of_runs", drawn)
    monkeypatch.setitem(SCREENS, made.TAGS, made.ROW)
    yield made.TAGS
    for name in ("tags_of_runs_view", "tags_of_runs"):
        del sys.modules[name]
    drawings.drawing_at.cache_clear()


class Seen:
    """What a person sees and presses, with the keys that a start puts in force."""

    def __init__(self, dashboard: Dashboard, keys: dict[str, object]) -> None:
        self.dashboard, self.composer = dashboard, Composer()
        dashboard.view.keys = chosen_keys(keys).table
        respond(dashboard, Resized(80, 24))

    def lines(self) -> list[str]:
        return self.composer.compose(self.dashboard, NOW).lines()

    def press(self, *keys: str) -> list[str]:
        lines = self.lines()
        for key in keys:
            respond(self.dashboard, KeyPressed(key), self.composer.seen)
            lines = self.lines()
        return lines

    @property
    def mode(self) -> Mode:
        return self.dashboard.view.mode


@pytest.fixture
def tagged(dashboard: Dashboard) -> Dashboard:
    words = ["old small", "small", "large"]
    details = [
        RunDetails(f"id{number}", f"run-{number}", {"tags": tags})
        for number, tags in enumerate(words)
    ]
    dashboard.apply(DetailsLoaded(PROJECT, 0, details))
    return dashboard


def test_its_key_opens_it_and_leads_back(new_screen: Mode, tagged: Dashboard) -> None:
    seen = Seen(tagged, {})
    lines = seen.press("K")
    assert seen.mode is new_screen
    assert lines[0].strip() == "tags of all runs"
    assert lines[1].startswith("╭─ tags ")
    assert [line.strip("│ ") for line in lines[2:5]] == ["> old", "small", "large"]
    assert "tag 1 of 3" in lines[-2]
    assert "↑↓ move z count Esc back ? help q quit" in " ".join(lines[-1].split())
    seen.press("K")
    assert seen.mode is Mode.METRICS
    seen.press("K", "escape")
    assert seen.mode is Mode.METRICS


def test_its_own_keys_and_those_of_every_screen_act_or_say_why(
    new_screen: Mode, tagged: Dashboard
) -> None:
    seen = Seen(tagged, {})
    lines = seen.press("K", "down", "z")
    assert [line.strip("│ ") for line in lines[2:5]] == ["old 1", "> small 2", "large 1"]
    assert "tag 2 of 3" in lines[-2]
    before = looked_at(tagged, seen.composer.seen)
    assert "nothing is below" in "".join(seen.press("end", "down")[-2:])
    assert looked_at(tagged, seen.composer.seen) != before
    assert "+ does nothing here" in "".join(seen.press("+")[-2:])


def test_help_finder_and_settings_know_its_keys(new_screen: Mode, tagged: Dashboard) -> None:
    seen = Seen(tagged, {"tags": "f9"})
    respond(tagged, Resized(120, 100))
    assert "the tags of the runs" in "\n".join(seen.press("?"))
    own = "\n".join(seen.press("escape", "f9", "?"))
    assert "Other places" in own
    assert "F9" in own
    assert "how many runs have it" in own
    assert "A tag is a word of the config's tags." in "\n".join(seen.press("end"))
    seen.press("escape", "escape")
    assert "the tags of the runs" in "\n".join(seen.press(":", *"tags"))
    seen.press("enter")
    assert seen.mode is new_screen


def test_without_a_row_no_key_opens_it(tagged: Dashboard) -> None:
    assert "K does nothing here" in "".join(Seen(tagged, {}).press("K")[-2:])
