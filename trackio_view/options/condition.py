"""A condition on a metric's value, as `--until` takes it: `train/loss < 0.1`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackio_view.series.series import Number

COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
"""The comparisons that a condition may make."""

_SIGN = re.compile(r"[<>=!]+")
_QUOTED = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*""")
_OPENED = re.compile(r"""\s*(["'])""")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf(?:inity)?", re.IGNORECASE
)


class ConditionFault(ValueError):
    """A condition that cannot be read: why, and where in its text."""

    def __init__(self, reason: str, text: str, place: int) -> None:
        self.reason, self.text, self.place = reason, text, place
        super().__init__(f"{reason}\n  {text}\n  {' ' * place}^")


@dataclass(frozen=True, slots=True)
class Condition:
    """A metric's value compared with a number."""

    metric: str
    comparison: str
    number: Number

    def holds(self, value: Number) -> bool:
        """Return whether `value` meets the condition; what is not a number never does."""
        return value == value and COMPARISONS[self.comparison](value, self.number)

    def __str__(self) -> str:
        return f"{self.metric} {self.comparison} {self.number}"


def parse_condition(text: str) -> Condition:
    """Return the condition that `text` writes: a metric's name, a comparison, a number.

    A name in quotes may hold anything, the signs of comparisons included. Raises ConditionFault.
    """
    quoted = _QUOTED.match(text)
    opened = _OPENED.match(text)
    if opened and not quoted:
        raise ConditionFault("this quote is not closed", text, opened.start(1))
    sign = _SIGN.search(text, quoted.end() if quoted else 0)
    if sign is None:
        raise ConditionFault("a comparison is missing, such as < or >=", text, len(text))
    if quoted:
        metric = quoted[1] if quoted[1] is not None else quoted[2]
        if quoted.end() != sign.start():
            raise ConditionFault(
                "a comparison is missing here, such as < or >=", text, quoted.end()
            )
    else:
        metric = text[: sign.start()].strip()
        if not metric:
            raise ConditionFault("the metric's name is missing", text, sign.start())
    if sign[0] not in COMPARISONS:
        known = ", ".join(COMPARISONS)
        raise ConditionFault(
            f"no such comparison: {sign[0]} (there are {known})", text, sign.start()
        )
    rest = text[sign.end() :]
    written = rest.strip()
    place = sign.end() + len(rest) - len(rest.lstrip())
    if _INTEGER.fullmatch(written):
        try:
            return Condition(metric, sign[0], int(written))
        except ValueError:
            raise ConditionFault("more digits than can be read", text, place) from None
    if _DECIMAL.fullmatch(written):
        return Condition(metric, sign[0], float(written))
    if not written:
        raise ConditionFault("a number is missing", text, place)
    raise ConditionFault(f"not a number: {written}", text, place)
