"""A small Prometheus that keeps the output of exporters and answers the program's questions."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.listener import Listener

Labels = dict[str, str]
NOW = 1_790_000_000.0

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def series_of(text: str) -> list[tuple[Labels, str]]:
    """Return the series in an exporter's output, with values as Prometheus writes them."""
    found = []
    for line in text.splitlines():
        if line.startswith("#") or (parts := _LINE.fullmatch(line.strip())) is None:
            continue
        name, labels, value = parts.groups()
        pairs = {key: json.loads(f'"{told}"') for key, told in _LABEL.findall(labels or "") if told}
        found.append(({"__name__": name, **pairs}, value))
    return found


@dataclass
class SmallPrometheus:
    """Targets by instance, and the query API's answers about them."""

    now: float = NOW
    targets: dict[str, list[tuple[Labels, str]]] = field(default_factory=dict)
    extra: dict[str, Labels] = field(default_factory=dict)
    """Labels that the scraper adds, such as the exporter's pod."""
    down: set[str] = field(default_factory=set)
    scraped: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def scrape(self, place: str, text: str, **extra: str) -> None:
        """Take in an exporter's output; its labels that clash are renamed.

        The place is its instance, unless `extra` has another.
        """
        self.extra[place] = extra
        self.targets[place] = []
        self.scraped[place] = self.now - 5
        for labels, value in series_of(text):
            target = {"instance": place, **extra}
            own = {f"exported_{key}" if key in target else key: it for key, it in labels.items()}
            self.targets[place].append(({**own, **target}, value))

    def answer(self, query: str) -> Any:
        """Return the document that answers a question at this moment."""
        self.asked.append(query)
        return _document("vector", self._evaluated(query))

    def answer_range(self, query: str, start: float, end: float, step: float) -> Any:
        """Return the document that answers a question for a stretch of time."""
        self.asked.append(query)
        result = self._evaluated(query)
        times = [start + number * step for number in range(int((end - start) / step) + 1)]
        for one in result:
            one["values"] = [[time, one["value"][1]] for time in times]
            del one["value"]
        return _document("matrix", result)

    def _series(self, names: str, instances: str | None) -> list[tuple[Labels, str]]:
        return [
            (labels, value)
            for place, series in self.targets.items()
            if place not in self.down
            and (instances is None or re.fullmatch(instances, self._target(place)["instance"]))
            for labels, value in series
            if re.fullmatch(names, labels["__name__"])
        ]

    def _evaluated(self, query: str) -> list[Any]:
        if query == "max by (cluster,instance,pod,namespace)(up)":
            return [
                self._one(
                    {**self._target(place), **self._pod(place)}, str(int(place not in self.down))
                )
                for place in self.targets
            ]
        if "max_over_time" in query:
            return [
                self._one(self._target(place), str(self.scraped[place]))
                for place in sorted(self.down & self.targets.keys())
            ]
        found: list[Any] = []
        for part in re.split(r" or (?=max by \(cluster,instance\)\(timestamp)", query):
            found += self._part(part)
        return found

    def _target(self, place: str) -> Labels:
        extra = {label: it for label, it in self.extra[place].items() if label == "cluster"}
        return {"instance": self.extra[place].get("instance", place), **extra}

    def _pod(self, place: str) -> Labels:
        extra = self.extra[place]
        return {label: extra[label] for label in ("pod", "namespace") if label in extra}

    def _part(self, part: str) -> list[Any]:
        times = re.fullmatch(
            r"max by \(cluster,instance\)\(timestamp\((\w+)(?:\{instance=~(\".*\")\})?\)\)", part
        )
        if times is not None:
            where = None if times[2] is None else json.loads(times[2])
            seen = [labels for labels, _ in self._series(times[1], where)]
            return [
                self._one(self._target(place), str(self.scraped[place]))
                for place in self.targets
                if any(labels.items() >= self._target(place).items() for labels in seen)
            ]
        asked = re.fullmatch(
            r'(max|group|count) by \(([\w,]+)\)\(\{__name__=~"([^"]*)"(?:,instance=~(".*"))?\}\)',
            part,
        )
        assert asked is not None, part
        operator, names, metrics, instances = asked.groups()
        where = None if instances is None else json.loads(instances)
        together: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for labels, value in self._series(metrics, where):
            kept = tuple((it, labels[it]) for it in names.split(",") if it in labels)
            together.setdefault(kept, []).append(value)
        made: Mapping[str, Callable[[list[str]], str]] = {
            "max": lambda values: max(values, key=float),
            "group": lambda _: "1",
            "count": lambda values: str(len(values)),
        }
        return [self._one(dict(kept), made[operator](it)) for kept, it in together.items()]

    def _one(self, labels: Labels, value: str) -> Any:
        return {"metric": labels, "value": [self.now, value]}


def _document(kind: str, result: list[Any]) -> Any:
    return {"status": "success", "data": {"resultType": kind, "result": result}}


