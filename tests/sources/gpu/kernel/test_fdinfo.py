from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from trackio_view.sources.gpu.kernel.fdinfo import (
    ProcessScan,
    gpu_processes,
    shared_scan,
)
from trackio_view.sources.gpu.kernel.open_gpus import QUIET_SCANS
from trackio_view.sources.gpu.sampler import Roots

CARD = "0000:03:00.0"
RENDER = Path("/dev/dri/renderD128")


def amd(client: int, gfx: int, vram: str = "1024 KiB", **more: str) -> str:
    lines = {
        "pos": "0",
        "drm-driver": "amdgpu",
        "drm-pdev": CARD,
        "drm-client-id": str(client),
        "drm-engine-gfx": f"{gfx} ns",
        "drm-memory-vram": vram,
        **{key.replace("_", "-"): value for key, value in more.items()},
    }
    return "\n".join(f"{key}:\t{value}" for key, value in lines.items())


def process(pid: int, *files: str, target: Path = RENDER) -> dict[str, object]:
    tree: dict[str, object] = {
        f"proc/{pid}/comm": f"program{pid}",
        f"proc/{pid}/cmdline": f"program{pid}\0--flag\0".encode(),
        f"proc/{pid}/status": "Name: x\nUid:\t1234\t1234\t1234\t1234",
        f"proc/{pid}/fd/0": Path("/dev/null"),
    }
    for number, text in enumerate(files, 5):
        tree[f"proc/{pid}/fd/{number}"] = target
        tree[f"proc/{pid}/fdinfo/{number}"] = text
    return tree


def scanner(root: Path, clock, live: bool = True) -> ProcessScan:
    roots = Roots(sys=root / "sys", proc=root / "proc", etc=root / "etc", live=live)
    return ProcessScan(roots, clock, lambda number: f"user{number}")


def test_load_is_the_share_of_the_time_between_scans(write_tree, clock) -> None:
    root = write_tree(process(10, amd(1, 5_000_000_000)))
    scan = scanner(root, clock)
    (first,) = gpu_processes(scan.scan(), CARD, False).values()
    assert (first.pid, first.load, first.memory) == (10, None, 1 << 20)
    assert (first.user, first.command) == ("user1234", "program10 --flag")
    assert first.kind == "graphics"
    clock.advance(2.0)
    write_tree({"proc/10/fdinfo/5": amd(1, 5_500_000_000)})
    (second,) = gpu_processes(scan.scan(), CARD, False).values()
    assert second.load == pytest.approx(25.0)
    clock.advance(2.0)
    # Counters may go backwards for a moment, which makes no negative load, and no jump afterwards.
    write_tree({"proc/10/fdinfo/5": amd(1, 5_400_000_000)})
    assert gpu_processes(scan.scan(), CARD, False)[10].load == 0.0
    clock.advance(1.0)
    write_tree({"proc/10/fdinfo/5": amd(1, 5_600_000_000)})
    assert gpu_processes(scan.scan(), CARD, False)[10].load == pytest.approx(10.0)


def test_a_count_that_stays_less_has_begun_anew(write_tree, clock) -> None:
    root = write_tree(process(10, amd(1, 900_000_000_000)))
    scan = scanner(root, clock)
    scan.scan()
    loads = []
    for second in range(1, 16):
        clock.advance(1.0)
        write_tree({"proc/10/fdinfo/5": amd(1, second * 250_000_000)})
        loads.append(gpu_processes(scan.scan(), CARD, False)[10].load)
    # It may be a brief lapse of the driver at first, which makes no load.
    assert loads == [*[0.0] * 10, None, *[pytest.approx(25.0)] * 4]


def test_clients_that_a_driver_does_not_number_are_those_of_their_process(
    write_tree, clock
) -> None:
    def nameless(busy: int) -> str:
        return f"drm-driver: v3d\ndrm-pdev: {CARD}\ndrm-engine-render: {busy} ns"

    root = write_tree(process(10, nameless(0)) | process(11, nameless(0)))
    scan = scanner(root, clock)
    scan.scan()
    clock.advance(1.0)
    write_tree({"proc/10/fdinfo/5": nameless(500_000_000)})
    found = scan.scan()
    assert {pid: use.load for pid, use in found.uses(CARD).items()} == {
        10: pytest.approx(50.0),
        11: 0.0,
    }


def test_an_engine_is_loaded_wholly_at_most(write_tree, clock) -> None:
    root = write_tree(process(10, amd(1, 0), amd(2, 0)) | process(11, amd(3, 0)))
    scan = scanner(root, clock)
    scan.scan()
    for busy, own, of_all in ((300_000_000, 60.0, 90.0), (1_100_000_000, 100.0, 100.0)):
        clock.advance(1.0)
        for pid, number in ((10, 1), (10, 2), (11, 3)):
            place = 5 if number in (1, 3) else 6
            write_tree({f"proc/{pid}/fdinfo/{place}": amd(number, busy)})
        found = scan.scan()
        assert found.uses(CARD)[10].loads == {"gfx": pytest.approx(own)}
        assert found.engine_loads(CARD) == {"gfx": pytest.approx(of_all)}


