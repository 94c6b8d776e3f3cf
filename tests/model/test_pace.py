import math

import pytest

from trackio_view.model.pace import RunState, is_settled, state_of, steps_per_second, typical_gap
from trackio_view.model.run import Run

START = 1_700_000_000.0


def test_pace_over_flushed_batches(run) -> None:
    """TrackIO gives 5 rows, logged at 10 Hz, one time. The pace is still 10 rows a second."""
    times = [START + row // 5 * 0.5 for row in range(200)]
    assert steps_per_second(run({"loss": [1.0] * 200}, times=times)) == pytest.approx(10, rel=0.05)


def test_pace_needs_more_than_one_flush(run) -> None:
    assert steps_per_second(run({"loss": [1.0] * 30}, times=[START] * 30)) is None
    assert steps_per_second(run({"loss": [1.0]})) is None


def test_pace_counts_steps_not_rows(run) -> None:
    made = run(
        {"loss": [1.0] * 50},
        steps=[row * 100 for row in range(50)],
        times=[START + row for row in range(50)],
    )
    assert steps_per_second(made) == pytest.approx(100)


def test_pace_begins_anew_where_steps_jump_back(run) -> None:
    steps = [*range(1000, 1050), *range(50)]
    times = [START + row * 0.5 for row in range(100)]
    assert steps_per_second(run({"loss": [1.0] * 100}, steps=steps, times=times)) == pytest.approx(
        2
    )


DAY = 86_400.0


def resumed(run, before: int, after: int, gap: float, *, pauses: int = 1) -> Run:
    """Return a run of a row a second, that paused after so many rows for a day each time."""
    times: list[float] = []
    time = START
    for _ in range(pauses):
        times += [time + row for row in range(before)]
        time = times[-1] + DAY
    times += [time + gap * row for row in range(after)]
    made: Run = run({"loss": [1.0] * len(times)}, times=times)
    return made


@pytest.mark.parametrize(("after", "gap"), [(1, 1.0), (2, 1.0), (3, 1.0), (25, 1.0), (100, 0.25)])
def test_a_pause_before_the_newest_rows_is_no_gap_between_rows(run, after, gap) -> None:
    """A run that is resumed a day later, and fails again, does not look live for days."""
    made = resumed(run, 100, after, gap)
    expected = 1.0 if (after - 1) * gap < 2 else gap
    assert typical_gap(made) == pytest.approx(expected)
    assert steps_per_second(made) == pytest.approx(1 / expected)
    assert state_of(made, made.last_time + 29) is RunState.LIVE
    assert state_of(made, made.last_time + 31) is RunState.IDLE
    assert state_of(made, made.last_time + 601) is RunState.STALE


@pytest.mark.parametrize(("before", "pauses"), [(100, 2), (20, 9), (64, 1)])
def test_what_logs_in_bursts_does_not_pause(run, before, pauses) -> None:
    made = resumed(run, before, 20, 1.0, pauses=pauses)
    assert typical_gap(made) == pytest.approx((DAY + 19) / 20)


def test_a_late_evaluation_leaves_pace_and_gap_as_they_are(batch) -> None:
    made = Run("r", "r")
    made.append(
        batch(
            {"loss": [1.0] * 60},
            steps=range(0, 6000, 100),
            times=[START + 600 * row for row in range(60)],
        )
    )
    assert steps_per_second(made) == pytest.approx(1 / 6)
    for late in (5500, 5600):
        made.append(batch({"eval": [1.0]}, steps=[late], times=[made.last_time + 30]))
        assert steps_per_second(made) == pytest.approx(1 / 6)
        assert typical_gap(made) == pytest.approx(600)
    assert state_of(made, made.last_time + 2000) is RunState.LIVE


def test_evaluations_that_come_late_between_two_rows_leave_pace_and_gap_as_they_are(batch) -> None:
    made = Run("r", "r")
    for row in range(60):
        moment = START + row
        made.append(batch({"loss": [1.0]}, steps=[100 * row], times=[moment]))
        if row % 7 == 6:
            late = [100 * row - 300, 100 * row - 200]
            made.append(batch({"eval": [1.0] * 2}, steps=late, times=[moment + 0.3, moment + 0.4]))
        if row > 30:
            assert steps_per_second(made) == pytest.approx(100), row
            assert typical_gap(made) == pytest.approx(1), row
    assert len(made.order.late) == 16


def test_pace_of_unknown_times_is_unknown(run) -> None:
    made = run({"loss": [1.0] * 9}, times=[math.nan] * 9)
    assert steps_per_second(made) is None
    assert typical_gap(made) is None
    assert state_of(made, START) is RunState.UNKNOWN


@pytest.mark.parametrize(
    ("age", "state"),
    [(0, RunState.LIVE), (29, RunState.LIVE), (60, RunState.IDLE), (700, RunState.STALE)],
)
def test_state_by_the_age_of_the_last_row(run, age, state) -> None:
    made = run({"loss": [1.0] * 9})
    assert state_of(made, made.last_time + age) is state


def test_a_slow_run_is_live_for_longer(run) -> None:
    made = run({"loss": [1.0] * 9}, times=[START + 120 * row for row in range(9)])
    assert state_of(made, made.last_time + 300) is RunState.LIVE


def test_a_clock_behind_the_writer_is_live(run) -> None:
    made = run({"loss": [1.0] * 9})
    assert state_of(made, made.last_time - 50) is RunState.LIVE


def test_a_clock_that_was_years_ahead_tells_of_no_state(run) -> None:
    made = run({"loss": [1.0] * 9})
    assert state_of(made, made.last_time - 80_000) is RunState.LIVE
    assert state_of(made, made.last_time - 90_000) is RunState.UNKNOWN
    made.heartbeat = made.last_time
    assert state_of(made, made.last_time - 90_000) is RunState.UNKNOWN


def test_a_run_whose_server_is_away_keeps_the_state_that_it_had(run) -> None:
    made = run({"loss": [1.0] * 9})
    made.heard_until = made.last_time + 60
    assert state_of(made, made.last_time + 29) is RunState.LIVE
    assert state_of(made, made.last_time + 7200) is RunState.IDLE


@pytest.mark.parametrize(
    ("gap", "live", "idle"),
    # A run is live for five of its gaps and idle for twenty, or longer where it logs often.
    [(1, 30, 600), (10, 50, 600), (120, 600, 2400)],
)
def test_states_change_at_so_many_gaps(run, gap: int, live: int, idle: int) -> None:
    made = run({"loss": [1.0] * 9}, times=[START + gap * row for row in range(9)])
    for age, state in (
        *((live, RunState.LIVE), (live + 1, RunState.IDLE)),
        *((idle, RunState.IDLE), (idle + 1, RunState.STALE)),
    ):
        assert state_of(made, made.last_time + age) is state, age


def test_three_readings_of_the_machine_may_be_missed(run) -> None:
    made = run({"loss": [1.0] * 9})
    now = made.last_time + 5000
    made.heartbeat = now - 35
    assert state_of(made, now) is RunState.LIVE
    assert state_of(made, now + 1) is RunState.STALE


@pytest.mark.parametrize(
    ("rows_a_second", "before", "since", "pace"),
    [
        # The last half minute counts.
        (1, 100, 30, 10.0),
        (1, 100, 20, (10 * 20 + 10) / 30),
        # At most the last 2,000 rows count, with 1,999 steps between them.
        (100, 2000, 1999, 1000.0),
        (100, 2000, 999, (999 * 10 + 1000) / 19.99),
    ],
)
def test_the_newest_rows_tell_the_pace(
    run, rows_a_second: int, before: int, since: int, pace: float
) -> None:
    """A run becomes ten times as fast, so many rows ago."""
    steps = [*range(before), *(before - 1 + 10 * row for row in range(1, since + 1))]
    times = [START + row / rows_a_second for row in range(len(steps))]
    made = run({"loss": [1.0] * len(steps)}, steps=steps, times=times)
    assert steps_per_second(made) == pytest.approx(pace)


@pytest.mark.parametrize(("span", "is_told"), [(2.0, True), (1.99, False)])
def test_a_pace_needs_two_seconds(run, span: float, is_told: bool) -> None:
    made = run({"loss": [1.0] * 2}, times=[START, START + span])
    assert (steps_per_second(made) is not None) is is_told


@pytest.mark.parametrize(
    ("gap", "age", "state"),
    [
        (1, 30, RunState.LIVE),
        (1, 31, RunState.IDLE),
        (1, 600, RunState.IDLE),
        (1, 601, RunState.STALE),
        (120, 600, RunState.LIVE),
        (120, 601, RunState.IDLE),
        (120, 2400, RunState.IDLE),
        (120, 2401, RunState.STALE),
    ],
)
def test_a_state_ends_after_some_time_and_after_some_gaps(run, gap, age, state) -> None:
    made = run({"loss": [1.0] * 9}, times=[START + gap * row for row in range(9)])
    assert state_of(made, made.last_time + age) is state


@pytest.mark.parametrize(("seconds", "pace"), [(1.9, None), (2.0, 0.5)])
def test_rows_of_less_than_two_seconds_tell_no_pace(run, seconds, pace) -> None:
    assert steps_per_second(run({"loss": [1.0] * 2}, times=[START, START + seconds])) == pace


@pytest.mark.parametrize(
    ("slow", "fast", "gap", "is_all"),
    [
        (60, 30, 1.0, True),
        (60, 29, 1.0, False),
        (90, 1999, 0.01, True),
        (90, 1998, 0.01, False),
    ],
)
def test_a_pace_is_that_of_the_newest_half_minute_or_2000_rows(
    run, slow, fast, gap, is_all
) -> None:
    steps = [*range(slow), *range(slow - 1 + 10, slow + 10 * fast, 10)]
    made = run(
        {"loss": [1.0] * len(steps)},
        steps=steps,
        times=[START + gap * row for row in range(len(steps))],
    )
    assert (steps_per_second(made) == pytest.approx(10 / gap, rel=1e-5)) is is_all


def test_a_value_is_settled_after_ten_seconds_or_where_its_time_is_unknown() -> None:
    assert [is_settled(100.0, now) for now in (99.0, 109.9, 110.0)] == [False, False, True]
    assert is_settled(float("nan"), 0.0)
