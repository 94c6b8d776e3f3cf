"""A TrackIO server is asked for its projects and files, and another program for nothing."""

from __future__ import annotations

from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.trackio.server import server as server_room
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.server import Server


@pytest.fixture
def server(faulty_server: Any) -> Any:
    made = Server(parse_address(faulty_server.address))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["b", "a", "registry-x", "", 5, "x" * 999], ["a", "b"]),
        ({"a": 1}, None),
        ("abc", None),
        ([f"p{n}" for n in range(5_000)], 2_000),
    ],
)
def test_the_list_of_projects_is_bounded(
    server: Any, faulty_server: Any, names: Any, found: Any
) -> None:
    faulty_server.names = names
    if found is None:
        with pytest.raises(ServerFault, match="no TrackIO server"):
            server.projects()
    elif isinstance(found, int):
        assert len(server.projects()) == found
    else:
        assert server.projects() == found


def test_files_of_trackios_own_server(real_server: Any) -> None:
    odd = "p/a %41+é?#/0/x.png"
    for file, data in ((odd, b"0123456789"), ("p/empty", b"")):
        path = real_server.directory / "media" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (real_server.directory / "secret.png").write_bytes(b"secret")
    server = Server(parse_address(real_server.address))
    assert server.media(odd, 4) == (10, b"0123")
    assert server.media(odd, 99) == (10, b"0123456789")
    assert server.media("p/empty", 99) == (0, b"")
    with pytest.raises(MediaUnread, match="gone"):
        server.media("p/none.png", 4)
    asked = server.client.requests
    for outside in ("../secret.png", "p/../../secret.png", "/etc/passwd"):
        with pytest.raises(MediaUnread, match="outside"):
            server.media(outside, 4)
    assert server.client.requests == asked, "nobody is asked for those"
    server.close()


@pytest.mark.parametrize("settings", [[], {}, {"media_dir": 5}])
def test_a_server_that_does_not_tell_where_its_media_lie(
    server: Any, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    monkeypatch.setattr(server, "call", lambda *_: settings)
    with pytest.raises(MediaUnread, match="does not tell"):
        server.media("p/x.png", 4)


def test_a_space_is_asked_as_often_as_by_trackios_own_page_and_a_server_as_one_likes() -> None:
    for address, seconds in (("https://ada-runs.hf.space", 3.5), ("http://box:7860", 0.0)):
        with closing(Server(parse_address(address))) as made:
            assert made.least_interval == seconds


def test_calls_to_a_server_reach_the_connection_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    client = SimpleNamespace(
        begin=lambda: asked.append("begin"),
        interrupt=lambda: asked.append("interrupt"),
        close=lambda: asked.append("close"),
    )
    monkeypatch.setattr(server_room, "client_of", lambda _: client)
    server = Server(parse_address("http://127.0.0.1:7860"))
    for act in (server.begin, server.interrupt, server.close):
        act()
    assert asked == ["begin", "interrupt", "close"]


def test_nothing_is_asked_of_a_program_before_it_says_what_it_is() -> None:
    asked, about = [], {"version": "2.53"}

    def get(path: str) -> object:
        asked.append(path)
        return about

    def post(path: str, question: object) -> object:
        asked.append(path)
        return {"data": []}

    server = Server(parse_address("127.0.0.1:1"))
    server.client = SimpleNamespace(get=get, post=post)  # type: ignore[assignment]
    with pytest.raises(ServerFault, match="no TrackIO server"):
        server.projects()
    assert asked == ["version"]
    about.update(api_version=1)  # type: ignore[call-overload]
    assert server.projects() == server.projects() == []
    assert asked[1:] == ["version", "api/get_all_projects", "api/get_all_projects"], "told once"
