"""The facts in an fdinfo file, in the words of every kernel."""

from __future__ import annotations

import pytest

from trackio_view.sources.gpu.kernel.clients import parse


def test_a_client_with_engines_and_regions() -> None:
    client = parse(
        "drm-driver: xe\ndrm-client-id: 7\ndrm-pdev: 0000:0B:00.0\n"
        "drm-cycles-rcs: 100\ndrm-total-cycles-rcs: 400\n"
        "drm-cycles-vcs: 10\ndrm-total-cycles-vcs: 400\ndrm-engine-capacity-vcs: 2\n"
        "drm-total-vram0: 4 MiB\ndrm-resident-vram0: 2 MiB\ndrm-resident-gtt: 3 KiB\n"
        "drm-memory-stolen: 17\ndrm-resident-system: broken\nnonsense\n"
    )
    assert client is not None
    assert (client.driver, client.device, client.client_id) == ("xe", "0000:0b:00.0", "7")
    assert set(client.engines) == {"rcs", "vcs"}
    assert (client.engines["rcs"].cycles, client.engines["rcs"].total_cycles) == (100, 400)
    assert client.engines["vcs"].capacity == 2
    assert client.memory == {"vram0": 2 << 20, "gtt": 3 << 10, "stolen": 17}
    assert client.bytes_used(unified=False) == 2 << 20
    assert client.bytes_used(unified=True) == (2 << 20) + (3 << 10) + 17


@pytest.mark.parametrize("text", ["", "pos: 0\nflags: 02", "drm-client-id: 3", "\0\0\0"])
def test_files_of_no_gpu(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("amount", [2**64 - 1, 2**64 - 16384, 2**50, "17592186044415 KiB"])
def test_memory_that_no_gpu_has_is_none_and_no_other_measure_stands_for_it(
    amount: int | str,
) -> None:
    text = f"drm-driver: amdgpu\ndrm-resident-vram: {amount}\ndrm-total-vram: 4 MiB"
    client = parse(text)
    assert client is not None
    assert client.bytes_used(unified=False) is None
    early = parse(f"pdev: 0000:03:00.0\nvram mem: {amount}\ngtt mem: 1 kB")
    assert early is not None
    assert early.memory == {"gtt": 1024}


def test_engine_names_may_hold_dashes() -> None:
    client = parse("drm-driver: i915\ndrm-engine-video-enhance: 5 ns\ndrm-memory-local0: 1 MiB")
    assert client is not None
    assert client.engines["video-enhance"].busy == 5
    assert client.bytes_used(unified=False) == 1 << 20


@pytest.mark.parametrize(
    ("percent", "load"), [("7.5%", 7.05), ("7.50%", 7.5), ("0.9%", 0.09), ("100.0%", 100.0)]
)
def test_hundredths_of_early_kernels_lack_their_zero(percent: str, load: float) -> None:
    client = parse(f"pdev:\t0000:0B:00.0\npasid:\t7\nvram mem:\t3 kB\nenc_10:\t{percent}\n")
    assert client is not None
    assert (client.driver, client.device, client.client_id) == ("amdgpu", "0000:0b:00.0", "7")
    assert client.engines["enc_1"].percent == pytest.approx(load)
    assert client.memory == {"vram": 3 << 10}


def test_early_kernels_add_up_queues_of_a_class_and_pass_over_what_is_no_number() -> None:
    client = parse(
        "pdev: 0000:0b:00.0\npasid: 0\nvram mem: much\ngtt mem: 1 kB\n"
        "compute0: 60.0%\ncompute1: 70.0%\ngfx0: a lot\ngfx1: 9999999999.1%\nfoo0: 5.0%\n"
    )
    assert client is not None
    assert client.client_id is None, "0 is no address space of its own"
    assert {name: engine.percent for name, engine in client.engines.items()} == {"compute": 100.0}
    assert client.memory == {"gtt": 1 << 10}


def test_newer_words_win_where_a_file_has_both() -> None:
    text = "drm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\npasid: 5\ndrm-engine-gfx: 9 ns\ngfx0: 1.0%"
    client = parse(text)
    assert client is not None
    assert client.engines["gfx"].busy == 9
    assert client.engines["gfx"].percent is None


@pytest.mark.parametrize("amount", ["9" * 5000, "²", "9" * 5000 + " KiB", ""])
def test_an_amount_that_is_no_number_is_passed_over(amount: str) -> None:
    text = f"drm-driver: xe\ndrm-engine-rcs: {amount}\ndrm-total-vram0: {amount}\n"
    client = parse(text + "drm-cycles-rcs: 7\n")
    assert client is not None
    assert dict(client.memory) == {}
    assert client.engines["rcs"].cycles == 7


@pytest.mark.parametrize(
    ("amount", "size"),
    [
        ("12", 12),
        ("12 B", 12),
        ("12 kB", 12 << 10),
        ("12 KiB", 12 << 10),
        ("12 MiB", 12 << 20),
        ("12 MB", 12 << 20),
        ("12 GiB", 12 << 30),
        ("2 TiB", 2 << 40),
        # In an unknown unit it would be wrong by any factor.
        ("12 pages", None),
        ("12 PiB", None),
        ("-12 KiB", None),
    ],
)
def test_an_amount_in_each_unit(amount: str, size: int | None) -> None:
    client = parse(f"drm-driver: xe\ndrm-resident-vram0: {amount}\n")
    assert client is not None
    assert client.memory.get("vram0") == size
