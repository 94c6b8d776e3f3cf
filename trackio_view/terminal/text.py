"""What text costs in columns, and what of it may reach a terminal.

Everything that a run logged (names, metrics, alerts) is data: it passes through here before it is
drawn or printed, so that no byte of it can move the cursor, set a title or start an escape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from trackio_view.terminal.glyphs import ELLIPSIS, Signed, is_sign

REPLACEMENT = "�"

_CONTROL_PICTURES = 0x2400
# Categories that a terminal may act upon, or that have no glyph of their own: controls, format
# characters (bidirectional overrides among them), surrogates, line and paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_PRESENTATION = "\ufe0f"
# No script has more marks on one letter; a longer pile would only flood the terminal.
_MOST_MARKS = 8
MOST_ON_A_LINE = 2_000
"""Characters beyond these are neither measured nor drawn: no line of a terminal has room for
them."""
MOST_ON_A_PAGE = 5_000
"""Characters of a wrapped text beyond these are counted and not shown."""
NARROW = (
    *(("\xa0", "\u02ff"), ("\u1e00", "\u2064"), ("\u20f1", "\u2319")),
    *(("\u23f4", "\u25fc"), ("\u27c0", "\u2b1a")),
)
"""Stretches of letters, punctuation, arrows, boxes and Braille in which every character that can be
printed takes one column: a start with none but these need not wait for the import of wcwidth."""
_MOST_KEPT = 400
"""The glyphs of longer texts are not kept: each text would take a hundred times its size in
memory."""


def is_plain(text: str) -> bool:
    """Return whether every character of `text` is printable ASCII: one column, nothing to fear."""
    return text.isascii() and text.isprintable()


def sanitize(text: str) -> str:
    """Return `text` with every character that a terminal could act upon replaced by a picture.

    C0 controls become their control pictures (a newline shows as U+240A), everything else that
    is unprintable becomes U+FFFD, and so does what looks like a sign of ours. Joiners and emoji
    selectors, on which terminals disagree, are left out, and so are marks beyond the eighth on
    one letter. `Signed` text keeps its signs, and stays it.
    """
    # A long name has few characters. Where each of them stays, whatever stands beside it, the name
    # need not be gone through.
    if is_plain(text) or all(map(_stays, set(text))):
        return text
    return _as(text, "".join(glyph for glyph, _ in clusters(text)))


@lru_cache(maxsize=4096)
def _stays(character: str) -> bool:
    """Return whether a character is drawn as it is, in any text."""
    if " " <= character <= "~":
        return True
    import unicodedata

    is_printable = unicodedata.category(character) not in _UNPRINTABLE
    return is_printable and not is_sign(character) and _columns(character) > 0


def signed(*parts: str) -> Signed:
    """Return the parts together as one text whose signs are those of the `Signed` among them."""
    return Signed("".join(map(sanitize, parts)))


def _as(text: str, result: str) -> str:
    """Return `result`, which was made from `text`: its signs are ours if those of `text` were."""
    return Signed(result) if isinstance(text, Signed) else result


def clusters(text: str) -> Iterable[tuple[str, int]]:
    """Return the sanitised glyphs of `text`, each with its width in columns (1 or 2).

    A base character carries its combining marks with it; a mark without a base stands on a
    space. Widths follow wcwidth, by which terminals judge too.
    """
    has_signs = isinstance(text, Signed)
    if len(text) <= _MOST_KEPT:
        return _kept_clusters(text, has_signs)
    return _clusters(text, has_signs)


@lru_cache(maxsize=2048)
def _kept_clusters(text: str, has_signs: bool) -> tuple[tuple[str, int], ...]:
    return tuple(_clusters(text, has_signs))


def _clusters(text: str, has_signs: bool) -> Iterator[tuple[str, int]]:
    import unicodedata

    pending, width = "", 0
    for character in text:
        if " " <= character <= "~":
            # Most characters of any text, which tables need not be asked about.
            if pending:
                yield pending, width
            pending, width = character, 1
            continue
        if unicodedata.category(character) in _UNPRINTABLE:
            # Terminals draw joined emoji differently, so their parts are drawn one by one.
            if character == _ZERO_WIDTH_JOINER:
                continue
            if pending:
                yield pending, width
            pending, width = _picture(character), 1
            continue
        if is_sign(character) and not has_signs:
            character = REPLACEMENT
        columns = _columns(character)
        if columns <= 0:
            if character == _EMOJI_PRESENTATION:
                # Terminals disagree on whether this selector widens its base; without it they
                # agree.
                continue
            if not pending:
                pending, width = " ", 1
            if len(pending) <= _MOST_MARKS:
                pending += character
            continue
        if pending:
            yield pending, width
        pending, width = character, columns
    if pending:
        yield pending, width


@lru_cache(maxsize=1024)
def _columns(character: str) -> int:
    """Return the width of a character, which is none for a mark that combines with another one."""
    if is_sign(character) or any(first <= character <= last for first, last in NARROW):
        return 1
    from wcwidth import wcwidth

    return int(wcwidth(character))


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    return "\u2421" if code == 0x7F else REPLACEMENT


def text_width(text: str) -> int:
    """Return how many columns `text` takes once drawn, its first `MOST_ON_A_LINE` characters."""
    if len(text) > MOST_ON_A_LINE:
        text = text[:MOST_ON_A_LINE]
    # The condition of `is_plain`, written out to save a call, because no other question is asked as
    # often.
    if text.isascii() and text.isprintable():
        return len(text)
    return sum([width for _, width in clusters(text)])


def fit(text: str, width: int) -> str:
    """Return the sanitised `text`, cut to at most `width` columns with an ellipsis where cut."""
    if len(text) <= width and is_plain(text):
        return text
    too_long = len(text) > MOST_ON_A_LINE
    if not too_long and text_width(text) <= width:
        return sanitize(text)
    room = width - 1
    if room < 0:
        return ""
    if is_plain(text[:MOST_ON_A_LINE]):
        return text[:room] + ELLIPSIS
    kept: list[str] = []
    for glyph, columns in clusters(_as(text, text[:MOST_ON_A_LINE])):
        if columns > room:
            break
        kept.append(glyph)
        room -= columns
    return _as(text, "".join(kept) + ELLIPSIS)


def shortened(text: str, most: int = MOST_ON_A_PAGE) -> str:
    """Return `text`; of a text that is too long, the beginning and the number of its characters."""
    if len(text) <= most:
        return text
    return f"{text[:most]} ({len(text) - most:,} more characters)"


def pad(text: str, width: int, *, align_right: bool = False) -> str:
    """Return `text` fitted and filled with spaces to exactly `width` columns."""
    if len(text) <= width and is_plain(text):
        return text.rjust(width) if align_right else text.ljust(width)
    fitted = fit(text, width)
    blanks = " " * (width - text_width(fitted))
    return _as(text, blanks + fitted if align_right else fitted + blanks)
