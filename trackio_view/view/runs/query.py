"""The language in which runs are filtered: `lr>=1e-3 group:baseline loss<0.5 -name:debug`.

    query       = conjunction { ("OR" | "|") conjunction }
    conjunction = term { ["AND"] term }
    term        = ("-" | "NOT") term | "(" query ")" | field operator value | text | /regex/
    operator    = ":" | "=" | "==" | "!=" | "<" | "<=" | ">" | ">="

`:` is "contains" for texts and "equals" for numbers; a value may be a /regex/ after it. Words are
quoted where they hold blanks or signs of the language; blanks may stand around operators. The end
of a query also ends its /regex. Case matters in units only, where `M` are millions and `m` minutes.
What a regular expression may hold is told in `model.expression`.
"""

from __future__ import annotations

import re

from trackio_view.model.expression import Expression, ExpressionFault
from trackio_view.view.runs.query_terms import (
    BY_SIGN,
    EVERYTHING,
    OPERATORS,
    And,
    Comparison,
    FieldPattern,
    Not,
    Or,
    Pattern,
    Query,
    Text,
    parse_number,
)


class QueryFault(Exception):
    """A query that does not parse; `position` is the place of the fault in its text."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def parse_query(text: str) -> Query:
    """Return the query that a text means. Raises QueryFault with the place of the fault."""
    return _QueryParser(text).parse()


_DEEPEST = 50
_MOST_TERMS = 50
"""Every run is asked about every term, so a pasted text with hundreds of terms would hold up the
keys.
"""
_WORD_ENDS = frozenset('()|"')
_VALUE_ENDS = frozenset(")|")
_SIGNS = frozenset(":=!<>")


class _QueryParser:
    """Reads a query from left to right; `_at` is the place that it has come to."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._terms = 0

    def parse(self) -> Query:
        query = self._query()
        if self._at < len(self._text):
            raise QueryFault("this ) closes nothing", self._at)
        return query

    def _query(self) -> Query:
        parts = [self._conjunction()]
        while self._takes_or():
            if not self._more():
                raise QueryFault("something must follow OR", self._at)
            parts.append(self._conjunction())
        if len(parts) == 1:
            return parts[0]
        if EVERYTHING in parts:
            raise QueryFault("something must stand on both sides of OR", self._at)
        return Or(tuple(inner for part in parts for inner in _inner(part, Or)))

    def _conjunction(self) -> Query:
        parts: list[Query] = []
        while self._more() and self._text[self._at] not in ")|" and not self._keyword("OR"):
            if parts and self._keyword("AND"):
                self._at += len("AND")
                if not self._more() or self._text[self._at] in ")|" or self._keyword("OR"):
                    raise QueryFault("something must follow AND", self._at)
            parts.append(self._term())
        if len(parts) == 1:
            return parts[0]
        return And(tuple(inner for part in parts for inner in _inner(part, And)))

    def _term(self) -> Query:
        character = self._text[self._at]
        if character == "-" or self._keyword("NOT"):
            return self._negation(1 if character == "-" else len("NOT"))
        if character == "(":
            return self._group()
        self._terms += 1
        if self._terms > _MOST_TERMS:
            raise QueryFault(f"no more than {_MOST_TERMS} terms", self._at)
        if character == "/":
            source, pattern = self._regex()
            return Pattern(source, pattern)
        start = self._at
        word, quoted = self._word()
        after = self._after_blanks()
        sign = next((op.sign for op in OPERATORS if self._text.startswith(op.sign, after)), "")
        if not sign:
            if self._at < len(self._text) and self._text[self._at] == "!":
                raise QueryFault("after ! comes =", self._at + 1)
            return Text(word)
        if not word and not quoted:
            raise QueryFault(f"the name of a field must stand before {sign}", start)
        self._at = after + len(sign)
        return self._comparison(word, sign)

    def _negation(self, length: int) -> Query:
        self._enter()
        self._at += length
        if not self._more() or self._text[self._at] in ")|":
            raise QueryFault("something to leave out must follow", self._at)
        part = self._term()
        self._depth -= 1
        return Not(part)

    def _group(self) -> Query:
        opened = self._at
        self._enter()
        self._at += 1
        query = self._query()
        if self._at >= len(self._text):
            raise QueryFault("this ( is not closed", opened)
        if query == EVERYTHING:
            raise QueryFault("nothing stands between the brackets", opened)
        self._at += 1
        self._depth -= 1
        return query

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryFault("this is nested too deep", self._at)

    def _comparison(self, name: str, sign: str) -> Query:
        after_sign, start = self._at, self._after_blanks()
        self._at = start
        if sign == ":" and self._text.startswith("/", start):
            source, pattern = self._regex()
            return FieldPattern(name, source, pattern)
        if self._text.startswith('"', start):
            value = self._quoted()
        else:
            end = start
            while end < len(self._text) and not (
                self._text[end].isspace() or self._text[end] in _VALUE_ENDS
            ):
                end += 1
            value = self._text[start:end]
            self._at = end
            if not value:
                raise QueryFault(f"a value must follow {sign}", after_sign)
        if BY_SIGN[sign].needs_number and parse_number(value) is None:
            raise QueryFault(f"a number must follow {sign}", start)
        return Comparison(name, sign, value)

    def _word(self) -> tuple[str, bool]:
        if self._text[self._at] == '"':
            return self._quoted(), True
        start = self._at
        while self._at < len(self._text):
            character = self._text[self._at]
            if character.isspace() or character in _WORD_ENDS or character in _SIGNS:
                break
            self._at += 1
        return self._text[start : self._at], False

    def _quoted(self) -> str:
        opened = self._at
        kept: list[str] = []
        self._at += 1
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character == '"':
                return "".join(kept)
            if character == "\\" and self._text[self._at : self._at + 1] in ("\\", '"'):
                character = self._text[self._at]
                self._at += 1
            kept.append(character)
        raise QueryFault('this " is not closed', opened)

    def _regex(self) -> tuple[str, Expression]:
        opened = self._at
        end = opened + 1
        while end < len(self._text) and self._text[end] != "/":
            end += 2 if self._text[end] == "\\" else 1
        # One that is still being typed has no end, and finds what it finds so far.
        source = self._text[opened + 1 : end].replace("\\/", "/")
        try:
            pattern = Expression(source, ignore_case=True)
        except ExpressionFault as error:
            place = opened if error.position is None else opened + 1 + error.position
            raise QueryFault(f"regex: {error.message}", place) from None
        self._at = min(end + 1, len(self._text))
        return source, pattern

    def _takes_or(self) -> bool:
        if not self._more():
            return False
        length = 1 if self._text[self._at] == "|" else 2 if self._keyword("OR") else 0
        self._at += length
        return length > 0

    def _keyword(self, word: str) -> bool:
        end = self._at + len(word)
        return self._text[self._at : end] == word and (
            end >= len(self._text) or self._text[end].isspace() or self._text[end] in "()|"
        )

    def _more(self) -> bool:
        self._at = self._after_blanks()
        return self._at < len(self._text)

    def _after_blanks(self) -> int:
        place = self._at
        while place < len(self._text) and self._text[place].isspace():
            place += 1
        return place


