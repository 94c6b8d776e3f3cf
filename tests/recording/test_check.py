"""A value from a file has the types that its class promises, or it is refused."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.alerts import LEVELS, Alert
from trackio_view.model.events import (
    HeartbeatsLoaded,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    Severity,
)
from trackio_view.model.gpu import GpuIdentity, GpuProcess, GpuSample
from trackio_view.model.objects import LoggedHistogram, LoggedTable
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.recording.check import field_names, is_whole, with_known_moments
from trackio_view.series.series import MetricColumn

P = ProjectId("", "p")

IDENTITY = GpuIdentity("a", "NVIDIA", "H100")


def alert(**fields: Any) -> Alert:
    return Alert(1, "r", "run", "title", None, LEVELS[0], 7, 1e9)._replace(**fields)


def rows(**fields: Any) -> RunRows:
    column = MetricColumn(array("I", [0, 1]), array("d", [1.0, math.nan]))
    made = RunRows("r", "run", 2, array("d", [0, 1]), array("d", [5, 6]), {"loss": column}, 1)
    return made._replace(**fields)


def sample(**fields: Any) -> GpuSample:
    return GpuSample(IDENTITY, 1.0, **fields)


def made(kind: Any, *fields: object) -> object:
    """Return an event with fields of any type, as they may stand in a file."""
    return kind(*fields)


def column(places: Any, values: Any, exact: Any = None, codes: str = "Id") -> MetricColumn:
    return MetricColumn(array(codes[0], places), array(codes[1], values), exact or {})


@pytest.mark.parametrize(
    ("held", "whole"),
    [
        (LoadStarted(P, 1, 0), True),
        (made(LoadStarted, 7, 1, 0), False),
        (LoadStarted(P, True, 0), False),
        (made(LoadStarted, "p", 1.0, 0), False),
        (LoadStarted(P, 2**1024, 0), False),
        (Notice(ProjectOrigin(P), None), True),
        (made(Notice, "p", None), False),
        (made(ProjectOrigin, 7), False),
        (made(Notice, ProjectOrigin(P), "text", "warning"), False),
        (made(Notice, ProjectOrigin(P), "text", Severity.INFO, None), False),
        (HeartbeatsLoaded(P, 1, {"r": 1.0}), True),
        (HeartbeatsLoaded(P, 1, {"r": 1}), True),
        (made(HeartbeatsLoaded, "p", 1, {"r": None}), False),
        (made(HeartbeatsLoaded, "p", 1, {7: 1.0}), False),
        (made(HeartbeatsLoaded, "p", 1, [("r", 1.0)]), False),
        (ProjectsListed("", []), True),
        (ProjectsListed("", [ProjectSummary(P, None, None, None, 0)]), True),
        (made(ProjectsListed, "", ["p"]), False),
        (sample(), True),
        (sample(utilization=True), False),
        (sample(utilization=2**53), True),
        (sample(utilization=2**53 + 1), False),
        (sample(throttle_reasons=["heat"]), False),
        (sample(throttle_reasons=("heat",)), True),
        (sample(processes=(GpuProcess(1),)), True),
        (sample(processes=(1,)), False),
        (alert(), True),
        (alert(step=None), True),
        (alert(step=2**1022), True),
        (alert(step=2**1024), False),
        (alert(level="fatal"), False),
        (alert(title=None), False),
        (LoggedHistogram("h", 1, (0.0, 0.5, 1.0), (2.0, 3.0)), True),
        (LoggedHistogram("h", 1, (0.0, 0.5), (2.0, 3.0)), False),
        (LoggedHistogram("h", 1, (0.0,), ()), False),
        (LoggedTable("t", 1, (), (), 0), True),
        (LoggedTable("t", 1, ("a", "b"), (("1", "2"),), 1), True),
        (LoggedTable("t", 1, ("a", "b"), (("1",),), 1), False),
        (LoggedTable("t", 1, ("a",), (("1", "2"),), 1), False),
    ],
    ids=repr,
)
def test_each_field_holds_what_its_type_says(held: object, whole: bool) -> None:
    assert is_whole(held) is whole


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({}, True),
        ({"columns": {}}, True),
        ({"steps": array("d")}, False),
        ({"steps": array("f", [0, 1])}, False),
        ({"steps": [0.0, 1.0]}, False),
        ({"times": array("d", [5])}, False),
        ({"times": array("q", [5, 6])}, False),
        ({"run_id": 7}, False),
        ({"last_id": 2.0}, False),
        ({"last_step": "1"}, False),
        ({"last_step": 2**1024}, False),
        ({"last_step": math.nan}, True),
        ({"columns": {7: column([0], [1.0])}}, False),
        ({"columns": {"loss": column([2], [1.0])}}, False),
        ({"columns": {"loss": column([1], [1.0])}}, True),
    ],
)
def test_rows_hold_together(changes: dict[str, Any], whole: bool) -> None:
    assert is_whole(rows(**changes)) is whole


@pytest.mark.parametrize(
    ("held", "whole"),
    [
        (column([0, 3], [1.0, 2.0]), True),
        (column([0], [1.0], codes="Qd"), True),
        (column([0], [1.0], codes="id"), False),
        (column([0], [1.0], codes="If"), False),
        (column([], []), False),
        (column([0, 1], [1.0]), False),
        (column([1, 0], [1.0, 2.0]), False),
        (column([1, 1], [1.0, 2.0]), False),
        (column([0], [2.0**60], {0: 2**60 + 1}), True),
        (column([0], [2.0**60], {1: 2**60}), False),
        (column([0], [2.0**60], {-1: 2**60}), False),
        (column([0], [2.0**60], {0: 2.0**60}), False),
        (column([0], [2.0**60], {True: 2**60}), False),
    ],
)
def test_a_column_names_rows_in_order_with_a_value_each(held: MetricColumn, whole: bool) -> None:
    assert is_whole(held) is whole


@given(st.floats() | st.integers(-(10**20), 10**20))
def test_a_time_is_one_that_a_calendar_has_or_unknown(time: float) -> None:
    known = with_known_moments(alert(time=time)).time
    assert known == time or math.isnan(known)
    assert math.isnan(known) or -62_135_596_800 < known < 253_402_300_800


def test_an_event_whose_moments_are_known_is_given_back_as_it_is() -> None:
    for held in (alert(), rows(), HeartbeatsLoaded(P, 1, {"r": 1.0})):
        assert with_known_moments(held) is held


def test_only_times_that_cannot_be_are_unknown() -> None:
    beats = with_known_moments(HeartbeatsLoaded(P, 1, {"r": 1.0, "s": 1e300}))
    assert beats.times["r"] == 1.0
    assert math.isnan(beats.times["s"])
    some = with_known_moments(rows(times=array("d", [math.inf, 6.0])))
    assert isinstance(some.times, array)
    assert math.isnan(some.times[0])
    assert some.times[1] == 6.0
    listed = ProjectSummary(P, 1, 1, 1e300, 0)
    assert math.isnan(with_known_moments(listed).newest_time)
    assert with_known_moments(listed._replace(newest_time=None)).newest_time is None


def test_fields_are_those_that_a_class_is_made_of() -> None:
    assert field_names(LoadStarted) == ["project", "generation", "total_rows"]
    assert field_names(RunRows)[:3] == ["run_id", "run_name", "last_id"]
    assert field_names(ProjectSummary)[:2] == ["id", "run_count"]
