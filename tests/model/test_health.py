"""The rules about a run's health: what each says, and when it is silent."""

from __future__ import annotations

import math
import random
from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.health import (
    DEFAULT_THRESHOLDS,
    RULES,
    RunHealth,
    SeriesHealth,
    gpus_in_use,
    idle_gpus,
)
from trackio_view.model.run import Run, RunRows
from trackio_view.series.series import MetricColumn

START = 1_700_000_000.0


def rows_of(values: list[float], first: int) -> RunRows:
    rows = array("I", range(len(values)))
    steps = array("d", range(first, first + len(values)))
    times = array("d", (START + step for step in steps))
    columns = {"loss": MetricColumn(rows, array("d", values))}
    return RunRows("r", "r", first + len(values), steps, times, columns, steps[-1] if values else 0)


def found(run: Run, now: float | None = None, **thresholds: float) -> dict[str, str]:
    health = RunHealth()
    wanted = {**DEFAULT_THRESHOLDS, **thresholds}
    health.look(run, wanted)
    now = START + run.row_count if now is None else now
    return {one.rule.name: one.sentence for one in health.findings(run, now, wanted)}


def ripples(count: int, level: float = 1.0) -> list[float]:
    return [level + 0.01 * math.sin(number) for number in range(count)]


def test_a_training_that_goes_well_breaks_no_rule(run) -> None:
    values = [3 * math.exp(-step / 500) + 0.05 * math.sin(step) for step in range(1500)]
    assert found(run({"loss": values})) == {}


@pytest.mark.parametrize(
    ("value", "told"),
    [(math.nan, "NaN"), (math.inf, "infinite"), (-math.inf, "negatively infinite")],
)
def test_a_value_that_is_not_finite(run, value: float, told: str) -> None:
    steps = [10, 1_250_000, 1_250_001]
    sentences = found(run({"accuracy": [1.0, value, 2.0]}, steps=steps))
    assert sentences == {"not_finite": f"accuracy became {told} at step 1,250,000"}


def test_all_that_is_wrong_is_told_of_each_metric(run) -> None:
    """A loss leaps and then ends in NaN, another metric has a NaN alone."""
    leaps = [*ripples(100), 1e6, math.nan]
    made = run({"loss": leaps, "other/loss": leaps, "x": [1.0] * 101 + [math.nan]})
    health = RunHealth()
    health.look(made)
    told = [(one.rule.name, one.metric) for one in health.findings(made, START + 102)]
    assert told == [
        *(("not_finite", name) for name in ("loss", "other/loss", "x")),
        *(("loss_spike", name) for name in ("loss", "other/loss")),
    ]


def test_rows_that_came_since_findings_were_asked_for_are_judged() -> None:
    run, health = Run("r", "r"), RunHealth()
    told = []
    for step, value in enumerate([1.0, math.nan, 2.0]):
        run.append(rows_of([value], step))
        health.look(run)
        told.append([one.rule.name for one in health.findings(run, START + step)])
    assert told == [[], ["not_finite"], ["not_finite"]]


def test_huge_values_whose_sum_overflows_are_finite(run) -> None:
    assert "not_finite" not in found(run({"x": [1.7e308, 1.7e308, -1.7e308]}))


def test_a_loss_is_followed_beyond_huge_values(run) -> None:
    values = [1.7e308, -1.7e308] * 20 + ripples(3000)
    health = SeriesHealth()
    health.look(array("d", values), 8.0, loss=True)
    assert math.isfinite(health.mean)
    assert math.isfinite(health.deviation)
    assert math.isfinite(health.level)


def test_a_spike_is_told_and_forgiven(run) -> None:
    spiked = [*ripples(100), 9.0]
    assert found(run({"loss": spiked})) == {"loss_spike": "loss leapt to 9 at step 100"}
    assert found(run({"loss": [*spiked, *ripples(300)]})) == {}
    assert found(run({"loss": spiked}), loss_spike=0) == {}


@pytest.mark.parametrize("height", [2.0, 9.0, 1e3, 1e300])
def test_the_mean_does_not_follow_a_spike(height: float) -> None:
    health = SeriesHealth()
    health.look(array("d", [*ripples(100), height]), 8.0, loss=True)
    assert health.spike == 100
    # The values after a spike are compared with the values before it, however high the spike is.
    assert health.mean == pytest.approx(1.0, abs=0.02)


def test_a_loss_that_stays_where_it_leapt_to_is_followed_there() -> None:
    health = SeriesHealth()
    health.look(array("d", [*ripples(100), *ripples(300, 3.0)]), 8.0, loss=True)
    assert health.spike == 100
    assert health.mean == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize(
    "noise",
    [
        lambda dice: dice.expovariate(1.0),
        lambda dice: dice.lognormvariate(0.0, 0.5),
        lambda dice: abs(dice.gauss(0.0, 1.0)) ** 3,
        lambda dice: dice.gauss(2.0, 0.2),
    ],
)
def test_a_loss_that_is_noisy_by_nature_has_no_spike(run, noise) -> None:
    dice = random.Random(7)
    values = [(1 + math.exp(-step / 500)) * noise(dice) for step in range(8_000)]
    health = RunHealth()
    health.look(run({"loss": values}))
    assert health.series["loss"].spike < 0


