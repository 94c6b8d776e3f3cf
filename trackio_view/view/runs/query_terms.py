"""What a filter of runs means: its terms, and how each of them is judged.

`view.runs.query` has the language in which they are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from trackio_view.light_typing import NamedTuple
from trackio_view.model.durations import UNIT_SECONDS
from trackio_view.model.expression import Expression
from trackio_view.model.magnitudes import MAGNITUDES
from trackio_view.series.sums import as_float

Value = str | int | float | bool | None
"""What a field of a run holds; `None` where the run has none."""


class Subject(Protocol):
    """What a query is asked of."""

    @property
    def texts(self) -> Sequence[str]:
        """The texts that a bare word is looked for in."""
        ...

    def value(self, field: str) -> Value:
        """Return what a field holds, or `None`; `last.` before its name asks for a metric."""
        ...


class Operator(NamedTuple):
    """A comparison, by its sign."""

    sign: str
    numbers: Callable[[float, float], bool]
    needs_number: bool = False


def _equal(left: float, right: float) -> bool:
    # `loss:nan` finds the runs whose loss became NaN.
    return left == right or (left != left and right != right)


OPERATORS: tuple[Operator, ...] = (
    # Signs are tried in this order, so the longer of two signs with one beginning comes first.
    Operator("<=", lambda left, right: left <= right, True),
    Operator(">=", lambda left, right: left >= right, True),
    Operator("!=", lambda left, right: not _equal(left, right)),
    Operator("==", lambda left, right: _equal(left, right)),
    Operator("<", lambda left, right: left < right, True),
    Operator(">", lambda left, right: left > right, True),
    Operator("=", lambda left, right: _equal(left, right)),
    Operator(":", lambda left, right: _equal(left, right)),
)
BY_SIGN = {operator.sign: operator for operator in OPERATORS}
"""The operators, looked up by their signs."""

UNITS = {**MAGNITUDES, "%": 0.01, **UNIT_SECONDS, "min": UNIT_SECONDS["m"]}
"""What may follow a number: `step>10k`, `progress<50%`, `age<5min`."""

_NUMBER = (
    r"(?ia)([+-]?(?:inf|infinity|nan|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d+)(?:e[+-]?\d+)?))([a-zA-Z%]*)"
)


def parse_number(text: str) -> float | None:
    """Return the number that a text is, with a unit of `UNITS` or none; `None` if it is none."""
    found = re.fullmatch(_NUMBER, text.strip())
    if found is None or (found[2] and found[2] not in UNITS):
        return None
    try:
        return float(found[1]) * UNITS.get(found[2], 1.0)
    except ValueError:
        return None


class Text(NamedTuple):
    """One of the subject's texts contains this."""

    text: str

    def matches(self, subject: Subject) -> bool:
        wanted = self.text.casefold()
        return any(wanted in text.casefold() for text in subject.texts)


class Pattern(NamedTuple):
    """One of the subject's texts matches this regular expression somewhere."""

    source: str
    compiled: Expression

    def matches(self, subject: Subject) -> bool:
        return any(self.compiled.found_in(text) for text in subject.texts)


class Comparison(NamedTuple):
    """A field stands in a relation to a value. A subject without the field never matches."""

    field: str
    sign: str
    value: str

    def matches(self, subject: Subject) -> bool:
        found = subject.value(self.field)
        if found is None:
            return False
        wanted = parse_number(self.value)
        operator = BY_SIGN[self.sign]
        own = _number_of(found, by_text=self.sign != ":")
        if own is None and operator.needs_number:
            # A config that says `loss: mse` does not hide the metric of that name.
            own = _number_of(subject.value(f"last.{self.field}"), by_text=True)
        if wanted is not None and own is not None:
            return operator.numbers(own, wanted)
        if operator.needs_number:
            return False
        text, value = value_text(found).casefold(), self.value.casefold()
        if self.sign == ":":
            return value in text
        return (text == value) is (self.sign != "!=")


class FieldPattern(NamedTuple):
    """A field's text matches a regular expression somewhere."""

    field: str
    source: str
    compiled: Expression

    def matches(self, subject: Subject) -> bool:
        found = subject.value(self.field)
        return found is not None and self.compiled.found_in(value_text(found))


class Not(NamedTuple):
    """What the part does not match."""

    part: Query

    def matches(self, subject: Subject) -> bool:
        return not self.part.matches(subject)


class And(NamedTuple):
    """Matches what all parts match, and everything where there are no parts."""

    parts: tuple[Query, ...]
    word: Literal["and"] = "and"
    """Tells it from an `Or` of the same parts, as tuples of the same values are equal."""

    def matches(self, subject: Subject) -> bool:
        return all(part.matches(subject) for part in self.parts)


class Or(NamedTuple):
    """What any part matches."""

    parts: tuple[Query, ...]
    word: Literal["or"] = "or"

    def matches(self, subject: Subject) -> bool:
        return any(part.matches(subject) for part in self.parts)


Query = Text | Pattern | Comparison | FieldPattern | Not | And | Or

EVERYTHING = And(())
"""The query that matches every run: that of an empty text."""


def _number_of(value: Value, *, by_text: bool) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return parse_number(value) if by_text else None
    return as_float(value)


def value_text(value: Value) -> str:
    """Return a field's value as a text to be searched."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Nobody searches for a number of thousands of digits.
        return str(value) if abs(value) < 10**300 else "inf"
    return value if isinstance(value, str) else repr(value)


def fields_of(query: Query) -> list[str]:
    """Return the fields that a query asks for, each once, in the order written."""
    if isinstance(query, Comparison | FieldPattern):
        return [query.field]
    parts = query.parts if isinstance(query, And | Or) else ()
    parts = (query.part,) if isinstance(query, Not) else parts
    return list(dict.fromkeys(field for part in parts for field in fields_of(part)))