@pytest.fixture
def prometheus() -> SmallPrometheus:
    """Return a Prometheus without targets."""
    return SmallPrometheus()


@pytest.fixture
def expositions(captures: Path) -> Callable[[str], str]:
    """Return a function that reads a real exporter's output by its name."""
    return lambda name: (captures / "prometheus" / f"{name}.prom").read_text("utf-8")


DCGM_LABELS = 'gpu="{gpu}",UUID="GPU-{host}-{gpu}",modelName="NVIDIA H100 80GB HBM3"'


def dcgm_text(host: str, gpus: int = 2, **fields: object) -> str:
    """Return what a dcgm-exporter prints for a host of some GPUs, all alike but for the numbers."""
    given: dict[str, object] = {
        "DEV_GPU_UTIL": 90,
        "DEV_FB_USED": 60_000,
        "DEV_FB_FREE": 20_945,
        "DEV_FB_RESERVED": 614,
        "DEV_POWER_USAGE": 600.5,
        "DEV_GPU_TEMP": 55,
        "DEV_SM_CLOCK": 1980,
        **fields,
    }
    lines = []
    for name, value in given.items():
        for gpu in range(gpus):
            labels = DCGM_LABELS.format(gpu=gpu, host=host)
            own = value[gpu] if isinstance(value, list) else value
            if own is not None:
                lines.append(f'DCGM_FI_{name}{{{labels},Hostname="{host}"}} {own}')
    return "\n".join(lines)


@pytest.fixture
def dcgm() -> Callable[..., str]:
    """Return a function that prints as a dcgm-exporter does."""
    return dcgm_text


MODES: dict[str, tuple[int, str, bytes]] = {
    "page": (200, "text/html", b"<html>sign in</html>"),
    "trackio": (200, "application/json", b'{"data": ["project"]}'),
    "nan": (200, "application/json", b'{"status": "success", "data": NaN}'),
    "odd": (200, "application/json", b'{"status": "success", "data": {"resultType": "vector"}}'),
    "wants a token": (401, "text/plain", b"no"),
    "forbidden": (403, "text/html", b"no"),
    "elsewhere": (404, "text/plain", b"404 page not found"),
    "bad data": (400, "application/json", b'{"status":"error","error":"parse error at char 5"}'),
    "execution": (422, "application/json", b'{"status":"error","error":"too many samples"}'),
    "timeout": (503, "application/json", b'{"status":"error","error":"query timed out"}'),
    "limited": (429, "text/html", b""),
    "proxy": (502, "text/html", b""),
    "said": (200, "application/json", b'{"status":"error","error":"a store is gone"}'),
}


@dataclass
class PrometheusServer:
    """The small Prometheus on a socket, with a mode for each fault."""

    prometheus: SmallPrometheus
    mode: str = "right"
    location: str = ""
    retry_after: str = ""
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    """The path, headers and form fields of each question."""

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
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                path = head[0].split(" ")[1]
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                form = dict(parse_qsl(body.decode()))
                self.requests.append((path, headers, form))
                # A test may change the mode while an answer is written; one answer has one mode.
                mode = self.mode
                await self._answer(mode, path, form, writer)
                await writer.drain()
                if mode in ("hang", "drip", "cut", "endless"):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, mode: str, path: str, form: dict[str, str], writer: asyncio.StreamWriter
    ) -> None:
        if mode in MODES:
            self._send(writer, *MODES[mode])
        elif mode == "redirect":
            self._send(writer, 302, "text/html", b"", f"Location: {self.location}\r\n")
        elif mode == "hang":
            await asyncio.sleep(30)
        elif mode == "drip":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        elif mode == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        elif mode == "cut and open":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            await asyncio.sleep(30)
        elif mode == "bomb":
            packed = gzip.compress(bytes(80 << 20), 1)
            self._send(writer, 200, "application/json", packed, "Content-Encoding: gzip\r\n")
        elif mode == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")
                await writer.drain()
        else:
            document = self._right(path, form)
            self._send(writer, 200, "application/json", json.dumps(document).encode())

    def _right(self, path: str, form: dict[str, str]) -> Any:
        if path.endswith("/api/v1/query_range"):
            times = (float(form[name]) for name in ("start", "end", "step"))
            return self.prometheus.answer_range(form["query"], *times)
        assert path.endswith("/api/v1/query")
        return self.prometheus.answer(form["query"])

    def _send(
        self, writer: asyncio.StreamWriter, status: int, kind: str, body: bytes, more: str = ""
    ) -> None:
        if self.retry_after:
            more += f"Retry-After: {self.retry_after}\r\n"
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}{more}\r\n".encode() + body)


@pytest.fixture
def served(prometheus: SmallPrometheus) -> Iterator[PrometheusServer]:
    """Return a Prometheus of two hosts that can be asked over HTTP, in any mode."""
    for number in (1, 2):
        prometheus.scrape(f"10.0.0.{number}:9400", dcgm_text(f"node-{number}"))
    server = PrometheusServer(prometheus)
    server.start()
    yield server
    server.stop()
