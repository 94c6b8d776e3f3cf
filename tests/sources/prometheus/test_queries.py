"""The questions in PromQL."""

from __future__ import annotations

from trackio_view.sources.prometheus import queries
from trackio_view.sources.prometheus.families import found_families

FOUND = found_families(["DCGM_FI_DEV_FB_USED", "hw_gpu_info"])


def test_a_fleet_is_one_question_with_few_labels() -> None:
    query = queries.numbers(FOUND)
    assert query.startswith("max by (__name__,cluster,instance,GPU_I_ID,aggregation,gpu,")
    assert "modelName" not in query
    assert "DCGM_FI_DEV_GPU_UTIL|" in query
    assert "hw_power_watts" in query
    assert "MEMORY_TEMP" not in query
    assert query.count("timestamp(") == 2


def test_one_host_is_asked_for_more() -> None:
    query = queries.numbers(FOUND, ["10.0.0.1:9400"])
    assert "MEMORY_TEMP" in query
    assert query.count(r'instance=~"10\\.0\\.0\\.1\\:9400"') == 3
    assert "timestamp" not in queries.history(FOUND, ["10.0.0.1:9400"])


def test_names_of_targets_are_escaped_in_promql() -> None:
    query = queries.history(FOUND, ['x"} or up{a="', "b\x1b"])
    assert r'instance=~"x\\\"\\} or up\\{a\\=\\\"|b\u001b"' in query


def test_names_of_metrics_are_nothing_else() -> None:
    assert queries.is_metric_name("amd_gpu_gfx_activity")
    for name in ("", 'x"} or up', "a b", "ä", "1a", "x" * 300):
        assert not queries.is_metric_name(name)


def test_identities_and_machines_that_are_gone_are_asked_for() -> None:
    assert "exported_pod" in queries.identities(FOUND)
    assert queries.lost(FOUND).count("unless on (cluster,instance)") == 2
    assert queries.discovery(match="").startswith(
        'count by (__name__)({__name__=~"DCGM_FI_DEV_FB_USED|'
    )


def test_matchers_are_in_every_question_for_gpus() -> None:
    match = 'cluster="a",job=~"dcgm.*"'
    for query, series in (
        (queries.discovery(match), 1),
        (queries.numbers(FOUND, match=match), 1 + len(FOUND)),
        (queries.numbers(FOUND, ["n:9400"], match), 1 + len(FOUND)),
        (queries.history(FOUND, ["n:9400"], match), 1),
        (queries.identities(FOUND, match), 1),
        (queries.lost(FOUND, match), 2 * len(FOUND)),
    ):
        assert query.count(match) == series, query
        assert ",," not in query
        assert "{," not in query
    # The question for all machines does not grow by it.
    assert queries.numbers(FOUND, match=match).replace(f",{match}", "").replace(
        f"{{{match}}}", ""
    ) == queries.numbers(FOUND)
