"""The GPU screen with a driver that answers, and with one that hangs."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

HANG_LATER = """
import ctypes, pathlib, threading, time
driver = ctypes.CDLL("libnvidia-ml.so.1")
def watch():
    while True:
        driver.stub_set(b"hang", int(pathlib.Path(SWITCH).read_text()))
        time.sleep(0.02)
threading.Thread(target=watch, daemon=True).start()
"""


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the stand-in for NVIDIA's library, compiled."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build the stand-in for NVIDIA's library with")
    source = Path(__file__).parents[1] / "sources" / "gpu" / "nvml_stub.c"
    library = tmp_path_factory.mktemp("driver") / "libnvidia-ml.so.1"
    name = "-Wl,-soname,libnvidia-ml.so.1"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-pthread", name, "-o", library, source], check=True
    )
    return library.parent


@pytest.mark.parametrize("way", ["q", signal.SIGINT], ids=["q", "Ctrl-C"])
def test_a_driver_that_hangs_holds_up_nothing(
    start: Any, folder: Any, driver: Path, way: str | signal.Signals
) -> None:
    folder.train(30)
    console = start("--gpu", LD_LIBRARY_PATH=str(driver), NVML_STUB_hang="0")
    console.wait_for("GPU", "quit")
    console.press("?", "─ keys ─")
    console.press("?g", "3.9710")
    console.press("g", "GPU")
    if way == "q":
        console.type("q")
    else:
        console.signal(way)
    assert console.exit_code() == (0 if way == "q" else 130)
    # The program ended before the last resort, which ends the process after some seconds.
    assert console.afterwards == ""
    console.assert_left_tidy()


def test_a_driver_that_begins_to_hang_marks_its_gpu_alone(
    start: Any, folder: Any, driver: Path, tmp_path: Path
) -> None:
    switch = tmp_path / "hang"
    switch.write_text("-1")
    console = start(
        "--gpu",
        script=f"SWITCH = {str(switch)!r}{HANG_LATER}",
        LD_LIBRARY_PATH=str(driver),
        NVML_STUB_count="2",
        size=(120, 40),
    )
    console.wait_for("NVIDIA GPU monitor", "Stub 0", "Stub 1")
    assert "not answering" not in console.text
    # The answer comes at once, because the keyboard is read all the time.
    turned = tmp_path / "turned"
    turned.write_text("0")
    turned.replace(switch)
    console.wait_for("not answering")
    assert console.text.count("not answering") == 1
    # The other GPU goes on, and every key is answered.
    console.press("1", "Utilization")
    assert "not answering" not in console.text
    console.press("a0", "not answering", "Utilization")
    console.press("+?", "─ keys ─")
    console.type("q")
    assert console.exit_code() == 0
    assert console.afterwards == ""
    console.assert_left_tidy()


def test_a_capture_of_another_machine_is_shown(start: Any, captures: Path, tmp_path: Path) -> None:
    machine = captures / "gpu" / "amd" / "rx6900xt"
    if not machine.is_dir():
        pytest.skip("no capture of that card")
    console = start("--gpu", "--sysroot", machine, size=(120, 40))
    console.wait_for("AMD GPU monitor", "hotspot", "Power")
    console.press("G?", "─ keys ─")
    console.press("\x1bg", "Waiting for a TrackIO project")
    console.press("g", "hotspot")
    console.type("q")
    assert console.exit_code() == 0
    assert console.foreign_bytes() == []
    console.assert_left_tidy()


def test_a_machine_without_a_gpu_says_what_was_looked_for(
    start: Any, folder: Any, tmp_path: Path
) -> None:
    folder.train(30)
    (tmp_path / "machine" / "sys").mkdir(parents=True)
    console = start("--gpu", "--sysroot", tmp_path / "machine", interval=0.1)
    console.wait_for("No GPUs detected", "NVIDIA", "AMD", "Intel", "Jetson")
    console.settle()
    assert console.take_in(1.0) == b""
    console.press("g", "3.9710")
    console.type("q")
    assert console.exit_code() == 0
    console.assert_left_tidy()
