"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator

import pytest

from trackio_view.operating_system.whole_file import write_whole_file


def test_a_new_file_has_the_usual_permissions(tmp_path) -> None:
    (tmp_path / "usual").touch()
    write_whole_file(tmp_path / "new", b"content")
    assert (tmp_path / "new").read_bytes() == b"content"
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_other_threads_keep_the_mask_of_new_files(tmp_path, monkeypatch) -> None:
    usual = os.umask(0o027)
    try:
        with monkeypatch.context() as patched:
            patched.delattr("os.umask")
            write_whole_file(tmp_path / "new", b"content")
    finally:
        os.umask(usual)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_replaced_file_keeps_its_permissions_and_a_link_stays(tmp_path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_whole_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_what_was(tmp_path, monkeypatch, step, error) -> None:
    def fail(*_: object) -> None:
        raise error

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(f"trackio_view.operating_system.whole_file.os.{step}", fail)
    with pytest.raises(type(error)):
        write_whole_file(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_all_is_with_the_disk_before_it_is_asked_whether_it_has_room(tmp_path, monkeypatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "trackio_view.operating_system.whole_file.os.fsync",
        lambda descriptor: asked.append(os.fstat(descriptor).st_size),
    )
    write_whole_file(tmp_path / "file", b"content")
    assert asked == [len(b"content")]


def test_a_protected_file_is_not_replaced(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_bytes(b"old")
    # Simulates a user who may not write to a file of mode 0444, which root may.
    monkeypatch.setattr("trackio_view.operating_system.whole_file.os.access", lambda *_: False)
    with pytest.raises(PermissionError):
        write_whole_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_pipe_is_written_as_it_is(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole_file(pipe, b"content")
    reader.join(10)
    assert read == [b"content"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_that_must_not_be_replaced_stays(tmp_path) -> None:
    write_whole_file(tmp_path / "new", [b"one ", b"two"], replaces=False)
    assert (tmp_path / "new").read_bytes() == b"one two"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("new", "link"):
        with pytest.raises(FileExistsError):
            write_whole_file(tmp_path / name, b"other", replaces=False)
    assert (tmp_path / "new").read_bytes() == b"one two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "new"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_comes_meanwhile_is_not_replaced(tmp_path, monkeypatch, has_links) -> None:
    synchronize, target = os.fsync, tmp_path / "file"

    def come_between(descriptor: int) -> None:
        synchronize(descriptor)
        target.write_bytes(b"another's")

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if not has_links:
        monkeypatch.setattr("trackio_view.operating_system.whole_file.os.link", refuse)
    monkeypatch.setattr("trackio_view.operating_system.whole_file.os.fsync", come_between)
    with pytest.raises(FileExistsError):
        write_whole_file(target, b"ours", replaces=False)
    assert target.read_bytes() == b"another's"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    target.unlink()
    monkeypatch.setattr("trackio_view.operating_system.whole_file.os.fsync", synchronize)
    write_whole_file(target, b"ours", replaces=False)
    assert target.read_bytes() == b"ours"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_is_half_written_is_named_after_the_whole_one(tmp_path) -> None:
    named: list[str] = []

    def pieces() -> Iterator[bytes]:
        named.extend(path.name for path in tmp_path.iterdir())
        yield b"content"

    write_whole_file(str(tmp_path / "chart.png"), pieces())
    (name,) = named
    assert name.startswith(".")
    assert name.endswith("-chart.png")
    assert [path.name for path in tmp_path.iterdir()] == ["chart.png"]
