"""The page with all that is known of one GPU: which GPU it shows, and what keys do there."""

from __future__ import annotations

from dataclasses import dataclass

from trackio_view.model.gpu import GpuId
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen
from trackio_view.view.scrolling import ScrolledText


@dataclass(slots=True, eq=False, repr=False)
class GpuDetailsView(ScrolledText):
    """The GPU whose details are on screen, and how far down the page is scrolled."""

    gpu: GpuId | None = None


_STEPS = {Action.LEFT: -1, Action.RIGHT: 1}


def open_gpu_details(dashboard: Dashboard) -> None:
    """Open the page of the GPU that fills the screen, or of the one that the line is on."""
    gpus, view = dashboard.known.gpus, dashboard.view.gpus
    chosen, listed = view.on_screen(gpus), view.listed(gpus)
    if chosen is None and listed:
        chosen = listed[min(view.cursor, len(listed) - 1)][1].identity.id
    if chosen is not None:
        dashboard.view.open(Mode.GPU_DETAILS, GpuDetailsView(gpu=chosen))


def on_gpu_details(dashboard: Dashboard, action: Action, _: Seen) -> bool:
    """Answer a key of the page: to other GPUs, and back."""
    shown = dashboard.view.state(GpuDetailsView)
    ids = list(dashboard.known.gpus.histories)
    if action in (Action.BACK, Action.GPU_DETAILS):
        dashboard.view.back()
    elif action in _STEPS and shown is not None:
        if shown.gpu in ids:
            shown.gpu = ids[(ids.index(shown.gpu) + _STEPS[action]) % len(ids)]
    else:
        return False
    return True
