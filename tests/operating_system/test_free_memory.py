"""Free memory is given back to the system, and objects that refer to themselves are freed."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackio_view.operating_system import free_memory


class Knot:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_free_memory_below_memory_in_use_is_given_back() -> None:
    if not hasattr(ctypes.CDLL(None), "malloc_trim") or not Path("/proc/self/statm").exists():
        pytest.skip("this C library has no malloc_trim")
    # The size is too large for Python's own allocator, and too small for pages of its own.
    blocks = [bytes(2_000) for _ in range(20_000)]
    last = bytes(2_000)
    del blocks
    before = resident_bytes()
    free_memory.give_back()
    assert before - resident_bytes() > 20_000_000
    assert len(last) == 2_000


def test_no_collection_looks_at_objects_that_were_loaded_before() -> None:
    early = Knot()
    free_memory.keep_loaded()
    later = Knot()
    seen_early, seen_later = weakref.ref(early), weakref.ref(later)
    del early, later
    free_memory.rest()
    assert seen_later() is None
    assert seen_early() is not None


def test_a_knot_is_freed_and_none_that_was_there_at_rest_is_looked_at() -> None:
    early = Knot()
    free_memory.rest()
    later = Knot()
    seen_early, seen_later = weakref.ref(early), weakref.ref(later)
    del early, later
    free_memory.collect()
    assert seen_later() is None
    assert seen_early() is not None


@pytest.mark.parametrize("shared", [True, False])
def test_threads_share_one_heap(shared: bool) -> None:
    if not hasattr(ctypes.CDLL(None), "malloc_stats"):
        pytest.skip("this C library tells nothing of its heaps")
    allocating = (
        "import ctypes, threading\n"
        "from trackio_view.operating_system import free_memory\n"
        f"{'free_memory.use_one_heap()' if shared else ''}\n"
        "together, kept = threading.Barrier(4), []\n"
        "def allocate():\n"
        "    together.wait(20)\n"
        "    kept.append([bytes(2_000) for _ in range(100)])\n"
        "threads = [threading.Thread(target=allocate) for _ in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "ctypes.CDLL(None).malloc_stats()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", allocating],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "MALLOC_ARENA_MAX": "8"},
    )
    assert ("Arena 1:" in done.stderr) is not shared
    assert "Arena 0:" in done.stderr


@pytest.mark.parametrize("settled", [True, False])
def test_large_blocks_leave_no_holes_in_the_heap(settled: bool) -> None:
    if not hasattr(ctypes.CDLL(None), "mallopt") or not Path("/proc/self/statm").exists():
        pytest.skip("this C library's heap cannot be settled")
    allocating = (
        "import os\n"
        "from pathlib import Path\n"
        "from trackio_view.operating_system import free_memory\n"
        "resident = lambda: int(Path('/proc/self/statm').read_text().split()[1])\n"
        f"{'free_memory.use_one_heap()' if settled else ''}\n"
        # From now on, the C library takes blocks of up to this size from the heap.
        "b'x' * 20_000_000\n"
        "blocks = [b'x' * 300_000 for _ in range(100)]\n"
        "last, before = b'x' * 2_000, resident()\n"
        "del blocks\n"
        "print((before - resident()) * os.sysconf('SC_PAGE_SIZE'), len(last))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", allocating], capture_output=True, text=True, timeout=60, check=True
    )
    given_back = int(done.stdout.split()[0])
    assert (given_back > 29_000_000) is settled
