"""A fleet of 1,026 GPUs on the screen, from a server that answers like Prometheus."""

from __future__ import annotations

import http.server
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import cycle
from urllib.parse import parse_qs

from screen import Screen, percentile

HOSTS, GPUS = 128, 8
FIELDS = {
    "DEV_GPU_UTIL": 100.0,
    "DEV_FB_USED": 75_000.0,
    "DEV_FB_FREE": 5_000.0,
    "DEV_FB_RESERVED": 614.0,
    "DEV_POWER_USAGE": 690.0,
    "DEV_GPU_TEMP": 70.0,
    "DEV_SM_CLOCK": 1980.0,
    "PROF_GR_ENGINE_ACTIVE": 1.0,
}
KEYS = ("\x1b[B", "\x1b[B", "\x1b[A", "\x1b[6~", "\x1b[5~", "s")
"""The keys: down, down, up, a page down, a page up, another order."""
KEY_PRESSES = 300
HOSTS_OPENED = 12
REST_SECONDS = 45.0


def _gpus() -> Iterator[tuple[str, str]]:
    for host in range(HOSTS):
        for gpu in range(GPUS):
            yield f"10.0.{host // 100}.{host % 100}:9400", str(gpu)
    # A small machine has two more GPUs.
    for gpu in range(2):
        yield "10.0.9.9:9400", str(gpu)


_MOMENT = 1_234_567_890.0
"""A number in prepared answers in the place of the answer's time."""
_READ = 1_234_567_887.0
"""A number in the place of the time when the exporters were read."""


class _Prepared:
    """Answers about the whole fleet, made before anybody asks.

    Making one takes a tenth of a second of processor time, which a real server would spend on
    another machine.
    """

    def __init__(self) -> None:
        self._bodies = cycle([_body("vector", _numbers(_MOMENT, None)) for _ in range(8)])
        self._lock = threading.Lock()

    def body(self, now: float) -> bytes:
        with self._lock:
            found = next(self._bodies)
        found = found.replace(str(_MOMENT).encode(), f"{now:.3f}".encode())
        return found.replace(str(_READ).encode(), f"{now - 3:.3f}".encode())


def _body(kind: str, result: list[object]) -> bytes:
    data = {"resultType": kind, "result": result}
    # Prometheus writes without blanks, too.
    return json.dumps({"status": "success", "data": data}, separators=(",", ":")).encode()


def _numbers(now: float, instance: str | None) -> list[object]:
    found: list[object] = []
    for target, gpu in _gpus():
        if instance is None or target == instance:
            for name, most in FIELDS.items():
                labels = {"__name__": f"DCGM_FI_{name}", "instance": target, "gpu": gpu}
                value = f"{most * random.uniform(0.6, 1.0):.3f}"
                found.append({"metric": labels, "value": [now, value]})
    for target in dict.fromkeys(target for target, _ in _gpus()):
        if instance is None or target == instance:
            found.append({"metric": {"instance": target}, "value": [now, str(now - 3)]})
    return found


def _identities(now: float) -> list[object]:
    return [
        {
            "metric": {
                "__name__": "DCGM_FI_DEV_FB_USED",
                "instance": target,
                "gpu": gpu,
                "UUID": f"GPU-{target}-{gpu}",
                "Hostname": f"gpu-node-{target[5:-5]}",
                "modelName": "NVIDIA H100 80GB HBM3",
                "exported_pod": f"train-{target[7:-5]}",
                "exported_namespace": "team",
            },
            "value": [now, "1"],
        }
        for target, gpu in _gpus()
    ]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        query, now = form["query"][0], time.time()
        kind = "vector"
        asked = query.partition('instance=~"')[2].partition('"')[0].replace("\\", "")
        if query.startswith("count by"):
            result: list[object] = [
                {"metric": {"__name__": "DCGM_FI_DEV_FB_USED"}, "value": [now, "1026"]}
            ]
        elif query.startswith("group by"):
            result = _identities(now)
        elif "(up)" in query or "max_over_time" in query:
            result = []
        elif asked:
            result = _numbers(now, asked)
        else:
            self._send(self.server.prepared.body(now))  # type: ignore[attr-defined]
            return
        if self.path.endswith("query_range"):
            kind, end = "matrix", float(form["end"][0])
            result = [
                {
                    "metric": one["metric"],  # type: ignore[index]
                    "values": [
                        [end - 30 * step, one["value"][1]]  # type: ignore[index]
                        for step in reversed(range(121))
                    ],
                }
                for one in result
                if "__name__" in one["metric"]  # type: ignore[index]
            ]
        self._send(_body(kind, result))

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def watch_fleet() -> Mapping[str, float]:
    """Return the cost of a fleet at rest, and the times of keys while it is on screen."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    # The server is a process of its own, because its cost must not be measured.
    server = subprocess.Popen([sys.executable, __file__, str(port)])
    try:
        return _watch(f"127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()


def _watch(address: str) -> Mapping[str, float]:
    arguments = ("--gpu", "--prometheus", address, "--dir", "/nowhere")
    with Screen(*arguments) as screen:
        first = screen.wait_for(lambda: b"1,026 GPUs" in screen.output) - screen.started
        screen.settle(0.5, 3.0)
        share = screen.share_of_core(REST_SECONDS)
        memory = screen.peak_megabytes()
    # The looks are as frequent as allowed, so that keys fall into looks.
    with Screen(*arguments, "--interval", "5") as screen:
        screen.wait_for(lambda: b"1,026 GPUs" in screen.output)
        screen.settle(0.5, 3.0)
        times = []
        for press in range(KEY_PRESSES):
            taken = screen.answer_time(KEYS[press % len(KEYS)])
            if taken is not None:
                times.append(taken * 1000)
            # The keys come as fast as from a key held down, so that looks fall between them.
            time.sleep(0.03)
        opened = []
        for _ in range(HOSTS_OPENED):
            taken = screen.answer_time("\r")
            if taken is not None:
                opened.append(taken * 1000)
            screen.settle(0.3, 2.0)
            screen.answer_time("\x1b")
            screen.answer_time(KEYS[0])
    return {
        "first screen": first * 1000,
        "CPU at 15 s": share,
        "peak memory": memory,
        "key, p50": percentile(times, 0.5),
        "key, p99": percentile(times, 0.99),
        "a host opened, median": statistics.median(opened),
    }


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int]) -> None:
        self.prepared = _Prepared()
        super().__init__(address, _Handler)

    def handle_error(self, *_: object) -> None:
        """Log nothing, because a viewer that leaves a host before its hour came hangs up."""


if __name__ == "__main__":
    address = ("127.0.0.1", int(sys.argv[1]))
    # The server gives way to the measured program, as if it ran on another machine.
    os.nice(19)
    _Server(address).serve_forever()
