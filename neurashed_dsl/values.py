"""Dataclasses that are cheap to declare.

`dataclass(frozen=True)` compiles four to seven methods for each class, 0.7 ms: a hundred classes were a third of the time
that `nshed check` takes. These share theirs. For a type checker, and for `dataclasses.fields` and `replace`, they are dataclasses.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A class of data that nobody changes. Two values are the same only if they are one object."""
    return _sharing(dataclass(eq=False, repr=False, init=False)(_worded(cls)))


@dataclass_transform(eq_default=False, frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def named(cls: type[T]) -> type[T]:
    """As `frozen`; all fields are given by name, so that subclasses may add some without a default."""
    return _sharing(dataclass(eq=False, repr=False, init=False, match_args=False)(_worded(cls)), positional=False)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def changing(cls: type[T]) -> type[T]:
    """As `frozen`, for what is filled on the way: its fields may be set."""
    return _sharing(dataclass(eq=False, repr=False, init=False)(_worded(cls)), frozen=False)


@dataclass_transform(eq_default=True, frozen_default=True, field_specifiers=(field,))
def equal(cls: type[T]) -> type[T]:
    """Small values, made by the thousand, that are the same if their fields are (those with `compare`)."""
    made: Any = dataclass(eq=False, repr=False, slots=True)(_worded(cls))
    compared = [f.name for f in fields(made) if f.compare]
    made.__repr__ = _shown
    if "__eq__" not in vars(made):
        made.__eq__, made.__hash__ = _comparing(made, attrgetter(*compared))
    return made  # type: ignore[no-any-return]


def _worded(cls: type[T]) -> type[T]:
    # Where there is no docstring `dataclass` makes one of the signature, which costs more than all else it does.
    cls.__doc__ = cls.__doc__ or cls.__name__
    return cls


def _sharing(made: type[T], *, positional: bool = True, frozen: bool = True) -> type[T]:
    shared: Any = made
    known = fields(shared)
    shared._names = tuple(f.name for f in known)
    shared._known = frozenset(shared._names)
    shared._positional = shared._names if positional else ()
    shared._wanted = frozenset(f.name for f in known if f.default is MISSING and f.default_factory is MISSING)
    shared._given = {f.name: f.default for f in known if f.default is not MISSING}
    shared._made = tuple((f.name, f.default_factory) for f in known if f.default_factory is not MISSING)
    shared.__init__ = _begin
    if frozen:
        shared.__setattr__ = _refuse
    if "__repr__" not in vars(made):
        shared.__repr__ = _shown
    return made


def _begin(self: Any, /, *args: object, **values: object) -> None:
    if args:
        if len(args) > len(self._positional) or not values.keys().isdisjoint(self._positional[: len(args)]):
            raise TypeError(_wrong(self, args, values))
        values.update(zip(self._positional, args))
    if not self._wanted <= values.keys() or not values.keys() <= self._known:
        raise TypeError(_wrong(self, args, values))
    for name, make in self._made:
        if name not in values:
            values[name] = make()
    self.__dict__.update(self._given)
    self.__dict__.update(values)


def _wrong(self: Any, args: tuple[object, ...], values: dict[str, object]) -> str:
    return f"{type(self).__name__} takes {', '.join(self._names)}, not {len(args)} values and {sorted(values)}"


def _refuse(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to {name}")


def _shown(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{type(self).__name__}({shown})"


def _comparing(made: type, key: Callable[[Any], object]) -> tuple[Callable[[Any, object], bool], Callable[[Any], int]]:
    def eq(self: Any, other: object) -> bool:
        return self is other or (type(other) is made and key(self) == key(other))

    def hashed(self: Any) -> int:
        return hash(key(self))

    return eq, hashed
