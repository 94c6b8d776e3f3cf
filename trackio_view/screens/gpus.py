"""All GPUs at a glance: a row with bars and a sparkline for each, the totals, and the processes."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence

from trackio_view.charts.bars import gauge, sparkline
from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import (
    HIGH_IS_GOOD,
    LABEL,
    LOW_IS_GOOD,
    MUTED,
    SELECTED,
    VALUE,
    WARNING,
    Gradient,
)
from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import GpuSample
from trackio_view.model.gpu_activity import doing, in_ever_fewer_words
from trackio_view.model.gpu_health import gpu_findings
from trackio_view.model.gpu_history import GpuHistory, Totals, totals
from trackio_view.model.health import Thresholds
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.gpu_banner import draw_gpu_header
from trackio_view.screens.panels.gpu_chart_content import look_of
from trackio_view.screens.panels.gpu_charts import LEAST_CHART_HEIGHT, draw_comparison
from trackio_view.screens.panels.gpu_processes import draw_processes, wanted_height
from trackio_view.screens.panels.gpu_strip import UNWELL, load_text
from trackio_view.screens.panels.one_gpu import draw_gpu
from trackio_view.screens.pieces import Piece, draw_in_middle, draw_line
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, SEPARATOR, Repertoire
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import fit, text_width
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.gpu_fields import card_name, memory_share
from trackio_view.wording.missing import LOOKING_FOR_GPUS, NO_GPUS
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import format_bytes_of
from trackio_view.wording.sentences import sentence_lines
from trackio_view.wording.unwell_gpus import unwell_gpus

# A training has to worry about idle GPUs, and about memory and heat when they are high.
_LOAD_COLOR = HIGH_IS_GOOD
_MEMORY_COLOR = LOW_IS_GOOD
_LEAST_BAR = 3
_ENOUGH_HISTORY = 30
_LEAST_SENTENCE = 24
_HISTORY_TITLES = ("load history", "history")
_SCREEN_OF_A_ROW = 5
"""Of so many rows of the screen, one may tell what is wrong with GPUs."""


def draw_gpus(
    frame: Frame, area: Rect, dashboard: Dashboard, repertoire: Repertoire, memo: Memo
) -> None:
    """Draw the GPU screen into `area`: one GPU large, or all of them, above their processes."""
    gpus, view = dashboard.known.gpus, dashboard.view.gpus
    if not gpus.histories:
        _draw_none(frame, area, dashboard)
        return
    processes = view.processes(gpus)
    chosen = view.on_screen(gpus)
    listed = view.listed(gpus)
    unwell = _unwell(listed, dashboard.known.thresholds, area)
    overview_height = len(listed) + len(unwell) + 4
    # Every GPU has a row before the second process has one.
    others = 4 if unwell else 6
    least = 10 if chosen is not None else min(overview_height, max(10, area.height - others))
    table_height = min(wanted_height(processes), max(0, area.height - least))
    if table_height < 4:
        table_height = 0
    upper = area._replace(height=area.height - table_height)
    if chosen is None:
        listed_height = min(upper.height, overview_height)
        compared = upper.height - listed_height >= LEAST_CHART_HEIGHT
        if not compared:
            listed_height = upper.height
        place = upper._replace(height=listed_height)
        _draw_overview(frame, place, dashboard, unwell, marked=compared)
        charts = Rect(area.x, upper.y + listed_height, area.width, upper.height - listed_height)
        draw_comparison(frame, charts, dashboard, repertoire, memo)
    else:
        history = gpus.histories[chosen]
        number = list(gpus.histories).index(chosen)
        title = f"GPU {number} {card_name(history.latest.identity, gpus.hosts)}"
        health = gpu_findings(history.latest, dashboard.known.thresholds) or ()
        sentences = [finding.sentence for finding in health]
        draw_gpu(frame, upper, title, history, sentences, view.history_span, repertoire, memo)
    if table_height:
        lower = Rect(area.x, upper.y + upper.height, area.width, table_height)
        shown = [s for _, s in listed if chosen is None or s.identity.id == chosen]
        # A single reading of a machine's processes serves all its GPUs.
        by_host: dict[str, int] = {}
        for sample in shown:
            host = sample.identity.host
            by_host[host] = max(by_host.get(host, 0), sample.hidden_processes)
        hidden = sum(by_host.values())
        known = not shown or any(sample.processes is not None for sample in shown)
        unseen = any(sample.hides_processes for sample in shown)
        draw_processes(
            frame, lower, processes, view.order, hidden, memo, known=known, unseen=unseen
        )


def _draw_none(frame: Frame, area: Rect, dashboard: Dashboard) -> None:
    """Say what was looked for, a line a vendor."""
    lines = [LOOKING_FOR_GPUS]
    if dashboard.known.gpus.sampled:
        lines = [NO_GPUS, ""]
        for report in dashboard.known.gpus.report:
            lines += textwrap.wrap(f"{report.vendor}: {report.text}", max(8, area.width - 4))
    draw_in_middle(frame, area, lines)


def _unwell(
    listed: Sequence[tuple[int, GpuSample]], thresholds: Thresholds, area: Rect
) -> list[str]:
    """Return what is wrong with which GPUs, in as many rows as the screen has for it."""
    sentences = unwell_gpus(listed, thresholds)
    most, width = max(1, area.height // _SCREEN_OF_A_ROW), area.width - 6
    rows: list[str] = []
    told = 0
    while told < len(sentences) and len(rows) < most:
        rows += sentence_lines(sentences[told], width, most - len(rows))
        told += 1
    if told < len(sentences):
        # The marks tell of which GPUs the others are true.
        more = f"  +{len(sentences) - told} more"
        rows[-1] = fit(rows[-1], width - text_width(more)) + more
    return rows


def _draw_overview(
    frame: Frame, area: Rect, dashboard: Dashboard, unwell: Sequence[str], *, marked: bool
) -> None:
    """Draw a row a GPU, `marked` each with the marker of its lines in the charts below; then the
    totals, and what is wrong with which.
    """
    view = dashboard.view.gpus
    listed = view.listed(dashboard.known.gpus)
    thresholds = dashboard.known.thresholds
    place = inside(area)
    room = max(place.height - 2 - len(unwell), 0)
    cursor = min(view.cursor, max(0, len(listed) - 1))
    first = max(0, min(cursor - room // 2, len(listed) - room))
    title = "GPUs" if not view.filter else f"GPUs with {view.filter!r}"
    cut = [StyledText(f"{min(room, len(listed))} of {len(listed)}", LABEL)] * (room < len(listed))
    draw_box(frame, area, title=title, right=cut, focused=True)
    names = _names(listed, dashboard.known.gpus.hosts, place.width // 4)
    told_apart = Names(names.values())
    name_width = max(map(text_width, names.values()), default=8)
    shown = listed[first : first + room]
    wrong = {number: _wrong(sample, thresholds) for number, sample in shown}
    told = any(wrong.values()) or any(doing(sample) for _, sample in listed)
    columns = _RowPlaces(place.width, name_width, marked=marked, told=told)
    _draw_titles(frame, place, columns)
    for offset, (number, sample) in enumerate(shown):
        history = dashboard.known.gpus.histories[sample.identity.id]
        line = Rect(place.x, place.y + 1 + offset, place.width, 1)
        name = told_apart.cut(names[number], columns.name)
        gpu = _ListedGpu(number, name, history, wrong[number])
        _draw_row(frame, line, gpu, columns, selected=first + offset == cursor)
        if wrong[number] is not None:
            frame.put(line.x + columns.marker, line.y, UNWELL, WARNING)
    if not listed:
        frame.put(place.x + 1, place.y + 1, "no GPU matches the filter", MUTED)
        return
    y = place.y + place.height - 1 - len(unwell)
    of_cursor = _sentence(*listed[cursor], place.width)
    _draw_totals(frame, y, place, totals([sample for _, sample in listed]), of_cursor)
    for row, text in enumerate(unwell, y + 1):
        frame.put(place.x + 1, row, text, WARNING)


def _sentence(number: int, sample: GpuSample, width: int) -> list[Piece]:
    """Return what a GPU does; nothing where that is unknown."""
    who = f"GPU {number}: "
    # What each instance does has to be readable to its end: the sums give way.
    width = width * 3 // 4 if sample.partition_activity else width // 2
    sentence = _said(sample, None, width - len(who))
    if not sentence:
        return []
    # This sentence weighs less than the mean load alone.
    return [Piece(f"{who}{sentence}", LABEL, 2)]


def _said(sample: GpuSample, wrong: str | None, room: int) -> str:
    """Return what is wrong with a GPU, else what it does in as many words as there is room for."""
    if wrong is not None:
        return fit(wrong, room)
    ways = [*in_ever_fewer_words(sample)]
    return next((way for way in ways if text_width(way) <= room), fit(ways[-1], room))


def _wrong(sample: GpuSample, thresholds: Thresholds) -> str | None:
    """Return the worst that is wrong with a GPU."""
    findings = gpu_findings(sample, thresholds)
    return findings[0].sentence if findings else None


def _names(
    listed: Sequence[tuple[int, GpuSample]], hosts: Collection[str], width: int
) -> dict[int, str]:
    """Return the GPUs' names by number; without their vendor's, which the banner has, if tight."""
    identities = {number: sample.identity for number, sample in listed}
    names = {number: card_name(identity, hosts) for number, identity in identities.items()}
    if max(map(text_width, names.values()), default=0) > width:
        for number, identity in identities.items():
            short = identity._replace(name=identity.name.removeprefix(f"{identity.vendor} "))
            names[number] = card_name(short, hosts)
    return names


class _RowPlaces:
    """Where the parts of a row stand; bars share what the fixed parts leave."""

    def __init__(self, width: int, name_width: int, *, marked: bool, told: bool) -> None:
        self.name = max(6, min(name_width, width // 4))
        self.marker = 2 if marked else 0
        self.first = self.marker + 4 + self.name + 1
        """Where the load stands."""
        fixed = self.first + 5 + 12 + 7 + 12
        spare = max(0, width - fixed - 2)
        self.has_sparkline = spare >= 30
        share = spare // 3 if self.has_sparkline else spare // 2
        self.bar = min(share - 1, 24) if share > _LEAST_BAR else 0
        self.after_bar = self.bar + 1 if self.bar else 0
        """Columns that a bar takes, the blank behind it included."""
        self.sparkline = max(0, spare - 2 * self.after_bar - 1) if self.has_sparkline else 0
        self.sentence = 0
        """Columns for what a GPU does, on screens so wide that a history has enough without."""
        if told and self.sparkline > _ENOUGH_HISTORY + _LEAST_SENTENCE:
            self.sentence = self.sparkline - _ENOUGH_HISTORY - 1
            self.sparkline = _ENOUGH_HISTORY


def _draw_titles(frame: Frame, place: Rect, columns: _RowPlaces) -> None:
    x = place.x + columns.first
    frame.put(place.x + 1, place.y, "GPU", LABEL)
    frame.put(x, place.y, "load", LABEL)
    x += columns.after_bar + 5
    frame.put(x, place.y, "memory", LABEL)
    x += columns.after_bar + 12
    for title, width in (("temp", 7), ("power", 12)):
        _put_whole(frame, x, place.y, f"{title:>{width - 1}}", LABEL, place.x + place.width)
        x += width
    if columns.sparkline:
        fitting = (title for title in _HISTORY_TITLES if len(title) <= columns.sparkline)
        frame.put(x + 1, place.y, next(fitting, ""), LABEL)
    if columns.sentence:
        frame.put(x + columns.sparkline + 2, place.y, "what it does", LABEL)


class _ListedGpu(NamedTuple):
    """A GPU that has a row."""

    number: int
    name: str
    """As much of its name as has room."""
    history: GpuHistory
    wrong: str | None
    """The worst that is wrong with it."""


def _draw_row(
    frame: Frame, line: Rect, gpu: _ListedGpu, columns: _RowPlaces, *, selected: bool
) -> None:
    """Draw what a GPU does now."""
    number, name, history, wrong = gpu
    sample, y, end = history.latest, line.y, line.x + line.width
    x = line.x + columns.first
    name_style = SELECTED if selected else VALUE
    if columns.marker:
        marker, marker_style, *_ = look_of(number)
        frame.put(line.x + 1, y, marker, marker_style)
    after = frame.put(line.x + columns.marker + 1, y, f"{number:<3}", name_style)
    frame.put(after, y, name, name_style)
    if sample.state is not None:
        frame.put(x, y, sample.state_text or sample.state.value, WARNING, limit=end - x)
        return
    x = _draw_figures(frame, x, y, end, sample, columns)
    load_line = history.lines.get("utilization")
    if columns.sparkline and load_line is not None:
        values = load_line.values[-columns.sparkline :]
        trace = sparkline(values, columns.sparkline, bounds=(0, 100), color=_LOAD_COLOR)
        frame.blit(trace, x + 1, y)
    if columns.sentence:
        said = _said(sample, wrong, columns.sentence)
        frame.put(x + columns.sparkline + 2, y, said, WARNING if wrong else LABEL)


def _draw_figures(
    frame: Frame, x: int, y: int, end: int, sample: GpuSample, columns: _RowPlaces
) -> int:
    """Draw what a GPU does now, from its load to its power, and return the column after it."""
    load = sample.utilization
    x = _bar(frame, x, y, None if load is None else load / 100, columns.bar, _LOAD_COLOR)
    text = load_text(sample)
    # A longer text takes the blank before it.
    frame.put(x + 4 - text_width(text), y, text, VALUE if load is not None else MUTED)
    x += 5
    x = _bar(frame, x, y, memory_share(sample), columns.bar, _MEMORY_COLOR)
    frame.put(x, y, f"{format_bytes_of(sample.memory_used, sample.memory_total):>11}", VALUE)
    x += 12
    degrees = sample.temperature
    text = DASH if degrees is None else f"{degrees:.0f}°C"
    _put_whole(frame, x, y, f"{text:>6}", VALUE, end)
    x += 7
    _put_whole(frame, x, y, f"{_power(sample):>11}", VALUE, end)
    return x + 12


def _put_whole(frame: Frame, x: int, y: int, text: str, style: Style, end: int) -> None:
    """Draw a text, unless the edge would cut it: half a number is another number."""
    if x + text_width(text) <= end:
        frame.put(x, y, text, style)


def _bar(
    frame: Frame,
    x: int,
    y: int,
    fraction: float | None,
    width: int,
    color: Gradient,
) -> int:
    """Draw a bar and return the column after it; without room there is none."""
    if not width:
        return x
    frame.blit(gauge(fraction, width, color=color), x, y)
    return x + width + 1


def _power(sample: GpuSample) -> str:
    if sample.power is None:
        return DASH
    limit = "" if sample.power_limit is None else f"/{sample.power_limit:.0f}"
    return f"{sample.power:.0f}{limit} W"


def _draw_totals(frame: Frame, y: int, place: Rect, sums: Totals, right: Sequence[Piece]) -> None:
    pieces = [Piece("all" if sums.gpu_count != 1 else "total", LABEL)]

    def add(text: str, style: Style = VALUE) -> None:
        # Where room is short, the last parts go first, each with the gap before it.
        rank = len(pieces)
        pieces.extend((Piece(f" {SEPARATOR} ", LABEL, rank), Piece(text, style, rank)))

    if sums.utilization is not None:
        add(f"{sums.utilization:.0f}% mean load")
    if sums.memory_used is not None and sums.memory_total is not None:
        add(format_bytes_of(sums.memory_used, sums.memory_total))
    if sums.power is not None:
        limit = "" if sums.power_limit is None else f"/{sums.power_limit:,.0f}"
        add(f"{sums.power:,.0f}{limit} W")
    if sums.hottest is not None:
        add(f"{sums.hottest:.0f}°C at most")
    draw_line(frame, y, pieces, right, x=place.x, width=place.width)


def _draw(canvas: Canvas) -> Drawn:
    draw_gpus(canvas.frame, canvas.area, canvas.dashboard, canvas.repertoire, canvas.memo)
    return Drawn()


def _draw_header(canvas: Canvas) -> None:
    draw_gpu_header(canvas.frame, canvas.dashboard)


DRAWING = Drawing(_draw, _draw_header)
