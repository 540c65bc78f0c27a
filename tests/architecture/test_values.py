"""`frozen`, `named`, `changing` and `equal` make what `dataclass` makes: the oracle is `dataclass(frozen=True)` itself."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from neurashed_dsl.values import changing, equal, frozen, named


@frozen
class Ours:
    """A value."""

    a: int
    b: str = "b"
    c: list[int] = field(default_factory=list)
    d: int = field(default=0, repr=False)


@dataclass(frozen=True, eq=False)
class Theirs:
    """A value."""

    a: int
    b: str = "b"
    c: list[int] = field(default_factory=list)
    d: int = field(default=0, repr=False)


@named
class Base:
    a: int = field(default=1, repr=False)


@named
class Derived(Base):
    b: str


@changing
class Notes:
    a: int
    c: list[int] = field(default_factory=list)


@equal
class Point:
    x: int
    y: int = 2
    where: str = field(default="", compare=False, repr=False)


CALLS = [
    ((1,), {}),
    ((1, "x", [3], 4), {}),
    ((), {"a": 1, "c": [2]}),
    ((1,), {"d": 5}),
    ((), {}),
    ((1,), {"a": 2}),
    ((1, "x", [], 4, 5), {}),
    ((1,), {"e": 2}),
]


@pytest.mark.parametrize(("args", "values"), CALLS, ids=str)
def test_it_takes_what_a_dataclass_takes(args, values) -> None:
    try:
        wanted = Theirs(*args, **values)
    except TypeError:
        with pytest.raises(TypeError, match="Ours takes a, b, c, d"):
            Ours(*args, **values)
        return
    found = Ours(*args, **values)
    assert [getattr(found, f.name) for f in fields(found)] == [getattr(wanted, f.name) for f in fields(wanted)]
    assert repr(found).replace("Ours", "Theirs") == repr(wanted)


def test_a_default_is_made_for_each() -> None:
    assert Ours(1).c is not Ours(1).c


@pytest.mark.parametrize("value", [Ours(1), Derived(b="x")], ids=str)
def test_nobody_changes_one_and_it_equals_only_itself(value) -> None:
    with pytest.raises(FrozenInstanceError):
        value.a = 2
    assert value == value
    assert value != replace(value)
    assert repr(pickle.loads(pickle.dumps(value))) == repr(copy.copy(value)) == repr(value)
    assert replace(value, a=7).a == 7
    match value:
        case Ours(a, b) | Derived(a=a, b=b):
            assert (a, b) == (value.a, value.b)


def test_what_changes_is_one_object() -> None:
    notes = Notes(1)
    notes.a = 2
    notes.c.append(3)
    assert repr(notes) == "Notes(a=2, c=[3])"
    assert notes == notes != Notes(2, [3])
    assert replace(notes, a=4).c is notes.c


def test_named_fields_are_given_by_name() -> None:
    assert (Derived(b="x").a, Derived(b="x", a=3).a) == (1, 3)
    with pytest.raises(TypeError):
        Derived("x")
    with pytest.raises(TypeError):
        Derived(a=1)


def test_equal_values_are_one_key() -> None:
    assert Point(1) == Point(1, 2, "elsewhere") != Point(1, 3)
    assert {Point(1): "found"}[Point(1, where="here")] == "found"
    assert Point(1) != (1, 2)
    assert repr(Point(1)) == "Point(x=1, y=2)"
