"""A fleet as text."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.fleet_text import fleet_report, print_fleet
from trackio_view.model.fleet import FleetSampled
from trackio_view.options.command_line import Options

NOW = 1_700_000_000.0


def test_sums_and_a_line_a_machine(fleet_sampled: Any, utc: None) -> None:
    lines = list(fleet_report(fleet_sampled(6, 2), NOW))
    assert lines[:7] == [
        "Fleet: prometheus:9090",
        "Exporters: dcgm-exporter",
        "Hosts: 5 (1 down)",
        "GPUs: 10 (8 busy, 2 idle below 5%)",
        "Load: 66%",
        "Power: 4.5 kW",
        "Memory: 486/800 GB",
    ]
    assert lines[9] == (
        "node-1: load 97 68 % (mean 82%), 1.1 kW, 120/160 GB, 67°C at most,"
        " 2 x NVIDIA H100 80GB HBM3, team-1/train-0 · 2 of 2"
    )
    assert lines[-1] == "node-5: down since 21:13:20, no longer listed"


def test_a_machine_that_works_for_nobody_ends_with_its_models(fleet_sampled: Any) -> None:
    fleet = fleet_sampled(2, 1)
    host = fleet.hosts[1]._replace(down_since=None)
    samples = tuple(
        one._replace(identity=one.identity._replace(workload=None)) for one in host.samples
    )
    lines = list(fleet_report(fleet._replace(hosts=(host._replace(samples=samples),)), NOW))
    assert lines[-1].endswith("at most, 1 x NVIDIA H100 80GB HBM3")
    assert "Hosts: 1" in lines, "none is down"


def test_values_that_no_exporter_tells_are_no_numbers(fleet_sampled: Any) -> None:
    fleet = fleet_sampled(2, 1)
    (sample,) = fleet.hosts[0].samples
    bare = sample._replace(
        utilization=None, power=None, memory_used=None, memory_total=None, temperatures={}
    )
    lines = list(fleet_report(fleet._replace(hosts=(fleet.hosts[0]._replace(samples=(bare,)),)), 0))
    assert "Power: n/a (no exporter tells)" in lines
    assert "load n/a % (mean –)" in lines[-1]


def test_nothing_there_and_a_part_only() -> None:
    empty = FleetSampled("p:9090", (), (), NOW, "looked for: dcgm-exporter", "a store is gone")
    assert list(fleet_report(empty, NOW)) == [
        *(
            "Fleet: p:9090",
            'Partial: look whether a store behind it is down; it says "a store is gone"',
            "No GPUs detected",
        ),
        "looked for: dcgm-exporter",
    ]


def test_a_remark_of_the_exporter_is_a_note_without_controls(fleet_sampled: Any) -> None:
    told = list(fleet_report(fleet_sampled(1)._replace(info="no \x1bcounter"), NOW))
    assert told[1].startswith("Note: no ")
    assert "\x1b" not in told[1]


def test_names_do_nothing_to_the_terminal(fleet_sampled: Any) -> None:
    fleet = fleet_sampled(2, 1)
    host = fleet.hosts[0]._replace(name="\x1b[2J")
    told = "".join(fleet_report(fleet._replace(hosts=(host,), source="\x1b"), NOW))
    assert "\x1b" not in told


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_there_is_a_sentence_and_a_code(command: Any, form: str) -> None:
    ended = command("--gpu", "--prometheus", "127.0.0.1:1", "--once", "--format", form)
    assert ended.code == 1
    assert ended.err.startswith("127.0.0.1:1 refuses connections: start Prometheus there")
    ended = command("--gpu", "--prometheus", "ftp://x", "--once", "--format", form)
    assert (ended.code, ended.err.startswith("--prometheus: an address begins")) == (1, True)


def test_a_match_of_labels_is_asked_for(fleet_sampled: Any, monkeypatch: Any, capsys: Any) -> None:
    fleet: FleetSampled = fleet_sampled(2, 1)
    asked: list[tuple[str, str]] = []

    def answer(named: str, match: str = "") -> FleetSampled:
        asked.append((named, match))
        return fleet

    monkeypatch.setattr("trackio_view.headless.fleet_text.fleet_now", answer)
    options = Options(prometheus="prometheus:9090", prometheus_match='team="a"')
    assert print_fleet(options) is ExitCode.DONE
    assert asked == [("prometheus:9090", 'team="a"')]
    assert "Hosts: " in capsys.readouterr().out
