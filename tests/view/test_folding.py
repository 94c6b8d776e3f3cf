"""A long text with lines that open: the open ones, and the keys there."""

from __future__ import annotations

import pytest

from trackio_view.view.actions import Action
from trackio_view.view.folding import Fold, FoldedText, FoldLine, PageSeen

A, B, C = Fold("a"), Fold("b"), Fold("c")
SEEN = PageSeen(folds=[FoldLine(3, A), FoldLine(12, B), FoldLine(40, C)], lines=60, room=10)


@pytest.mark.parametrize(
    ("offset", "chosen", "current"),
    [
        (0, None, 0),
        # The chosen line is out of sight, so the first line in sight is used.
        (10, A, 1),
        (4, B, 1),
        (20, None, None),
        # A place beyond the end shows the end of the text.
        (1_000, C, None),
        (31, None, 2),
    ],
)
def test_keys_are_about_the_chosen_line_or_the_first_in_sight(offset, chosen, current) -> None:
    page = FoldedText(offset=offset, chosen=chosen)
    assert page.current(SEEN) == current


def test_walking_from_one_to_the_next_scrolls_as_far_as_it_must() -> None:
    page = FoldedText()
    chosen, offsets = [], []
    for _ in range(4):
        assert page.act_on_folds(Action.NEXT_FOLD, SEEN)
        chosen.append(page.chosen)
        offsets.append(page.offset)
    assert chosen == [B, C, C, C]
    assert offsets[0] <= 12 < offsets[0] + 10
    assert offsets[1] <= 40 < offsets[1] + 10
    assert offsets[1] == offsets[2] == offsets[3]
    for _ in range(4):
        page.act_on_folds(Action.PREVIOUS_FOLD, SEEN)
    assert page.chosen == A
    assert page.offset <= 3


def test_where_none_is_in_sight_the_nearest_is_meant() -> None:
    page = FoldedText(offset=20)
    page.act_on_folds(Action.NEXT_FOLD, SEEN)
    assert page.chosen == C
    page = FoldedText(offset=20)
    page.act_on_folds(Action.PREVIOUS_FOLD, SEEN)
    assert page.chosen == B


def test_opening_and_closing() -> None:
    page = FoldedText()
    page.act_on_folds(Action.UNFOLD, SEEN)
    assert page.switched == {A}
    page.act_on_folds(Action.UNFOLD, SEEN)
    assert page.switched == set()
    page.offset = 20
    page.act_on_folds(Action.UNFOLD, SEEN)
    assert page.switched == set(), "nothing in sight opens"


def test_a_fold_that_opens_at_the_lower_edge_is_brought_up() -> None:
    page = FoldedText(offset=4, chosen=B)
    page.act_on_folds(Action.UNFOLD, SEEN)
    assert page.first(PageSeen(folds=SEEN.folds, lines=200, room=10)) == 9
    # Closing a line does not scroll.
    page.act_on_folds(Action.UNFOLD, PageSeen(folds=SEEN.folds, lines=200, room=10))
    assert page.offset == 9


def test_a_key_is_ahead_of_a_frame_that_showed_another_text_or_other_lines() -> None:
    text = FoldedText()
    assert not text.is_ahead_of_folds(Action.UNFOLD, None, SEEN)
    assert text.is_ahead_of_folds(Action.UNFOLD, "another", SEEN)
    assert not text.is_ahead_of_folds(Action.DOWN, "another", SEEN)
    text.switched.add(A)
    assert text.is_ahead_of_folds(Action.NEXT_FOLD, None, SEEN)


def test_a_line_is_gone_to_where_it_is_out_of_sight() -> None:
    text = FoldedText(offset=5)
    text.go_to_line(14, SEEN)
    assert text.offset == 5
    text.go_to_line(40, SEEN)
    assert text.first(SEEN) <= 40 < text.first(SEEN) + SEEN.room
    text.go_to_line(0, SEEN)
    assert text.offset == 0
