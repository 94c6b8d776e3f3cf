"""How the configs of runs differ, key by key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.config import ConfigValue, config_text, flatten_config
from trackio_view.view.runs.columns import RunColumn
from trackio_view.view.runs.explained import Explained
from trackio_view.view.scrolling import ScrolledText
from trackio_view.view.text_entry import TypedLine

Config = Mapping[str, Any]


class ConfigLine(NamedTuple):
    """One key, and what it is in each run; `None` where the run has no such key."""

    key: str
    values: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def written(value: ConfigValue) -> str:
    """Return a leaf as text. A text that looks like another value stands in quotes."""
    text = config_text(value)
    if isinstance(value, str) and (text in ("", "true", "false", "null") or _is_number(text)):
        return json.dumps(value, ensure_ascii=False)
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def diff_lines(configs: Sequence[Config | None], *, everything: bool) -> list[ConfigLine]:
    """Return the keys whose values differ between the runs, or all keys, in the order met.

    A run without a config has none of the keys. With a single run nothing differs.
    """
    flat = [
        {key: written(value) for key, value in flatten_config(config).items()} for config in configs
    ]
    keys = dict.fromkeys(key for one in flat for key in one)
    lines = (ConfigLine(key, tuple(one.get(key) for one in flat)) for key in keys)
    return [line for line in lines if everything or line.differs]


def matching(lines: Sequence[ConfigLine], search: str) -> list[ConfigLine]:
    """Return the lines whose key or values contain `search`, whatever its case."""
    if not search:
        return list(lines)
    wanted = search.casefold()
    return [
        line
        for line in lines
        if wanted in line.key.casefold()
        or any(value is not None and wanted in value.casefold() for value in line.values)
    ]


@dataclass(slots=True, eq=False, repr=False)
class DiffView(ScrolledText):
    """What of the configs is looked at."""

    everything: bool = False
    """Whether keys that do not differ are shown, too."""
    search: str = ""
    typing: TypedLine = field(default_factory=TypedLine)
    first_run: int = 0
    """The first column on screen, where not all fit side by side: a run, or a key where each run
    has a row."""


@dataclass(slots=True, eq=False, repr=False)
class DerivedConfigs:
    """What was derived from the compared configs, and what it was derived from."""

    lines_of: object = None
    lines: list[ConfigLine] = field(default_factory=list)
    explained_of: object = None
    explained: tuple[RunColumn | None, list[Explained]] = (None, [])
