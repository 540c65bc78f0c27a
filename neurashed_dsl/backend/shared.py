"""Functions that many kernels call: those of `scalar`, and the pieces of which numbers are drawn.

A kernel's text carries theirs, as it is shown; as it is loaded, each stands in a module of its own, so that a machine compiles it once
and not with each kernel.
"""

import dis
import inspect
from collections.abc import Iterable
from functools import cache
from typing import Any

from neurashed_dsl.backend import ziggurat
from neurashed_dsl.ir import scalar
from neurashed_dsl.values import frozen

IMPORTS = "import math\n\nimport numpy as np\nfrom numba import njit\n"
HEAD = f"{IMPORTS}\ninf = math.inf\nnan = math.nan\n"
DECIMAL = "from decimal import Decimal, localcontext\n"
TABLES = ("WIDTHS", "LIMITS", "HEIGHTS")


@frozen
class Shared:
    """A module: what it defines, its text, what the text imports beside what every kernel does, and the modules that it needs."""

    names: tuple[str, ...]
    text: str
    imports: str = ""
    needs: tuple["Shared", ...] = ()

    @property
    def module(self) -> str:
        """The module's own text, but for the imports of what it needs."""
        return f"{self.imports}{HEAD}\n\n{self.text}\n"


@cache
def shared(name: str) -> Shared:
    """A function of `scalar` or `ziggurat`, or the ziggurat's tables."""
    if name in TABLES:
        return _tables()
    home: Any = scalar if hasattr(scalar, name) else ziggurat
    function = getattr(home, name)
    read = dict.fromkeys(i.argval for i in dis.get_instructions(function) if i.opname == "LOAD_GLOBAL")
    needs = [shared(n) for n in read if n in TABLES or inspect.isfunction(getattr(home, n, None))]
    text = f'@njit(cache=True, error_model="numpy")\n{_source(function)}'
    return Shared((name,), text, needs=tuple(dict.fromkeys(needs)))


@cache
def _tables() -> Shared:
    return Shared(TABLES, f"{_source(ziggurat.ziggurat)}\n\n\n{ziggurat.CONSTANTS}", DECIMAL)


def _source(function: Any) -> str:
    return inspect.getsource(function).rstrip()


def with_needed(modules: Iterable[Shared]) -> tuple[Shared, ...]:
    """They and what they need, each once, what is needed first."""
    found: dict[Shared, None] = {}
    for one in modules:
        found |= dict.fromkeys([*with_needed(one.needs), one])
    return tuple(found)
