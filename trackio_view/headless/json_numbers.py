"""Facts for a JSON document. A value that JSON cannot express is null, with its reason
beside it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from trackio_view.light_typing import Any
from trackio_view.series.series import (
    BEYOND_WRITING,
    LARGEST_EXACT_FLOAT_INTEGER,
    Number,
    Series,
    spelled,
)
from trackio_view.series.window import Window

_DEEPEST = 100
"""How many levels of a config are told. Encoders fail at some greater depth."""


# A backslash in data is written as two. Whole surrogate pairs are characters.
_ESCAPE = re.compile(r"\\\\|(\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|(\\ud[89a-f][0-9a-f]{2})")


def written(document: object) -> str:
    """Return a document as JSON in ASCII. Half a surrogate pair, which is no character, becomes
    U+FFFD.
    """
    text = json.dumps(document, indent=2, allow_nan=False)
    if "\\ud" not in text:
        return text
    return _ESCAPE.sub(lambda found: "\\ufffd" if found[2] else found[0], text)


class Record:
    """An object of the document: its values, and the reason of each value that is null."""

    def __init__(self, **values: object) -> None:
        self._values: dict[str, object] = dict(values)
        self._reasons: dict[str, str] = {}

    def put(self, key: str, value: object, reason: str) -> None:
        """Add a value; `reason` says why it is absent where it is `None`."""
        self._values[key] = value
        self._reasons.pop(key, None)
        if value is None:
            self._reasons[key] = reason

    def put_number(self, key: str, number: Number | None, reason: str) -> None:
        """Add a number. A number that is not finite becomes null, and the reason says which one it
        was.
        """
        if isinstance(number, float) and not math.isfinite(number):
            self.put(key, None, f"logged as {spelled(number)}")
        else:
            self.put(key, None if number is None else plain(number), reason)

    def put_time(self, key: str, seconds: float, reason: str) -> None:
        """Add a time or an age. An unknown one is NaN."""
        self.put(key, plain(seconds) if math.isfinite(seconds) else None, reason)

    def put_reason(self, place: str, reason: str) -> None:
        """Say why something within a value is null."""
        self._reasons[place] = reason

    def done(self) -> dict[str, object]:
        """Return the object with its reasons."""
        return {**self._values, "reasons": self._reasons}


def series_record(series: Series, window: Window) -> Record | None:
    """Return the facts of a series within a window, `None` where there is no value."""
    summary = series.summary(window)
    if summary is None:
        return None
    record = Record()
    record.put_number("first", summary.first, "")
    record.put_number("last", summary.last, "")
    record.put_number("min", summary.minimum, "every value is NaN")
    record.put_number("max", summary.maximum, "every value is NaN")
    change = summary.change
    # Infinity lies beyond what can be written, too.
    if change is not None and (not -BEYOND_WRITING < change < BEYOND_WRITING):
        record.put("change", None, "too large for a number")
    else:
        record.put_number("change", change, "the first or the last value is not finite")
    record.put("count", summary.value_count, "")
    record.put("nonfinite_count", summary.nonfinite, "")
    return record


def plain(number: Number) -> Number:
    """Return a whole number as an integer, so that it is written without a decimal point."""
    if (
        isinstance(number, float)
        and number.is_integer()
        and abs(number) <= LARGEST_EXACT_FLOAT_INTEGER
        # Integers lose the sign of a zero.
        and (number or math.copysign(1.0, number) > 0)
    ):
        return int(number)
    return number


def cleaned(value: Any, place: str, reasons: dict[str, str], depth: int = 0) -> Any:
    """Return a config's value with null for what JSON cannot express.

    `place` is where the value stands in the document, and `reasons` is told why each is null.
    """
    if isinstance(value, float) and not math.isfinite(value):
        reasons[place] = f"configured as {spelled(value)}"
        return None
    if depth == _DEEPEST and isinstance(value, Mapping | list):
        reasons[place] = f"nested more than {_DEEPEST} levels deep"
        return None
    if isinstance(value, Mapping):
        return {
            str(key): cleaned(member, f"{place}.{key}", reasons, depth + 1)
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [
            cleaned(member, f"{place}[{number}]", reasons, depth + 1)
            for number, member in enumerate(value)
        ]
    return value
