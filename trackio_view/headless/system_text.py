"""`--gpu-db --once`: what a run logged of its machine, as text.

The labels are those of the first trackio-view. Those at a line's start tell of all GPUs of the
run together, those below `GPU 0:` of one; the first word after a label's colon is the number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from trackio_view.headless.chosen_projects import visit_projects
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.machine_reading import selected_machine
from trackio_view.headless.missing_metric import missing_metric
from trackio_view.headless.output import say, write_out
from trackio_view.headless.project_reading import ProjectReading
from trackio_view.headless.run_text import from_where, since_when
from trackio_view.headless.system_words import (
    IN_ALL,
    LABELS,
    PARTS,
    filled,
    heading,
    line_name,
    plain,
    suffix,
    unit_of,
)
from trackio_view.model.clock import DATE_AND_TIME, local_text
from trackio_view.model.machine import Machine, SystemChart, SystemLine, ended_gpu_keys
from trackio_view.model.machine_keys import MachinePart, of_one_device
from trackio_view.model.natural_order import natural_order
from trackio_view.model.selection import Selection
from trackio_view.options.command_line import Options
from trackio_view.series.series import Number
from trackio_view.series.sums import as_float, mean, total
from trackio_view.series.window import ZOOM_LEVELS, Window, ZoomLevel
from trackio_view.terminal.text import sanitize
from trackio_view.wording.missing import no_rows_since, no_such_run, nothing_logged

RULE = "=" * 80


def print_system(options: Options) -> int:
    """Print what the named projects' runs logged of their machines; 1 where that is nothing."""
    printed = 0

    def show(project: ProjectReading) -> ExitCode:
        nonlocal printed
        lines = _block(project, options)
        if not lines:
            return ExitCode.NOTHING
        write_out(["\n"] if printed else [])
        write_out(f"{line}\n" for line in lines)
        printed += 1
        return ExitCode.DONE

    return visit_projects(options, show)


def _block(project: ProjectReading, options: Options) -> list[str]:
    """Return a project's lines, none where a sentence said why."""
    selection = options.selection
    zoom = ZOOM_LEVELS[options.zoom_level]
    machine = selected_machine(project, selection, zoom)
    if machine is None and selection.run is not None:
        names = [facts.name for facts in project.runs(Selection())]
        say(no_such_run(project.title, selection.run, names))
        return []
    if machine is None or not machine.logged():
        say(nothing_logged(project.title, options.run))
        return []
    charts = machine.charts(selection)
    if not charts:
        say(no_such_key(machine, options))
        return []
    if selection.since is not None and not _entries(machine, charts, zoom):
        say(no_rows_since(f"run {sanitize(machine.name)} of {sanitize(project.title)}"))
        return []
    return [
        RULE,
        f"GPU Metrics from Database - Project: {sanitize(project.name)}",
        *from_where(project.origin),
        f"Run: {sanitize(machine.name)}",
        f"View: {zoom.label}{since_when(selection.since)}",
        RULE,
        *system_report(machine, charts, zoom),
    ]


def no_such_key(machine: Machine, options: Options) -> str:
    """Return the sentence for metrics that were named and that no key of the machine has."""
    present = [line.key for line in machine.lines()]
    return missing_metric(f"run {sanitize(machine.name)}", options, present)


def system_report(
    machine: Machine, charts: Sequence[SystemChart], zoom: ZoomLevel
) -> Iterator[str]:
    """Yield the lines: newest values, ranges over the zoom's window, and every key."""
    gpus = [chart for chart in charts if chart.group is MachinePart.GPU]
    others = [chart for chart in charts if chart.group is not MachinePart.GPU]
    if gpus:
        yield ""
        yield f"Latest GPU Status{_at(machine.last_time)}:"
        newest, ended = _still_logged(gpus)
        yield from _status(_overall(newest))
        yield from _no_longer_logged(newest, ended, None)
        for device in _devices(newest + ended):
            yield ""
            yield f"GPU {device}:"
            yield from _indented(_status(_of_device(newest, device)))
            yield from _indented(_no_longer_logged(newest, ended, device))
    if others:
        yield ""
        yield f"Latest Host Status{_at(machine.last_time)}:"
        for chart in others:
            yield from _values(chart)
    yield ""
    yield from _history(machine, charts, zoom)
    yield ""
    yield "Available GPU Metrics:"
    logged = (line for chart in charts for line in chart.lines)
    for line in sorted(logged, key=lambda line: natural_order(line.key)):
        points = len(line.series)
        yield f"  - {sanitize(line.key)} ({points} data point{'s' * (points != 1)})"


def _at(time: float) -> str:
    text = local_text(time, DATE_AND_TIME)
    return "" if text is None else f" ({text})"


