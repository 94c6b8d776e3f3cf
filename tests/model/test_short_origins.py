"""What origins are called beside one another."""

from __future__ import annotations

import pytest

from trackio_view.model.short_origins import short_origins, split_origin


@pytest.mark.parametrize(
    ("origin", "machine", "path"),
    [
        ("/data/a", "", "/data/a"),
        ("far:/data/a", "far:", "/data/a"),
        ("me@far:/data", "me@far:", "/data"),
        ("far:…/a/b", "far:…", "/a/b"),
        ("far", "far", ""),
        ("far:projects", "far:projects", ""),
        ("host:7860", "host:7860", ""),
        ("host:7860/base/path", "host:7860/base/path", ""),
        ("https://host/base", "https://host/base", ""),
        ("user/space", "user/space", ""),
    ],
)
def test_a_directory_is_told_from_its_machine(origin: str, machine: str, path: str) -> None:
    assert split_origin(origin) == (machine, path)


LONG = "/home/somebody/experiments"


def test_folders_that_all_directories_of_a_machine_lie_in_are_left_out() -> None:
    origins = [
        f"far:{LONG}/seed-a/trackio",
        f"far:{LONG}/seed-b/trackio",
        f"near:{LONG}/seed-a/trackio",
        f"{LONG}/c",
        f"{LONG}/c/d",
        "host:7860/base",
    ]
    assert short_origins(origins) == dict(
        zip(
            origins,
            [
                "far:…/seed-a/…",
                "far:…/seed-b/…",
                f"near:{LONG}/seed-a/trackio",
                "…/c",
                "…/c/d",
                "host:7860/base",
            ],
            strict=True,
        )
    )


def test_short_ones_and_those_with_nothing_in_common_stay_whole() -> None:
    for origins in (["/data/a", "/data/b"], [f"far:{LONG}/a", f"far:/mnt{LONG}/a"], [LONG], []):
        assert short_origins(origins) == {origin: origin for origin in origins}


def test_only_folders_that_all_of_them_end_with_are_left_out_behind() -> None:
    origins = [f"far:{LONG}/a/runs/x", f"far:{LONG}/b/runs/y"]
    assert short_origins(origins) == dict(
        zip(origins, ["far:…/a/runs/x", "far:…/b/runs/y"], strict=True)
    )
