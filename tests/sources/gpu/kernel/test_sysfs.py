from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel import sysfs
from trackio_view.sources.gpu.sampler import Roots


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"42\n", 42),
        (b"0\n", 0),
        (b"0x1002\n", 0x1002),
        (b"42\n" + b"\0" * 4093, 42),
        (b" 42 ", 42),
        (b"", Absence.UNSUPPORTED),
        (b"\n", Absence.UNSUPPORTED),
        (b"\0" * 16, Absence.UNSUPPORTED),
        (b"none", Absence.UNSUPPORTED),
        (b"-1", Absence.UNSUPPORTED),
        (b"101", Absence.UNSUPPORTED),
        (b"\xff\xfe", Absence.UNSUPPORTED),
    ],
)
def test_a_number_is_read_or_absent(tmp_path: Path, content: bytes, expected: object) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sysfs.read_integer(path, high=0xFFFF if expected == 0x1002 else 100) == expected


@pytest.mark.parametrize(
    "content", ["-1", "4294967295", "0xffffffff", "18446744073709551615", "0xffffffffffffffff"]
)
def test_all_ones_are_no_number_however_much_fits(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    assert sysfs.read_integer(path, low=-(1 << 63), high=1 << 64) is Absence.UNSUPPORTED
    assert sysfs.read_scaled(path, 1e6, -60.0, 20_000.0) is Absence.UNSUPPORTED


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, Absence.DENIED),
        (errno.EPERM, Absence.DENIED),
        (errno.EBUSY, Absence.STALE),
        (errno.EAGAIN, Absence.ASLEEP),
        (errno.EIO, Absence.LOST),
        (errno.ENODEV, Absence.LOST),
        (errno.EINVAL, Absence.UNSUPPORTED),
        (errno.EOPNOTSUPP, Absence.UNSUPPORTED),
        (errno.ENODATA, Absence.UNSUPPORTED),
    ],
)
def test_errors_become_reasons(
    tmp_path: Path, failing_reads: dict[str, int], number: int, reason: Absence
) -> None:
    (tmp_path / "file").write_text("1")
    failing_reads["file"] = number
    assert sysfs.read_integer(tmp_path / "file") is reason
    assert sysfs.read_text(tmp_path / "file") is reason


def test_an_error_of_the_read_itself_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("1")

    def refuse(file: int, size: int) -> bytes:
        raise OSError(errno.EPERM, "suspended")

    monkeypatch.setattr(os, "read", refuse)
    assert sysfs.read_bytes(tmp_path / "file") is Absence.DENIED


def test_missing_files_folders_and_pipes_are_unsupported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert sysfs.read_integer(tmp_path / "missing") is Absence.UNSUPPORTED
    assert sysfs.read_integer(tmp_path) is Absence.UNSUPPORTED
    assert sysfs.read_integer(tmp_path / "pipe") is Absence.UNSUPPORTED


def test_folders_are_listed_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("card10", "card2", "card1", "renderD128"):
        (tmp_path / name).touch()
    assert sysfs.list_folder(tmp_path) == ["card1", "card2", "card10", "renderD128"]
    assert sysfs.list_folder(tmp_path / "missing") == []


@pytest.mark.parametrize(
    ("status", "asleep"),
    [
        ("suspended", True),
        ("suspending", True),
        ("active", False),
        ("resuming", False),
        ("unsupported", False),
        ("", False),
    ],
)
def test_only_a_suspended_device_sleeps(write_tree, status: str, asleep: bool) -> None:
    root = write_tree({"power/runtime_status": status})
    assert sysfs.is_asleep(root) is asleep
    assert not sysfs.is_asleep(root / "power")


def test_meminfo(write_tree) -> None:
    root = write_tree({"proc/meminfo": "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable: 400 kB"})
    assert sysfs.read_meminfo(Roots.captured(root)) == (600 * 1024, 1000 * 1024)
    (root / "proc/meminfo").write_text("MemTotal:  1000 kB\nMemAvailable: 1000 kB\n")
    assert sysfs.read_meminfo(Roots.captured(root)) == (0, 1000 * 1024), "none of it is in use"
    (root / "proc/meminfo").write_text("MemTotal:  1000 kB\nMemAvailable: 1001 kB\n")
    assert sysfs.read_meminfo(Roots.captured(root)) is Absence.UNSUPPORTED
    (root / "proc/meminfo").write_text("MemTotal:  1000 kB\n")
    assert sysfs.read_meminfo(Roots.captured(root)) is Absence.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("18446744073709551615", 2**64 - 1),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        # Python's `isdigit` takes these for digits, but they are no number.
        ("²", None),
        ("٣", None),
    ],
)
def test_a_whole_number_is_plain_digits_of_64_bits(text: str, number: int | None) -> None:
    assert sysfs.whole_number(text) == number


def test_names_are_ordered_whatever_counts_as_a_digit(tmp_path: Path) -> None:
    for name in ("card10", "card9", "card²", "²"):
        (tmp_path / name).touch()
    names = sysfs.list_folder(tmp_path)
    assert len(names) == 4
    assert names.index("card9") < names.index("card10")


@pytest.mark.parametrize(
    ("content", "expected"),
    [("45000", 45.0), ("125000", 125.0), ("-5000", -5.0)],
)
def test_the_limits_of_a_scaled_number_are_those_of_what_is_told(
    tmp_path: Path, content: str, expected: float
) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    assert sysfs.read_scaled(path, 1e3, -5.0, 125.0) == expected
    assert sysfs.read_scaled(path, 1e3, expected + 0.001, 200.0) is Absence.UNSUPPORTED
    assert sysfs.read_scaled(path, 1e3, -200.0, expected - 0.001) is Absence.UNSUPPORTED
    assert not sysfs.is_unread(expected)
    assert not sysfs.is_unread(Absence.UNSUPPORTED)
    assert sysfs.is_unread(Absence.DENIED)
