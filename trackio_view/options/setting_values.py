"""What a value in the settings file means, and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Callable

from trackio_view.options.setting_table import MOST_NAMES, SWITCH, Setting, SettingValue, ValueKind
from trackio_view.series.smoothing import FORMS, OFF, smoothing_of
from trackio_view.view.runs.columns import column_of


def fault_of(setting: Setting, value: object) -> str | None:
    """Return a sentence on what is wrong with a value in a file, `None` where nothing is."""
    misses = _MISSES.get(setting.kind, _misses_bounds)
    wanted = misses(setting, value)
    return None if wanted is None else f"{setting.key} must be {wanted}; {_holds(setting)}."


def _holds(setting: Setting) -> str:
    return f"{setting.default_text} holds"


def _misses_choice(setting: Setting, value: object) -> str | None:
    return None if _as_choice(value) in setting.choices else f"one of {setting.bounds}"


def _as_choice(value: object) -> object:
    """Return what a value means among choices: `true` is on and `false` is off."""
    return SWITCH[not value] if isinstance(value, bool) else value


def _misses_smoothing(_: Setting, value: object) -> str | None:
    if value is not False:
        try:
            smoothing_of(str(value))
        except ValueError:
            return FORMS
    return None


def _misses_names(setting: Setting, value: object) -> str | None:
    if (
        isinstance(value, list)
        and len(value) <= MOST_NAMES
        and all(isinstance(name, str) for name in value)
    ):
        return None
    return f"{setting.kind.value} {setting.bounds}"


def _misses_column(setting: Setting, value: object) -> str | None:
    is_one = isinstance(value, str) and (not value or column_of(value) is not None)
    return None if is_one else setting.bounds


def _misses_bounds(setting: Setting, value: object) -> str | None:
    if setting.kind is ValueKind.THRESHOLD and value is False:
        return None
    words: str = setting.kind.value
    if not isinstance(value, int | float) or isinstance(value, bool) or not _is_finite(value):
        return words
    if setting.kind is ValueKind.WHOLE and value != int(value):
        return words
    is_off = setting.kind is ValueKind.THRESHOLD and value == 0
    if not is_off and value < setting.least:
        return f"{'0 or ' * (setting.kind is ValueKind.THRESHOLD)}at least {setting.least:g}"
    if value > setting.most:
        return f"at most {setting.most:g}"
    return None


_MISSES: dict[ValueKind, Callable[[Setting, object], str | None]] = {
    ValueKind.CHOICE: _misses_choice,
    ValueKind.SMOOTHING: _misses_smoothing,
    ValueKind.NAMES: _misses_names,
    ValueKind.COLUMN: _misses_column,
}


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        # An integer that no float can hold.
        return False


def meant(setting: Setting, value: object) -> SettingValue:
    """Return what a value in a file means; the default where that is nothing usable."""
    if value is None or fault_of(setting, value) is not None:
        return setting.default
    if setting.kind is ValueKind.SMOOTHING:
        return OFF if value is False else str(value)
    if setting.kind is ValueKind.CHOICE:
        return str(_as_choice(value))
    if isinstance(value, list):
        return tuple(map(str, value))
    return float(value) if isinstance(value, int | float) else str(value)
