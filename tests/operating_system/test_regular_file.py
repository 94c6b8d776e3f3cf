"""Only regular files are opened: pipes, devices and the like are named instead of waited for."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from trackio_view.operating_system.regular_file import open_regular


def test_a_file_is_read_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\x00")
    with open_regular(path) as file:
        assert file.read() == b"\xff\x00"


def test_a_directory_a_pipe_a_socket_and_a_device_are_named_as_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, named = tmp_path / "pipe", Path("socket")
    os.mkfifo(pipe)
    # The address of a socket is short.
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(named))
    places = {tmp_path: "a directory", pipe: "a pipe", named: "a socket"}
    places[Path("/dev/null")] = "a device"
    for path, kind in places.items():
        with pytest.raises(OSError, match=f"it is {kind} and no file") as told:
            open_regular(path)
        assert (told.value.errno, told.value.filename) == (errno.EINVAL, str(path))
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
