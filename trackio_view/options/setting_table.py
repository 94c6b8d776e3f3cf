"""The table of all settings: the name, the possible values and the default of each."""

from __future__ import annotations

import enum
import math

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu_health import GPU_RULES
from trackio_view.model.health import RULES
from trackio_view.options.values import LONGEST_INTERVAL, SHORTEST_INTERVAL, USUAL_INTERVAL
from trackio_view.series.smoothing import FORMS, OFF
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.terminal.style import THEME_NAMES

AUTO = "auto"
"""The word for a choice that the program makes by itself."""
LIMITS = {"auto": "AUTO", "all": "EVERY", "5-95": "MIDDLE", "zero": "ZERO"}
"""What `charts.limits` may be: the names of `series.y_limits.Limits` that the words mean."""
AXES = {"step": "STEP", "log step": "LOG_STEP", "time": "ELAPSED", "clock": "CLOCK"}
"""What `charts.x` may be: the names of `model.x_axis.XKind` that the words mean."""
SWITCH = ("on", "off")
_MOST_COLUMNS = 20
MOST_NAMES = 100

SettingValue = float | str | tuple[str, ...]
"""What a setting may be; a threshold that is off is 0."""


class ValueKind(enum.Enum):
    """The kind of a setting's value. The values are words for a person."""

    THRESHOLD = "a number, 0 for off"
    """TOML's `false` is off, too."""
    NUMBER = "a number"
    WHOLE = "a whole number"
    CHOICE = "one of"
    SMOOTHING = "an amount"
    NAMES = "a list of names"
    COLUMN = "a column"


_BOUNDS = {
    ValueKind.SMOOTHING: FORMS,
    ValueKind.NAMES: f"of {MOST_NAMES} metrics at most",
    ValueKind.COLUMN: "its key such as step, age, last:loss or config:lr, or nothing",
}


class Setting(NamedTuple):
    """One line of the table."""

    section: str
    """The TOML table that it stands in."""
    name: str
    """No two settings have the same name, even in different sections."""
    kind: ValueKind
    meaning: str
    """What the value is, in a sentence."""
    default: SettingValue
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
        if self.kind is ValueKind.CHOICE:
            return ", ".join(self.choices)
        if self.kind in _BOUNDS:
            return _BOUNDS[self.kind]
        if self.most == math.inf:
            return f"{self.least:g} or more"
        return f"{self.least:g} to {self.most:g}"

    @property
    def default_text(self) -> str:
        """The default in words."""
        if isinstance(self.default, str | tuple):
            return str(self.default or "none")
        return f"{self.default:g}"


def _look() -> tuple[Setting, ...]:
    return (
        Setting(
            "look",
            "theme",
            ValueKind.CHOICE,
            "the colours: as the terminal says of its background, for a dark one, for a light one,"
            " of high contrast, for the colour-blind, or none; pictures and text are dark where it"
            " is auto",
            AUTO,
            choices=(AUTO, *THEME_NAMES),
        ),
        Setting(
            "look",
            "glyphs",
            ValueKind.CHOICE,
            "what charts are drawn with: as the terminal can, braille, half blocks or ASCII;"
            " TRACKIO_VIEW_GLYPHS goes before it",
            AUTO,
            choices=(AUTO, "braille", "blocks", "ascii"),
        ),
        Setting(
            "look",
            "mouse",
            ValueKind.CHOICE,
            "whether clicks and the wheel mean something to the program; without it, or with Shift"
            " held, the terminal selects text",
            "on",
            choices=SWITCH,
        ),
        Setting(
            "look",
            "clock",
            ValueKind.CHOICE,
            "which clock moments are told by on the live screen: this machine's, or UTC",
            "local",
            choices=("local", "utc"),
        ),
        Setting(
            "look",
            "interval",
            ValueKind.NUMBER,
            "seconds between looks at the data on the live screen",
            USUAL_INTERVAL,
            SHORTEST_INTERVAL,
            LONGEST_INTERVAL,
        ),
        Setting(
            "look",
            "gradient",
            ValueKind.CHOICE,
            "whether the lines of a run's charts change their colour with the height of their"
            " values, or have one each",
            "on",
            choices=SWITCH,
        ),
    )


def _charts() -> tuple[Setting, ...]:
    return (
        Setting(
            "charts",
            "smooth",
            ValueKind.SMOOTHING,
            "how the lines of charts are smoothed at the start: by a moving average of that"
            " weight, by one that goes by the distance along the x axis (time:0.9; the key s goes"
            " on with such averages), or by the mean of so many values",
            OFF,
        ),
        *_axes(),
        Setting(
            "charts",
            "band",
            ValueKind.CHOICE,
            "whether the lowest and the highest values lie, dim, behind the line, where many share"
            " a column of dots or lines are smoothed",
            "on",
            choices=SWITCH,
        ),
        Setting(
            "charts",
            "marks",
            ValueKind.CHOICE,
            "whether charts mark resumes, alerts, best values and ends of runs; what is NaN, or"
            " beyond the y axis, is always marked",
            "on",
            choices=SWITCH,
        ),
        Setting(
            "charts",
            "columns",
            ValueKind.WHOLE,
            "how many charts stand side by side at the start, where there is room; 0 for as many"
            " as look best",
            0.0,
            0,
            _MOST_COLUMNS,
        ),
        Setting(
            "charts",
            "side_box",
            ValueKind.CHOICE,
            "the box beside the charts at the start: narrow where a project has several runs and"
            " off where it has one, or one of these always",
            AUTO,
            choices=(AUTO, "off", "narrow", "wide"),
        ),
    )


def _axes() -> tuple[Setting, ...]:
    return (
        Setting(
            "charts",
            "zoom",
            ValueKind.WHOLE,
            "how many distinct steps are shown at the start: "
            + ", ".join(f"{at} {level.label.lower()}" for at, level in enumerate(ZOOM_LEVELS)),
            0.0,
            0,
            len(ZOOM_LEVELS) - 1,
        ),
        Setting(
            "charts",
            "x",
            ValueKind.CHOICE,
            "what charts are drawn along at the start: steps, their logarithms, the time since the"
            " start, or the clock",
            "step",
            choices=tuple(AXES),
        ),
        Setting(
            "charts",
            "limits",
            ValueKind.CHOICE,
            "what y axes span at the start: what a spike of a few steps does not set, all values,"
            " the middle 90 %, or from zero",
            AUTO,
            choices=tuple(LIMITS),
        ),
        Setting(
            "charts",
            "y_shared",
            ValueKind.CHOICE,
            "whether charts whose names have the same last part (train/loss, val/loss), and those"
            " of one metric on the wall, have one range of y, which holds the limits of each",
            "off",
            choices=SWITCH,
        ),
        Setting(
            "charts",
            "log_y",
            ValueKind.NAMES,
            "the metrics whose y axes are logarithmic at the start",
            (),
        ),
    )


SETTINGS: tuple[Setting, ...] = (
    *_look(),
    *_charts(),
    Setting(
        "runs",
        "sort",
        ValueKind.COLUMN,
        "what the table of runs is sorted by at the start; the best first, where a column has such",
        "",
    ),
    *(
        Setting(
            "health",
            rule.name,
            ValueKind.THRESHOLD,
            rule.meaning,
            rule.threshold,
            rule.least,
            rule.most,
        )
        for rule in (*RULES, *GPU_RULES)
    ),
)
"""Every setting there is, but for the keys: the reader, `--print-config`, `--help` and the manual
go by it."""
