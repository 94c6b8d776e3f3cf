"""What a person is told of a Prometheus that does not answer."""

from __future__ import annotations

import pytest

from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.prometheus import faults

FAR = parse_address("https://far.example/prom")


@pytest.mark.parametrize("status", [401, 403])
def test_a_secret_that_is_missing_is_asked_for_by_its_variables(status: int) -> None:
    assert str(faults.of_status(FAR, status, "no", None)) == (
        "far.example/prom wants a token or a password: set TRACKIO_VIEW_PROMETHEUS_TOKEN, or"
        " TRACKIO_VIEW_PROMETHEUS_TOKEN_FILE to a file, to a token or to name:password"
        " that it accepts; TRACKIO_VIEW_PROMETHEUS_HEADERS names a tenant."
    )


@pytest.mark.parametrize("status", [404, 405])
def test_where_its_paths_may_begin_is_told(status: int) -> None:
    assert str(faults.of_status(FAR, status, None, None)) == (
        "far.example/prom is no Prometheus, or its paths begin elsewhere: name what stands before"
        " /api/v1, too."
    )


def test_its_own_words_are_told_in_one_sentence_unless_it_wants_to_be_left_alone() -> None:
    fault = faults.of_status(FAR, 422, "query timed out.", None)
    assert str(fault) == (
        "far.example/prom refuses a question: --prometheus-match can ask for fewer series; it says"
        ' "query timed out".'
    )
    busy = faults.of_status(FAR, 503, "asleep", "40")
    assert busy.wait == 40
    assert "asleep" not in str(busy)
    long = str(faults.refused(FAR, "a" * 10_000))
    assert len(long) < 1_000


def test_errors_become_faults_and_faults_stay() -> None:
    fault = faults.another_program(FAR)
    assert (
        str(fault)
        == "far.example/prom is no Prometheus, or asks to sign in: a browser shows which."
    )
    assert faults.of_error(FAR, fault) is fault
    assert str(faults.of_error(FAR, RuntimeError("no JSON"))) == str(fault)
    refused = str(faults.of_error(FAR, ConnectionRefusedError()))
    assert refused.startswith("far.example/prom refuses connections: start Prometheus")
    assert "other.example" in str(faults.elsewhere(FAR, "https://other.example/"))
