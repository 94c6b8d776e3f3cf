"""One of a run's media, opened from the run's page: the file that is asked for."""

from __future__ import annotations

from trackio_view.model.events import RowsLoaded, RunObjectsLoaded
from trackio_view.model.objects import LoggedMedia, LoggedTable, RunObjects, TableMedium
from trackio_view.model.opened_media import MediaContent, MediaLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold
from trackio_view.view.media import (
    media_content,
    media_keys,
    media_request,
    open_cell,
    open_medium,
    shown_medium,
)
from trackio_view.view.responses import act
from trackio_view.view.run_page import CELL, TABLE_ROW, RunPageView

P = ProjectId("", "p")


def test_nothing_is_asked_for_until_a_medium_is_open_and_there() -> None:
    dashboard = Dashboard()
    assert media_request(dashboard) is None
    assert media_content(dashboard) is None
    dashboard.view.open(Mode.RUN_PAGE, RunPageView(key=RunKey(P, "r")))
    open_medium(dashboard, "sample")
    assert media_request(dashboard) is None
    one = LoggedMedia("sample", 1, "image", "/m/a.png", "", "a.png")
    dashboard.apply(RunObjectsLoaded(P, "r", RunObjects(media=(one,))))
    dashboard.apply(MediaLoaded(media_request(dashboard), MediaContent()))  # type: ignore[arg-type]
    assert media_content(dashboard) is None


def test_media_in_the_cells_of_a_table_go_row_by_row_and_column_by_column(batch) -> None:
    dashboard = Dashboard(width=80, height=24)
    dashboard.watch(P)
    dashboard.apply(RowsLoaded(P, 0, [batch({"loss": [1.0]}, run_id="r")], 1))
    dashboard.view.open(Mode.RUN_PAGE, RunPageView(key=RunKey(P, "r")))
    cells = tuple(
        TableMedium(row, LoggedMedia(key, 5, "image", "/m", "", f"{key}{row}.png", number=row + 1))
        for row in range(3)
        for key in ("input", "output")
    )
    tables = [LoggedTable("t", step, ("input", "output"), (), 3, step, cells) for step in (4, 5)]
    dashboard.apply(RunObjectsLoaded(P, "r", RunObjects(tables=tables)))
    fold = Fold(CELL, "t", "5", 3)
    dashboard.view.page.chosen = fold
    open_cell(dashboard, fold._replace(step="6"))
    assert dashboard.view.mode is Mode.RUN_PAGE, "no table was logged at that step"
    open_cell(dashboard, fold)
    assert media_keys(dashboard) == ["input", "output"]

    def file() -> str:
        shown = shown_medium(dashboard)
        assert shown is not None
        return shown.one.file

    assert file() == "output1.png"
    places = {
        Action.RIGHT: "output2.png",
        Action.NEXT_PAGE: "output2.png",
        Action.UP: "input2.png",
        Action.FIRST: "input0.png",
        Action.LEFT: "input0.png",
        Action.DOWN: "output0.png",
    }
    for action, expected in places.items():
        act(dashboard, action)
        assert file() == expected, action
    act(dashboard, Action.BACK)
    # Back on the page, the row of the medium is open, and the cursor is on its line.
    assert dashboard.view.page.chosen == Fold(CELL, "t", "5", 1)
    assert dashboard.view.page.switched == {Fold(TABLE_ROW, "t", "5", 0)}


def test_a_medium_opens_at_the_oldest_step_where_later_ones_went(batch) -> None:
    dashboard = Dashboard(width=80, height=24)
    dashboard.watch(P)
    dashboard.apply(RowsLoaded(P, 0, [batch({"loss": [1.0]}, run_id="r")], 1))
    dashboard.view.open(Mode.RUN_PAGE, RunPageView(key=RunKey(P, "r")))
    steps = [LoggedMedia("sample", at, "image", "/m", "", f"{at}.png", number=at) for at in (1, 2)]
    dashboard.apply(RunObjectsLoaded(P, "r", RunObjects(media=steps)))
    # The page was at a step that is kept no more.
    dashboard.view.page.back["sample"] = 5
    open_medium(dashboard, "sample")
    shown = shown_medium(dashboard)
    assert shown is not None
    assert shown.one.file == "1.png"
