"""A question has one answer or one sentence, whatever is at the other end."""

from __future__ import annotations

import socket
import struct
import threading
import traceback
from contextlib import closing
from typing import Any

import pytest

from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.server import Server, client_of

SENTENCES = {
    "html": "is no TrackIO server, or asks to sign in",
    "nan": "is no TrackIO server",
    "cut json": "is no TrackIO server",
    "prometheus": "is no TrackIO server",
    "plain to tls": "name it with https://",
    "wants a token": "set TRACKIO_VIEW_TOKEN",
    "forbidden": "set TRACKIO_VIEW_TOKEN",
    "too old": "from before 0.24: upgrade TrackIO",
    "small": "no question of this length",
    "limited": "limits how often it is asked",
    "starting": "is starting, or too busy",
    "proxy": "has a proxy in front that cannot reach TrackIO",
    "denied": 'may tell why; it says "not authorized".',
    "other": "status 418",
    "hang": "too slow",
    "drip": "does not come to the end of its answer",
    "drip of headers": "too slow",
    "cut": "broke off its answer",
    "banner": "no HTTP",
    "broken gzip": "broke off its answer",
    "bomb": "more than can be read",
    "endless": "more than can be read",
}


@pytest.mark.parametrize("mode", SENTENCES)
def test_each_fault_is_one_sentence_that_names_the_server(faulty_server: Any, mode: str) -> None:
    faulty_server.mode = mode
    server = Server(parse_address(faulty_server.address))
    slow = mode in ("hang", "drip", "drip of headers")
    server.client = client_of(server.address, whole_seconds=0.2 if slow else 15)
    with pytest.raises(ServerFault) as fault:
        server.projects()
    text = str(fault.value)
    assert text.startswith(f"{faulty_server.address} ")
    assert SENTENCES[mode] in text
    assert ": " in text.removeprefix(faulty_server.address), "what to do is told"
    assert text.endswith(".")
    assert text.count("\n") == 0
    server.close()
    faulty_server.mode = "right"
    if slow:
        # A valid answer may take its time.
        server.client = client_of(server.address)
    assert server.projects() == ["project"]
    server.close()


def test_who_does_not_listen_is_named(faulty_server: Any) -> None:
    client = client_of(parse_address(faulty_server.address))
    assert client.get("version")["api_version"] == 1
    faulty_server.stop()
    for _ in range(2):
        with pytest.raises(ServerFault, match="refuses connections: start `trackio show`"):
            client.get("version")
    faulty_server.start()
    assert client.get("version")["api_version"] == 1
    client.close()


@pytest.mark.parametrize("is_reset", [False, True])
def test_who_hangs_up_where_tls_begins_is_told_of(is_reset: bool) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"

        def hang_up() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1)
                if is_reset:
                    # Without lingering, closing resets the connection.
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                else:
                    connection.recv(1 << 16)

        server = threading.Thread(target=hang_up)
        server.start()
        with pytest.raises(ServerFault) as fault:
            client_of(parse_address(f"https://{address}")).get("version")
        server.join()
    assert "hangs up where TLS begins: name it with http:// in front" in str(fault.value)
    assert address in str(fault.value)


def test_tls_where_there_is_none_and_hosts_that_are_none(faulty_server: Any) -> None:
    with pytest.raises(ServerFault, match="speaks no TLS there: name it with http://"):
        client_of(parse_address(f"https://{faulty_server.address}")).get("version")
    with pytest.raises(ServerFault, match=r"no-such-host\.invalid cannot be found"):
        client_of(parse_address("no-such-host.invalid")).get("version")


