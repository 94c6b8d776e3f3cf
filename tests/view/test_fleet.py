"""The view of a fleet: its order, the filter, the cursor, and the opened machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pressing import press
from trackio_view.model.fleet import FleetSampled, gpus_of
from trackio_view.model.gpu import Absence, GpusRemembered, GpusSampled
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.fleet import FleetOrder, FleetView
from trackio_view.view.seen_screens import wanted

MakeFleet = Callable[..., FleetSampled]


@pytest.fixture
def dashboard(fleet_sampled: MakeFleet) -> Dashboard:
    made = Dashboard(width=80, height=24, has_fleet=True)
    made.show_gpus()
    made.apply(fleet_sampled(40))
    return made


def names(dashboard: Dashboard) -> list[str]:
    return [row.host.name for row in dashboard.fleet_rows]


def test_orders(dashboard: Dashboard) -> None:
    assert names(dashboard)[:2] == ["node-0", "node-1"]
    press(dashboard, "s")
    rows = dashboard.fleet_rows
    loads = [row.host.load for row in rows]
    assert loads[-1] is None, "one that is down has no load"
    known = [load for load in loads if load is not None]
    assert known == sorted(known, reverse=True)
    press(dashboard, "s")
    assert [row.host.load for row in dashboard.fleet_rows][:-1] == sorted(known)
    press(dashboard, "s")
    assert dashboard.view.fleet.order is FleetOrder.HOST


def test_another_order_makes_neither_the_lines_nor_their_sums_anew(dashboard: Dashboard) -> None:
    view, fleet = dashboard.view.fleet, dashboard.known.fleet
    lines, sums = {id(row) for row in dashboard.fleet_rows}, view.totals(fleet)
    before = names(dashboard)
    press(dashboard, "s")
    assert names(dashboard) != before
    assert {id(row) for row in dashboard.fleet_rows} == lines
    assert view.totals(fleet) is sums
    press(dashboard, "/", *"node-9", "enter")
    assert (len(dashboard.fleet_rows), view.totals(fleet).hosts) == (1, 1)


def test_a_filter_that_lets_all_through_sums_nothing_anew(dashboard: Dashboard) -> None:
    view, fleet = dashboard.view.fleet, dashboard.known.fleet
    assert fleet is not None
    press(dashboard, "/", *"h100")
    assert view.totals(fleet) is fleet.totals
    press(dashboard, "/", "escape", "/", *"train")
    assert view.totals(fleet) is not fleet.totals, "idle GPUs train for nobody"


def test_a_filter_lets_gpus_through_and_hosts_by_their_name(dashboard: Dashboard) -> None:
    press(dashboard, "/", *"train-2", "enter")
    assert names(dashboard) == [f"node-{number}" for number in (8, 9, 10, 11)]
    row = dashboard.fleet_rows[0]
    assert row.matching == {0, 2, 3, 5, 6}
    assert dashboard.view.fleet.totals(dashboard.known.fleet).gpus == 5 + 5 + 6 + 5
    press(dashboard, "/", "space", *"node-9", "enter")
    assert names(dashboard) == ["node-9"]
    press(dashboard, "/", "escape", "/", *"NODE-1", "enter")
    assert len(names(dashboard)) == 11
    assert dashboard.fleet_rows[0].matching == frozenset(range(8))
    press(dashboard, "/", "escape", "/", *"h100", "enter")
    assert len(names(dashboard)) == 40
    press(dashboard, "/", *"nobody")
    assert names(dashboard) == []
    assert dashboard.view.fleet.totals(dashboard.known.fleet).gpus == 0
    press(dashboard, "enter", "down", "enter", "s")
    assert dashboard.view.mode is Mode.FLEET


def test_the_cursor_stays_on_its_host(dashboard: Dashboard, fleet_sampled: MakeFleet) -> None:
    press(dashboard, *["down"] * 3, "page_down")
    row = dashboard.view.fleet.row(dashboard.fleet_rows)
    assert row is not None
    name = row.host.name
    press(dashboard, "s")
    row = dashboard.view.fleet.row(dashboard.fleet_rows)
    assert row is not None
    assert row.host.name == name
    dashboard.apply(fleet_sampled(60))
    row = dashboard.view.fleet.row(dashboard.fleet_rows)
    assert row is not None
    assert row.host.name == name
    press(dashboard, "end")
    assert dashboard.view.fleet.position(dashboard.fleet_rows) == 59
    assert dashboard.view.fleet.offset > 0
    dashboard.apply(fleet_sampled(3))
    assert dashboard.view.fleet.position(dashboard.fleet_rows) == 2
    press(dashboard, "up")
    assert dashboard.view.fleet.offset == 0


def test_another_order_is_shown_from_its_first_line_on() -> None:
    view = FleetView(offset=30)
    view.sort()
    assert view.offset == 0


def test_another_order_shows_what_comes_first_in_it(dashboard: Dashboard) -> None:
    press(dashboard, "end", "s", "home", "s")
    # The machine with the most load is among the last in the order of most idle ones.
    assert dashboard.view.fleet.position(dashboard.fleet_rows) > 30
    assert dashboard.view.fleet.offset > 10
    press(dashboard, "s", "s")
    assert dashboard.view.fleet.position(dashboard.fleet_rows) == 0
    assert dashboard.view.fleet.offset == 0


def test_rows_are_made_once(dashboard: Dashboard) -> None:
    assert dashboard.fleet_rows is dashboard.fleet_rows
    assert FleetView().rows(None) == []


def test_a_host_opens_on_the_screen_of_gpus_and_closes_again(dashboard: Dashboard) -> None:
    assert wanted(dashboard).host is None
    press(dashboard, "down", "down", "enter")
    assert dashboard.view.mode is Mode.GPUS
    assert wanted(dashboard).host == "node-2"
    assert dashboard.known.gpus.hosts == ("node-2",)
    assert len(dashboard.known.gpus.histories) == 8
    press(dashboard, "enter")
    assert dashboard.view.gpus.chosen is not None
    press(dashboard, "escape", "escape")
    assert dashboard.view.mode is Mode.FLEET
    assert wanted(dashboard).host is None
    press(dashboard, "down", "enter")
    assert dashboard.known.gpus.hosts == ("node-3",)
    assert dashboard.view.gpus.chosen is None
    press(dashboard, "g")
    assert dashboard.view.mode is Mode.METRICS
    press(dashboard, "g")
    assert dashboard.view.mode is Mode.FLEET


def test_the_last_hour_takes_the_place_of_what_was_seen_first(
    dashboard: Dashboard, fleet_sampled: MakeFleet
) -> None:
    press(dashboard, "enter")
    host = fleet_sampled(1, time=1.0).hosts[0]._replace(down_since=None)
    moments = []
    for number in range(121):
        time = 1_700_000_000.0 - 5 - 3_600 + 30 * number
        samples = tuple(sample._replace(time=time) for sample in host.samples)
        moments.append(GpusSampled(samples, (), "node-0", 0.0))
    dashboard.apply(GpusRemembered("node-0", tuple(moments)))
    history = next(iter(dashboard.known.gpus.histories.values()))
    assert len(history.times) == 121
    assert history.times[-1] - history.times[0] == 3_600
    # The fleet brings the newest reading again, which does not count twice, and then a newer one.
    dashboard.apply(fleet_sampled(40))
    assert len(history.times) == 121
    dashboard.apply(fleet_sampled(40, time=1_700_000_015.0))
    history = next(iter(dashboard.known.gpus.histories.values()))
    assert len(history.times) == 122


def test_readings_of_one_host_outlast_those_of_the_fleet(
    dashboard: Dashboard, fleet_sampled: MakeFleet
) -> None:
    press(dashboard, "enter")
    told = gpus_of(fleet_sampled(40).hosts[0])
    fuller = tuple(sample._replace(tensor_cores=40.0) for sample in told.samples)
    dashboard.apply(GpusSampled(fuller, (), "node-0", 0.0))
    dashboard.apply(fleet_sampled(40))
    assert {sample.tensor_cores for sample in dashboard.known.gpus.samples} == {40.0}
    # Readings of a host that is no longer open are ignored.
    dashboard.apply(GpusSampled(fuller, (), "node-7", 0.0))
    dashboard.apply(GpusRemembered("node-7", ()))
    assert dashboard.known.gpus.hosts == ("node-0",)


def test_a_host_that_goes_down_while_it_is_looked_at_keeps_its_last_numbers(
    dashboard: Dashboard, fleet_sampled: MakeFleet
) -> None:
    press(dashboard, "enter")
    fleet = fleet_sampled(40)
    down = fleet.hosts[0]._replace(down_since=1_700_000_000.0)
    dashboard.apply(fleet._replace(hosts=(down, *fleet.hosts[1:])))
    sample = dashboard.known.gpus.samples[0]
    assert sample.state is Absence.STALE
    assert (sample.state_text or "").startswith("node-0 is down since 20")
    assert sample.utilization is not None
    dashboard.apply(fleet)
    assert dashboard.known.gpus.samples[0].state is None


def test_a_host_of_which_nothing_is_known_says_so(dashboard: Dashboard) -> None:
    fleet = dashboard.known.fleet
    assert fleet is not None
    empty = fleet.hosts[0]._replace(samples=(), down_since=5.0)
    dashboard.apply(fleet._replace(hosts=(empty,)))
    press(dashboard, "enter")
    assert dashboard.view.mode is Mode.FLEET
    assert dashboard.view.said == "nothing is known of the GPUs of node-0"
