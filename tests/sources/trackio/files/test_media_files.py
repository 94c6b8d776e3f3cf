"""The files of media that runs logged: which may be read, and their content."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.trackio.files.media_files import media_file_size, read_media_file

OUTSIDE = "It lies outside the media directory and is not opened."


@pytest.fixture
def media(tmp_path):
    folder = tmp_path / "data" / "media"
    (folder / "p/r/0").mkdir(parents=True)
    (folder / "p/r/0/a.png").write_bytes(b"0123456789")
    (tmp_path / "data" / "secret.png").write_bytes(b"secret")
    (tmp_path / "data" / "media-of-others").mkdir()
    (tmp_path / "data" / "media-of-others" / "a.png").write_bytes(b"secret")
    return folder


def unread(media, file: str) -> str:
    with pytest.raises(MediaUnread) as looked:
        media_file_size(str(media), file)
    with pytest.raises(MediaUnread) as read:
        read_media_file(str(media), file, 0, 100)
    assert str(looked.value) == str(read.value)
    return str(read.value)


def test_a_file_is_read_in_pieces(media) -> None:
    assert media_file_size(str(media), "p/r/0/a.png") == 10
    assert read_media_file(str(media), "p/r/0/a.png", 0, 4) == (10, b"0123")
    assert read_media_file(str(media), "p/r/0/a.png", 8, 4) == (10, b"89")
    assert read_media_file(str(media), "p/r/0/a.png", 20, 4) == (10, b"")


@pytest.mark.parametrize("first", [-11, -1, 0, 3, 10, 11])
@pytest.mark.parametrize("most", [-11, -1, 0, 3, 10, 11])
def test_a_piece_from_before_the_file_is_one_of_its_beginning(media, first, most) -> None:
    begin = max(0, first)
    piece = b"0123456789"[begin : begin + max(0, most)]
    assert read_media_file(str(media), "p/r/0/a.png", first, most) == (10, piece)


def test_a_run_of_a_hostile_name_is_read_where_its_file_really_lies(media) -> None:
    # TrackIO itself writes this path for a run of that name.
    (media / "p/evil/0").mkdir(parents=True)
    (media / "p/a").mkdir()
    (media / "p/evil/0/x.png").write_bytes(b"x")
    assert media_file_size(str(media), "p/a/../evil/0/x.png") == 1


def test_a_media_directory_that_is_a_link_is_no_way_out(media, tmp_path) -> None:
    (tmp_path / "elsewhere").symlink_to(media)
    assert media_file_size(str(tmp_path / "elsewhere"), "p/r/0/a.png") == 10


@pytest.mark.parametrize(
    "file",
    [
        "../secret.png",
        "p/../../secret.png",
        "p/r/../../../../data/secret.png",
        "../media-of-others/a.png",
        "/etc/passwd",
        "",
        ".",
        "..",
    ],
)
def test_nothing_outside_is_opened(media, file) -> None:
    assert unread(media, file) == OUTSIDE


def test_no_link_leads_outside(media, tmp_path) -> None:
    (media / "file.png").symlink_to(tmp_path / "data" / "secret.png")
    (media / "folder").symlink_to(tmp_path / "data")
    assert unread(media, "file.png") == OUTSIDE
    assert unread(media, "folder/secret.png") == OUTSIDE


def test_nothing_is_waited_for_where_a_media_file_is_no_file(media) -> None:
    os.mkfifo(media / "pipe.png")
    assert unread(media, "pipe.png") == "It is a pipe and no file."
    assert unread(media, "p/r") == "It is a folder and no file."
    with socket.socket(socket.AF_UNIX) as listening:
        folder = os.getcwd()
        os.chdir(media)
        try:
            listening.bind("socket.png")
        finally:
            os.chdir(folder)
        with pytest.raises(MediaUnread, match="no file"):
            read_media_file(str(media), "socket.png", 0, 1)


def test_a_file_that_is_gone_or_cannot_be_is_a_sentence(media) -> None:
    assert unread(media, "p/r/0/b.png") == "The file is gone."
    assert unread(media, "p/r/0/a.png/b.png") == "The file is gone."
    assert unread(media, "a\0b.png") == "No file can have this name."
    assert "cannot be read: file name too long" in unread(media, "n" * 5000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_medium_that_this_user_may_not_read_is_a_sentence(media) -> None:
    (media / "p/r/0/a.png").chmod(0)
    with pytest.raises(MediaUnread, match="permission denied"):
        read_media_file(str(media), "p/r/0/a.png", 0, 1)


@given(st.lists(st.sampled_from(["..", ".", "p", "r", "", "secret.png", "~", "/"]), max_size=8))
def test_no_place_leaves_the_directory(tmp_path_factory, parts) -> None:
    folder = tmp_path_factory.getbasetemp() / "hostile" / "media"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "secret.png").write_bytes(b"secret")
    with pytest.raises(MediaUnread):
        read_media_file(str(folder), "/".join(parts), 0, 100)
