"""What is said of a GPU is the same wherever it is said: in texts, in documents and on screens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.pressing import press
from trackio_view.headless.gpu_document import gpu_documents
from trackio_view.headless.gpu_text import gpu_report
from trackio_view.model.gpu import TIME_AWAKE, VISIBLE_PROCESSES, Absence, GpusSampled
from trackio_view.model.gpu_activity import doing
from trackio_view.model.gpu_health import gpu_findings
from trackio_view.screens import run_page
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.glyphs import AT_LEAST, AT_MOST
from trackio_view.view.dashboard import Dashboard

BUSY: dict[str, object] = {"activity": "tensor cores 93 %"}
INSTANCES = ("MIG 0: tensor cores 51 %", "MIG 2: idle: no kernels")
STATES: dict[str, dict[str, object]] = {
    "works": BUSY,
    "idles": {"activity": "idle: no kernels", "utilization": 0.0},
    "does not tell": {"activity": None},
    "is divided": {"activity": None, "utilization": None, "partition_activity": INSTANCES},
    "is not well": {**BUSY, "ecc_uncorrected": 3},
    "is held back": {**BUSY, "throttled_heat": 31.0},
    "is lost": {"activity": None, "state": Absence.LOST, "state_text": "has fallen off the bus"},
    "is lost and ill": {"state": Absence.LOST, "state_text": "is gone", "memory_repair": "failed"},
    "sleeps": {"state": Absence.ASLEEP, "utilization": None, "memory_used": None, "power": None},
    "is awake": {
        "activity": "awake 60 % of the time",
        "utilization": 60.0,
        "measures": {"utilization": TIME_AWAKE},
    },
    "is seen in part": {
        "activity": None,
        "utilization": 12.0,
        "hidden_processes": 2,
        "measures": {"utilization": VISIBLE_PROCESSES},
    },
}


def words(lines: list[str]) -> str:
    """Return the text of a frame, however it is broken into rows and boxes."""
    return re.sub(r"[\s│╭╮╰╯─┃]+", " ", " ".join(lines))


def told_by(document: dict[str, object]) -> str:
    """Return what a document says in words."""
    keys = ("activity", "partition_activity", "state", "state_text", "health", "measures")
    return " ".join(str(document[key]) for key in keys)


@pytest.mark.parametrize("state", STATES)
def test_every_place_tells_the_same(
    dashboard: Dashboard,
    gpus_sampled: Callable[..., GpusSampled],
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    fields = STATES[state]
    for second in range(30):
        event = gpus_sampled(2, float(second), **fields)
        dashboard.apply(event)
    sample, _ = event.samples
    monkeypatch.setattr(run_page, "training_gpus", lambda *_: [(0, sample)])

    def seen(*keys: str) -> str:
        press(dashboard, *keys)
        return words(Composer().compose(dashboard, 0.0).lines())

    dashboard.width, dashboard.height, dashboard.view.gpus.strip = 200, 60, True
    report = list(gpu_report(event))
    document, _ = gpu_documents(event)
    places = {"text": " ".join(report), "document": told_by(document), "strip": seen()}
    dashboard.view.gpus.strip = False
    places["run"] = seen("i")
    dashboard.show_gpus()
    places |= {"page": seen("0"), "overview": seen("a"), "details": seen("0", "i")}
    said, findings = doing(sample), gpu_findings(sample, {}) or []
    for place, told in places.items():
        if said is not None:
            parts = sample.partition_activity or (said,)
            assert place == "details" or all(part in told for part in parts), (place, told)
        else:
            assert not re.search(r"tensor cores \d|no kernels|awake \d", told), (place, told)
        if sample.state is not None:
            assert (sample.state_text or sample.state.value) in told, (place, told)
            assert said is None
    ill = [finding.sentence for finding in findings]
    assert [line.removeprefix("Health: ") for line in report if "Health" in line] == 2 * ill
    assert [finding["sentence"] for finding in document["health"] or ()] == ill  # type: ignore[attr-defined]
    assert ("GPU 0!" in places["strip"]) == bool(ill)
    for place in ("page", "overview", "run"):
        # The page breaks a sentence beside its charts.
        begun = [
            " ".join(sentence.split()[:2]) if place == "page" else sentence for sentence in ill
        ]
        assert all(sentence in places[place] for sentence in begun), (place, places[place])
    measure = sample.measures.get("utilization")
    if measure is not None:
        assert all(measure in places[place] for place in ("text", "document", "page"))
        load = f"{AT_MOST if measure == TIME_AWAKE else AT_LEAST}{sample.utilization:.0f}%"
        assert all(load in places[place] for place in ("strip", "overview"))
    else:
        assert not re.search(f"[{AT_MOST}{AT_LEAST}]", places["strip"] + places["overview"])
