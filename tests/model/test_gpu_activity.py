"""The sentence about what a GPU does, tested with the figures of real loads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.gpu import (
    VISIBLE_PROCESSES,
    Absence,
    GpuIdentity,
    GpuProcess,
    GpuSample,
)
from trackio_view.model.gpu_activity import (
    Activity,
    RecentActivity,
    doing,
    in_few_words,
    may_compute,
    sentence_of,
    teraflops_if_bf16,
)

MIB = 2**20


def load(
    utilization: float, kernels: float, sm_busy: float, tensor: float, fp32: float, memory: float
) -> Activity:
    return Activity(utilization, kernels, sm_busy, tensor, fp32, memory)


@pytest.mark.parametrize(
    ("activity", "sentence"),
    [
        # Measured on an H200, windows of 2 s.
        (load(98, 99.1, 95.6, 92.8, 0, 17.4), "tensor cores 93 %"),
        (load(98, 97.7, 93.5, 86.5, 0.2, 18.3), "tensor cores 86 %"),
        (
            load(100, 99.4, 96.2, 0, 76.5, 3.2),
            "fp32 without tensor cores (tf32 or mixed precision is off)",
        ),
        (
            load(99, 98.9, 98.0, 0, 0, 87.8),
            "bound by memory bandwidth (88 % of it in use)",
        ),
        (load(15, 15.2, 5.1, 1.0, 0, 0), "kernels too small: 5 % of the SMs busy"),
        (load(25, 24.4, 0.1, 0, 0, 0), "kernels too small: less than 1 % of the SMs busy"),
        (
            load(6, 6.4, 5.0, 4.9, 0, 1.3),
            "works 6 % of the time, waits for the rest (data, CPU, other ranks)",
        ),
        (
            load(99, 0, 0, 0, 0, 1.1)._replace(pcie_read=56_098 * MIB, pcie_write=0.0),
            "only copies data: 58.8 GB/s over PCIe, no kernels",
        ),
        (load(0, 0, 0, 0, 0, 0), "idle: no kernels"),
        # What the copies into the GPU ask for goes the other way: 55 GB/s were counted.
        (
            load(100, 0, 0, 0, 0, 1.1)._replace(pcie_read=59.0951e9, pcie_write=3.5396e9),
            "only copies data: 59.1 GB/s over PCIe, no kernels",
        ),
        (
            load(100, 0, 0, 0, 0, 1.1)._replace(pcie_read=10e9, pcie_write=1.49e9),
            "only copies data: 10.0 GB/s over PCIe, no kernels",
        ),
        (
            load(100, 0, 0, 0, 0, 1.1)._replace(pcie_read=1.5e9, pcie_write=10e9),
            "only copies data: 11.5 GB/s over PCIe, no kernels",
        ),
        (
            load(99, 99.1, 96.1, 94.05, 0, 12.5)._replace(tensor_fp64=94.05, tensor_int8=0.0),
            "tensor cores 94 %, in fp64",
        ),
        # Half of the time data is copied, so the GPU does not idle.
        (
            load(40, 0, 0, 0, 0, 1)._replace(pcie_read=22e9, pcie_write=1e6),
            "no kernels: 22.0 GB/s over PCIe",
        ),
        (load(2, 0, 0, 0, 0, 0)._replace(pcie_read=3e5, pcie_write=0.0), "idle: no kernels"),
        # These figures lie between the rules.
        (
            load(99, 99, 95, 80, 0, 12)._replace(tensor_fp64=40.0, tensor_int8=40.0),
            "tensor cores 80 %",
        ),
        (
            load(99, 99, 95, 80, 0, 12)._replace(tensor_fp64=0.0, tensor_int8=41.0),
            "tensor cores 80 %, in int8",
        ),
        (load(99, 90, 60, 20, 0, 40), "tensor cores 20 %"),
        (load(99, 90, 60, 1, 10, 40), "kernels 90 % of the time, without tensor cores"),
        (load(99, 0, 0, 0, 0, 0), "only copies data, no kernels"),
        # A part without a figure is neither at rest nor at work.
        (load(98, 99, 95, 0, 80, 20)._replace(tensor_cores=None), "kernels 99 % of the time"),
        (load(98, 99, 95, 93, 0, 20)._replace(sm_busy=None), "tensor cores 93 %"),
        (load(98, 99, 95, 93, 0, 20)._replace(kernels=None), "tensor cores 93 %"),
        (
            load(98, 30, 28, 9, 0, 20)._replace(sm_busy=None),
            "works 30 % of the time, waits for the rest (data, CPU, other ranks)",
        ),
    ],
)
def test_sentences_of_measured_loads(activity: Activity, sentence: str) -> None:
    assert sentence_of(activity) == sentence


@pytest.mark.parametrize(
    ("activity", "sentence"),
    [
        (Activity(utilization=0.0), "idle"),
        (
            Activity(utilization=12.0),
            "works 12 % of the time, waits for the rest (data, CPU, other ranks)",
        ),
        (
            Activity(utilization=95.0, memory_controller=82.0),
            "bound by memory bandwidth (controller busy 82 %)",
        ),
        # Such a GPU tells that it is busy, but not with what.
        (Activity(utilization=95.0, memory_controller=20.0), None),
        (Activity(utilization=95.0), None),
        (Activity(), None),
    ],
)
def test_gpus_without_counters_say_less(activity: Activity, sentence: str | None) -> None:
    assert sentence_of(activity) == sentence


DRAWS, COMPUTES, RESTS = (GpuProcess(1, kind=kind) for kind in ("graphics", "compute", None))


@pytest.mark.parametrize(
    ("processes", "hidden", "load", "waits"),
    [
        ((DRAWS,), 0, 12.0, False),
        # Those of a container are not listed everywhere.
        ((), 0, 12.0, True),
        ((), 0, 3.0, False),
        ((DRAWS, COMPUTES), 0, 3.0, True),
        ((DRAWS, RESTS), 0, 12.0, False),
        # Others may compute.
        ((DRAWS,), 2, 12.0, True),
        ((), 2, 3.0, False),
        (None, 0, 12.0, True),
        (None, 0, 3.0, False),
    ],
)
def test_a_gpu_on_which_nobody_computes_waits_for_nothing(
    processes: tuple[GpuProcess, ...] | None, hidden: int, load: float, waits: bool
) -> None:
    told = RecentActivity().told(
        sample(0.0, utilization=load, processes=processes, hidden_processes=hidden)._replace(
            reasons={"kernels": Absence.UNSUPPORTED}
        )
    )
    assert told.activity is not None
    assert told.activity.startswith(f"works {load:.0f} % of the time")
    assert ("waits" in told.activity) is waits
    (few,) = in_few_words(told)
    assert few == f"works {load:.0f} %" + ", waits" * waits


def test_what_a_silent_gpu_does_is_not_known() -> None:
    instances = ("MIG 0: tensor cores 51 %",)
    lost = sample(0.0, utilization=90.0, partition_activity=instances, state=Absence.LOST)
    assert doing(RecentActivity().told(lost)) is None
    told = sample(0.0, utilization=90.0, activity="idle", partition_activity=instances)
    silent = told.unanswered(Absence.STALE, "not answering for 12 s")
    assert (doing(silent), silent.utilization, silent.state) == (None, 90.0, Absence.STALE)


def test_the_visible_processes_do_not_speak_for_the_whole_gpu() -> None:
    seen = sample(0.0, utilization=0.0, processes=(DRAWS,))._replace(
        measures={"utilization": VISIBLE_PROCESSES, "processes": VISIBLE_PROCESSES},
        reasons={"kernels": Absence.UNSUPPORTED},
    )
    assert seen.load_is_a_part
    assert RecentActivity().told(seen).activity is None
    everybody = seen._replace(measures={"utilization": VISIBLE_PROCESSES})
    assert RecentActivity().told(everybody).activity == "idle"
    assert may_compute(seen._replace(utilization=12.0))
    assert not may_compute(everybody._replace(utilization=12.0))


def test_the_most_that_tensor_cores_can_have_done() -> None:
    # The load itself counted 666, 50.5 and 8.9 TFLOP/s.
    figures = [(92.8, 1455, 730), (4.9, 1980, 52), (1.0, 1980, 11)]
    for tensor_cores, megahertz, most in figures:
        estimate = teraflops_if_bf16(tensor_cores, megahertz, 132, (9, 0))
        assert estimate is not None
        assert round(estimate) == most
    assert teraflops_if_bf16(50, 1980, 108, (8, 0)) is None


def sample(time: float, **fields: object) -> GpuSample:
    return GpuSample(GpuIdentity("k", "NVIDIA", "n"), time, **fields)  # type: ignore[arg-type]


def test_the_sentence_is_about_ten_seconds() -> None:
    recent = RecentActivity()
    steps = [100.0, 0.0] * 10
    for second, kernels in enumerate(steps):
        told = recent.told(sample(second, utilization=kernels, kernels=kernels, sm_busy=kernels))
    assert told.activity is not None
    assert told.activity.startswith("works 45 % of the time")
    # A reading that comes again counts once.
    assert recent.told(sample(19.0, kernels=100.0, sm_busy=100.0)).activity == told.activity


def test_the_sentence_has_a_reason_where_it_is_absent() -> None:
    unwatched = {"kernels": Absence.UNWATCHED, "activity": Absence.UNSUPPORTED}
    told = RecentActivity().told(sample(1.0, utilization=50.0, reasons=unwatched))
    assert (told.activity, told.reasons["activity"]) == (None, Absence.UNWATCHED)
    # A rate is unknown at its first reading, which is no reason for its absence.
    told = RecentActivity().told(sample(1.0, utilization=50.0))
    assert (told.activity, dict(told.reasons)) == (None, {})
    # It is no reason either where the load is all that the GPU counts.
    first = sample(1.0, reasons={"kernels": Absence.UNSUPPORTED})
    assert "activity" not in RecentActivity().told(first).reasons
    lacking = sample(1.0, reasons={"kernels": Absence.UNSUPPORTED, "utilization": Absence.DENIED})
    assert RecentActivity().told(lacking).reasons["activity"] is Absence.DENIED
    # A count of the time with work alone, as AMD's, tells no more than the load.
    alone = {"sm_busy": Absence.UNSUPPORTED}
    told = RecentActivity().told(sample(1.0, utilization=50.0, reasons=alone))
    assert told.activity is not None
    assert told.activity.startswith("works 50 %")
    busy = RecentActivity().told(
        sample(1.0, utilization=90.0, reasons={"kernels": Absence.UNSUPPORTED})
    )
    assert (busy.activity, busy.reasons["activity"]) == (None, Absence.UNSUPPORTED)


@pytest.mark.parametrize(
    ("load", "measure", "hidden", "sentence"),
    [
        (30.0, None, 0, "works 30 % of the time, waits for the rest (data, CPU, other ranks)"),
        (30.0, "time awake", 0, "awake 30 % of the time"),
        (100.0, "time awake", 7, "awake 100 % of the time"),
        (0.5, "time awake", 7, "idle"),
        (0.0, "visible processes", 0, "idle"),
        (0.0, "visible processes", 1, None),
        (30.0, "visible processes", 1, None),
    ],
)
def test_a_load_that_is_a_bound_tells_no_more_than_it_measures(
    load: float, measure: str | None, hidden: int, sentence: str | None
) -> None:
    sample = GpuSample(
        GpuIdentity("0000:03:00.0", "Intel", "Intel Arc"),
        0.0,
        utilization=load,
        hidden_processes=hidden,
        measures={} if measure is None else {"utilization": measure},
        reasons={"kernels": Absence.UNSUPPORTED},
    )
    told = RecentActivity().told(sample)
    assert told.activity == sentence
    assert (sentence is None) is ("activity" in told.reasons)
    assert len(in_few_words(told)[0]) <= 18 if sentence else in_few_words(told) == []


def test_a_gpu_that_is_lost_does_nothing_that_is_known() -> None:
    recent = RecentActivity()
    recent.told(sample(1.0, utilization=90.0, kernels=90.0, sm_busy=90.0))
    lost = recent.told(sample(2.0, state=Absence.LOST))
    assert lost.activity is None
    assert recent.averages() == Activity()


@given(
    st.builds(
        Activity,
        *(st.none() | st.floats(0, 100) for _ in Activity._fields[:-2]),
        *(st.none() | st.floats(0, 1e11) for _ in range(2)),
    )
)
def test_few_words_of_any_sentence_fit_beside_the_load_of_a_gpu(activity: Activity) -> None:
    sentence = sentence_of(activity)
    if sentence is not None:
        sample = GpuSample(GpuIdentity("0", "NVIDIA", "card"), 0.0, activity=sentence)
        (few,) = in_few_words(sample)
        assert 0 < len(few) <= 18
        assert not re.search(r"[,:( ]$|\(", few)


@pytest.mark.parametrize("traffic", [None, 0.0, 5e7])
def test_copies_within_the_memory_go_over_no_link(traffic: float | None) -> None:
    copies = Activity(98, 0.0, 0.0, 0.0, 0.0, 80.0, pcie_read=traffic, pcie_write=traffic)
    copies = copies._replace(pcie_write=None if traffic is None else 0.0)
    assert sentence_of(copies) == "only copies data, no kernels"


def test_a_gpu_that_decodes_does_not_idle() -> None:
    decodes = "codecs alone: busy 80 % of the time"
    for fields in (
        {"kernels": 0.0, "sm_busy": 0.0, "utilization": 0.0, "engines": {"decoder 3": 80.0}},
        {"utilization": 0.0, "reasons": {"kernels": Absence.UNSUPPORTED}, "decoder": 80.0},
        {"utilization": 0.0, "reasons": {"kernels": Absence.UNSUPPORTED}, "encoder": 80.0},
    ):
        told = RecentActivity().told(sample(0.0, **fields))
        assert told.activity == decodes
        assert in_few_words(told) == ["codecs alone"]
    copies = {"utilization": 0.0, "engines": {"copy": 80.0}, "decoder": 4.9}
    told = RecentActivity().told(sample(0.0, **copies, reasons={"kernels": Absence.UNSUPPORTED}))
    assert told.activity == "idle"
    assert sentence_of(Activity(awake=60.0, codecs=80.0)) == "awake 60 % of the time"


def test_a_gpu_whose_load_are_copies_does_not_idle() -> None:
    copies = Activity(40, 0.0, 0.0, 0.0, 0.0, 1.0)
    assert sentence_of(copies) == "no kernels, copies 40 % of the time"
    assert sentence_of(copies._replace(utilization=4)) == "idle: no kernels"


@pytest.mark.parametrize(
    ("below", "at"),
    [
        # Kernels of 10 % of the time or more are too small if they fill below 0.4 of the GPU.
        (
            (load(9, 9.9, 1, 0, 0, 0), "kernels 10 %"),
            (load(9, 10, 1, 0, 0, 0), "kernels too small"),
        ),
        (
            (load(99, 90, 35.9, 9, 0, 0), "kernels too small"),
            (load(99, 90, 36.0, 9, 0, 0), "tensor cores 9 %"),
        ),
        # Filled by 0.7, a GPU waits where kernels run for less than 60 % of the time.
        (
            (load(50, 50, 34.9, 9, 0, 0), "tensor cores"),
            (load(50, 50, 35.0, 9, 0, 0), "works 50 %"),
        ),
        ((load(60, 59.9, 59, 9, 0, 0), "works 60 %"), (load(60, 60, 59, 9, 0, 0), "tensor cores")),
        (
            (load(90, 90, 80, 4.9, 0, 0), "kernels 90 %"),
            (load(90, 90, 80, 5, 0, 0), "tensor cores"),
        ),
        ((load(90, 90, 80, 0, 29.9, 0), "kernels 90 %"), (load(90, 90, 80, 0, 30, 0), "fp32 ")),
        ((load(90, 90, 80, 0, 0, 69.9), "kernels 90 %"), (load(90, 90, 80, 0, 0, 70), "bound by")),
        (
            (load(90, 90, 80, 29.9, 0, 80), "bound by"),
            (load(90, 90, 80, 30, 0, 80), "tensor cores"),
        ),
        ((load(49, 4, 0, 0, 0, 0), "kernels 4 %"), (load(50, 4, 0, 0, 0, 0), "only copies data")),
        ((load(50, 4.9, 0, 0, 0, 0), "only copies"), (load(50, 5, 0, 0, 0, 0), "kernels 5 %")),
        (
            (load(4.9, 0.5, 0, 0, 0, 0), "idle"),
            (load(5, 0.5, 0, 0, 0, 0), "no kernels, copies 5 %"),
        ),
        (
            (load(9, 0.9, 0, 0, 0, 0), "no kernels, copies 9 %"),
            (load(9, 1, 0, 0, 0, 0), "kernels 1"),
        ),
        (
            (load(1, 0, 0, 0, 0, 0)._replace(pcie_read=99e6, pcie_write=0.0), "idle"),
            (load(1, 0, 0, 0, 0, 0)._replace(pcie_read=1e8, pcie_write=1e6), "no kernels: "),
        ),
        (
            (Activity(None, None, None, 39.9, None, None), None),
            (Activity(None, None, None, 40.0, None, None), "tensor cores 40 %"),
        ),
    ],
)
def test_another_sentence_begins_at_each_bound(
    below: tuple[Activity, str | None], at: tuple[Activity, str]
) -> None:
    for activity, beginning in (below, at):
        sentence = sentence_of(activity)
        assert sentence == beginning or (sentence or "").startswith(beginning or "none")


@pytest.mark.parametrize(
    ("activity", "beginning", "beyond"),
    [
        (load(50, 4.9, 4, 0, 0, 0), "only copies", {"utilization": 49.9}),
        (load(50, 4.9, 4, 0, 0, 0), "only copies", {"kernels": 5.0}),
        (load(4.9, 0.9, 0.5, 0, 0, 0), "idle", {"utilization": 5.0}),
        (load(4.9, 0.9, 0.5, 0, 0, 0), "idle", {"kernels": 1.0}),
        (load(0, 0.9, 0.5, 0, 0, 0), "idle", {"pcie_read": 1e8, "pcie_write": 0.0}),
        (Activity(0, 0.0, 0.0, pcie_read=1e8, pcie_write=0.0), "no kernels", {"pcie_read": 9.9e7}),
        (load(80, 50, 35, 0, 0, 0), "works", {"sm_busy": 34.9}),
        (load(80, 59.9, 50, 0, 0, 0), "works", {"kernels": 60.0}),
        (load(20, 10, 3.9, 0, 0, 0), "kernels too small", {"kernels": 9.9}),
        (load(20, 10, 3.9, 0, 0, 0), "kernels too small", {"sm_busy": 4.0}),
        (load(99, 90, 80, 4.9, 30, 0), "fp32 without", {"tensor_cores": 5.0}),
        (load(99, 90, 80, 4.9, 30, 0), "fp32 without", {"fp32": 29.9}),
        (load(99, 90, 80, 29.9, 0, 70), "bound by memory", {"tensor_cores": 30.0}),
        (load(99, 90, 80, 29.9, 0, 70), "bound by memory", {"memory_bandwidth": 69.9}),
        (Activity(90, tensor_cores=40.0), "tensor cores", {"tensor_cores": 39.9}),
    ],
)
def test_each_sentence_is_told_up_to_its_edge(
    activity: Activity, beginning: str, beyond: dict[str, float]
) -> None:
    assert (sentence_of(activity) or "").startswith(beginning)
    assert not (sentence_of(activity._replace(**beyond)) or "").startswith(beginning)


BUSY = load(100, 100, 90, 50, 0, 0)


@pytest.mark.parametrize(
    ("activity", "field", "bound"),
    [
        (Activity(tensor_cores=0), "tensor_cores", 40.0),
        (load(90, 0, 0, 50, 0, 0), "utilization", 50.0),
        (load(95, 0, 0, 50, 0, 0), "kernels", 5.0),
        (load(0, 0, 0, 50, 0, 0), "kernels", 1.0),
        (load(0, 0, 0, 50, 0, 0)._replace(pcie_write=0.0), "pcie_read", 1e8),
        (load(0, 0, 0, 50, 0, 0), "utilization", 5.0),
        (load(9, 50, 50, 50, 0, 0), "sm_busy", 35.0),
        (load(9, 60, 60, 50, 0, 0), "kernels", 60.0),
        (load(9, 10, 1, 50, 0, 0), "kernels", 10.0),
        (load(9, 80, 30, 50, 0, 0), "sm_busy", 32.0),
        (BUSY._replace(tensor_cores=0.0), "fp32", 30.0),
        (BUSY._replace(fp32=50.0), "tensor_cores", 5.0),
        (BUSY._replace(tensor_cores=10.0), "memory_bandwidth", 70.0),
        (BUSY._replace(memory_bandwidth=80.0), "tensor_cores", 30.0),
        (Activity(utilization=80.0), "memory_controller", 70.0),
        (Activity(), "utilization", 1.0),
        (Activity(), "utilization", 60.0),
    ],
)
def test_from_where_on_something_else_is_said(activity: Activity, field: str, bound: float) -> None:
    at, before = (activity._replace(**{field: value}) for value in (bound, bound * 0.999))
    said = [re.sub("[0-9.]+", "", sentence_of(one) or "") for one in (before, at)]
    assert said[0] != said[1]


def test_the_load_of_the_memory_bus_of_one_vendor_alone_tells_what_bounds_a_gpu() -> None:
    """NVIDIA's counts the time in which there was any traffic at all."""
    fields = {"utilization": 95.0, "memory_bus_load": 90.0}
    amd = GpuSample(GpuIdentity("k", "AMD", "n"), 1.0, **fields)  # type: ignore[arg-type]
    for one, words in ((amd, "bound by memory bandwidth"), (sample(1.0, **fields), "None")):
        never = {"kernels": Absence.UNSUPPORTED}
        told = RecentActivity().told(one._replace(reasons=never))
        assert str(told.activity).startswith(words)
