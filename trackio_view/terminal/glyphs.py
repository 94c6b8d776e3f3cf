"""The glyphs that screens and charts draw, each once, with its twins for terminals that have less.

Most glyphs have one twin wherever they stand. Where one has several (`▲` is `!` as a warning and
`^` as a mark on an axis), a *sign* is drawn instead of it: a noncharacter of Unicode (section
23.7: for a program's own use, never for interchange) that says what is meant. `terminal.look`
puts glyphs in the place of signs when a frame is shown.
"""

from __future__ import annotations

import enum
from functools import lru_cache

from trackio_view.light_typing import NamedTuple

_MOST_SHOWN = 1 << 14


class Repertoire(enum.Enum):
    """Which glyphs a terminal shows; the values are what `TRACKIO_VIEW_GLYPHS` may say."""

    BRAILLE = "braille"
    """All of Unicode, as far as fonts go."""
    BLOCKS = "blocks"
    """What the fonts of consoles have: lines and half blocks, neither braille nor round corners."""
    ASCII = "ascii"

    # Many keys of dictionaries hold a repertoire, and the hash of `Enum` is a slow Python function.
    __hash__ = object.__hash__


class Signed(str):
    """Text whose signs are our own. In any other text, a sign is a character that a run logged."""

    __slots__ = ()


class Twins(NamedTuple):
    """One thing as each repertoire shows it, a column wide in all of them."""

    braille: str
    blocks: str
    ascii: str


FIRST_SIGN, LAST_SIGN = "\ufdd0", "\ufdef"
"""The 32 noncharacters in a row, of which signs are made."""

_SIGN_TWINS: list[Twins] = []


def _sign(*twins: str) -> Signed:
    _SIGN_TWINS.append(Twins(*twins))
    return Signed(chr(ord(FIRST_SIGN) + len(_SIGN_TWINS) - 1))


CURSOR_LINE, ANCHOR_LINE, CROSSING = "│", "┊", "┼"
"""The value cursor, the begin of its stretch, and the place where it meets a line."""
DOT, RING, POINTER = "●", "○", "▸"
SEPARATOR, DASH, ELLIPSIS = "·", "–", "…"
APPROXIMATELY = "≈"
"""Between a logged value and its smoothed one."""
AT_MOST, AT_LEAST = "≤", "≥"
"""Before a number that is the upper or the lower bound of what is not known."""
FURTHER_LEFT, FURTHER_RIGHT = "‹", "›"
WARNING_SIGN, CURSOR, HELD = "▲", "▏", "‖"

NEWEST = _sign("●", "•", "o")
"""The newest point of a line."""
ALERT = _sign("▲", "▲", "^")
"""Something that happened at a step."""
ALERTED_AXIS = "━"
"""An x axis where so many alerts stand that their own marks would hide it."""
BEYOND_ABOVE, BEYOND_BELOW = _sign("▴", "▲", "^"), _sign("▾", "▼", "v")
"""Where values lie beyond the upper or the lower end of a y axis."""
NONFINITE = _sign("✕", "x", "x")
"""Where a value is NaN or infinite."""
RESUMED, ENDED = _sign("╎", "|", "|"), _sign("┊", ":", ":")
"""Where a run was resumed, and where one of several ended."""
BEST = _sign("★", "*", "@")
"""The best value of a line."""
UNKNOWN_PART = _sign("·", "·", ".")
"""A cell of a bar about which nothing is known."""
RISES, FALLS, STAYS = (
    Signed(_sign(glyph, glyph, " ") + _sign(" ", " ", twin))
    for glyph, twin in zip("▲▼=", "+-=", strict=True)
)
"""Before a number and two columns wide: `▼ 0.04`, and ` -0.04` in ASCII."""
ASCENDING, DESCENDING = _sign("▲", "▲", "^"), _sign("▼", "▼", "v")
FOLDED, UNFOLDED = _sign("▸", "►", "+"), _sign("▾", "▼", "-")
MORE_ABOVE, MORE_BELOW = _sign("▴", "▲", " "), _sign("▾", "▼", " ")
LINE_SHAPES = tuple(map(_sign, "●■◆▼♠✚✖○", "•■♦▼◄+x○", "o#^*v%+x"))
AT_FRONT = _sign("★", "*", "*")
"""Before the title of a chart that was brought before all others."""
SPREAD = Signed(_sign("±", "±", "+") + FALLS[1:])
"""Before a deviation and two columns wide: `± 0.04`, and `+-0.04` in ASCII."""
LINE_MARKERS = (*LINE_SHAPES, *map(Signed, "abcdefghijklmnpqrstuwyz"))
"""Markers for lines that are told apart, also where no colour is seen: shapes, then the letters
that no shape has for its twin in ASCII."""

_TWINS = (
    *map(Twins, "╭╮╰╯", "┌┐└┘", "++++"),
    *map(Twins, "─│┤└┬━╸┊┼", "─│┤└┬══:┼", "-|+++##:+"),
    *map(Twins, "▁▂▃▄▅▆▇█", "_▄▄▄████", "_.-=+*%#"),
    *map(Twins, "●○▸·–…▲▏°‖≈≤≥‹›", "•○►·-~▲_°║≈≤≥<>", "*o>--~!_'=~<><>"),
    # Names may hold these glyphs. In ASCII they are as foreign as any other letter.
    *(Twins(glyph, twin, "?") for glyph, twin in zip("◆★✚✖▾▴", "♦*+x▼▲", strict=True)),
)


class _Shown(dict[str, str]):
    """Glyph of a frame -> what a repertoire shows of it: one lookup, no call."""

    def __init__(self, repertoire: Repertoire) -> None:
        place = list(Repertoire).index(repertoire)
        super().__init__({twins.braille: twins[place] for twins in _TWINS})
        for offset, twins in enumerate(_SIGN_TWINS):
            self[chr(ord(FIRST_SIGN) + offset)] = twins[place]
        self._only_ascii = repertoire is Repertoire.ASCII

    def __missing__(self, glyph: str) -> str:
        # Both halves of a wide glyph are foreign. The second half is an empty text.
        foreign = self._only_ascii and (not glyph.isascii() or not glyph)
        shown = "?" if foreign else glyph
        if len(self) < _MOST_SHOWN:
            self[glyph] = shown
        return shown


@lru_cache(maxsize=len(Repertoire))
def shown_by(repertoire: Repertoire) -> dict[str, str]:
    """Return what stands for each glyph of a frame in a repertoire, looked up with `[]`.

    A glyph that a repertoire lacks and that has no twin is a question mark in each of its columns.
    """
    return _Shown(repertoire)


def is_sign(character: str) -> bool:
    """Return whether a character is one of those that signs are made of."""
    return FIRST_SIGN <= character <= LAST_SIGN
