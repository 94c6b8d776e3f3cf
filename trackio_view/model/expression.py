"""Regular expressions that a person types, searched for in time that is proportional to the text.

Python's own engine tries one way after another, and `(a+)+$` has more ways through a name of forty
letters than there is time; while it tries, no key and no signal is answered. So an expression that
repeats or groups something is searched for by RE2, which follows all ways at once. RE2 lacks a few
features (`_REFUSED`). For all others Python's parser reads the expression, and what it found is
written again in the language of RE2.
"""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from collections.abc import Iterable, Sequence

from trackio_view.light_typing import Any

_LONGEST = 1_000
"""The most characters of an expression, which is typed by hand."""
_MOST_REPEATS = 1_000
"""The most repetitions that RE2 unrolls, nested ones multiplied."""
_LARGEST = 4_000
"""The most instructions of RE2: it may look at each of them for each letter of a text."""
_MEMORY = 4 << 20
"""The most bytes that RE2 keeps of an expression."""

_CAN_TRY_AGAIN = frozenset("*+?{([")
"""An expression without these has one way through a text from each of its places.

A class is on the list for its cost alone: folding the case of a wide one takes Python 20 ms.
"""

_REFUSED = {
    "GROUPREF": r"backreferences such as \1 are refused",
    "GROUPREF_EXISTS": "conditions such as (?(1)a|b) are refused",
    "ASSERT": "lookaround such as (?=a) and (?<=a) is refused",
    "ASSERT_NOT": "lookaround such as (?!a) and (?<!a) is refused",
    "FAILURE": "lookaround such as (?!a) and (?<!a) is refused",
    "ATOMIC_GROUP": "atomic groups such as (?>a) are refused",
    "POSSESSIVE_REPEAT": "possessive repetitions such as a*+ are refused",
}
"""Features that only a backtracking engine has, by their names in Python's parser."""


class ExpressionFault(Exception):
    """A text that is no regular expression, or one that is refused.

    `position` is the place of the fault in the text, `None` where it is the whole.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} at position {position}")
        self.message = message
        self.position = position


class Expression:
    """A regular expression in Python's language. Raises ExpressionFault where it is none."""

    __slots__ = ("_ascii", "_told", "_unicode")
    _ascii: re.Pattern[str] | _Re2
    _unicode: re.Pattern[str] | _Re2

    def __init__(self, source: str, *, ignore_case: bool = False) -> None:
        if len(source) > _LONGEST:
            raise ExpressionFault(f"more than {_LONGEST:,} characters are refused")
        self._told = source, ignore_case
        flags = re.IGNORECASE if ignore_case else 0
        try:
            with warnings.catch_warnings():
                # Python's warnings about style would only disturb a person who is still typing.
                warnings.simplefilter("ignore")
                if _CAN_TRY_AGAIN.isdisjoint(source):
                    self._unicode = self._ascii = re.compile(source, flags)
                    return
                tree = _parser().parse(source, flags)
            for_ascii, for_unicode = _Writer(True).whole(tree), _Writer(False).whole(tree)
        except re.error as error:
            raise ExpressionFault(error.msg, error.pos) from None
        except ValueError as error:
            raise ExpressionFault(str(error)) from None
        except (OverflowError, RecursionError):
            raise ExpressionFault("this is too large") from None
        engine = _Re2(for_ascii)
        if engine.size > _LARGEST:
            raise ExpressionFault("this is too large")
        # Compiled at once, so that an expression that is too large is refused while it is typed.
        self._ascii = engine
        self._unicode = engine if for_unicode == for_ascii else _Re2(for_unicode)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self._told == other._told

    def __hash__(self) -> int:
        return hash(self._told)

    def found_in(self, text: str) -> bool:
        """Return whether the expression is found anywhere in `text`."""
        return (self._ascii if text.isascii() else self._unicode).search(text) is not None


class _Re2:
    """RE2's idea of an expression in RE2's own language."""

    def __init__(self, source: str) -> None:
        import re2

        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        options.never_capture = True
        try:
            self._compiled = re2.compile(source, options)
        except re2.error:
            # This module wrote the expression, so only its size can be wrong.
            raise ExpressionFault("this is too large") from None
        self.size: int = self._compiled.programsize

    def search(self, text: str) -> object | None:
        try:
            encoded = text.encode()
        except UnicodeEncodeError:
            # Half a surrogate pair is no character: RE2 searches for the character that stands for
            # it on screen.
            encoded = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        found: object | None = self._compiled.search(encoded)
        return found


def _parser() -> Any:
    return importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


