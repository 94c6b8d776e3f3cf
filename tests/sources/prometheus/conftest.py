"""A small Prometheus: it keeps what exporters print, and answers the questions that we ask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

Labels = dict[str, str]
NOW = 1_790_000_000.0

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def series_of(text: str) -> list[tuple[Labels, str]]:
    """Return the series of what an exporter prints, with their values as Prometheus writes them."""
    found = []
    for line in text.splitlines():
        if line.startswith("#") or (parts := _LINE.fullmatch(line.strip())) is None:
            continue
        name, labels, value = parts.groups()
        pairs = {key: json.loads(f'"{told}"') for key, told in _LABEL.findall(labels or "") if told}
        found.append(({"__name__": name, **pairs}, value))
    return found


@dataclass
class SmallPrometheus:
    """Targets by instance, and the answers of the query API to what is asked of them."""

    now: float = NOW
    targets: dict[str, list[tuple[Labels, str]]] = field(default_factory=dict)
    extra: dict[str, Labels] = field(default_factory=dict)
    """Labels that the scrape adds, such as the exporter's pod."""
    down: set[str] = field(default_factory=set)
    scraped: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def scrape(self, instance: str, text: str, **extra: str) -> None:
        """Take in what an exporter prints; labels of its own that clash are renamed."""
        self.extra[instance] = extra
        self.targets[instance] = []
        self.scraped[instance] = self.now - 5
        for labels, value in series_of(text):
            target = {"instance": instance, **extra}
            own = {f"exported_{key}" if key in target else key: it for key, it in labels.items()}
            self.targets[instance].append(({**own, **target}, value))

    def answer(self, query: str) -> Any:
        """Return the document that answers a question at this moment."""
        self.asked.append(query)
        return _document("vector", self._evaluated(query))

    def answer_range(self, query: str, start: float, end: float, step: float) -> Any:
        """Return the document that answers a question for a stretch of time."""
        self.asked.append(query)
        result = self._evaluated(query)
        times = [start + number * step for number in range(int((end - start) / step) + 1)]
        for one in result:
            one["values"] = [[time, one["value"][1]] for time in times]
            del one["value"]
        return _document("matrix", result)

    def _series(self, names: str, instances: str | None) -> list[tuple[Labels, str]]:
        return [
            (labels, value)
            for instance, series in self.targets.items()
            if instance not in self.down
            and (instances is None or re.fullmatch(instances, instance))
            for labels, value in series
            if re.fullmatch(names, labels["__name__"])
        ]

    def _evaluated(self, query: str) -> list[Any]:
        if query == "max by (instance,pod,namespace)(up)":
            return [
                self._one(
                    {"instance": instance, **self._pod(instance)},
                    str(int(instance not in self.down)),
                )
                for instance in self.targets
            ]
        if "max_over_time" in query:
            return [
                self._one({"instance": instance}, str(self.scraped[instance]))
                for instance in sorted(self.down & self.targets.keys())
            ]
        found: list[Any] = []
        for part in re.split(r" or (?=max by \(instance\)\(timestamp)", query):
            found += self._part(part)
        return found

    def _pod(self, instance: str) -> Labels:
        extra = self.extra[instance]
        return {label: extra[label] for label in ("pod", "namespace") if label in extra}

    def _part(self, part: str) -> list[Any]:
        times = re.fullmatch(
            r"max by \(instance\)\(timestamp\((\w+)(?:\{instance=~(\".*\")\})?\)\)", part
        )
        if times is not None:
            where = None if times[2] is None else json.loads(times[2])
            seen = {labels["instance"] for labels, _ in self._series(times[1], where)}
            return [self._one({"instance": one}, str(self.scraped[one])) for one in sorted(seen)]
        asked = re.fullmatch(
            r'(max|group|count) by \(([\w,]+)\)\(\{__name__=~"([^"]*)"(?:,instance=~(".*"))?\}\)',
            part,
        )
        assert asked is not None, part
        operator, names, metrics, instances = asked.groups()
        where = None if instances is None else json.loads(instances)
        together: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for labels, value in self._series(metrics, where):
            kept = tuple((it, labels[it]) for it in names.split(",") if it in labels)
            together.setdefault(kept, []).append(value)
        made: Mapping[str, Callable[[list[str]], str]] = {
            "max": lambda values: max(values, key=float),
            "group": lambda _: "1",
            "count": lambda values: str(len(values)),
        }
        return [self._one(dict(kept), made[operator](it)) for kept, it in together.items()]

    def _one(self, labels: Labels, value: str) -> Any:
        return {"metric": labels, "value": [self.now, value]}


def _document(kind: str, result: list[Any]) -> Any:
    return {"status": "success", "data": {"resultType": kind, "result": result}}


@pytest.fixture
def prometheus() -> SmallPrometheus:
    """Return a Prometheus without targets."""
    return SmallPrometheus()


@pytest.fixture
def expositions(captures: Path) -> Callable[[str], str]:
    """Return what reads a real exporter's output by its name."""
    return lambda name: (captures / "prometheus" / f"{name}.prom").read_text("utf-8")


DCGM_LABELS = 'gpu="{gpu}",UUID="GPU-{host}-{gpu}",modelName="NVIDIA H100 80GB HBM3"'


def dcgm_text(host: str, gpus: int = 2, **fields: object) -> str:
    """Return what a dcgm-exporter prints for a host of some GPUs, all alike but for the numbers."""
    given: dict[str, object] = {
        "DEV_GPU_UTIL": 90,
        "DEV_FB_USED": 60_000,
        "DEV_FB_FREE": 20_945,
        "DEV_FB_RESERVED": 614,
        "DEV_POWER_USAGE": 600.5,
        "DEV_GPU_TEMP": 55,
        "DEV_SM_CLOCK": 1980,
        **fields,
    }
    lines = []
    for name, value in given.items():
        for gpu in range(gpus):
            labels = DCGM_LABELS.format(gpu=gpu, host=host)
            own = value[gpu] if isinstance(value, list) else value
            if own is not None:
                lines.append(f'DCGM_FI_{name}{{{labels},Hostname="{host}"}} {own}')
    return "\n".join(lines)


@pytest.fixture
def dcgm() -> Callable[..., str]:
    """Return what prints as a dcgm-exporter does."""
    return dcgm_text
