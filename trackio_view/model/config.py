"""A run's nested config as one flat list of keys."""

from __future__ import annotations

import json
from collections.abc import Mapping

from trackio_view.light_typing import Any

ConfigValue = str | int | float | bool | None
"""A config's leaf: a number, a switch, a text, or `None` for null; lists are their JSON."""

TOO_DEEP = "(nested too deeply to be shown)"

_DEEPEST = 32


def flatten_config(config: Mapping[str, Any] | None) -> dict[str, ConfigValue]:
    """Return a config's leaves by key, nested keys joined by dots: `optimizer.lr`.

    Keys that start with an underscore at the top are TrackIO's own and left out. Lists and empty
    mappings are leaves. A run without config has none.
    """
    if config is None:
        return {}
    return leaves_of({key: value for key, value in config.items() if not str(key).startswith("_")})


def leaves_of(document: Mapping[str, Any]) -> dict[str, ConfigValue]:
    """Return the leaves of a mapping by key, as those of a config are."""
    leaves: dict[str, ConfigValue] = {}
    _add_leaves(leaves, document, "", _DEEPEST)
    return leaves


def _add_leaves(
    leaves: dict[str, ConfigValue], config: Mapping[str, Any], prefix: str, depth: int
) -> None:
    for name, value in config.items():
        key = f"{prefix}{name}"
        if value is None or isinstance(value, (str, int, float)):
            leaves[key] = value
        elif isinstance(value, Mapping) and value and depth:
            _add_leaves(leaves, value, f"{key}.", depth - 1)
        else:
            leaves[key] = json_text(value)


def config_text(value: ConfigValue) -> str:
    """Return a leaf as people write it: `true`, `null`, numbers as Python reads them back."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def json_text(value: object, indent: int | None = None) -> str:
    """Return a value as JSON: on one line, or on several with an `indent` in characters.

    Of a value that is nested too deeply to be written the text says so.
    """
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    except (ValueError, RecursionError):
        return TOO_DEEP
