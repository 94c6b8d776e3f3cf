"""The GPUs in one line: the banner of their own screen, and the strip below the charts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from trackio_view.charts.bars import gauge
from trackio_view.charts.palette import ACCENT, HIGH_IS_GOOD, LABEL, MUTED, TITLE, VALUE, WARNING
from trackio_view.model.gpu import GpuSample
from trackio_view.model.gpu_activity import doing
from trackio_view.model.gpu_health import gpu_findings
from trackio_view.model.gpu_history import Gpus
from trackio_view.model.health import Thresholds
from trackio_view.screens.pieces import Piece, draw_line
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import DASH, SEPARATOR
from trackio_view.terminal.text import fit, text_width
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import format_bytes_of

UNWELL = "!"
"""Marks a GPU that breaks a rule of its health."""
_BAR_WIDTH = 8
_LEAST_SHARE = 24
"""Columns of the strip that a GPU is given at least."""
_MORE_WIDTH = 10
"""How many columns the number of GPUs without room in the strip takes."""


def draw_gpu_header(frame: Frame, dashboard: Dashboard) -> None:
    """Draw the banner of the GPU screen: whose GPUs they are, how many, by which driver."""
    samples = dashboard.known.gpus.samples
    vendors = list(dict.fromkeys(sample.identity.vendor for sample in samples))
    name = f"{' and '.join(vendors)} GPU monitor" if vendors else "GPU monitor"
    if dashboard.has_fleet and dashboard.view.fleet.opened is not None:
        name = dashboard.view.fleet.opened
    left = [Piece(name, TITLE._replace(bold=True))]
    if samples:
        count = f"{len(samples)} GPU{'s' * (len(samples) != 1)}"
        hosts = dashboard.known.gpus.hosts
        if len(hosts) > 1:
            count += f" in {len(hosts)} machines"
        elif hosts[0] and not dashboard.has_fleet:
            count += f" of {hosts[0]}"
        left.append(Piece(f" {SEPARATOR} {count}", LABEL, 1))
    drivers = list(dict.fromkeys(s.identity.driver for s in samples if s.identity.driver))
    right = [Piece(f"driver {', '.join(drivers)}", LABEL, 2)] if drivers else []
    draw_line(frame, 0, left, right)


def draw_gpu_strip(
    frame: Frame,
    y: int,
    gpus: Gpus,
    thresholds: Thresholds,
    training: Collection[int],
) -> None:
    """Draw as many GPUs as fit side by side into row `y`, each with a mark where it is not well.

    `training` are the numbers of those that train the run on screen, which are drawn as such.
    """
    samples = gpus.samples
    if not samples:
        text = "No GPUs detected" if gpus.sampled else "Looking for GPUs"
        frame.put(1, y, text, MUTED)
        return
    count = len(samples)
    share = max(_LEAST_SHARE, frame.width // count)
    shown = min(count, frame.width // share)
    if shown < count:
        shown = (frame.width - _MORE_WIDTH) // share
    for number, sample in enumerate(samples[:shown]):
        ill = bool(gpu_findings(sample, thresholds))
        trains = number in training
        _draw_in_strip(frame, number * share, y, share, number, sample, ill=ill, trains=trains)
    if shown < count:
        frame.put(shown * share + 1, y, f"+{count - shown} more", MUTED)


def _draw_in_strip(
    frame: Frame,
    x: int,
    y: int,
    width: int,
    number: int,
    sample: GpuSample,
    *,
    ill: bool,
    trains: bool,
) -> None:
    end = x + width - 1
    x = frame.put(x + 1, y, f"GPU {number}", ACCENT if trains else LABEL)
    x = frame.put(x, y, UNWELL if ill else " ", WARNING)
    if sample.state is not None:
        text = sample.state_text or sample.state.value
        frame.put(x, y, fit(text, max(0, end - x)), WARNING)
        return
    load = sample.utilization
    bar = gauge(None if load is None else load / 100, _BAR_WIDTH, color=HIGH_IS_GOOD)
    frame.blit(bar, x, y)
    x = frame.put(x + _BAR_WIDTH, y, f" {DASH if load is None else f'{load:.0f}%'}", VALUE)
    facts = ["trains this run"] if trains else []
    if sample.memory_used is not None and sample.memory_total is not None:
        facts.append(format_bytes_of(sample.memory_used, sample.memory_total))
    if sample.temperature is not None:
        facts.append(f"{sample.temperature:.0f}°C")
    if sample.power is not None:
        facts.append(f"{sample.power:.0f} W")
    shown, sentence = _with_sentence(facts, doing(sample), end - x)
    for fact in shown:
        x = frame.put(x, y, f"  {fact}", VALUE)
    if sentence:
        frame.put(x, y, f"  {sentence}", LABEL)


def _with_sentence(
    facts: Sequence[str], sentence: str | None, room: int
) -> tuple[Sequence[str], str]:
    """Return the facts that have room, and what the GPU does, for which the last facts give way.

    Whole sentences or none, as the end of one is what makes the difference; what stands in brackets
    is no part of it.
    """
    for said in (sentence or "", (sentence or "").partition(" (")[0], ""):
        # The first fact, which is the memory or whose run it is, gives way to none.
        for count in range(len(facts), 0 if said else -1, -1):
            parts = [*facts[:count], *([said] if said else [])]
            if sum(text_width(part) + 2 for part in parts) <= room:
                return facts[:count], said
    return [], ""
