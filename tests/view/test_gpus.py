"""The view of the screen of GPUs: the filter, the cursor, and the order of processes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.gpu import GpuId, GpuIdentity, GpuProcess, GpuSample, GpusSampled
from trackio_view.model.gpu_history import DEFAULT_SPAN, HISTORY_SPANS, Gpus
from trackio_view.model.project_id import ProjectId
from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.gpus import GpuView, ProcessOrder
from trackio_view.view.keys.bindings import BINDINGS

PROCESSES = (
    GpuProcess(5, memory=5, load=None, user="ada", command="python train.py"),
    GpuProcess(10, memory=None, load=80.0, user=None, command=None),
    GpuProcess(20, memory=9, load=0.0, user="bob", command="Xorg"),
)


def here(key: str) -> GpuId:
    """Return the id of a GPU of this machine."""
    return GpuId("", key)


def gpus_of(*keys: str, processes: tuple[GpuProcess, ...] | None = None) -> Gpus:
    gpus = Gpus()
    samples = tuple(
        GpuSample(GpuIdentity(key, "NVIDIA", f"H100 {key}"), 1.0, processes=processes)
        for key in keys
    )
    gpus.apply(GpusSampled(samples, ()))
    return gpus


@pytest.mark.parametrize(
    ("order", "pids"),
    [
        (ProcessOrder.MEMORY, [20, 5, 10]),
        (ProcessOrder.LOAD, [10, 20, 5]),
        (ProcessOrder.PID, [5, 10, 20]),
        (ProcessOrder.GPU, [5, 10, 20]),
        (ProcessOrder.USER, [5, 20, 10]),
    ],
)
def test_unknown_values_come_last(order: ProcessOrder, pids: list[int]) -> None:
    view = GpuView(order=order)
    rows = view.processes(gpus_of("a", processes=PROCESSES))
    assert [row.process.pid for row in rows] == pids


def test_the_cursor_stays_on_its_gpu_while_other_machines_answer() -> None:
    dashboard = Dashboard()
    for host, cursor in (("b", 1), ("c", 1), ("a", 3), ("", 5)):
        samples = tuple(
            GpuSample(GpuIdentity(key, "NVIDIA", "H100", host=host), 1.0) for key in "xy"
        )
        dashboard.apply(GpusSampled(samples, (), host))
        view = dashboard.view.gpus
        if host == "b":
            assert view.selected(dashboard.known.gpus) is None
            view.act(Action.DOWN, dashboard.known.gpus)
        else:
            assert view.selected(dashboard.known.gpus) == GpuId("b", "y")
            assert view.cursor == cursor
    dashboard.apply(GpusSampled((), (), "a"))
    assert dashboard.view.gpus.cursor == 3


def test_a_cursor_that_nobody_moved_stays_at_the_top() -> None:
    dashboard = Dashboard()
    for host in ("b", "a"):
        gpu = GpuSample(GpuIdentity("x", "NVIDIA", "H100", host=host), 1.0)
        dashboard.apply(GpusSampled((gpu,), (), host))
    assert dashboard.view.gpus.cursor == 0


def test_the_key_for_the_order_goes_round() -> None:
    view, gpus = GpuView(), gpus_of("a")
    seen = []
    for _ in ProcessOrder:
        seen.append(view.order)
        view.act(Action.SORT, gpus)
    assert seen == list(ProcessOrder)
    assert view.order is seen[0]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ("", [0, 1]),
        ("gpu 1", [1]),
        ("h100", [0, 1]),
        ("H100 B", [1]),
        ("nvidia", [0, 1]),
        ("TRAIN.PY", [0, 1]),
        ("bob", [0, 1]),
        ("20", [0, 1]),
        ("amd", []),
    ],
)
def test_the_filter_looks_at_names_and_processes(wanted: str, numbers: list[int]) -> None:
    view = GpuView(filter=wanted)
    found = view.listed(gpus_of("a", "b", processes=PROCESSES))
    assert [number for number, _ in found] == numbers


def test_processes_are_those_of_what_is_on_screen() -> None:
    gpus = gpus_of("a", "b", processes=PROCESSES)
    assert len(GpuView().processes(gpus)) == 6
    assert {row.gpu for row in GpuView(chosen=here("b")).processes(gpus)} == {1}
    assert GpuView(filter="gpu 0", chosen=here("b")).processes(gpus) == []
    assert GpuView().processes(gpus_of("a")) == []


def test_the_only_gpu_fills_the_screen_and_one_that_is_gone_does_not() -> None:
    assert GpuView().on_screen(gpus_of("a")) == here("a")
    assert GpuView().on_screen(gpus_of("a", "b")) is None
    assert GpuView().on_screen(gpus_of()) is None
    assert GpuView(chosen=here("b")).on_screen(gpus_of("a", "b")) == here("b")
    assert GpuView(chosen=here("gone")).on_screen(gpus_of("a", "b")) is None
    assert GpuView(chosen=here("gone")).on_screen(gpus_of("a")) == here("a")


def test_enter_chooses_what_the_filter_lets_through() -> None:
    gpus = gpus_of("a", "b", "c")
    view = GpuView(filter="h100 c", cursor=2)
    view.act(Action.ENLARGE, gpus)
    assert view.chosen == here("c")
    view.act(Action.BACK, gpus)
    assert view.chosen is None
    nothing = GpuView(filter="none")
    nothing.act(Action.ENLARGE, gpus)
    assert nothing.chosen is None


def test_of_the_gpu_on_screen_the_first_process_that_logs_is_told() -> None:
    project = ProjectId("/data", "my")
    logs = GpuProcess(5, memory=5, project=project, run="a", run_id="id-a")
    processes = (GpuProcess(20, memory=9), logs, GpuProcess(6, memory=1, project=project))
    assert GpuView().logging_process(gpus_of("a", processes=processes)) is logs
    assert GpuView().logging_process(gpus_of("a", "b", processes=processes)) is None
    assert GpuView().logging_process(gpus_of("a", processes=PROCESSES)) is None


def test_the_arrows_lead_from_gpu_to_gpu_while_one_is_enlarged() -> None:
    gpus = gpus_of("a", "b", "c")
    view = GpuView()
    view.act(Action.ENLARGE, gpus)
    chosen = []
    for action in (Action.RIGHT, Action.RIGHT, Action.RIGHT, Action.LEFT, Action.FIRST):
        view.act(action, gpus)
        chosen.append(view.chosen)
    assert chosen == list(map(here, "bccba"))


def test_the_cursor_goes_on_from_the_last_line_where_lines_have_gone() -> None:
    view = GpuView(cursor=9)
    view.act(Action.UP, gpus_of("a", "b", "c"))
    assert view.cursor == 1


@pytest.mark.parametrize(("number", "chosen"), [(0, "a"), (1, "b"), (2, None), (9, None)])
def test_a_digit_brings_its_gpu_whatever_the_filter(number: int, chosen: str | None) -> None:
    view = GpuView(filter="h100 a")
    view.pick(number, gpus_of("a", "b"))
    assert view.chosen == (None if chosen is None else here(chosen))
    assert view.filter == ("h100 a" if chosen is None else "")


def test_the_span_stops_at_both_ends() -> None:
    view, gpus = GpuView(), gpus_of("a")
    assert view.span == DEFAULT_SPAN
    for _ in range(20):
        view.act(Action.ZOOM_IN, gpus)
    assert view.history_span == HISTORY_SPANS[-1]
    for _ in range(20):
        view.act(Action.ZOOM_OUT, gpus)
    assert view.history_span == HISTORY_SPANS[0]


@given(
    st.lists(st.sampled_from([binding.action for binding in BINDINGS]), max_size=20),
    st.lists(st.integers(0, 12), min_size=1, max_size=4),
    st.sampled_from(["", "h100 1", "none"]),
)
def test_whatever_is_pressed_while_gpus_come_and_go_the_cursor_is_on_one(
    actions: list[Action], counts: list[int], wanted: str
) -> None:
    view = GpuView(filter=wanted)
    for place, action in enumerate(actions):
        gpus = gpus_of(*map(str, range(counts[place % len(counts)])))
        view.act(action, gpus)
        assert view.cursor >= 0
        assert view.history_span in HISTORY_SPANS
        view.processes(gpus)
    gpus = gpus_of("1")
    view.act(Action.DOWN, gpus)
    assert view.cursor == 0
