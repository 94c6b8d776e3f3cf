import math

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded, SystemRowsLoaded
from trackio_view.model.machine import chosen_machine, ended_gpu_keys
from trackio_view.model.machine import machine_of as machine_of_run
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.selection import Selection
from trackio_view.series.window import Window

P = ProjectId("", "p")

T0 = 1_700_000_000.0


def system_rows(batch, metrics, *, start=T0, every=10.0, run_id="run", first_id=1, run_name=None):
    count = len(next(iter(metrics.values())))
    times = [start + every * row for row in range(count)]
    return batch(
        metrics, steps=times, times=times, run_id=run_id, first_id=first_id, run_name=run_name
    )


@pytest.fixture
def project(batch) -> Project:
    """A training of 100 steps a second apart, GPUs sampled every ten seconds, one old run."""
    made = Project(P)
    made.apply(LoadStarted(P, 1, 100))
    training = batch({"loss": [1.0] * 100}, times=[T0 + step for step in range(100)])
    made.apply(RowsLoaded(P, 1, [training], 100))
    gpus = {
        "cpu/utilization": [5.0, None] * 5,
        "gpu/2/memory_usage": [row / 10 for row in range(10)],
        "gpu/10/utilization": [50.0] * 10,
        "gpu/2/utilization": [60.0] * 10,
        "gpu/mean_utilization": [55.0] * 10,
    }
    made.apply(SystemRowsLoaded(P, 1, [system_rows(batch, gpus)], True))
    made.apply(LoadFinished(P, 1))
    return made


def machine_of(project):
    return chosen_machine(project.machines, Selection())


def test_charts_are_by_group_with_devices_by_number_and_the_aggregate_last(project) -> None:
    charts = machine_of(project).charts()
    assert [chart.title for chart in charts] == ["GPU utilization", "GPU memory", "CPU utilization"]
    assert [line.label for line in charts[0].lines] == ["2", "10", "mean"]
    assert charts[0].most == 100


def test_a_fraction_is_shown_in_percent_and_kept_as_logged(project, batch) -> None:
    (line,) = machine_of(project).charts()[1].lines
    assert line.series.number(-1) == pytest.approx(90)
    more = system_rows(batch, {"gpu/2/memory_usage": [0.25, math.nan]}, start=T0 + 100, first_id=11)
    project.apply(SystemRowsLoaded(P, 1, [more], False))
    (line,) = machine_of(project).charts()[1].lines
    assert len(line.series) == 12
    assert line.series.values[-2] == 25
    assert math.isnan(line.series.values[-1])
    assert machine_of(project).log.rows.series["gpu/2/memory_usage"].values[-2] == 0.25


def test_a_window_is_the_time_of_the_trainings_last_steps(project) -> None:
    machine = machine_of(project)
    assert machine.time_range(None) == (T0, T0 + 99)
    assert machine.time_range(50) == (T0 + 50, T0 + 99)
    utilization = machine.charts()[0].lines[0]
    assert machine.window_of(utilization, 50) == Window(5, 10, (T0 + 50, T0 + 99))
    assert machine.window_of(utilization, None) == Window(0, 10, (T0, T0 + 99))
    sparse = machine.charts()[2].lines[0]
    shown = sparse.series.positions(machine.window_of(sparse, 50))
    assert [sparse.times[sparse.series.rows[at]] for at in shown] == [
        T0 + 60,
        T0 + 80,
    ]


def test_a_clock_that_was_set_back_hides_nothing_of_the_window(project, batch) -> None:
    late = system_rows(batch, {"gpu/2/utilization": [1.0, 2.0]}, start=T0 + 55, first_id=11)
    project.apply(SystemRowsLoaded(P, 1, [late], False))
    machine = machine_of(project)
    line = machine.charts()[0].lines[0]
    assert {5, 6, 7, 8, 9, 10, 11} <= set(line.series.positions(machine.window_of(line, 50)))


def test_old_keys_among_the_metrics_are_charts_over_the_trainings_time(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 1, 0))
    metrics = {"loss": [1.0] * 4, "gpu/utilization": [None, 90.0, 91.0, 92.0]}
    project.apply(RowsLoaded(P, 1, [batch(metrics, times=[T0, T0 + 1, T0 + 2, T0 + 3])], 4))
    machine = machine_of(project)
    (chart,) = machine.charts()
    assert (chart.title, chart.lines[0].label) == ("GPU utilization", "all")
    assert list(chart.lines[0].times) == [T0, T0 + 1, T0 + 2, T0 + 3]
    assert chart.lines[0].series.positions(machine.window_of(chart.lines[0], 2)) == range(1, 3)


