"""What a person calls a machine behind SSH."""

from __future__ import annotations

import pytest

from trackio_view.sources.trackio.ssh.host import NoHost, SshHost, parse_host


@pytest.mark.parametrize(
    ("text", "name", "directory"),
    [
        ("box", "box", None),
        ("box:", "box", None),
        ("me@box", "me@box", None),
        ("box.example.org:runs", "box.example.org", "runs"),
        ("me@box:~/my runs/a:b", "me@box", "~/my runs/a:b"),
        ("[fe80::1%eth0]:/data", "fe80::1%eth0", "/data"),
        ("me@[::1]", "me@::1", None),
        ("10.0.0.7:/data", "10.0.0.7", "/data"),
    ],
)
def test_a_machine_and_a_directory(text: str, name: str, directory: str | None) -> None:
    shown = text.rstrip(":") if directory is None else text
    assert parse_host(text) == SshHost(name, directory, shown)


NO_MACHINES = ("", ":", ":/data", "-oProxyCommand=x", "me@-x", "-me@x", "a b", "a\nb", "ssh://x")


@pytest.mark.parametrize("text", [*NO_MACHINES, "a/b", "@x", "box\x07", "box:/data\x1b[31m"])
def test_a_text_that_names_no_machine_is_refused(text: str) -> None:
    with pytest.raises(NoHost):
        parse_host(text)
