"""Our named tuples behave as those of `typing`, and no start compiles the types of their fields."""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple, get_type_hints

import pytest

from trackio_view import light_typing


class TypedPoint(NamedTuple):
    """A place."""

    x: int
    y: int | None = None

    @property
    def both(self) -> tuple[int, int | None]:
        """The two numbers."""
        return self.x, self.y

    def moved(self, by: int) -> TypedPoint:
        """Return the place beside it."""
        return self._replace(x=self.x + by)


class OwnPoint(light_typing.NamedTuple):
    """A place."""

    x: int
    y: int | None = None

    @property
    def both(self) -> tuple[int, int | None]:
        """The two numbers."""
        return self.x, self.y

    def moved(self, by: int) -> OwnPoint:
        """Return the place beside it."""
        return self._replace(x=self.x + by)


BOTH: tuple[Any, ...] = (TypedPoint, OwnPoint)


@pytest.mark.parametrize("kind", BOTH)
def test_it_is_a_tuple_with_names_and_defaults(kind: Any) -> None:
    point = kind(3)
    assert (point, point.x, point.y, point.both) == ((3, None), 3, None, (3, None))
    assert kind(x=1, y=2) == kind(1, 2) == (1, 2)
    assert repr(kind(1, 2)) == f"{kind.__name__}(x=1, y=2)"
    assert point.moved(2) == (5, None)
    assert isinstance(point.moved(2), kind)
    with pytest.raises(TypeError):
        kind()
    with pytest.raises(AttributeError):
        point.x = 1


@pytest.mark.parametrize("kind", BOTH)
def test_it_tells_of_itself(kind: Any) -> None:
    assert (kind._fields, kind._field_defaults) == (("x", "y"), {"y": None})
    assert (kind.__doc__, kind.__module__) == ("A place.", __name__)
    assert kind.__qualname__ == kind.__name__
    assert get_type_hints(kind) == {"x": int, "y": int | None}
    assert pickle.loads(pickle.dumps(kind(1, 2))) == kind(1, 2)
