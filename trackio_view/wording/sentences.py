"""How sentences are cut that have no room: their long words, which are names, before their end."""

from __future__ import annotations

from trackio_view.terminal.glyphs import Signed
from trackio_view.terminal.text import MOST_ON_A_LINE, fit, text_width
from trackio_view.wording.names import Names, cut_name

_LEAST_WORD = 16
"""Columns: no word is cut to fewer."""


def fit_sentence(text: str, width: int) -> str:
    """Return a sanitised sentence in at most `width` columns; whole where it fits.

    Words that are longer than most (names of metrics and runs, paths) are cut in their middle, the
    longest first, as far as the rest then fits; what is still too long is cut at its end.
    """
    return fit(_with_names_cut(text, width), width)


def has_room(text: str, width: int) -> bool:
    """Return whether `fit_sentence` keeps a sentence's end in so many columns."""
    return text_width(_with_names_cut(text, width)) <= width


def sentence_lines(text: str, width: int, most: int) -> list[str]:
    """Return a sanitised sentence in at most `most` lines of `width` columns, broken at blanks.

    A word that is longer than a line is cut in its middle; what has no room is cut at the end.
    """
    if isinstance(text, Signed):
        return [fit(text, width)]
    words = [cut_name(word, width) for word in text[:MOST_ON_A_LINE].split()]
    lines: list[str] = []
    while words and len(lines) < most - 1:
        line = words.pop(0)
        while words and text_width(line) + 1 + text_width(words[0]) <= width:
            line += f" {words.pop(0)}"
        lines.append(line)
    return [*lines, fit(" ".join(words), width)] if words else lines


def _with_names_cut(text: str, width: int) -> str:
    if text_width(text) <= width or len(text) > MOST_ON_A_LINE or isinstance(text, Signed):
        return text
    words = text.split(" ")
    # A number that is cut would be another one.
    widths = [0 if _is_number(word) else text_width(word) for word in words]
    excess = text_width(text) - width
    most = _width_of_longest(widths, excess)
    names = Names(word for word, columns in zip(words, widths, strict=True) if columns > most)
    cut = [
        names.cut(word, most) if columns > most else word
        for word, columns in zip(words, widths, strict=True)
    ]
    return " ".join(cut)


def _is_number(word: str) -> bool:
    """Return whether a word is a number."""
    try:
        float(word.replace(",", ""))
    except ValueError:
        return False
    return True


def _width_of_longest(widths: list[int], excess: int) -> int:
    """Return how wide the longest words may be so that so many columns are saved, if they can."""
    low, high = _LEAST_WORD, max([_LEAST_WORD, *widths])
    while low < high:
        middle = (low + high + 1) // 2
        if sum(max(0, columns - middle) for columns in widths) >= excess:
            low = middle
        else:
            high = middle - 1
    return low