def test_a_loss_that_leaps_at_each_epoch_does_so_as_usual(run) -> None:
    dice = random.Random(7)
    values = [2 - 0.3 * (step % 500) / 500 + dice.gauss(0, 0.01) for step in range(5_000)]
    health = RunHealth()
    health.look(run({"loss": values}))
    assert health.series["loss"].spike == 500


def test_a_later_spike_as_high_is_told_again(run) -> None:
    values = [*ripples(100), 9.0, *ripples(4_000), 9.0]
    told = found(run({"loss": values}), plateau=0)
    assert told == {"loss_spike": "loss leapt to 9 at step 4,101"}


def test_only_a_loss_can_spike(run) -> None:
    assert found(run({"reward": [*ripples(100), 9.0]})) == {}


def test_a_plateau_is_told_while_the_run_is_live(run) -> None:
    stuck = run({"loss": [2.0, 1.0, *ripples(2500, 1.5)]})
    assert found(stuck)["plateau"] == "loss has not improved since step 1"
    assert "plateau" not in found(stuck, now=START + 1e6)
    assert "plateau" not in found(stuck, plateau=3000)
    assert "plateau" not in found(stuck, plateau=0)


def test_a_lucky_beginning_is_no_best_of_a_loss(run) -> None:
    improving = [2.0 - 0.0005 * step for step in range(2_400)]
    assert found(run({"loss": [0.5, *improving]})) == {}


def test_a_metric_that_improves_by_less_than_its_noise_is_no_plateau(run) -> None:
    dice = random.Random(3)
    values = [2.5 - 0.2 * step / 20_000 + dice.gauss(0, 0.1) for step in range(20_000)]
    stages = [run({"loss": values[:count]}) for count in range(3_000, 20_001, 1_000)]
    assert [told for told in map(found, stages) if told] == []
    still = run({"loss": [*values, *(dice.gauss(2.3, 0.1) for _ in range(10_000))]})
    assert list(found(still)) == ["plateau"]


def test_values_that_were_not_finite_are_forgiven_once_they_are_finite_again(run) -> None:
    assert "not_finite" in found(run({"norm": [math.inf, *ripples(199)]}))
    assert found(run({"norm": [math.inf, *ripples(200)]})) == {}
    assert "step 0" in found(run({"norm": [math.inf, *ripples(200), math.nan]}))["not_finite"]