def _still_logged(
    charts: Sequence[SystemChart],
) -> tuple[list[SystemChart], list[SystemChart]]:
    """Return the charts of the keys that still have values, and those of the keys that ended.

    What each process made of its own GPUs is left out where the GPUs themselves are told.
    """
    lines = [line for chart in charts for line in chart.lines]
    ended_keys = ended_gpu_keys(charts)
    left_out = {
        line.key
        for line in lines
        if line.known.device is not None and not of_one_device(line.known)
    }
    if not any(of_one_device(line.known) for line in lines):
        left_out = set()

    def of(*, ended: bool) -> list[SystemChart]:
        kept = (
            chart._replace(
                lines=tuple(
                    line
                    for line in chart.lines
                    if line.key not in left_out and (line.key in ended_keys) == ended
                )
            )
            for chart in charts
        )
        return [chart for chart in kept if chart.lines]

    return of(ended=False), of(ended=True)


def _no_longer_logged(
    newest: Sequence[SystemChart], ended: Sequence[SystemChart], device: str | None
) -> Iterator[str]:
    """Yield since when a device, or which of its keys, has no value any more."""
    lines = [
        (chart, line) for chart in ended for line in chart.lines if line.known.device == device
    ]
    if not lines:
        return
    since = local_text(max(line.last_time for _, line in lines), DATE_AND_TIME)
    of_all = device is not None and device not in _devices(newest)
    names = [heading(chart.title.removeprefix("GPU ")) for chart, _ in lines]
    yield f"Not logged since {since}" + ("" if of_all else f": {', '.join(names)}")


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


Values = dict[str, tuple[Number, str]]
"""Title of a chart -> its newest value, and a word for what it is, where needed."""


class _Join(NamedTuple):
    """What makes one number of the numbers of all devices, where the run logged none."""

    join: Callable[[Sequence[Number]], Number]
    joined: str


_MEAN, _TOTAL, _HIGHEST = _Join(mean, "mean"), _Join(total, "total"), _Join(max, "highest")
_JOINS = {
    **dict.fromkeys(("GPU utilization", "GPU memory", "GPU memory bus"), _MEAN),
    **dict.fromkeys(("GPU memory used", "GPU memory size", "GPU power", "GPU energy"), _TOTAL),
    **dict.fromkeys(("GPU PCIe sent", "GPU PCIe received"), _TOTAL),
    **dict.fromkeys(("GPU memory errors corrected", "GPU memory errors uncorrected"), _TOTAL),
    **dict.fromkeys(("GPU temperature", "GPU fan", "GPU power of limit"), _HIGHEST),
    # Each of these is 1 while the clocks are lowered for that reason.
    **dict.fromkeys(("GPU throttled by heat", "GPU throttled by power"), _HIGHEST),
    **dict.fromkeys(("GPU throttled by hardware", "GPU throttled by clock settings"), _HIGHEST),
}
"""Clocks, their limits and performance states stand for one device each."""
_CLOCK = " clock"


def _overall(charts: Sequence[SystemChart]) -> Values:
    """Return what stands for all GPUs: the aggregate that was logged, else the devices joined."""
    by_title = {chart.title: chart for chart in charts}
    values: Values = {}
    for chart in charts:
        wanted = by_title.get(IN_ALL.get(chart.title, ""), chart)
        logged = [line for line in wanted.lines if line.known.device is None]
        devices = [line.series.number(-1) for line in chart.lines if line.known.device is not None]
        join = _JOINS.get(chart.title)
        if logged:
            line = logged[-1]
            of = f"{line.label} of {len(devices)}" if len(devices) > 1 else ""
            values[chart.title] = (line.series.number(-1), of)
        elif len(devices) == 1:
            values[chart.title] = (devices[0], "")
        elif join is not None:
            values[chart.title] = (join.join(devices), f"{join.joined} of {len(devices)}")
        elif len(set(devices)) == 1:
            values[chart.title] = (devices[0], f"each of {len(devices)}")
    return values


def _devices(charts: Sequence[SystemChart]) -> list[str]:
    found = {line.known.device for chart in charts for line in chart.lines}
    return sorted((device for device in found if device is not None), key=lambda it: (len(it), it))


def _of_device(charts: Sequence[SystemChart], device: str) -> Values:
    return {
        chart.title: (line.series.number(-1), "")
        for chart in charts
        for line in chart.lines
        if line.known.device == device
    }


def _status(values: Values) -> Iterator[str]:
    """Yield the newest values under their labels, those without one of their own at the end."""

    def written(title: str) -> str:
        number, of = values[title]
        return f"{LABELS[title].label}: {filled(LABELS[title].template, number)}" + (
            f" ({of} GPUs)" if of else ""
        )

    told = set(IN_ALL.values())
    for title in ("GPU utilization", "GPU memory", "GPU temperature", "GPU power"):
        told.add(title)
        if title == "GPU memory":
            told |= {"GPU memory used", "GPU memory size"}
            yield from _memory(values)
        elif title in values:
            yield written(title)
    clocks = [title for title in values if title.endswith(_CLOCK)]
    if clocks:
        yield "Clock Frequencies:"
        for title in clocks:
            name = title.removeprefix("GPU ").removesuffix(_CLOCK)
            yield f"  {name[:1].upper()}{name[1:]}: {filled('{:.0f} MHz', values[title][0])}"
    for title, (number, of) in values.items():
        if title not in told and title not in clocks:
            of_gpus = f" ({of} GPUs)" if of else ""
            label = heading(title.removeprefix("GPU "))
            yield f"{label}: {plain(number)}{unit_of(title)}{of_gpus}"


