"""The program's own table of names."""

from __future__ import annotations

import re

import pytest

from trackio_view.sources.gpu.known_models import KNOWN_MODELS
from trackio_view.sources.gpu.product_names import model_name
from trackio_view.sources.gpu.sampler import Roots

CAPTURED = {
    "1002": "13C0 150E 15BF 163F 6617 67DF 679A 6818 687F 7340 731F 73BF 73FF 744C 747E 7480 7550",
    "8086": "56A5 9A49 9B41 E20B",
    "10DE": "1EB8 20B0 2330 2335 26B9 2704 2901",
}
"""Vendor -> devices in captures that people have published."""


def test_known_models_are_named_without_their_vendors() -> None:
    assert {vendor for vendor, _ in KNOWN_MODELS} == {0x1002, 0x8086, 0x10DE}
    for (_, device), name in KNOWN_MODELS.items():
        assert 0 < device <= 0xFFFF
        assert name.strip() == name
        assert not name.lower().startswith(("amd", "intel", "nvidia"))


@pytest.mark.parametrize(
    ("vendor", "device"),
    [(vendor, device) for vendor, listed in CAPTURED.items() for device in listed.split()],
)
def test_no_captured_card_is_a_number_on_a_machine_without_lists(tmp_path, vendor, device) -> None:
    bare = Roots(run=tmp_path, share=tmp_path, udev=tmp_path)
    name = model_name(bare, int(vendor, 16), int(device, 16), "0000:03:00.0")
    assert name is not None
    assert not name.endswith(device)


FURTHER_INTEL = {
    "0412": "HD Graphics (Haswell)",
    "22B0": "HD Graphics (Braswell)",
    "87C0": "UHD Graphics (Amber Lake)",
    "9AF8": "Graphics (Tiger Lake)",
    "A788": "Graphics (Raptor Lake)",
    "E221": "Graphics (Battlemage)",
    "E20B": "Arc B580",
    "FD80": "Graphics (Wildcat Lake)",
}


@pytest.mark.parametrize(("device", "name"), FURTHER_INTEL.items())
def test_a_device_of_intel_without_a_name_of_its_own_has_that_of_its_generation(device, name):
    assert KNOWN_MODELS[0x8086, int(device, 16)] == name


CARDS_OF_XE = """
5690 5691 5692 5693 5694 5696 5697 56A0 56A1 56A2 56A5 56A6 56B0 56B1 56B2 56B3 56BA 56BB 56BC 56BD
56BE 56BF 56C0 56C1 6420 64A0 64B0 7D40 7D41 7D45 7D51 7D55 7D60 7D67 7DD1 7DD5 B640 E202 E20B E20C
E20D E210 E211 E212 E215 E216 B080 B081 B082 B083 B084 B085 B086 B087 B08F B090 B0A0 B0B0
"""
"""Those that Linux' driver xe, or i915 before it, knows of the generations since Alchemist."""


def test_every_newer_card_of_intel_has_a_name() -> None:
    assert [
        device for device in CARDS_OF_XE.split() if (0x8086, int(device, 16)) not in KNOWN_MODELS
    ] == []


WORDS = """
Ada Alchemist Alder Amber Apollo Arc Arrow Battlemage Bay Braswell Broadwell Center Coffee Comet
Crescent Custom Data Dual Edition Elkhart Flex Frontier Fury GPU GTX GeForce Gemini Generation
Granite Graphics Haswell Ice Instinct Iris Island Jasper Kaby Lake Lunar MAX Max Meteor NVL Nova
PCIe PRO Panther Plus Pro RTX Radeon Raptor Ridge Rocket SUPER Skylake Slot Tesla Tiger Trail UHD
VII Vega Whiskey Wildcat series
"""
"""All words that stand in names beside the letters and digits of models."""


def test_names_have_no_other_words() -> None:
    named = " ".join(KNOWN_MODELS.values())
    assert sorted(set(re.findall("[A-Za-z]{3,}", named))) == WORDS.split()