_ASCII_CLASSES = {
    "DIGIT": "0-9",
    "NOT_DIGIT": r"\x{0}-/:-\x{7f}",
    "SPACE": r"\t-\r\x{1c}- ",
    "NOT_SPACE": r"\x{0}-\x{8}\x{e}-\x{1b}!-\x{7f}",
    "WORD": "0-9A-Z_a-z",
    "NOT_WORD": r"\x{0}-/:-@\[-\^`\{-\x{7f}",
}
"""What a class is within brackets for a text in ASCII, as most texts are.

They end at the last character of ASCII: beyond it lie the Kelvin sign and the long s, which RE2
takes for k and s where case is ignored.
"""
_UNICODE_CLASSES = {
    "DIGIT": r"\p{Nd}",
    "NOT_DIGIT": r"\P{Nd}",
    "SPACE": r"\t-\r\x{1c}- \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}"
    r"\x{202f}\x{205f}\x{3000}",
    "NOT_SPACE": r"\x{0}-\x{8}\x{e}-\x{1b}!-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}"
    r"\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff}",
    "WORD": r"\pL\pN_",
    # All other categories. Of connecting punctuation, all characters but the underscore.
    "NOT_WORD": r"\pM\pS\pZ\pC\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}"
    r"\x{203f}\x{2040}\x{2054}\x{fe33}\x{fe34}\x{fe4d}-\x{fe4f}\x{ff3f}",
}
"""How a class is written for all other texts: Python's letters, digits and blanks as categories of
Unicode.
"""


class _Writer:
    """Writes an expression, as Python's parser read it, in the language of RE2."""

    def __init__(self, for_ascii: bool) -> None:
        self._for_ascii = for_ascii

    def whole(self, tree: Any) -> str:
        flags = tree.state.flags
        return f"(?{'i' if flags & re.IGNORECASE else '-i'}:{self._sequence(tree, flags)})"

    def _sequence(self, parts: Iterable[Any], flags: int) -> str:
        return "".join(self._part(kind.name, value, flags) for kind, value in parts)

    def _part(self, kind: str, value: Any, flags: int) -> str:
        if kind in _REFUSED:
            raise ExpressionFault(_REFUSED[kind])
        if kind == "LITERAL":
            return _character(value)
        if kind == "NOT_LITERAL":
            return f"[^{_character(value)}]"
        if kind == "ANY":
            return "(?s:.)" if flags & re.DOTALL else r"[^\n]"
        if kind == "AT":
            return _place(value.name, flags)
        if kind == "IN":
            return self._class(value, flags)
        if kind == "BRANCH":
            return f"(?:{'|'.join(self._sequence(branch, flags) for branch in value[1])})"
        if kind == "SUBPATTERN":
            _, added, taken, parts = value
            within = (flags | added) & ~taken
            letter = "i" if within & re.IGNORECASE else "-i"
            return f"(?{letter}:{self._sequence(parts, within)})"
        return self._repetition(value, flags)

    def _repetition(self, value: tuple[int, int, Iterable[Any]], flags: int) -> str:
        least, most, parts = value
        endless = most == _parser().MAXREPEAT
        if max(least, 0 if endless else most) > _MOST_REPEATS:
            raise ExpressionFault(f"more than {_MOST_REPEATS:,} repetitions are refused")
        # Whether a text matches does not depend on which repetition is lazy: all are written as
        # greedy.
        return f"(?:{self._sequence(parts, flags)}){{{least},{'' if endless else most}}}"

    def _class(self, items: Sequence[Any], flags: int) -> str:
        classes = _ASCII_CLASSES if self._for_ascii or flags & re.ASCII else _UNICODE_CLASSES
        written = ["["]
        for kind, value in items:
            if kind.name == "NEGATE":
                written.append("^")
            elif kind.name == "LITERAL":
                written.append(_character(value))
            elif kind.name == "RANGE":
                written.append("-".join(map(_character, value)))
            else:
                name = value.name.removeprefix("CATEGORY_")
                written.append(classes[name])
                if classes is _ASCII_CLASSES and name.startswith("NOT_") and not self._for_ascii:
                    written.append(r"\x{80}-\x{10ffff}")
        return "".join([*written, "]"])


def _character(code: int) -> str:
    letter = chr(code)
    if letter.isascii() and letter.isalnum():
        return letter
    return rf"\x{{{0xFFFD if 0xD800 <= code < 0xE000 else code:x}}}"


def _place(name: str, flags: int) -> str:
    many_lines = flags & re.MULTILINE
    return {
        "AT_BEGINNING": "(?m:^)" if many_lines else r"\A",
        "AT_BEGINNING_STRING": r"\A",
        # `$` also matches before a line break at the end.
        "AT_END": "(?m:$)" if many_lines else r"(?:\n?\z)",
        "AT_END_STRING": r"\z",
        "AT_BOUNDARY": r"\b",
        "AT_NON_BOUNDARY": r"\B",
    }[name]
