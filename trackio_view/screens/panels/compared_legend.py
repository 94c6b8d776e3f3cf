"""The legends of the compared runs: in a chart's border, and in the panel, best first."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.line_looks import marker_of, style_of
from trackio_view.model.ranking import ranked
from trackio_view.model.roles import kind_of
from trackio_view.model.x_axis import STEPS, XAxis
from trackio_view.screens.chart_content import Legend
from trackio_view.screens.compared_page import ComparedMember, ComparedPage, members_of
from trackio_view.screens.panels.legend import LegendEntry
from trackio_view.series.series import Number, Summary
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import signed
from trackio_view.view.keys.input_events import OnRun
from trackio_view.view.marks import short_titles
from trackio_view.wording.number_columns import column_writer
from trackio_view.wording.numbers import as_counts

_AROUND_ENTRIES = 4
_AROUND_NUMBER = 4
"""A marker with a blank, and two blanks to the next entry."""


def most_in_border(width: int) -> int:
    """Return how many entries of a legend a border so wide has room for at most."""
    return max(1, width // 6)


def compact_legend(
    comparison: ComparedPage, metric: str, members: Sequence[ComparedMember], width: int
) -> Legend:
    """Return markers with names and last values for the lower border of a box so wide, the best
    first. Values that differ look different where all of them have room for that.
    """
    if comparison.group_names:
        return Legend(
            [
                StyledText(signed(marker_of(look), " ", name), style_of(look))
                for look, name in zip(comparison.group_looks, comparison.group_names, strict=True)
            ]
        )
    # Its number has to be legible, so that of a dim line is only less bold than others.
    any_dim = any(member.is_dim for member in members)
    latest = {member.one.key: member.stretch.latest(metric) for member in members}
    write = column_writer(
        (number for key, number in latest.items() if key in comparison.settled),
        counts=comparison.counts(metric),
        width=(width - _AROUND_ENTRIES) // max(len(members), 1) - _AROUND_NUMBER,
    )
    entries = [
        StyledText(
            signed(marker_of(member.one.look), " ", write(latest[member.one.key])),
            style_of(member.one.look, bold=any_dim and not member.is_dim),
            on=OnRun(member.one.key),
        )
        for member in members[: most_in_border(width)]
    ]
    return Legend(entries, more=len(members) - len(entries))


def legend_entries(
    comparison: ComparedPage,
    metric: str,
    x: float | None,
    axis: XAxis = STEPS,
    *,
    with_ranges: bool,
) -> list[LegendEntry]:
    """Return the legend's lines for a metric, the best first, as they are at the cursor at `x`.

    Those of runs go without what is the lowest and the highest unless it is asked for: it takes a
    look at every value on screen.
    """
    if comparison.group_names:
        return _of_groups(comparison, metric)
    named = [(one.key, one.run.name) for one in comparison.compared]
    names = dict(zip((key for key, _ in named), short_titles(named), strict=True))
    entries: list[LegendEntry] = []
    for member in members_of(comparison, metric, x, axis):
        one, stretch, point = member.one, member.stretch, member.point
        low = high = None
        if with_ranges and (summary := stretch.run.series[metric].summary(stretch.window)):
            low, high = summary.minimum, summary.maximum
        is_there = x is not None or stretch.has_values(metric)
        entries.append(
            LegendEntry(
                one.look,
                names.pop(one.key),
                member.number if is_there else None,
                low,
                high,
                member.is_front,
                member.is_best,
                member.is_dim,
                is_earlier=x is not None and point is not None and point.x != x,
                is_settled=x is not None or one.key in comparison.settled,
                on=OnRun(one.key),
            )
        )
    without = [one for one in comparison.compared if one.key in names]
    return _counted(comparison, metric, entries) + [
        LegendEntry.of_run(one.look, names[one.key], None) for one in without
    ]


def _of_groups(comparison: ComparedPage, metric: str) -> list[LegendEntry]:
    summaries: list[Summary | None] = []
    for stretch in comparison.stretches:
        series = stretch.run.series.get(metric)
        summaries.append(None if series is None else series.summary(stretch.window))
    entries: list[LegendEntry] = []
    for group, (look, name) in enumerate(
        zip(comparison.group_looks, comparison.group_names, strict=True)
    ):
        members = [
            summary
            for number, summary in zip(comparison.groups, summaries, strict=True)
            if number == group and summary is not None
        ]
        entries.append(LegendEntry.of_group(look, name, members))
    direction = kind_of(metric).direction
    entries = _counted(comparison, metric, entries)
    return [entries[place] for place in ranked([entry.last for entry in entries], direction)]


def _counted(
    comparison: ComparedPage, metric: str, entries: Sequence[LegendEntry]
) -> list[LegendEntry]:
    """Return the entries with integers where the metric counts, as its charts are titled."""
    if not comparison.counts(metric):
        return [*entries]

    def counted(number: Number | None) -> Number | None:
        return None if number is None else as_counts(number)[0]

    return [
        one._replace(last=counted(one.last), low=counted(one.low), high=counted(one.high))
        for one in entries
    ]
