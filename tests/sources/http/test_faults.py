"""The sentences about a server that does not answer, whichever kind it is."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import zlib

import pytest

from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.http.faults import (
    SAID_LENGTH,
    Stalled,
    TlsCutOff,
    quoted,
    trouble_of_error,
    trouble_of_status,
    wants_secret,
)

FAR = parse_address("http://far.example/base")
NO_HTTP = "answers with what is no HTTP: name the port that Prometheus has."
STALLED = (
    "does not come to the end of its answer: look whether it is busy, or at a proxy in between,"
    " which may cut it off."
)
BARE_400 = (
    "answers with HTTP's status 400: name it with https:// in front if it expects TLS, else look at"
    " a proxy in between."
)
NO_WAY = "cannot be reached: the network has no way there; a VPN may be missing."
GARBLED = "answers with what cannot be unpacked: look at a proxy in between, which may garble it."
CUT_OFF = (
    "hangs up where TLS begins: name it with http:// in front if it has none, else a proxy in"
    " between may forbid it."
)
ANEW = "it may have been started anew, else look at a proxy in between."
BROKEN_OFF = f"broke off its answer: {ANEW}"


def test_the_program_that_should_run_there_is_named() -> None:
    trouble = trouble_of_error(FAR, ConnectionRefusedError(), "Prometheus")
    assert trouble is not None
    assert trouble.text.startswith("far.example/base refuses connections: start Prometheus")
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
def test_a_server_that_is_overloaded_is_left_alone(status: int, wait: float | None) -> None:
    trouble = trouble_of_status(FAR, status, None, None, "Prometheus")
    assert trouble.wait == wait
    assert trouble.text.startswith("far.example/base ")
    assert trouble.too_much is (status == 413)


def test_secrets_are_not_sent_where_all_can_read_them() -> None:
    assert "only sent over https://" in wants_secret(FAR, "a token", "set X.")
    here = parse_address("localhost:9090")
    assert wants_secret(here, "a token", "set X.") == "localhost:9090 wants a token: set X."


@pytest.mark.parametrize(
    ("error", "text", "is_too_much"),
    [
        (TlsCutOff(), CUT_OFF, False),
        (ssl.SSLError(1, "x"), "speaks no TLS there: name it with http:// in front.", False),
        (
            socket.gaierror(),
            "cannot be found: no such host is known, so look how it is spelled.",
            False,
        ),
        (
            ConnectionRefusedError(),
            "refuses connections: start Prometheus there, or name its port.",
            False,
        ),
        (Stalled(), STALLED, True),
        (TimeoutError(), "is too slow to answer: look whether it is busy, or asleep.", True),
        (http.client.IncompleteRead(b""), BROKEN_OFF, False),
        (http.client.RemoteDisconnected(""), BROKEN_OFF, False),
        (http.client.BadStatusLine("x"), NO_HTTP, False),
        (ValueError(), NO_HTTP, False),
        (zlib.error(), GARBLED, False),
        (OSError(errno.EHOSTUNREACH, "x"), NO_WAY, False),
        (OSError(errno.ENETUNREACH, "x"), NO_WAY, False),
        (
            ConnectionResetError(errno.ECONNRESET, "Reset"),
            f"broke the connection (reset): {ANEW}",
            False,
        ),
        (
            OSError("of no number"),
            f"broke the connection (oserror): {ANEW}",
            False,
        ),
    ],
)
def test_a_fault_of_a_connection_is_one_sentence(
    error: Exception, text: str, is_too_much: bool
) -> None:
    trouble = trouble_of_error(FAR, error, "Prometheus")
    assert trouble is not None
    assert trouble.text == f"far.example/base {text}"
    assert (trouble.too_much, trouble.wait) == (is_too_much, None)


@pytest.mark.parametrize(
    ("status", "said", "text"),
    [
        (400, None, BARE_400),
        (400, "no", "answers with HTTP's status 400: a browser may show what it wants."),
        (
            413,
            None,
            "takes no question of this length: raise the limit of the proxy in front.",
        ),
        (429, None, "limits how often it is asked: ask it more rarely, by a longer --interval."),
        (503, None, "is starting, or too busy: give it a minute."),
        (502, None, "has a proxy in front that cannot reach Prometheus: start it there."),
        (504, None, "has a proxy in front that cannot reach Prometheus: start it there."),
        (418, None, "answers with HTTP's status 418: a browser may show what it wants."),
    ],
)
def test_a_status_is_one_sentence(status: int, said: str | None, text: str) -> None:
    trouble = trouble_of_status(FAR, status, said, None, "Prometheus")
    assert trouble.text == f"far.example/base {text}"
    assert trouble.too_much == (status == 413)


def test_who_is_asked_over_tls_is_not_told_to_ask_over_tls() -> None:
    far = parse_address("https://far.example")
    told = trouble_of_status(far, 400, None, None, "Prometheus").text
    assert told.endswith("answers with HTTP's status 400: a browser may show what it wants.")


@pytest.mark.parametrize(("asked", "wait"), [("1", 5.0), ("40", 40.0), ("soon", 5.0)])
def test_a_busy_server_is_left_alone_for_a_while(asked: str, wait: float) -> None:
    trouble = trouble_of_status(FAR, 503, None, asked, "Prometheus")
    assert trouble.wait is not None
    assert trouble.wait == max(wait, trouble_of_status(FAR, 503, None, None, "x").wait or 0)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("not authorized.", 'it says "not authorized"'),
        ("a\x1b]0;evil\x07b\r\n\tc\u202e d", 'it says "a ]0;evil b c d"'),
        (" \n.", "it does not say why"),
        ("", "it does not say why"),
    ],
)
def test_a_servers_own_words_are_one_line_without_signs_for_terminals(said: str, told: str) -> None:
    assert quoted(said) == told


def test_a_servers_own_words_are_no_longer_than_is_read() -> None:
    told = quoted("word " * 10_000)
    assert len(told) <= SAID_LENGTH + len('it says ""')
    assert told.endswith('…"')
    assert quoted("w" * SAID_LENGTH) == f'it says "{"w" * SAID_LENGTH}"'
