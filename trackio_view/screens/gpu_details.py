"""All that is known of one GPU: a line for each field that has a value, and at the end of each
section which ones have none, by their reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trackio_view.charts.box import blank_out, draw_box, inside
from trackio_view.charts.palette import LABEL, MUTED, VALUE, WARNING
from trackio_view.model.gpu import GpuSample
from trackio_view.model.gpu_fields import absence_of
from trackio_view.model.gpu_health import gpu_findings
from trackio_view.model.health import Thresholds
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.page_parts import StyledLine
from trackio_view.screens.panels.page_lines import heading
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import pad
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.gpu_details import GpuDetailsView
from trackio_view.wording.gpu_fields import EVERY_GPU_LINE, card_name

SECTIONS: Mapping[str, str] = {
    "Utilization": "work",
    "Memory": "memory",
    "Temperature": "heat",
    "Power": "power and fan",
    "GPU Clock": "clocks",
    "PCIe Link": "links and codecs",
    "ECC Errors": "health",
    "Energy": "driver and partitions",
}
"""The label that a section begins with -> its title; the order is that of the table of fields."""
NO_READING = "no reading"
_LABEL_WIDTH = 16
_COLUMN_WIDTH = 62
"""From how many columns on a second one of facts stands beside the first."""
_MOST_COLUMNS = 3


def draw_gpu_details(frame: Frame, area: Rect, dashboard: Dashboard) -> int:
    """Draw the page of the GPU that is open into `area`, from the line that it is scrolled to.

    Returns the first line from which its end is on screen.
    """
    view = dashboard.view.state(GpuDetailsView) or GpuDetailsView()
    gpus, place = dashboard.known.gpus, inside(area)
    blank_out(frame, area)
    history = None if view.gpu is None else gpus.histories.get(view.gpu)
    if history is None:
        draw_box(frame, area, title="GPU", focused=True)
        frame.put(place.x + 1, place.y, "This GPU is no longer there.", MUTED)
        return 0
    sample = history.latest
    columns = max(1, min(_MOST_COLUMNS, (place.width - 2) // _COLUMN_WIDTH))
    width = (place.width - 2) // columns - 2 * (columns > 1)
    shown_columns = in_columns(detail_lines(sample, width, dashboard.known.thresholds), columns)
    rows = max(map(len, shown_columns))
    furthest = max(0, rows - place.height)
    first = min(view.offset, furthest)
    right = []
    if furthest:
        shown = f"lines {first + 1}-{first + place.height} of {rows}"
        right.append(StyledText(shown, LABEL))
    number = list(gpus.histories).index(sample.identity.id)
    title = f"GPU {number} {card_name(sample.identity, gpus.hosts)}"
    draw_box(frame, area, title=title, right=right, focused=True)
    for column, of_column in enumerate(shown_columns):
        x = place.x + 1 + column * (width + 2)
        for y, line in enumerate(of_column[first : first + place.height], place.y):
            _draw_line(frame, x, y, line, width)
    return furthest


def _draw_line(frame: Frame, x: int, y: int, line: StyledLine, width: int) -> None:
    end = x + width
    for segment in line:
        if x < end:
            x = frame.put(x, y, segment.text, segment.style, limit=end - x)


def in_columns(lines: Iterable[StyledLine], count: int) -> Sequence[Sequence[StyledLine]]:
    """Return lines in so many columns at most, as low as they can be with each section whole.

    Sections are apart by an empty line, which no column begins with.
    """
    sections: list[list[StyledLine]] = [[]]
    for line in lines:
        if line:
            sections[-1].append(line)
        else:
            sections.append([])
    rows = max(map(len, sections))
    while len(columns := _filled(sections, rows)) > count:
        rows += 1
    return columns


def _filled(sections: Sequence[Sequence[StyledLine]], rows: int) -> list[list[StyledLine]]:
    """Return sections in columns of so many rows, of which none is too low for a section."""
    columns: list[list[StyledLine]] = [[*sections[0]]]
    for section in sections[1:]:
        if len(columns[-1]) + 1 + len(section) <= rows:
            columns[-1] += [(), *section]
        else:
            columns.append([*section])
    return columns


def detail_lines(sample: GpuSample, width: int, thresholds: Thresholds) -> Iterator[StyledLine]:
    """Yield the page's lines: which GPU it is, what is wrong with it, and each field."""
    identity = sample.identity
    yield from _fact("State", sample.state_text or (sample.state and sample.state.value), width)
    for finding in gpu_findings(sample, thresholds) or ():
        yield from _fact("Health", finding.sentence, width, ill=True)
    for label, text in (
        ("Vendor", identity.vendor),
        ("Address", identity.key),
        ("UUID", identity.uuid),
        ("Driver", identity.driver),
        ("Machine", identity.host),
        ("Works for", identity.workload),
        ("Partition of", identity.parent),
    ):
        yield from _fact(label, text, width)
    lacking: dict[str, list[str]] = {}
    for line in EVERY_GPU_LINE:
        if line.label in SECTIONS:
            yield from _lacking(lacking, width)
            lacking.clear()
            yield ()
            yield from wrapped([heading(SECTIONS[line.label])], width)
        text = line.write(sample)
        if text is not None:
            yield from _lines_of(line.label, StyledText(text, VALUE), width)
        else:
            # The first line says why a GPU without a reading tells nothing.
            why = NO_READING if sample.state is not None else absence_of(sample, *line.fields)
            lacking.setdefault(why, []).append(line.label)
    yield from _lacking(lacking, width)


def _lacking(lacking: Mapping[str, Sequence[str]], width: int) -> Iterator[StyledLine]:
    """Yield which fields of a section have no value, by reason: a card lacks whole groups."""
    for why, labels in lacking.items():
        told = [StyledText(f"  {why}: ", LABEL), StyledText(" · ".join(labels), MUTED)]
        yield from wrapped(told, width, 4)


def _fact(
    label: str, text: str | None, width: int, *, ill: bool = False
) -> Sequence[Sequence[StyledText]]:
    if not text:
        return []
    return _lines_of(label, StyledText(text, WARNING if ill else VALUE), width)


def _lines_of(label: str, value: StyledText, width: int) -> Sequence[Sequence[StyledText]]:
    shown = pad(label, _LABEL_WIDTH)
    return wrapped([StyledText(f"  {shown} ", LABEL), value], width, _LABEL_WIDTH + 3)


def _draw(canvas: Canvas) -> Drawn:
    return Drawn(furthest=draw_gpu_details(canvas.frame, canvas.area, canvas.dashboard))


DRAWING = Drawing(_draw)