def test_no_redirect_leaves_the_server_and_takes_a_secret_along(
    faulty_server: Any, project: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("TRACKIO_VIEW_TOKEN", "mine")
    other = type(faulty_server)(project.path.parent)
    other.start()
    client = client_of(parse_address(f"http://{faulty_server.address}/base"))
    faulty_server.mode = "redirect"
    for place in (
        f"http://{other.address}/version",
        "//other.example/version",
        "https://x.example/",
    ):
        faulty_server.location = place
        with pytest.raises(ServerFault, match=r"sends to .*: name that server"):
            client.get("version")
    faulty_server.location = f"https://me:secret@{faulty_server.address}/base/version"
    with pytest.raises(ServerFault, match=f"sends to https://{faulty_server.address}: name that"):
        client.get("version")
    faulty_server.location = f"http://{faulty_server.address}/login?next=x"
    with pytest.raises(ServerFault, match="asks to sign in"):
        client.get("version")
    assert other.asked == []
    faulty_server.location = "/base/moved/version"
    assert client.get("version")["api_version"] == 1
    assert faulty_server.asked[-1].path == "/base/moved/version"
    client.close()
    other.stop()


def test_no_secret_is_told_by_a_traceback(faulty_server: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("TRACKIO_VIEW_TOKEN", "my-secret")
    client = client_of(parse_address(f"http://me:password@{faulty_server.address}/?write_token=w"))
    assert client.get("version")["api_version"] == 1
    faulty_server.mode = "broken gzip"
    with pytest.raises(ServerFault) as fault:
        client.post("api/query_project", {"a": 1})
    told = "".join(traceback.format_exception(fault.value)) + str(fault.value)
    for asked in faulty_server.asked:
        assert asked.headers.pop("authorization") == "Bearer my-secret"
        assert set(asked.headers) <= {
            *("host", "user-agent", "accept", "accept-encoding"),
            *("content-type", "content-length"),
        }
        assert "write" not in f"{asked.path}{asked.headers}{asked.body!r}"
    assert "my-secret" not in told
    assert "password" not in told
    client.close()


def test_a_server_says_how_long_it_wants_to_be_left_alone(faulty_server: Any) -> None:
    client = client_of(parse_address(faulty_server.address))
    waits = []
    for mode, after in (("limited", ""), ("limited", "40"), ("starting", "x"), ("proxy", "")):
        faulty_server.mode, faulty_server.retry_after = mode, after
        with pytest.raises(ServerFault) as fault:
            client.get("version")
        waits.append(fault.value.wait)
    assert waits == [12.0, 40.0, 12.0, None]
    client.close()


def test_a_question_that_waits_for_its_answer_can_be_interrupted(
    faulty_server: Any, eventually: Any
) -> None:
    faulty_server.mode = "hang"
    client = client_of(parse_address(faulty_server.address))
    faults: list[ServerFault] = []

    def ask() -> None:
        try:
            client.get("version")
        except ServerFault as fault:
            faults.append(fault)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: bool(faulty_server.asked))
    client.interrupt()
    asking.join(10)
    assert len(faults) == 1


def test_a_question_that_was_interrupted_on_a_kept_connection_is_not_asked_again(
    faulty_server: Any, eventually: Any
) -> None:
    client = client_of(parse_address(faulty_server.address))
    client.get("version")
    faulty_server.mode = "hang"
    faults: list[ServerFault] = []

    def ask() -> None:
        for _ in range(2):
            try:
                client.get("version")
            except ServerFault as fault:
                faults.append(fault)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: len(faulty_server.asked) == 2)
    client.interrupt()
    asking.join()
    # Neither the question on its way nor the following ones were answered.
    assert (len(faults), len(faulty_server.asked)) == (2, 2)
    faulty_server.mode = "right"
    client.begin()
    assert client.get("version")["api_version"] == 1
    client.close()


def test_a_connection_is_kept_and_made_anew_where_the_server_hung_up(faulty_server: Any) -> None:
    client = client_of(parse_address(faulty_server.address))
    for _ in range(3):
        client.get("version")
    assert client.bytes_received > 0
    faulty_server.stop()
    faulty_server.start()
    assert client.get("version")["api_version"] == 1
    assert client.requests in (4, 5)
    client.close()
