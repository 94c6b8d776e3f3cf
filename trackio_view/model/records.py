"""Data classes at a price that a command of 60 ms can pay.

`dataclasses` imports `inspect` and compiles six methods for every class, which made up a third of
the time of `--once`. This is the part of it that its modules use: they import `dataclass` and
`field` from here, and everything else may take the standard ones. Type checkers are shown the
standard ones, whose `fields`, `replace` and `asdict` work on these classes, too.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
else:
    _MISSING = object()

    class _Field:
        """How a field differs from a plain one."""

        __slots__ = ("compare", "default", "default_factory", "repr")

        def __init__(self, default, default_factory, repr, compare):
            self.default = default
            self.default_factory = default_factory
            self.repr = repr
            self.compare = compare

    def field(*, default=_MISSING, default_factory=_MISSING, repr=True, compare=True):
        """Return what says of a field what `dataclasses.field` would."""
        return _Field(default, default_factory, repr, compare)

    def dataclass(cls=None, *, frozen=False, slots=False, eq=True):
        """Return the class with the methods that `dataclasses.dataclass` would give it.

        Fields without a default come first; those of base classes are not looked at.
        """
        if cls is None:
            return lambda decorated: _finished(decorated, frozen, slots, eq)
        return _finished(cls, frozen, slots, eq)

    def _finished(cls, frozen, slots, eq):
        fields = {}
        for name, annotation in cls.__annotations__.items():
            if not str(annotation).startswith("ClassVar"):
                found = cls.__dict__.get(name, _MISSING)
                fields[name] = (
                    found if isinstance(found, _Field) else _Field(found, _MISSING, True, True)
                )
        namespace = dict(cls.__dict__)
        namespace["__init__"] = _initializer(cls, fields, frozen)
        namespace["_record_fields"] = fields
        namespace["__dataclass_fields__"] = _StandardFields()
        namespace.setdefault("__match_args__", tuple(fields))
        shown = [name for name, found in fields.items() if found.repr]
        namespace.setdefault("__repr__", _representation(shown))
        if eq and "__eq__" not in namespace:
            compared = [name for name, found in fields.items() if found.compare]
            namespace["__eq__"], hashing = _comparison(compared)
            namespace["__hash__"] = hashing if frozen else None
        if frozen:
            namespace["__setattr__"] = namespace["__delattr__"] = _refuse
        for name, found in fields.items():
            if found.default is _MISSING or slots:
                namespace.pop(name, None)
            else:
                namespace[name] = found.default
        for name in ("__dict__", "__weakref__"):
            namespace.pop(name, None)
        if slots:
            namespace["__slots__"] = tuple(fields)
        made = type(cls)(cls.__name__, cls.__bases__, namespace)
        made.__qualname__ = cls.__qualname__
        return made

    def _initializer(cls, fields, frozen):
        known = {"_absent": _MISSING, "_set": object.__setattr__}
        parameters, lines = ["self"], []
        for name, found in fields.items():
            value = name
            if found.default_factory is not _MISSING:
                known[f"_make_{name}"] = found.default_factory
                parameters.append(f"{name}=_absent")
                value = f"_make_{name}() if {name} is _absent else {name}"
            elif found.default is not _MISSING:
                known[f"_default_{name}"] = found.default
                parameters.append(f"{name}=_default_{name}")
            else:
                parameters.append(name)
            lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            lines.append("self.__post_init__()")
        body = "\n ".join(lines) or "pass"
        exec(f"def __init__({', '.join(parameters)}):\n {body}", known)
        made = known["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        made.__module__ = cls.__module__
        made.__annotations__ = {name: cls.__annotations__[name] for name in fields}
        made.__annotations__["return"] = None
        return made

    def _representation(names):
        def __repr__(self):  # noqa: N807
            shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
            return f"{type(self).__qualname__}({shown})"

        return __repr__

    def _comparison(names):
        values = attrgetter(*names) if names else lambda record: ()

        def __eq__(self, other):  # noqa: N807
            if other.__class__ is not self.__class__:
                return NotImplemented
            return values(self) == values(other)

        def __hash__(self):  # noqa: N807
            return hash(values(self))

        return __eq__, __hash__

    def _refuse(self, name, value=None):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    class _StandardFields:
        """The fields as `dataclasses` describes them, made when something asks for them."""

        def __get__(self, instance, owner):
            import dataclasses

            annotations = owner.__annotations__
            namespace = {name: annotations[name] for name in owner._record_fields}
            described = {"__annotations__": namespace, "__module__": owner.__module__}
            for name, found in owner._record_fields.items():
                options = {"repr": found.repr, "compare": found.compare}
                if found.default_factory is not _MISSING:
                    options["default_factory"] = found.default_factory
                elif found.default is not _MISSING:
                    options["default"] = found.default
                described[name] = dataclasses.field(**options)
            standard = dataclasses.dataclass(type(owner.__name__, (), described))
            owner.__dataclass_fields__ = standard.__dataclass_fields__
            return owner.__dataclass_fields__
