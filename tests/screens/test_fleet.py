"""The fleet on one screen: golden frames at each size, and properties that hold at all sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.pressing import press
from trackio_view.model.events import Notice, ProgramOrigin
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import Absence
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.dashboard import Dashboard

NOW = 1_700_000_000.0
MakeFleet = Callable[..., FleetSampled]
ShowFleet = Callable[..., Frame]


def drawn(
    dashboard: Dashboard, *keys: str, now: float = NOW, glyphs: Repertoire = Repertoire.BRAILLE
) -> Frame:
    press(dashboard, *keys)
    return resolved(Composer(glyphs).compose(dashboard, now), Look(repertoire=glyphs))


def text_of(frame: Frame) -> str:
    return "\n".join(frame.lines())


def fleet_on_screen(fleet: FleetSampled | None, width: int = 120, height: int = 40) -> Dashboard:
    dashboard = Dashboard(width=width, height=height, has_fleet=True)
    dashboard.show_gpus()
    if fleet is not None:
        dashboard.apply(fleet)
    return dashboard


SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_golden(fleet_sampled: MakeFleet, golden: Any, utc: None, width: int, height: int) -> None:
    frame = drawn(fleet_on_screen(fleet_sampled(30), width, height), "down", "down")
    golden(f"fleet-{width}x{height}", frame)


def test_golden_filter_and_ascii(fleet_sampled: MakeFleet, golden: Any, utc: None) -> None:
    frame = drawn(
        fleet_on_screen(fleet_sampled(12), 80, 24),
        *("s", "/", *"train-1", "enter"),
        glyphs=Repertoire.ASCII,
    )
    assert text_of(frame).isascii()
    golden("fleet-filter-ascii-80x24", frame)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("name", "keys"),
    [("fleet-host", ("down", "enter")), ("fleet-filter-typed", ("/", *"train-1"))],
)
def test_golden_host_and_filter(
    fleet_sampled: MakeFleet,
    golden: Any,
    utc: None,
    name: str,
    keys: tuple[str, ...],
    width: int,
    height: int,
) -> None:
    frame = drawn(fleet_on_screen(fleet_sampled(12), width, height), *keys)
    golden(f"{name}-{width}x{height}", frame)


def test_each_load_is_told_without_colour(fleet_sampled: MakeFleet) -> None:
    text = text_of(drawn(fleet_on_screen(fleet_sampled(12))))
    row = next(line for line in text.split("\n") if "node-1 " in line)
    loads = [(37 + place * 11) % 40 + 60 for place in range(8)]
    assert row.split()[2:10] == [str(load) for load in loads]


def test_the_sums(fleet_sampled: MakeFleet) -> None:
    header = drawn(fleet_on_screen(fleet_sampled(12), 200)).lines()[0]
    # Of eleven machines that are up, three idle.
    for word in ("88 GPUs", "11 hosts", "1 down", "64 busy", "24 idle", "kW", "prometheus:9090"):
        assert word in header
    narrow = drawn(fleet_on_screen(fleet_sampled(12), 40, 12)).lines()[0]
    assert narrow.strip().startswith("88 GPUs")


def test_of_what_no_exporter_tells_there_is_no_sum(fleet_sampled: MakeFleet) -> None:
    def header(**absent: Any) -> str:
        fleet = fleet_sampled(4)
        hosts = [
            host._replace(samples=tuple(gpu._replace(**absent) for gpu in host.samples))
            for host in fleet.hosts
        ]
        return drawn(fleet_on_screen(fleet._replace(hosts=tuple(hosts)), 200)).lines()[0]

    assert "9.4 kW · 0.9/1.9 TB · 54% load" in header()
    assert "8 idle · 54% load" in header(memory_used=None, power=None)


def test_how_many_hosts_are_seen_is_told_where_not_all_are(fleet_sampled: MakeFleet) -> None:
    def title(hosts: int) -> str:
        return drawn(fleet_on_screen(fleet_sampled(hosts), 80, 24)).lines()[1]

    room = next(hosts for hosts in range(2, 40) if " of " in title(hosts)) - 1
    assert f"{room} of {room + 1}" in title(room + 1)


def test_the_machine_of_the_cursor_is_in_sight_wherever_it_is(fleet_sampled: MakeFleet) -> None:
    dashboard = fleet_on_screen(fleet_sampled(40), 80, 24)
    for number, key in enumerate(["home", *["down"] * 39]):
        rows = drawn(dashboard, key).lines()[3:-4]
        assert any(f"node-{number} " in row for row in rows)


def test_a_host_that_is_down_says_since_when(fleet_sampled: MakeFleet, utc: None) -> None:
    text = text_of(drawn(fleet_on_screen(fleet_sampled(12)), "end"))
    assert text.count("down since 21:13:20, no longer listed") == 2


def test_numbers_stay_while_nobody_answers_and_their_age_is_told(
    fleet_sampled: MakeFleet,
) -> None:
    dashboard = fleet_on_screen(fleet_sampled(12))
    before = drawn(dashboard).lines()[3]
    dashboard.apply(Notice(ProgramOrigin.FLEET, "prometheus:9090 is too slow; trying again."))
    frame = drawn(dashboard, now=NOW + 600)
    assert frame.lines()[3] == before
    assert "10 min old" in frame.lines()[0]
    assert "prometheus:9090 is too slow; trying again." in text_of(frame)


def test_a_host_that_was_read_long_before_the_others_says_so(fleet_sampled: MakeFleet) -> None:
    fleet = fleet_sampled(3)
    late = fleet.hosts[0]._replace(time=fleet.hosts[0].time - 240)
    text = text_of(drawn(fleet_on_screen(fleet._replace(hosts=(late, *fleet.hosts[1:])))))
    assert "node-0  read 4 min before others" in text
    assert "before others" not in text_of(drawn(fleet_on_screen(fleet)))


def test_absent_is_no_number(fleet_sampled: MakeFleet) -> None:
    fleet = fleet_sampled(2)
    first, *others = fleet.hosts[0].samples
    samples = (
        first._replace(utilization=None),
        others[0]._replace(state=Absence.LOST, state_text="no longer reported"),
        *others[1:],
    )
    host = fleet.hosts[0]._replace(samples=samples)
    text = text_of(drawn(fleet_on_screen(fleet._replace(hosts=(host, fleet.hosts[1])))))
    row = next(line for line in text.split("\n") if "│ node-0 " in line)
    assert row.split()[2:5] == ["–", "✕", "0"]
    for utilization in (math.nan, math.inf):
        # A recording may hold a load that is no number.
        samples = (first._replace(utilization=utilization), *others)
        unknown = host._replace(samples=samples)
        text = text_of(drawn(fleet_on_screen(fleet._replace(hosts=(unknown,)))))
        row = next(line for line in text.split("\n") if "│ node-0 " in line)
        assert row.split()[2] == "–"
    nothing = host._replace(
        samples=tuple(
            one._replace(
                utilization=None,
                power=None,
                memory_used=None,
                memory_total=None,
                temperatures={},
            )
            for one in samples
        )
    )
    text = text_of(drawn(fleet_on_screen(fleet._replace(hosts=(nothing,)))))
    assert "0%" not in text
    assert "0 W" not in text


def test_a_number_that_has_no_room_is_left_out(fleet_sampled: MakeFleet) -> None:
    fleet = fleet_sampled(2)
    host = fleet.hosts[0]
    samples = [one._replace(memory_used=80 << 30, memory_total=0) for one in host.samples]
    full = host._replace(samples=tuple(samples))
    frame = drawn(fleet_on_screen(fleet._replace(hosts=(full, fleet.hosts[1]))))
    assert {len(row) for row in frame.glyphs} == {frame.width}
    row = next(line for line in frame.lines() if "│ node-0 " in line)
    assert " … " in row


def test_many_gpus_of_a_host_are_counted_where_room_lacks(fleet_sampled: MakeFleet) -> None:
    frame = drawn(fleet_on_screen(fleet_sampled(3, 64), 40, 12))
    row = frame.lines()[3]
    assert row.rstrip("│ ").endswith("+")
    assert "▁" in row


def test_a_machine_of_many_gpus_leaves_the_others_their_numbers(fleet_sampled: MakeFleet) -> None:
    fleet = fleet_sampled(3)
    large = fleet_sampled(1, 72).hosts[0]._replace(name="rack", down_since=None)
    dashboard = fleet_on_screen(fleet._replace(hosts=(*fleet.hosts, large)))
    frame = drawn(dashboard)
    text = text_of(frame)
    row = next(line for line in text.split("\n") if "│ node-1 " in line)
    loads = [(37 + place * 11) % 40 + 60 for place in range(8)]
    assert row.split()[2:10] == [str(load) for load in loads]
    rack = next(line for line in text.split("\n") if "│ rack " in line)
    assert len(rack.split()[2]) == 72


def test_bars_stand_together_where_the_columns_have_room_then(fleet_sampled: MakeFleet) -> None:
    wide = drawn(fleet_on_screen(fleet_sampled(3, 72), 150)).lines()
    assert [word for word in ("load", "power", "memory", "max") if word in wide[2]] != []
    assert all(word in wide[2] for word in ("power", "memory", "max"))
    assert len(wide[3].split()[2]) == 72
    # Less room would leave only the first column; with more room all columns stay.
    assert len(drawn(fleet_on_screen(fleet_sampled(3, 72), 200)).lines()[3].split()[2]) == 1


@pytest.mark.parametrize(
    ("gpus", "title"),
    [(1, "load"), (2, "loads, %"), (4, "GPU loads, %"), (8, "load of each GPU, %")],
)
def test_the_title_of_cells_is_no_part_of_a_word(
    fleet_sampled: MakeFleet, gpus: int, title: str
) -> None:
    titles = drawn(fleet_on_screen(fleet_sampled(3, gpus))).lines()[2]
    assert f" {title} " in titles
    assert "…" not in titles


def test_names_and_workloads_do_nothing_to_the_terminal(fleet_sampled: MakeFleet) -> None:
    fleet = fleet_sampled(2)
    evil = "\x1b]0;owned\x07\x9b31m"
    identity = fleet.hosts[0].samples[0].identity._replace(name=evil, workload=evil)
    samples = tuple(sample._replace(identity=identity) for sample in fleet.hosts[0].samples)
    host = fleet.hosts[0]._replace(name=evil, samples=samples)
    for size in SIZES:
        dashboard = fleet_on_screen(fleet._replace(hosts=(host,), source=evil, warning=evil), *size)
        for keys in ((), ("enter",), ("enter",)):
            text = text_of(drawn(dashboard, *keys))
            assert not {"\x1b", "\x07", "\x9b"} & set(text)


def test_nothing_yet_and_nothing_there(fleet_sampled: MakeFleet) -> None:
    assert "Asking Prometheus" in text_of(drawn(fleet_on_screen(None)))
    report = "It has no numbers of a GPU: looked for were those of dcgm-exporter."
    empty = FleetSampled("prometheus:9090", (), (), NOW, report)
    text = text_of(drawn(fleet_on_screen(empty)))
    assert "No GPUs" in text
    assert report in text
    dashboard = fleet_on_screen(fleet_sampled(2))
    assert "no host matches the filter" in text_of(drawn(dashboard, "/", *"zzz"))


def test_a_line_is_drawn_once_for_what_it_shows(fleet_sampled: MakeFleet) -> None:
    dashboard = fleet_on_screen(fleet_sampled(30))
    composer = Composer()
    drawn_lines: list[str] = []
    get = composer.memo.get

    def counted(key: Any, compute: Callable[[], Any]) -> Any:
        def computed() -> Any:
            if isinstance(key, tuple) and key[0] == "fleet line":
                drawn_lines.append(key[1])
            return compute()

        return get(key, computed)

    composer.memo.get = counted  # type: ignore[method-assign]

    def lines_of(*keys: str) -> int:
        drawn_lines.clear()
        for key in keys:
            press(dashboard, key)
        composer.compose(dashboard, NOW)
        return len(drawn_lines)

    assert lines_of() == 30
    # The cursor, another order, and a filter that all hosts match draw no line anew.
    assert lines_of("down", "end", "s", "s") == 0
    assert lines_of("/", *"node") == 0
    assert lines_of("escape", "/", *"train-2") == 4
    assert lines_of("escape") == 0
    dashboard.apply(Notice(ProgramOrigin.FLEET, "Something else is said."))
    assert lines_of() == 0
    dashboard.apply(fleet_sampled(30, time=NOW + 5))
    assert lines_of() == 30


@pytest.mark.parametrize(("width", "height"), [*SIZES, (41, 13), (60, 12), (400, 100)])
def test_any_size_with_any_number_of_gpus(
    fleet_sampled: MakeFleet, width: int, height: int
) -> None:
    for hosts, gpus in ((1, 1), (2, 0), (5, 16), (200, 72)):
        frame = drawn(fleet_on_screen(fleet_sampled(hosts, gpus), width, height), "end")
        lines = frame.lines()
        # No cell and no number is drawn over the border.
        bottom = next(place for place, line in enumerate(lines) if line.startswith("╰"))
        assert {(len(line), line[-1]) for line in lines[2:bottom]} == {(width, "│")}