EARLY = (
    "pos:\t0\nflags:\t02100002\nmnt_id:\t26\npdev:\t0000:03:00.0\npasid:\t{pasid}\n"
    "vram mem:\t2048 kB\ngtt mem:\t64 kB\ncpu mem:\t0 kB\n{engines}"
)
"""Return a file as amdgpu of the kernels 5.14 to 5.18 writes it."""


def test_the_percentages_of_early_kernels_are_loads_at_once(write_tree, clock) -> None:
    one = EARLY.format(pasid=32770, engines="gfx0:\t12.34%\ncompute0:\t7.5%\ncompute1:\t1.50%\n")
    other = EARLY.format(pasid=32771, engines="gfx0:\t50.0%\n")
    root = write_tree(process(10, one, one) | process(11, other) | process(12, one))
    scan = scanner(root, clock)
    for _ in range(2):
        found = gpu_processes(scan.scan(), CARD, False)
        assert [(one.pid, one.load, one.memory) for one in found.values()] == [
            (10, pytest.approx(12.34), 2 << 20),
            (11, pytest.approx(50.0), 2 << 20),
        ]
        assert found[10].kind == "compute+graphics"
        loads = scan.scan().engine_loads(CARD)
        assert loads == {"gfx": pytest.approx(62.34), "compute": pytest.approx(8.55)}
        clock.advance(1.0)
    # The shares of several queues are added up, and may be more than the whole.
    queues = "compute0:\t80.0%\ncompute1:\t60.0%\n"
    write_tree({"proc/11/fdinfo/5": EARLY.format(pasid=32771, engines=queues)})
    assert gpu_processes(scan.scan(), CARD, False)[11].load == 100.0
    clock.advance(1.0)
    write_tree({"proc/11/fdinfo/5": EARLY.format(pasid=32771, engines="")})
    assert gpu_processes(scan.scan(), CARD, False)[11].load is None, "an idle queue has no line"


def test_an_engine_that_appears_counts_from_zero(write_tree, clock) -> None:
    root = write_tree(process(10, amd(1, 0)))
    scan = scanner(root, clock)
    scan.scan()
    clock.advance(1.0)
    busy = amd(1, 0, **{"drm-engine-compute": "300000000 ns"})
    write_tree({"proc/10/fdinfo/5": busy})
    (use,) = gpu_processes(scan.scan(), CARD, False).values()
    assert use.load == pytest.approx(30.0)
    assert use.kind == "compute"


def test_cycles_are_measured_by_the_engines_own_clock(write_tree, clock) -> None:
    def xe(cycles: int, total: int) -> str:
        return (
            f"drm-driver: xe\ndrm-pdev: {CARD}\ndrm-client-id: 1\n"
            f"drm-cycles-vcs: {cycles}\ndrm-total-cycles-vcs: {total}\n"
            "drm-engine-capacity-vcs: 2"
        )

    root = write_tree(process(10, xe(0, 1000)))
    scan = scanner(root, clock)
    scan.scan()
    clock.advance(1e-3)
    assert scan.scan().uses(CARD)[10].loads == {}
    clock.advance(100.0)
    write_tree({"proc/10/fdinfo/5": xe(800, 2000)})
    assert scan.scan().engine_loads(CARD) == {"vcs": pytest.approx(40.0)}
    clock.advance(100.0)
    write_tree({"proc/10/fdinfo/5": xe(1400, 3000)})
    assert scan.scan().engine_loads(CARD) == {"vcs": pytest.approx(30.0)}


def test_a_client_in_many_descriptors_and_processes_counts_once(write_tree, clock) -> None:
    root = write_tree(
        process(3, amd(1, 10), amd(1, 10)) | process(7, amd(1, 10)) | process(9, amd(2, 10))
    )
    write_tree({"proc/3/comm": "systemd-logind"})
    found = gpu_processes(scanner(root, clock).scan(), CARD, False)
    assert {pid: use.memory for pid, use in found.items()} == {7: 1 << 20, 9: 1 << 20}


def test_clients_of_two_cards_may_have_one_number(write_tree, clock) -> None:
    other = "0000:00:02.0"
    beside = amd(4, 0, vram="2 MiB").replace(CARD, other)
    root = write_tree(process(10, amd(4, 0), amd(4, 0), beside))
    found = scanner(root, clock).scan()
    assert gpu_processes(found, CARD, False)[10].memory == 1 << 20
    assert gpu_processes(found, other, False)[10].memory == 2 << 20


def test_a_scan_in_a_container_is_not_of_all_processes(write_tree, clock) -> None:
    root = write_tree({"proc/1/comm": "init", "proc/self/ns/pid": Path("pid:[4026532001]")})
    assert not scanner(root, clock).sees_everybody
    (root / "proc/self/ns/pid").unlink()
    (root / "proc/self/ns/pid").symlink_to("pid:[4026531836]")
    assert scanner(root, clock).sees_everybody


