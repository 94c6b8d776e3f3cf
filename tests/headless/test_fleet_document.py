"""A fleet as a part of the JSON document."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from trackio_view.headless.fleet_document import fleet_document, fleet_readings
from trackio_view.headless.gpu_document import gpu_documents

SCHEMA = json.loads(files("trackio_view.headless").joinpath("schema.json").read_text("utf-8"))


def test_a_fleet_is_as_the_schema_says(command: Any, fleet_sampled: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "trackio_view.headless.json_document.fleet_now", lambda *_: fleet_sampled(4, 2)
    )
    ended = command("--gpu", "--prometheus", "p:9090", "--once", "--format", "json")
    Draft202012Validator(SCHEMA).validate(ended.json)
    fleet = ended.json["fleet"]
    assert (fleet["gpu_count"], fleet["down_count"], fleet["idle_count"]) == (6, 1, 2)
    assert [host["name"] for host in fleet["hosts"]] == [f"node-{number}" for number in range(4)]
    down = fleet["hosts"][-1]
    assert down["down_since_epoch_seconds"] == 1_699_996_400
    assert not down["is_listed"]
    gpus = ended.json["gpus"]
    assert len(gpus) == 8
    assert (gpus[2]["host"], gpus[2]["workload"]) == ("node-1", "team-1/train-0")
    assert gpus[0]["reasons"]["workload"] == "no scheduler tells of any"
    # The numbers of a machine that is down are its last ones, and say so.
    assert gpus[-1]["state"] == "stale"
    assert ended.json["gpu_search"][0]["found_count"] == 8


def test_each_machine_says_whether_it_is_down_and_since_when(fleet_sampled: Any) -> None:
    hosts: Any = fleet_document(fleet_sampled(3, 1))["hosts"]
    *up, down = hosts
    assert down["down_since_epoch_seconds"] == 1_699_996_400
    assert "down_since_epoch_seconds" not in down["reasons"]
    assert [host["down_since_epoch_seconds"] for host in up] == [None, None]
    assert all("down_since_epoch_seconds" in host["reasons"] for host in up)


def test_an_unreached_server_is_null_with_the_reason(command: Any) -> None:
    ended = command("--gpu", "--prometheus", "127.0.0.1:1", "--once", "--format", "json")
    assert ended.code == 1
    Draft202012Validator(SCHEMA).validate(ended.json)
    assert ended.json["gpus"] is None
    assert "refuses connections" in ended.json["reasons"]["fleet"]


def test_values_that_no_exporter_tells_are_null(fleet_sampled: Any) -> None:
    fleet = fleet_sampled(1, 0)
    document = fleet_document(fleet._replace(hosts=(fleet.hosts[0]._replace(down_since=None),)))
    assert document["power_watts"] is None
    assert document["reasons"]["power_watts"] == "no exporter tells"  # type: ignore[index]
    assert gpu_documents(fleet_readings(fleet)) == []
    assert (document["info"], document["warning"]) == (None, None)
    assert fleet_document(fleet._replace(info="no counter"))["info"] == "no counter"


def test_readings_of_a_fleet_were_taken_when_its_machines_say(fleet_sampled: Any) -> None:
    fleet = fleet_sampled(2, 1)
    readings = fleet_readings(fleet)
    assert [readings.moment(sample) for sample in readings.samples] == [
        host.gpus[0].time for host in fleet.hosts
    ]


def test_partitions_are_told_and_count_as_no_gpus(fleet_sampled: Any) -> None:
    fleet = fleet_sampled(2, 1)._replace(report="")
    host = fleet.hosts[0]
    whole = host.samples[0]
    part = whole.identity._replace(key="part", parent=whole.identity.key)
    samples = (whole, whole._replace(identity=part))
    fleet = fleet._replace(hosts=(host._replace(samples=samples), *fleet.hosts[1:]))
    readings = fleet_readings(fleet)
    assert len(readings.samples) == 3
    (report,) = readings.report
    assert (report.found, report.text) == (2, "2 GPUs, as dcgm-exporter tells.")
