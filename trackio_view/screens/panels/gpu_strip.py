"""The GPUs below the charts: what each reads, whose run it trains, and what it does.

One that has room for all of that says it side by side. Of more, the upper row has the readings, and
the lower one says of which GPUs the rest is true.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from trackio_view.charts.bars import gauge
from trackio_view.charts.palette import ACCENT, HIGH_IS_GOOD, LABEL, MUTED, VALUE, WARNING
from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import TIME_AWAKE, GpuSample
from trackio_view.model.gpu_activity import in_ever_fewer_words
from trackio_view.model.gpu_health import gpu_findings
from trackio_view.model.gpu_history import Gpus, Totals, totals
from trackio_view.model.health import Thresholds
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import AT_LEAST, AT_MOST, DASH
from trackio_view.terminal.text import fit, text_width
from trackio_view.wording.missing import LOOKING_FOR_GPUS, NO_GPUS
from trackio_view.wording.numbers import format_bytes_of
from trackio_view.wording.unwell_gpus import in_spans

UNWELL = "!"
"""Marks a GPU that breaks a rule of its health."""
_BAR_WIDTH = 8
_BAR_BESIDE_WORDS = 60
"""Columns of a GPU from which it has a bar, where words stand beside its readings."""
_BAR_ALONE = 24
_NAME_FROM = 16
"""Columns of a GPU from which more than its number tells which it is."""
_LEAST_SHARE = 9
"""Columns that a GPU is given at least."""
_MORE_WIDTH = 10
"""How many columns the number of GPUs without room takes."""
_TRAINS = ("trains this run", "trains")
_TRAIN = ("train this run", "train")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def load_text(sample: GpuSample) -> str:
    """Return the load in percent, four columns wide at least, marked where it is a bound alone: a
    GPU may be awake and do nothing, and others may use it than those that are seen.
    """
    if sample.utilization is None:
        return f"{DASH:>4}"
    mark = ""
    if sample.measures.get("utilization") == TIME_AWAKE:
        mark = AT_MOST
    elif sample.load_is_a_part:
        mark = AT_LEAST
    return f"{f'{mark}{sample.utilization:.0f}%':>4}"


def draw_gpu_strip(
    frame: Frame, place: Rect, gpus: Gpus, thresholds: Thresholds, training: Collection[int]
) -> None:
    """Draw the GPUs into `place`, which has as many rows as `view.layout.strip_rows` tells.

    `training` are the numbers of those that train the run on screen.
    """
    samples = gpus.samples
    if not samples:
        text = NO_GPUS if gpus.sampled else LOOKING_FOR_GPUS
        frame.put(place.x + 1, place.y, text, MUTED)
        return
    count, has_words = len(samples), place.height == 1
    share = max(_LEAST_SHARE, place.width // count)
    shown = min(count, place.width // share)
    if shown < count:
        shown = (place.width - _MORE_WIDTH) // share
    for number, sample in enumerate(samples[:shown]):
        cell = Rect(place.x + number * share, place.y, share, 1)
        ill = bool(gpu_findings(sample, thresholds))
        trains = number in training
        _draw_gpu(frame, cell, number, sample, ill=ill, trains=trains, has_words=has_words)
    if shown < count:
        frame.put(place.x + shown * share + 1, place.y, f"+{count - shown} more", MUTED)
    if not has_words:
        _draw_groups(frame, place._replace(y=place.y + 1), samples, training)


def _draw_gpu(
    frame: Frame,
    cell: Rect,
    number: int,
    sample: GpuSample,
    *,
    ill: bool,
    trains: bool,
    has_words: bool,
) -> None:
    y, end = cell.y, cell.x + cell.width - 1
    name = f"GPU {number}" if cell.width >= _NAME_FROM else f"{number}"
    x = frame.put(cell.x + 1, y, name, ACCENT if trains else LABEL)
    x = frame.put(x, y, UNWELL if ill else " ", WARNING)
    if sample.state is not None:
        text = sample.state_text or sample.state.value
        frame.put(x, y, fit(text, max(0, end - x)), WARNING)
        return
    load = sample.utilization
    if cell.width >= (_BAR_BESIDE_WORDS if has_words else _BAR_ALONE):
        bar = gauge(None if load is None else load / 100, _BAR_WIDTH, color=HIGH_IS_GOOD)
        frame.blit(bar, x, y)
        x += _BAR_WIDTH + 1
    # Of one width, so that what follows stays where it is.
    x = frame.put(x, y, load_text(sample), VALUE)
    facts = []
    if sample.memory_used is not None and sample.memory_total is not None:
        facts.append(format_bytes_of(sample.memory_used, sample.memory_total))
    if sample.temperature is not None:
        facts.append(f"{sample.temperature:.0f}°C")
    if sample.power is not None:
        facts.append(f"{sample.power:.0f} W")
    if not has_words:
        parts, sentence = _as_fit(facts, end - x), ""
    else:
        parts, sentence = _with_words(facts, sample, end - x, trains=trains)
    for part in parts:
        x = frame.put(x, y, f"  {part}", VALUE)
    if sentence:
        frame.put(x, y, f"  {sentence}", LABEL)


def _as_fit(facts: Sequence[str], room: int) -> Sequence[str]:
    """Return the facts that have room, the first ones before the others."""
    fitting: list[str] = []
    for fact in facts:
        if _width([*fitting, fact]) <= room:
            fitting.append(fact)
    return fitting


def _width(parts: Sequence[str]) -> int:
    return sum(text_width(part) + 2 for part in parts)


def _with_words(
    facts: Sequence[str], sample: GpuSample, room: int, *, trains: bool
) -> tuple[Sequence[str], str]:
    """Return the facts that have room, led by whether the GPU trains, and what the GPU does.

    What it does is told in whole sentences, because the end of one makes the difference, or in few
    words. The last facts give way to either; the first fact, the memory, gives way only to few
    words and to whether the GPU trains.
    """
    ways = [[words] for words in _TRAINS] if trains else [[]]
    for least in (0,) if trains else (1, 0):
        for said, training in itertools.product(in_ever_fewer_words(sample), ways):
            for count in range(len(facts), least - 1, -1):
                parts = [*training, *facts[:count]]
                if _width([*parts, said] if said else parts) <= room:
                    return parts, said
    return _as_fit(facts, room), ""


_FORMS = 3
"""In how many lengths the lower row says what GPUs do."""


class _AlikeGpus(NamedTuple):
    """GPUs of which the same is true."""

    numbers: list[int]
    trains: bool
    is_lost: bool
    said: list[str]
    """What each of them does, in the same words but for numbers."""


def _draw_groups(
    frame: Frame, place: Rect, samples: Sequence[GpuSample], training: Collection[int]
) -> None:
    """Say which GPUs train the run and what they do, then what the others do; else sums."""
    texts: list[tuple[_AlikeGpus, str]] = []
    for form, words in itertools.product(range(_FORMS), range(len(_TRAINS))):
        groups = _groups(samples, training, form)
        texts = [(group, _text_of(group, words)) for group in groups]
        if _width([text for _, text in texts]) <= place.width:
            break
    if not texts:
        frame.put(place.x + 1, place.y, fit(_sums(totals([*samples])), place.width - 2), LABEL)
        return
    x = place.x + 1
    for group, text in texts:
        left = place.x + place.width - 1 - x
        if left < min(text_width(text), _LEAST_SHARE):
            break
        style = WARNING if group.is_lost else ACCENT if group.trains else LABEL
        x = frame.put(x, place.y, fit(text, left), style) + 2


def _groups(samples: Sequence[GpuSample], training: Collection[int], form: int) -> list[_AlikeGpus]:
    groups: dict[tuple[bool, str], _AlikeGpus] = {}
    for number, sample in enumerate(samples):
        trains = number in training
        if sample.state is not None:
            said = sample.state_text or sample.state.value
        else:
            forms = list(in_ever_fewer_words(sample))
            said = forms[min(form, len(forms) - 1)]
        if not said and not trains:
            continue
        # Numbers of instances are names.
        alike = said if sample.partition_activity else _NUMBER.sub("#", said)
        lost = sample.state is not None
        group = groups.setdefault((trains, alike), _AlikeGpus([], trains, lost, []))
        group.numbers.append(number)
        group.said.append(said)
    return sorted(groups.values(), key=lambda group: not group.trains)


def _text_of(group: _AlikeGpus, words: int) -> str:
    who = f"GPU {in_spans(group.numbers)}" if words == 0 else in_spans(group.numbers)
    if group.trains:
        who += f" {(_TRAINS if len(group.numbers) == 1 else _TRAIN)[words]}"
    said = _in_one(group.said)
    return f"{who}: {said}" if said else who


def _sums(sums: Totals) -> str:
    """Return what all GPUs read together, of which none tells what it does."""
    parts = []
    if sums.utilization is not None:
        parts.append(f"{sums.utilization:.0f}% mean load")
    if sums.memory_used is not None and sums.memory_total is not None:
        parts.append(format_bytes_of(sums.memory_used, sums.memory_total))
    if sums.power is not None:
        parts.append(f"{sums.power:,.0f} W")
    if sums.hottest is not None:
        parts.append(f"{sums.hottest:.0f}°C at most")
    return "  ".join(parts)


def _in_one(said: Sequence[str]) -> str:
    """Return sentences that differ in their numbers as one, with the least and the most of each."""
    columns = zip(*(_NUMBER.findall(one) for one in said), strict=True)
    spans = iter([(min(column, key=float), max(column, key=float)) for column in columns])

    def span(_: re.Match[str]) -> str:
        least, most = next(spans)
        return least if float(least) == float(most) else f"{least}-{most}"

    return _NUMBER.sub(span, said[0])
