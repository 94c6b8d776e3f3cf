"""The keys of a run's page."""

from __future__ import annotations

from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.actions import Action
from trackio_view.view.folding import Fold, FoldLine, Opened, PageSeen
from trackio_view.view.run_page import TABLE, TABLE_ROW, RunPageView

A, B, C = Fold("a"), Fold("b"), Fold("c")
SEEN = PageSeen(folds=[FoldLine(3, A), FoldLine(12, B), FoldLine(40, C)], lines=60, room=10)


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
    # A page without tables does not change.
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
    # Another step of a table does not change which lines of the page are open.
    page.back["t"] = 1
    assert not page.is_ahead_of(Action.LEFT, SEEN._replace(opened=Opened(frozenset({A}))))
    assert page.is_ahead_of(Action.UNFOLD, SEEN._replace(opened=Opened(frozenset({A}))))
    other = RunPageView(key=RunKey(ProjectId("", "p"), "other"))
    assert other.is_ahead_of(Action.NEXT_FOLD, SEEN)


def test_other_keys_are_left_to_the_text() -> None:
    assert not RunPageView().act(Action.DOWN, SEEN)
    assert not RunPageView().act(Action.BACK, PageSeen())
