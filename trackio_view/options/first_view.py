"""What is looked at first, as the settings and the command line say."""

from __future__ import annotations

from trackio_view.model.windows import Last
from trackio_view.model.x_axis import XAxis, XKind
from trackio_view.options.command_line import Options
from trackio_view.options.setting_table import AXES, LIMITS
from trackio_view.options.settings import Settings
from trackio_view.series.smoothing import smoothing_of
from trackio_view.series.y_limits import Limits
from trackio_view.view.charts.charts_view import ChartsView, Framing
from trackio_view.view.layout import SideBox
from trackio_view.view.places import View
from trackio_view.view.runs.columns import column_of


def begin(view: View, options: Options, settings: Settings) -> None:
    """Look at things as the settings say, and as the command line does, which goes before them."""
    zoom = settings.zoom if options.zoom is None else options.zoom
    smooth = settings.smooth if options.smooth is None else options.smooth
    charts = view.charts = ChartsView.begun(Last(zoom), smoothing_of(smooth))
    charts.framing = as_drawn(charts.framing, settings)._replace(
        axis=XAxis(XKind[AXES[settings.x]]),
        limits=Limits[LIMITS[settings.limits]],
        logarithmic=frozenset(settings.log_y),
        columns=settings.columns or None,
        side_box=SideBox[settings.side_box.upper()],
    )
    column = column_of(settings.sort)
    if column is not None:
        view.runs.arrangement = view.runs.arrangement._replace(
            sort=column.key, descending=column.descending
        )
    if settings.keys:
        from trackio_view.view.keys.chosen_keys import chosen_keys

        view.keys = chosen_keys(settings.keys).table
    view.selection = options.selection
    view.theme = options.theme


def as_drawn(framing: Framing, settings: Settings) -> Framing:
    """Return the framing with what the settings say of how charts are drawn, now and later."""
    return framing._replace(
        shared=settings.y_shared == "on",
        band=settings.band == "on",
        marks=settings.marks == "on",
        gradient=settings.gradient == "on",
    )
