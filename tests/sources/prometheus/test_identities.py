"""Which GPU a series is about, on which machine, and who works on it."""

from __future__ import annotations

import pytest

from trackio_view.sources.prometheus.answers import AnsweredSeries
from trackio_view.sources.prometheus.families import FAMILIES, found_families
from trackio_view.sources.prometheus.identities import Identities, KnownGpu, key_of
from trackio_view.sources.prometheus.queries import ScrapeTarget

DCGM = next(family for family in FAMILIES if family.name == "dcgm-exporter")
NVIDIA_SMI = next(family for family in FAMILIES if family.name == "nvidia_gpu_exporter")
ANCHOR = "DCGM_FI_DEV_FB_USED"


def series(**labels: str) -> AnsweredSeries:
    return AnsweredSeries({"__name__": ANCHOR, "instance": "10.0.0.1:9400", **labels}, 0.0, 1.0)


def known_of(*told: AnsweredSeries) -> list[KnownGpu]:
    known = Identities()
    known.take_gpus(told, found_families([ANCHOR]))
    return list(known.gpus.values())


def test_a_gpu_is_known_by_its_number_until_its_name_is_told() -> None:
    labels = {"instance": "[::1]:9400", "gpu": "3"}
    gpu = Identities().of(DCGM, key_of(DCGM, labels))
    assert (gpu.identity.key, gpu.identity.host, gpu.identity.name) == ("3", "::1", "NVIDIA GPU")
    assert gpu.identity.uuid is None


def test_a_uuid_of_zeros_is_none() -> None:
    (gpu,) = known_of(series(gpu="0", UUID="00000000-0000", Hostname="n"))
    assert (gpu.identity.uuid, gpu.identity.key, gpu.identity.host) == (None, "0", "n")


def test_a_shared_gpu_has_whom_any_of_its_series_names() -> None:
    gpu = {"gpu": "0", "UUID": "GPU-1"}
    for told in ((series(**gpu), series(**gpu, exported_pod="a")),) * 2:
        for order in (told, told[::-1]):
            (known,) = known_of(*order)
            assert known.identity.workload == "a"


def test_machines_bear_their_cluster_once_there_were_several() -> None:
    known, found = Identities(), found_families([ANCHOR])
    two = [series(gpu="0", Hostname="n", cluster=cluster) for cluster in ("a", "b")]
    known.take_gpus(two[:1], found)
    assert [gpu.identity.host for gpu in known.gpus.values()] == ["n"]
    known.take_gpus(two, found)
    assert [gpu.identity.host for gpu in known.gpus.values()] == ["a/n", "b/n"]
    known.take_gpus(two[:1], found)
    assert [gpu.identity.host for gpu in known.gpus.values()] == ["a/n"], "names stay as they are"


def test_an_address_answers_where_any_job_is_answered_there() -> None:
    known = Identities()
    one = AnsweredSeries({"instance": "n:1", "pod": "p"}, 0.0, 0.0)
    known.take_targets([one, one._replace(value=1.0), one._replace(value=0.0)])
    target = ScrapeTarget("n:1", "")
    assert (known.up, known.pods) == ({target: True}, {target: "p"})


@pytest.mark.parametrize(
    ("model", "vendor"),
    [
        ("AMD Instinct MI300X", "AMD"),
        ("Radeon Pro", "AMD"),
        ("Intel Max 1550", "Intel"),
        ("Tesla T4", "NVIDIA"),
        ("RTX A6000", "NVIDIA"),
        ("a card", ""),
    ],
)
def test_a_vendor_is_told_by_the_model_where_the_exporter_serves_several(
    model: str, vendor: str
) -> None:
    family = next(family for family in FAMILIES if not family.vendor)
    anchor = found_families([family.anchor])
    labels = {"__name__": anchor[0].anchor, "instance": "n", family.model[0]: model}
    known = Identities()
    known.take_gpus([AnsweredSeries(labels, 0.0, 1.0)], anchor)
    assert [gpu.identity.vendor for gpu in known.gpus.values()] == [vendor]
