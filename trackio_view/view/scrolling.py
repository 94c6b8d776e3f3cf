"""How far keys go in a list or a long text, and how far down the text is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from trackio_view.view.actions import Action

MOVES = frozenset(
    {
        Action.LEFT,
        Action.RIGHT,
        Action.UP,
        Action.DOWN,
        Action.PREVIOUS_PAGE,
        Action.NEXT_PAGE,
        Action.FIRST,
        Action.LAST,
    }
)
"""The actions that move about. Each screen's row in the table of screens says what they move."""


def lines_moved(action: Action, height: int) -> int:
    """Return by how many lines an action moves in a list on a screen that is so high.

    An action that goes to an end moves by a million lines.
    """
    page = max(1, height - 6)
    return {
        Action.UP: -1,
        Action.DOWN: 1,
        Action.PREVIOUS_PAGE: -page,
        Action.NEXT_PAGE: page,
        Action.FIRST: -1_000_000,
        Action.LAST: 1_000_000,
    }.get(action, 0)


@dataclass(slots=True, eq=False, repr=False)
class ScrolledText:
    """The state of every screen that shows one long text."""

    offset: int = 0
    """The first line on screen; beyond the end of the text, its end is."""

    def scroll(self, lines: int, furthest: int | None) -> None:
        """Go on by lines, from `furthest` at most, which is the first line that shows the end.

        It is `None` as long as no frame has shown the end.
        """
        end = max(self.offset, 0) + abs(lines) if furthest is None else furthest
        self.offset = max(0, min(min(self.offset, end) + lines, end))
