"""Whether two systems are the same but for the values of their parameters: then what passes and kernels make of one holds for the other."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from neurashed_dsl.ir.system import System


def same_but_parameters(a: System, b: System) -> bool:
    """Passes may fold an infinite parameter, and kernels ask for the kind of each: these must be the same, too."""
    kinds = [{n: (type(v), np.isfinite(v)) for n, v in s.parameters.items()} for s in (a, b)]
    return kinds[0] == kinds[1] and all(
        _same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a) if f.name != "parameters"
    )


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    match a:
        case np.ndarray():
            return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
        case Mapping():
            return list(a) == list(b) and all(_same(a[k], b[k]) for k in a)
        case tuple() | list():
            return len(a) == len(b) and all(map(_same, a, b))
        case _ if is_dataclass(a) and type(a).__eq__ is object.__eq__:
            return all(_same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)
