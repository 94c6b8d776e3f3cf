"""Why an AMD card is held back, as its firmware tells it, and whether that can be true."""

from __future__ import annotations

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import sensors
from trackio_view.sources.gpu.amd.card import AmdCard
from trackio_view.sources.gpu.amd.firmware_counts import FirmwareCounts
from trackio_view.sources.gpu.doubted_heat import is_doubted


def throttle_reasons(card: AmdCard) -> tuple[str, ...] | Absence | None:
    """Return what holds the chip back now, or did since the last table."""
    metrics, grown = card.metrics(), card.counted(FirmwareCounts.throttle_reasons)
    if isinstance(metrics, Absence) or isinstance(grown, Absence) or grown is None:
        return metrics if isinstance(metrics, Absence) else grown
    present = [reason for reason in metrics.throttle_reasons or () if _can_be_true(card, reason)]
    return tuple(dict.fromkeys([*present, *grown]))


def _can_be_true(card: AmdCard, reason: str) -> bool:
    """Return whether a reason can be true: heat holds back no chip that is cold."""
    if not is_doubted(reason, card.load):
        return True
    sensor = reason.removesuffix("temperature").strip() or "gpu"
    return sensors.is_near_limit(card, sensor)