def test_the_newest_run_that_logged_its_machine_is_shown(project, batch) -> None:
    project.apply(RowsLoaded(P, 1, [batch({"loss": [1.0]}, run_id="later", first_id=200)], 101))
    newest = chosen_machine(project.machines, Selection())
    later = chosen_machine(project.machines, Selection(run="later"))
    assert newest is not None
    assert newest.run_id == "run"
    assert later is not None
    assert later.run_id == "later"
    assert chosen_machine(project.machines, Selection(run="none")) is None
    assert not later.logged()


def test_a_run_that_was_renamed_is_no_newer_machine(project, batch) -> None:
    renamed = batch({"loss": [1.0]}, run_id="old", first_id=200, times=[T0 - 9e5])
    project.apply(RowsLoaded(P, 1, [renamed], 101))
    logged = system_rows(batch, {"memory/percent": [1.0]}, run_id="old", start=T0 - 9e5)
    project.apply(SystemRowsLoaded(P, 1, [logged], False))
    newest = chosen_machine(project.machines, Selection())
    assert newest is not None
    assert newest.run_id == "run"


def test_a_run_that_logged_nothing_else_is_a_machine_too(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 1, 0))
    rows = system_rows(batch, {"memory/percent": [1.0, 2.0, 3.0]}, run_id="only")
    project.apply(SystemRowsLoaded(P, 1, [rows], True))
    machine = machine_of(project)
    assert (machine.run_id, machine.training) == ("only", None)
    assert machine.time_range(2) == (T0 + 10, T0 + 20)


def test_rows_that_know_their_run_by_name_only_join_it(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 1, 0))
    project.apply(RowsLoaded(P, 1, [batch({"loss": [1.0]}, run_id="7f3a", run_name="a")], 1))
    rows = system_rows(batch, {"memory/percent": [1.0]}, run_id="a", run_name="a")
    project.apply(SystemRowsLoaded(P, 1, [rows], True))
    (machine,) = project.machines
    assert machine.training is not None
    assert machine.log is not None


def test_a_new_load_replaces_what_was_known(project, batch) -> None:
    project.apply(LoadStarted(P, 2, 0))
    assert project.system
    project.apply(SystemRowsLoaded(P, 1, [], True))
    assert project.system, "an older generation changes nothing"
    project.apply(SystemRowsLoaded(P, 2, [], True))
    assert not project.system


def test_selected_metrics_and_a_time_since_when(project) -> None:
    machine = machine_of(project)
    charts = machine.charts(Selection(metrics=("temp", "cpu/utilization")))
    assert [chart.title for chart in charts] == ["CPU utilization"]
    machine.log.rows.since = machine.training.since = T0 + 30
    assert machine.time_range(None) == (T0 + 30, T0 + 99)
    line = machine.charts()[0].lines[0]
    assert machine.window_of(line, None).first == 3


def test_rows_without_a_time_have_no_window(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 1, 0))
    rows = batch({"gpu/utilization": [1.0, 2.0]}, times=[math.nan, math.nan])
    project.apply(RowsLoaded(P, 1, [rows], 2))
    assert machine_of(project).time_range(None) is None
    assert machine_of(project).time_range(50) is None


def test_recent_loads_are_of_gpus_that_were_logged_for_long_enough(project, batch) -> None:
    log = project.system["run"]
    assert log.recent_gpu_loads(T0 + 95, 60) == {"GPU 2": [60.0] * 6, "GPU 10": [50.0] * 6}
    assert log.recent_gpu_loads(T0 + 95, 600) == {}, "nobody knows what was ten minutes ago"
    assert log.recent_gpu_loads(T0 + 200, 60) == {}, "the newest row is too old"


def test_a_mean_that_a_rank_logged_is_no_gpu_that_idles(project, batch) -> None:
    rows = {
        "rank1/gpu/0/utilization": [3.0] * 10,
        "rank1/gpu/mean_utilization": [3.0] * 10,
        "rank2/gpu/utilization": [4.0] * 10,
    }
    project.apply(SystemRowsLoaded(P, 1, [system_rows(batch, rows)], True))
    loads = project.system["run"].recent_gpu_loads(T0 + 95, 60)
    assert list(loads) == ["GPU 0 of rank 1", "GPU all of rank 2"]


