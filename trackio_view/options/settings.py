"""The table of all settings, and the file in which a person changes them.

`~/.config/trackio-view/settings.toml`, or the same below `XDG_CONFIG_HOME`:

    [look]
    theme = "light"

    [charts]
    smooth = 0.9

    [health]
    loss_spike = 12
    plateau = 0        # off
"""

from __future__ import annotations

import enum
import itertools
import math
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from trackio_view.model.gpu_health import DEFAULT_GPU_THRESHOLDS, GPU_RULES
from trackio_view.model.health import DEFAULT_THRESHOLDS, RULES
from trackio_view.operating_system.regular_file import open_regular
from trackio_view.series.smoothing import FORMS, OFF, Smoothing, smoothing_of
from trackio_view.terminal.style import THEME_NAMES

_MOST_BYTES = 1 << 16
"""The file has a line for each setting, so a larger file is not read."""
_MOST_FAULTS = 20
"""The most faults that are told: nobody reads more, and searching for a similar name takes time for
each."""

_COMMENT_WIDTH = 76
_PLAIN = 1e15
"""Integers from here on are written as floats are."""


class Kind(enum.Enum):
    """What a setting's value is; the value says it in words."""

    THRESHOLD = "a number, 0 for off"
    """TOML's `false` is off, too."""
    CHOICE = "one of"
    SMOOTHING = "an amount"


class Setting(NamedTuple):
    """One line of the table."""

    section: str
    """The TOML table that it stands in."""
    name: str
    kind: Kind
    meaning: str
    """What the value is, in a sentence."""
    default: float | str
    least: float = 0.0
    """The smallest number that makes sense, beside off."""
    most: float = math.inf
    """The largest that makes sense; infinite where any does."""
    choices: tuple[str, ...] = ()
    """The words that it may be."""

    @property
    def key(self) -> str:
        """Its whole name, such as `health.plateau`."""
        return f"{self.section}.{self.name}"

    @property
    def bounds(self) -> str:
        """What values make sense, in words: `10 or more`, `0.1 to 100`."""
        if self.kind is Kind.CHOICE:
            return ", ".join(self.choices)
        if self.kind is Kind.SMOOTHING:
            return FORMS
        if self.most == math.inf:
            return f"{self.least:g} or more"
        return f"{self.least:g} to {self.most:g}"

    @property
    def default_text(self) -> str:
        """The default as it is told of."""
        return self.default if isinstance(self.default, str) else f"{self.default:g}"


AUTO = "auto"
"""The word for what the program finds best by itself."""

_THEME = Setting(
    "look",
    "theme",
    Kind.CHOICE,
    "the colours: as the terminal says of its background, for a dark one, for a light one, of high"
    " contrast, for the colour-blind, or none; pictures and text are dark where it is auto",
    AUTO,
    choices=(AUTO, *THEME_NAMES),
)

_SMOOTH = Setting(
    "charts",
    "smooth",
    Kind.SMOOTHING,
    "how the lines of charts are smoothed at the start: by a moving average of that weight, by one"
    " that goes by the distance along the x axis (time:0.9; the key s goes on with such averages),"
    " or by the mean of so many values",
    OFF,
)

SETTINGS: tuple[Setting, ...] = (
    _THEME,
    _SMOOTH,
    *(
        Setting(
            "health",
            rule.name,
            Kind.THRESHOLD,
            rule.meaning,
            rule.threshold,
            rule.least,
            rule.most,
        )
        for rule in (*RULES, *GPU_RULES)
    ),
)
"""Every setting there is: the reader, `--print-config`, `--help` and the README go by it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says, and what of it could not be understood."""

    thresholds: Mapping[str, float] = field(
        default_factory=lambda: {**DEFAULT_THRESHOLDS, **DEFAULT_GPU_THRESHOLDS}
    )
    """By the name of the rule."""
    theme: str = AUTO
    """One of `THEME_NAMES`, or `AUTO`."""
    smooth: str = OFF
    """As `series.smoothing` reads it."""
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
    values = {setting: _value(setting, document) for setting in SETTINGS}
    thresholds = {
        setting.name: float(value)
        for setting, value in values.items()
        if setting.kind is Kind.THRESHOLD
    }
    return Settings(thresholds, str(values[_THEME]), str(values[_SMOOTH]), tuple(told))


