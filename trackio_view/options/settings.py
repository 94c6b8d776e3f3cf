"""The file in which a person changes the settings (`setting_table`).

`~/.config/trackio-view/settings.toml`, or the same below `XDG_CONFIG_HOME`:

    [look]
    theme = "light"

    [charts]
    smooth = 0.9

    [keys]
    next_run = "n"

    [health]
    loss_spike = 12
    plateau = 0        # off
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.operating_system.regular_file import open_regular
from trackio_view.options.setting_table import (
    AUTO,
    SETTINGS,
    Setting,
    SettingValue,
    ValueKind,
)
from trackio_view.series.smoothing import Smoothing, smoothing_of
from trackio_view.terminal.style import THEME_NAMES

_EMPTY = '""'
"""How TOML writes an empty name."""
_MOST_BYTES = 1 << 16
"""The file has a line for each setting, so a larger file is not read."""
_MOST_FAULTS = 20
"""The most faults that are told: nobody reads more, and searching for a similar name takes time for
each."""

KEYS = "keys"
"""The TOML table of the keys."""
_ABOUT_KEYS = (
    "What each key does, by the name of what it does: one key, or a list of them. A key is a"
    " character, or a name such as ctrl_n, f5, enter, escape, space, tab, page_up, left."
)

_COMMENT_WIDTH = 76
_PLAIN = 1e15
"""Integers from here on are written like floats."""


class Settings(NamedTuple):
    """What the file says, and which parts of it could not be understood."""

    thresholds: Mapping[str, float]
    """By the name of the rule."""
    theme: str
    """One of `THEME_NAMES`, or `AUTO`."""
    glyphs: str
    """The name of a repertoire of glyphs, or `AUTO`."""
    mouse: str
    """`on` or `off`."""
    clock: str
    interval: float
    """Seconds."""
    gradient: str
    """`on` or `off`."""
    smooth: str
    """As `series.smoothing` reads it."""
    zoom: int
    """A place in `ZOOM_LEVELS`."""
    x: str
    """One of `AXES`."""
    limits: str
    """One of `LIMITS`."""
    y_shared: str
    """`on` or `off`."""
    band: str
    marks: str
    log_y: tuple[str, ...]
    """Names of metrics."""
    columns: int
    """How many charts stand side by side; 0 for as many as look best."""
    side_box: str
    sort: str
    """The key of a column of the table of runs; empty for its own order."""
    keys: Mapping[str, tuple[str, ...]]
    """By the name of the action, where a person chose others than the usual ones."""
    faults: tuple[str, ...]
    """A sentence for each value that is not used; the default holds in its place."""


def settings_path() -> str:
    """Return where the settings' file is looked for."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    # The XDG specification: a path that is not absolute is to be ignored.
    folder = base if os.path.isabs(base) else os.path.expanduser("~/.config")
    return os.path.join(folder, "trackio-view", "settings.toml")


def read_settings(path: str | os.PathLike[str]) -> Settings:
    """Return the settings in the file at `path`; without a file the defaults hold.

    Nothing is raised: each fault makes a sentence, and the default holds.
    """
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return default_settings()
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
        # What Python itself says of a number without an end is about Python.
        why = "a number has too many digits" if type(error) is ValueError else str(error)
        return _unread(path, f"is not valid TOML: {why}")
    except RecursionError:
        return _unread(path, "is not valid TOML: it is nested too deep")
    return interpret(document)


def _unread(path: str | os.PathLike[str], why: str) -> Settings:
    return default_settings()._replace(faults=(f"{path} {why}.",))


