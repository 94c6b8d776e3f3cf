"""State that keys and events change, in classes that cost a start a tenth of data classes.

`dataclasses` writes the methods of each class as text and compiles it, in every process anew: of a
class with twelve fields that takes 0.4 ms, and a start makes fifty such classes. Those of this room
share one `__init__`, which is slower, and fast enough for what is made a few times a frame. For
mypy they are data classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["field", "state"]

if TYPE_CHECKING:
    from dataclasses import dataclass as state
    from dataclasses import field

else:
    _MISSING = object()
    """The default of a field without a default."""

    class field:  # noqa: N801 - it stands for the function of `dataclasses`
        """A field whose default is made for each state."""

        __slots__ = ("default_factory",)

        def __init__(self, *, default_factory) -> None:
            self.default_factory = default_factory

    def state(kind: type) -> type:
        """Return a class of states with the annotated fields, and with no other attributes.

        A state equals only itself. The class is called as a data class is.
        """
        namespace = dict(vars(kind))
        names = tuple(namespace.get("__annotations__", ()))
        own = {name: namespace.pop(name, _MISSING) for name in names}
        for name in ("__dict__", "__weakref__"):
            namespace.pop(name, None)
        defaults: dict[str, Any] = {**getattr(kind, "_field_defaults", {}), **own}

        def make(self: object, *values: object, **given: object) -> None:
            if values:
                given |= zip(defaults, values, strict=False)
            for name, value in defaults.items():
                if name in given:
                    value = given.pop(name)
                elif type(value) is field:
                    value = value.default_factory()
                elif value is _MISSING:
                    raise TypeError(f"{kind.__name__} needs {name}")
                setattr(self, name, value)
            if given or len(values) > len(defaults):
                raise TypeError(f"{kind.__name__} has no {', '.join(given) or 'such field'}")

        namespace |= {"__slots__": names, "__init__": make}
        namespace |= {"_fields": tuple(defaults), "_field_defaults": defaults}
        return type(kind.__name__, kind.__bases__, namespace)
