"""The last lines tell notices, progress, the keys, and which part of the data is on screen."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.charts.palette import ACCENT, BAD, KEY, WARNING
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    Notice,
    Origin,
    PreviewLoaded,
    ProgramOrigin,
    ProjectOrigin,
    RowsLoaded,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.keys.offered import footer_keys, offered
from trackio_view.view.responses import respond
from trackio_view.view.screen_row import Offer
from trackio_view.view.text_entry import MOST_CHARACTERS

P = ProjectId("", "p")
EXPERIMENT = ProjectId("", "my-experiment")
OTHER = ProjectId("", "other")
NOW = 1_700_000_000.0
PROJECT = ProjectOrigin(EXPERIMENT)


def status(frame: Frame) -> str:
    return frame.lines()[-2]


def footer(frame: Frame) -> str:
    return frame.lines()[-1]


@pytest.mark.parametrize(
    ("severity", "style"),
    [(Severity.INFO, ACCENT), (Severity.WARNING, WARNING), (Severity.ERROR, BAD)],
)
def test_the_newest_notice_is_told_in_its_colour_and_others_are_counted(
    show: Any, dashboard: Dashboard, severity: Severity, style: object
) -> None:
    origins: list[Origin] = [PROJECT, ProgramOrigin.SETTINGS, ProgramOrigin.KEYBOARD]
    for number, origin in enumerate(origins):
        dashboard.apply(Notice(origin, f"sentence {number}", severity))
    frame = show(100, 24)
    assert status(frame).startswith(" ▲ sentence 2  +2 more")
    assert "sentence 1" not in "".join(frame.lines())
    assert frame.styles[-2][3] == style


def test_a_notice_that_has_no_room_is_told_whole_by_the_help(
    show: Any, dashboard: Dashboard
) -> None:
    sentence = "It was read in part: " + "a folder of a long name, " * 6 + "and its end."
    dashboard.apply(Notice(ProgramOrigin.SETTINGS, sentence, Severity.WARNING))
    frame = show(80, 24)
    assert status(frame).rstrip().endswith("…  ? tells")
    assert footer(show(40, 12)).rstrip().endswith("…  ? tells")
    told = " ".join(line.strip("│ ") for line in show(80, 24, "?").lines()[2:6])
    assert sentence in told
    assert "Notices" not in "\n".join(show(80, 24, "/", *"zoom").lines()), "keys are looked for"


def test_a_notice_behind_what_was_said_is_counted(show: Any, dashboard: Dashboard) -> None:
    dashboard.apply(Notice(ProgramOrigin.SETTINGS, "one", Severity.WARNING))
    dashboard.view.said = "as you left it"
    assert status(show(80, 24)).startswith(" as you left it   ▲ 1 notice: ? tells")
    dashboard.view.said = ""
    assert status(show(80, 24)).startswith(" ▲ one ")


def test_a_notice_of_another_project_says_whose_it_is(show: Any, dashboard: Dashboard) -> None:
    dashboard.apply(LoadStarted(OTHER, 0, 10))
    dashboard.known.projects.setdefault(OTHER, dashboard.known.projects[EXPERIMENT])
    dashboard.apply(Notice(ProjectOrigin(OTHER), "is locked"))
    assert "▲ other: is locked" in status(show(100, 24))
    dashboard.apply(Notice(PROJECT, "is damaged"))
    assert "▲ is damaged  +1 more" in status(show(100, 24)), "it is on screen: that is clear"


def test_the_help_says_of_two_projects_of_one_name_which_is_which(
    show: Any, dashboard: Dashboard
) -> None:
    twin = EXPERIMENT._replace(origin="box:/data")
    for project in (twin, OTHER):
        dashboard.known.projects[project] = dashboard.known.projects[EXPERIMENT]
        dashboard.apply(Notice(ProjectOrigin(project), "is damaged"))
    dashboard.apply(Notice(PROJECT, "is damaged"))
    told = [line.strip("│ ") for line in show(100, 30, "?").lines()]
    known = [line for line in told if line.endswith("is damaged")]
    assert known[0] == "is damaged"
    assert known[1].startswith(f"{OTHER.name} (")
    assert known[2] == f"{EXPERIMENT.name} (box:/data): is damaged"


def test_a_low_screen_tells_the_notice_in_place_of_the_keys(
    show: Any, dashboard: Dashboard
) -> None:
    before = footer(show(80, 12))
    assert "help" in before
    assert "Last" in before or "All" in before
    dashboard.apply(Notice(PROJECT, "is locked"))
    assert footer(show(80, 12)).split() == ["▲", "is", "locked", "?", "help"]


def loading() -> Dashboard:
    made = Dashboard(width=100, height=24)
    made.watch(P)
    made.apply(LoadStarted(P, 0, 1000))
    return made


def test_a_load_has_a_bar_and_a_share(batch: Any) -> None:
    dashboard = loading()
    assert status(Composer().compose(dashboard, NOW)).strip("━╸─ ").endswith("0%")
    rows = batch({"loss": [5.0, 4.0, 2.0]})
    dashboard.apply(PreviewLoaded(P, 0, [rows]))
    dashboard.apply(RowsLoaded(P, 0, [rows], 250))
    frame = Composer().compose(dashboard, NOW)
    assert status(frame).startswith(" reading ")
    assert " 25% · preview from 3 of 1,000 rows " in status(frame)
    bar = status(frame)[9:21]
    assert bar.strip("━╸─") == ""
    assert 2 <= bar.count("━") <= 4, "a quarter of twelve columns"
    respond(dashboard, KeyPressed("g"))
    assert "reading" not in status(Composer().compose(dashboard, NOW)), "GPUs need no project"


@pytest.mark.parametrize("height", [24, 12])
@pytest.mark.parametrize("key", ["v", "n", "enter", "]"])
def test_a_preview_says_that_it_is_one_whatever_else_is_told(
    batch: Any, key: str, height: int
) -> None:
    dashboard = loading()
    rows = batch({"loss": [5.0, 4.0, 2.0]})
    dashboard.apply(PreviewLoaded(P, 0, [rows]))
    for width in (40, 80, 120):
        respond(dashboard, Resized(width, height))
        respond(dashboard, KeyPressed(key))
        told = Composer().compose(dashboard, NOW).lines()[-2:]
        assert "preview" in "".join(told), (told, width)
    dashboard.apply(RowsLoaded(P, 0, [batch({"loss": [5.0] * 1000})], 1000))
    dashboard.apply(LoadFinished(P, 0))
    assert "preview" not in "".join(Composer().compose(dashboard, NOW).lines()[-2:])


def test_a_notice_takes_the_place_of_the_progress(batch: Any) -> None:
    dashboard = loading()
    dashboard.apply(Notice(ProjectOrigin(P), "is locked"))
    frame = Composer().compose(dashboard, NOW)
    assert "is locked" in status(frame)
    assert "reading" not in status(frame)


@pytest.mark.parametrize("width", [40, 60, 90, 200])
def test_the_keys_that_lead_out_stay_longest(show: Any, dashboard: Dashboard, width: int) -> None:
    shown = footer(show(width, 24))
    entries = footer_keys(
        offered(dashboard, dashboard.shown_charts), Mode.METRICS, dashboard.view.keys
    )
    kept = [f"{key} {word}" in shown for key, word, *_ in entries]
    assert kept[-2:] == [True, True], "help and quit"
    assert any(kept[:-2]), "also where it is narrow"
    assert all(kept) == (width > 60)
    for (key, word, *_), is_kept in zip(entries, kept, strict=True):
        assert (f" {word} " in f"{shown} ") == is_kept, f"{key} goes with its word"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 50)])
def test_groups_of_charts_are_told_where_all_charts_are_on_one_page_too(
    show: Any, width: int, height: int
) -> None:
    told = status(show(width, height, "enter", "escape"))
    assert told.startswith(" ▸all 7   train 1   val 2   charts 4 ")
    for keys in (["i"], ["d"], ["d", "/", "l"]):
        assert "▸all" not in status(show(width, height, *keys)), "Tab means another thing there"
        show(width, height, *["escape"] * len(keys))


def test_a_typed_text_is_seen_whatever_else_there_is_to_say(
    show: Any, dashboard: Dashboard
) -> None:
    dashboard.apply(Notice(PROJECT, "is locked"))
    shown = footer(show(80, 12, "g", "/", *"node7"))
    assert "filter: node7▏ " in shown
    assert "Enter keep" in shown
    assert "Esc drop" in shown
    assert "locked" not in shown
    long = footer(show(80, 12, *"x" * 60, "y"))
    assert "filter: …xx" in long
    assert "xy▏" in long


@pytest.mark.parametrize("width", [40, 50, 60])
def test_the_fault_of_a_filter_is_cut_where_the_line_ends(show: Any, width: int) -> None:
    """A sentence that is cut ends in an ellipsis, never at the edge of the screen."""
    shown = footer(show(width, 12, "t", "/", *"-lr<0.1 /(?=b)/"))
    assert "/(?=b)/▏" in shown
    assert shown.rstrip().endswith("…")


def test_what_a_typed_word_may_become_stands_beside_it_where_no_other_line_has_room(
    show: Any,
) -> None:
    low = show(80, 12, "t", "/", "l", "tab")
    assert "learning_rate  train/loss" in footer(low)
    assert "keep" not in footer(low)
    high = show(80, 24)
    assert "learning_rate  train/loss" in status(high)
    assert "keep" in footer(high)


def test_arrows_are_written_out_where_the_terminal_has_none(show: Any) -> None:
    assert footer(show(120, 24, "v")).startswith(" ←→ point ")
    assert footer(show(120, 24, unicode=False)).startswith(" Left Right point ")


def test_a_text_that_is_full_says_so(show: Any) -> None:
    shown = footer(show(120, 24, "g", "/", *"x" * (MOST_CHARACTERS + 1)))
    assert f"no more than {MOST_CHARACTERS} characters" in shown
    assert "keep" not in shown


def test_the_line_of_keys_is_made_once_as_long_as_the_keys_of_the_moment_are_the_same(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    composer, made = Composer(), []

    def count(offers: tuple[Offer, ...], mode: Mode, *rest: Any, **options: Any) -> Any:
        made.append(mode)
        return footer_keys(offers, mode, *rest, **options)

    monkeypatch.setattr("trackio_view.screens.shell.footer.footer_keys", count)
    respond(dashboard, Resized(120, 40))
    for key in ("", "right", "+", "+", "t", "down", "t", "left"):
        respond(dashboard, KeyPressed(key))
        kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
        assert footer(kept) == footer(fresh)
        # One of the two drawings is that of the fresh composer.
        made.pop()
    assert made == [Mode.METRICS, Mode.METRICS, Mode.RUNS], "a window that is zoomed has a way back"


LONG = "train/loss is at the front already, before all other charts of the group"


@pytest.mark.parametrize("size", [(40, 12), (60, 24)])
def test_a_sentence_too_long_for_one_line_stands_above_the_keys(
    show: Any, dashboard: Dashboard, size: tuple[int, int]
) -> None:
    dashboard.view.said = LONG
    lines = show(*size).lines()
    assert " ".join(line.strip() for line in lines[-3:-1]) == LONG
    assert "? help" in lines[-1]
    dashboard.view.said = ""
    assert "front" not in "".join(show(*size).lines())


def test_a_sentence_takes_no_more_than_four_lines_from_the_screen(
    show: Any, dashboard: Dashboard
) -> None:
    dashboard.view.said = "said " * 60
    lines = show(40, 12).lines()
    assert [number for number, line in enumerate(lines) if "said" in line] == [7, 8, 9, 10]


def test_a_sentence_beside_a_typed_line_keeps_its_end(show: Any, dashboard: Dashboard) -> None:
    show(40, 12, ":", *"los")
    dashboard.view.said = LONG
    lines = show(40, 12).lines()
    assert " ".join(line.strip() for line in lines[-3:-1]) == LONG
    assert lines[-1].startswith(" find: los")


def test_a_long_typed_line_gives_way_to_a_sentence_beside_it(
    show: Any, dashboard: Dashboard
) -> None:
    show(80, 12, "g", "/", *"x" * 60)
    dashboard.view.said = "This sentence of half a line is told beside the text."
    shown = footer(show(80, 12))
    assert shown.endswith(dashboard.view.said)
    assert "xx▏" in shown


def test_a_long_name_is_cut_before_a_line_more_is_taken(show: Any, dashboard: Dashboard) -> None:
    dashboard.view.said = "a" * 60 + " is off the screen"
    lines = show(40, 12).lines()
    assert lines[-1].strip().endswith("a is off the screen")
    assert lines[-2].startswith("╰")


@pytest.mark.parametrize("unicode", [True, False])
def test_keys_that_act_beside_a_typed_line_look_like_all_keys(show: Any, unicode: bool) -> None:
    frame = show(120, 24, "c", unicode=unicode)
    line, y = frame.lines()[-1], 23
    for key in ("Space", "F front", "Tab all", "Enter"):
        assert frame.styles[y][line.index(key)] == KEY
    assert ("←→ order" if unicode else "Left Right order") in line


def test_what_was_said_stands_below_the_facts_of_a_stretch(show: Any, dashboard: Dashboard) -> None:
    lines = show(80, 24, "v", "shift_left", "a", "shift_left").lines()
    dashboard.view.said = "said"
    first, second = show(80, 24).lines()[-3:-1]
    assert first == lines[-3]
    assert second.startswith(" said   max ")


def test_what_is_typed_leaves_the_first_facts_of_a_stretch(show: Any) -> None:
    facts = show(80, 24, "v", "shift_left", "a", "shift_left").lines()[-3]
    typed = show(80, 24, "1", "2").lines()
    assert typed[-3] == facts
    assert typed[-1].startswith(" go to: 12")
