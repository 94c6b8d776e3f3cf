"""What every test stands on."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


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
    """Return the folder of captures from real machines and releases, or skip where there is none."""
    folder = REPOSITORY.parent / "shared" / "fixtures"
    if not folder.is_dir():
        pytest.skip("the folder of real captures is not beside this checkout")
    return folder
