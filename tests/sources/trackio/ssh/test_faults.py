"""Errors of OpenSSH and of a far machine become one sentence: the machine, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.sources.trackio.faults import FaultKind
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh.far_machine import SshMachine
from trackio_view.sources.trackio.ssh.faults import (
    no_answer,
    no_ssh,
    of_answer,
    of_end,
    too_large,
    too_slow,
)
from trackio_view.sources.trackio.ssh.host import parse_host

CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Host key for box has changed and you have requested strict checking.
Host key verification failed.
"""

SAID = {
    "unknown host": ("ssh: Could not resolve hostname box: Name or service not known", 255),
    "key unknown": (
        "No ED25519 host key is known for box and you have requested strict checking.\n"
        "Host key verification failed.",
        255,
    ),
    "key changed": (CHANGED, 255),
    "denied": ("me@box: Permission denied (publickey,password).", 255),
    "too many keys": ("Disconnected from box port 22: Too many authentication failures", 255),
    "refused": ("ssh: connect to host box port 22: Connection refused", 255),
    "silent": ("ssh: connect to host box port 22: Connection timed out", 255),
    "given up": ("Timeout, server box not responding.", 255),
    "no way": ("ssh: connect to host box port 22: No route to host", 255),
    "no network": ("ssh: connect to host box port 22: Network is unreachable", 255),
    "closed early": ("kex_exchange_identification: Connection closed by remote host", 255),
    "no python": ("bash: line 1: python3: command not found", 127),
    "old python": ("trackio-view: this Python is 3.6", 1),
    "no sqlite": ("ModuleNotFoundError: No module named '_sqlite3'", 1),
    "no login": ("This account is currently not available.", 1),
}
SENTENCES = {
    "unknown host": "box:/data cannot be found: `ssh` knows no such host, so look how it is"
    " spelled.",
    "key unknown": "box:/data is not known to `ssh` yet: connect by hand once, with `ssh`, and"
    " accept its key.",
    "key changed": "box:/data has another key than the one that `ssh` knows: if that is right,"
    " `ssh-keygen -R` forgets the old one.",
    "denied": "box:/data lets nobody in without being asked: `ssh` has to work by a key or an"
    " agent.",
    "too many keys": "box:/data refuses after too many keys: name one for it in `~/.ssh/config`.",
    "refused": "box:/data refuses connections: start an SSH server there, or name its port in"
    " `~/.ssh/config`.",
    "silent": "box:/data does not answer: look whether it is off, or behind a VPN.",
    "given up": "box:/data does not answer any more: look whether it or its network is down.",
    "no way": "box:/data cannot be reached: the network has no way there; a VPN may be missing.",
    "no network": "box:/data cannot be reached: the network has no way there;"
    " a VPN may be missing.",
    "closed early": "box:/data cannot be reached: `ssh box true` by hand tells whether it can be"
    ' reached; it says "Connection closed by remote host".',
    "no python": "box:/data has no `python3` on its PATH: install it there.",
    "old python": "box:/data has Python 3.6 as `python3`: 3.8 or later is needed.",
    "no sqlite": "box:/data has a `python3` without SQLite: another one is needed there.",
    "no login": "box:/data runs no `python3` for us: `ssh box python3 -V` by hand tells more;"
    ' it says "This account is currently not available".',
}


@pytest.mark.parametrize("kind", SAID)
def test_each_fault_is_one_sentence_that_names_the_machine(kind: str, stub_ssh: Any) -> None:
    said, code = SAID[kind]
    stub_ssh.fail("Warning: a line that is none of it\n" + said + "\n", code)
    machine = SshMachine(parse_host("box:/data"))
    with pytest.raises(ServerFault) as raised:
        machine.projects()
    text = str(raised.value)
    assert text == SENTENCES[kind]
    # Some machines ban clients that are refused and try again and again.
    is_refused = kind in ("key unknown", "key changed", "denied", "too many keys")
    assert (raised.value.wait or 0) >= 60 if is_refused else raised.value.wait is None


def test_a_machine_without_ssh_says_so(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerFault, match="no `ssh` on this machine's PATH"):
        SshMachine(parse_host("box")).projects()


LOST = "box broke the connection: `ssh box true` by hand tells whether it can be reached"


@pytest.mark.parametrize(
    ("code", "said", "text"),
    [
        (255, "Broken pipe", LOST + "."),
        (1, "Killed", LOST + '; it says "Killed".'),
        (127, "", LOST + "."),
        (None, "", LOST + "."),
    ],
)
def test_a_connection_that_was_there_is_lost(code: int | None, said: str, text: str) -> None:
    assert str(of_end(parse_host("box"), code, said, True, needs="3.8")) == text


def test_a_machine_with_an_old_python_is_told_which_it_needs() -> None:
    said = "trackio-view: this Python is 3.8"
    fault = of_end(parse_host("box"), 1, said, False, needs="3.10")
    assert str(fault) == "box has Python 3.8 as `python3`: 3.10 or later is needed."
    fault = of_end(parse_host("box"), 1, "trackio-view: this Python is", False, needs="3.8")
    assert str(fault) == "box has an old Python as `python3`: 3.8 or later is needed."


def test_only_what_is_too_much_is_asked_for_in_less() -> None:
    host = parse_host("box:/data")
    assert too_slow(host).kind is FaultKind.TOO_MUCH
    assert too_large(host).kind is FaultKind.TOO_MUCH
    said = of_answer(host, "Too much.", "too_much", of_project=False)
    assert said.kind is FaultKind.TOO_MUCH
    for fault in (
        no_ssh(),
        no_answer(host),
        of_answer(host, "It is away.", None, of_project=False),
    ):
        assert fault.kind is None, str(fault)
