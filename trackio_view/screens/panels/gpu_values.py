"""What one GPU does now: a line for each field, and a bar for a field that is a share
of a whole.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Mapping, Sequence

from trackio_view.charts.bars import gauge
from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import HIGH_IS_GOOD, LABEL, LOW_IS_GOOD, MUTED, VALUE, WARNING
from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import GpuSample
from trackio_view.model.gpu_fields import absence_of
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import fit, text_width
from trackio_view.wording.gpu_fields import GPU_LINES

_COLUMN_WIDTH = 36
_SENTENCES = frozenset({"Health", "Activity", "Instances", "Estimate"})
_IMPORTANT = frozenset({"Activity", "Instances", "Tensor Cores"})
"""Lines that only some GPUs have, but that matter as much as lines that all GPUs have."""
_ERRORS: Mapping[str, str] = {"Card Errors": "card_errors", "Program Errors": "program_errors"}
"""Lines that matter most where there is something to tell -> their fields."""
_SHORT_LABELS = {"Temperature": "Temp"}
"""What lines are called whose value has no room beside their label."""
# An idle GPU is what a training has to worry about; full memory and a hot board are, when high.
_GAUGE_COLORS = {"Utilization": HIGH_IS_GOOD}


class GpuFact(NamedTuple):
    """A field in words."""

    label: str
    text: str
    style: Style = VALUE
    share: float | None = None
    """The share of the whole, from 0 to 1."""
    important: bool = False
    continued: bool = False
    """It is a line of a sentence that goes on in the next fact, which has no label."""


class _PanelRow(NamedTuple):
    label: str
    text: str
    style: Style
    gauge_of: GpuFact | None = None


def draw_values(
    frame: Frame, rect: Rect, title: str, sample: GpuSample, health: Sequence[str]
) -> None:
    """Draw every field that has a value into a box at `rect`, and why the common ones have none.

    Where it gets tight, bars go first, then absent fields and rare ones: half a number is another
    number.
    """
    draw_box(frame, rect, title=title, focused=True)
    place = inside(rect)
    facts = facts_of(sample, health)
    if place.width < 2 * _COLUMN_WIDTH:
        _draw_column(frame, place, facts)
        return
    columns = place.width // _COLUMN_WIDTH
    width = place.width // columns
    facts = [line for fact in facts for line in _in_whole(fact, columns * width - 2)]
    for fact, row, column, taken in _in_columns(facts, columns, width, place.height):
        line = Rect(place.x + column * width, place.y + row, taken * width, 1)
        _draw_row(frame, line, _row_of(fact))


def facts_of(sample: GpuSample, health: Sequence[str] = ()) -> list[GpuFact]:
    """Return what is wrong with the GPU, what is known of it, and which common fields are absent.

    `health` are sentences, the worst first.
    """
    facts = [GpuFact("Health", sentence, WARNING, important=True) for sentence in health]
    if sample.state is not None:
        facts.append(GpuFact("State", sample.state_text or sample.state.value, important=True))
    if sample.identity.workload is not None:
        facts.append(GpuFact("Works for", sample.identity.workload, important=True))
    if sample.identity.driver is not None:
        facts.append(GpuFact("Driver", sample.identity.driver, MUTED))
    if sample.identity.uuid is not None:
        facts.append(GpuFact("UUID", sample.identity.uuid, MUTED))
    for line in GPU_LINES:
        text = line.write(sample)
        if text is not None:
            share = line.share(sample) if line.share is not None else None
            reported = line.label in _ERRORS and bool(getattr(sample, _ERRORS[line.label]))
            important = line.always or line.label in _IMPORTANT or reported
            facts.append(GpuFact(line.label, text, VALUE, share, important))
        elif line.always and sample.state is None:
            facts.append(GpuFact(line.label, absence_of(sample, *line.fields), MUTED))
    return facts


class _Placed(NamedTuple):
    """Where a fact stands in a table of columns."""

    fact: GpuFact
    row: int
    column: int
    columns: int


def _in_columns(facts: Sequence[GpuFact], columns: int, width: int, height: int) -> list[_Placed]:
    """Return as many facts as fit; one that is too long for a column takes as many as it needs."""
    placed = _packed(facts, columns, width)
    if not placed or placed[-1].row < height:
        return placed
    by_importance = sorted(range(len(facts)), key=lambda one: _rank(facts[one]))
    kept: list[int] = []
    placed = []
    for place in by_importance:
        if not facts[place].label and place - 1 not in kept:
            # The sentence that it ends has no room.
            continue
        tried = sorted([*kept, place])
        trial = _packed(_marked([facts[one] for one in tried]), columns, width)
        if trial[-1].row < height:
            kept, placed = tried, trial
        if len(kept) == columns * height:
            break
    return placed


def _rank(fact: GpuFact) -> tuple[bool, bool, bool]:
    """Return what sorts facts by their importance: a sentence tells more than a number."""
    is_error = fact.label in _ERRORS and fact.important
    is_sentence = is_error or fact.label in _SENTENCES or not fact.label
    return fact.style is MUTED, not fact.important, not is_sentence


def _packed(facts: Sequence[GpuFact], columns: int, width: int) -> list[_Placed]:
    """Return facts in rows; where a long one leaves a gap, the next that fits stands in it."""
    needed = [text_width(fact.label) + text_width(fact.text) + 3 for fact in facts]
    waiting = [
        (fact, columns if fact.continued or not fact.label else min(columns, -(-wide // width)))
        for fact, wide in zip(facts, needed, strict=True)
    ]
    placed: list[_Placed] = []
    row = column = 0
    while waiting:
        fits = (one for one in waiting if column + one[1] <= columns)
        chosen = next(fits, None)
        if chosen is None:
            row, column = row + 1, 0
            continue
        waiting.remove(chosen)
        fact, taken = chosen
        placed.append(_Placed(fact, row, column, taken))
        column += taken
    return placed


def _most_important(facts: Sequence[GpuFact], room: int) -> list[GpuFact]:
    """Return as many facts as there is room for, in their order."""
    if len(facts) <= room:
        return list(facts)
    present = [fact for fact in facts if fact.style is not MUTED]
    if len(present) <= room:
        return present
    kept = sorted(range(len(present)), key=lambda place: not present[place].important)[:room]
    return [present[place] for place in sorted(kept)]


def _marked(facts: Sequence[GpuFact]) -> list[GpuFact]:
    """Return facts with a mark where the rest of a sentence has no room."""
    marked = []
    for fact, following in itertools.zip_longest(facts, facts[1:]):
        is_cut = fact.continued and (following is None or following.label)
        marked.append(fact._replace(text=f"{fact.text} …", continued=False) if is_cut else fact)
    return marked


def _draw_column(frame: Frame, place: Rect, facts: Sequence[GpuFact]) -> None:
    width = max(place.width - 2, 1)
    facts = [line for fact in facts for line in _in_whole(fact, width)]
    wrapped = {fact: _rows_of(fact, width) for fact in facts}
    rows = [row for fact in facts for row in (*wrapped[fact], *_gauge_below(fact))]
    if len(rows) > place.height:
        rows = _as_room_allows(facts, wrapped, place.height)
    for offset, row in enumerate(rows):
        _draw_row(frame, Rect(place.x, place.y + offset, place.width, 1), row)


def _as_room_allows(
    facts: Sequence[GpuFact], wrapped: Mapping[GpuFact, list[_PanelRow]], height: int
) -> list[_PanelRow]:
    """Return as many facts as there is room for, each with all rows that it needs."""
    for count in range(height, 0, -1):
        kept = _most_important(facts, count)
        if sum(len(wrapped[fact]) for fact in kept) <= height:
            # Only a sentence is marked, each line of which is a row as it is.
            return [row for fact in _marked(kept) for row in wrapped.get(fact, [_row_of(fact)])]
    return [_row_of(fact) for fact in facts[:height]]


def _row_of(fact: GpuFact) -> _PanelRow:
    return _PanelRow(fact.label, fact.text, fact.style)


def _rows_of(fact: GpuFact, width: int) -> list[_PanelRow]:
    """Return a line of a sentence as the row that it is, another fact in as many as it needs."""
    if fact.label in _SENTENCES or not fact.label:
        return [_row_of(fact)]
    return _wrapped(fact, width)


def _wrapped(fact: GpuFact, width: int) -> list[_PanelRow]:
    """Return a fact in as many rows as its text needs, broken between the parts of a list."""
    lines: list[str] = []
    room = width - text_width(fact.label) - 1
    if text_width(fact.text) <= room:
        # Nearly all facts have a row of their own, and breaking a text takes long.
        return [_PanelRow(fact.label, fact.text.strip(), fact.style)]
    for part in re.split(r"(?<=,) | (?=\()", fact.text):
        joined = f"{lines[-1]} {part}" if lines else part
        if lines and text_width(joined) <= (room if len(lines) == 1 else width):
            lines[-1] = joined
        else:
            # The first line has the label before it.
            indent = "" if lines else " " * (width - room)
            lines += map(str.strip, textwrap.wrap(part, width, initial_indent=indent))
    # A driver may tell an empty text.
    first, *rest = lines or [""]
    return [
        _PanelRow(fact.label, first, fact.style),
        *(_PanelRow("", line, fact.style) for line in rest),
    ]


def _in_whole(fact: GpuFact, width: int) -> list[GpuFact]:
    """Return a sentence as a fact a line, so that none of its lines goes before a lesser fact."""
    if fact.label not in _SENTENCES:
        return [fact]
    rows = _wrapped(fact, width)
    return [
        fact._replace(label=row.label, text=row.text, continued=row is not rows[-1]) for row in rows
    ]


def _gauge_below(fact: GpuFact) -> list[_PanelRow]:
    return [] if fact.share is None else [_PanelRow("", "", fact.style, fact)]


def _cut(text: str, width: int) -> str:
    """Return a text that is too long without the last parts of its list: no number is cut."""
    if text_width(text) <= width:
        return text
    # The first of several temperatures has the unit of all.
    first, bracket, others = text.partition("°C (")
    text = f"{first}{bracket}{others.replace('°C', '')}"
    if text_width(text) <= width:
        return text
    parts = text.split(", ")
    shorter = (", ".join(parts[:count]) + ", …" for count in range(len(parts) - 1, 0, -1))
    return next((cut for cut in shorter if text_width(cut) <= width), fit(text, width))


def _draw_row(frame: Frame, line: Rect, row: _PanelRow) -> None:
    if row.gauge_of is not None:
        fact = row.gauge_of
        color = _GAUGE_COLORS.get(fact.label, LOW_IS_GOOD)
        bar = gauge(fact.share, max(line.width - 2, 0), color=color)
        frame.blit(bar, line.x + 1, line.y)
        return
    # There is at least a blank between both. A long label gives way to the value.
    label, room = row.label, max(line.width - 2, 1)
    if text_width(label) + 1 + text_width(row.text) > room:
        label = _SHORT_LABELS.get(label, label)
    value = _cut(row.text, max(room - (min(text_width(label), 12) + 1 if label else 0), 1))
    x = line.x + line.width - 1 - text_width(value)
    frame.put(line.x + 1, line.y, fit(label, max(0, x - line.x - 2)), LABEL)
    frame.put(x, line.y, value, row.style)
