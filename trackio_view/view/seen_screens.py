"""Which screens are seen, and what sources should bring for them."""

from __future__ import annotations

from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import (
    DataEvent,
    Notice,
    OriginUnheard,
    ProjectRenamed,
    ProjectsListed,
)
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusRemembered, GpusSampled
from trackio_view.model.opened_media import MediaLoaded, MediaRequest
from trackio_view.model.opened_traces import (
    TraceListLoaded,
    TraceListRequest,
    TraceLoaded,
    TraceRequest,
)
from trackio_view.model.run import RunKey
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.media import media_request
from trackio_view.view.places import CHARTS, View
from trackio_view.view.screen_row import Screen
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.trace import listed_by, trace_request
from trackio_view.view.traces import traces_request


def visible(view: View) -> list[Mode]:
    """Return the modes that are seen: the highest ground, then the screens over it, from below."""
    modes = list(view.modes)
    grounds = [place for place, mode in enumerate(modes) if SCREENS[mode].is_ground]
    return modes[grounds[-1] :]


def ground(view: View) -> Screen:
    """Return the screen that whatever else is seen lies over."""
    screens = (SCREENS[place.mode] for place in reversed(view.places))
    return next(screen for screen in screens if screen.is_ground)


def is_on_charts(view: View) -> bool:
    """Return whether what is seen lies over the charts of runs, or is these."""
    return visible(view)[0] in CHARTS


def tells_time(view: View) -> bool:
    """Return whether what is seen changes by the mere passing of time."""
    return any(SCREENS[mode].wants.clock for mode in visible(view))


class Wanted(NamedTuple):
    """What sources should bring for what is seen."""

    gpus: bool
    page: RunKey | None
    """The run whose objects are to be read."""
    projects: bool
    host: str | None = None
    """The machine of a fleet whose GPUs are looked at."""
    media: MediaRequest | None = None
    """The file that is looked at."""
    traces: TraceListRequest | None = None
    """The traces that are listed."""
    trace: TraceRequest | None = None
    """The trace that is looked at."""


def wanted(dashboard: Dashboard) -> Wanted:
    """Return what sources should bring for what is seen."""
    view = dashboard.view
    seen = visible(view)
    wants = [SCREENS[mode].wants for mode in seen]
    return Wanted(
        view.gpus.strip or any(want.gpus for want in wants),
        view.page.key if any(want.page for want in wants) else None,
        any(want.projects for want in wants),
        view.fleet.opened if Mode.GPUS in seen else None,
        media_request(dashboard) if Mode.MEDIA in seen else None,
        traces_request(dashboard, listed_by(dashboard)),
        trace_request(dashboard),
    )


def shows(dashboard: Dashboard, event: DataEvent) -> bool:
    """Return whether what a source reported may change what is on screen."""
    view = dashboard.view
    if isinstance(event, ProjectsListed):
        return wanted(dashboard).projects or dashboard.run is None
    if isinstance(
        event,
        Notice | OriginUnheard | ProjectRenamed | GpusSampled | GpusRemembered | FleetSampled,
    ):
        return True
    if isinstance(event, MediaLoaded):
        return event.request == wanted(dashboard).media
    if isinstance(event, TraceListLoaded):
        return event.request == wanted(dashboard).traces
    if isinstance(event, TraceLoaded):
        return event.request == wanted(dashboard).trace
    if any(SCREENS[mode].about_all_projects(view) for mode in visible(view)):
        return True
    return event.project == view.project or any(
        key.project == event.project for key in view.marks.appearances
    )
