"""The files of an inbox; no file outside of it is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackio_view.sources.trackio.files.inbox_files import (
    inbox_keys,
    inbox_state,
    listed_late,
    read_inbox_file,
)


def test_files_are_those_of_writers_that_are_complete(tmp_path: Path) -> None:
    assert (list(inbox_keys(str(tmp_path))), inbox_state(str(tmp_path))) == ([], 0)
    folder = tmp_path / "inbox" / "aa"
    (folder / "folder.jsonl").mkdir(parents=True)
    for name in ("0.jsonl", "1.tmp"):
        (folder / name).write_bytes(name.encode())
    (tmp_path / "inbox" / "stray.jsonl").write_bytes(b"")
    assert list(inbox_keys(str(tmp_path))) == [("aa", "0.jsonl")]
    assert read_inbox_file(str(tmp_path), ("aa", "0.jsonl")) == b"0.jsonl"
    state = inbox_state(str(tmp_path))
    assert inbox_state(str(tmp_path)) == state
    (folder / "0.jsonl").rename(folder / "2.jsonl")
    assert inbox_state(str(tmp_path)) != state


def test_a_folder_that_goes_between_two_looks_hides_none_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for writer in ("aa", "bb", "cc"):
        folder = tmp_path / "inbox" / writer
        folder.mkdir(parents=True)
        (folder / "0.jsonl").touch()
    looked_into, scandir = list[str](), os.scandir

    def scanned(path: str) -> Iterator[os.DirEntry[str]]:
        looked_into.append(path)
        if len(looked_into) == 2:
            raise FileNotFoundError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scanned)
    told = {writer for writer, _ in inbox_keys(str(tmp_path))}
    assert told == {"aa", "bb", "cc"} - {Path(looked_into[1]).name}


@pytest.mark.parametrize("key", [("..", "x.db"), ("aa", "../../x.db"), ("", "x.db"), ("aa", "")])
def test_a_key_leads_nowhere_else(tmp_path: Path, key: tuple[str, str]) -> None:
    (tmp_path / "inbox" / "aa").mkdir(parents=True)
    for place in (tmp_path, tmp_path / "inbox"):
        (place / "x.db").write_bytes(b"secret")
    assert read_inbox_file(str(tmp_path), key) is None
    assert read_inbox_file(str(tmp_path), ("aa", "gone.jsonl")) is None


@pytest.mark.parametrize(
    ("mounted", "kind"),
    [
        (("/ ext4", "{inbox} nfs4"), "nfs4"),
        (("/ nfs", "{folder} ext4"), None),
        (("/ ext4", "{folder} cifs", "{folder}/inbox2 ext4"), "cifs"),
        (("/ ext4", "{folder} nfs", "{folder} tmpfs"), None),
        (("/ nfs",), "nfs"),
        (("/ lustre",), None),
        (("no such line",), None),
        ((), None),
    ],
)
def test_a_file_system_that_lists_late_is_known(
    tmp_path: Path, mounted: tuple[str, ...], kind: str | None
) -> None:
    folder = tmp_path / "with blank"
    (folder / "inbox").mkdir(parents=True)
    mounts = tmp_path / "mountinfo"
    places = {"folder": folder, "inbox": folder / "inbox"}
    lines = []
    for number, one in enumerate(mounted):
        place, _, system = one.format(**places).rpartition(" ")
        told = place.replace(" ", "\\040")
        lines.append(f"{number} 1 0:40 / {told} rw,noatime shared:1 - {system} host:/x rw\n")
    mounts.write_text("".join(lines))
    assert listed_late(str(folder), str(mounts)) == kind
    assert listed_late(str(folder), str(tmp_path / "none")) is None


def test_a_mount_whose_name_is_no_text_hides_none_of_the_others(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    odd = b"21 1 8:1 / /mnt/\xff rw - ext4 /dev/sda1 rw\n"
    mounts.write_bytes(odd + b"20 1 0:30 / / rw - nfs4 server:/ rw\n")
    assert listed_late(str(tmp_path), str(mounts)) == "nfs4"
