from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.actions import Action
from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.scrolling import ScrolledText, lines_moved


@given(moves=st.lists(st.integers(-50, 50)), furthest=st.integers(0, 40))
def test_no_key_leads_beyond_what_was_seen(moves: list[int], furthest: int) -> None:
    text, expected = ScrolledText(), 0
    for lines in moves:
        text.scroll(lines, furthest)
        expected = max(0, min(expected + lines, furthest))
        assert text.offset == expected


def test_a_text_that_got_shorter_answers_the_first_key() -> None:
    text = ScrolledText(100)
    text.scroll(-1, 20)
    assert text.offset == 19


def test_before_the_first_frame_the_end_is_wherever_it_will_be() -> None:
    text = ScrolledText()
    text.scroll(1_000_000, None)
    assert text.offset == 1_000_000
    text.scroll(-1, 30)
    assert text.offset == 29


def test_a_list_is_scrolled_by_pages_as_high_as_the_screen() -> None:
    lines = {action: lines_moved(action, 30) for action in {binding.action for binding in BINDINGS}}
    moving = {action: count for action, count in lines.items() if count}
    assert moving.pop(Action.FIRST) == -moving.pop(Action.LAST) < -100_000
    assert moving == {
        Action.UP: -1,
        Action.DOWN: 1,
        Action.PREVIOUS_PAGE: -24,
        Action.NEXT_PAGE: 24,
    }
