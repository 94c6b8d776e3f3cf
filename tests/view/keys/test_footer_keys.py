"""The footer has the five most useful keys of each screen and state."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from tests.pressing import press
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    Notice,
    ProgramOrigin,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import DEFAULT_KEYS, TYPING
from trackio_view.view.keys.offered import MOST_OFFERED, footer_keys, offered
from trackio_view.view.screen_table import SCREENS

EXPERIMENT = ProjectId("", "my-experiment")
NAMES = ("train/loss", "train/lr", "val/loss", "val/accuracy", "grad", "tokens")


@pytest.fixture
def dashboard(batch: Any) -> Dashboard:
    """Three runs with six charts each, of which four have room."""
    made = Dashboard(width=80, height=24)
    made.watch(EXPERIMENT)
    made.apply(LoadStarted(EXPERIMENT, 0, 1800))
    wave = [math.sin(row / 9) for row in range(600)]
    runs = [
        batch(dict.fromkeys(NAMES, wave), run_id=f"id{number}", run_name=f"f{number}")
        for number in range(3)
    ]
    made.apply(RowsLoaded(EXPERIMENT, 0, runs, 1800))
    made.apply(LoadFinished(EXPERIMENT, 0))
    made.apply(ProjectsListed("", [ProjectSummary(EXPERIMENT, 3, 1800, 0.0, 9)]))
    return made


def told(dashboard: Dashboard, *keys: str, arrows: bool = True) -> str:
    """Press keys and return the words that the footer offers then."""
    press(dashboard, *keys)
    offers, view = offered(dashboard, dashboard.shown_charts), dashboard.view
    assert len(offers) <= MOST_OFFERED
    entries = footer_keys(offers, view.mode, view.keys, arrows=arrows)
    return "  ".join(f"{keys} {word}" for keys, word, *_ in entries)


def test_every_screen_offers_keys_that_it_has() -> None:
    assert {mode for mode, screen in SCREENS.items() if screen.offers} == set(SCREENS) - TYPING
    for mode, screen in SCREENS.items():
        bound = {one.action for one in DEFAULT_KEYS.bindings if mode in one.modes}
        for offer in screen.offers:
            assert set(offer.actions) <= bound, (mode, offer.word)


@pytest.mark.parametrize(
    ("keys", "footer"),
    [
        ("", "+- zoom  Enter enlarge  v read  t runs  Tab group"),
        ("+", "+- zoom  0 all data  Enter enlarge  v read  Tab group"),
        ("+ [", "+- zoom  [] pan  0 all data  Enter enlarge  v read"),
        ("v", "←→ point  Enter enlarge  n event  a stretch  Esc back"),
        ("v left", "←→ point  n event  C copy  a stretch  Esc back"),
        ("v left a left", "←→ point  Enter show it  C copy  a release  Esc back"),
        ("v left a left enter", "0 all data  ←→ point  C copy  a stretch  Esc back"),
        ("enter", "←→ point  ↑↓ chart  n event  a stretch  Esc back"),
        ("t", "Enter open  v charts  s sort  / filter  Space mark"),
        ("t c", "↑↓ move  Enter in/out  ←→ shift  Esc back"),
        ("t G", "↑↓ move  Enter choose  Esc back"),
        ("t space down space", "Enter open  v charts  Space mark  d diff  t compare"),
        ("t space down space t", "+- zoom  Enter enlarge  v read  r front  d diff"),
        ("t / f enter", "Enter open  v charts  / filter  Space mark  * mark all"),
        ("w", "+- zoom  Enter charts  Tab metric  t runs  Esc back"),
        ("/ l enter", "+- zoom  Enter enlarge  v read  t runs  / filter"),
        ("D D D D D D", "u undo  r run  t runs  p projects  : find"),
        ("X", "↑↓ move  Enter choose  Esc back"),
        ("p", "↑↓ move  Enter open  Esc back"),
        ("d", "←→ keys  ↑↓ move  a all keys  / search  Esc back"),
        ("d a", "←→ keys  ↑↓ move  a differences  / search  Esc back"),
        ("i", "↑↓ move  Enter open  Tab next  Esc back"),
        ("?", "↑↓ move  / search  Esc back"),
    ],
)
def test_the_five_keys_of_the_moment(dashboard: Dashboard, keys: str, footer: str) -> None:
    assert told(dashboard, *keys.split()) == f"{footer}  ? help  q quit"


@pytest.mark.parametrize(("everything", "is_offered"), [(True, True), (False, False)])
def test_runs_of_other_projects_are_offered_where_all_are_watched(
    batch: Any, everything: bool, is_offered: bool
) -> None:
    dashboard = Dashboard(width=80, height=24, watch_all=everything)
    dashboard.view.runs.all_projects = everything
    for project in (EXPERIMENT, ProjectId("", "another")):
        dashboard.watch(project)
        dashboard.apply(LoadStarted(project, 0, 9))
        dashboard.apply(RowsLoaded(project, 0, [batch({"loss": [1.0, 2.0, 3.0]})], 9))
        dashboard.apply(LoadFinished(project, 0))
    assert ("t runs" in told(dashboard)) is is_offered


def test_a_notice_that_can_be_dismissed_says_so(dashboard: Dashboard) -> None:
    dashboard.apply(Notice(ProgramOrigin.SETTINGS, "no such key"))
    assert "Esc dismiss" in told(dashboard)
    assert "Esc dismiss" not in told(dashboard, "escape")


@pytest.mark.parametrize(
    ("keys", "footer"),
    [
        ("", "t runs  p projects  g GPUs  y system"),
        ("t", "t charts  p projects  g GPUs  y system  Esc back"),
        ("g", "g charts  y system  Esc back"),
        ("y", "t runs  p projects  g GPUs  y charts  Esc back"),
        ("w", "t runs  p projects  Esc back"),
        ("p", "Esc back"),
    ],
)
def test_a_screen_with_nothing_to_show_offers_only_keys_that_act(keys: str, footer: str) -> None:
    dashboard = Dashboard()
    assert told(dashboard, *keys) == f"{footer}  ? help  q quit"
    mode = dashboard.view.mode
    for offer in offered(dashboard, dashboard.shown_charts):
        other = Dashboard()
        told(other, *keys, DEFAULT_KEYS.label(mode, offer.actions[0]).replace("Esc", "escape"))
        assert other.view.mode is not mode, offer.word


def test_arrows_are_words_where_there_are_none(dashboard: Dashboard) -> None:
    assert told(dashboard, "v", arrows=False).startswith("Left Right point  Enter")


def test_keys_keep_their_order_as_others_come_and_go(dashboard: Dashboard) -> None:
    """Entries that two footers share stand in the same order in both."""
    lines = []
    for keys in ("", "+", "[", "0", "v", "left", "a", "left", "enter", "escape"):
        lines.append(told(dashboard, *([keys] if keys else [])).split("  "))
    for before, after in pairwise(lines):
        assert [one for one in before if one in after] == [one for one in after if one in before]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_goes_from_one_gpu_to_another_is_offered_where_there_are_several(
    gpus_sampled: Any, count: int
) -> None:
    dashboard = Dashboard(width=80, height=24)
    dashboard.apply(gpus_sampled(count))
    dashboard.show_gpus()
    assert ("filter" in told(dashboard)) is (count > 1)