def chosen_theme(named: str | None) -> str:
    """Return the theme that was named on the command line, else that of the settings' file."""
    theme = read_settings(settings_path()).theme if named is None else named
    return THEME_NAMES[0] if theme == AUTO else theme


def chosen_smoothing(named: str | None) -> Smoothing | None:
    """Return the smoothing that was asked for on the command line, else by the settings' file."""
    return smoothing_of(read_settings(settings_path()).smooth if named is None else named)


def settings_text(settings: Settings) -> str:
    """Return a whole settings' file, in TOML, that says of each setting what it is and its value.

    Read again, it means the same settings.
    """
    lines: list[str] = []
    for section, group in itertools.groupby(SETTINGS, lambda setting: setting.section):
        lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
        for setting in group:
            facts = f"{setting.kind.value}: {setting.bounds}; default {setting.default_text}"
            lines += ["", *(f"# {line}" for line in (*_wrapped(setting.meaning), facts))]
            lines.append(f"{setting.name} = {_toml(settings, setting)}")
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, _COMMENT_WIDTH)


def _toml(settings: Settings, setting: Setting) -> str:
    for own, text in ((_THEME, settings.theme), (_SMOOTH, settings.smooth)):
        if setting is own:
            return f'"{text}"'
    return _toml_number(settings.thresholds[setting.name])


def _toml_number(number: float) -> str:
    return str(int(number)) if abs(number) < _PLAIN and number == int(number) else repr(number)


def _value(setting: Setting, document: Mapping[str, Any]) -> float | str:
    """Return what a document says of a setting; the default where that is nothing usable."""
    section = document.get(setting.section)
    value = section.get(setting.name) if isinstance(section, Mapping) else None
    if value is None or _fault(setting, value) is not None:
        return setting.default
    if setting.kind is Kind.SMOOTHING and value is False:
        return OFF
    return float(value) if setting.kind is Kind.THRESHOLD else str(value)


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each setting that is not understood."""
    sections = dict.fromkeys(setting.section for setting in SETTINGS)
    for name in document:
        if name not in sections:
            yield f"Unknown setting: {name}."
    for section in sections:
        values = document.get(section, {})
        if not isinstance(values, Mapping):
            yield f"The setting {section} must be a table."
            continue
        known = {setting.name: setting for setting in SETTINGS if setting.section == section}
        for name, value in values.items():
            setting = known.get(name)
            if setting is None:
                yield f"Unknown setting: {section}.{name}{_nearest(name, list(known))}."
                continue
            fault = _fault(setting, value)
            if fault is not None:
                yield fault


def _fault(setting: Setting, value: object) -> str | None:
    holds = f"{setting.default_text} holds"
    if setting.kind is Kind.CHOICE:
        if value in setting.choices:
            return None
        return f"{setting.key} must be one of {setting.bounds}; {holds}."
    if value is False:
        return None
    if setting.kind is Kind.SMOOTHING:
        try:
            smoothing_of(str(value))
        except ValueError:
            return f"{setting.key} must be {setting.bounds}; {holds}."
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value):
        return f"{setting.key} must be {setting.kind.value}; {holds}."
    if value != 0 and value < setting.least:
        return f"{setting.key} must be 0 or at least {setting.least:g}; {holds}."
    if value > setting.most:
        return f"{setting.key} must be at most {setting.most:g}; {holds}."
    return None


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        # An integer that no float can hold.
        return False


def _nearest(name: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, names, 1)
    return f", perhaps {near[0]}" if near else f"; there are {', '.join(names)}"
