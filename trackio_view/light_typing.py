"""What rooms that `--once` loads take of `typing`, which costs a start 3 ms.

Only mypy asks what these names mean, and for mypy they are those of `typing`. As the program runs
they stand in annotations, which nobody evaluates, and below classes that inherit nothing. Named
tuples alone are made: `typing.NamedTuple` compiles the type of each field, and the first call of
`compile` in a process alone takes 3 ms.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any as Any
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
    from typing import Protocol as Protocol
    from typing import TextIO as TextIO
    from typing import TypeAlias as TypeAlias
    from typing import overload as overload
else:
    from collections import namedtuple

    Any = NoReturn = Protocol = TextIO = TypeAlias = object

    def overload(signature: object) -> object:
        """Return a signature that only mypy reads."""
        return signature

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