def test_a_run_that_pauses_to_be_evaluated_is_not_silent(run) -> None:
    times = [START + row + 60 * (row // 50) for row in range(200)]
    made = run({"loss": ripples(200)}, times=times)
    assert found(made, now=times[-1] + 120) == {}
    assert list(found(made, now=times[-1] + 130)) == ["went_silent"]
    # The run was started again the next day. The night does not count as a pause of the training.
    times = [START + row + 80_000 * (row // 150) for row in range(200)]
    made = run({"loss": ripples(200)}, times=times)
    assert list(found(made, now=times[-1] + 40)) == ["went_silent"]


def test_a_pause_between_two_looks_is_known(run, batch) -> None:
    times = [START + row + 60 * (row >= 50) for row in range(100)]
    made, health = run({"loss": ripples(50)}, times=times[:50]), RunHealth()
    health.look(made)
    made.append(batch({"loss": ripples(50)}, times=array("d", times[50:]), first_id=51))
    health.look(made)
    assert health.findings(made, now=times[-1] + 120) == []


@pytest.mark.parametrize(
    ("times", "longest"),
    [
        ([0.0, 5.0, 200_000.0, 200_009.0], 9.0),
        ([math.nan, 5.0, 12.0], 7.0),
        ([0.0, 5.0, math.nan, 12.0], 5.0),
        ([0.0], 0.0),
    ],
)
def test_the_longest_pause_is_no_forgotten_one(run, times: list[float], longest: float) -> None:
    health = RunHealth()
    health.look(run({"loss": [1.0] * len(times)}, times=times))
    assert health.longest_pause == longest


def test_a_run_that_has_all_its_steps_is_not_silent(run) -> None:
    made = run({"loss": ripples(100)})
    made.config = {"max_steps": 101}
    assert list(found(made, now=START + 99 + 60)) == ["went_silent"]
    made.config = {"max_steps": 100}
    assert found(made, now=START + 99 + 60) == {}


def test_a_gpu_that_is_left_free_does_not_idle() -> None:
    loads = {"GPU 0": [90.0], "GPU 1": [0.0], "GPU 2": [1.0]}
    assert list(gpus_in_use(loads, {"GPU 0": 60.0, "GPU 1": 1.0, "GPU 2": 70.0})) == [
        "GPU 0",
        "GPU 2",
    ]
    assert gpus_in_use(loads, dict.fromkeys(loads, 2.0)) == loads
    assert gpus_in_use(loads, {"GPU 0": math.nan, "GPU 9": 0.0}) == loads


def test_silence_is_measured_by_the_runs_own_pace(run) -> None:
    quick = run({"loss": ripples(100)})
    last = START + 99
    assert "went_silent" not in found(quick, now=last + 29)
    assert "no row for 1 min" in found(quick, now=last + 61)["went_silent"]
    assert "went_silent" not in found(quick, now=last + 7200)
    slow = run({"loss": ripples(10)}, times=[START + 100 * row for row in range(10)])
    assert "went_silent" not in found(slow, now=START + 900 + 1000)
    assert "went_silent" in found(slow, now=START + 900 + 2500)


def test_the_usual_gap_is_told_without_an_exponent(run) -> None:
    for gap, told in ((0.25, "0.25 s"), (999.4, "999 s"), (1_234.0, "1,234 s")):
        made = run({"loss": ripples(10)}, times=[START + gap * row for row in range(10)])
        sentence = found(made, now=START + 9 * gap + max(60.0, 30 * gap))["went_silent"]
        assert sentence.endswith(f"usually one each {told}")


def test_a_run_whose_server_is_away_is_not_called_silent(run) -> None:
    made = run({"loss": ripples(100)})
    made.heard_until = START + 99 + 5
    assert "went_silent" not in found(made, now=START + 99 + 61)
    made.heard_until = math.inf
    assert "went_silent" in found(made, now=START + 99 + 61)


def test_idle_gpus_are_told_while_the_run_is_live(run) -> None:
    health = RunHealth()
    live = run({"loss": ripples(100)})
    health.look(live)
    told = health.findings(live, START + 100, DEFAULT_THRESHOLDS, ["GPU 1"])
    assert [one.sentence for one in told] == [
        "GPU 1 is at most 5% busy for a minute while the run is live"
    ]
    assert not health.findings(live, START + 1e6, DEFAULT_THRESHOLDS, ["GPU 1"])
    both = health.findings(live, START + 100, DEFAULT_THRESHOLDS, ["GPU 0", "GPU 1"])
    assert [one.sentence[:5] for one in both] == ["GPU 0", "GPU 1"]
    assert idle_gpus({"a": [0.0, 4.9], "b": [0.0, 5.0], "c": []}, 5) == ["a"]
    assert idle_gpus({"a": [0.0]}, 0) == []


@given(
    st.lists(st.floats(width=32) | st.sampled_from([1.0, 1.1, 0.9]), max_size=120),
    st.lists(st.integers(0, 120), max_size=4),
)
def test_looking_in_pieces_finds_what_looking_once_does(values, cuts) -> None:
    whole, pieces = Run("r", "r"), Run("r", "r")
    once, often = RunHealth(), RunHealth()
    whole.append(rows_of(values, 0))
    once.look(whole)
    bounds = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    for begin, end in pairwise(bounds):
        if begin < end:
            pieces.append(rows_of(values[begin:end], begin))
            often.look(pieces)
    now = START + len(values)
    assert once.findings(whole, now) == often.findings(pieces, now)


def test_a_look_costs_the_new_rows_only(run, batch) -> None:
    health = RunHealth()
    long = run({"loss": ripples(1000)})
    health.look(long)
    looked = health.series["loss"].seen
    long.append(batch({"loss": [1.0]}, first_id=1001))
    health.look(long)
    assert (looked, health.series["loss"].seen) == (1000, 1001)


def test_a_reload_starts_again(run) -> None:
    health = RunHealth()
    health.look(run({"loss": [math.nan, 1.0]}))
    fresh = run({"loss": [1.0, 1.0]})
    health.look(fresh)
    assert health.findings(fresh, START) == []


def test_a_pause_of_before_a_reload_excuses_no_silence(run) -> None:
    health = RunHealth()
    paused = [START + row + 600 * (row >= 50) for row in range(100)]
    health.look(run({"loss": ripples(100)}, times=paused))
    even = run({"loss": ripples(100)})
    health.look(even)
    (told,) = health.findings(even, now=START + 99 + 61)
    assert told.rule.name == "went_silent"


def test_every_rule_has_a_name_of_its_own_and_a_default() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == len(DEFAULT_THRESHOLDS)
    assert all(rule.threshold >= rule.least for rule in RULES)


@pytest.mark.parametrize(("count", "spikes"), [(29, False), (30, True)])
def test_nothing_is_a_spike_among_the_first_thirty_losses(run, count: int, spikes: bool) -> None:
    assert ("loss_spike" in found(run({"loss": [*ripples(count), 9.0]}))) is spikes
