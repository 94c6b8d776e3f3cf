"""Named tuples that cost a start two thirds of what those of `typing` do.

`typing.NamedTuple` compiles the type of each field, and the first call of `compile` in a process
alone takes 3 ms: a program that prints and ends spent a twelfth of its time on types that nobody
asks for. Rooms that `--once` loads take theirs from here; for mypy they are the same.
"""

from __future__ import annotations

from trackio_view.light_typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    def NamedTuple() -> None:  # noqa: N802 - it stands for a class
        """Stand in a class statement as `typing.NamedTuple` does; it is no class to call."""

    class _MadeFromStatement(type):
        """Turns a class statement with annotated fields into a named tuple of `collections`."""

        def __new__(cls, name: str, _: tuple[type, ...], namespace: dict[str, Any]) -> type:
            types = namespace.pop("__annotations__", {})
            defaults = [namespace.pop(field) for field in types if field in namespace]
            module, _ = namespace.pop("__module__"), namespace.pop("__qualname__")
            made = namedtuple(name, types, defaults=defaults, module=module)
            made.__annotations__ = types
            for attribute, value in namespace.items():
                setattr(made, attribute, value)
            return made

    _stand_in = type.__new__(_MadeFromStatement, "NamedTuple", (), {})
    NamedTuple.__mro_entries__ = lambda _: (_stand_in,)
