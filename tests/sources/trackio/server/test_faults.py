"""Each fault of a connection and each status is one sentence with what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import pytest

from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.http.faults import TlsCutOff
from trackio_view.sources.trackio.faults import FaultKind
from trackio_view.sources.trackio.server.faults import of_error, of_status

HERE, FAR = parse_address("localhost:7860"), parse_address("http://far.example")
SPACE = parse_address("user/space")


def certificate(reason: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = reason
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (certificate("self-signed certificate"), "(self-signed certificate): SSL_CERT_FILE names"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "name it with http://"),
        (TlsCutOff(), "hangs up where TLS begins: name it with http://"),
        (socket.gaierror(-2, "Name or service not known"), "no such host is known"),
        (ConnectionRefusedError(), "start `trackio show` there"),
        (TimeoutError(), "too slow to answer"),
        (OSError(errno.ENETUNREACH, "x"), "the network has no way there"),
        (
            OSError(errno.EPIPE, "Broken pipe"),
            "broke the connection (broken pipe): it may have been started anew",
        ),
        (RuntimeError(), "what no TrackIO server says"),
    ],
)
def test_errors_of_a_connection(error: Exception, sentence: str) -> None:
    text = str(of_error(FAR, error))
    assert text.startswith("far.example ")
    assert sentence in text
    assert text.endswith(".")
    assert ": " in text, "what to do is told"


@pytest.mark.parametrize(
    ("address", "status", "said", "sentence"),
    [
        (FAR, 401, None, "wants a token, which is only sent over https://"),
        (HERE, 403, None, "set TRACKIO_VIEW_TOKEN, or TRACKIO_VIEW_TOKEN_FILE to a file"),
        (SPACE, 401, None, "`hf auth login`, or set HF_TOKEN"),
        (SPACE, 404, None, "is no Space, or a private one"),
        (FAR, 404, "Unknown API", "upgrade TrackIO there"),
        (FAR, 500, "Project 'x' not found.", "has no such project"),
        (FAR, 500, "no such column: step", "has other tables now"),
        (FAR, 500, "Query returned more than 10000 rows.", "so many rows"),
        (FAR, 500, "x" * 999, "TrackIO's own output there may tell why; it says \"xxx"),
        (FAR, 500, "not authorized\x1b[2J\nat all.", 'it says "not authorized [2J at all".'),
        (FAR, 500, "database disk image is malformed", "damaged, so look at it or its disk; it"),
        (FAR, 500, "file is not a database", "damaged, so look at it or its disk; it"),
        (FAR, 500, "disk I/O error", "damaged, so look at it or its disk; it"),
        (FAR, 500, "database is locked", "which program there holds its file locked; it says"),
        (FAR, 500, None, "status 500"),
    ],
)
def test_statuses(address: Any, status: int, said: str | None, sentence: str) -> None:
    fault = of_status(address, status, said, None)
    assert str(fault).startswith(f"{address.shown} ")
    assert sentence in str(fault)
    assert len(str(fault)) < 280
    assert str(fault).isprintable()
    assert (fault.kind is FaultKind.MISSING) == ("not found" in (said or ""))
    assert (fault.kind is FaultKind.STALE) == ("no such column" in (said or ""))


def test_a_server_is_left_alone_for_as_long_as_it_asks() -> None:
    waits = [
        of_status(FAR, 429, None, after).wait for after in (None, "30", "9" * 30, "-1", "soon")
    ]
    assert waits == [12.0, 30.0, 12.0, 12.0, 12.0]
    assert of_status(FAR, 503, None, "99999").wait == 3_600
