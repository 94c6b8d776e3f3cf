"""What all tests share."""

from __future__ import annotations

import ast
import dataclasses
import enum
import gc
import itertools
import math
import os
import re
import signal
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from trackio_view.cli import _OBJECTS_BETWEEN_COLLECTIONS
from trackio_view.model.fleet import FleetHost, FleetSampled
from trackio_view.model.gpu import (
    Absence,
    GpuIdentity,
    GpuProcess,
    GpuSample,
    GpusSampled,
    VendorReport,
)
from trackio_view.model.run import Run, RunRows
from trackio_view.series.series import MetricColumn
from trackio_view.series.sums import as_float

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "trackio_view"

# Tests count work instead of seconds, so that none fails on a busy machine.
settings.register_profile("no seconds", deadline=None)
settings.load_profile("no seconds")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-frames", action="store_true", help="write the golden frames anew, to be reviewed"
    )


_KEPT_VARIABLES = re.compile(
    r"PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LC_\w+|PYTHONPATH|LD_LIBRARY_PATH|CI"
    r"|PYTEST_\w+|HYPOTHESIS_\w+|OPENBLAS_\w+"
)


def pytest_configure() -> None:
    """Hide the environment of the person who runs the tests, and let programs receive Ctrl-C and
    SIGHUP.

    A process that a shell runs in the background ignores the one, under `nohup` the other, and so
    do all processes that it starts.
    """
    for name in [name for name in os.environ if not _KEPT_VARIABLES.fullmatch(name)]:
        del os.environ[name]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    # Thousands of tests are some 700,000 objects, all of which stay. To search among them for what
    # can be freed takes a quarter of the time in which they are collected.
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish() -> None:
    """Let the garbage collector look at no test, and search as rarely as in the program itself."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


@pytest.fixture
def anyio_backend() -> str:
    """The program runs under asyncio."""
    return "asyncio"


_numbers_of_tests = itertools.count()


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Hide the projects, settings and sessions of the person who runs the tests.

    Each test gets paths of its own instead. The folders do not exist: most tests need none, and
    making thousands of them takes a minute.
    """
    folder, number = tmp_path_factory.getbasetemp(), next(_numbers_of_tests)
    monkeypatch.setenv("TRACKIO_DIR", str(folder / f"no-projects-here-{number}"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / f"no-settings-here-{number}"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / f"no-sessions-here-{number}"))


