"""How configs differ, key by key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.config_diff import ConfigLine, diff_lines, matching, written

CONFIGS = st.lists(
    st.none()
    | st.dictionaries(
        st.sampled_from(["lr", "model", "a.b", "seed", ""]),
        st.recursive(
            st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["1", "x", ""]),
            lambda inner: st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
            max_leaves=3,
        ),
    ),
    max_size=4,
)


def test_only_what_differs_nested_keys_flattened() -> None:
    one = {"lr": 0.1, "optimizer": {"name": "adam", "betas": [0.9, 0.99]}, "seed": 1}
    two = {"lr": 0.1, "optimizer": {"name": "sgd", "betas": [0.9, 0.99]}, "warmup": 10}
    assert diff_lines([one, two], everything=False) == [
        ConfigLine("optimizer.name", ("adam", "sgd")),
        ConfigLine("seed", ("1", None)),
        ConfigLine("warmup", (None, "10")),
    ]
    assert len(diff_lines([one, two], everything=True)) == 5


def test_a_run_without_config_differs_in_every_key() -> None:
    assert diff_lines([{"lr": 1}, None], everything=False) == [ConfigLine("lr", ("1", None))]
    assert diff_lines([None, None], everything=True) == []


def test_values_of_other_types_differ_though_they_read_alike() -> None:
    assert written("1") == '"1"' != written(1)
    assert written("true") == '"true"' != written(True)
    assert written("null") == '"null"' != written(None)
    assert written("adam") == "adam"


def test_search_looks_at_keys_and_values_whatever_the_case() -> None:
    lines = diff_lines([{"Optimizer": "Adam", "lr": 1}, {"lr": 2}], everything=False)
    assert [line.key for line in matching(lines, "ADAM")] == ["Optimizer"]
    assert [line.key for line in matching(lines, "opt")] == ["Optimizer"]
    assert matching(lines, "zzz") == []
    assert matching(lines, "") == lines


@given(CONFIGS)
def test_the_differing_lines_are_a_part_of_all_lines(configs) -> None:
    everything = diff_lines(configs, everything=True)
    differing = diff_lines(configs, everything=False)
    assert [line for line in everything if line.differs] == differing
    assert all(len(line.values) == len(configs) for line in everything)
    assert diff_lines([*configs[:1], *configs[:1]], everything=False) == []
