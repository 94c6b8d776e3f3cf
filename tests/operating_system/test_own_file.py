"""A private file never replaces a file that is not ours."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from trackio_view.operating_system.own_file import open_own, replace_own

FIRST = b"a log of ours"


def written(path: Path) -> bytes:
    descriptor = open_own(path, FIRST)
    os.write(descriptor, FIRST + b", new\n")
    os.close(descriptor)
    return path.read_bytes()


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    before = os.umask(0)
    try:
        assert written(path) == b"a log of ours, new\n"
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_older_one_and_an_empty_one_are_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for content in (FIRST + b", old and long\n" * 9, b""):
        path.write_bytes(content)
        path.chmod(0o644)
        assert written(path) == b"a log of ours, new\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_anything_but_an_own_file_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("years of work")
    (tmp_path / "log").write_bytes(FIRST)
    (tmp_path / "link").symlink_to(tmp_path / "log")
    os.link(tmp_path / "log", tmp_path / "another name")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("thesis", "link", "another name", "folder", "pipe"):
        with pytest.raises(OSError, match=r"left as it is|[Dd]irectory"):
            open_own(tmp_path / name, FIRST)
    assert (tmp_path / "thesis").read_text() == "years of work"
    assert (tmp_path / "log").read_bytes() == FIRST


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "session")
    for content in (FIRST + b" 1", FIRST + b" 2"):
        replace_own(path, content, FIRST)
        assert Path(path).read_bytes() == content
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    reader = open(path, "rb")  # noqa: SIM115 - closed below

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse)
        with pytest.raises(OSError, match="No space"):
            replace_own(path, FIRST + b" 3", FIRST)
    assert os.listdir(tmp_path) == ["session"], "nothing is left beside it"
    replace_own(path, FIRST + b" 4", FIRST)
    assert reader.read() == FIRST + b" 2", "who reads the old one reads all of it"
    reader.close()


def test_no_other_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("years of work")
    (tmp_path / "log").write_bytes(FIRST)
    (tmp_path / "link").symlink_to(tmp_path / "log")
    for name in ("thesis", "link"):
        with pytest.raises(OSError, match="left as it is"):
            replace_own(str(tmp_path / name), FIRST, FIRST)
    assert (tmp_path / "thesis").read_text() == "years of work"
    assert (tmp_path / "link").is_symlink()


def test_a_file_that_cannot_be_made_ones_own_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(FIRST)
    opened: list[int] = []

    def refuse(descriptor: int, mode: int) -> None:
        opened.append(descriptor)
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(PermissionError):
        open_own(path, FIRST)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])
    assert path.read_bytes() == FIRST
