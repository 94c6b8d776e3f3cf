"""The table of settings: each row is consistent, and no value in a file breaks a setting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.model.x_axis import XKind
from trackio_view.options.setting_table import AXES, LIMITS, SETTINGS, SWITCH, Setting, ValueKind
from trackio_view.options.setting_values import fault_of, meant
from trackio_view.options.settings import default_settings, value_of
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.series.y_limits import Limits

VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


def test_every_setting_has_a_name_of_its_own_and_stands_with_its_section() -> None:
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    sections = [setting.section for setting in SETTINGS]
    assert sorted(set(sections), key=sections.index) == ["look", "charts", "runs", "health"]
    assert sections == sorted(sections, key=["look", "charts", "runs", "health"].index)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_the_default_is_one_of_what_it_may_be(setting) -> None:
    written: Any = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    assert fault_of(setting, written) is None
    assert meant(setting, written) == setting.default == value_of(default_settings(), setting)
    assert setting.default_text
    assert (setting.kind is ValueKind.CHOICE) == bool(setting.choices)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
@settings(max_examples=20)
@given(value=VALUES)
def test_any_value_means_something_or_is_a_sentence(setting, value) -> None:
    fault = fault_of(setting, value)
    if fault is None:
        assert type(meant(setting, value)) in (float, type(setting.default))
    else:
        assert fault.startswith(f"{setting.section}.{setting.name} must be ")
        assert fault.endswith(f"; {setting.default_text} holds.")
        assert meant(setting, value) == setting.default


def test_each_way_to_draw_charts_has_one_word() -> None:
    assert sorted(LIMITS.values()) == sorted(Limits.__members__)
    # No setting for all projects can name the metric of an x axis.
    assert sorted([*AXES.values(), "METRIC"]) == sorted(XKind.__members__)


def test_the_zoom_is_a_level_that_there_is() -> None:
    (zoom,) = (setting for setting in SETTINGS if setting.name == "zoom")
    assert [fault_of(zoom, level) is None for level in range(len(ZOOM_LEVELS) + 2)] == [
        *([True] * len(ZOOM_LEVELS)),
        *(False, False),
    ]


@pytest.mark.parametrize(
    ("setting", "bounds"),
    [
        (Setting("s", "n", ValueKind.NUMBER, "", 20.0, least=10.0), "10 or more"),
        (Setting("s", "n", ValueKind.NUMBER, "", 20.0, least=0.1, most=100.0), "0.1 to 100"),
        (Setting("s", "n", ValueKind.CHOICE, "", "on", choices=SWITCH), "on, off"),
    ],
)
def test_what_a_setting_may_be_is_told_in_words(setting: Setting, bounds: str) -> None:
    assert setting.bounds == bounds
