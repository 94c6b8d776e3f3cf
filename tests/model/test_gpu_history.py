"""The histories of GPUs: one for each, whichever source tells of it, in seconds since the epoch."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable

import pytest

from trackio_view.model import gpu_history
from trackio_view.model.gpu import (
    TIME_AWAKE,
    VISIBLE_PROCESSES,
    Absence,
    GpuId,
    GpuSample,
    GpusRemembered,
    GpusSampled,
    VendorReport,
)
from trackio_view.model.gpu_history import GpuHistory, Gpus, totals

NOW = 1_700_000_000.0
Sampled = Callable[..., GpusSampled]


def of_host(event: GpusSampled, host: str, *, zero: float | None = None) -> GpusSampled:
    """Return the same samples as a source of another host would send them."""
    samples = tuple(it._replace(identity=it.identity._replace(host=host)) for it in event.samples)
    report = tuple(VendorReport(line.vendor, line.found, f"{host}.") for line in event.report)
    return GpusSampled(samples, report, host, zero)


def ids(gpus: Gpus) -> list[str]:
    return [f"{host}/{key[5:7]}" for host, key in gpus.histories]


def test_two_machines_cards_at_one_address_are_two(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    for second in range(3):
        gpus.apply(of_host(gpus_sampled(1, float(second), utilization=90.0), "node7"))
        gpus.apply(gpus_sampled(1, float(second), utilization=10.0))
    assert list(gpus.histories) == [GpuId("", "0000:00:00.0"), GpuId("node7", "0000:00:00.0")]
    lines = [history.lines["utilization"].values.tolist() for history in gpus.histories.values()]
    assert lines == [[10.0] * 3, [90.0] * 3]
    assert gpus.hosts == ("", "node7")


def test_a_source_replaces_what_it_told_and_nothing_else(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    gpus.apply(of_host(gpus_sampled(2), "b"))
    gpus.apply(of_host(gpus_sampled(1), "a"))
    gpus.apply(gpus_sampled(2))
    assert ids(gpus) == ["/00", "/01", "a/00", "b/00", "b/01"]
    assert [line.text for line in gpus.report][1:] == ["a.", "b."]
    gpus.apply(of_host(gpus_sampled(1, 1.0), "b"))
    assert ids(gpus) == ["/00", "/01", "a/00", "b/00"]
    gpus.apply(gpus_sampled(0, 1.0))
    assert ids(gpus) == ["a/00", "b/00"]
    assert [len(history.times) for history in gpus.histories.values()] == [1, 2]


def test_numbers_do_not_tell_which_machine_answered_first(gpus_sampled: Sampled) -> None:
    events = [gpus_sampled(2), *(of_host(gpus_sampled(1), host) for host in ("n10", "n9", "n09"))]
    for order in itertools.permutations(events):
        gpus = Gpus()
        for event in order:
            gpus.apply(event)
        assert ids(gpus) == ["/00", "/01", "n09/00", "n9/00", "n10/00"]


def test_a_gpu_that_two_sources_tell_of_is_the_firsts(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    gpus.apply(gpus_sampled(1, 1.0, utilization=10.0))
    second = gpus_sampled(2, 2.0, utilization=90.0)._replace(source="exporter")
    gpus.apply(second)
    assert ids(gpus) == ["/00", "/01"]
    assert [sample.utilization for sample in gpus.samples] == [10.0, 90.0]
    gpus.apply(gpus_sampled(0, 3.0))
    assert ids(gpus) == ["/01"]
    gpus.apply(second)
    assert ids(gpus) == ["/00", "/01"], "now nobody else tells of it"


def only(gpus: Gpus) -> GpuHistory:
    (history,) = gpus.histories.values()
    return history


def test_times_are_those_of_the_epoch(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    for second in (50.0, 51.0, 51.0, 52.5):
        gpus.apply(gpus_sampled(1, second)._replace(clock_zero=NOW))
    assert only(gpus).times.tolist() == [NOW + 50, NOW + 51, NOW + 52.5], "one row a reading"


@pytest.mark.parametrize("zeros", [(NOW, NOW - 3600), (NOW, NOW + 3600), (NOW, NOW + 3600, NOW)])
def test_a_clock_that_is_set_takes_nothing_off_the_screen(
    gpus_sampled: Sampled, zeros: tuple[float, ...]
) -> None:
    gpus = Gpus()
    for part, zero in enumerate(zeros):
        for second in range(3 * part, 3 * part + 3):
            event = gpus_sampled(1, float(second), utilization=float(second))
            gpus.apply(event._replace(clock_zero=zero))
    times = only(gpus).times.tolist()
    assert times == sorted(times)
    assert times[-3:] == [zeros[-1] + 3 * len(zeros) - back for back in (3, 2, 1)]
    assert only(gpus).lines["utilization"].values.tolist() == [*map(float, range(len(times)))]


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf])
def test_a_reading_of_no_moment_has_no_row(gpus_sampled: Sampled, time: float) -> None:
    gpus = Gpus()
    (sample,) = gpus_sampled(1).samples
    for moment in (1.0, time, 2.0):
        gpus.apply(GpusSampled((sample._replace(time=moment),), ()))
    assert only(gpus).times.tolist() == [1.0, 2.0]


def test_readings_without_a_live_gpu_are_one_gap_in_every_line(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    gpus.apply(gpus_sampled(1, 1.0, state=Absence.ASLEEP))
    assert not only(gpus).times
    for second, state in ((2.0, None), (3.0, Absence.LOST), (4.0, Absence.LOST), (5.0, None)):
        gpus.apply(gpus_sampled(1, second, state=state, utilization=7.0))
    history = only(gpus)
    assert history.times.tolist() == [2.0, 2.0, 5.0]
    for series in history.lines.values():
        assert [math.isnan(value) for value in series.values] == [False, True, False]


def test_a_history_that_is_shortened_keeps_the_newest_rows(
    gpus_sampled: Sampled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_history, "_MOST_SAMPLES", 40)
    history: GpuHistory | None = None
    told: dict[str, list[tuple[float, float]]] = {}
    for second in range(217):
        (sample,) = gpus_sampled(1, NOW + second, utilization=float(second)).samples
        # One line has a value in every row, one in every third, one begins late, one ends early.
        sample = sample._replace(
            power=float(1000 + second) if second % 3 == 0 else None,
            encoder=float(second % 100) if second > 190 else None,
            decoder=float(second) if second < 60 else None,
        )
        history = history or GpuHistory(sample)
        history.record(sample, sample.time)
        for name in ("utilization", "power", "encoder", "decoder"):
            value = getattr(sample, name)
            if value is not None:
                told.setdefault(name, []).append((sample.time, value))
        kept = history.times.tolist()
        assert 40 <= len(kept) <= 50 or second < 40
        assert len(kept) + history.dropped == second + 1
        assert kept == [NOW + at for at in range(second + 1 - len(kept), second + 1)]
        for name, rows in told.items():
            shown = [row for row in rows if row[0] >= kept[0]]
            # A line without a value is deleted, because charts ask each line for its newest value.
            assert (name in history.lines) == bool(shown)
            if shown:
                series = history.lines[name]
                found = zip((kept[row] for row in series.rows), series.values, strict=True)
                assert list(found) == shown, (name, second)
    assert history is not None
    assert history.dropped > 150
    assert history.window(10.0).first == len(history.times) - 11


def loads_of(gpus: Gpus, now: float, seconds: float = 60.0) -> dict[str, list[float]]:
    return {name: list(loads) for name, loads in gpus.recent_loads(now, seconds).items()}


def sample_for(gpus: Gpus, event_at: Callable[[float], GpusSampled], seconds: int) -> None:
    for second in range(seconds):
        gpus.apply(event_at(float(second))._replace(clock_zero=NOW))


def test_recent_loads_are_of_gpus_that_were_sampled_for_long_enough(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    sample_for(gpus, lambda second: gpus_sampled(2, second, utilization=second), 60)
    assert loads_of(gpus, NOW + 60) == {"GPU 0": [], "GPU 1": []}
    sample_for(gpus, lambda second: gpus_sampled(2, second, utilization=second), 100)
    expected = [float(second) for second in range(39, 100)]
    assert loads_of(gpus, NOW + 100) == {"GPU 0": expected, "GPU 1": expected}
    assert loads_of(gpus, NOW + 150) != {}, "the newest minute of what is known"
    assert loads_of(gpus, NOW + 160) == {}, "nobody looked of late"


def test_recent_loads_are_of_no_other_machine(gpus_sampled: Sampled) -> None:
    gpus = Gpus()

    def idle(second: float) -> GpusSampled:
        return gpus_sampled(1, second, utilization=0.0)

    sample_for(gpus, lambda second: of_host(idle(second), "node7"), 70)
    assert loads_of(gpus, NOW + 70) == {}
    sample_for(gpus, idle, 70)
    assert loads_of(gpus, NOW + 70) == {"GPU 0": [0.0] * 61}


def test_recent_loads_of_a_machine_are_of_its_own_gpus(gpus_sampled: Sampled) -> None:
    gpus = Gpus()

    def both(second: float) -> GpusSampled:
        return gpus_sampled(1, second, utilization=50.0)

    for host in ("alpha", "beta"):
        sample_for(gpus, functools.partial(lambda host, at: of_host(both(at), host), host), 70)
    told = [list(gpus.recent_loads(NOW + 70, 60.0, host)) for host in ("alpha", "beta", "", "c")]
    assert told == [["GPU 0"], ["GPU 1"], [], []]


def test_a_gpu_that_nothing_lies_in_has_no_recent_loads(gpus_sampled: Sampled) -> None:
    gpus = Gpus()

    def one_is_free(second: float) -> GpusSampled:
        event = gpus_sampled(2, second, utilization=1.0)
        free, used = event.samples
        return event._replace(samples=(free._replace(memory_used=2**30), used))

    sample_for(gpus, one_is_free, 70)
    assert set(loads_of(gpus, NOW + 70)) == {"GPU 1"}


def test_a_load_that_is_a_part_of_the_work_is_none(gpus_sampled: Sampled) -> None:
    gpus = Gpus()

    def one_is_not_looked_into(second: float) -> GpusSampled:
        event = gpus_sampled(2, second, utilization=1.0)
        free, used = event.samples
        free = free._replace(memory_used=2**30)
        used = used._replace(measures={"utilization": VISIBLE_PROCESSES}, hidden_processes=hidden)
        return event._replace(samples=(free, used))

    hidden = 3
    sample_for(gpus, one_is_not_looked_into, 70)
    assert loads_of(gpus, NOW + 70) == {"GPU 1": []}, "and the free one idles for nobody"
    hidden = 0
    sample_for(gpus, one_is_not_looked_into, 70)
    assert loads_of(gpus, NOW + 70) == {"GPU 1": [1.0] * 61}, "all processes were looked into"


def test_a_gpu_that_tells_no_load_has_none(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    sample_for(gpus, lambda second: gpus_sampled(1, second, utilization=None), 70)
    assert loads_of(gpus, NOW + 70) == {"GPU 0": []}


def test_gaps_are_no_loads(gpus_sampled: Sampled) -> None:
    gpus = Gpus()

    def asleep_at_first(second: float) -> GpusSampled:
        state = Absence.ASLEEP if 10 <= second < 60 else None
        return gpus_sampled(1, second, utilization=3.0, state=state)

    sample_for(gpus, asleep_at_first, 65)
    assert set(loads_of(gpus, NOW + 65)["GPU 0"]) == {3.0}


def reading(gpus_sampled: Sampled, **fields: object) -> GpuSample:
    return gpus_sampled(1, **fields).samples[0]


def test_totals_join_each_field_as_the_table_says(gpus_sampled: Sampled) -> None:
    first, second = (
        reading(gpus_sampled, utilization=load, power=watts, temperatures={"gpu": degrees})
        for load, watts, degrees in ((10.0, 100.0, 50.0), (40.0, 300.0, 70.0))
    )
    sums = totals([first, second])
    assert (sums.gpu_count, sums.utilization, sums.power, sums.hottest) == (2, 25.0, 400.0, 70.0)
    assert (sums.memory_used, sums.memory_total) == (120 * 2**30, 160 * 2**30)
    assert sums.power_limit == 1400.0


def test_totals_are_over_gpus_that_tell(gpus_sampled: Sampled) -> None:
    asleep = reading(gpus_sampled, state=Absence.ASLEEP, utilization=0.0)
    silent = reading(
        gpus_sampled, utilization=None, memory_total=None, power_limit=None, temperatures={}
    )
    part = reading(gpus_sampled, utilization=0.0)
    part = part._replace(identity=part.identity._replace(parent="0000:00:00.0"))
    whole = reading(gpus_sampled, utilization=80.0)
    sums = totals([whole, asleep, silent, part])
    assert (sums.gpu_count, sums.utilization, sums.hottest) == (4, 80.0, 64.0)
    assert (sums.memory_used, sums.memory_total) == (60 * 2**30, 80 * 2**30)
    assert sums.power_limit is None, "the limit of one of them is unknown"
    assert totals([asleep])[1:] == (None,) * 6
    assert totals([])[0] == 0


def test_graphics_of_a_processor_beside_cards_are_in_no_sum(gpus_sampled: Sampled) -> None:
    card = reading(gpus_sampled, utilization=80.0)
    beside = reading(gpus_sampled, utilization=10.0, measures={"utilization": TIME_AWAKE})
    beside = beside._replace(identity=beside.identity._replace(unified_memory=True))
    sums = totals([card, beside])
    assert (sums.gpu_count, sums.utilization) == (2, 80.0)
    assert (sums.memory_used, sums.memory_total) == (60 * 2**30, 80 * 2**30)
    held = reading(gpus_sampled, measures={"memory_used": VISIBLE_PROCESSES})
    assert totals([card, held]).memory_total == 80 * 2**30
    alone = totals([beside])
    assert (alone.utilization, alone.memory_total) == (10.0, 80 * 2**30)
    seen = {"utilization": VISIBLE_PROCESSES}
    part = reading(gpus_sampled, utilization=10.0, measures=seen, hidden_processes=1)
    whole = reading(gpus_sampled, utilization=10.0, measures=seen)
    assert (totals([card, part]).utilization, totals([card, whole]).utilization) == (80.0, 45.0)


def test_sums_beyond_a_float_are_sums(gpus_sampled: Sampled) -> None:
    most = 2**1023
    samples = [reading(gpus_sampled, memory_used=most, memory_total=most) for _ in range(4)]
    assert totals(samples).memory_used == 4 * most


def test_readings_from_before_equal_readings_that_came_one_by_one(gpus_sampled) -> None:
    moments = tuple(
        gpus_sampled(2, float(second))._replace(source="host", clock_zero=1e9)
        for second in range(40)
    )
    one_by_one, at_once = Gpus(), Gpus()
    for moment in moments:
        one_by_one.apply(moment)
    at_once.apply(gpus_sampled(3, 99.0)._replace(source="host", clock_zero=1e9))
    at_once.remember(GpusRemembered("host", moments))
    assert list(at_once.histories) == list(one_by_one.histories)
    for id, history in one_by_one.histories.items():
        other = at_once.histories[id]
        assert other.times == history.times
        assert other.latest == history.latest
        assert other.lines.keys() == history.lines.keys()
        for name, series in history.lines.items():
            assert list(other.lines[name].values) == list(series.values)
            assert list(other.lines[name].rows) == list(series.rows)
    at_once.remember(GpusRemembered("host", ()))
    assert not at_once.histories


def test_a_source_that_remembers_nothing_has_no_report_yet(gpus_sampled: Sampled) -> None:
    gpus = Gpus()
    gpus.remember(GpusRemembered("host", ()))
    assert not gpus.report
    gpus.apply(of_host(gpus_sampled(1), "host"))
    texts = [line.text for line in gpus.report]
    assert texts == ["host."]


def test_a_span_is_as_long_as_its_label_says() -> None:
    assert {span.label: span.seconds / 60 for span in gpu_history.HISTORY_SPANS} == {
        "Last 4 hours": 240,
        "Last hour": 60,
        "Last 15 minutes": 15,
        "Last 5 minutes": 5,
        "Last minute": 1,
    }