def _memory(values: Values) -> Iterator[str]:
    """Yield the line of the memory, with as many of used, share and size as there are."""
    used = values.get("GPU memory used")
    size = values.get("GPU memory size")
    share = values.get("GPU memory")
    if used is not None and size is not None and size[0]:
        # This is the share of all memory, which may differ from the mean of the shares.
        of_all = 100 * (as_float(used[0]) / as_float(size[0]))
        share = (of_all, "") if math.isfinite(of_all) else None
    if used is None:
        if share is not None:
            yield f"Memory Usage: {filled('{:.1f}%', share[0])}"
        return
    text = f"Memory Usage: {filled('{:.1f} GB', used[0])}"
    if share is not None:
        text += f" ({filled('{:.1f}%', share[0])})"
    if size is not None:
        text += f" of {filled('{:.1f} GB', size[0])}"
    yield text


def _values(chart: SystemChart) -> Iterator[str]:
    """Yield a host's newest values, each line of a chart by its name."""
    for line in chart.lines:
        yield f"{line_name(chart, line)}: {plain(line.series.number(-1))}{suffix(chart.unit)}"


def _history(machine: Machine, charts: Sequence[SystemChart], zoom: ZoomLevel) -> Iterator[str]:
    """Yield ranges and averages over the window: of all GPUs, of each, then of the host."""
    yield f"Historical Data ({_entries(machine, charts, zoom)} logged entries):"

    def ranges(lines: Iterable[tuple[SystemChart, SystemLine]]) -> Iterator[str]:
        for chart, line in lines:
            found = _range(line, machine.window_of(line, zoom.distinct_steps), chart)
            if found is not None:
                yield f"  {_range_name(chart, line)}: {found}"

    gpus = [
        (chart, line) for chart in charts if chart.group is MachinePart.GPU for line in chart.lines
    ]
    devices = _devices([chart for chart in charts if chart.group is MachinePart.GPU])
    # If nothing else stands for all GPUs, the values of a single GPU do.
    together = {
        _range_name(chart, line): (chart, line)
        for chart, line in sorted(gpus, key=lambda pair: pair[1].known.device is None)
        if line.known.device is None or len(devices) == 1
    }
    yield from ranges(sorted(together.values(), key=gpus.index))
    for device in devices if len(devices) > 1 else ():
        yield f"  GPU {device}:"
        yield from _indented(ranges(pair for pair in gpus if pair[1].known.device == device))
    yield from ranges(
        (chart, line)
        for chart in charts
        if chart.group is not MachinePart.GPU
        for line in chart.lines
    )


def _entries(machine: Machine, charts: Sequence[SystemChart], zoom: ZoomLevel) -> int:
    """Return how many rows within the window hold any of the charts' keys."""
    rows: dict[int, set[int]] = {}
    for chart in charts:
        for line in chart.lines:
            own = rows.setdefault(id(line.times), set())
            for stretch in line.series.stretches(machine.window_of(line, zoom.distinct_steps)):
                own.update(line.series.rows[stretch.start : stretch.stop])
    return sum(map(len, rows.values()))


def _range_name(chart: SystemChart, line: SystemLine) -> str:
    title = PARTS.get(chart.title, chart.title)
    if title == "GPU memory used":
        return "Memory Used"
    label = LABELS.get(title)
    if label is not None:
        return label.label
    return (
        heading(title.removeprefix("GPU "))
        if chart.group is MachinePart.GPU
        else line_name(chart, line)
    )


def _range(line: SystemLine, window: Window, chart: SystemChart) -> str | None:
    """Return `min - max (avg: mean)` of the finite values, `None` where nothing was logged."""
    series = line.series
    positions = list(chain.from_iterable(series.stretches(window)))
    if not positions:
        return None
    finite = [at for at in positions if math.isfinite(series.values[at])]
    if not finite:
        return "no finite values"
    numbers = [series.number(at) for at in finite]
    average = mean([series.values[at] for at in finite])
    label = LABELS.get(PARTS.get(chart.title, chart.title))

    def written(number: Number) -> str:
        if label is not None:
            return filled(label.template, number)
        return f"{plain(number)}{suffix(chart.unit)}"

    text = f"{written(min(numbers))} - {written(max(numbers))} (avg: {written(average)})"
    left_out = len(positions) - len(finite)
    return f"{text}, {left_out} not finite" if left_out else text
