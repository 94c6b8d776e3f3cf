"""The banner of the GPU screen."""

from __future__ import annotations

from trackio_view.screens.shell.frame import Composer
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond


def test_the_banner_names_the_machines(dashboard, gpus_sampled) -> None:
    """It names a machine that has a name, and counts several."""
    (reading,) = gpus_sampled(1).samples

    def banner(*hosts: str) -> str:
        own = reading.identity
        identities = [own._replace(host=host, key=f"{host}-0") for host in hosts]
        samples = tuple(reading._replace(identity=identity) for identity in identities)
        dashboard.apply(gpus_sampled(1)._replace(samples=samples))
        return Composer().compose(dashboard, 0.0).lines()[0]

    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("g"))
    assert "1 GPU " in banner("")
    assert " of " not in banner("")
    assert "1 GPU of node-1" in banner("node-1")
    assert "2 GPUs in 2 machines" in banner("node-1", "node-2")


def test_the_banner_names_every_vendor_once(dashboard, gpus_sampled) -> None:
    (reading,) = gpus_sampled(1).samples

    def banner(*vendors: str) -> str:
        identities = [reading.identity._replace(vendor=vendor, key=vendor) for vendor in vendors]
        samples = tuple(reading._replace(identity=identity) for identity in identities)
        dashboard.apply(gpus_sampled(1)._replace(samples=samples))
        return Composer().compose(dashboard, 0.0).lines()[0].partition(" ·")[0]

    respond(dashboard, Resized(120, 40))
    respond(dashboard, KeyPressed("g"))
    assert banner("AMD") == " AMD GPU monitor"
    assert banner("NVIDIA", "AMD") == " NVIDIA and AMD GPU monitor"
    assert banner("NVIDIA", "AMD", "Intel") == " NVIDIA, AMD and Intel GPU monitor"
    assert banner() == " GPU monitor"


def test_the_banner_of_a_machine_of_a_fleet_is_its_name(fleet_sampled) -> None:
    fleet = Dashboard(width=120, height=40, has_fleet=True)
    fleet.show_gpus()
    fleet.apply(fleet_sampled(3))
    for key in ("down", "enter"):
        respond(fleet, KeyPressed(key))
    assert fleet.view.fleet.opened == "node-1"
    line = Composer().compose(fleet, 0.0).lines()[0]
    assert line.startswith(" node-1 · 8 GPUs ")
    assert "node-1" not in line[7:], "it is named once"
