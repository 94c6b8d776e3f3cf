"""The command: which mode answers which arguments, and the exit code of each way to end."""

from __future__ import annotations

import errno
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from trackio_view import cli
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.output import Unwritable
from trackio_view.live.start import CannotStart

REPOSITORY = Path(__file__).parents[1]
DRIVER_START = "trackio_view.sources.gpu.nvidia.driver_start"

MODES = {
    "headless.print_config.print_config": ["--print-config"],
    "headless.projects.print_projects": ["--list"],
    "pictures.command.write_picture": ["--once", "--output", "frame.svg"],
    "headless.waiting.wait_until": ["--until", "train/loss<1", "--project", "p"],
    "headless.json_document.print_json": ["--once", "--format", "json"],
    "headless.csv_table.print_csv": ["--once", "--format", "csv"],
    "headless.system_text.print_system": ["--once", "--gpu-db", "--project", "p"],
    "headless.gpu_text.print_gpus": ["--once", "--gpu"],
    "headless.once.print_once": ["--once"],
    "live.start.run_live": [],
}
"""Mode -> the arguments that it answers."""


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace every mode by one that records its call and returns a code of its own."""
    asked: list[str] = []
    for number, place in enumerate(MODES):
        module, _, function = place.rpartition(".")

        def answer(*_: object, place: str = place, number: int = number) -> int:
            asked.append(place)
            return 40 + number

        monkeypatch.setattr(importlib.import_module(f"trackio_view.{module}"), function, answer)
    monkeypatch.setattr("trackio_view.headless.output.is_terminal", lambda _: True)
    return asked


@pytest.mark.parametrize(("place", "arguments"), MODES.items(), ids=MODES)
def test_each_mode_is_asked_for_by_its_arguments(
    answering: list[str], place: str, arguments: list[str]
) -> None:
    code = cli.main(arguments)
    assert answering == [place]
    assert code == 40 + list(MODES).index(place), "its code is that of the command"


def failing(fault: BaseException) -> Callable[..., int]:
    def run(*_: object) -> int:
        raise fault

    return run


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, ""),
        (BrokenPipeError(), ExitCode.DONE, ""),
        (Unwritable("no room for it"), ExitCode.UNWRITABLE, "no room for it\n"),
        (MemoryError(), ExitCode.REFUSED, "trackio-view: "),
        (OSError(errno.EMFILE, "Too many open files"), ExitCode.REFUSED, "trackio-view: "),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_fault_is_a_code_and_at_most_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: BaseException,
    code: int,
    said: str,
) -> None:
    monkeypatch.setattr("trackio_view.headless.once.print_once", failing(fault))
    monkeypatch.setattr("trackio_view.headless.output.give_up_stdout", lambda: None)
    assert cli.main(["--once"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == bool(said)


def test_a_bug_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackio_view.headless.once.print_once", failing(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["--once"])


def test_wrong_usage_is_told_first_and_then_where_the_options_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["--zoom", "9"]) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("trackio-view: error: argument -z/--zoom: ")
    assert second == "All options: trackio-view --help"


def test_help_and_version_are_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("trackio-view ")
    assert cli.main(["--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: trackio-view ")


@pytest.mark.parametrize("closed", ["stdin", "stdout"])
def test_the_live_screen_needs_a_terminal_at_both_ends(
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    closed: str,
) -> None:
    ends = {"stdin": sys.stdin, "stdout": sys.stdout}
    monkeypatch.setattr(
        "trackio_view.headless.output.is_terminal", lambda stream: stream is not ends[closed]
    )
    assert cli.main([]) == ExitCode.USAGE
    assert "use --once for plain text" in capsys.readouterr().err
    assert answering == []


def test_on_windows_a_sentence_says_where_it_runs(
    answering: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as windows:
        windows.setattr("os.name", "nt")
        code = cli.main([])
    assert code == ExitCode.USAGE
    assert "WSL" in capsys.readouterr().err
    assert answering == []


def test_a_project_that_is_missing_is_waited_for_on_the_screen(
    answering: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["--project", "absent", "--dir", str(tmp_path)])
    assert capsys.readouterr().err == ""
    assert len(answering) == 1


@pytest.mark.parametrize(
    ("unwritable", "code"), [(True, ExitCode.UNWRITABLE), (False, ExitCode.NOTHING)]
)
def test_a_screen_that_cannot_start_says_why(
    answering: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    unwritable: bool,
    code: int,
) -> None:
    fault = CannotStart("it is not there", unwritable=unwritable)
    monkeypatch.setattr("trackio_view.live.start.run_live", failing(fault))
    assert cli.main([]) == code
    assert capsys.readouterr().err == "trackio-view: it is not there\n"


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_no_file_gets_the_number_of_a_standard_stream_that_is_closed(
    tmp_path: Path, descriptor: int
) -> None:
    told = tmp_path / "told"
    program = (
        "import os\nfrom trackio_view import cli\n"
        "cli._run = lambda _: os.open(os.devnull, os.O_RDONLY)\n"
        f"code = cli.main([])\nopen({str(told)!r}, 'w').write(str(code))\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        preexec_fn=lambda: os.close(descriptor),
        timeout=60,
        check=True,
    )
    assert int(told.read_text("utf-8")) > 2


class Searching:
    """Stands for the search for GPUs: notes what was loaded when it began, and whether it ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stopping = threading.Event()
        self.sysroots: list[Path | None] = []
        self.given: list[object] = []
        self.drivers_started = 0
        monkeypatch.setattr(f"{DRIVER_START}.start_ahead", self.start_driver)
        monkeypatch.setattr("trackio_view.sources.gpu.search.search_ahead", self.begin)
        monkeypatch.setattr("trackio_view.live.start.run_live", self.run_live)
        monkeypatch.setattr("trackio_view.headless.output.is_terminal", lambda _: True)

    def start_driver(self) -> None:
        assert self.sysroots == [], "the driver is the first to start"
        self.drivers_started += 1

    def begin(self, sysroot: Path | None) -> Searching:
        self.sysroots.append(sysroot)
        return self

    def run_live(self, _: object, begun: object) -> int:
        assert not self.stopping.is_set()
        self.given.append(begun)
        raise CannotStart("there is no place for the recording", unwritable=True)


