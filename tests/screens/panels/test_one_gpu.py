"""One GPU: its values stand beside its charts, or above them or alone where room is short."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trackio_view.model.gpu import Absence, GpusSampled
from trackio_view.model.gpu_history import HISTORY_SPANS, GpuHistory
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.gpu_charts import LEAST_CHART_HEIGHT
from trackio_view.screens.panels.one_gpu import draw_gpu
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.dashboard import Dashboard


@pytest.fixture
def history_of(gpus_sampled: Callable[..., GpusSampled]) -> Callable[..., GpuHistory]:
    """Return a function that samples one GPU a number of times, with given fields."""

    def make(count: int = 60, **fields: object) -> GpuHistory:
        dashboard = Dashboard()
        for second in range(count):
            dashboard.apply(gpus_sampled(1, float(second), **fields))
        (history,) = dashboard.known.gpus.histories.values()
        return history

    return make


def drawn(history: GpuHistory, width: int, height: int, *health: str) -> list[str]:
    frame = Frame(width + 3, height + 2)
    area = Rect(2, 1, width, height)
    draw_gpu(frame, area, "GPU 0", history, health, HISTORY_SPANS[0], Repertoire.BRAILLE, Memo())
    lines = frame.lines()
    assert not lines[0].strip()
    assert all(not line[:2].strip() for line in lines), "nothing is drawn beside the area"
    return [line[2:].rstrip() for line in lines[1 : height + 1]]


def edges(line: str) -> list[int]:
    """Return the columns in which boxes begin on a line of upper borders."""
    return [at for at, glyph in enumerate(line) if glyph == "╭"]


@pytest.mark.parametrize(
    ("width", "panel"),
    [(200, 42), (150, 42), (149, 34), (96, 34)],
)
def test_values_stand_to_the_right_of_the_charts_where_there_is_room(
    history_of: Callable[..., GpuHistory], width: int, panel: int
) -> None:
    lines = drawn(history_of(), width, 30)
    assert edges(lines[0])[-1] == width - panel
    assert "GPU 0" in lines[0][width - panel :]
    assert len(edges(lines[0])) >= 2
    assert lines[-1].startswith("╰")
    assert lines[-1].endswith("╯")


def test_values_stand_above_the_charts_where_it_is_narrow(
    history_of: Callable[..., GpuHistory],
) -> None:
    lines = drawn(history_of(), 95, 30)
    assert edges(lines[0]) == [0]
    assert "GPU 0" in lines[0]
    assert lines[4].startswith("╰")
    assert lines[5].startswith("╭")
    assert "GPU 0" not in lines[5]


def test_values_have_one_row_less_where_two_rows_of_charts_would_have_no_room_else(
    history_of: Callable[..., GpuHistory],
) -> None:
    for height, below in ((2 * LEAST_CHART_HEIGHT + 5, 5), (2 * LEAST_CHART_HEIGHT + 4, 4)):
        lines = drawn(history_of(), 80, height)
        assert [row for row, line in enumerate(lines) if edges(line)][:2] == [0, below]
        assert sum(bool(edges(line)) for line in lines) == 3


@pytest.mark.parametrize("above", [0, 1])
def test_charts_are_left_out_where_they_had_no_room(
    history_of: Callable[..., GpuHistory], above: int
) -> None:
    height = LEAST_CHART_HEIGHT + 3 + above
    lines = drawn(history_of(), 80, height)
    boxes = sum(len(edges(line)) > 0 for line in lines)
    assert boxes == 1 + above


def test_a_gpu_without_history_says_so_beside_its_values_alone(
    history_of: Callable[..., GpuHistory],
) -> None:
    names = (
        *("utilization", "memory_used", "memory_total", "memory_bus_load", "power"),
        *("power_limit", "clock_graphics", "clock_memory"),
    )
    nothing: dict[str, object] = {**dict.fromkeys(names), "temperatures": {}}
    empty = history_of(1, **nothing)
    wide = drawn(empty, 120, 20)
    assert "history" in wide[0]
    assert wide[1][2:].startswith("nothing to chart yet")
    narrow = drawn(empty, 80, 20)
    assert not any("history" in line for line in narrow)
    assert narrow[-1].startswith("╰"), "the values have all of it"
    lost = history_of(1, **nothing, state=Absence.LOST)
    assert drawn(lost, 120, 20)[1][2:].startswith(Absence.LOST.value)
    silent = history_of(1, **nothing, state=Absence.STALE, state_text="silent for 12 s")
    assert drawn(silent, 120, 20)[1][2:].startswith("silent for 12 s")


def test_the_health_of_a_gpu_stands_among_its_values(history_of: Callable[..., GpuHistory]) -> None:
    lines = drawn(history_of(), 120, 40, "hot: 99 °C")
    assert any("hot: 99 °C" in line[86:] for line in lines)
