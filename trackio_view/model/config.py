"""A run's nested config as one flat list of keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

ConfigValue = str | int | float | bool | None
"""A config's leaf: a number, a switch, a text, or `None` for null; lists are their JSON."""

_DEEPEST = 32


def flatten_config(config: Mapping[str, Any] | None) -> dict[str, ConfigValue]:
    """Return a config's leaves by key, nested keys joined by dots: `optimizer.lr`.

    Keys that start with an underscore at the top are TrackIO's own and left out. Lists and empty
    mappings are leaves. A run without config has none.
    """
    if config is None:
        return {}
    own = {key: value for key, value in config.items() if not str(key).startswith("_")}
    return dict(_leaves(own, "", _DEEPEST))


def _leaves(config: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value and depth:
            yield from _leaves(value, f"{key}.", depth - 1)
        else:
            yield key, _leaf(value)


def _leaf(value: Any) -> ConfigValue:
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def config_text(value: ConfigValue) -> str:
    """Return a leaf as people write it: `true`, `null`, numbers as Python reads them back."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)