@pytest.mark.parametrize("sysroot", [None, Path("/capture")])
def test_gpus_are_searched_for_while_the_screen_is_loaded(
    monkeypatch: pytest.MonkeyPatch, sysroot: Path | None
) -> None:
    search = Searching(monkeypatch)
    options = [] if sysroot is None else ["--sysroot", str(sysroot)]
    assert cli.main(["--gpu", *options]) == ExitCode.UNWRITABLE
    assert search.sysroots == [sysroot]
    assert search.drivers_started == (sysroot is None), "a capture asks no driver"
    assert search.given == [search]
    assert search.stopping.is_set(), "it ends also where the screen cannot start"


def test_no_thread_keeps_a_key_or_a_driver_waiting_for_a_millisecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trackio_view.headless.output.is_terminal", lambda _: True)
    usual, found = sys.getswitchinterval(), list[float]()

    def search_ahead(_: object) -> None:
        found.append(sys.getswitchinterval())
        raise BrokenPipeError

    monkeypatch.setattr(f"{DRIVER_START}.start_ahead", lambda: None)
    monkeypatch.setattr("trackio_view.sources.gpu.search.search_ahead", search_ahead)
    try:
        cli.main(["--gpu"])
    finally:
        sys.setswitchinterval(usual)
    assert found[0] < 0.001


def test_a_driver_begins_to_start_before_the_screen_is_loaded() -> None:
    program = (
        "import sys\nfrom trackio_view import cli\n"
        f"from {DRIVER_START.rpartition('.')[0]} import driver_start\n"
        "from trackio_view.headless import output\noutput.is_terminal = lambda _: True\n"
        "rooms = ['trackio_view.live.start', 'trackio_view.sources.gpu.search']\n"
        "def begin():\n    assert not sys.modules.keys() & rooms\n    raise BrokenPipeError\n"
        "driver_start.start_ahead = begin\nassert cli.main(['--gpu']) == 0\n"
        "assert not sys.modules.keys() & rooms\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", program], env=environment, timeout=60, check=True)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--gpu", "--ssh", "node"],
        ["--gpu", "--prometheus", "http://metrics:9090"],
        ["--replay", "recorded"],
    ],
    ids=" ".join,
)
def test_no_driver_is_started_for_what_it_tells_nothing_of(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    search = Searching(monkeypatch)
    cli.main(arguments)
    assert search.sysroots == []
    assert search.given == [None]


@pytest.mark.parametrize("hangs", [True, False])
def test_a_thread_that_hangs_is_not_waited_for(
    hangs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(cli, "_HUNG_SECONDS", 0.001)
    answered = threading.Event()
    asked = threading.Thread(target=answered.wait)
    if hangs:
        asked.start()
    try:
        cli._leave_early(5)
    finally:
        answered.set()
    assert ended == ([5] if hangs else [])


@pytest.mark.parametrize("hangs", [True, False])
def test_a_driver_that_hangs_is_not_waited_for(
    hangs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(cli, "_waits_for_network", lambda: False)
    monkeypatch.setattr("trackio_view.sources.gpu.driver_threads.hung_threads", lambda _: hangs)
    cli._leave_early(5)
    assert ended == ([5] if hangs else [])


@pytest.mark.parametrize(
    ("argument", "code", "said"), [("--version", 0, b"trackio-view"), ("--tail", 2, b"--tail")]
)
def test_a_command_that_printed_ends_at_once(argument: str, code: int, said: bytes) -> None:
    """Python does not tear its modules down, and the output is whole."""
    program = (
        "import atexit, sys, trackio_view.cli as it\n"
        "atexit.register(print, 'taken apart')\n"
        "sys.exit(it.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, argument],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert b"taken apart" not in done.stdout
