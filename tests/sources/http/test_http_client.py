"""The requests of the client, and the words of its faults.

The tests with TrackIO's servers show that every fault of a connection is one of these.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
from base64 import b64decode
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.sources.http import http_client
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.http.faults import HttpFault
from trackio_view.sources.http.http_client import HttpClient


class _Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the request that it got, and with a status if the path names one."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = int(self.path.rpartition("/")[2]) if self.path[-1].isdigit() else 200
        word = "its own word"
        if "echo" in self.path:
            kind, _, secret = self.headers["Authorization"].partition(" ")
            word = f"{secret} is wrong"
            if kind == "Basic":
                word += f", and so is {b64decode(secret).decode().partition(':')[2]}"
        told = {"body": body, "headers": dict(self.headers), "error": word}
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        """Answer with a long body and hang up; the length is told, or the end of the connection
        tells it."""
        data = json.dumps(["word"] * 50_000).encode()
        if "file" in self.path:
            self._send_file(b"0123456789")
            return
        self.send_response(200)
        self.send_header("Connection", "close")
        if self.path.endswith("told"):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // (2 if "cut" in self.path else 1)])

    def _send_file(self, data: bytes) -> None:
        """Send the part that is asked for, or everything where the path says that parts are
        unknown."""
        first, _, last = self.headers["Range"].partition("=")[2].partition("-")
        part = data if "whole" in self.path else data[int(first) : int(last) + 1]
        self.send_response(200 if "whole" in self.path else 206)
        self.send_header("Content-Length", str(len(part)))
        if "untold" not in self.path:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.end_headers()
        self.wfile.write(part)


@pytest.fixture
def echo() -> Iterator[str]:
    """Return the address of a server that answers with the request."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def words(*told: object) -> HttpFault:
    return HttpFault(" ".join(map(str, told[1:])))


FAULTS: Any = SimpleNamespace(
    of_error=words,
    of_status=words,
    another_program=lambda _: HttpFault("another program"),
    elsewhere=words,
    too_large=lambda _: HttpFault("too large"),
)


@pytest.mark.parametrize("path", ["told", "by its end"])
def test_a_long_answer_is_read_to_its_end_although_the_server_hangs_up(
    echo: str, path: str
) -> None:
    client = HttpClient(parse_address(echo), FAULTS)
    for requests in (1, 2):
        assert client.get(path.replace(" ", "-")) == ["word"] * 50_000
        assert client.requests == requests
    assert client._socket is None
    with pytest.raises(HttpFault, match=r"IncompleteRead|broke off"):
        client.get("cut-told")
    client.close()


@pytest.mark.parametrize(("more", "is_read"), [(b"", True), (b"1", False)])
def test_an_answer_of_32_megabytes_is_the_longest(more: bytes, is_read: bool) -> None:
    client = HttpClient(parse_address("localhost:1"), FAULTS)
    pieces = iter([*[bytes(1 << 20)] * 32, more, b""])
    response: Any = SimpleNamespace(
        getheader=lambda _, default: default,
        read=lambda _: next(pieces),
        length=0,
        will_close=False,
    )
    with contextlib.nullcontext() if is_read else pytest.raises(HttpFault, match="too large"):
        assert len(client._body(response)) == 32 << 20


@pytest.mark.parametrize(
    ("path", "most", "found"),
    [
        ("file", 4, (10, b"0123")),
        ("file", 99, (10, b"0123456789")),
        ("whole-file", 4, (10, b"0123")),
        ("file-untold", 4, (4, b"0123")),
    ],
)
def test_a_part_of_a_file_and_how_large_all_of_it_is(
    echo: str, path: str, most: int, found: tuple[int, bytes]
) -> None:
    client = HttpClient(parse_address(echo), FAULTS)
    assert client.get_part(path, most) == found
    client.close()


@contextlib.contextmanager
def hanging_up_after(answers: int) -> Iterator[str]:
    """Yield the address of a server that ends each connection after so many answers, unsaid."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection:
                    for _ in range(answers):
                        connection.recv(65_536)
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_only_a_connection_that_was_kept_is_made_anew_where_the_server_hangs_up() -> None:
    with hanging_up_after(1) as address:
        client = HttpClient(parse_address(address), FAULTS)
        assert [client.get("x"), client.get("x")] == [[], []]
        assert client.requests == 3, "the second time it was asked in vain"
        client.close()
    with hanging_up_after(0) as address:
        client = HttpClient(parse_address(address), FAULTS)
        with pytest.raises(HttpFault):
            client.get("x")
        assert client.requests == 1, "it has heard the question, and would hang up again"


def test_a_form_and_a_document(echo: str) -> None:
    client = HttpClient(parse_address(f"{echo}/base"), FAULTS)
    form = client.post_form("api/v1/query", {"query": 'up{a="b c"}', "time": "1.5"})
    assert form["body"] == "query=up%7Ba%3D%22b+c%22%7D&time=1.5"
    assert form["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in form["headers"]
    document = client.post("api/x", {"a": 1})
    assert (document["body"], document["headers"]["Content-Type"]) == (
        *('{"a":1}', "application/json"),
    )
    client.close()


def test_the_authorization_is_sent_as_it_is(echo: str) -> None:
    client = HttpClient(parse_address(echo), FAULTS, authorization="Basic bWU6c2VjcmV0")
    assert client.post("x", 1)["headers"]["Authorization"] == "Basic bWU6c2VjcmV0"
    client.close()


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("Bearer hf_secret", r"401 \*\*\* is wrong 7"),
        ("Basic bWU6c2VjcmV0", r"401 \*\*\* is wrong, and so is \*\*\* 7"),
    ],
)
def test_a_secret_that_the_server_repeats_is_in_no_sentence(
    echo: str, shown: str, told: str
) -> None:
    client = HttpClient(parse_address(echo), FAULTS, authorization=shown)
    with pytest.raises(HttpFault, match=told):
        client.post("echo/401", 1)
    client.close()


def test_faults_are_in_the_words_of_whom_is_asked(echo: str) -> None:
    client = HttpClient(parse_address(echo), FAULTS)
    with pytest.raises(HttpFault, match="422 its own word 7"):
        client.post("x/422", 1)
    client.close()


@pytest.mark.parametrize(
    ("told", "size"), [("bytes 0-1/7", 7), ("bytes 0-1/*", 2), ("bytes 0-1/" + "9" * 5000, 2)]
)
def test_a_size_that_nobody_can_read_is_that_of_what_came(told: str, size: int) -> None:
    assert http_client._part(told, b"ab") == (size, b"ab")
