"""A line of the list of projects."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trackio_view.headless.projects import _print_listed, _row
from trackio_view.model.events import ProjectsListed
from trackio_view.model.project_id import ProjectId
from trackio_view.model.summary import ProjectSummary


@pytest.mark.usefixtures("utc")
def test_a_project_in_a_line_and_what_is_not_known_of_it() -> None:
    known = ProjectSummary(ProjectId("", "small\x1b[31m"), 3, 6000, 1_700_000_000.0, 4_500_000)
    name, runs, rows, newest, size = _row(known)
    assert "\x1b" not in name
    assert (runs, rows, newest, size) == ("3", "6000", "2023-11-14 22:13:20", "4.3 MB")
    unknown = ProjectSummary(ProjectId("", "broken"), None, None, None, None)
    assert _row(unknown) == ["broken", "-", "-", "-", "-"]
    empty = ProjectSummary(ProjectId("", "begun"), 0, 0, None, 0)
    assert _row(empty) == ["begun", "0", "0", "-", "0 B"]


@pytest.mark.parametrize("count", [1, 3])
def test_each_project_is_a_line(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [ProjectId("/a", "p" + 99 * number * "x") for number in range(count)]
    listed = ProjectsListed("", [ProjectSummary(one, 1, 2, None, 3) for one in ids])
    source: Any = SimpleNamespace(origin="", listed=lambda: listed)
    _print_listed(source)
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [one.name for one in ids]
    assert len({len(line.rstrip()) for line in lines}) == 1


def test_a_fault_is_one_line_that_names_the_project_and_of_several_origins_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def listed(*ids: ProjectId) -> Any:
        summaries = [ProjectSummary(one, None, None, None, None, "No file.") for one in ids]
        return SimpleNamespace(origin="", listed=lambda: ProjectsListed("", summaries))

    _print_listed(listed(ProjectId("/a", "p"), ProjectId("/a", "q\nr: all is well")))
    assert capsys.readouterr().err.splitlines() == ["p: No file.", "q␊r: all is well: No file."]
    _print_listed(listed(ProjectId("/a", "p"), ProjectId("host:7860", "p")))
    assert capsys.readouterr().err.splitlines() == [
        "p (/a): No file.",
        "p (host:7860): No file.",
    ]
