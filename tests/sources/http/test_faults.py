"""What is the same of every server that does not answer."""

from __future__ import annotations

import ssl

import pytest

from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.http.faults import trouble_of_error, trouble_of_status, wants_secret

FAR = parse_address("http://far.example/base")


def test_the_program_that_should_run_there_is_named() -> None:
    trouble = trouble_of_error(FAR, ConnectionRefusedError(), "Prometheus")
    assert trouble is not None
    assert trouble.text.startswith("far.example/base refuses connections: Prometheus may not")
    assert trouble_of_error(FAR, RuntimeError(), "Prometheus") is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (18, "that is not trusted (self-signed certificate): SSL_CERT_FILE names"),
        (62, "of another name (self-signed certificate): name it as its certificate does."),
        (64, "of another name (self-signed certificate): name it as its certificate does."),
    ],
)
def test_a_certificate_of_another_name_asks_for_that_name(code: int, said: str) -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "self-signed certificate"
    trouble = trouble_of_error(FAR, error, "Prometheus")
    assert trouble is not None
    assert said in trouble.text


@pytest.mark.parametrize(
    ("status", "wait"), [(429, 12.0), (503, 12.0), (502, None), (413, None), (418, None)]
)
def test_how_long_a_server_is_left_alone(status: int, wait: float | None) -> None:
    trouble = trouble_of_status(FAR, status, None, None, "Prometheus")
    assert trouble.wait == wait
    assert trouble.text.startswith("far.example/base ")
    assert trouble.too_much is (status == 413)


def test_secrets_are_not_sent_where_all_can_read_them() -> None:
    assert "only sent over https://" in wants_secret(FAR, "a token", "set X.")
    here = parse_address("localhost:9090")
    assert wants_secret(here, "a token", "set X.") == "localhost:9090 wants a token: set X."
