"""An `ssh` that is first on PATH: it runs the command here, fails, or is OpenSSH's own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

_LOCAL = """
echo $$ >> {folder}/started
printf '%s\\n' "$@" > {folder}/arguments
echo 'a login says this' ; echo 'and a banner that' >&2
while [ "$1" != -- ]; do shift; done
exec sh -c "$3"
"""
"""Runs the far command here, as OpenSSH does there."""


@dataclass
class StubSsh:
    """An executable `ssh` that is first on PATH."""

    folder: Path

    def write(self, script: str) -> None:
        """Replace the script, from the next connection on."""
        path = self.folder / "ssh"
        new = path.with_suffix(".new")
        new.write_text("#!/bin/sh\n" + script.replace("{folder}", str(self.folder)))
        new.chmod(0o755)
        new.replace(path)

    def run_here(self) -> None:
        self.write(_LOCAL)

    def fail(self, said: str, code: int = 255) -> None:
        """Make it print something and end, as OpenSSH does."""
        (self.folder / "said").write_text(said)
        self.write(f"cat {{folder}}/said >&2; exit {code}\n")

    @property
    def started(self) -> list[int]:
        """The processes that connections were."""
        path = self.folder / "started"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    @property
    def arguments(self) -> list[str]:
        return (self.folder / "arguments").read_text().splitlines()


@pytest.fixture
def stub_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StubSsh:
    """Return an `ssh` that runs the command here, with the Python that runs the tests."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    stub = StubSsh(folder)
    stub.run_here()
    return stub


@dataclass
class RealSsh:
    """OpenSSH's server on this machine, and an `ssh` that knows it as `far`."""

    folder: Path
    config: Path
    server: subprocess.Popen[bytes]
    port: int

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(10)


def _key(path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)


@pytest.fixture
def real_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealSsh]:
    """Return a server with a key of its own, and a client whose settings name it."""
    server = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    client = shutil.which("ssh")
    if server is None or client is None or shutil.which("ssh-keygen") is None:
        pytest.skip("OpenSSH's server is not installed")
    if os.geteuid() == 0 and not Path("/run/sshd").exists():
        try:
            Path("/run/sshd").mkdir(mode=0o755)
        except OSError:
            pytest.skip("OpenSSH's server wants /run/sshd, which cannot be made")
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "own"):
        _key(folder / name)
    shutil.copy(folder / "own.pub", folder / "authorized")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    python = folder / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"SetEnv PATH={python.parent}:/usr/bin:/bin\n"
    )
    kind, key = (folder / "host.pub").read_text().split()[:2]
    (folder / "known").write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    config = folder / "config"
    config.write_text(
        f"Host far\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n"
        f" IdentityFile {folder}/own\n IdentitiesOnly yes\n IdentityAgent none\n"
        f" UserKnownHostsFile {folder}/known\n GlobalKnownHostsFile /dev/null\n"
    )
    bin_folder = tmp_path / "bin-of-ssh"
    bin_folder.mkdir()
    wrapper = bin_folder / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {client} -F {config} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    log = folder / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [server, "-D", "-e", "-f", str(folder / "sshd_config")],
            stdin=subprocess.DEVNULL,
            stderr=said,
        )
    found = RealSsh(folder, config, process, port)
    try:
        deadline = time.monotonic() + 30
        while b"listening" not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"OpenSSH's server does not start: {log.read_text()[:200]}")
            time.sleep(0.02)
        probe = [str(wrapper), "-o", "BatchMode=yes", "far", "true"]
        tried = subprocess.run(probe, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if tried.returncode:
            pytest.skip(f"this user cannot log in: {(tried.stdout + tried.stderr).strip()[:200]}")
        yield found
    finally:
        found.stop()
