"""A distant project of 100,000 rows: at TrackIO's own server, and behind a pipe."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from databases import Size, project_directory
from screen import percentile

if TYPE_CHECKING:
    from trackio_view.sources.trackio.server.server import Server
    from trackio_view.sources.trackio.ssh.far_machine import SshMachine

SIZE = Size(100_000, 10)
IDLE_SECONDS = 20.0
INTERVAL = 2.0
"""Seconds between looks, as by default."""
_PING_SECONDS = 0.02
_ALONE_SECONDS = 5.0
_START_SECONDS = 60.0
_SHOW = "import sys; from trackio.cli import main; sys.argv = ['trackio', 'show']; main()"
_SSH = '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nexec sh -c "$3"\n'
"""A stand-in for `ssh`, because our far end is measured instead of OpenSSH's ciphers."""


def over_http() -> Mapping[str, float]:
    """Return the cost of a server's project, and how much others wait who ask the server."""
    with _served() as address:
        alone = _Pings(address)
        time.sleep(_ALONE_SECONDS)
        before = alone.percentile_95()
        loading = _Pings(address)
        process = _watching("http", address)
        taken = json.loads(_line(process))
        busy = loading.percentile_95()
        resting = _Pings(address)
        taken |= json.loads(_line(process))
        rest = resting.percentile_95()
        process.wait()
    return {**taken, "ping p95, alone": before, "while loading": busy, "at rest": rest}


def over_a_pipe() -> Mapping[str, float]:
    """Return the cost of a project behind `ssh`, without the cost of OpenSSH."""
    with tempfile.TemporaryDirectory() as folder:
        ssh = Path(folder) / "ssh"
        ssh.write_text(_SSH)
        ssh.chmod(0o755)
        path = f"{folder}:{os.environ['PATH']}"
        process = _watching("ssh", f"box:{project_directory(SIZE)}", PATH=path)
        taken: dict[str, float] = {**json.loads(_line(process)), **json.loads(_line(process))}
        process.wait()
    return taken


def _watching(kind: str, named: str, **variables: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, kind, named]
    environment = {**os.environ, **variables}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)


def _line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None:
        raise ValueError("its output is not read")
    return process.stdout.readline()


@contextmanager
def _served() -> Iterator[str]:
    """Start TrackIO's server with a copy of the project; give its address."""
    with tempfile.TemporaryDirectory() as folder, closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        # The server migrates the project that it serves, so it gets a copy.
        shutil.copyfile(project_directory(SIZE) / "bench.db", Path(folder) / "bench.db")
        variables = {
            "TRACKIO_DIR": folder,
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_NUM_PORTS": "1",
            "BROWSER": "/bin/true",
            "HF_HUB_OFFLINE": "1",
            "TRACKIO_WRITE_TOKEN": "t",
        }
        server = subprocess.Popen(
            [sys.executable, "-c", _SHOW],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"127.0.0.1:{port}"
        try:
            deadline = time.monotonic() + _START_SECONDS
            while True:
                try:
                    urllib.request.urlopen(f"http://{address}/version", timeout=5).close()
                    break
                except OSError:
                    if time.monotonic() > deadline or server.poll() is not None:
                        raise
                    time.sleep(0.1)
            yield address
        finally:
            server.kill()
            server.wait()


class _Pings:
    """The times that a server takes for its shortest answer, asked again and again in a thread."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._taken: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def percentile_95(self) -> float:
        """Stop, and return the 95th percentile of the times in milliseconds."""
        self._ended.set()
        self._thread.join()
        return 1000 * percentile(self._taken, 0.95)

    def _ask(self) -> None:
        with closing(http.client.HTTPConnection(self._address)) as connection:
            while not self._ended.wait(_PING_SECONDS):
                started = time.perf_counter()
                connection.request("GET", "/version")
                connection.getresponse().read()
                self._taken.append(time.perf_counter() - started)


def _measure(kind: str, named: str) -> None:
    """Print the times of a load, then the questions and bytes while nothing is logged."""
    import anyio

    from trackio_view.model.events import DataEvent, LoadFinished, PreviewLoaded, RowsLoaded
    from trackio_view.sources.http.addresses import parse_address
    from trackio_view.sources.trackio.server.server import Server
    from trackio_view.sources.trackio.server.source import DistantProjects
    from trackio_view.sources.trackio.ssh.far_machine import SshMachine
    from trackio_view.sources.trackio.ssh.host import parse_host

    place = Server(parse_address(named)) if kind == "http" else SshMachine(parse_host(named))

    async def watch() -> None:
        source = DistantProjects(place, INTERVAL)
        send, receive = anyio.create_memory_object_stream[DataEvent](16)
        first: float | None = None
        started = time.perf_counter()
        async with send, receive, anyio.create_task_group() as group:
            group.start_soon(source.watch, source.named("bench"), send)
            async for event in receive:
                passed = 1000 * (time.perf_counter() - started)
                if first is None and isinstance(event, PreviewLoaded | RowsLoaded):
                    first = passed
                if isinstance(event, LoadFinished):
                    break
            print(json.dumps({"first chart": first, "whole": passed}), flush=True)
            asked, came = _counted(place)
            with anyio.move_on_after(IDLE_SECONDS):
                async for _ in receive:
                    continue
            now_asked, now_came = _counted(place)
            asked, came = now_asked - asked, now_came - came
            minute = 60 / IDLE_SECONDS
            idle = {
                "an idle look": came * INTERVAL / IDLE_SECONDS,
                "requests a minute": asked * minute,
                "bytes a minute": came * minute,
            }
            print(json.dumps(idle), flush=True)
            group.cancel_scope.cancel()
        source.close()

    anyio.run(watch)


def _counted(place: Server | SshMachine) -> tuple[int, int]:
    """Return how many questions a place was asked so far, and how many bytes it answered."""
    from trackio_view.sources.trackio.server.server import Server

    if isinstance(place, Server):
        return place.client.requests, place.client.bytes_received
    return place.pipe.questions, place.pipe.bytes_received


if __name__ == "__main__":
    _measure(sys.argv[1], sys.argv[2])
