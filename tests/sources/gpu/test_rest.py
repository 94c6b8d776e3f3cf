"""When a GPU that idles is left alone, so that it can fall asleep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import make_gpu
from trackio_view.sources.gpu.rest import IDLE_SECONDS, REST_SECONDS, Rest, is_idle, may_sleep


@pytest.fixture
def device(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that makes a GPU's folder in sysfs, with a state of its screen."""

    def made(control: str, status: str) -> Path:
        (tmp_path / "power").mkdir()
        (tmp_path / "power" / "control").write_text(control)
        connector = tmp_path / "drm" / "card0" / "card0-HDMI-A-1"
        connector.mkdir(parents=True)
        (connector / "status").write_text(status)
        return tmp_path

    return made


@pytest.mark.parametrize(
    ("control", "status", "expected"),
    [
        ("auto", "disconnected", True),
        ("on", "disconnected", False),
        ("auto", "connected", False),
    ],
)
def test_a_screen_and_the_kernel_keep_a_gpu_awake(
    device: Callable[[str, str], Path], control: str, status: str, expected: bool
) -> None:
    assert may_sleep(device(control, status)) is expected


def test_nobody_works_below_three_percent() -> None:
    loads = {None: False, 0.0: True, 2.9: True, 3.0: False}
    for load, idle in loads.items():
        assert is_idle(make_gpu(0, 0.0, utilization=load, processes=())) is idle
    assert not is_idle(make_gpu(0, 0.0, utilization=0.0))


def test_a_gpu_rests_once_each_time_that_it_has_come_to_idle(
    device: Callable[[str, str], Path],
) -> None:
    folder, rest = device("auto", "disconnected"), Rest()

    def seen(time: float, load: float = 0.0) -> bool:
        rest.after(make_gpu(0, time, utilization=load, processes=()), folder)
        return rest.lasts(time)

    assert not seen(100.0)
    assert not seen(99.9 + IDLE_SECONDS)
    assert seen(100.0 + IDLE_SECONDS)
    end = 100.0 + IDLE_SECONDS + REST_SECONDS
    assert rest.lasts(end - 0.1)
    assert not rest.lasts(end)
    assert not seen(end + IDLE_SECONDS), "it did not fall asleep, and is read again"
    assert not seen(end + 30, load=50.0)
    assert not seen(end + 40)
    assert seen(end + 40 + IDLE_SECONDS)
