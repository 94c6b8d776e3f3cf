"""The project picker as a person sees it."""

from __future__ import annotations

from trackio_view.model.events import ProjectsListed, ProjectSummary
from trackio_view.model.project_id import ProjectId
from trackio_view.view.layout import LEAST_WIDTH

NOW = 1_700_000_000.0


def rows(show, *keys: str) -> dict[str, list[str]]:
    """Return the picker's rows at 90 columns by project: mark, name and facts."""
    lines = [line.strip("│ ").split() for line in show(90, 24, *keys).lines()]
    marked = [line if line and line[0] in "▸●" else ["", *line] for line in lines]
    return {line[1]: line for line in marked if len(line) > 1}


def test_projects_on_screen_and_watched_ones_are_marked(dashboard, show) -> None:
    dashboard.meet(ProjectId("", "ärger-日本"))
    found = rows(show, "p")
    heading = next(text.split() for text in show(90, 24).lines() if "newest row" in text)
    assert heading[1:-1] == ["project", "runs", "rows", "newest", "row", "rows/s", "size"]
    assert found["my-experiment"][0] == "▸"
    assert found["ärger-日本"][0] == "●"
    assert found["broken"][0] == ""


def test_the_pace_and_the_fault_of_a_project(dashboard, show) -> None:
    listed = [
        ProjectSummary(ProjectId("", "fast"), 2, 90, NOW - 5, 4096, rows_per_second=2.5),
        ProjectSummary(ProjectId("", "rest"), 1, 9, NOW - 500, 4096, rows_per_second=2.5),
        ProjectSummary(ProjectId("", "broken"), None, None, None, 17, "file is not a database"),
    ]
    dashboard.apply(ProjectsListed("", listed))
    found = rows(show, "p")
    assert found["fast"][2:] == ["2", "90", "<10", "s", "2.5/s", "4.0", "KB"]
    assert found["rest"][2:] == ["1", "9", "8", "min", "–", "4.0", "KB"]
    assert " ".join(found["broken"][2:]) == "file is not a database"


def test_columns_give_way_in_their_order(dashboard, show) -> None:
    one = ProjectSummary(ProjectId("/data/of/several/people", "llama"), 2, 90, NOW - 5, 4096)
    dashboard.apply(ProjectsListed("/data/of/several/people", [one]))
    show(90, 24, "p")
    columns = ("runs", "rows  ", "newest row", "rows/s", "size", "from")
    gone: list[str] = []
    for width in range(90, LEAST_WIDTH - 1, -1):
        text = "\n".join(show(width, 24).lines())
        gone += [name for name in columns if name not in text and name not in gone]
    # The origin of a project is cut, but stays on screen.
    assert gone == ["size", "rows/s", "rows  ", "newest row", "runs"]


def test_rows_that_wait_for_a_server_are_marked_and_told_of_the_chosen_project(
    dashboard, show
) -> None:
    said = "Rows here wait to be sent to 10.0.0.1:7860: --server 10.0.0.1:7860 shows them."
    listed = [
        ProjectSummary(ProjectId("", "first"), 1, 9, NOW - 5, 4096),
        ProjectSummary(ProjectId("", "second"), 1, 9, NOW - 50, 4096, remark=said),
    ]
    dashboard.apply(ProjectsListed("", listed))
    text = "\n".join(show(90, 24, "p").lines())
    assert "second ▲" in text
    assert "first ▲" not in text
    assert said not in text
    assert said in "\n".join(show(90, 24, "down").lines())
    assert "second" in "\n".join(show(90, 12).lines())
