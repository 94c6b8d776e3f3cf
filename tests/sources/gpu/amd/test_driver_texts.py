"""The texts in amdgpu's files, read as numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd.driver_texts import (
    error_counts,
    highest_level,
    link_errors,
    marked_level,
    pages_retired,
    pcie_levels,
)
from trackio_view.sources.gpu.kernel.pcie import Link

LEVELS = "0: 500Mhz\n1: 1200Mhz *\n2: 2100Mhz\n"


def test_the_level_in_use_is_the_marked_one() -> None:
    assert marked_level(LEVELS) == 1200
    assert highest_level(LEVELS) == 2100
    assert marked_level(LEVELS.replace("*", "")) is Absence.UNSUPPORTED
    assert marked_level(LEVELS.replace("2100Mhz", "2100Mhz *")) is Absence.UNSUPPORTED
    assert highest_level("") is Absence.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("0: 2.5GT/s, x8 310Mhz\n1: 16.0GT/s, x16 619Mhz *\n", Link(4, 16, 4, 16)),
        ("0: 2.5GT/s, x8 310Mhz *\n1: 16.0GT/s, x16 619Mhz\n", Link(1, 8, 4, 16)),
        ("0: 2.5GT/s, x8 *\n1: 16.0GT/s, x16 *\n", Link(None, None, 4, 16)),
        ("0: 2.5GT/s, x8\n", Link(None, None, 1, 8)),
        ("0: 16.0GT/s, x16 *\n1: 2.5GT/s, x8\n", Link(4, 16, 4, 16)),
        ("", None),
    ],
)
def test_a_link_is_the_marked_one_among_what_it_can_be(text: str, link: Link | None) -> None:
    assert pcie_levels(text) == link


def test_errors_of_all_blocks_are_added_by_kind(tmp_path: Path) -> None:
    assert error_counts(tmp_path) is Absence.UNSUPPORTED
    (tmp_path / "umc_err_count").write_text("ue: 1\nce: 20\n")
    (tmp_path / "gfx_err_count").write_text("ue: 2\nce: 300\n")
    (tmp_path / "features").write_text("ue: 1000\n")
    assert error_counts(tmp_path) == {"ecc_corrected": 320, "ecc_uncorrected": 3}
    # Newer kernels count errors of the memory's controller, too, whose data nothing has read.
    (tmp_path / "umc_err_count").write_text("ue: 1\nce: 20\nde: 0\n")
    found = error_counts(tmp_path)
    assert found == {"ecc_corrected": 320, "ecc_uncorrected": 3, "ecc_deferred": 0}


def test_errors_of_links_are_none_of_the_memory(tmp_path: Path) -> None:
    assert link_errors(tmp_path) is Absence.UNSUPPORTED
    (tmp_path / "umc_err_count").write_text("ue: 0\nce: 1\n")
    (tmp_path / "xgmi_wafl_err_count").write_text("ue: 0\nce: 4\n")
    assert link_errors(tmp_path) == ()
    (tmp_path / "xgmi_wafl_err_count").write_text("ue: 2\nce: 4\n")
    (tmp_path / "pcie_bif_err_count").write_text("ue: 1\nce: 0\n")
    assert link_errors(tmp_path) == (
        "1 uncorrected error of PCIe links",
        "2 uncorrected errors of XGMI links",
    )
    assert error_counts(tmp_path) == {"ecc_corrected": 5, "ecc_uncorrected": 0}
    (tmp_path / "umc_err_count").unlink()
    assert error_counts(tmp_path) == {"ecc_corrected": 4}, "of no memory is it known"


def test_blocks_without_a_count_are_not_without_errors(tmp_path: Path) -> None:
    (tmp_path / "umc_err_count").write_text("nothing\n")
    assert error_counts(tmp_path) is Absence.UNSUPPORTED


def test_pages_that_are_used_no_more_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "gpu_vram_bad_pages"
    assert pages_retired(path) is Absence.UNSUPPORTED
    path.write_text("")
    assert pages_retired(path) == 0
    # One waits to be taken out of use, one could not be.
    flags = ["R", "P", "F", "R"]
    path.write_text("".join(f"0x0000000{n} : 0x00001000 : {f}\n" for n, f in enumerate(flags)))
    assert pages_retired(path) == 2
