"""The strip of GPUs below the charts."""

from __future__ import annotations

import pytest

from trackio_view.model import training_gpus
from trackio_view.model.gpu import TIME_AWAKE, VISIBLE_PROCESSES
from trackio_view.screens.panels.gpu_strip import load_text
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond
from trackio_view.view.seen_screens import wanted


def test_the_strip_stands_below_the_charts(dashboard, gpus_sampled) -> None:
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("G"))
    assert wanted(dashboard).gpus
    dashboard.apply(gpus_sampled(2))
    lines = Composer().compose(dashboard, 0.0).lines()
    assert "GPU 0" in lines[-3]
    assert "GPU 1" in lines[-3]
    assert "train/loss" in lines[1]


@pytest.mark.parametrize(
    ("load", "measures", "hidden", "text"),
    [
        (None, {}, 0, "   –"),
        (7.0, {}, 0, "  7%"),
        (100.0, {"utilization": TIME_AWAKE}, 0, "≤100%"),
        (7.0, {"utilization": VISIBLE_PROCESSES}, 3, " ≥7%"),
        (7.0, {"utilization": VISIBLE_PROCESSES, "processes": VISIBLE_PROCESSES}, 0, " ≥7%"),
        (7.0, {"utilization": VISIBLE_PROCESSES}, 0, "  7%"),
    ],
)
def test_a_load_that_is_a_bound_alone_has_a_mark(
    gpus_sampled, load: float | None, measures: dict[str, str], hidden: int, text: str
) -> None:
    fields = {"utilization": load, "measures": measures, "hidden_processes": hidden}
    (sample,) = gpus_sampled(1, **fields).samples
    assert load_text(sample) == text


def test_the_strip_tells_what_a_gpu_does_and_marks_one_that_is_not_well(
    dashboard, gpus_sampled
) -> None:
    respond(dashboard, Resized(200, 40))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(1, activity="tensor cores 93 %", ecc_uncorrected=0))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    assert "GPU 0 " in strip
    assert "tensor cores 93 %" in strip
    dashboard.apply(gpus_sampled(1, activity="tensor cores 93 %", ecc_uncorrected=4))
    assert "GPU 0!" in Composer().compose(dashboard, 0.0).lines()[-3]
    dashboard.known.thresholds = {**dashboard.known.thresholds, "gpu_memory_errors": 5}
    assert "GPU 0 " in Composer().compose(dashboard, 0.0).lines()[-3]


def test_the_strip_says_which_gpus_train_the_run_on_screen(
    dashboard, gpus_sampled, monkeypatch
) -> None:
    dashboard.apply(gpus_sampled(2))
    dashboard.view.gpus.strip = True
    (_, second) = dashboard.known.gpus.samples
    monkeypatch.setattr(training_gpus, "training_gpus", lambda *_: [(1, second)])
    dashboard.width, dashboard.height = 160, 40
    first, _, rest = Composer().compose(dashboard, 0.0).lines()[-3].partition("GPU 1")
    assert "trains this run" not in first
    assert "trains this run" in rest


@pytest.mark.parametrize(("count", "shown"), [(4, 4), (5, 5), (8, 8), (13, 13), (16, 12)])
def test_the_strip_says_how_many_have_no_room(dashboard, gpus_sampled, count, shown) -> None:
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(count))
    strip = Composer().compose(dashboard, 0.0).lines()[-4]
    assert strip.count("%") == shown
    assert (f"+{count - shown} more" in strip) == (shown < count)


SENTENCES = {
    "tensor cores 100 %": "tensor cores 100 %",
    "works 59 % of the time, waits for the rest (data, CPU, other ranks)": "works 59 %, waits",
    "only copies data: 55.1 GB/s over PCIe, no kernels": "only copies data",
    "kernels too small: 12 % of the SMs busy": "kernels too small",
    "fp32 without tensor cores (tf32 or mixed precision is off)": "tensor cores idle",
    "bound by memory bandwidth (88 % of it in use)": "bandwidth-bound",
    "kernels 100 % of the time, without tensor cores": "kernels 100 %",
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_work_of_a_gpu_has_room_before_its_memory(
    dashboard, gpus_sampled, sentence: str
) -> None:
    respond(dashboard, Resized(80, 24))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(2, activity=sentence))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    without_brackets = sentence.partition(" (")[0]
    assert 2 in (strip.count(without_brackets), strip.count(SENTENCES[sentence]))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_two_gpus_have_room_at_80_columns_for_whose_run_they_train_and_what_they_do(
    dashboard, gpus_sampled, monkeypatch, sentence: str
) -> None:
    respond(dashboard, Resized(80, 24))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(2, activity=sentence, utilization=100.0))
    monkeypatch.setattr(training_gpus, "training_gpus", lambda *_: enumerate([None, None]))
    first, _, second = Composer().compose(dashboard, 0.0).lines()[-3].partition("GPU 1")
    for of_one in (first, second):
        assert "100%" in of_one
        assert "trains" in of_one
        assert SENTENCES[sentence] in of_one


