import os
from pathlib import Path

import pytest

from trackio_view.sources.gpu.project_locks import (
    has_changes,
    lock_holders,
    may_write,
    written_since,
)


def test_who_may_write_to_a_project_is_told_by_its_database_or_its_lock(tmp_path: Path) -> None:
    process = tmp_path / "7"
    process.mkdir()
    assert may_write(str(tmp_path), "a", tmp_path, 7), "nothing is known of the project"
    (tmp_path / "a.lock").touch(0o644)
    assert may_write(str(tmp_path), "a", tmp_path, 7), "its owner"
    assert may_write(str(tmp_path), "a", tmp_path, 8), "nothing is known of the process"
    if os.geteuid() == 0:
        os.chown(tmp_path / "a.lock", 1234, -1)
        assert may_write(str(tmp_path), "a", tmp_path, 7), "root"
        os.chown(process, 4321, -1)
        assert not may_write(str(tmp_path), "a", tmp_path, 7)
        (tmp_path / "a.db").touch()
        (tmp_path / "a.db").chmod(0o664)
        assert may_write(str(tmp_path), "a", tmp_path, 7), "others may write, too"


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_rows_are_on_their_way_while_a_file_beside_the_database_has_them(
    tmp_path: Path, ending: str
) -> None:
    (tmp_path / "a.db").write_bytes(b"rows")
    assert not has_changes(str(tmp_path), "a")
    (tmp_path / f"a.db{ending}").touch()
    assert not has_changes(str(tmp_path), "a")
    (tmp_path / f"a.db{ending}").write_bytes(b"rows")
    assert has_changes(str(tmp_path), "a")


def test_holders_are_whoever_the_kernel_names_for_the_locks_own_file(tmp_path: Path) -> None:
    lock = tmp_path / "my.lock"
    lock.touch()
    status = lock.stat()
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    lines = [
        f"1: FLOCK  ADVISORY  WRITE 41 {device}:{status.st_ino} 0 EOF",
        f"1: -> FLOCK  ADVISORY  WRITE 42 {device}:{status.st_ino} 0 EOF",
        f"2: FLOCK  ADVISORY  WRITE 43 {device}:{status.st_ino + 1} 0 EOF",
        f"3: FLOCK  ADVISORY  WRITE 44 fe:7f:{status.st_ino} 0 EOF",
        f"4: FLOCK  ADVISORY  WRITE 0 {device}:{status.st_ino} 0 EOF",
        "broken",
    ]
    (tmp_path / "locks").write_text("\n".join(lines))
    assert lock_holders(str(tmp_path), "my", tmp_path) == {0, 41}
    assert lock_holders(str(tmp_path), "other", tmp_path) == set()
    assert lock_holders(str(tmp_path), "my", tmp_path / "none") == set()


def test_files_whose_locks_name_another_device_have_holders_by_that_of_their_mount(
    tmp_path: Path,
) -> None:
    # Btrfs gives each subvolume a device number of its own, but one number to all its locks.
    projects = tmp_path / "my projects"
    projects.mkdir()
    (projects / "my.lock").touch()
    point = str(tmp_path).replace(" ", "\\040")
    (tmp_path / "self").mkdir()
    mounts = [
        "20 1 254:1 / / rw - ext4 /dev/vda1 rw",
        f"31 20 0:37 /@ {point} rw,relatime shared:1 - btrfs /dev/vdb rw,subvol=/@",
        f"32 20 0:99 / {point}/my rw - tmpfs tmpfs rw",
        "broken",
    ]
    (tmp_path / "self" / "mountinfo").write_text("\n".join(mounts))
    inode = (projects / "my.lock").stat().st_ino
    lines = [
        f"1: POSIX  ADVISORY  WRITE 41 00:25:{inode} 0 EOF",
        f"2: POSIX  ADVISORY  WRITE 42 00:63:{inode} 0 EOF",
    ]
    (tmp_path / "locks").write_text("\n".join(lines))
    assert lock_holders(str(projects), "my", tmp_path) == {41}


def test_the_time_of_a_write_is_told_by_the_lock_else_by_the_database(tmp_path: Path) -> None:
    for name, moment in [
        ("a.lock", 100),
        ("a.db", 300),
        ("b.db", 300),
        ("c.lock", 200),
        ("d.db-wal", 300),
    ]:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))
    assert written_since(str(tmp_path), 200) == ["b", "c"]
    assert written_since(str(tmp_path), 200.5) == ["b"]
    assert written_since(str(tmp_path / "none"), 0) == []
