"""The alerts on a run's page: how many there are, and the newest of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from trackio_view.charts.palette import LABEL, LEVEL_STYLES, MUTED, VALUE
from trackio_view.model.alerts import Alert
from trackio_view.model.run import Run
from trackio_view.screens.page_parts import (
    LEAST_TEXT,
    MOST_OF_A_KIND,
    PageLine,
    PageParts,
    Room,
    StyledLine,
)
from trackio_view.screens.panels.page_lines import opening_line, section
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.glyphs import WARNING_SIGN
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import MOST_ON_A_PAGE
from trackio_view.view.folding import Fold, Opened
from trackio_view.wording.moments import clock_time
from trackio_view.wording.numbers import UNKNOWN, age_text, format_step

_MOST_ALERTS = 10
"""How many alerts are shown without being asked for."""
_MOST_OPENED = 500
_INDENT = 6


def alert_section(
    alerts: Sequence[Alert], run: Run, opened: Opened, now: float, width: int, parts: PageParts
) -> Iterator[PageLine]:
    """Yield the newest alerts below a heading that says how many there are of them all."""
    title = "alerts"
    if len(alerts) > _MOST_ALERTS:
        title = f"alerts: {len(alerts):,}, the newest first"
    yield from section(title, _alert_lines(alerts, run, opened, now, width, parts), width)


def _alert_lines(
    alerts: Sequence[Alert], run: Run, opened: Opened, now: float, width: int, parts: PageParts
) -> Iterator[PageLine]:
    fold = Fold("alerts")
    is_open = fold in opened.switched
    most = _MOST_OPENED if is_open else _MOST_ALERTS
    # The newest alert comes first, because a person most often looks for it.
    yield from _told(alerts[: -most - 1 : -1], run, now, width, parts)
    if len(alerts) > _MOST_ALERTS:
        hidden = max(0, len(alerts) - most)
        more = f"{hidden:,} earlier" if hidden else "all of them"
        yield opening_line(fold, more, is_open=is_open)


def _told(
    alerts: Sequence[Alert], run: Run, now: float, width: int, parts: PageParts
) -> Iterator[PageLine]:
    room = Room(MOST_OF_A_KIND, LEAST_TEXT)
    for alert in alerts:
        style = LEVEL_STYLES[alert.level]
        pieces = [StyledText(f"  {WARNING_SIGN} {alert.level:5}  ", style)]
        if alert.step is not None:
            meant = run.step_at(alert.step, alert.time)
            step = format_step(meant)
            pieces.append(StyledText(f"step {step}  ", LABEL))
        when = "at an unknown time" if math.isnan(alert.time) else _age(alert.time, now)
        pieces += [StyledText(alert.title or "(no title)", VALUE), StyledText(f"  {when}", MUTED)]
        yield from wrapped(pieces, width, _INDENT)
        text = room.cut(alert.text or "", MOST_ON_A_PAGE)
        yield from parts.part(f"alert {alert.row_id}", text, partial(_indented, text, width))


def _indented(text: str, width: int) -> Iterator[StyledLine]:
    for line in text.splitlines():
        indented = " " * _INDENT + line
        yield from wrapped([StyledText(indented, LABEL)], width, _INDENT)


def _age(time: float, now: float) -> str:
    """Return a clock time and, in minutes so that nothing ticks, how long ago that is."""
    when, age = clock_time(time, now), age_text(now - time)
    if age == UNKNOWN:
        return when
    return f"{when}, {age} ago" if now - time >= 60 else f"{when}, just now"
