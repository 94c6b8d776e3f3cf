"""One Prometheus over HTTP: an answer, or one sentence that names it and says what to do."""

from __future__ import annotations

import base64
import traceback
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.prometheus.api import Prometheus
from trackio_view.sources.prometheus.faults import (
    HEADERS_FILE_VARIABLE,
    HEADERS_VARIABLE,
    TOKEN_FILE_VARIABLE,
    TOKEN_VARIABLE,
    PrometheusFault,
)
from trackio_view.sources.prometheus.queries import targets

SENTENCES = {
    "page": "is no Prometheus, or asks to sign in",
    "trackio": "is no Prometheus, or asks to sign in",
    "nan": "is no Prometheus",
    "odd": "is no Prometheus",
    "wants a token": "wants a token or a password: set TRACKIO_VIEW_PROMETHEUS_TOKEN",
    "forbidden": "wants a token or a password: set TRACKIO_VIEW_PROMETHEUS_TOKEN",
    "elsewhere": "name what stands before /api/v1",
    "bad data": 'fewer series; it says "parse error at char 5".',
    "execution": 'fewer series; it says "too many samples".',
    "timeout": "is starting, or too busy",
    "limited": "limits how often it is asked",
    "proxy": "has a proxy in front that cannot reach Prometheus",
    "said": 'fewer series; it says "a store is gone".',
    "hang": "too slow",
    "drip": "does not come to the end of its answer",
    "cut and open": "does not come to the end of its answer",
    "cut": "broke off its answer",
    "bomb": "more than can be read",
    "endless": "more than can be read",
}


@pytest.mark.parametrize("mode", SENTENCES)
def test_each_fault_is_one_sentence_that_names_the_server(served: Any, mode: str) -> None:
    served.mode = mode
    slow = mode in ("hang", "drip", "cut and open")
    asked = Prometheus(parse_address(served.address), {}, 0.2 if slow else 15.0)
    with pytest.raises(PrometheusFault) as fault:
        asked.now(targets())
    text = str(fault.value)
    assert text.startswith(f"{served.address} ")
    assert SENTENCES[mode] in text
    assert text.endswith(".")
    assert "\n" not in text
    asked.client.close()


def test_a_server_that_does_not_listen_says_what_to_do(served: Any) -> None:
    served.stop()
    with pytest.raises(PrometheusFault, match="refuses connections: start Prometheus there"):
        Prometheus(parse_address(served.address), {}).now(targets())
    served.start()


def test_no_redirect_leaves_the_server(served: Any) -> None:
    served.mode, served.location = "redirect", "http://other.example/api/v1/query"
    asked = Prometheus(parse_address(served.address), {TOKEN_VARIABLE: "mine"})
    with pytest.raises(PrometheusFault, match=r"sends to http://other\.example: name that server"):
        asked.now(targets())
    asked.client.close()


def test_a_base_path_is_kept(served: Any) -> None:
    asked = Prometheus(parse_address(f"http://{served.address}/prometheus/"), {})
    assert len(asked.now(targets()).series) == 2
    assert served.requests[-1][0] == "/prometheus/api/v1/query"
    asked.client.close()


def test_a_prometheus_is_left_alone_for_as_long_as_it_asks(served: Any) -> None:
    asked = Prometheus(parse_address(served.address), {})
    waits = []
    for mode, after in (("limited", "40"), ("timeout", ""), ("execution", "")):
        served.mode, served.retry_after = mode, after
        with pytest.raises(PrometheusFault) as fault:
            asked.now(targets())
        waits.append(fault.value.wait)
    assert waits == [40.0, 12.0, None]
    asked.client.close()


def test_secrets_come_from_the_environment_or_a_file_and_are_told_by_nothing(
    served: Any, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("me:pass-word\n", "utf-8")
    basic = f"Basic {base64.b64encode(b'me:pass-word').decode()}"
    for variables, sent in (
        ({}, None),
        ({TOKEN_VARIABLE: "my-token"}, "Bearer my-token"),
        ({TOKEN_VARIABLE: "me:pass-word"}, basic),
        ({TOKEN_FILE_VARIABLE: str(file)}, basic),
        ({"TRACKIO_VIEW_TOKEN": "another", "HF_TOKEN": "hf_another"}, None),
    ):
        served.mode = "right"
        named = f"http://user:in-address@{served.address}/?token=in-query"
        asked = Prometheus(parse_address(named), variables)
        asked.now(targets())
        path, headers, _ = served.requests[-1]
        assert headers.get("authorization") == sent
        assert "in-" not in f"{path}{headers}"
        served.mode = "said"
        with pytest.raises(PrometheusFault) as fault:
            asked.now(targets())
        told = "".join(traceback.format_exception(fault.value)) + repr(vars(fault.value))
        for secret in ("my-token", "pass-word", "in-address", "in-query"):
            assert secret not in told
        asked.client.close()


def test_a_secret_that_an_answer_repeats_is_in_nothing_that_is_told(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = served.prometheus.answer
    more = {"warnings": ["my-token is old"], "infos": ["my-token may be shorter"]}
    monkeypatch.setattr(served.prometheus, "answer", lambda query: {**right(query), **more})
    asked = Prometheus(parse_address(served.address), {TOKEN_VARIABLE: "my-token"})
    answer = asked.now(targets())
    assert (answer.warning, answer.info) == ("*** is old", "*** may be shorter")
    asked.client.close()


def test_a_secret_is_not_sent_for_all_to_read() -> None:
    far = Prometheus(parse_address("http://far.example"), {TOKEN_VARIABLE: "mine"})
    assert far.client._authorization is None
    assert Prometheus(parse_address("https://far.example"), {TOKEN_VARIABLE: "mine"}).client


def test_headers_of_a_tenant_come_from_the_environment_or_a_file(
    served: Any, tmp_path: Path
) -> None:
    file = tmp_path / "headers"
    file.write_text("# none\nX-Scope-OrgID:team b\nHost: elsewhere\nX-Scope: a\x07b\n", "utf-8")
    for variables, sent in (
        ({HEADERS_VARIABLE: "X-Scope-OrgID: team a\nTHANOS-TENANT: t"}, ("team a", "t")),
        ({HEADERS_FILE_VARIABLE: str(file)}, ("team b", None)),
        ({HEADERS_FILE_VARIABLE: str(tmp_path / "none")}, (None, None)),
        ({HEADERS_VARIABLE: "X-Scope-OrgID: a\r\n\r\nGET / HTTP/1.1"}, ("a", None)),
    ):
        asked = Prometheus(parse_address(served.address), variables)
        asked.now(targets())
        _, headers, _ = served.requests[-1]
        assert (headers.get("x-scope-orgid"), headers.get("thanos-tenant")) == sent
        assert "elsewhere" not in headers["host"]
        assert "x-scope" not in headers
        asked.client.close()
    far = Prometheus(parse_address("http://far.example"), {HEADERS_VARIABLE: "X-Scope-OrgID: a"})
    assert not far.client._more_headers
