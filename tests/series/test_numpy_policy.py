"""numpy is imported only where that pays, and used wherever it is imported and faster."""

from __future__ import annotations

import ast
import importlib
import math
import os
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import trackio_view
from trackio_view.model import chart_events
from trackio_view.model.along import extend_elapsed
from trackio_view.series import beyond, points
from trackio_view.series.block_counts import BlockCounts, Blocks
from trackio_view.series.blocks import MOST_STRETCHES, Overview
from trackio_view.series.envelope import nonfinite, step_bounds
from trackio_view.series.extents import Reduction, merged
from trackio_view.series.logarithms import Logarithms
from trackio_view.series.medians import BLOCK
from trackio_view.series.numpy_policy import (
    has_numpy,
    import_for_rows,
    numpy_pays,
    numpy_pays_for_blocks,
)
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series, extremes
from trackio_view.series.smoothed import SmoothedSeries
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.window import EVERY_ROW
from trackio_view.series.x_column import XColumn


@pytest.fixture(autouse=True)
def imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the names of modules that would be imported. None is, because a second numpy would end
    the process."""
    names: list[str] = []
    monkeypatch.setattr(importlib, "import_module", names.append)
    has_numpy.cache_clear()
    yield names
    has_numpy.cache_clear()


@pytest.mark.parametrize(
    ("count", "loaded", "pays"),
    [
        (999, False, False),
        (999, True, False),
        (1_000, False, False),
        (1_000, True, True),
        (249_999, False, False),
        (250_000, False, True),
    ],
)
def test_an_import_must_earn_its_price(
    count: int, loaded: bool, pays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", {"numpy": object()} if loaded else {})
    assert numpy_pays(count) is pays


@pytest.mark.parametrize(
    ("count", "loaded", "pays"),
    [(999, True, False), (1_000, True, True), (19_999, False, False), (20_000, False, True)],
)
def test_blocks_have_a_price_of_their_own(
    count: int, loaded: bool, pays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", {"numpy": object()} if loaded else {})
    assert numpy_pays_for_blocks(count) is pays


def test_it_is_imported_ahead_for_many_rows_alone(imported: list[str]) -> None:
    import_for_rows(19_999)
    assert not imported
    import_for_rows(20_000)
    assert imported == ["numpy"]


@pytest.mark.parametrize("modules", [{}, {"numpy": None}])
def test_where_it_is_not_installed_nothing_is_worked_on_by_it(
    modules: dict[str, None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    monkeypatch.setattr(sys, "modules", modules)
    assert not numpy_pays(250_000)
    assert not numpy_pays_for_blocks(250_000)
    import_for_rows(20_000)


def test_no_other_room_asks_whether_numpy_is_there(rooms: Mapping[Path, ast.Module]) -> None:
    """Other modules name numpy only in `import numpy as np`, after they asked the policy.

    The demo is a process of its own and needs numpy; a report names all packages.
    """
    beside = (Path("headless/report.py"), Path("series/numpy_policy.py"))
    for path, tree in rooms.items():
        if path not in beside and path.parent.name != "demo":
            for node in ast.walk(tree):
                assert not (isinstance(node, ast.Constant) and node.value == "numpy"), path


Look = Callable[[], object]


def numbers(count: int) -> array[float]:
    return array("d", range(count))


def zigzag(count: int) -> array[float]:
    """Return numbers of which every other one goes back."""
    return array("d", (step ^ 1 for step in range(count)))


def series(count: int, value: float | None = None, skipped: int = 0) -> Series:
    """Return a series whose first value is in row 0 and whose others begin behind a hole."""
    rows = array("I", range(count + skipped))
    values = numbers(count) if value is None else array("d", [value]) * count
    return Series(rows[:1] + rows[1 + skipped :], values)


def smoothing(way: Way, amount: float) -> Callable[[int], Look]:
    def prepare(count: int) -> Look:
        smoothed = SmoothedSeries(series(count), Smoothing(way, amount))
        return lambda: smoothed.update(numbers(count), array("Q"))

    return prepare


def looked_at(count: int, value: float = 1.0, *, back: bool = False) -> tuple[array[float], Series]:
    """Return steps and a series whose overview knows them already."""
    steps, made = zigzag(count) if back else numbers(count), Series()
    for position in range(count):
        made.append_one(position, value)
        made.overview.update(steps, made.rows, made.values)
    return steps, made


def counting_gaps(count: int) -> Look:
    steps, gaps = looked_at(count, math.nan)
    return lambda: nonfinite(steps, gaps, EVERY_ROW, Scale.of_columns(0, count, 9))


def bounding_steps(count: int) -> Look:
    assert count > 2 * MOST_STRETCHES
    steps, made = looked_at(count, back=True)
    return lambda: step_bounds(steps, made)


def job(count: int) -> Reduction:
    steps, made = looked_at(count)
    return Reduction(steps, 0, made.values, made.overview, Scale.of_columns(0, count, 9))


def reducing(count: int) -> Look:
    prepared = job(count)
    return lambda: prepared.extents(0, count)


def merging(count: int) -> Look:
    prepared = job(count)
    return lambda: merged(prepared, [range(count // 2), range(count // 2, count)])


def indexing(skipped: int) -> Callable[[int], Look]:
    def prepare(count: int) -> Look:
        made = series(count, skipped=skipped)
        steps = numbers(count + skipped)
        return lambda: made.overview.update(steps, made.rows, made.values)

    return prepare


def looking_at_x(count: int) -> Look:
    column = XColumn()
    column.values.extend(numbers(count))
    return column.look


def finding_rows(count: int) -> Look:
    column = XColumn()
    for x in zigzag(count):
        column.values.append(x)
        column.look()
    return lambda: column.rows_between(3.0, 9.0)


def elapsing(count: int) -> Look:
    return lambda: extend_elapsed(XColumn(), numbers(count), 0.0)


def placing(count: int) -> Look:
    made = series(count)
    return lambda: chart_events._place([], numbers(count), made, list(range(count)))


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(smoothing(Way.BY_POINTS, 0.9), id="smoothing"),
        pytest.param(smoothing(Way.CENTRED, 10), id="means around each"),
        pytest.param(counting_gaps, id="values that are not finite"),
        pytest.param(bounding_steps, id="bounds of steps that go back"),
        pytest.param(reducing, id="columns of a line"),
        pytest.param(merging, id="columns of a line that goes back"),
        pytest.param(lambda count: lambda: extremes(numbers(count), range(count)), id="extremes"),
        pytest.param(lambda count: series(count).finite_bounds, id="bounds"),
        pytest.param(indexing(0), id="blocks"),
        pytest.param(indexing(1), id="blocks with a hole"),
        pytest.param(looking_at_x, id="x"),
        pytest.param(finding_rows, id="rows of an x that goes back"),
        pytest.param(
            lambda count: (
                lambda: points._compared(numbers(count), 0, count, (0.0, 9.0), highest=True)
            ),
            id="the nearest point",
        ),
        pytest.param(lambda count: Logarithms(series(count)).update, id="logarithms"),
        pytest.param(elapsing, id="elapsed time"),
        pytest.param(
            lambda count: lambda: chart_events._firsts(-9, array("Q", range(count))),
            id="first of each stretch",
        ),
        pytest.param(placing, id="places of events"),
    ],
)
def test_every_look_at_a_thousand_values_uses_what_is_imported(
    prepare: Callable[[int], Look], monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = prepare(999), prepare(1000)
    # It counts as imported, and whoever uses it fails.
    monkeypatch.setitem(sys.modules, "numpy", None)
    few()
    with pytest.raises(ImportError):
        many()


def bounding(count: int) -> Look:
    overview = Overview()
    overview.block_low, overview.block_high = numbers(count), numbers(count)
    return lambda: overview.bounds(numbers(0), 0, count * BLOCK)


def comparing(count: int) -> Look:
    overview = Overview()
    overview.block_low, overview.block_high = numbers(count), numbers(count)
    return lambda: beyond._blocks_beyond(overview, 0, count, 0.0, 1e9)


def counting(count: int) -> Look:
    blocks = Blocks(numbers(count * BLOCK), numbers(count), numbers(count), array("Q"))
    return lambda: BlockCounts().between(blocks, 0, count, (-1.0, 1e9))


@pytest.mark.parametrize(
    ("prepare", "least"), [(bounding, 1000), (comparing, 1000), (counting, -(-1000 // BLOCK))]
)
def test_every_look_at_many_blocks_uses_what_is_imported(
    prepare: Callable[[int], Look], least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = prepare(least - 1), prepare(least)
    monkeypatch.setitem(sys.modules, "numpy", None)
    few()
    with pytest.raises(ImportError):
        many()


_DRAWING = """
import math, sys
from array import array
import numpy
ahead = set(sys.modules)
from trackio_view.charts.overlay import _take_turns
from trackio_view.series.envelope import envelope, nonfinite
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series
from trackio_view.series.window import EVERY_ROW

count = 20_000
values = array("d", [math.nan if row % 9 == 0 else math.sin(row / 50) for row in range(count)])
for steps in (range(count), [row % 30 for row in range(count)]):
    series = Series(array("Q", range(count)), values)
    xs = array("d", steps)
    envelope(xs, series, EVERY_ROW, 80, 0.0, max(xs))
    nonfinite(xs, series, EVERY_ROW, Scale.of_columns(0.0, max(xs), 80))
cells = numpy.array([0, 0, 1, 1])
_take_turns(numpy.zeros((2, 2), dtype=numpy.int64), cells, cells, cells, 2)
print({"numpy.ma"} & (set(sys.modules) - ahead))
"""


def test_no_chart_imports_masked_arrays() -> None:
    """`numpy.unique` and `numpy.median` import them at their first call, which takes 25 ms."""
    done = subprocess.run(
        [sys.executable, "-c", _DRAWING],
        env={**os.environ, "PYTHONPATH": str(Path(trackio_view.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "set()\n"
