"""Our states behave as slotted data classes do, and making their classes compiles nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from dataclasses import field as data_field
from typing import Any

import pytest

from trackio_view.state import field, state


@dataclass(slots=True, eq=False, repr=False)
class DataBase:
    """A place."""

    x: int
    y: int | None = None
    names: list[str] = data_field(default_factory=list)

    @property
    def both(self) -> tuple[int, int | None]:
        """The two numbers."""
        return self.x, self.y


@dataclass(slots=True, eq=False, repr=False)
class DataState(DataBase):
    """A place in space."""

    z: float = 1.5
    y: int | None = 7


@state
class OwnBase:
    """A place."""

    x: int
    y: int | None = None
    names: list[str] = field(default_factory=list)

    @property
    def both(self) -> tuple[int, int | None]:
        """The two numbers."""
        return self.x, self.y


@state
class OwnState(OwnBase):
    """A place in space."""

    z: float = 1.5
    y: int | None = 7


BASES: tuple[Any, ...] = (DataBase, OwnBase)
BOTH: tuple[Any, ...] = (DataState, OwnState)


@pytest.mark.parametrize("kind", BASES)
def test_it_is_called_by_place_and_by_name(kind: Any) -> None:
    for made in (kind(3, None, []), kind(3), kind(x=3), kind(3, names=[])):
        assert (made.x, made.y, made.names, made.both) == (3, None, [], (3, None))
    assert kind(3, names=["a"], y=4).both == (3, 4)
    assert kind(3, names=["a"]).names == ["a"]


@pytest.mark.parametrize("kind", BASES)
def test_what_is_made_for_one_state_is_no_others(kind: Any) -> None:
    first, second = kind(1), kind(1)
    first.names.append("a")
    first.y = 5
    assert (second.names, second.y) == ([], None)
    assert first != second
    assert first == first


@pytest.mark.parametrize("kind", [*BASES, *BOTH])
def test_wrong_calls_and_attributes_are_refused(kind: Any) -> None:
    for values, given in (((), {}), ((1,), {"w": 2}), ((1, 2, [], 3, 4, 5), {})):
        with pytest.raises(TypeError):
            kind(*values, **given)
    with pytest.raises(AttributeError):
        kind(1).w = 2
    assert not hasattr(kind(1), "__dict__")


@pytest.mark.parametrize("kind", BOTH)
def test_fields_are_inherited_and_follow_those_of_the_base(kind: Any) -> None:
    made = kind(1, 2, ["a"], 0.5)
    assert (made.x, made.y, made.names, made.z) == (1, 2, ["a"], 0.5)
    assert (kind(1).y, kind(1).z, kind(1).names) == (7, 1.5, [])
    assert isinstance(made, kind.__mro__[1])


@pytest.mark.parametrize("kind", BOTH)
def test_it_tells_of_itself(kind: Any) -> None:
    assert (kind.__doc__, kind.__module__) == ("A place in space.", __name__)
    assert kind.__qualname__ == kind.__name__


def test_making_a_class_compiles_nothing() -> None:
    compiled: list[str] = []

    def audit(event: str, _: object) -> None:
        if is_listening and event == "compile":
            compiled.append(event)

    is_listening = True
    sys.addaudithook(audit)
    state(type("Made", (), {"__annotations__": {"x": "int"}, "x": 1}))
    is_listening = False
    assert compiled == []
