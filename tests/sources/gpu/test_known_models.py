"""The program's own table of names."""

from __future__ import annotations

from trackio_view.sources.gpu.known_models import KNOWN_MODELS


def test_known_models_are_named_without_their_vendors() -> None:
    assert {vendor for vendor, _ in KNOWN_MODELS} == {0x1002, 0x8086, 0x10DE}
    for (_, device), name in KNOWN_MODELS.items():
        assert 0 < device <= 0xFFFF
        assert name.strip() == name
        assert not name.lower().startswith(("amd", "intel", "nvidia"))
