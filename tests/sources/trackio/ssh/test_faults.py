"""What OpenSSH and a far machine say is one sentence that names the machine and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh.far_machine import SshMachine
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
    "no way": ("ssh: connect to host box port 22: No route to host", 255),
    "no network": ("ssh: connect to host box port 22: Network is unreachable", 255),
    "closed early": ("kex_exchange_identification: Connection closed by remote host", 255),
    "no python": ("bash: line 1: python3: command not found", 127),
    "old python": ("trackio-view: this Python is 3.6", 1),
    "no sqlite": ("ModuleNotFoundError: No module named '_sqlite3'", 1),
    "no login": ("This account is currently not available.", 1),
}
SENTENCES = {
    "unknown host": "cannot be found",
    "key unknown": "accept its key",
    "key changed": "`ssh-keygen -R` forgets",
    "denied": "`ssh` has to work by a key or an agent",
    "too many keys": "after too many keys",
    "refused": "refuses connections",
    "silent": "does not answer",
    "no way": "no way there",
    "no network": "no way there",
    "closed early": "cannot connect to box:/data: Connection closed by remote host.",
    "no python": "has no `python3` on its PATH",
    "old python": "has Python 3.6 as `python3`: 3.8 or later is needed",
    "no sqlite": "without SQLite",
    "no login": "runs no `python3` for us: This account is currently not available; `ssh",
}


@pytest.mark.parametrize("kind", SAID)
def test_each_fault_is_one_sentence_that_names_the_machine(kind: str, stub_ssh: Any) -> None:
    said, code = SAID[kind]
    stub_ssh.fail("Warning: a line that is none of it\n" + said + "\n", code)
    machine = SshMachine(parse_host("box:/data"))
    with pytest.raises(ServerFault) as raised:
        machine.projects()
    text = str(raised.value)
    assert SENTENCES[kind] in text
    assert ": " in text.partition("box:/data")[2], "what to do, or what is wrong, is told"
    assert "box:/data" in text
    assert text.endswith(".")
    assert "\n" not in text
    # Some machines bar those who are not let in and ask again and again.
    is_refused = kind in ("key unknown", "key changed", "denied", "too many keys")
    assert (raised.value.wait or 0) >= 60 if is_refused else raised.value.wait is None


def test_a_machine_without_ssh_says_so(monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerFault, match="no `ssh` on this machine's PATH"):
        SshMachine(parse_host("box")).projects()