def test_a_key_ends_where_it_is_silent_for_longer_than_its_pauses(project, batch) -> None:
    rows = system_rows(batch, {"gpu/0/temp": [50.0] * 4, "gpu/0/power": [300.0, None, None, None]})
    project.apply(SystemRowsLoaded(P, 1, [rows], True))
    charts = machine_of(project).charts()
    lines = {line.key: line for chart in charts for line in chart.lines}
    heat, power = lines["gpu/0/temp"], lines["gpu/0/power"]
    assert (heat.last_time, power.last_time) == (T0 + 30, T0)
    assert not heat.ended_before(T0 + 60), "two values may be missed"
    assert heat.ended_before(T0 + 61)
    assert not heat.ended_before(math.nan)
    assert not power.ended_before(T0 + 9999), "a single value tells no pause"
    times = [T0, T0 + 100, *(T0 + 110 + 10 * row for row in range(4))]
    slow = batch({"gpu/0/temp": [50.0] * 6}, steps=times, times=times, run_id="run")
    project.apply(SystemRowsLoaded(P, 1, [slow], True))
    (heat,) = (line for chart in machine_of(project).charts() for line in chart.lines)
    assert not heat.ended_before(times[-1] + 60), "it paused for longer before"


def test_a_gpus_key_ends_where_others_of_its_table_are_logged_on(project, batch) -> None:
    rows = system_rows(
        batch,
        {
            "gpu/0/temp": [50.0] * 9,
            "gpu/1/temp": [50.0] * 5 + [None] * 4,
            "gpu/2/temp": [50.0] * 6 + [None] * 3,
            "cpu/utilization": [5.0] * 2 + [None] * 7,
        },
    )
    late = batch({"gpu/power_w": [9.0] * 3}, times=[T0 + row for row in range(3)], run_id="b")
    project.apply(SystemRowsLoaded(P, 1, [rows], True))
    assert ended_gpu_keys(machine_of(project).charts()) == {"gpu/1/temp"}
    project.apply(RowsLoaded(P, 1, [late], 3))
    machine = machine_of_run("b", project.runs["b"], project.system["run"])
    # Those among the metrics end with the training, and not where the monitor went on.
    assert ended_gpu_keys(machine.charts()) == {"gpu/1/temp"}
    nowhen = batch({"gpu/0/temp": [1.0, 2.0]}, times=[math.nan, math.nan], run_id="run")
    project.apply(SystemRowsLoaded(P, 1, [nowhen], True))
    assert ended_gpu_keys(machine_of(project).charts()) == set()


def test_gpus_that_nothing_lies_in_are_left_out_where_others_are_used(project, batch) -> None:
    rows = {
        "gpu/0/utilization": [0.0] * 10,
        "gpu/0/memory_usage": [0.02] * 10,
        "gpu/1/utilization": [0.0] * 10,
        "gpu/1/memory_usage": [0.5] * 10,
    }
    project.apply(SystemRowsLoaded(P, 1, [system_rows(batch, rows)], True))
    assert list(project.system["run"].recent_gpu_loads(T0 + 95, 60)) == ["GPU 1"]


def test_a_runs_own_gpus_go_before_those_of_this_machine(project, batch) -> None:
    run = project.runs["run"]
    assert not project.findings(run, T0 + 100, ["GPU 7"])
    idle = {"gpu/2/utilization": [1.0] * 10}
    project.apply(SystemRowsLoaded(P, 1, [system_rows(batch, idle)], True))
    (finding,) = project.findings(run, T0 + 100, ["GPU 7"])
    assert finding.sentence.startswith("GPU 2 is at most 5% busy")


def test_a_machine_began_with_the_first_row_of_either_table(batch) -> None:
    made = Project(P)
    made.apply(LoadStarted(P, 1, 1))
    rows = system_rows(batch, {"cpu/utilization": [5.0] * 3}, start=T0 - 60)
    made.apply(SystemRowsLoaded(P, 1, [rows], True))
    assert machine_of(made).first_time == T0 - 60, "it logged nothing else so far"
    made.apply(RowsLoaded(P, 1, [batch({"loss": [1.0]}, times=[T0])], 1))
    made.apply(LoadFinished(P, 1))
    assert machine_of(made).first_time == T0 - 60
    assert machine_of(made).last_time == T0 - 40
