"""What every test stands on."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from trackio_view.model.run import Run, RunRows
from trackio_view.model.series import MetricColumn

REPOSITORY = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-frames", action="store_true", help="write the golden frames anew, to be reviewed"
    )


@pytest.fixture
def anyio_backend() -> str:
    """aiosqlite runs under asyncio only."""
    return "asyncio"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the projects, colours or terminal of the person who runs it."""
    for name in ("HF_HOME", "XDG_CACHE_HOME", "NO_COLOR", "COLORTERM", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "no-projects-here"))


@pytest.fixture(scope="session")
def captures() -> Path:
    """Return the folder of captures from real machines and releases, or skip without it."""
    folder = REPOSITORY.parent / "shared" / "fixtures"
    if not folder.is_dir():
        pytest.skip("the folder of real captures is not beside this checkout")
    return folder


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
    """Return a batch of rows; `None` among a metric's values means that its row lacks it."""
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
            array("d", numbers),
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
