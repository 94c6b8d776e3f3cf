"""The banner of the GPU screen."""

from __future__ import annotations

from trackio_view.charts.palette import LABEL, TITLE
from trackio_view.screens.pieces import Piece, draw_line
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import SEPARATOR
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import counted


def draw_gpu_header(frame: Frame, dashboard: Dashboard) -> None:
    """Draw the banner of the GPU screen: whose GPUs they are, how many, by which driver."""
    samples = dashboard.known.gpus.samples
    vendors = list(dict.fromkeys(sample.identity.vendor for sample in samples))
    first, last = ", ".join(vendors[:-1]), vendors[-1:]
    name = " ".join([*([first, "and"] if first else []), *last, "GPU monitor"])
    if dashboard.has_fleet and dashboard.view.fleet.opened is not None:
        name = dashboard.view.fleet.opened
    left = [Piece(name, TITLE._replace(bold=True))]
    if samples:
        count = counted(len(samples), "GPU")
        hosts = dashboard.known.gpus.hosts
        if len(hosts) > 1:
            count += f" in {len(hosts)} machines"
        elif hosts[0] and not dashboard.has_fleet:
            count += f" of {hosts[0]}"
        left.append(Piece(f" {SEPARATOR} {count}", LABEL, 1))
    drivers = list(dict.fromkeys(s.identity.driver for s in samples if s.identity.driver))
    right = [Piece(f"driver {', '.join(drivers)}", LABEL, 2)] if drivers else []
    draw_line(frame, 0, left, right)
