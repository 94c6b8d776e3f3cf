import os
import time
from pathlib import Path

import pytest

from trackio_view.sources.gpu.write_counts import (
    FLUSH_BYTES,
    Stillness,
    WriteCounts,
    all_processes,
    bytes_written,
    who_flushed,
)


def write_io(proc: Path, pid: int, text: str) -> None:
    (proc / str(pid)).mkdir(parents=True, exist_ok=True)
    (proc / str(pid) / "io").write_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rchar: 5\nwchar: 12345\nsyscr: 7\n", 12345),
        ("wchar: 0\n", 0),
        ("rchar: 5\n", None),
        ("wchar: -1\n", None),
        ("wchar: \n", None),
        ("", None),
    ],
)
def test_what_a_process_gave_to_write_calls(
    tmp_path: Path, text: str, expected: int | None
) -> None:
    write_io(tmp_path, 7, text)
    assert bytes_written(tmp_path, 7) == expected


def test_a_hidden_process_tells_nothing(tmp_path: Path) -> None:
    assert bytes_written(tmp_path, 7) is None


def test_this_process_counts_what_it_writes(tmp_path: Path) -> None:
    before = bytes_written(Path("/proc"), os.getpid())
    (tmp_path / "file").write_bytes(bytes(5000))
    after = bytes_written(Path("/proc"), os.getpid())
    assert before is not None
    assert after is not None
    assert after - before >= 5000


def test_all_processes_are_all_but_this_one(tmp_path: Path) -> None:
    for name in ("7", "8", "self", str(os.getpid())):
        (tmp_path / name).mkdir()
    assert sorted(all_processes(tmp_path)) == [7, 8]
    assert all_processes(tmp_path / "none") == []


def test_who_wrote_a_page_since_the_last_look_has_grown(tmp_path: Path) -> None:
    counts = WriteCounts(tmp_path)
    for pid in (7, 8, 9):
        write_io(tmp_path, pid, "wchar: 100\n")
    assert counts.grown([7, 8]) == set(), "there is nothing to compare with"
    write_io(tmp_path, 7, f"wchar: {100 + FLUSH_BYTES}\n")
    write_io(tmp_path, 8, f"wchar: {99 + FLUSH_BYTES}\n")
    write_io(tmp_path, 9, "wchar: 1000000\n")
    assert counts.grown([7, 8, 9, 10]) == {7}, "9 was not asked for before"
    assert counts.grown([7, 8, 9]) == set()
    counts.begin([9])
    write_io(tmp_path, 9, "wchar: 2000000\n")
    assert counts.grown([7, 9]) == {9}


def test_counts_of_two_moments_tell_what_was_written_between_them(tmp_path: Path) -> None:
    first = WriteCounts(tmp_path)
    write_io(tmp_path, 7, "wchar: 100\n")
    first.begin([7])
    write_io(tmp_path, 7, "wchar: 350\n")
    write_io(tmp_path, 8, "wchar: 900\n")
    second = first.again([7, 8, 9])
    write_io(tmp_path, 8, "wchar: 905\n")
    assert first.until(second) == {7: 250}
    assert second.until(second.again([7, 8])) == {7: 0, 8: 5}
    assert who_flushed({7: FLUSH_BYTES, 8: FLUSH_BYTES - 1}) == {7}


def test_counts_that_others_took_are_compared_with(tmp_path: Path) -> None:
    others, counts = WriteCounts(tmp_path), WriteCounts(tmp_path)
    for pid in (7, 8):
        write_io(tmp_path, pid, "wchar: 100\n")
    others.begin([7, 8])
    for pid in (7, 8):
        write_io(tmp_path, pid, "wchar: 5000\n")
    counts.begin([8])
    counts.adopt([7, 8, 9], others)
    assert counts.written([7, 8, 9]) == {7: 4900, 8: 0}


def test_a_process_is_still_some_seconds_after_its_last_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    stillness = Stillness(tmp_path)
    write_io(tmp_path, 7, "wchar: 10\n")
    write_io(tmp_path, 8, "rchar: 10\n")
    assert stillness.still([7, 8]) == set()
    now = 104.9
    assert stillness.still([7, 8]) == set()
    now = 105.0
    assert stillness.still([7, 8]) == {7}, "nobody knows what 8 wrote"
    write_io(tmp_path, 7, "wchar: 11\n")
    assert stillness.still([7, 8]) == set()
    now = 110.0
    assert stillness.still([7]) == {7}
    stillness.still([])
    assert stillness.still([7]) == set(), "whether it wrote meanwhile is unknown"
