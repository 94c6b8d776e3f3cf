"""Which GPUs are not well, and what is wrong with them, where many are told of at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trackio_view.model.gpu import GpuSample
from trackio_view.model.gpu_health import GPU_RULES, gpu_findings
from trackio_view.model.health import Thresholds


def unwell_gpus(samples: Iterable[tuple[int, GpuSample]], thresholds: Thresholds) -> list[str]:
    """Return a sentence for each thing that is wrong, with the numbers of the GPUs of which it is
    true, the worst first. `samples` have rising numbers.
    """
    found: dict[tuple[int, str], list[int]] = {}
    for number, sample in samples:
        for finding in gpu_findings(sample, thresholds) or ():
            key = (GPU_RULES.index(finding.rule), finding.sentence)
            found.setdefault(key, []).append(number)
    # Errors of one rule stay in the order of their GPUs, as a dictionary and a sort keep it.
    in_order = sorted(found.items(), key=lambda item: item[0][0])
    return [f"GPU {in_spans(numbers)}: {sentence}" for (_, sentence), numbers in in_order]


def in_spans(numbers: Sequence[int]) -> str:
    """Return numbers that rise as a person writes them: `0-3, 6`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans)
