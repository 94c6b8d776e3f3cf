"""`--report` has what a bug report needs; names only on request, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view import __version__
from trackio_view.headless import report
from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.report import LIBRARIES
from trackio_view.model.project_id import ProjectId
from trackio_view.model.summary import ProjectSummary
from trackio_view.options.command_line import parse_arguments
from trackio_view.options.settings import settings_path
from trackio_view.wording.debug_lines import FIRST_WORDS, NAMES_TOLD, debug_line, trace_line
from trackio_view.wording.left_out_names import LeftOutNames

NAMES = ("merger-2027", "acquired", "projects")


@pytest.fixture
def project(new_project, monkeypatch: pytest.MonkeyPatch) -> None:
    new_project("merger-2027").log([{"loss": 1.0}, {"loss": 2.0}], "acquired")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 22")
    monkeypatch.setenv("TERM", "xterm-kitty")


def test_it_tells_versions_terminal_sizes_and_places(command, project: None) -> None:
    ended = command("--report")
    assert (ended.code, ended.err) == (ExitCode.DONE, "")
    for told in (__version__, "SQLite 3.", "TERM=xterm-kitty", "within SSH", "16777216 colours"):
        assert told in ended.out
    assert all(library in ended.out for library in LIBRARIES)
    assert "- project 1: 1 run, 2 rows, " in ended.out
    assert "by TRACKIO_DIR, is there; file system: " in ended.out


def test_a_directory_that_is_not_there_is_told_of(command, tmp_path: Path) -> None:
    said = command("--report", "--dir", str(tmp_path / "thesis")).out
    assert "- the directory, by --dir, is not there; " in said
    assert "- the projects cannot be listed: No such file or directory" in said
    assert "thesis" not in said


def test_the_file_system_is_that_of_the_innermost_mount() -> None:
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("this system does not tell its mounts")
    # Other sources lie at longer paths, and the root's path is a part of all of them.
    assert report._file_system("/proc/self") == "proc"


def test_the_file_system_of_a_folder_with_a_blank_in_its_name(tmp_path: Path) -> None:
    told = tmp_path / "mountinfo"
    place = str(tmp_path / "my projects").replace(" ", "\\040")
    told.write_text(f"1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / {place} rw - nfs4 b rw\n")
    assert report._file_system(str(tmp_path / "my projects" / "a"), str(told)) == "nfs4"
    assert report._file_system(str(tmp_path), str(tmp_path / "none")) == "unknown"


def test_of_many_projects_the_rest_is_counted(
    command, new_project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_MOST_PROJECTS", 2)
    for name in "abcde":
        new_project(name).log([{"loss": 1.0}])
    assert "- and 3 more\n" in command("--report").out


def test_names_and_secrets_are_left_out(command, project: None) -> None:
    said = command("--report").out
    for secret in (*NAMES, "hf_secret", "192.0.2.7", str(Path.home())):
        assert secret not in said


def test_names_are_told_to_who_asks_for_them(command, project: None, folder: Path) -> None:
    said = command("--report", "--with-names").out
    assert "- merger-2027: 1 run, 2 rows" in said
    assert str(folder) in said
    assert f"({settings_path()})" in said
    assert "hf_secret" not in said


def test_an_unreadable_project_is_told_of_without_its_name(command, folder: Path) -> None:
    (folder / "merger-2027.db").write_text(
        "no database at all, and long enough to be taken for one"
    )
    said = command("--report").out
    assert "- project 1: " in said
    assert "not an SQLite database" in said
    assert "merger" not in said


def test_a_fault_of_a_project_is_told_without_the_names_in_it() -> None:
    project = ProjectId("/home/ada/runs", "merger-2027")
    fault = "merger-2027.db in /home/ada/runs cannot be opened: it is locked."
    summary = ProjectSummary(project, None, None, None, None, fault)
    told = report._project(summary, 0.0, LeftOutNames())
    assert told.startswith("project 1: ")
    assert told.endswith("cannot be opened: it is locked.")
    assert "merger" not in told
    assert "ada" not in told
    assert fault in report._project(summary, 0.0, LeftOutNames(told=True))


def test_settings_are_told_where_they_are_others(
    command, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "trackio-view/settings.toml"
    file.parent.mkdir()
    file.write_text("[look]\ntheme = 'light'\n[health]\nplateau = 'often'\n")
    said = command("--report").out
    assert "look.theme = light" in said
    assert "charts.smooth" not in said
    assert "health.plateau must be" in said
    assert "loss_spike =" not in said


def test_the_last_faults_of_a_log_are_in_it(command, folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    lines = [debug_line(n, "live", f"fault number {n}.", is_fault=True) for n in range(30)]
    lines.insert(-1, debug_line(28.5, "live", "drawn in 3 ms", is_fault=False))
    log.write_text("\n".join([f"{FIRST_WORDS}, of now", *lines, trace_line("a.py:7 in f"), ""]))
    said = command("--report", str(log)).out
    assert said.count("fault number") == report._MOST_FAULTS
    assert "fault number 29." in said
    assert "a.py:7 in f" in said
    assert "drawn" not in said


def test_a_log_with_names_is_told_only_to_who_asks_for_them(
    command, folder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    fault = debug_line(1.0, "live", "merger-2027 is gone.", is_fault=True)
    log.write_text(f"{FIRST_WORDS}, of now; {NAMES_TOLD}\n{fault}\n")
    assert "merger" not in command("--report", str(log)).out
    assert "merger-2027 is gone" in command("--report", str(log), "--with-names").out


@pytest.mark.parametrize("name", ["thesis", "nowhere"])
def test_a_file_that_is_no_log_is_told_and_not_quoted(
    command, folder: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "thesis").write_text("secret work")
    ended = command("--report", str(tmp_path / name))
    assert ended.code == ExitCode.NOTHING
    reason = "is no log of --debug" if name == "thesis" else "no such file or directory"
    assert ended.err.startswith(str(tmp_path / name))
    assert ended.err.endswith(f"{reason}\n")
    assert "secret" not in ended.out
    assert f"trackio-view {__version__}" in ended.out


def test_a_server_that_does_not_answer_is_told_without_its_name(command, folder: Path) -> None:
    said = command("--report", "--server", "127.0.0.1:9").out
    assert "- the projects cannot be listed: <address>:9 " in said
    assert "127.0.0.1" in command("--report", "--server", "127.0.0.1:9", "--with-names").out
    assert "localhost" not in command("--report", "--server", "localhost:9").out
    assert "localhost" not in command("--report", "--server", "LOCALHOST:9").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--server", "h"], "on 1 server"),
        (["--server", "h", "--ssh", "a"], "on 1 server and 1 machine"),
        (["--ssh", "a", "--ssh", "b"], "on 2 machines"),
        (["--dir", "x", "--server", "h", "--server", "i"], "on 2 servers, beside --dir"),
    ],
)
def test_distant_places_are_counted_and_not_named(arguments: list[str], told: str) -> None:
    options = parse_arguments(["--report", *arguments])
    assert report._place(options, "secret", LeftOutNames(told=False, places=())) == told
    assert report._place(options, "secret", LeftOutNames(told=True, places=())) == f"{told}: secret"
