"""A fleet is recorded by its changes and read as it was, whichever part of a recording is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackio_view.model.fleet import FleetSampled
from trackio_view.recording.changes import (
    FULL_EACH,
    ChangesReader,
    ChangesWriter,
    applied,
    changed,
)
from trackio_view.recording.codec import BrokenLine, decode_event, encode_event

_NAMES = st.sampled_from(["a", "b", "$tuple", "0"])
_VALUES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "", "text"])
DOCUMENTS = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3)
)


@given(DOCUMENTS, DOCUMENTS)
@example({"a": 1}, {"a": True})
@example([[1, 2]], [[1.0, 3]])
@example({"a": [1]}, {"a": [True]})
def test_a_change_makes_the_later_document_of_the_earlier(before: Any, after: Any) -> None:
    change = json.loads(json.dumps(changed(before, after)))
    # 1, 1.0 and true are equal to Python, but are different values in JSON.
    assert _text(applied(before, change)) == _text(after)


def _text(document: Any) -> str:
    return json.dumps(document, sort_keys=True)


def test_values_that_stay_are_not_written_again(
    fleet_sampled: Callable[[int], FleetSampled],
) -> None:
    fleet = fleet_sampled(128)
    first = fleet.hosts[0]
    warmer = first.samples[0]._replace(power=123.0)
    later = fleet._replace(
        hosts=(first._replace(samples=(warmer, *first.samples[1:])), *fleet.hosts[1:]), time=1e9
    )
    writer, reader = ChangesWriter(), ChangesReader()
    lines = [encode_event(at, one, writer) for at, one in enumerate([fleet, later, fleet])]
    assert len(lines[0]) > 100_000
    assert max(map(len, lines[1:])) < 300
    assert [decode_event(line, "", reader).event for line in lines] == [fleet, later, fleet]


def test_a_line_that_is_lost_costs_those_that_build_on_it(
    fleet_sampled: Callable[[int], FleetSampled],
) -> None:
    writer, reader = ChangesWriter(), ChangesReader()
    fleets = [fleet_sampled(1)._replace(time=float(at)) for at in range(2 * FULL_EACH)]
    lines = [encode_event(at, one, writer) for at, one in enumerate(fleets)]
    # The second state is another than the first, to which each change refers.
    del lines[3]
    assert decode_event(lines[0], "", reader).event == fleets[0]
    assert decode_event(lines[3], "", reader).event == fleets[4]
    without_second = [
        line for line in lines if not line.startswith(f'{{"at":{FULL_EACH},'.encode())
    ]
    assert len(without_second) == len(lines) - 1
    with pytest.raises(BrokenLine):
        decode_event(without_second[-1], "", reader)
    with pytest.raises(BrokenLine):
        decode_event(lines[3])
    assert decode_event(lines[FULL_EACH - 1], "", reader).event == fleets[FULL_EACH]
    assert decode_event(lines[-1], "", reader).event == fleets[-1]


@pytest.mark.parametrize(
    "change",
    [
        *("3", '{"$in":{"hosts":7}}', '{"$in":{"hosts":{"$in":{"$tuple":{"$in":{"9":1}}}}}}'),
        *('{"$in":3}', '{"$in":{"hosts":{"$in":{"$tuple":{"$in":{"x":1}}}}}}'),
        '{"$in":{},"$gone":["none"]}',
    ],
)
def test_changes_of_no_sense_are_broken_lines(
    fleet_sampled: Callable[[int], FleetSampled], change: str
) -> None:
    reader = ChangesReader()
    decode_event(encode_event(0.0, fleet_sampled(1), ChangesWriter()), "", reader)
    line = f'{{"at":1,"kind":"FleetChanged","event":{{"since":0.0,"change":{change}}}}}'
    with pytest.raises(BrokenLine):
        decode_event(line.encode(), "", reader)
