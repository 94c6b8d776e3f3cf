"""A real Prometheus understands each question, and answers in the form that is expected."""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.fleet import FleetHost
from trackio_view.sources.http.addresses import parse_address
from trackio_view.sources.prometheus import queries
from trackio_view.sources.prometheus.api import Prometheus
from trackio_view.sources.prometheus.faults import PrometheusFault
from trackio_view.sources.prometheus.fleet import Fleet

ODD_NAME = 'odd"} or up{a="\\d.+é'
"""A name that no target has, and that is no PromQL, either."""
EXPORTER = {"pod": "exporter", "namespace": "gpu-operator"}
"""Labels as Kubernetes adds them. The exporter's labels for the pods of its GPUs are renamed."""


class _Exporters(http.server.BaseHTTPRequestHandler):
    """Prints what the test says for each path; other paths do not exist."""

    printed: dict[str, str]

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        text = self.printed.get(self.path)
        self.send_response(503 if text is None else 200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.end_headers()
        self.wfile.write((text or "").encode() + b"\n")


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def eventually(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.fixture
def printed() -> Iterator[tuple[dict[str, str], int]]:
    """Return what exporters print by their paths, and the port at which they do."""
    _Exporters.printed = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Exporters)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield _Exporters.printed, server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fleet(printed: tuple[dict[str, str], int], tmp_path: Path) -> Iterator[Fleet]:
    """Return a fleet of two hosts, as a Prometheus in a process of its own tells of it."""
    binary = shutil.which("prometheus")
    if binary is None:
        pytest.skip("prometheus is not installed (Debian: the package prometheus)")
    port, (_, exporters) = free_port(), printed
    jobs = [
        {
            "targets": [f"127.0.0.1:{exporters}"],
            "labels": {"__metrics_path__": path, "instance": name, **EXPORTER},
        }
        for path, name in (("/a", "a:9400"), ("/odd", ODD_NAME))
    ]
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "gpus", "static_configs": jobs}],
    }
    # JSON is also YAML.
    (tmp_path / "prometheus.yml").write_text(json.dumps(settings), "utf-8")
    process = subprocess.Popen(
        [
            binary,
            f"--config.file={tmp_path}/prometheus.yml",
            f"--storage.tsdb.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = Fleet(Prometheus(parse_address(f"127.0.0.1:{port}"), {}))
    try:
        eventually("it starts", lambda: _is_ready(port))
        yield made
    finally:
        made.prometheus.client.close()
        process.kill()
        process.wait()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
            return True
    except OSError:
        return False


def test_every_question(
    fleet: Fleet,
    printed: tuple[dict[str, str], int],
    dcgm: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A process of a few seconds falls between two looks a minute apart.
    monkeypatch.setattr(queries, "LOST_STEP", 1)
    texts, _ = printed
    assert fleet.look(0.0).report.startswith("It has no numbers of a GPU: looked for")
    lent = dcgm("host-a", 2).replace('gpu="1"', 'gpu="1",pod="train-0",namespace="team"')
    texts.update({"/a": lent, "/odd": dcgm("host-b", 1, DEV_MEMORY_TEMP=70)})
    moment = 0.0

    def hosts() -> list[FleetHost]:
        nonlocal moment
        moment += 1_000
        return list(fleet.look(moment).hosts)

    found: list[FleetHost] = []

    def both_are_read() -> bool:
        # The next look may lie between two readings of the exporters.
        found[:] = hosts()
        return len(found) == 2

    eventually("both hosts are read", both_are_read)
    first, second = found
    assert (first.name, first.instances) == ("host-a", ("a:9400",))
    assert [gpu.identity.workload for gpu in first.samples] == [None, "team/train-0"]
    assert [gpu.utilization for gpu in first.samples] == [90.0, 90.0]
    assert first.samples[0].memory_total == (60_000 + 20_945 + 614) << 20
    assert abs(first.time - time.time()) < 3_600
    # A target with such a name is asked for by it, and no other.
    assert second.instances == (ODD_NAME,)
    told = fleet.look_at("host-b")
    assert told is not None
    assert told.samples[0].temperatures == {"gpu": 55.0, "memory": 70.0}
    remembered = fleet.history("host-b")
    assert remembered is not None
    shown = fleet.hosts["host-b"].time
    assert remembered.moments[-1].samples[0].time == pytest.approx(shown, abs=0.001)
    matched = Fleet(fleet.prometheus, match='instance="a:9400",job!~"x.*"').look(moment)
    assert [host.name for host in matched.hosts] == ["host-a"]
    del texts["/a"]
    eventually("one is down", lambda: hosts()[0].down_since is not None)
    down = hosts()[0]
    assert (down.is_listed, down.samples[0].utilization) == (True, 90.0)
    # A viewer that starts now sees it, too.
    late = Fleet(fleet.prometheus)
    gone = late.look(0.0).hosts[0]
    assert (gone.name, gone.samples) == ("host-a", ())
    assert gone.down_since == pytest.approx(down.time, abs=60)
    with pytest.raises(PrometheusFault, match=r"refuses a question: .*parse error"):
        fleet.prometheus.now("max by (")


def test_the_small_prometheus_answers_as_the_real_one(
    fleet: Fleet, printed: tuple[dict[str, str], int], dcgm: Callable[..., str], prometheus: Any
) -> None:
    texts, _ = printed
    texts["/a"] = dcgm("host-a", 3)
    eventually("it is read", lambda: bool(fleet.look(1_000 * time.monotonic()).hosts))
    fleet.look(1e12)
    prometheus.scrape("a:9400", texts["/a"], **EXPORTER)
    asked = fleet.prometheus.now("count({__name__=~'.+'})").series
    assert asked[0].value > 20
    other = Fleet(_Answering(prometheus))  # type: ignore[arg-type]
    (real,), (small,) = fleet.look(2e12).hosts, other.look(0.0).hosts
    assert real.name == small.name
    for ours, theirs in zip(real.samples, small.samples, strict=True):
        assert ours.identity == theirs.identity
        assert (ours.utilization, ours.memory_total) == (theirs.utilization, theirs.memory_total)


class _Answering:
    """The small Prometheus of the tests, asked without HTTP."""

    address = parse_address("small:9090")

    def __init__(self, small: Any) -> None:
        self._small = small

    def now(self, query: str) -> Any:
        from trackio_view.sources.prometheus.answers import parsed

        return parsed(self._small.answer(query))
