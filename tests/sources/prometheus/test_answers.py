"""Answers of the query API, valid ones and those of a hostile server."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.prometheus.answers import (
    LONGEST_LABEL,
    AnsweredSeries,
    Unanswered,
    parsed,
    said_of,
)


def vector(*result: Any, **more: Any) -> Any:
    data = {"resultType": "vector", "result": list(result)}
    return {"status": "success", "data": data, **more}


def test_a_real_answer(captures: Path) -> None:
    text = (captures / "prometheus" / "dcgm" / "h100-kubernetes-query.json").read_text("utf-8")
    answers = json.loads(text)
    counts = {name: len(parsed(answer).series) for name, answer in answers.items()}
    assert set(counts) == set(answers)
    assert min(counts.values()) > 7
    first = parsed(answers["DCGM_FI_DEV_GPU_UTIL"]).series[0]
    assert (first.labels["Hostname"], first.value) == ("gpu-node-1", 0.0)


def test_values_are_texts_and_may_be_no_numbers() -> None:
    answer = vector(
        {"metric": {"a": "b"}, "value": [1.5, "NaN"]},
        {"metric": {}, "value": [2, "+Inf"]},
        {"metric": {}, "value": [3, "1e3"]},
    )
    values = [one.value for one in parsed(answer).series]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, 1000.0]


def test_a_range_has_points_in_order() -> None:
    result = [{"metric": {"g": "0"}, "values": [[10, "1"], [40, "2"]]}]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    told = [AnsweredSeries({"g": "0"}, 10.0, 1.0), AnsweredSeries({"g": "0"}, 40.0, 2.0)]
    assert parsed(answer).series == told


@pytest.mark.parametrize(
    "one",
    [
        *(None, 5, [], {}, {"metric": {}}, {"metric": [], "value": [1, "2"]}),
        {"metric": {}, "value": [1]},
        {"metric": {}, "value": [1, 2]},
        {"metric": {}, "value": ["1", "2"]},
        {"metric": {}, "value": [True, "2"]},
        {"metric": {}, "value": [1, "two"]},
        {"metric": {}, "value": [math.inf, "2"]},
        {"metric": {}, "value": {"1": "2"}},
        {"metric": {}, "values": [[1, "2"]]},
    ],
)
def test_a_broken_series_is_passed_over(one: Any) -> None:
    right = {"metric": {"a": "b"}, "value": [1, "2"]}
    assert len(parsed(vector(one, right)).series) == 1


def test_labels_are_texts_of_some_length() -> None:
    labels = {"a": "x" * 5_000, "b": 7, "c": None}
    (one,) = parsed(vector({"metric": labels, "value": [1, "2"]})).series
    assert one.labels == {"a": "x" * LONGEST_LABEL}


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], 5, "success", {}, {"status": "fine"}, {"status": "success"}),
        {"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}},
        {"status": "success", "data": {"resultType": "vector", "result": {}}},
        # TrackIO's own server answers so.
        {"data": ["project"]},
    ],
)
def test_an_answer_of_another_form_counts_as_none(answer: Any) -> None:
    with pytest.raises(Unanswered) as fault:
        parsed(answer)
    assert str(fault.value) == ""


def test_faults_and_warnings_are_told_in_the_servers_words() -> None:
    answer = {"status": "error", "errorType": "bad_data", "error": "parse error"}
    with pytest.raises(Unanswered, match="parse error"):
        parsed(answer)
    assert said_of(answer) == "parse error"
    assert said_of([]) is None
    assert parsed(vector(warnings=["one store did not answer"])).warning.startswith("one store")
    assert parsed(vector(isPartial=True)).warning == "the answer is partial"
    assert parsed(vector()).warning == ""


def test_warnings_and_infos_of_an_answer_are_kept_apart() -> None:
    answer = parsed(vector(infos=["no counter", "no histogram"], warnings=["a store is gone"]))
    assert (answer.warning, answer.info) == ("a store is gone", "no counter (and 1 more)")
    assert parsed(vector()).info == ""


@pytest.mark.parametrize("said", [None, "text", 5, {}, [], [None, 5, ""], {"0": "text"}])
def test_warnings_of_another_form_say_nothing(said: Any) -> None:
    assert parsed(vector(warnings=said, infos=said))[1:] == ("", "")


def test_a_long_sentence_is_cut() -> None:
    assert parsed(vector(infos=["x" * 5_000])).info == "x" * LONGEST_LABEL


def test_of_a_series_as_many_points_are_read_as_prometheus_itself_gives() -> None:
    result = [{"metric": {"g": "0"}, "values": [[at, "1"] for at in range(11_001)]}]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    assert [one.time for one in parsed(answer).series][-1] == 10_999.0
