"""The program's own table of names."""

from __future__ import annotations

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