def test_a_session_broker_alone_keeps_its_client(write_tree, clock) -> None:
    root = write_tree(process(3, amd(1, 10)))
    write_tree({"proc/3/comm": "systemd-logind"})
    assert set(gpu_processes(scanner(root, clock).scan(), CARD, False)) == {3}


def test_only_descriptors_of_gpus_are_opened(write_tree, clock) -> None:
    root = write_tree(process(10, amd(1, 0)) | process(11, amd(2, 0), target=Path("/dev/null")))
    scan = scanner(root, clock)
    assert set(scan.scan().uses(CARD)) == {10}
    assert scan.files_read == 1


def test_a_scan_is_shared_for_a_moment(write_tree, clock) -> None:
    root = write_tree(process(10, amd(1, 0)))
    scan = scanner(root, clock)
    first = scan.scan()
    clock.advance(0.05)
    assert scan.scan() is first
    clock.advance(1.0)
    assert scan.scan() is not first
    roots = Roots.captured(root)
    assert shared_scan(roots, clock) is shared_scan(roots, clock)


def test_a_look_at_all_is_shared_for_a_moment(write_tree, clock) -> None:
    scan = scanner(write_tree(process(10, amd(1, 0))), clock)
    before = scan.scan()
    scan.look_at_all()
    first = scan.scan()
    assert first is not before
    clock.advance(0.05)
    scan.look_at_all()
    assert scan.scan() is first, "the second card has the first one's answer"
    clock.advance(1.0)
    scan.look_at_all()
    assert scan.scan() is not first


def test_processes_of_others_are_counted_without_the_kernels_threads(
    write_tree, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_tree(process(10, amd(1, 0)) | process(11) | process(12))
    write_tree(
        {
            # Every flag but that of the kernel's threads.
            "proc/11/stat": f"11 (a (b) c) S 1 1 1 0 -1 {0xFFDF_FFFF} 0",
            "proc/12/stat": "12 (kworker/0:1) S 2 0 0 0 -1 69238880 0",
        }
    )
    real_listdir, refused = os.listdir, list[str]()

    def listdir(path: str | os.PathLike[str] = ".") -> list[str]:
        if str(path).endswith(("11/fd", "12/fd")):
            refused.append(str(path)[-5:])
            raise PermissionError(errno.EACCES, "denied", str(path))
        return real_listdir(path)

    monkeypatch.setattr(os, "listdir", listdir)
    scan = scanner(root, clock)
    for _ in range(2 * (QUIET_SCANS + 1) + 1):
        found = scan.scan()
        assert found.hidden == 1
        assert set(found.uses(CARD)) == {10}
        clock.advance(1.0)
    assert refused == ["11/fd", "12/fd"] * 3


def test_a_sleeping_card_is_not_asked(write_tree, clock) -> None:
    root = write_tree(
        process(10, amd(1, 0)) | {"sys/class/drm/renderD128/device/power/runtime_status": "active"}
    )
    scan = scanner(root, clock)
    assert set(scan.scan().uses(CARD)) == {10}
    write_tree({"sys/class/drm/renderD128/device/power/runtime_status": "suspended"})
    clock.advance(1.0)
    assert scan.scan().uses(CARD) == {}
    assert scan.files_read == 1


def test_the_nodes_of_a_sleeping_card_are_known_by_the_card_alone(write_tree, clock) -> None:
    device = "sys/class/drm/card0/device"
    root = write_tree(
        process(10, amd(1, 0))
        | {f"{device}/power/runtime_status": "suspended", f"{device}/drm/renderD128/dev": "226:128"}
    )
    scan = scanner(root, clock)
    assert scan.scan().uses(CARD) == {}
    assert scan.files_read == 0


def test_a_capture_without_links_is_read_by_its_fdinfo(write_tree, clock) -> None:
    root = write_tree(
        {"proc/10/fdinfo/0": "pos: 0", "proc/10/fdinfo/5": amd(1, 0), "proc/self": "no process"}
    )
    assert set(scanner(root, clock, live=False).scan().uses(CARD)) == {10}
    assert scanner(root, clock, live=True).scan().uses(CARD) == {}


def test_without_proc_there_is_nothing(tmp_path: Path, clock) -> None:
    found = scanner(tmp_path, clock).scan()
    assert (dict(found.by_device), found.hidden) == ({}, 0)


def test_users_of_a_capture_are_its_own(write_tree, clock) -> None:
    root = write_tree(process(10, amd(1, 0)) | process(11, amd(2, 0)))
    write_tree(
        {"etc/passwd": "root:x:0:0\nann:x:1234:1234::/home/ann", "proc/11/status": "Uid:\t77\t77"}
    )
    found = gpu_processes(shared_scan(Roots.captured(root), clock).scan(), CARD, False)
    assert (found[10].user, found[11].user) == ("ann", "77")
