"""The questions, in words of PromQL that every compatible server knows.

A fleet is one question a tick: `max by` folds the series of one GPU that differ only in whose pod
it was lent to, and leaves out the labels that make an answer long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.sources.prometheus.families import (
    INSTANCE,
    FoundFamily,
    anchors_expression,
    meanings,
)

NAME = "__name__"
CLUSTER = "cluster"
"""The labels that tell the machines of several clusters apart, by the custom of those who join them
(https://thanos.io/tip/thanos/quick-tutorial.md/#external-labels)."""
TARGET = f"{CLUSTER},{INSTANCE}"
_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,199}")
_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
"""Characters that need a backslash to stand for themselves in a regular expression."""
_MOST_INSTANCES = 200
LOST_SECONDS, LOST_STEP = 3_600, 60
"""How far back machines that are gone are looked for at the start, and in which steps."""


class ScrapeTarget(NamedTuple):
    """The key of a target: its address and its cluster, as clusters may use one address each."""

    instance: str
    cluster: str


def target_of(labels: Mapping[str, str]) -> ScrapeTarget:
    """Return the target of these labels."""
    return ScrapeTarget(labels.get(INSTANCE, ""), labels.get(CLUSTER, ""))


def discovery(match: str) -> str:
    """Return the question which families there are.

    Here and below, `match` are more matchers of PromQL that series have to fulfil.
    """
    return f'count by ({NAME})({{{NAME}=~"{anchors_expression()}"{_also(match)}}})'


def is_metric_name(name: str) -> bool:
    """Return whether a name may stand in a question: some names come from servers."""
    return _METRIC_NAME.fullmatch(name) is not None


def numbers(found: Sequence[FoundFamily], instances: Iterable[str] = (), match: str = "") -> str:
    """Return the question for all GPUs' numbers, and for the time at which each target was read.

    More is asked only for `instances`. Series without a name are times, in epoch seconds.
    """
    of_instances = _of_instances(tuple(instances))
    where = of_instances + _also(match)
    times = (f"max by ({TARGET})(timestamp({_anchor(one, where)}))" for one in found)
    return " or ".join([_values(found, where, details=bool(of_instances)), *times])


def history(found: Sequence[FoundFamily], instances: Iterable[str], match: str = "") -> str:
    """Return the question for earlier numbers of some targets' GPUs, one for each step."""
    return _values(found, _of_instances(tuple(instances)) + _also(match), details=True)


def _values(found: Sequence[FoundFamily], where: str, *, details: bool) -> str:
    names = "|".join(meanings(found, details=details))
    labels = ",".join([NAME, TARGET, *_together(one.family.labels for one in found)])
    return f'max by ({labels})({{{NAME}=~"{names}"{where}}})'


def identities(found: Sequence[FoundFamily], match: str = "") -> str:
    """Return the question which GPUs there are, and who uses them."""
    labels = ",".join([NAME, TARGET, *_together(one.family.identity_labels for one in found)])
    names = "|".join(one.anchor for one in found)
    return f'group by ({labels})({{{NAME}=~"{names}"{_also(match)}}})'


def identities_without_anchor(
    found: Sequence[FoundFamily], instances: Sequence[str], match: str
) -> str:
    """Return the same question about GPUs of targets without the anchor; any metric answers it."""
    labels = ",".join([NAME, TARGET, *_together(one.family.identity_labels for one in found)])
    names = "|".join(meanings(found, details=False))
    # A long list of targets takes longer to compare than to be told of all.
    where = _of_instances(instances if len(instances) <= _MOST_INSTANCES else ()) + _also(match)
    return f'group by ({labels})({{{NAME}=~"{names}"{where}}})'


def targets() -> str:
    """Return the question which targets answer; the target of a pod has the pod's labels."""
    return f"max by ({TARGET},pod,namespace)(up)"


def lost(found: Sequence[FoundFamily], match: str = "") -> str:
    """Return the question which targets told of GPUs lately, but not now.

    The values are the times, in epoch seconds, at which each was read last, within `LOST_STEP`.
    """
    parts = []
    for one in found:
        labels = ",".join((TARGET, *one.family.host))
        anchor = _anchor(one, _also(match))
        read = f"(max by ({labels})(timestamp({anchor})))"
        then = f"max_over_time({read}[{LOST_SECONDS}s:{LOST_STEP}s])"
        parts.append(f"({then} unless on ({TARGET}) group by ({TARGET})({anchor}))")
    return " or ".join(parts)


def _also(match: str) -> str:
    return f",{match}" if match else ""


def _together(labels: Iterable[Sequence[str]]) -> list[str]:
    return sorted({label for some in labels for label in some})


def _anchor(found: FoundFamily, where: str) -> str:
    return f"{found.anchor}{{{where.removeprefix(',')}}}" if where else found.anchor


def _of_instances(instances: Sequence[str]) -> str:
    if not instances:
        return ""
    escaped = "|".join(_SPECIAL.sub(r"\\\1", one) for one in instances)
    return f",{INSTANCE}=~{json.dumps(escaped, ensure_ascii=False)}"
