"""Odd texts, numbers, times and documents, from which all kinds of input are made."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

_PIECES = (
    *("loss", "train/", "val/", "lr", "run-1", "accuracy", "0", "e", "-", ".", "/", " ", "=", ":"),
    *("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x00", "\r", "\n", "\t", "\x7f", "\x08", "\u2028"),
    *(
        "é",
        "日本",
        "👩‍👩‍👧",
        "e\u0301\u0301",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\U0010ffff",
        "﷽",
    ),
    *("%s", "{}", "'", '"', "`", "[", "(", "*", "\\", "$(x)", "NaN", "null", "-inf", "|", "#", ","),
)
_NUMBERS = (
    *(0, -0.0, 1, -1, 0.1, 1e-308, 5e-324, 1e308, -1e308, 1.7976931348623157e308, 2**53 + 1),
    *(2**63 - 1, -(2**63), 2**64, 10**40, 10**400, 1e16, 1e-12, math.nan, math.inf, -math.inf),
)
_TIMES = (
    *("2026-03-01T10:00:00.000000+00:00", "2025-06-01T10:00:00.25", "2026-03-01 10:00:00Z", ""),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "9999-12-31T23:59:59"),
    *(
        "0001-01-01T00:00:00",
        "1969-12-31T23:59:59",
        "2026-02-30T00:00:00",
        "2026-03-01T25:00",
        "now",
    ),
    *("2026-03-01T10:00:00+99:99", "1700000000", "2026-03-01T10:00:00.1234567890123+00:00"),
)
NAMES = ("loss", "train/loss", "val/loss", "lr", "val/accuracy", "grad_norm", "epoch", "x")


def text(random: Random, most: int = 8) -> str:
    """Return a text of odd pieces, sometimes a long one."""
    count = random.randrange(most + 1)
    kind = random.random()
    if kind < 0.0003:
        return random.choice(("é", "a", "\n", "1", "# ")) * 2_000_000
    if kind < 0.01:
        count = random.choice((300, 3000))
    return "".join(random.choice(_PIECES) for _ in range(count))


def writable(random: Random, most: int = 8) -> str:
    """Return an odd text that UTF-8 can hold."""
    return text(random, most).encode("utf-8", "replace").decode()


def name(random: Random) -> str:
    """Return a name of a metric or a run, mostly a usual one."""
    return random.choice(NAMES) if random.random() < 0.7 else writable(random)


def number(random: Random) -> int | float:
    """Return a number, mostly a usual one."""
    kind = random.random()
    if kind < 0.6:
        return random.gauss(1, 1)
    return random.choice(_NUMBERS) if kind < 0.9 else random.randrange(-(10**6), 10**6)


def moment(random: Random) -> str:
    """Return a time as text, mostly one that TrackIO would write."""
    if random.random() < 0.7:
        second, day = random.randrange(60), random.randrange(1, 28)
        return f"2026-03-{day:02}T10:{random.randrange(60):02}:{second:02}.500000+00:00"
    return random.choice(_TIMES) if random.random() < 0.8 else writable(random)


def document(random: Random, depth: int = 0) -> Any:
    """Return a value of JSON, sometimes nested, sometimes one of TrackIO's own objects."""
    kind = random.random()
    if depth > 4 or kind < 0.5:
        return number(random)
    if kind < 0.6:
        return random.choice((None, True, False, "", "NaN", "Infinity", "-Infinity"))
    if kind < 0.75:
        return writable(random)
    if kind < 0.8:
        return [document(random, depth + 1) for _ in range(random.randrange(4))]
    if kind < 0.9:
        return _logged_object(random)
    return {name(random): document(random, depth + 1) for _ in range(random.randrange(5))}


def _logged_object(random: Random) -> dict[str, Any]:
    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "trackio.markdown": lambda: {"_value": writable(random, 40)},
        "trackio.table": lambda: {"_value": [{name(random): document(random, 4)} for _ in "ab"]},
        "trackio.histogram": lambda: {
            "bins": [number(random) for _ in range(random.randrange(6))],
            "values": [number(random) for _ in range(random.randrange(6))],
        },
        "trackio.image": lambda: {"file_path": writable(random), "caption": writable(random)},
        writable(random): dict,
    }
    kind = random.choice(list(kinds))
    made = {"_type": kind, **kinds[kind]()}
    if random.random() < 0.2:
        made[random.choice(list(made))] = document(random, 4)
    return made


def encoded(random: Random, value: Any) -> str | bytes:
    """Return a document as TrackIO stores it: a text, its bytes, or sometimes broken JSON."""
    written = json.dumps(value, ensure_ascii=random.random() < 0.5)
    kind = random.random()
    if kind < 0.1:
        return garbled(random, written.encode("utf-8", "replace"))
    if kind < 0.12:
        return "[" * 5000 + "]" * 5000
    return written if kind < 0.4 else written.encode("utf-8", "replace")


def garbled(random: Random, content: bytes, most: int = 8) -> bytes:
    """Return bytes of which a few are changed, left out, repeated or cut off."""
    made = bytearray(content)
    for _ in range(random.randrange(most + 1)):
        at = random.randrange(len(made) + 1)
        kind = random.randrange(4)
        if kind == 0:
            made[at : at + 1] = random.randbytes(1)
        elif kind == 1:
            del made[at : at + random.randrange(1, 40)]
        elif kind == 2:
            made[at:at] = made[at : at + random.randrange(1, 40)]
        else:
            made[at:at] = random.choice(_PIECES).encode("utf-8", "surrogatepass")
    if random.random() < 0.1:
        del made[random.randrange(len(made) + 1) :]
    return bytes(made)
