import mmap
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
    page_faults,
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
def test_the_kernel_tells_how_many_bytes_a_process_wrote(
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


def write_stat(proc: Path, pid: int, faults: int, major: int = 0) -> None:
    (proc / str(pid)).mkdir(parents=True, exist_ok=True)
    fields = ["S", *["0"] * 6, str(faults), "0", str(major), "0"]
    (proc / str(pid) / "stat").write_text(f"{pid} (a) b) {' '.join(fields)}\n")


def test_the_pages_of_memory_that_a_process_was_given_are_told_to_all(tmp_path: Path) -> None:
    assert page_faults(tmp_path, 7) is None
    write_stat(tmp_path, 7, 40, major=2)
    assert page_faults(tmp_path, 7) == 42
    (tmp_path / "7" / "stat").write_text("broken")
    assert page_faults(tmp_path, 7) is None
    before = page_faults(Path("/proc"), os.getpid())
    with mmap.mmap(-1, 8 << 20) as pages:
        pages.write(b"x" * (8 << 20))
    assert before is not None
    assert (page_faults(Path("/proc"), os.getpid()) or 0) > before


def test_who_wrote_less_than_a_page_did_not_add_rows(tmp_path: Path) -> None:
    for pid in (7, 8, 9):
        write_io(tmp_path, pid, "wchar: 100\n")
    before = WriteCounts.read(tmp_path, [7, 8, 6])
    write_io(tmp_path, 7, f"wchar: {100 + FLUSH_BYTES}\n")
    write_io(tmp_path, 8, f"wchar: {99 + FLUSH_BYTES}\n")
    later = WriteCounts.read(tmp_path, [7, 8, 9, 6])
    assert before.writers(later) == {7, 9}, "what 9 had written before is unknown"
    assert before.may_have_written(5, later), "nor was 5 asked for"
    assert not before.may_have_written(6, later), "there is none"
    assert (later.written(7), later.written(5)) == (100 + FLUSH_BYTES, None)


def test_who_began_or_ended_meanwhile_may_have_written(tmp_path: Path) -> None:
    for pid in (7, 8):
        write_io(tmp_path, pid, "wchar: 5000\n")
    before = WriteCounts.read(tmp_path, None)
    (tmp_path / "7" / "io").unlink()
    (tmp_path / "7").rmdir()
    write_io(tmp_path, 9, "wchar: 5000\n")
    write_io(tmp_path, 10, "wchar: 50\n")
    later = WriteCounts.read(tmp_path, None)
    assert before.may_have_written(7, later)
    assert before.writers(later) == {9}
    assert before.writers(WriteCounts.read(tmp_path, [7, 8])) == {7}


def test_a_process_whose_counters_are_hidden_may_have_written_if_it_was_given_memory(
    tmp_path: Path,
) -> None:
    write_stat(tmp_path, 7, 40)
    write_stat(tmp_path, 8, 40)
    before = WriteCounts.read(tmp_path, [7, 8])
    write_stat(tmp_path, 7, 41)
    later = WriteCounts.read(tmp_path, [7, 8])
    assert before.writers(later) == {7}
    assert later.is_hidden(7)
    assert later.written(7) is None
    write_io(tmp_path, 8, "wchar: 40\n")
    readable = WriteCounts.read(tmp_path, [8])
    assert before.writers(readable) == {8}, "pages are not bytes"
    assert not readable.is_hidden(8)
    assert [counts.tells_of(7) for counts in (later, readable)] == [True, False]


def test_older_counts_stand_where_there_are_no_newer(tmp_path: Path) -> None:
    for pid in (7, 8):
        write_io(tmp_path, pid, "wchar: 5000\n")
    first = WriteCounts.read(tmp_path, None)
    write_io(tmp_path, 7, "wchar: 10000\n")
    newer = first.updated(WriteCounts.read(tmp_path, [7]))
    assert (newer.written(7), newer.written(8), newer.of_everybody) == (10000, 5000, True)
    write_io(tmp_path, 9, "wchar: 1\n")
    everybody = WriteCounts.read(tmp_path, None)
    assert newer.updated(everybody) == everybody


def test_a_process_is_still_some_seconds_after_its_last_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    stillness = Stillness()

    def still(*pids: int) -> set[int]:
        stillness.see(pids, WriteCounts.read(tmp_path, pids))
        return stillness.still()

    write_io(tmp_path, 7, "wchar: 10\n")
    write_stat(tmp_path, 8, 10)
    assert still(7, 8) == set()
    now = 104.9
    assert still(7, 8) == set()
    now = 105.0
    assert still(7, 8) == {7}, "nobody knows what 8 wrote"
    write_io(tmp_path, 7, "wchar: 11\n")
    assert still(7, 8) == set()
    now = 110.0
    assert still(7) == {7}
    still()
    assert still(7) == set(), "whether it wrote meanwhile is unknown"


def test_others_get_a_turn_after_each_process(tmp_path: Path) -> None:
    for pid in (5, 6, 7):
        write_io(tmp_path, pid, "wchar: 1\n")
    turns: list[int] = []
    WriteCounts.read(tmp_path, [5, 6, 7], lambda: turns.append(len(turns)))
    assert turns == [0, 1, 2]


def test_counts_of_everybody_take_the_place_of_all_others(tmp_path: Path) -> None:
    for pid in (7, 8):
        write_io(tmp_path, pid, "wchar: 100\n")
    before = WriteCounts.read(tmp_path, [7, 8])
    write_io(tmp_path, 8, "wchar: 500\n")
    some = before.updated(WriteCounts.read(tmp_path, [8]))
    assert [some.written(pid) for pid in (7, 8)] == [100, 500]
    (tmp_path / "7" / "io").unlink()
    (tmp_path / "7").rmdir()
    everybody = some.updated(WriteCounts.read(tmp_path, None))
    assert [everybody.written(pid) for pid in (7, 8)] == [None, 500]
    assert everybody.of_everybody