@pytest.mark.parametrize(
    ("size", "count", "words"),
    [
        ((80, 24), 4, "GPU 1-3 train this run: tensor cores 91-93 %  GPU 0: idle"),
        ((80, 24), 8, "GPU 1-3, 5-7 train this run: tensor cores 91-93 %  GPU 0, 4: idle"),
        ((120, 40), 8, "GPU 1-3, 5-7 train this run: tensor cores 91-93 %  GPU 0, 4: idle"),
        ((40, 12), 2, "1 trains: tensor cores 91 %  0: idle"),
    ],
)
def test_a_second_row_says_of_which_of_many_gpus_what_is_true(
    dashboard, gpus_sampled, monkeypatch, size: tuple[int, int], count: int, words: str
) -> None:
    respond(dashboard, Resized(*size))
    respond(dashboard, KeyPressed("G"))
    reading = gpus_sampled(count)
    samples = tuple(
        sample._replace(activity=f"tensor cores {90 + number % 4} %" if number % 4 else "idle")
        for number, sample in enumerate(reading.samples)
    )
    dashboard.apply(reading._replace(samples=samples))
    training = [(number, None) for number in range(count) if number % 4]
    monkeypatch.setattr(training_gpus, "training_gpus", lambda *_: training)
    rows = Composer().compose(dashboard, 0.0).lines()
    under = -3 if size[1] >= 16 else -2
    assert rows[under].strip() == words
    loads = rows[under - 1]
    assert loads.count("%") == count


def test_the_work_of_many_gpus_is_told_from_the_least_number_to_the_greatest(
    dashboard, gpus_sampled
) -> None:
    respond(dashboard, Resized(80, 24))
    respond(dashboard, KeyPressed("G"))
    reading = gpus_sampled(4)
    samples = tuple(
        sample._replace(activity=f"tensor cores {load} %")
        for sample, load in zip(reading.samples, ("10", "100", "9", "9.5"), strict=True)
    )
    dashboard.apply(reading._replace(samples=samples))
    rows = Composer().compose(dashboard, 0.0).lines()
    assert rows[-3].strip() == "GPU 0-3: tensor cores 9-100 %"


def test_numbers_of_instances_are_not_taken_together(dashboard, gpus_sampled) -> None:
    respond(dashboard, Resized(80, 24))
    respond(dashboard, KeyPressed("G"))
    reading = gpus_sampled(3)
    samples = tuple(
        sample._replace(partition_activity=(f"MIG {number}: idle",))
        for number, sample in enumerate(reading.samples)
    )
    dashboard.apply(reading._replace(samples=samples))
    row = Composer().compose(dashboard, 0.0).lines()[-3]
    assert row.strip() == "GPU 0: MIG 0: idle  GPU 1: MIG 1: idle  GPU 2: MIG 2: idle"


def test_where_no_gpu_tells_what_it_does_the_second_row_has_sums(dashboard, gpus_sampled) -> None:
    """The row is there in any case, so the charts stay in place when a GPU begins to tell."""
    respond(dashboard, Resized(80, 24))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(4, utilization=98.0, power=400.0))
    rows = Composer().compose(dashboard, 0.0).lines()
    assert rows[-3].strip() == "98% mean load  246/320 GB  1,600 W  67°C at most"
    dashboard.apply(gpus_sampled(4, activity="idle"))
    assert Composer().compose(dashboard, 0.0).lines()[:-4] == rows[:-4]


LONG = "works 6 % of the time, waits for the rest (data, CPU, other ranks)"


@pytest.mark.parametrize(
    ("width", "told", "left_out"),
    [
        (160, [LONG, "60/80 GB", "64°C", "421 W"], []),
        (100, [LONG, "60/80 GB"], ["64°C", "421 W"]),
        (80, ["waits for the rest", "60/80 GB"], ["data", "421 W"]),
        (50, ["60/80 GB", "64°C", "works 6 %, waits"], ["of the time", "421 W"]),
    ],
)
def test_for_what_a_gpu_does_the_last_facts_give_way(
    dashboard, gpus_sampled, width: int, told: list[str], left_out: list[str]
) -> None:
    respond(dashboard, Resized(width, 40))
    respond(dashboard, KeyPressed("G"))
    dashboard.apply(gpus_sampled(1, activity=LONG, power=421.0))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    assert [part for part in told if part not in strip] == []
    assert [part for part in left_out if part in strip] == []


def test_the_strip_tells_what_each_instance_does(dashboard, gpus_sampled) -> None:
    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("G"))
    instances = ("MIG 0: tensor cores 80 %", "MIG 2: idle: no kernels")
    dashboard.apply(gpus_sampled(1, partition_activity=instances))
    strip = Composer().compose(dashboard, 0.0).lines()[-3]
    assert "MIG 0: tensor cores 80 %, MIG 2: idle: no kernels" in strip
