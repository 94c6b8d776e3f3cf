"""Shortened origins differ from each other, and keep the end of a path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.short_origins import short_origins
from trackio_view.terminal.text import text_width
from trackio_view.wording.origin_names import OriginNames


@pytest.mark.parametrize(
    ("origin", "width", "shown"),
    [
        ("/short/path", 20, "/short/path"),
        ("/home/somebody/recordings/session.jsonl", 20, "…/session.jsonl"),
        ("/home/somebody/recordings/session.jsonl", 30, "…/recordings/session.jsonl"),
        ("far:/home/somebody/projects/trackio", 24, "far:…/projects/trackio"),
        ("far:…/seed-a/trackio", 14, "far:…/trackio"),
        ("a-server.example.org:7860/base", 12, "a-serve…base"),
    ],
)
def test_of_a_long_path_the_end_is_shown_and_an_address_is_cut_in_its_middle(
    origin: str, width: int, shown: str
) -> None:
    assert OriginNames([origin]).cut(origin, width) == shown


def test_two_directories_of_one_end_are_told_apart() -> None:
    origins = [f"far:/home/somebody/{name}/trackio" for name in ("seed-a", "seed-b")]
    assert {OriginNames(origins).cut(one, 20) for one in origins} == {
        "far:…/seed-a/trackio",
        "far:…/seed-b/trackio",
    }
    cut = [OriginNames(origins).cut(one, 17) for one in origins]
    assert len(set(cut)) == 2
    titles = list(short_origins(origins).values())
    assert [OriginNames(titles).cut(title, 12) for title in titles] == [
        "far:…/seed-a",
        "far:…/seed-b",
    ]
    assert [OriginNames(titles).cut(title, 9) for title in titles] == ["…/seed-a", "…/seed-b"]


def test_of_long_folders_what_was_left_out_before_them_stays_left_out() -> None:
    origins = [f"far:/home/somebody/runs/folder-of-seed-{it}/x" for it in ("one", "two")]
    titles = list(short_origins(origins).values())
    assert titles == ["far:…/folder-of-seed-one/…", "far:…/folder-of-seed-two/…"]
    names = OriginNames(titles)
    assert [names.cut(title, 17) for title in titles] == ["far:…/folder-…one", "far:…/folder-…two"]


FOLDERS = ["", "a", "seed-a", "seed-b", "trackio", "folder-of-seed-one", "folder-of-seed-two"]
ORIGINS = st.lists(
    st.builds(
        "{}{}".format,
        st.sampled_from(["", "far:", "me@box:"]),
        st.lists(
            st.sampled_from(
                ["", "a", "seed-a", "seed-b", "trackio", "folder-of-seed-one", "folder-of-seed-two"]
            ),
            min_size=1,
        ).map(lambda parts: "/" + "/".join(parts)),
    )
    | st.sampled_from(["host:7860", "host:7860/base/a", "https://x/y"]),
    min_size=1,
    unique=True,
)


@given(ORIGINS, st.integers(12, 40))
def test_no_two_look_alike_and_none_is_wider_than_its_room(origins: list[str], width: int) -> None:
    titles = list(short_origins(origins).values())
    assert len(set(titles)) == len(titles)
    names = OriginNames(titles)
    cut = [names.cut(title, width) for title in titles]
    assert len(set(cut)) == len(cut)
    assert all(text_width(text) <= width for text in cut)
