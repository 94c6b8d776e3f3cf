"""What a person calls a server, and which secret it may be sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.sources.http.addresses import NoAddress, headers_for, parse_address, token_for


@pytest.mark.parametrize(
    ("named", "url", "shown"),
    [
        ("host:7860", "http://host:7860/", "host:7860"),
        ("localhost", "http://localhost/", "localhost"),
        ("localhost/base", "http://localhost/base/", "localhost/base"),
        ("10.0.0.1", "http://10.0.0.1/", "10.0.0.1"),
        ("http://host:7860", "http://host:7860/", "host:7860"),
        (
            "HTTPS://Host.example/base/path/",
            "https://host.example/base/path/",
            "host.example/base/path",
        ),
        ("https://host/base", "https://host/base/", "host/base"),
        ("https://host:443/", "https://host/", "host"),
        ("http://[::1]:7860/", "http://[::1]:7860/", "[::1]:7860"),
        ("https://bücher.example", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("user/space", "https://user-space.hf.space/", "user-space.hf.space"),
        ("Us_er/My.Space_1", "https://us-er-my-space-1.hf.space/", "us-er-my-space-1.hf.space"),
        ("user-space.hf.space", "https://user-space.hf.space/", "user-space.hf.space"),
        ("https://user-space.hf.space/", "https://user-space.hf.space/", "user-space.hf.space"),
        (
            "https://huggingface.co/spaces/user/space",
            "https://user-space.hf.space/",
            "user-space.hf.space",
        ),
        ("http://127.0.0.1:7860/?write_token=secret", "http://127.0.0.1:7860/", "127.0.0.1:7860"),
        ("https://me:secret@host/base?project=p#runs", "https://host/base/", "host/base"),
    ],
)
def test_every_form_of_address(named: str, url: str, shown: str) -> None:
    address = parse_address(named)
    assert f"{address.scheme}://{address.authority}{address.path}" == url
    assert address.shown == shown
    assert "secret" not in repr(address)
    assert parse_address(address.named) == address


@pytest.mark.parametrize("named", ["::1", "fe80::1:7860", "http://2001:db8::2/base"])
def test_an_address_of_ipv6_without_brackets_is_told_how_it_is_written(named: str) -> None:
    with pytest.raises(NoAddress, match=r"stands in brackets, as in \[::1\]:7860$"):
        parse_address(named)
    with pytest.raises(NoAddress, match="names a host"):
        parse_address("http://host:1:2")


@pytest.mark.parametrize(
    "named",
    [
        "",
        "ftp://host",
        "http://",
        "http://host:99999",
        "http://ho st",
        "http://host/a\x1b[31m",
        "http://host/ü",
    ],
)
def test_a_text_that_is_no_address_is_a_sentence(named: str) -> None:
    with pytest.raises(NoAddress) as fault:
        parse_address(named)
    assert "\x1b" not in str(fault.value)


def test_a_hugging_face_token_goes_to_spaces_over_tls_alone(tmp_path: Path) -> None:
    secret = {"HF_TOKEN": "hf_secret", "TRACKIO_WRITE_TOKEN": "write"}
    assert token_for(parse_address("user/space"), secret) == "hf_secret"
    others = ["http://user-space.hf.space", "https://hf.space.evil.example", "https://evilhf.space"]
    for other in [*others, "https://huggingface.co", "localhost:7860"]:
        assert token_for(parse_address(other), secret) is None
    (tmp_path / "token").write_text("hf_file\n")
    assert token_for(parse_address("user/space"), {"HF_HOME": str(tmp_path)}) == "hf_file"
    assert token_for(parse_address("user/space"), {"HF_HOME": str(tmp_path / "none")}) is None


def test_a_token_of_ones_own_goes_over_tls_or_stays_on_this_machine(tmp_path: Path) -> None:
    secret = {"TRACKIO_VIEW_TOKEN": "mine"}
    assert token_for(parse_address("https://host"), secret) == "mine"
    assert token_for(parse_address("localhost:7860"), secret) == "mine"
    assert token_for(parse_address("http://host"), secret) is None
    assert token_for(parse_address("user/space"), secret) is None
    (tmp_path / "token").write_text("filed\n")
    filed = {"TRACKIO_VIEW_TOKEN_FILE": str(tmp_path / "token")}
    assert token_for(parse_address("https://host"), filed) == "filed"
    # A token with characters that no header may hold is not sent.
    for odd in ("a\r\nX: y", "a b", "ü", ""):
        assert token_for(parse_address("https://host"), {"TRACKIO_VIEW_TOKEN": odd}) is None


@pytest.mark.parametrize(("length", "is_sent"), [(4_095, True), (4_096, False)])
def test_a_token_of_four_kilobytes_is_none(length: int, is_sent: bool) -> None:
    token = token_for(parse_address("https://host"), {"TRACKIO_VIEW_TOKEN": "x" * length})
    assert (token is not None) is is_sent


def test_headers_are_lines_of_a_variable_and_never_those_of_the_question(tmp_path: Path) -> None:
    lines = "X-Scope: team\nHost: other\nnonsense\nContent-Length: 3\n  Cookie:\ta=b \n"
    told = {"X-Scope": "team", "Cookie": "a=b"}
    file = tmp_path / "headers"
    file.write_text(lines)
    here, away = parse_address("http://localhost"), parse_address("http://host.example")
    secure = parse_address("https://host.example")
    for environment in ({"H": lines}, {"F": str(file)}):
        assert headers_for(here, "H", "F", environment) == told
        assert headers_for(secure, "H", "F", environment) == told
        assert headers_for(away, "H", "F", environment) == {}, "anybody could read them"
    assert headers_for(here, "H", "F", {}) == {}
