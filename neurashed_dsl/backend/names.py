"""Python names for the arrays of a system: the model's own where they can be, so that a kernel reads like the model."""

import keyword
import re
from collections.abc import Iterable

RESERVED = {
    "math",
    "np",
    "njit",
    "inf",
    "nan",
    "step",
    "start",
    "stop",
    "final",
    "range",
    "float",
    "int",
    "abs",
    "min",
    "max",
    "rng",
}


def python_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """One identifier for each name, all different."""
    used = {*RESERVED, *taken}
    found: dict[str, str] = {}
    for name in names:
        stem = re.sub(r"\W+", "_", name) or "x"
        stem = f"_{stem}" if stem[0].isdigit() else stem
        candidate, n = stem, 1
        while candidate in used or keyword.iskeyword(candidate):
            n += 1
            candidate = f"{stem}_{n}"
        used.add(candidate)
        found[name] = candidate
    return found
