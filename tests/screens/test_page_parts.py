"""Long parts of a page are laid out piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

from trackio_view.screens.page_parts import PageLine, PageParts, Room
from trackio_view.screens.panels.page_lines import segments_of
from trackio_view.terminal.style import PLAIN, StyledText


class Page:
    """A page with a short line between two parts, which counts the lines that it makes."""

    def __init__(self) -> None:
        self.parts = PageParts()
        self.made = list[str]()
        self.second = "b"

    def make(self, letter: str) -> Iterator[PageLine]:
        for number in range(5):
            self.made.append(f"{letter}{number}")
            yield (StyledText(self.made[-1], PLAIN),)

    def lines(self) -> Iterator[PageLine]:
        yield from self.parts.part("first", "a", lambda: self.make("a"))
        yield (StyledText("between", PLAIN),)
        yield from self.parts.part("second", self.second, lambda: self.make(self.second))

    def lay_out(self, state: int, most: int | None = None, page: str = "p") -> tuple[str, bool]:
        lines, whole = self.parts.lay_out(page, state, self.lines, most)
        return " ".join(segments_of(line)[0].text for line in lines), whole


def test_each_frame_goes_on_where_the_last_one_ended() -> None:
    page = Page()
    assert page.lay_out(1, 3) == ("a0 a1 a2", False)
    assert page.lay_out(1, 3) == ("a0 a1 a2 a3 a4 between b0", False)
    # After another change of the page, unchanged parts are kept.
    assert page.lay_out(2, 3) == ("a0 a1 a2 a3 a4 between b0 b1 b2 b3", False)
    whole = ("a0 a1 a2 a3 a4 between b0 b1 b2 b3 b4", True)
    assert page.lay_out(2, 3) == page.lay_out(2) == page.lay_out(3) == whole
    assert len(page.made) == 10


def test_a_part_of_other_content_and_another_page_are_made_anew() -> None:
    page = Page()
    page.lay_out(1)
    page.second = "c"
    assert page.lay_out(1)[0].endswith("b4"), "the state tells of every change"
    assert page.lay_out(2)[0].endswith("between c0 c1 c2 c3 c4")
    assert len(page.made) == 15
    page.lay_out(2, page="q")
    assert len(page.made) == 25


def test_a_page_that_changes_in_a_hurried_frame_goes_on_as_it_is_now() -> None:
    page = Page()
    page.lay_out(1)
    page.second = "c"
    assert page.lay_out(2, 3) == ("a0 a1 a2 a3 a4 between c0 c1 c2", False)
    assert page.lay_out(2, 3) == ("a0 a1 a2 a3 a4 between c0 c1 c2 c3 c4", True)


def test_a_part_that_is_whole_at_once_is_no_work() -> None:
    page = Page()
    lines, whole = page.parts.lay_out(
        "p", 1, lambda: page.parts.whole_part("first", 1, lambda: page.make("a")), 2
    )
    assert (len(lines), whole, page.parts.made) == (5, True, 0)


def test_all_texts_together_have_room_and_each_has_some() -> None:
    room = Room(100, 10)
    assert room.cut("a" * 60, 50) == "a" * 50 + " (10 more characters)"
    assert room.cut("b" * 40, 50) == "b" * 40
    assert room.cut("c" * 40, 50) == "c" * 10 + " (30 more characters)"
    assert room.cut("d" * 40, 50) == "d" * 10 + " (30 more characters)"
    assert room.cut("short", 50) == "short"
