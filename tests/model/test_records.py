import dataclasses
from typing import Any

import pytest

from trackio_view.model import records


def classes(module: Any) -> list[Any]:
    """Return the same classes, made by either module."""

    @module.dataclass(frozen=True, slots=True)
    class Frozen:
        """A frozen one."""

        name: str
        size: int = 3

    @module.dataclass(slots=True)
    class Mutable:
        values: list[int]
        extra: dict[str, int] = module.field(default_factory=dict)
        hidden: int = module.field(default=7, repr=False, compare=False)

        @property
        def total(self) -> int:
            return sum(self.values)

    @module.dataclass(slots=True, eq=False)
    class Identity:
        value: float = 0.0

    @module.dataclass(eq=False)
    class Fault(Exception):  # noqa: N818 - a fault, as elsewhere here
        text: str
        passing: bool = False

    return [Frozen, Mutable, Identity, Fault]


OURS, STANDARD = classes(records), classes(dataclasses)
ARGUMENTS: list[tuple[Any, ...]] = [("a",), ([1, 2],), (), ("broken",)]


@pytest.mark.parametrize("place", range(4))
def test_instances_look_and_compare_as_the_standard_ones(place: int) -> None:
    answers = []
    for made in (OURS[place], STANDARD[place]):
        first, second = made(*ARGUMENTS[place]), made(*ARGUMENTS[place])
        answers.append(
            (
                repr(first),
                first == second,
                first == object(),
                made.__hash__ is None,
                made.__hash__ is object.__hash__,
                hasattr(first, "__dict__"),
                made.__match_args__,
                made.__name__,
                made.__qualname__,
                [item.name for item in dataclasses.fields(made)],
                dataclasses.asdict(first),
                dataclasses.is_dataclass(made),
            )
        )
    assert answers[0] == answers[1]


def test_frozen_ones_refuse_and_hash_alike() -> None:
    made = OURS[0]("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.name
    assert hash(made) == hash(OURS[0]("a"))
    assert {made, OURS[0]("a", 4)} == {OURS[0]("a"), OURS[0]("a", size=4)}


def test_replace_makes_a_changed_copy() -> None:
    assert dataclasses.replace(OURS[0]("a"), size=9) == OURS[0]("a", 9)
    changed = dataclasses.replace(OURS[1]([1]), hidden=1)
    assert (changed.hidden, changed.total) == (1, 1)


def test_every_instance_has_a_default_of_its_own() -> None:
    first, second = OURS[1]([]), OURS[1]([])
    assert first.extra is not second.extra
    with pytest.raises(AttributeError):
        first.unknown = 1


@pytest.mark.parametrize("arguments", [(), ("a", 1, 2)])
def test_wrong_arguments_are_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        OURS[0](*arguments)


def test_faults_are_raised_as_exceptions() -> None:
    with pytest.raises(OURS[3]) as caught:
        raise OURS[3]("broken", passing=True)
    assert (caught.value.text, caught.value.passing) == ("broken", True)
