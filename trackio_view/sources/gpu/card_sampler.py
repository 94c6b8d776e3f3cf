"""The sampler of one graphics card whose values are files: gate, tiers and states."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK
from trackio_view.sources.gpu.kernel.drm import DrmCard, find_card
from trackio_view.sources.gpu.kernel.fdinfo import shared_scan
from trackio_view.sources.gpu.kernel.sysfs import is_asleep
from trackio_view.sources.gpu.newcomers import Newcomers
from trackio_view.sources.gpu.rest import Rest
from trackio_view.sources.gpu.sampler import Clock, FieldReading, Readings, Roots, Tier


class Card(Protocol):
    """A vendor's reader of one card, which the lines of the vendor's table are given."""

    @property
    def identity(self) -> GpuIdentity:
        """Which GPU it is, as far as is known by now."""
        ...

    @property
    def drm(self) -> DrmCard:
        """Where the kernel lists it."""
        ...

    @property
    def roots(self) -> Roots:
        """Where the kernel's files are."""
        ...

    @property
    def device(self) -> Path:
        """The device's folder in sysfs."""
        ...

    def move(self, drm: DrmCard) -> None:
        """Read from another place from now on: the card was given another number."""
        ...

    def begin(self, now: float) -> None:
        """Start a reading: forget what was cached for the last one."""
        ...

    def reset(self) -> None:
        """Forget all counters: no rate spans a sleep or a loss."""
        ...


_FAILURES = {
    Absence.LOST: "its driver reports errors",
    Absence.STALE: "its driver is busy",
    Absence.DENIED: None,
}
"""Why no file of a card can be read -> what is said of the card. Some files may be denied at all
times, so that is told where nothing else is.
"""

CardType = TypeVar("CardType", bound=Card)


class CardSampler(Generic[CardType]):
    """Reads a card by its vendor's table."""

    def __init__(
        self, card: CardType, table: Iterable[FieldReading[CardType]], clock: Clock
    ) -> None:
        self._card = card
        self._table = tuple(table)
        self._clock = clock
        self._readings = Readings()
        self._rest = Rest()
        self._newcomers = Newcomers()
        self._latest: GpuSample | None = None
        self._is_gone = False

    @property
    def identity(self) -> GpuIdentity:
        """Which GPU it is."""
        return self._card.identity

    def sample(self, tiers: Tier) -> GpuSample:
        """Return a reading; of a sleeping card only the power state is read.

        For a card that has come to idle, return the last reading for a while, so that it can fall
        asleep.
        """
        now = self._clock()
        self._is_gone = not self._is_found()
        if self._is_gone:
            return self._absent(now, Absence.LOST, "gone from the system")
        if is_asleep(self._card.device):
            return self._absent(now, Absence.ASLEEP, "suspended to save power")
        if self._latest is not None and self._rest.lasts(now):
            return self._latest
        if not self._readings.values:
            # The card is awake again. The fields of slower tiers were forgotten, so all are read.
            tiers |= Tier.STEADY
        self._card.begin(now)
        self._readings.refresh(self._table, self._card, tiers)
        self._see_newcomers(due=Tier.MEDIUM in tiers)
        denied = Absence.DENIED in self._readings.reasons.values()
        if denied and is_asleep(self._card.device):
            # A driver refuses to read a card that fell asleep in between.
            return self._absent(now, Absence.ASLEEP, "suspended to save power")
        state = None if self._tells_anything() else self._failure()
        text = _FAILURES.get(state) if state else None
        self._latest = self._readings.sample(self.identity, now, state, text)
        self._rest.after(self._latest, self._card.device)
        return self._latest

    def _see_newcomers(self, *, due: bool) -> None:
        """Read the processes, and what else is due with them, before that where one may have come.

        `due` tells whether they were just read.
        """
        values = self._readings.values
        is_ahead = not due and self._newcomers.may_have_come(values.get("memory_used"))
        if is_ahead:
            shared_scan(self._card.roots, self._clock).look_at_all()
            self._readings.refresh(self._table, self._card, Tier.MEDIUM)
        if due or is_ahead:
            self._newcomers.listed(values.get("memory_used"), values.get("processes"), due=due)

    def _is_found(self) -> bool:
        # A card that comes back may be another one with the number of the old.
        if self._card.drm.is_there() and not self._is_gone:
            return True
        found = find_card(self._card.roots, self.identity.key)
        if found is None:
            return False
        if found == self._card.drm and not self._is_gone:
            return True
        self._card.reset()
        self._card.move(found)
        self._readings = Readings()
        return True

    def _tells_anything(self) -> bool:
        """Return whether the card itself answers; its limits are kept from earlier readings."""
        telling = set(FIELDS_THAT_MAY_LACK) - {"processes", "heat_limits"}
        return not telling.isdisjoint(self._readings.values)

    def _failure(self) -> Absence | None:
        """Return why a card tells nothing; `None` where it just has nothing to tell."""
        return next((why for why in _FAILURES if why in self._readings.reasons.values()), None)

    def _absent(self, now: float, state: Absence, text: str) -> GpuSample:
        self._card.reset()
        self._readings, self._rest, self._latest = Readings(), Rest(), None
        absent = Readings(reasons=dict.fromkeys(FIELDS_THAT_MAY_LACK, state))
        return absent.sample(self.identity, now, state, text)

    def close(self) -> None:
        """Do nothing: no file stays open."""
