"""The runs that are compared, of which no two look the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import (
    RunKey,
)
from trackio_view.terminal.glyphs import LINE_MARKERS, LINE_SHAPES, Repertoire, shown_by
from trackio_view.terminal.style import LINE_COLOR_COUNT
from trackio_view.view.marks import (
    Marks,
    home_appearance,
    short_titles,
    titles,
)

P = ProjectId("", "p")

PROJECTS = st.builds(ProjectId, st.sampled_from(["/x", "/y"]), st.sampled_from("ab"))
KEYS = st.lists(st.builds(RunKey, PROJECTS, st.text(max_size=6)), unique=True, max_size=70)


def test_each_repertoire_tells_all_markers_apart() -> None:
    for repertoire in Repertoire:
        shown = {shown_by(repertoire)[marker] for marker in LINE_MARKERS}
        assert len(shown) == len(LINE_MARKERS)


@given(KEYS)
def test_up_to_eight_runs_share_neither_colour_nor_shape_and_more_have_letters(keys) -> None:
    marks = Marks()
    for count, key in enumerate(keys, 1):
        marks.mark([key])
        looks = list(marks.appearances.values())
        if count <= LINE_COLOR_COUNT:
            assert len({look.color for look in looks}) == count
            assert len({look.marker for look in looks}) == count
            assert all(look.marker < len(LINE_SHAPES) for look in looks)
        if count <= len(LINE_MARKERS):
            assert len({look.marker for look in looks}) == count
        assert len(set(looks)) == count


@given(KEYS, st.data())
def test_a_look_never_changes_while_its_run_is_marked(keys, data) -> None:
    marks = Marks()
    seen: dict[RunKey, object] = {}
    for key in keys:
        marks.toggle(key)
        other = data.draw(st.sampled_from(keys))
        marks.toggle(other)
        for marked, look in marks.appearances.items():
            assert seen.setdefault(marked, look) == look or marked in (key, other)
            seen[marked] = look


def test_the_same_marks_look_the_same_after_a_restart() -> None:
    keys = [RunKey(ProjectId("", "project"), f"run-{number}") for number in range(40)]
    first, second = Marks(), Marks()
    first.mark(keys)
    second.mark(keys)
    assert first.appearances == second.appearances
    alone = Marks()
    alone.mark(keys[7:8])
    assert alone.appearances[keys[7]] == home_appearance(keys[7])


@pytest.mark.parametrize("colors", [1, 2, 5])
def test_where_a_person_asked_for_fewer_colours_those_are_taken_in_turn(colors: int) -> None:
    marks = Marks(colors=colors)
    keys = [RunKey(ProjectId("", "project"), f"run-{number}") for number in range(4 * colors)]
    for count in (colors, 4 * colors):
        marks.mark(keys[:count])
        looks = list(marks.appearances.values())
        assert {look.color for look in looks} == set(range(colors))
        assert len(set(looks)) == count, "markers tell apart those of one colour"
    every = [RunKey(P, str(number)) for number in range(colors * len(LINE_MARKERS) + 3)]
    marks.mark(every)
    assert {marks.home(key).color for key in every} <= set(range(colors))


def test_a_run_that_is_marked_again_looks_as_before() -> None:
    marks = Marks()
    keys = [RunKey(P, str(number)) for number in range(8)]
    marks.mark(keys)
    before = dict(marks.appearances)
    marks.clear()
    marks.mark(reversed(keys))
    assert marks.appearances == before


def test_pinning_marks_brings_to_the_front_and_takes_back() -> None:
    marks = Marks()
    one, two, three = (RunKey(P, name) for name in "123")
    marks.mark([one, two])
    marks.pin(one)
    assert marks.runs == [two, one]
    marks.pin(three)
    assert marks.runs == [one, two, three]
    marks.pin(three)
    assert marks.pinned is None
    marks.pin(two)
    marks.only(one)
    assert marks.runs == [one]
    assert marks.pinned is None


def test_every_change_is_known_by_the_revision() -> None:
    marks = Marks()
    key = RunKey(P, "1")
    seen = [marks.revision]
    for act in (
        lambda: marks.mark([key]),
        lambda: marks.pin(key),
        lambda: marks.pin(key),
        lambda: marks.clear(),
    ):
        act()
        seen.append(marks.revision)
    assert seen == sorted(set(seen))


@given(KEYS, st.randoms())
def test_runs_marked_together_look_the_same_in_whatever_order_they_are_listed(keys, random) -> None:
    first, second = Marks(), Marks()
    first.mark(keys)
    listed = random.sample(keys, len(keys))
    second.mark(listed)
    assert first.appearances == second.appearances
    assert second.runs == listed


def test_a_project_that_is_renamed_keeps_the_looks_and_the_front_of_its_runs() -> None:
    marks = Marks()
    keys = [RunKey(ProjectId("", project), run) for project in "ab" for run in "1234"]
    marks.mark(keys)
    marks.pin(keys[1])
    looks, order, revision = list(marks.appearances.values()), marks.runs, marks.revision
    marks.unmark([keys[7]])
    marks.rename_project(ProjectId("", "a"), ProjectId("", "c"))
    assert marks.pinned == RunKey(ProjectId("", "c"), "2")
    assert list(marks.appearances.values()) == looks[:7]
    assert [key.run_id for key in marks.runs] == [key.run_id for key in order if key != keys[7]]
    assert [key.project.name for key in marks.appearances] == [*"cccc", *"bbb"]
    assert marks.revision > revision
    marks.unmark([RunKey(ProjectId("", "c"), "1")])
    marks.mark([RunKey(ProjectId("", "c"), "1")])
    assert marks.appearances[RunKey(ProjectId("", "c"), "1")] == looks[0]


def test_runs_of_one_name_are_told_apart_by_project_or_id() -> None:
    named = [
        (RunKey(P, "0123456789"), "twin"),
        (RunKey(P, "abcdefghij"), "twin"),
        (RunKey(P, "x"), "alone"),
        (RunKey(ProjectId("", "q"), "y"), "both"),
        (RunKey(ProjectId("", "r"), "z"), "both"),
        (RunKey(ProjectId("", "q"), "w"), ""),
    ]
    expected = ["twin (012345)", "twin (abcdef)", "alone", "both (q)", "both (r)", "(no name)"]
    assert titles(named) == expected


def test_runs_whose_names_look_the_same_are_told_apart_by_id() -> None:
    named = [
        (RunKey(P, key), name)
        for key, name in zip("abcd", ["run", " run", "run ", "r un"], strict=True)
    ]
    assert titles(named) == ["run (a)", " run (b)", "run  (c)", "r un"]
    assert [title[-3:] for title in short_titles(named)[:3]] == ["(a)", "(b)", "(c)"]


def test_runs_of_projects_of_one_name_are_told_apart_by_where_those_come_from() -> None:
    named = [
        (RunKey(ProjectId("/x", "p"), "r"), "both"),
        (RunKey(ProjectId("/y", "p"), "r"), "both"),
        (RunKey(ProjectId("/y", "q"), "r"), "both"),
    ]
    assert titles(named) == ["both (/x)", "both (/y)", "both (q)"]
    folder = "far:/home/somebody/experiments"
    far = [(RunKey(ProjectId(f"{folder}/{name}", "p"), "r"), "both") for name in "ab"]
    assert titles(far) == ["both (far:…/a)", "both (far:…/b)"]


def test_runs_that_are_gone_are_forgotten_of_their_own_project_alone() -> None:
    marks, homonyms = Marks(), [ProjectId(origin, "p") for origin in ("/x", "/y")]
    marks.mark(RunKey(project, str(number)) for project in homonyms for number in range(80))
    marks.forget_gone(homonyms[0], ())
    kept = [sum(key.project == project for key in marks.appearances) for project in homonyms]
    assert kept == [64, 80]


def test_a_look_does_not_depend_on_where_a_project_lies() -> None:
    looks = {home_appearance(RunKey(ProjectId(origin, "p"), "run")) for origin in ("", "/x", "/y")}
    assert len(looks) == 1


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["adamw-lr0.1-seed1", "adamw-lr0.3-seed1"], ["lr0.1", "lr0.3"]),
        (["a/x_1/end", "a/x_2/end", "a/y_1/end"], ["x_1", "x_2", "y_1"]),
        # A number is one word, so 0.001 is not shortened to 001.
        (["lion-lr0.001-a", "lion-lr0.0003-a"], ["lr0.001", "lr0.0003"]),
        (["v1.0.x_a", "v1.0.y_a"], ["x", "y"]),
        # A number alone means nothing.
        (["forest-0", "forest-1"], ["forest-0", "forest-1"]),
        (["big-forest-0-x", "big-forest-1-x"], ["forest-0", "forest-1"]),
        (["0-1", "0-2"], ["0-1", "0-2"]),
        # One name is the beginning of the other.
        (["run", "run-b"], ["run", "run-b"]),
        (["a-run", "a-run-b"], ["run", "run-b"]),
        (["one"], ["one"]),
        (["a-b-a", "a-a"], ["b-a", "a"]),
        (["", "a"], ["(no name)", "a"]),
    ],
)
def test_names_lose_the_words_that_all_of_them_begin_or_end_with(names, shown) -> None:
    assert short_titles([(RunKey(P, str(n)), name) for n, name in enumerate(names)]) == shown


@given(st.lists(st.text("ab-1", max_size=8), min_size=1, max_size=6))
def test_short_names_are_told_apart_as_whole_ones_are(names) -> None:
    named = [(RunKey(P, str(number)), name) for number, name in enumerate(names)]
    whole, short = titles(named), short_titles(named)
    assert len(set(short)) == len(set(whole)) == len(names)


def test_text_that_tells_runs_of_one_name_apart_stays() -> None:
    keys = [RunKey(ProjectId("", project), run) for project in "pq" for run in "12"]
    named = list(zip(keys, ["x-a", "x-b", "x-a", "x-c"], strict=True))
    assert short_titles(named) == ["a (p)", "b", "a (q)", "c"]
    one = [(RunKey(ProjectId("", project), "1"), "run") for project in ("x-a", "x-b")]
    assert short_titles(one) == titles(one) == ["run (x-a)", "run (x-b)"]
