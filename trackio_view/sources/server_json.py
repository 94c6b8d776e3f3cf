"""The JSON of questions to servers and machines, and of their answers.

orjson reads it five times as fast as the standard library, and may be missing from a light install.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

IMPOSSIBLE = (TypeError, ValueError, LookupError, ArithmeticError, RecursionError)
"""Errors that come of an answer which is none of the program that was asked."""


def _standard_value(data: bytes | str) -> Any:
    try:
        return json.loads(data, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _standard_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _chosen() -> tuple[Callable[[bytes | str], Any], Callable[[Any], bytes]]:
    try:
        import orjson
    except ImportError:
        return _standard_value, _standard_bytes
    return orjson.loads, orjson.dumps


json_value, json_bytes = _chosen()
"""The value of a text, which raises ValueError where it is no JSON, and the text of a value."""
