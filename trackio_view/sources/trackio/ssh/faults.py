"""The faults of a machine behind SSH, each in one sentence that names it and says what to do."""

from __future__ import annotations

import re

from trackio_view.sources.http.faults import quoted
from trackio_view.sources.trackio.faults import FaultKind
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh.host import SshHost
from trackio_view.sources.trackio.ssh.program import OLD_PYTHON, PYTHON

_REFUSED_SECONDS = 300.0
"""Seconds for which a machine that refuses us is left alone: some ban a client that tries more
often.
"""
_SSH_FAILED = 255
_NOT_FOUND = (126, 127)
_AS_THERE = (FaultKind.MISSING, FaultKind.EMPTY, FaultKind.TOO_MUCH)
"""The kinds that are here what they are at the far end."""

_BY_WORDS: tuple[tuple[str, str, float | None], ...] = (
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "has another key than the one that `ssh` knows: if that is right, `ssh-keygen -R`"
        " forgets the old one.",
        _REFUSED_SECONDS,
    ),
    (
        "Host key verification failed",
        "is not known to `ssh` yet: connect by hand once, with `ssh`, and accept its key.",
        _REFUSED_SECONDS,
    ),
    (
        "Permission denied",
        "lets nobody in without being asked: `ssh` has to work by a key or an agent.",
        _REFUSED_SECONDS,
    ),
    (
        "Too many authentication failures",
        "refuses after too many keys: name one for it in `~/.ssh/config`.",
        _REFUSED_SECONDS,
    ),
    (
        "Could not resolve hostname",
        "cannot be found: `ssh` knows no such host, so look how it is spelled.",
        None,
    ),
    (
        "Connection refused",
        "refuses connections: start an SSH server there, or name its port in `~/.ssh/config`.",
        None,
    ),
    ("timed out", "does not answer: look whether it is off, or behind a VPN.", None),
    ("not responding", "does not answer any more: look whether it or its network is down.", None),
    (
        "No route to host",
        "cannot be reached: the network has no way there; a VPN may be missing.",
        None,
    ),
    (
        "Network is unreachable",
        "cannot be reached: the network has no way there; a VPN may be missing.",
        None,
    ),
)
"""Words of OpenSSH's client (its own sources) -> what to say, and the seconds to wait at least."""


def of_end(host: SshHost, code: int | None, said: str, was_ready: bool, needs: str) -> ServerFault:
    """Return the fault of an `ssh` that ended with a code, `said` being what it wrote as errors.

    `was_ready` tells whether it had answered before, `needs` which Python it has to have.
    """
    for words, sentence, wait in _BY_WORDS:
        if words in said:
            return ServerFault(f"{host.shown} {sentence}", wait=wait)
    last = _last_line(said)
    if OLD_PYTHON in said:
        version = said.partition(OLD_PYTHON)[2].split()
        found = f"Python {version[0]}" if version else "an old Python"
        return ServerFault(f"{host.shown} has {found} as `{PYTHON}`: {needs} or later is needed.")
    if "_sqlite3" in said or "No module named 'sqlite3'" in said:
        return ServerFault(
            f"{host.shown} has a `{PYTHON}` without SQLite: another one is needed there."
        )
    if code in _NOT_FOUND and not was_ready:
        return ServerFault(f"{host.shown} has no `{PYTHON}` on its PATH: install it there.")
    behind = f"; {quoted(last)}" if last else ""
    if was_ready:
        behind = behind if code != _SSH_FAILED else ""
        return ServerFault(f"{host.shown} broke the connection: {_by_hand(host)}{behind}.")
    if code == _SSH_FAILED and last:
        return ServerFault(f"{host.shown} cannot be reached: {_by_hand(host)}{behind}.")
    return ServerFault(
        f"{host.shown} runs no `{PYTHON}` for us: `ssh {host.name} {PYTHON} -V` by hand tells"
        f" more{behind}."
    )


def no_ssh() -> ServerFault:
    """Return the fault of this machine where it lacks OpenSSH's client."""
    return ServerFault("There is no `ssh` on this machine's PATH: install OpenSSH's client.")


def too_slow(host: SshHost) -> ServerFault:
    """Return the fault of a machine that does not answer in time."""
    return ServerFault(f"{host.shown} is too slow to answer: {_by_hand(host)}.", FaultKind.TOO_MUCH)


def too_large(host: SshHost) -> ServerFault:
    """Return the fault of an answer that is too large."""
    return ServerFault(
        f"{host.shown} answers with more than can be read: look what answers there.",
        FaultKind.TOO_MUCH,
    )


def no_answer(host: SshHost) -> ServerFault:
    """Return the fault of bytes that are no answer to a question."""
    return ServerFault(
        f"{host.shown} answers with what was not asked for: `ssh {host.name} true` by hand should"
        " print nothing."
    )


def of_answer(host: SshHost, text: str, kind: object, *, of_project: bool) -> ServerFault:
    """Return the fault that the far end found, of one project or of all."""
    found = next((one for one in _AS_THERE if one.value == kind), None)
    if kind == "transient" or "no such table" in text or "no such column" in text:
        found = FaultKind.STALE
    text = text if host.shown in text else f"{host.shown}: {text}"
    return ServerFault(text, found, of_project=of_project)


def _by_hand(host: SshHost) -> str:
    return f"`ssh {host.name} true` by hand tells whether it can be reached"


def _last_line(said: str) -> str:
    """Return the last line with text, without the name of the program that wrote it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return re.sub(r"^(ssh|kex_exchange_identification|bash|sh): ", "", lines[-1]) if lines else ""