def _parse(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    document: dict[str, Any] = tomllib.loads(text)
    return document


def interpret(document: Mapping[str, Any]) -> Settings:
    """Return the settings that a parsed file means."""
    keys, wrong = _chosen_keys(document.get(KEYS))
    faults = itertools.chain(_faults(document), wrong)
    told = list(itertools.islice(faults, _MOST_FAULTS))
    if next(faults, None) is not None:
        told.append("Further settings are not understood either.")
    return _settings(document, keys, tuple(told))


def _chosen_keys(wanted: object) -> tuple[Mapping[str, tuple[str, ...]], Sequence[str]]:
    """Return the keys that are chosen, and what is wrong with them."""
    if not isinstance(wanted, Mapping) or not wanted:
        return {}, ()
    # The table of keys needs all screens, and a command that prints and ends does not load them.
    from trackio_view.view.keys.chosen_keys import chosen_keys

    _, keys, faults = chosen_keys(wanted)
    return keys, faults


def default_settings() -> Settings:
    """Return the settings of a person who has no file: the defaults of the table."""
    return _settings({}, {}, ())


def _settings(
    document: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]], faults: tuple[str, ...]
) -> Settings:
    """Return the settings whose values a parsed file has, else the table's defaults."""
    thresholds: dict[str, float] = {}
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        section = document.get(setting.section)
        written = section.get(setting.name) if isinstance(section, Mapping) else None
        value = setting.default
        if written is not None:
            # Most people have no file.
            from trackio_view.options.setting_values import meant

            value = meant(setting, written)
        if setting.kind is ValueKind.THRESHOLD:
            thresholds[setting.name] = float(value) if isinstance(value, int | float) else 0.0
        else:
            is_whole = setting.kind is ValueKind.WHOLE
            values[setting.name] = int(value) if isinstance(value, float) and is_whole else value
    return Settings(thresholds, **values, keys=keys, faults=faults)


def value_of(settings: Settings, setting: Setting) -> SettingValue:
    """Return the value in force of a setting."""
    if setting.kind is ValueKind.THRESHOLD:
        return settings.thresholds[setting.name]
    value: SettingValue = getattr(settings, setting.name)
    return value


def chosen_theme(named: str | None) -> str:
    """Return the theme that was named on the command line, else that of the settings' file."""
    theme = read_settings(settings_path()).theme if named is None else named
    return THEME_NAMES[0] if theme == AUTO else theme


def shares_y() -> bool:
    """Return whether charts whose names end alike have one range of y, by the settings' file."""
    return read_settings(settings_path()).y_shared == "on"


def chosen_smoothing(named: str | None) -> Smoothing | None:
    """Return the smoothing that was asked for on the command line, else by the settings' file."""
    return smoothing_of(read_settings(settings_path()).smooth if named is None else named)


def settings_text(settings: Settings) -> str:
    """Return a whole settings' file, in TOML, that says of each setting what it is and its value.

    Read again, it means the same settings.
    """
    from trackio_view.view.keys.chosen_keys import usual_keys

    lines: list[str] = []
    for section, group in itertools.groupby(SETTINGS, lambda setting: setting.section):
        lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
        for setting in group:
            facts = f"{setting.kind.value}: {setting.bounds}; default {setting.default_text}"
            lines += ["", *_comment(setting.meaning), *_comment(facts)]
            lines.append(f"{setting.name} = {_toml(value_of(settings, setting))}")
    lines += ["", f"[{KEYS}]", *_comment(_ABOUT_KEYS)]
    for name, usual in usual_keys().items():
        keys = settings.keys.get(name, usual.keys)
        lines += ["", *_comment(usual.help)]
        lines.append(f"{name} = {_toml(keys[0] if len(keys) == 1 else keys)}")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    import textwrap

    return [f"# {line}" for line in textwrap.wrap(text, _COMMENT_WIDTH)]


def _toml(value: SettingValue) -> str:
    import json

    if isinstance(value, str | tuple):
        # TOML's basic strings have JSON's escapes, of which no half of a pair stands alone.
        return json.dumps(value, ensure_ascii=False)
    return _toml_number(value)


def _toml_number(number: float) -> str:
    return str(int(number)) if abs(number) < _PLAIN and number == int(number) else repr(number)


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each setting that is not understood."""
    sections = dict.fromkeys([*(setting.section for setting in SETTINGS), KEYS])
    for name in document:
        if name not in sections:
            near = [f"{its.section}.{name}" for its in SETTINGS if its.name == name]
            perhaps = f", perhaps {near[0]}" if near else ""
            yield f"Unknown setting: {name or _EMPTY}{perhaps}."
    for section in sections:
        values = document.get(section, {})
        if not isinstance(values, Mapping):
            yield f"The setting {section} must be a table."
            continue
        if section == KEYS:
            # The values of each key are explained where keys are chosen.
            continue
        known = {setting.name: setting for setting in SETTINGS if setting.section == section}
        for name, value in values.items():
            setting = known.get(name)
            if setting is None:
                yield f"Unknown setting: {section}.{name or _EMPTY}{_nearest(name, list(known))}."
                continue
            from trackio_view.options.setting_values import fault_of

            fault = fault_of(setting, value)
            if fault is not None:
                yield fault


def _nearest(name: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, names, 1)
    return f", perhaps {near[0]}" if near else f"; there are {', '.join(names)}"
