"""The settings' file: when the rules about a run's health speak.

`~/.config/trackio-view/settings.toml`, or the same below `XDG_CONFIG_HOME`:

    [health]
    loss_spike = 12
    plateau = 0        # off
"""

from __future__ import annotations

import itertools
import math
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trackio_view.model.health import DEFAULT_THRESHOLDS, RULES, Rule
from trackio_view.operating_system.regular_file import open_regular

_MOST_BYTES = 1 << 16
"""The file has a line a rule: what is larger is another file."""
_MOST_FAULTS = 20
"""Nobody reads more of them, and to look for what each name resembles takes its time."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says, and what of it could not be understood."""

    thresholds: Mapping[str, float] = field(default_factory=lambda: DEFAULT_THRESHOLDS)
    """By the name of the rule."""
    faults: tuple[str, ...] = ()
    """A sentence for each value that is not used; the default holds in its place."""


def settings_path(environment: Mapping[str, str] | None = None) -> Path:
    """Return where the settings' file is looked for."""
    environment = os.environ if environment is None else environment
    base = environment.get("XDG_CONFIG_HOME", "")
    # The XDG specification: a path that is not absolute is to be ignored.
    folder = Path(base if os.path.isabs(base) else os.path.expanduser("~/.config"))
    return folder / "trackio-view" / "settings.toml"


def read_settings(path: Path) -> Settings:
    """Return the settings in the file at `path`; without a file the defaults hold.

    Nothing raises: whatever is wrong makes a sentence, and the default holds.
    """
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        return _unread(path, f"cannot be read: {reason}")
    if len(content) > _MOST_BYTES:
        return _unread(path, f"is not read: it has more than {_MOST_BYTES >> 10} KB")
    try:
        # Editors of other systems begin a file with a mark of its encoding.
        document = _parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _unread(path, "cannot be read: it is not UTF-8")
    except ValueError as error:
        return _unread(path, f"is not valid TOML: {error}")
    except RecursionError:
        return _unread(path, "is not valid TOML: it is nested too deep")
    return interpret(document)


def _unread(path: Path, why: str) -> Settings:
    return Settings(faults=(f"{path} {why}.",))


def _parse(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    document: dict[str, Any] = tomllib.loads(text)
    return document


def interpret(document: Mapping[str, Any]) -> Settings:
    """Return the settings that a parsed file means."""
    faults = _faults(document)
    told = list(itertools.islice(faults, _MOST_FAULTS))
    if next(faults, None) is not None:
        told.append("Further settings are not understood either.")
    health = document.get("health", {})
    thresholds = dict(DEFAULT_THRESHOLDS)
    if isinstance(health, Mapping):
        for rule in RULES:
            value = health.get(rule.name)
            if value is not None and _fault(rule, rule.name, value) is None:
                thresholds[rule.name] = float(value)
    return Settings(thresholds, tuple(told))


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each setting that is not understood."""
    for name in document:
        if name != "health":
            yield f"Unknown setting: {name}."
    health = document.get("health", {})
    if not isinstance(health, Mapping):
        yield "The setting health must be a table of thresholds."
        return
    rules = {rule.name: rule for rule in RULES}
    for name, value in health.items():
        fault = _fault(rules.get(name), name, value)
        if fault is not None:
            yield fault


def _fault(rule: Rule | None, name: str, value: object) -> str | None:
    if rule is None:
        return f"Unknown setting: health.{name}{_nearest(name)}."
    if value is False:
        return None
    holds = f"{rule.threshold:g} holds"
    if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value):
        return f"health.{name} must be a number, 0 for off; {holds}."
    if value != 0 and value < rule.least:
        return f"health.{name} must be 0 or at least {rule.least:g}; {holds}."
    if value > rule.most:
        return f"health.{name} must be at most {rule.most:g}; {holds}."
    return None


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        # An integer that no float can hold.
        return False


def _nearest(name: str) -> str:
    import difflib

    names = [rule.name for rule in RULES]
    near = difflib.get_close_matches(name, names, 1)
    return f", perhaps {near[0]}" if near else f"; there are {', '.join(names)}"
