from __future__ import annotations

from trackio_view.model.project_id import ProjectId, have_several_origins


def test_an_origin_is_told_only_where_there_are_two() -> None:
    first, second = ProjectId("/a", "p"), ProjectId("/a", "q")
    assert not have_several_origins([])
    assert not have_several_origins([first])
    assert not have_several_origins(iter([first, second])), "two projects of one directory"
    assert have_several_origins([first, second, ProjectId("/b", "p")])
    assert first != ProjectId("/b", "p")