def _inner(query: Query, kind: type[And] | type[Or]) -> tuple[Query, ...]:
    return query.parts if isinstance(query, kind) else (query,)


def write_query(query: Query) -> str:
    """Return a text that parses to `query`."""
    if isinstance(query, Or):
        return " OR ".join(map(_nested, query.parts))
    if isinstance(query, And):
        return " ".join(map(_nested, query.parts))
    if isinstance(query, Not):
        return f"-{_nested(query.part)}"
    if isinstance(query, Text):
        return quoted(query.text)
    if isinstance(query, Pattern):
        return _regex_text(query.source)
    if isinstance(query, FieldPattern):
        return f"{quoted(query.field)}:{_regex_text(query.source)}"
    return f"{quoted(query.field)}{query.sign}{quoted(query.value)}"


def _nested(query: Query) -> str:
    text = write_query(query)
    return f"({text})" if isinstance(query, And | Or) else text


def quoted(text: str) -> str:
    """Return a word as it is written in a query, in quotes where it needs them."""
    if re.fullmatch(r"[\w.][\w./+-]*", text, re.ASCII) and text not in ("OR", "AND", "NOT"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _regex_text(source: str) -> str:
    # An escaped slash has already been read as the bare slash that it means.
    return "/" + re.sub(r"(\\[^/])|\\?/", lambda found: found[1] or "\\/", source) + "/"
