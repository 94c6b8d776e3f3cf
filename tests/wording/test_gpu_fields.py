"""How a GPU's fields are written."""

from __future__ import annotations

import pytest

from trackio_view.wording.gpu_fields import EVERY_GPU_LINE, GPU_LINES, card_name, memory_share


def written(sample: object, label: str) -> str | None:
    (line,) = (line for line in EVERY_GPU_LINE if line.label == label)
    return line.write(sample)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "fields", "text"),
    [
        ("Utilization", {"utilization": 87.4}, "87%"),
        (
            "Utilization",
            {"utilization": 5.0, "measures": {"utilization": "time awake"}},
            "5% (time awake)",
        ),
        ("Memory", {"memory_used": 3 * 2**30, "memory_total": 12 * 2**30}, "3.0/12.0 GB (25%)"),
        ("Memory", {"memory_used": 3 * 2**30, "memory_total": None}, "3.0 GB"),
        (
            "Memory",
            {
                "memory_used": 3 * 2**30,
                "memory_total": 12 * 2**30,
                "measures": {"memory_used": "visible processes"},
            },
            "3.0/12.0 GB (25%, visible processes)",
        ),
        ("Temperature", {"temperatures": {"gpu": 61.0, "memory": 70.0}}, "61°C (memory 70°C)"),
        ("Temperature", {"temperatures": {"edge": 61.0}}, "61°C (edge)"),
        ("Power", {"power": 99.6, "power_limit": None}, "100W"),
        ("Fan", {"fan_percent": 30.0, "fan_rpm": 1400.0}, "30% (1400 RPM)"),
        ("Fan", {"fan_percent": None, "fan_rpm": 1400.0}, "1400 RPM"),
        ("Fabric Clock", {"clock_fabric": 1302.0}, "1302 MHz"),
        ("SoC Clock", {"clock_soc": 0.0}, "0 MHz (idle)"),
        ("Throttling", {"throttle_reasons": ()}, "none"),
        ("PCIe Link", {"pcie_generation_max": 5, "pcie_width_max": 32}, "gen 5 x16 (of gen 5 x32)"),
        ("PCIe Traffic", {"pcie_read": 1024.0, "pcie_write": None}, "1.0 KB/s in"),
        ("PCIe Traffic", {"pcie_read": None, "pcie_write": 0.0}, "0 B/s out"),
        ("PCIe Traffic", {"pcie_read": None, "pcie_write": None}, None),
        ("BAR1", {"bar1_used": 2 * 2**20, "bar1_total": 2**30}, "2.0 MB of 1.0 GB mapped"),
        ("BAR1", {"bar1_used": 2 * 2**20, "bar1_total": None}, None),
        ("BAR1", {"bar1_used": None, "bar1_total": 2**30}, None),
        ("ECC Errors", {"ecc_corrected": None, "ecc_uncorrected": 2}, "2 uncorrected"),
        ("ECC Errors", {"ecc_corrected": None, "ecc_uncorrected": None}, None),
        (
            "ECC Errors",
            {"ecc_corrected": 0, "ecc_deferred": 4},
            "0 corrected, 0 uncorrected, 4 deferred",
        ),
        (
            "Held Back",
            {"throttled_power": 31.0, "throttled_heat": 0.2, "throttled_power_brake": 4.0},
            "power cap 31%, power brake 4% of the time",
        ),
        ("Held Back", {"throttled_power": 0.0}, "never"),
        ("Held Back", {"throttled_power": 0.5}, "never"),
        ("Held Back", {"throttled_power": 0.6}, "power cap 1% of the time"),
        (
            "Row Remaps",
            {"rows_remapped_corrected": 4, "banks_without_spare_rows": 0},
            "4 corrected, 0 banks without spare rows",
        ),
        ("PCIe Replays", {"pcie_replays": 1}, "1"),
        ("Heat Margin", {"heat_margin": 26.0}, "26°C below the limit"),
        ("Heat Margin", {"heat_margin": -3.0}, "3°C above the limit"),
        ("Heat Margin", {"heat_margin": None}, None),
        ("Tensor Cores", {"tensor_cores": 92.8}, "93%"),
        ("Estimate", {"bf16_estimate": 729.9}, "up to 730 TFLOP/s if bf16"),
        ("Estimate", {"bf16_estimate": 0.2}, "none: the tensor cores rest"),
        (
            "Estimate",
            {"bf16_estimate": 0.2, "tensor_cores": 94.0},
            "none: the tensor cores compute no bf16",
        ),
        (
            "Arithmetic",
            {"fp64": 0.1, "integer": 6.0, "tensor_fp64": 94.1, "tensor_int8": 0.0},
            "integer 6%, fp64 tensor 94%",
        ),
        ("Arithmetic", {"fp64": 0.0, "fp32": 76.5, "integer": 3.0}, "fp32 76%, integer 3%"),
        ("Arithmetic", {"fp64": 0.0, "fp32": 0.2}, "0%"),
        ("NVLink", {"nvlink_read": 2.0e9, "nvlink_write": 0.0}, "2.0 GB/s in, 0 B/s out"),
        ("Instances", {"partition_activity": ("MIG 0: idle",)}, "MIG 0: idle"),
        ("Energy", {"energy": 7200.0}, "7200 J"),
        ("Decoder", {"decoder": None}, None),
        (
            "Decoder",
            {"decoder": 40.0, "measures": {"decoder": "visible processes"}},
            "40% (visible processes)",
        ),
    ],
)
def test_a_line(gpus_sampled, label: str, fields: dict[str, object], text: str | None) -> None:
    assert written(gpus_sampled(1, **fields).samples[0], label) == text


def test_shares_are_of_lines_that_have_a_whole(gpus_sampled) -> None:
    fields = {"utilization": 50.0, "fan_percent": 25.0, "power": 70.0, "encoder": 9.0}
    (sample,) = gpus_sampled(1, **fields).samples
    shares = {line.label: line.share(sample) for line in GPU_LINES if line.share is not None}
    assert shares.pop("Tensor Cores") is None
    assert shares == {"Utilization": 0.5, "Memory": 0.75, "Power": 0.1, "Fan": 0.25}
    assert memory_share(sample._replace(memory_total=0)) is None


def test_a_card_is_named_with_its_host_where_there_are_several(gpus_sampled) -> None:
    here = gpus_sampled(1).samples[0].identity
    there = here._replace(host="node7")
    assert [card_name(it, ("node7",)) for it in (here, there)] == [here.name] * 2
    names = [card_name(it, ("", "node7")) for it in (here, there)]
    assert names == [f"this machine: {here.name}", f"node7: {here.name}"]
