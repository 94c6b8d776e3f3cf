import json
import math
import typing
from array import array
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.recording.any_events import ANY_FLOATS, EVENTS
from trackio_view.model.events import (
    LoadFinished,
    Notice,
    OriginUnheard,
    ProgramOrigin,
    ProjectOrigin,
    ProjectsListed,
    RowsLoaded,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.recording.codec import (
    EVENT_TYPES,
    BrokenLine,
    UnknownKind,
    decode_event,
    encode_event,
)
from trackio_view.series.series import MetricColumn
from trackio_view.view.dashboard import Dashboard

P = ProjectId("", "p")


def exactly(value: object) -> object:
    """Return a value that differs for all different values: also for -0.0 and 0.0, and for 1 and
    1.0."""
    if isinstance(value, float):
        return "float", "nan" if math.isnan(value) else value.hex()
    if isinstance(value, array):
        return "array", value.typecode, [exactly(item) for item in value]
    if isinstance(value, Mapping):
        return "dict", [(exactly(key), exactly(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [exactly(item) for item in value]
    return type(value), value


def test_every_event_has_a_strategy() -> None:
    assert set(EVENT_TYPES.values()) == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_comes_back_as_it_was(kind) -> None:
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(EVENTS[kind], st.floats(0, 1e9))
    def comes_back(event, at) -> None:
        line = encode_event(at, event)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        document = json.loads(line)
        assert (document["at"], document["kind"]) == (at, kind.__name__)
        recorded = decode_event(line)
        assert recorded.at == at
        assert exactly(recorded.event) == exactly(event)

    comes_back()


def of_version_1(value: Any) -> Any:
    """Return what was read from a line as it was written before projects had origins."""
    if isinstance(value, list):
        return [of_version_1(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$type") == "ProjectId":
        return value["name"]
    if value.get("$type") == "ProjectSummary":
        name = value["id"]["name"]
        return {**value, "id": None, "name": name, "path": f"/data/{name}.db"}
    return {name: of_version_1(item) for name, item in value.items()}


# Programs of that time had no event for an origin that does not answer.
@pytest.mark.parametrize(
    "kind", sorted(EVENTS.keys() - {OriginUnheard}, key=str), ids=lambda kind: kind.__name__
)
def test_a_line_from_before_there_were_origins_is_of_the_recordings(kind) -> None:
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(EVENTS[kind])
    def is_of_the_recordings(event) -> None:
        document = json.loads(encode_event(0.0, event))
        old = of_version_1(document)
        if kind is ProjectsListed:
            del old["event"]["origin"]
            for summary in old["event"]["projects"]:
                del summary["id"]
        read = decode_event(json.dumps(old).encode(), "/a/recording.jsonl").event
        expected = of_origin(document, "/a/recording.jsonl")
        assert exactly(read) == exactly(decode_event(json.dumps(expected).encode()).event)

    is_of_the_recordings()


def of_origin(value: Any, origin: str) -> Any:
    """Return what was read from a line with every project of that origin."""
    if isinstance(value, list):
        return [of_origin(item, origin) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {name: of_origin(item, origin) for name, item in value.items()}
    is_told = "origin" in value and isinstance(value["origin"], str)
    return {**changed, "origin": origin} if is_told else changed


def test_numbers_beyond_floats_and_jsons_words_survive() -> None:
    column = MetricColumn(array("I", [0, 1]), array("d", [2.0**60, math.inf]), {0: 2**60 + 1})
    rows = RunRows(
        "r", "r", 2, array("d", [-0.0, math.nan]), array("d", [1.0, 2.0]), {"m": column}, 10**30
    )
    event = decode_event(encode_event(0.5, RowsLoaded(P, 1, [rows], 2))).event
    assert isinstance(event, RowsLoaded)
    (batch,) = event.batches
    assert batch.columns["m"].exact == {0: 2**60 + 1}
    assert batch.columns["m"].values[1] == math.inf
    assert math.copysign(1, batch.steps[0]) == -1
    assert math.isnan(batch.steps[1])
    assert batch.last_step == 10**30


def test_a_column_that_metrics_share_is_written_once() -> None:
    shared = array("I", range(1000))
    columns = {
        name: MetricColumn(shared, array("d", [0.0] * 1000)) for name in ("a", "b", "c", "d")
    }
    times = array("d", range(1000))
    rows = RunRows("r", "r", 1, times, times, columns)
    line = encode_event(0.0, RowsLoaded(P, 1, [rows, rows], 1))
    assert line.count(b"997,998,999") == 1
    assert line.count(b"997.0,998.0,999.0") == 1
    event = decode_event(line).event
    assert isinstance(event, RowsLoaded)
    first, second = event.batches
    assert first.columns["a"].rows is second.columns["d"].rows
    assert first.steps is first.times


def test_an_event_of_a_newer_program_is_told_by_its_name() -> None:
    with pytest.raises(UnknownKind, match="AlertRaised"):
        decode_event(b'{"at":1,"kind":"AlertRaised","event":{"project":"p"}}')


def test_a_field_of_a_newer_program_is_left_out() -> None:
    line = b'{"at":1,"kind":"LoadFinished","event":{"project":"p","generation":2,"more":[1]}}'
    assert decode_event(line).event == LoadFinished(P, 2)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b"{}",
        b'{"at":"x","kind":"LoadFinished","event":{}}',
        b'{"at":1,"kind":"LoadFinished","event":{"project":"p"}}',
        b'{"at":1,"kind":"LoadFinished","event":{"project":{"$type":"open"},"generation":1}}',
        b'{"at":1,"kind":"LoadFinished","event":{"project":{"$enum":"Absence.NOT"},"generation":1}}',
        b'{"at":1,"kind":"LoadFinished","event":{"project":{"$same":0},"generation":1}}',
        b'{"at":1,"kind":"LoadFinished","event":{"project":{"$what":0},"generation":1}}',
        b'{"at":1,"kind":"LoadFinished","event":{"project":{"$array":"q7","values":[]},"generation":1}}',
        b'{"at":1,"kind":"LoadFinished","event":{"project":{"$array":"I","values":[-1]},"generation":1}}',
        b'{"at":1,"kind":"LoadFin',
    ],
)
def test_a_broken_line_is_a_fault_and_nothing_else(line) -> None:
    with pytest.raises(BrokenLine):
        decode_event(line)


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(line) -> None:
    with pytest.raises((BrokenLine, UnknownKind)):
        decode_event(line)


def rows_line(**changes: object) -> bytes:
    """Return a line of two rows, with some of its parts replaced by others."""
    rows: dict[str, object] = {
        "$type": "RunRows",
        "run_id": "r",
        "run_name": "r",
        "last_id": 2,
        "steps": {"$array": "d", "values": [0.0, 1.0]},
        "times": {"$array": "d", "values": [0.0, 1.0]},
        "last_step": 1,
    }
    column: dict[str, object] = {
        "$type": "MetricColumn",
        "rows": {"$array": "I", "values": [0, 1]},
        "values": {"$array": "d", "values": [0.0, "NaN"]},
        "exact": {"$pairs": []},
    }
    column |= {name: changes.pop(name) for name in set(changes) & set(column)}
    rows |= {"columns": {"loss": column}, **changes}
    event = {"project": "p", "generation": 1, "batches": [rows], "loaded_rows": 2}
    return json.dumps({"at": 1, "kind": "RowsLoaded", "event": event}).encode()


def test_the_line_that_the_next_test_breaks_is_whole() -> None:
    assert isinstance(decode_event(rows_line()).event, RowsLoaded)


@pytest.mark.parametrize(
    "changes",
    [
        {"run_id": 7},
        {"last_id": None},
        {"last_id": True},
        {"steps": [0.0, 1.0]},
        {"steps": {"$array": "d", "values": [0.0]}},
        {"times": {"$array": "I", "values": [0, 1]}},
        {"last_step": "1"},
        {"last_step": 10**309},
        {"last_id": -(10**400)},
        {"last_id": {"$int": "f" * 9000}},
        {"last_step": {"$int": "-" + "f" * 300}},
        {"last_step": {"$int": f"{10**400:x}"}},
        {"exact": {"$pairs": [[0, {"$int": f"{10**4300:x}"}]]}},
        {"columns": []},
        {"columns": {"loss": {}}},
        {"rows": {"$array": "I", "values": [0, 2]}},
        {"rows": {"$array": "I", "values": [1, 0]}},
        {"rows": {"$array": "I", "values": [0, 0]}},
        {"rows": {"$array": "I", "values": [0]}},
        {"rows": {"$array": "i", "values": [-1, 0]}},
        {"values": {"$array": "f", "values": [0.0, 1.0]}},
        {"exact": {"$pairs": [[2, 7]]}},
        {"exact": {"0": 7}},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_rows_that_do_not_hold_together_are_a_broken_line(changes) -> None:
    with pytest.raises(BrokenLine):
        decode_event(rows_line(**changes))


@pytest.mark.parametrize("moment", [1e300, "Infinity", -62_135_596_800, 253_402_300_799])
def test_times_that_no_calendar_has_are_unknown(moment: object) -> None:
    event = decode_event(rows_line(times={"$array": "d", "values": [5.0, moment]})).event
    assert isinstance(event, RowsLoaded)
    times = event.batches[0].times
    assert times[0] == 5.0
    assert math.isnan(times[1])


@pytest.mark.parametrize(
    ("source", "subject", "notice"),
    [
        ("my-project", "database", (ProjectOrigin(ProjectId("", "my-project")), "database")),
        ("settings", "", (ProjectOrigin(ProjectId("", "settings")), "")),
        ("projects", "database", (ProjectOrigin(ProjectId("", "projects")), "database")),
        ("projects", "directory", (ProgramOrigin.DATA_DIRECTORY, "")),
    ],
)
def test_notices_of_recordings_from_before_there_were_origins(source, subject, notice) -> None:
    event = {"source": source, "text": "x", "severity": {"$enum": "Severity.ERROR"}}
    line = {"at": 1.0, "kind": "Notice", "event": {**event, "subject": subject}}
    read = decode_event(json.dumps(line).encode()).event
    assert read == Notice(notice[0], "x", Severity.ERROR, notice[1])


@pytest.mark.parametrize("fields", [{}, {"source": 3}, {"origin": "p"}, {"origin": None}])
def test_a_notice_of_no_origin_is_a_broken_line(fields: dict[str, object]) -> None:
    line = {"at": 1.0, "kind": "Notice", "event": {**fields, "text": "x"}}
    with pytest.raises(BrokenLine):
        decode_event(json.dumps(line).encode())


NOTHINGS: list[object] = [None, [], {}]
VALUES = st.sampled_from(NOTHINGS) | st.booleans() | st.integers() | ANY_FLOATS | st.text()
VALUES |= st.sampled_from([{"$float": "NaN"}, {"$tuple": [1]}, [{}], {"a": 1}])


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_no_field_of_another_type_reaches_the_fold(kind) -> None:
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(EVENTS[kind], st.data())
    def is_folded_or_refused(event, data) -> None:
        document = json.loads(encode_event(0.0, event))
        holders = [found for found in everything_in(document["event"]) if found]
        holder = data.draw(st.sampled_from(holders))
        place = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else [0]))
        holder[place] = data.draw(VALUES)
        dashboard = Dashboard()
        dashboard.watch(getattr(event, "project", P))
        try:
            recorded = decode_event(json.dumps(document).encode())
        except (BrokenLine, UnknownKind):
            return
        dashboard.apply(recorded.event)

    is_folded_or_refused()


def everything_in(value: object) -> list[typing.Any]:
    """Return the objects and lists within a document, itself among them."""
    if not isinstance(value, dict | list):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(found for item in inner for found in everything_in(item))]


def test_fields_without_a_value_take_no_room(fleet_sampled) -> None:
    fleet = fleet_sampled(128)
    line = encode_event(1.0, fleet)
    for name in (b"fan_percent", b"hidden_processes", b"reasons", b"parent", b"unified_memory"):
        assert b'"%s"' % name not in line
    assert len(line) < 400 * 1_024
    assert decode_event(line).event == fleet


@pytest.mark.parametrize("sign", [1, -1])
def test_no_event_comes_a_century_after_its_recording_began(sign: int) -> None:
    century = 100 * 366 * 24 * 3600

    def at(seconds: float) -> bytes:
        line = json.loads(encode_event(0.0, LoadFinished(P, 1)))
        return json.dumps({**line, "at": sign * seconds}).encode()

    assert decode_event(at(century)).at == sign * century
    with pytest.raises(BrokenLine, match="none of a recording"):
        decode_event(at(century + 1))


def test_words_of_older_recordings_keep_their_meaning() -> None:
    """Recordings hold these words: another word would make a notice of an old recording a broken
    line."""
    assert {it.name: it.value for it in ProgramOrigin} == {
        "DATA_DIRECTORY": "data directory",
        "DEMO": "demo",
        "FLEET": "fleet",
        "KEYBOARD": "keyboard",
        "RECORDING": "recording",
        "SESSION": "session",
        "SETTINGS": "settings",
    }
