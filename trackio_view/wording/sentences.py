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

    They are as few as keep its end where names are cut in their middle; else it is cut at the end.
    """
    if isinstance(text, Signed):
        return [fit(text, width)]
    for count in range(1, most + 1):
        # Some room is lost at the end of each line.
        for lost in (0, count * width // 4, count * width // 2):
            lines = _broken(_with_names_cut(text, count * width - lost), width)
            if len(lines) <= count:
                return lines
    lines = _broken(text[:MOST_ON_A_LINE], width)
    return [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), width)]


def _broken(text: str, width: int) -> list[str]:
    """Return a text as lines of its words, of which none is wider than a line."""
    lines: list[str] = []
    for word in (cut_name(word, width) for word in text.split()):
        if lines and text_width(lines[-1]) + 1 + text_width(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


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
