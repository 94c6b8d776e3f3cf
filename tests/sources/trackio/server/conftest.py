"""Servers to ask: one that answers from databases as TrackIO's does, with a mode for each fault."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.listener import Listener
from trackio_view.sources.http import pauses
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.trackio.server.server import Server, client_of
from trackio_view.sources.trackio.server.source import DistantProjects

MODES = {
    "html": (200, "text/html", b"<html>sign in</html>"),
    "nan": (200, "application/json", b'{"data": NaN}'),
    "cut json": (200, "application/json", b'{"data": [1, 2'),
    "prometheus": (200, "application/json", b'{"version": "2.42.0"}'),
    "plain to tls": (400, "text/html", b"The plain HTTP request was sent to HTTPS port"),
    "wants a token": (401, "text/plain", b"no"),
    "forbidden": (403, "text/plain", b"no"),
    "too old": (404, "application/json", b'{"detail": "Not Found"}'),
    "small": (413, "text/html", b""),
    "limited": (429, "text/html", b""),
    "starting": (503, "text/html", b""),
    "proxy": (502, "text/html", b""),
    "denied": (500, "application/json", b'{"error": "not authorized"}'),
    "other": (418, "text/html", b""),
}


@dataclass
class Asked:
    """A request as it was received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FaultyServer:
    """Answers as a TrackIO server, unless its mode is another than `right`."""

    directory: Path
    mode: str = "right"
    location: str = ""
    retry_after: str = ""
    asked: list[Asked] = field(default_factory=list)
    names: list[Any] | None = None
    """The names that it lists, if not those of its directory."""
    sleeps: int = 0
    """How often the client's machine slept. Each time its open connections die without a word."""

    def __post_init__(self) -> None:
        self._listener = Listener(self._serve)

    @property
    def address(self) -> str:
        return self._listener.address

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        born = self.sleeps
        try:
            if self.mode == "banner":
                writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
                await writer.drain()
                # Bytes that are left unread on closing would reset the connection before the answer
                # is read.
                await reader.read(1 << 16)
            while self.mode != "banner":
                first = await reader.readexactly(1)
                if first == b"\x16":
                    # The beginning of TLS.
                    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    break
                head = (first + await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                method, path, _ = head[0].split(" ")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                if born < self.sleeps:
                    await asyncio.sleep(3600)
                self.asked.append(Asked(method, path, headers, body))
                await self._answer(self.asked[-1], writer)
                await writer.drain()
                if self.mode not in ("right", "rows", "types", "falling", *MODES):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        mode = self.mode
        if mode in MODES:
            self._send(writer, *MODES[mode])
        elif mode == "redirect":
            # The mode is read before anything is sent, because the test may set the next one then.
            location = self.location
            is_within = location.startswith("/") and not location.startswith("//")
            self.mode = "right" if is_within else mode
            self._send(writer, 307, "text/html", b"", f"Location: {location}\r\n")
        elif mode == "hang":
            await asyncio.sleep(30)
        elif mode == "drip":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        elif mode == "drip of headers":
            for _ in range(1000):
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.02)
        elif mode == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        elif mode == "broken gzip":
            packed = gzip.compress(b'{"data": []}')
            self._send(
                writer, 200, "application/json", packed[:9] + b"x", "Content-Encoding: gzip\r\n"
            )
        elif mode == "bomb":
            packed = gzip.compress(bytes(80 << 20), 1)
            self._send(writer, 200, "application/json", packed, "Content-Encoding: gzip\r\n")
        elif mode == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")
                await writer.drain()
        else:
            self._send(writer, *self._right(asked))

    def _send(
        self, writer: asyncio.StreamWriter, status: int, kind: str, body: bytes, more: str = ""
    ) -> None:
        if self.retry_after:
            more += f"Retry-After: {self.retry_after}\r\n"
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}{more}\r\n".encode() + body)

    def _right(self, asked: Asked) -> tuple[int, str, bytes]:
        if asked.path.endswith("/version"):
            return self._json({"version": "0.43.0", "api_version": 1})
        if asked.path.endswith("/api/get_all_projects"):
            found = [path.stem for path in self.directory.glob("*.db")]
            return self._json({"data": found if self.names is None else self.names})
        question = json.loads(asked.body)
        path = self.directory / f"{question['project']}.db"
        if not path.exists():
            return self._json({"error": f"Project '{question['project']}' not found."}, 500)
        with closing(sqlite3.connect(path)) as database:
            database.row_factory = sqlite3.Row
            try:
                answer = database.execute(question["query"])
                columns = [column[0] for column in answer.description]
                rows = [{name: self._value(row[name]) for name in columns} for row in answer]
            except sqlite3.Error as error:
                return self._json({"error": str(error)}, 500)
        return self._json({"data": {"columns": columns, "rows": self._spoiled(columns, rows)}})

    def _spoiled(self, columns: list[str], rows: list[dict[str, Any]]) -> list[Any]:
        packed = columns[0].startswith("json_group_array")
        if not rows or not ("run_name" in columns or packed):
            return rows
        if self.mode == "rows":
            return [dict(rows[0], metrics="{}") for _ in range(20_000)]
        if self.mode == "falling" and packed:
            found = [[-5, *row[1:]] for row in json.loads(rows[0][columns[0]])]
            return [{columns[0]: json.dumps(found), columns[1]: 0}]
        if self.mode == "falling":
            return [dict(row, id=-5) for row in rows]
        if self.mode == "types":
            return [{key: [{}] for key in row} for row in rows]
        return rows

    @staticmethod
    def _value(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    @staticmethod
    def _json(answer: Any, status: int = 200) -> tuple[int, str, bytes]:
        return status, "application/json", json.dumps(answer).encode()


@pytest.fixture
def faulty_server(project: Any) -> Iterator[FaultyServer]:
    """Return a server of the project's folder, whose mode may be changed at any time."""
    server = FaultyServer(project.path.parent)
    server.start()
    yield server
    server.stop()


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass
class RealServer:
    """TrackIO's own server, in a process of its own."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **os.environ,
            "TRACKIO_DIR": str(self.directory),
            "GRADIO_SERVER_PORT": str(self.port),
            "GRADIO_NUM_PORTS": "1",
            "TRACKIO_WRITE_TOKEN": "write-secret",
            "BROWSER": "/bin/true",
            "HF_HUB_OFFLINE": "1",
            "TRACKIO_INBOX_POLL_INTERVAL": "3600",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SHOW],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://{self.address}/version", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


_SHOW = "import sys; from trackio.cli import main; sys.argv = ['trackio', 'show']; main()"


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Return TrackIO's server of an empty directory."""
    server = RealServer(tmp_path_factory.mktemp("served"), free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Return a function that waits until a condition holds."""

    def wait(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pauses short after which a server that does not answer is asked again."""
    monkeypatch.setattr(pauses, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(pauses, "_LONGEST_PAUSE", 0.1)


@pytest.fixture
def asking(producing: Any) -> Any:
    """Return a context in which a project of a server is watched."""

    @asynccontextmanager
    async def ask(server: Any, name: str = "project") -> AsyncIterator[Any]:
        place = Server(parse_address(server.address))
        place.client = client_of(place.address, whole_seconds=5)
        source = DistantProjects(place, 0.02)
        async with producing(partial(source.watch, source.named(name))) as received:
            received.source, received.server = source, place
            yield received
        source.close()

    return ask
