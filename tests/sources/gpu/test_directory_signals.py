import os
import signal
import threading
import time
from pathlib import Path

import pytest

from trackio_view.sources.gpu.directory_signals import DirectorySignals, signals_of

FAR = 60.0


@pytest.fixture
def signals(tmp_path: Path) -> DirectorySignals:
    found = signals_of(str(tmp_path))
    if found is None:
        pytest.skip("the system gives no signals of directories")
    return found


@pytest.mark.parametrize("how", ["w", "a"])
def test_a_wait_ends_when_another_thread_writes(
    signals: DirectorySignals, tmp_path: Path, how: str
) -> None:
    path = tmp_path / "my.lock"
    path.touch()

    def write() -> None:
        with open(path, how) as file:
            file.write("a" * (how == "a"))

    timer = threading.Timer(0.05, write)
    timer.start()
    begun = time.monotonic()
    signals.wait(FAR)
    assert time.monotonic() - begun < FAR / 2, "who opens a lock makes it empty"
    timer.join()
    signals.close()


def test_signals_that_came_before_a_wait_end_it_at_once(
    signals: DirectorySignals, tmp_path: Path
) -> None:
    for _ in range(3):
        (tmp_path / "a").write_text("b")
    begun = time.monotonic()
    signals.wait(FAR)
    assert time.monotonic() - begun < FAR / 2
    signals.close()


def test_the_thread_and_its_files_are_left_as_they_were(tmp_path: Path) -> None:
    def state() -> tuple[object, list[str]]:
        return signal.pthread_sigmask(signal.SIG_BLOCK, ()), sorted(os.listdir("/proc/self/fd"))

    before = state()
    made = signals_of(str(tmp_path))
    (tmp_path / "a").write_text("a")
    if made is not None:
        made.close()
    # A signal that is left would end the program here.
    (tmp_path / "a").write_text("b")
    assert state() == before


@pytest.mark.parametrize("fault", [OSError, AttributeError])
def test_where_the_system_has_no_such_signals_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    import fcntl

    def refused(*arguments: object) -> None:
        raise fault

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ()), sorted(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(fcntl, "fcntl", refused)
    assert signals_of(str(tmp_path)) is None
    assert signals_of(str(tmp_path / "none")) is None
    after = signal.pthread_sigmask(signal.SIG_BLOCK, ()), sorted(os.listdir("/proc/self/fd"))
    assert before == after


def test_a_thread_that_ended_leaves_no_signal_to_others(tmp_path: Path) -> None:
    def work() -> None:
        made.append(signals_of(str(tmp_path)))

    made: list[DirectorySignals | None] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    # Nobody closed it: the signal of what is written now has nobody to go to.
    (tmp_path / "a").write_text("a")
    for one in made:
        if one is not None:
            os.close(one._file)
