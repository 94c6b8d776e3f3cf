"""What keys do on a run's page."""

from __future__ import annotations

import pytest

from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.bindings import Action
from trackio_view.view.run_page import (
    TABLE,
    TABLE_ROW,
    Fold,
    FoldLine,
    Opened,
    PageSeen,
    RunPageView,
)

A, B, C = Fold("a"), Fold("b"), Fold("c")
SEEN = PageSeen(folds=[FoldLine(3, A), FoldLine(12, B), FoldLine(40, C)], lines=60, room=10)


@pytest.mark.parametrize(
    ("offset", "chosen", "current"),
    [
        (0, None, 0),
        # What is chosen is out of sight: the first in sight is meant.
        (10, A, 1),
        (4, B, 1),
        (20, None, None),
        # Beyond the end, its end is on screen.
        (1_000, C, None),
        (31, None, 2),
    ],
)
def test_which_line_keys_are_about(offset, chosen, current) -> None:
    page = RunPageView(offset=offset, chosen=chosen)
    assert page.current(SEEN) == current


def test_walking_from_one_to_the_next_scrolls_as_far_as_it_must() -> None:
    page = RunPageView()
    chosen, offsets = [], []
    for _ in range(4):
        assert page.act(Action.NEXT_FOLD, SEEN)
        chosen.append(page.chosen)
        offsets.append(page.offset)
    assert chosen == [B, C, C, C]
    assert offsets[0] <= 12 < offsets[0] + 10
    assert offsets[1] <= 40 < offsets[1] + 10
    assert offsets[1] == offsets[2] == offsets[3]
    for _ in range(4):
        page.act(Action.PREVIOUS_FOLD, SEEN)
    assert page.chosen == A
    assert page.offset <= 3


def test_where_none_is_in_sight_the_nearest_is_meant() -> None:
    page = RunPageView(offset=20)
    page.act(Action.NEXT_FOLD, SEEN)
    assert page.chosen == C
    page = RunPageView(offset=20)
    page.act(Action.PREVIOUS_FOLD, SEEN)
    assert page.chosen == B


def test_opening_and_closing() -> None:
    page = RunPageView()
    page.act(Action.UNFOLD, SEEN)
    assert page.switched == {A}
    page.act(Action.UNFOLD, SEEN)
    assert page.switched == set()
    page.offset = 20
    page.act(Action.UNFOLD, SEEN)
    assert page.switched == set(), "nothing in sight opens"


def test_what_opens_at_the_lower_edge_is_brought_up_to_be_read() -> None:
    page = RunPageView(offset=4, chosen=B)
    page.act(Action.UNFOLD, SEEN)
    assert page.first(PageSeen(folds=SEEN.folds, lines=200, room=10)) == 9
    # Closing moves nothing.
    page.act(Action.UNFOLD, PageSeen(folds=SEEN.folds, lines=200, room=10))
    assert page.offset == 9


def test_steps_of_the_table_that_is_meant_and_no_further_than_they_go() -> None:
    row = Fold(TABLE_ROW, "t", "5", 0)
    seen = PageSeen(
        folds=[FoldLine(0, A), FoldLine(1, Fold(TABLE, "t")), FoldLine(2, row)],
        lines=9,
        room=9,
        steps={"t": 3},
    )
    page = RunPageView(chosen=row)
    for _ in range(5):
        page.act(Action.LEFT, seen)
    assert page.back == {"t": 2}
    assert page.chosen == Fold(TABLE, "t"), "the row is one of another step"
    page.act(Action.RIGHT, seen)
    assert page.back == {"t": 1}
    # Of a page without tables nothing changes.
    assert RunPageView().act(Action.LEFT, SEEN)


def test_a_key_about_lines_that_no_frame_has_shown_is_ahead_of_it() -> None:
    page = RunPageView()
    assert not page.is_ahead_of(Action.UNFOLD, SEEN)
    page.act(Action.UNFOLD, SEEN)
    assert page.is_ahead_of(Action.NEXT_FOLD, SEEN)
    assert page.is_ahead_of(Action.LEFT, SEEN)
    assert not page.is_ahead_of(Action.DOWN, SEEN)
    assert not page.is_ahead_of(Action.BACK, SEEN)
    assert not page.is_ahead_of(Action.NEXT_FOLD, SEEN._replace(opened=page.opened))
    # A table is the same at any of its steps.
    page.back["t"] = 1
    assert not page.is_ahead_of(Action.LEFT, SEEN._replace(opened=Opened(frozenset({A}))))
    assert page.is_ahead_of(Action.UNFOLD, SEEN._replace(opened=Opened(frozenset({A}))))
    other = RunPageView(key=RunKey(ProjectId("", "p"), "other"))
    assert other.is_ahead_of(Action.NEXT_FOLD, SEEN)


def test_other_keys_are_left_to_the_text() -> None:
    assert not RunPageView().act(Action.DOWN, SEEN)
    assert not RunPageView().act(Action.BACK, PageSeen())
