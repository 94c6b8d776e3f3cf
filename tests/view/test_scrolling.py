from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.scrolling import ScrolledText


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