@pytest.fixture
def hold_text(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return a function that compares a text with a file, or writes it on `--update-frames`."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-frames"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


def lines_of(value: object, name: str = "") -> Iterator[str]:
    """Yield what a value holds, a line each, by where it lies; what is absent is left out."""
    if dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from lines_of(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            yield from lines_of(one, f"{name}[{place}]")
    elif isinstance(value, enum.Enum):
        yield f"{name}: {value.name}"
    elif value is not None:
        yield f"{name}: {f'{value:.10g}' if isinstance(value, float) else value}"


@pytest.fixture
def zone() -> Iterator[Callable[[str], None]]:
    """Return a function that moves this machine to a time zone until the end of the test."""
    with pytest.MonkeyPatch.context() as patched:

        def move(name: str) -> None:
            patched.setenv("TZ", name)
            time.tzset()

        yield move
    time.tzset()


@pytest.fixture
def utc(zone: Callable[[str], None]) -> None:
    """Let this machine's clock show UTC."""
    zone("UTC")


@pytest.fixture(scope="session")
def captures() -> Path:
    """Return the folder of captures from real machines and releases, or skip without it."""
    folder = REPOSITORY.parent / "shared" / "fixtures"
    if not folder.is_dir():
        pytest.skip("the folder of real captures is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def rooms() -> Mapping[Path, ast.Module]:
    """Return the syntax tree of each room, by its path. To parse all takes most of a second."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {path.relative_to(PACKAGE): ast.parse(path.read_text("utf-8")) for path in paths}


MakeBatch = Callable[..., RunRows]


def make_batch(
    metrics: Mapping[str, Sequence[float | None]],
    *,
    steps: Sequence[float] | None = None,
    times: Sequence[float] | None = None,
    run_id: str = "run",
    run_name: str | None = None,
    first_id: int = 1,
) -> RunRows:
    """Return a batch of rows; `None` among a metric's values is a row without the metric."""
    count = len(next(iter(metrics.values()), ()))
    steps = list(range(count)) if steps is None else steps
    times = [1_700_000_000.0 + row for row in range(count)] if times is None else times
    columns = {}
    for name, values in metrics.items():
        rows = [row for row, value in enumerate(values) if value is not None]
        numbers = [value for value in values if value is not None]
        exact = {at: number for at, number in enumerate(numbers) if abs(number) > 2**53}
        columns[name] = MetricColumn(
            array("I", rows),
            array("d", map(as_float, numbers)),
            {at: int(number) for at, number in exact.items() if isinstance(number, int)},
        )
    return RunRows(
        run_id=run_id,
        run_name=run_id if run_name is None else run_name,
        last_id=first_id + count - 1,
        steps=array("d", steps),
        times=array("d", times),
        columns=columns,
        last_step=steps[-1] if count else float("nan"),
    )


@pytest.fixture
def batch() -> MakeBatch:
    return make_batch


@pytest.fixture
def run() -> Callable[..., Run]:
    def make_run(metrics: Mapping[str, Sequence[float | None]], **options: object) -> Run:
        rows = make_batch(metrics, **options)  # type: ignore[arg-type]
        made = Run(rows.run_id, rows.run_name)
        made.append(rows)
        return made

    return make_run


def make_gpu(number: int, time: float, **fields: object) -> GpuSample:
    """Return a reading of a busy H100, with the given fields in place of its own."""
    wave = math.sin(time / 9 + number)
    values: dict[str, object] = {
        "utilization": round(88 + 11 * wave),
        "memory_used": (60 + number) * 2**30,
        "memory_total": 80 * 2**30,
        "memory_bus_load": round(40 + 20 * wave),
        "temperatures": {"gpu": 64.0 + number, "memory": 71.0 + round(3 * wave)},
        "power": 560.0 + round(90 * wave),
        "power_limit": 700.0,
        "clock_graphics": 1755.0,
        "clock_memory": 2619.0,
        "performance_state": "P0",
        "throttle_reasons": ("software power cap",) if wave > 0.9 else (),
        "pcie_generation": 5,
        "pcie_width": 16,
        "ecc_corrected": 0,
        "ecc_uncorrected": 0,
        "processes": (
            GpuProcess(4000 + number, "compute", 59 * 2**30, 85.0, "ada", "python train.py"),
        ),
        "reasons": {"fan_percent": Absence.UNSUPPORTED, "fan_rpm": Absence.UNSUPPORTED},
    }
    identity = GpuIdentity(f"0000:{number:02x}:00.0", "NVIDIA", "NVIDIA H100 80GB HBM3", "550.54")
    values = {"identity": identity, **values, **fields}
    return GpuSample(time=time, **values)  # type: ignore[arg-type]


@pytest.fixture
def gpus_sampled() -> Callable[..., GpusSampled]:
    """Return a function that makes the samples of one tick, for a given number of GPUs."""

    def sampled(count: int, time: float = 0.0, **fields: object) -> GpusSampled:
        samples = tuple(make_gpu(number, time, **fields) for number in range(count))
        report = (VendorReport("NVIDIA", count, f"{count} GPUs through the driver 550.54"),)
        return GpusSampled(samples, report)

    return sampled


FLEET_NOW = 1_700_000_000.0


def make_fleet_host(number: int, gpus: int, time: float) -> FleetHost:
    """Return a machine of H100s: every fifth GPU idles, every third is assigned to no job."""

    def gpu(place: int) -> GpuSample:
        busy = number % 5 != 0
        load = float((number * 37 + place * 11) % 40 + 60 if busy else place % 2)
        identity = GpuIdentity(
            f"GPU-{number}-{place}",
            "NVIDIA",
            "NVIDIA H100 80GB HBM3",
            "580.105.08",
            host=f"node-{number}",
            uuid=f"GPU-{number}-{place}",
            workload=f"team-{number % 3}/train-{number // 4}" if (number + place) % 3 else None,
        )
        return GpuSample(
            identity,
            time - 5,
            utilization=load,
            memory_used=round((2 + 0.7 * load) * 2**30),
            memory_total=80 * 2**30,
            temperatures={"gpu": 35 + load / 3},
            power=120 + 5 * load,
            clock_sm=1980.0,
        )

    name = f"node-{number}"
    return FleetHost(name, (f"{name}:9400",), tuple(map(gpu, range(gpus))), time - 5)


@pytest.fixture
def fleet_sampled() -> Callable[..., FleetSampled]:
    """Return a function that makes a fleet of so many machines, of which the last is down."""

    def sampled(hosts: int = 12, gpus: int = 8, time: float = FLEET_NOW) -> FleetSampled:
        made = [make_fleet_host(number, gpus, time) for number in range(hosts)]
        made[-1] = made[-1]._replace(down_since=time - 3_600, is_listed=False)
        return FleetSampled("prometheus:9090", tuple(made), ("dcgm-exporter",), time)

    return sampled
