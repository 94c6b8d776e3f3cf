"""How far down a long text is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ScrolledText:
    """What every screen keeps that shows one long text."""

    offset: int = 0
    """The first line on screen; beyond the end of the text, its end is."""

    def scroll(self, lines: int, furthest: int | None) -> None:
        """Go on by lines, from `furthest` at most, which is the first line that shows the end.

        It is `None` as long as no frame has shown the end.
        """
        end = max(self.offset, 0) + abs(lines) if furthest is None else furthest
        self.offset = max(0, min(min(self.offset, end) + lines, end))
