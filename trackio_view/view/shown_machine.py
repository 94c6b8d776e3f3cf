"""What the system screen is about: the machine that a run logged, and its charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackio_view.view.dashboard import Dashboard
from trackio_view.view.layout import Layout, SideBox, lay_out

if TYPE_CHECKING:
    from trackio_view.model.machine import Machine, SystemChart


def shown_machine(dashboard: Dashboard) -> Machine | None:
    """Return the machine of the run on screen, else of the newest selected run that logged one."""
    project = dashboard.project
    if project is None:
        return None
    run, chosen_id = dashboard.run, dashboard.view.run_id
    if run is not None:
        machine = project.machine_of(run)
        if run.run_id == chosen_id or machine.logged():
            return machine
    from trackio_view.model.machine import chosen_machine

    machines = project.machines
    chosen = next((machine for machine in machines if machine.run_id == chosen_id), None)
    return chosen or chosen_machine(machines, dashboard.view.selection)


def system_charts(dashboard: Dashboard) -> list[SystemChart]:
    """Return the charts of the system screen, on all pages."""
    machine = shown_machine(dashboard)
    return [] if machine is None else machine.charts(dashboard.view.selection)


def system_layout(dashboard: Dashboard, chart_count: int) -> Layout:
    """Return how the system screen is divided at the present size."""
    enlarged = dashboard.view.system.enlarged
    width, height = dashboard.width, dashboard.height
    return lay_out(width, height, chart_count, enlarged=enlarged, side_box=SideBox.OFF)
