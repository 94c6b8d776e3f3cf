"""What tells projects apart, and their names as TrackIO stores them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.project_id import ProjectId, canonical_name, have_several_origins


@pytest.mark.parametrize(
    ("project", "name"),
    [
        ("my.model", "mymodel"),
        ("a/b", "ab"),
        ("../evil", "evil"),
        ("", "default"),
        ("  ", "default"),
        ("日本語", "日本語"),
        ("²½", "²½"),
        ("-dash", "-dash"),
        ("emoji🚀", "emoji"),
        ("under_score-1", "under_score-1"),
    ],
)
def test_names_are_made_canonical_as_trackio_does(project: str, name: str) -> None:
    assert canonical_name(project) == name


@given(st.text(max_size=12))
def test_a_canonical_name_stays_and_leads_nowhere_else(project: str) -> None:
    name = canonical_name(project)
    assert canonical_name(name) == name
    assert name
    assert not set(name) & set("/\\. \0\n")


def test_an_origin_is_told_only_where_there_are_two() -> None:
    first, second = ProjectId("/a", "p"), ProjectId("/a", "q")
    assert not have_several_origins([])
    assert not have_several_origins([first])
    assert not have_several_origins(iter([first, second])), "two projects of one directory"
    assert have_several_origins([first, second, ProjectId("/b", "p")])
    assert first != ProjectId("/b", "p")
