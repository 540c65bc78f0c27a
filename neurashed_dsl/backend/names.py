"""Python names for the arrays of a system: the model's own where they can be, so that a kernel reads like the model."""

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from neurashed_dsl.backend import ziggurat
from neurashed_dsl.ir import scalar
from neurashed_dsl.ir.expr import Whole
from neurashed_dsl.ir.kinds import array_kinds
from neurashed_dsl.ir.system import Let, System

LANE = "lane"
RESERVED = {
    *"math np njit inf nan step start stop final range float int abs min max rng due sound".split(),
    *"lane LANES Decimal localcontext bits margin calm z u at members filling".split(),
}


@dataclass(frozen=True)
class Names:
    """What kernels call everything, how each kind of array is read, and, with lanes, which arrays differ from one to the next."""

    text: Mapping[str, str]
    sizes: Mapping[str, str]
    lengths: Mapping[str, int]  # what the sizes are
    rows: Mapping[str, tuple[str, str]]
    kinds: Mapping[str, str]
    given: frozenset[str]  # parameters
    numbers: frozenset[str]  # have no dimension at all
    packed: frozenset[str]
    presented: frozenset[str]
    full: frozenset[str]  # cover their axes
    varying: frozenset[str]
    lanes: int

    def access(self, array: str, index: list[str]) -> str:
        """The text of an element."""
        text = self.text[array]
        if array in self.numbers:
            return text
        if array in self.packed:
            s, n = index
            return f"(({text}[{n}, {s} >> 6] >> np.uint64({s} & 63)) & np.uint64(1) != 0)"
        if array in self.presented:
            return f"{text}[step - start, {', '.join(index)}]"
        return self.element(text, index, array in self.varying)

    def element(self, text: str, index: list[str], varies: bool) -> str:
        return f"{text}[{', '.join([*(index or ['0']), *([LANE] if varies else [])])}]"


def names_of(system: System, varying: frozenset[str] = frozenset(), lanes: int = 0) -> Names:
    """Names for a system; `varying` is what lanes don't share."""
    relations = {**system.relations, **{t.name: t for t in system.tabulated}}
    lets = lets_of(system)
    keys = [*system.parameters, *system.tables, *system.slots, *system.draws, *system.probes, *(x.name for x in lets)]
    keys += [f"size {a}" for a in system.axes] + [f"{x} {r}" for r in relations for x in ("offsets", "members")]
    keys += [f"record {r.name}" for r in system.records]
    keys += [f"{x} {s}" for s in system.slots for x in ("buffer", "flat", "flat buffer")]
    keys += [f"rng {d}" for d in system.draws]
    text = python_names([*keys, *(t.name for t in system.tabulated)], taken={*vars(scalar), *vars(ziggurat)})
    whole = [x.name for x in lets if all(isinstance(b.domain, Whole) for b in x.binders)]
    return Names(
        text,
        {a: text[f"size {a}"] for a in system.axes},
        {a.name: a.size for a in system.axes.values()},
        {r: (text[f"offsets {r}"], text[f"members {r}"]) for r in relations},
        array_kinds(system),
        frozenset(system.parameters),
        frozenset({*system.parameters, *(x.name for x in lets if not x.binders)} - varying),
        frozenset(t.name for t in system.tables.values() if t.packed),
        frozenset(d.name for d in system.draws.values() if d.distribution == "presentation"),
        frozenset({*system.parameters, *system.slots, *system.draws, *system.tables, *whole}),
        varying,
        lanes,
    )


def lets_of(system: System) -> tuple[Let, ...]:
    return (*system.hoisted, *system.lets, *system.late)


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
