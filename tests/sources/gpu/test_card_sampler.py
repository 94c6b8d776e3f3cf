"""The sampler of a card whose values are files: when it reads the card, and when not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.gpu import Absence, GpuIdentity
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK
from trackio_view.sources.gpu.card_sampler import CardSampler
from trackio_view.sources.gpu.kernel.drm import DrmCard, drm_cards
from trackio_view.sources.gpu.sampler import FieldReading, Roots, Tier

KEY = "0000:03:00.0"
DEVICE = "sys/class/drm/card{}/device"


def files(number: int = 1, **more: Any) -> dict[str, object]:
    device = DEVICE.format(number)
    held = {"uevent": f"DRIVER=test\nPCI_SLOT_NAME={KEY}", "vendor": "0x1234", **more}
    return {f"{device}/{name.replace('__', '/')}": content for name, content in held.items()}


class Card:
    """A card whose values the test sets, and which counts how often each is read."""

    def __init__(self, drm: DrmCard, roots: Roots) -> None:
        self.drm, self.roots = drm, roots
        self.identity = GpuIdentity(KEY, "Test", "Card")
        self.answers: dict[str, Any] = {"utilization": 50.0, "power": 90.0}
        self.asked: list[str] = []
        self.resets = 0

    @property
    def device(self) -> Path:
        return self.drm.device

    def move(self, drm: DrmCard) -> None:
        self.drm = drm

    def begin(self, now: float) -> None:
        self.asked.append("begin")

    def reset(self) -> None:
        self.resets += 1

    def ask(self, name: str) -> Any:
        self.asked.append(name)
        return self.answers[name]


TABLE: tuple[FieldReading[Card], ...] = (
    FieldReading("utilization", Tier.FAST, lambda card: card.ask("utilization")),
    FieldReading("power", Tier.SLOW, lambda card: card.ask("power")),
)


@pytest.fixture
def made(write_tree, clock) -> Callable[..., tuple[Card, CardSampler[Card], Path]]:
    def make(**more: Any) -> tuple[Card, CardSampler[Card], Path]:
        root = write_tree(files(**more))
        roots = Roots.captured(root)
        (drm,) = drm_cards(roots)
        card = Card(drm, roots)
        return card, CardSampler(card, TABLE, clock), root

    return make


def test_a_fast_reading_asks_for_what_is_fast_and_keeps_the_rest(made, clock) -> None:
    card, sampler, _ = made()
    first = sampler.sample(Tier.FAST)
    # At the first reading everything is due, whichever fields are wanted.
    assert (first.utilization, first.power, first.time) == (50.0, 90.0, clock.now)
    card.answers.update(utilization=60.0, power=95.0)
    card.asked.clear()
    clock.advance(1.0)
    second = sampler.sample(Tier.FAST)
    assert card.asked == ["begin", "utilization"]
    assert (second.utilization, second.power) == (60.0, 90.0)
    assert sampler.sample(Tier.ALL).power == 95.0


def test_of_a_card_asleep_nothing_is_asked_and_all_is_absent(made, write_tree) -> None:
    card, sampler, _ = made(power__runtime_status="suspended")
    sample = sampler.sample(Tier.ALL)
    assert card.asked == []
    assert sample.state is Absence.ASLEEP
    assert sample.utilization is sample.power is None
    assert sample.reasons == dict.fromkeys(FIELDS_THAT_MAY_LACK, Absence.ASLEEP)
    assert card.resets == 1
    write_tree(files(power__runtime_status="active"))
    assert sampler.sample(Tier.FAST).power == 90.0


def test_a_card_that_refuses_everything_is_denied_and_one_thing_is_a_reason(made) -> None:
    card, sampler, _ = made()
    card.answers["power"] = Absence.DENIED
    some = sampler.sample(Tier.ALL)
    assert some.state is None
    assert (some.utilization, some.reasons["power"]) == (50.0, Absence.DENIED)
    card.answers["utilization"] = Absence.DENIED
    assert sampler.sample(Tier.ALL).state is Absence.DENIED


@pytest.mark.parametrize(
    ("reason", "text"),
    [(Absence.LOST, "its driver reports errors"), (Absence.STALE, "its driver is busy")],
)
def test_a_card_of_which_no_file_can_be_read_is_no_card_at_work(
    made, reason: Absence, text: str
) -> None:
    card, sampler, _ = made()
    known = dict(card.answers)
    card.answers["power"] = reason
    assert sampler.sample(Tier.ALL).state is None
    card.answers |= dict.fromkeys(known, reason)
    failed = sampler.sample(Tier.ALL)
    assert (failed.state, failed.state_text) == (reason, text)
    assert failed.reasons["power"] is reason
    card.answers |= known
    assert sampler.sample(Tier.FAST).state is None


@pytest.mark.parametrize("refused", ["power", "utilization"])
def test_a_file_that_is_refused_as_ever_hides_no_failing_driver(made, refused: str) -> None:
    card, sampler, _ = made()
    card.answers |= dict.fromkeys(card.answers, Absence.LOST) | {refused: Absence.DENIED}
    failed = sampler.sample(Tier.ALL)
    assert (failed.state, failed.state_text) == (Absence.LOST, "its driver reports errors")


def test_a_card_that_is_gone_is_lost_and_comes_back_under_another_number(made, write_tree) -> None:
    card, sampler, root = made()
    assert sampler.sample(Tier.ALL).state is None
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    lost = sampler.sample(Tier.ALL)
    assert lost.state is Absence.LOST
    assert lost.power is None
    write_tree(files(7))
    found = sampler.sample(Tier.FAST)
    assert (found.state, found.power) == (None, 90.0)
    assert card.drm.folder.name == "card7"


def test_a_card_that_is_swapped_for_another_one_is_read_as_that_one(made, write_tree) -> None:
    card, sampler, root = made()
    sampler.sample(Tier.ALL)
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    assert sampler.sample(Tier.ALL).state is Absence.LOST
    write_tree(files(device="0x7550"))
    assert sampler.sample(Tier.FAST).state is None
    assert card.drm.device_id == 0x7550


def test_no_rate_spans_a_loss(made) -> None:
    card, sampler, root = made()
    sampler.sample(Tier.ALL)
    assert card.resets == 0
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    sampler.sample(Tier.ALL)
    assert card.resets == 1


def test_of_a_card_with_another_number_everything_is_read_anew(made, write_tree) -> None:
    card, sampler, root = made()
    sampler.sample(Tier.ALL)
    card.answers["power"] = 120.0
    (root / "sys/class/drm/card1").rename(root / "elsewhere")
    write_tree(files(7))
    # The card slept between two readings, so no reading saw it asleep.
    assert sampler.sample(Tier.FAST).power == 120.0
    assert card.resets == 1


def test_a_card_that_is_back_by_the_time_it_is_looked_for_was_not_lost(made, monkeypatch) -> None:
    card, sampler, _ = made()
    sampler.sample(Tier.ALL)
    there = iter((False, True))
    monkeypatch.setattr(DrmCard, "is_there", lambda _: next(there))
    assert sampler.sample(Tier.FAST).state is None
    assert card.resets == 0
