"""One of the media that a run logged, opened from its page: what is asked for."""

from __future__ import annotations

from trackio_view.model.events import RunObjectsLoaded
from trackio_view.model.objects import LoggedMedia, RunObjects
from trackio_view.model.opened_media import MediaContent, MediaLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.bindings import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.media import media_content, media_request, open_medium
from trackio_view.view.run_page import RunPageView

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
