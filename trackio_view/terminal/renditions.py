"""The SGR sequences that select styles on a terminal, for one look."""

from __future__ import annotations

from functools import lru_cache

from trackio_view.terminal.look import Look, rendition
from trackio_view.terminal.style import PLAIN, ColorDepth, Style, what_differs

RESET = "\x1b[m"
_MOST_RENDITIONS = 1 << 14


class Renditions(dict[Style, str]):
    """The SGR sequence of every style that was drawn so far, for one look."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.unseen_on_blanks: set[str] = set()
        """The sequences in which a blank looks as it does in the default style."""
        self.changes = _Changes(look.depth)

    def __missing__(self, style: Style) -> str:
        if len(self) >= _MOST_RENDITIONS:
            self.clear()
        selection = self[style] = rendition(style, self._look)
        shown = self._look.theme.styled(style)
        self.changes.add(selection, shown)
        if shown.background is None and not (shown.underline or shown.reverse):
            self.unseen_on_blanks.add(selection)
        return selection


class _Changes(dict[tuple[str, str], str]):
    """The shortest sequence that selects what the second of two SGR sequences does, once the first
    was sent.
    """

    def __init__(self, depth: ColorDepth) -> None:
        super().__init__()
        self._depth = depth
        self._shown = {RESET: PLAIN}

    def add(self, selection: str, shown: Style) -> None:
        """Note which style a sequence selects."""
        # Images have thousands of backgrounds, and nothing is gained between two of them.
        if shown.background is None:
            self._shown[selection] = shown

    def __missing__(self, ends: tuple[str, str]) -> str:
        before, after = map(self._shown.get, ends)
        if before is None or after is None:
            return ends[1]
        if len(self) >= _MOST_RENDITIONS:
            self.clear()
        part = what_differs(before, after, self._depth)
        change = self[ends] = min(ends[1], part or ends[1], key=len)
        return change


@lru_cache(maxsize=16)
def renditions_of(look: Look) -> Renditions:
    return Renditions(look)


class Selections(dict[int, str]):
    """The SGR sequences of the styles of two frames by their identity, because a style takes long
    to hash.
    """

    def __init__(self, renditions: Renditions) -> None:
        super().__init__()
        self.renditions = renditions

    def of(self, style: Style) -> str:
        """Return the sequence of a style that lives as long as the frames."""
        selection = self.get(id(style))
        if selection is None:
            selection = self[id(style)] = self.renditions[style]
        return selection
