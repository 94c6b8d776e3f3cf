"""`--gpu --once --format json`: every field of every GPU, its unit in its key."""

from __future__ import annotations

from collections.abc import Mapping

from trackio_view.headless.json_numbers import Record, plain
from trackio_view.model.gpu import GpuProcess, GpuSample, GpusSampled
from trackio_view.model.gpu_fields import FIELD_BY_NAME, FieldKind, absence_of
from trackio_view.model.gpu_health import DEFAULT_GPU_THRESHOLDS, GpuFinding, gpu_findings
from trackio_view.model.health import Thresholds

GPU_KEYS: Mapping[str, str] = {
    name: FIELD_BY_NAME[name].key for name in GpuSample._fields if name in FIELD_BY_NAME
}
"""The key of each field of a sample, but for its identity, its state and the reasons, by name."""


def gpu_documents(
    reading: GpusSampled, thresholds: Thresholds = DEFAULT_GPU_THRESHOLDS
) -> list[dict[str, object]]:
    """Return an object for each GPU, in the order of the reading.

    `thresholds` say from when on a GPU counts as not well.
    """
    return [_gpu(number, sample, thresholds) for number, sample in enumerate(reading.samples)]


def search_documents(reading: GpusSampled) -> list[dict[str, object]]:
    """Return the result of the search for each vendor's GPUs."""
    return [
        {"vendor": report.vendor, "found_count": report.found, "text": report.text}
        for report in reading.report
    ]


def _gpu(number: int, sample: GpuSample, thresholds: Thresholds) -> dict[str, object]:
    identity = sample.identity
    record = Record(
        number=number,
        key=identity.key,
        vendor=identity.vendor,
        name=identity.name,
        unified_memory=identity.unified_memory,
    )
    record.put("driver", identity.driver, "not reported")
    record.put("uuid", identity.uuid, "not reported")
    record.put("host", identity.host or None, "the machine that the program runs on")
    record.put("workload", identity.workload, "no scheduler tells of any")
    record.put("parent_key", identity.parent, "not a partition of another GPU")
    record.put("state", None if sample.state is None else sample.state.value, "read as usual")
    record.put("state_text", sample.state_text, "nothing more to say")
    findings = gpu_findings(sample, thresholds)
    health = None if findings is None else [_finding(finding) for finding in findings]
    record.put("health", health, "the GPU tells nothing of its health")
    for field, key in GPU_KEYS.items():
        value = getattr(sample, field)
        if field == "temperatures" or FIELD_BY_NAME[field].kind is FieldKind.BY_NAME:
            # A field without any sensor is no reading. A field without a busy engine is one.
            value = _by_name(value if field != "temperatures" else value or None)
        elif field == "measures":
            value = {GPU_KEYS[name]: words for name, words in value.items()}
        elif field == "processes" and value is not None:
            value = [_process(process) for process in value]
        elif isinstance(value, tuple):
            value = list(value)
        if isinstance(value, int | float):
            record.put_number(key, value, "")
        else:
            record.put(key, value, absence_of(sample, field))
    return record.done()


def _by_name(values: Mapping[str, float] | None) -> dict[str, float | None] | None:
    if values is None:
        return None
    return {name: plain(number) for name, number in values.items()}


def _finding(finding: GpuFinding) -> dict[str, object]:
    return {"rule": finding.rule.name, "sentence": finding.sentence}


def _process(process: GpuProcess) -> dict[str, object]:
    record = Record(pid=process.pid)
    for key, value in (
        ("kind", process.kind),
        ("memory_bytes", process.memory),
        ("load_percent", process.load),
        ("compute_unit_count", process.compute_units),
        ("user", process.user),
        ("command", process.command),
    ):
        record.put(key, value, "not reported")
    project = None if process.project is None else process.project.name
    unseen = "not seen yet: it wrote to no project of this directory while that was watched"
    record.put("project", project, unseen)
    run_unseen = unseen
    if project is not None:
        run_unseen = "not seen yet: no rows of one run came that it alone can have written"
    record.put("run", process.run, run_unseen)
    no_id = "the run has none" if process.run is not None else run_unseen
    record.put("run_id", process.run_id, no_id)
    record.put("link", process.link, unseen)
    return record.done()
