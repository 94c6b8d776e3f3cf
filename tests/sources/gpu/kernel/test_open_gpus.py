"""Which processes have GPUs open, and how rarely the others are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.sources.gpu.kernel.open_gpus import QUIET_SCANS, OpenGpus
from trackio_view.sources.gpu.sampler import Roots

RENDER, NOTHING = Path("/dev/dri/renderD128"), Path("/dev/null")
A_LOOK = QUIET_SCANS + 1
"""Scans until each process was looked at once."""


def opened(root: Path) -> OpenGpus:
    return OpenGpus(Roots(sys=root / "sys", proc=root / "proc"))


def found(gpus: OpenGpus, pid: int, scans: int = 1) -> list[list[str]]:
    """Return what is found of a process at each of so many scans."""
    told = []
    for _ in range(scans):
        gpus.begin([pid])
        told.append(gpus.of(pid))
    return told


def test_files_of_gpus_are_found_among_the_others(write_tree) -> None:
    accelerator = Path("/dev/accel/accel0")
    tree = {"proc/7/fd/0": NOTHING, "proc/7/fd/4": RENDER, "proc/7/fd/9": accelerator}
    gpus = opened(write_tree({**tree, "proc/7/fd/5": Path("/dev/dri/renderD128 (deleted)")}))
    assert [sorted(names) for names in found(gpus, 7, 2)] == [["4", "9"], ["4", "9"]]
    assert found(gpus, 8) == [[]]


@pytest.mark.parametrize("pid", [9, 10, 11])
def test_a_process_that_opens_a_gpu_is_found_after_some_scans(write_tree, pid: int) -> None:
    gpus = opened(write_tree({f"proc/{pid}/fd/0": NOTHING}))
    assert found(gpus, pid) == [[]]
    write_tree({f"proc/{pid}/fd/5": RENDER})
    later = found(gpus, pid, A_LOOK)
    assert later[-1] == ["5"]
    assert later.index(["5"]) == QUIET_SCANS - pid % QUIET_SCANS, "not all in one scan"


def test_links_are_read_again_where_the_numbers_of_files_changed(write_tree) -> None:
    gpus = opened(write_tree({"proc/12/fd/0": NOTHING, "proc/12/fd/1": NOTHING}))

    def links_read(looks: int) -> int:
        before = gpus.links_read
        found(gpus, 12, looks * A_LOOK)
        return gpus.links_read - before

    assert found(gpus, 12) == [[]]
    assert gpus.links_read == 2
    assert links_read(10) == 0
    assert links_read(1) == 2, "one may have been closed, and a GPU opened"
    assert links_read(5) == 0
    write_tree({"proc/12/fd/5": RENDER})
    assert found(gpus, 12, A_LOOK)[-1] == ["5"]


def test_a_process_whose_gpu_wakes_up_is_found(write_tree) -> None:
    state = "sys/class/drm/card0/device/power/runtime_status"
    node = "sys/class/drm/card0/device/drm/renderD128/dev"
    gpus = opened(write_tree({"proc/12/fd/5": RENDER, state: "suspended", node: "226:128"}))
    assert found(gpus, 12, 3 * A_LOOK) == [[]] * 3 * A_LOOK
    write_tree({state: "active"})
    assert found(gpus, 12, A_LOOK)[-1] == ["5"]


def test_a_quiet_process_may_be_looked_at_at_once(write_tree) -> None:
    gpus = opened(write_tree({"proc/12/fd/0": NOTHING}))
    found(gpus, 12)
    write_tree({"proc/12/fd/5": RENDER})
    assert found(gpus, 12) == [[]]
    gpus.forget_quiet()
    assert found(gpus, 12) == [["5"]]


def test_what_is_known_of_a_process_ends_with_it(write_tree) -> None:
    gpus = opened(write_tree({"proc/12/fd/0": NOTHING}))
    found(gpus, 12)
    gpus.begin([])
    write_tree({"proc/12/fd/5": RENDER})
    assert found(gpus, 12) == [["5"]], "its number is another process' now"
