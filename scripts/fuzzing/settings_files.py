"""Random settings' files: nearly valid, garbled, or nested."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

from scripts.fuzzing import values

_RULES = ("not_finite", "loss_spike", "plateau", "went_silent", "gpu_idle", "loss_spikes", "x")
_WORDS = ("true", "false", "1979-05-27", "07:32:00", "0x1f", "1e400", "-0", "1_000", "''", "")


def settings_file(random: Random) -> bytes:
    """Return the content of a settings' file."""
    kind = random.random()
    if kind < 0.03:
        depth = random.choice((100, 5000))
        return f"[health]\nplateau = {'[' * depth}{']' * depth}\n".encode()
    lines = [_line(random) for _ in range(random.randrange(8))]
    lines.insert(random.randrange(len(lines) + 1), "[health]")
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    if random.random() < 0.1:
        content = b"\xef\xbb\xbf" + content
    return values.garbled(random, content, 4) if kind < 0.3 else content


def _line(random: Random) -> str:
    name = random.choice(_RULES) if random.random() < 0.8 else json.dumps(values.writable(random))
    if random.random() < 0.1:
        return f"[{name}{random.choice(('', '.a', '.a.b'))}]"
    return f"{name} = {_value(random)}"


def _value(random: Random, depth: int = 0) -> Any:
    kind = random.random()
    if kind < 0.5:
        number = values.number(random)
        return "inf" if number == math.inf else number
    if kind < 0.7:
        return random.choice(_WORDS)
    if kind < 0.85 or depth > 3:
        return json.dumps(values.writable(random))
    inner = [_value(random, depth + 1) for _ in range(random.randrange(3))]
    if kind < 0.93:
        return f"[{', '.join(map(str, inner))}]"
    return "{" + ", ".join(f"k{place} = {value}" for place, value in enumerate(inner)) + "}"
