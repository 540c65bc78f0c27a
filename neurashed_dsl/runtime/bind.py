"""A kernel's arguments, from a system's tables and one replicate's arrays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.backend.kernel import call, load
from neurashed_dsl.backend.write import Argument, Kernel, write_kernel
from neurashed_dsl.ir.evaluate import MEMORY, Memory, closure
from neurashed_dsl.ir.expr import Binder, Range, Row, Whole
from neurashed_dsl.ir.system import Let, Relation, System

DTYPES = {"int": np.int64, "bool": np.bool_}


@dataclass(frozen=True, eq=False)
class Built:
    """A system with its kernel, loaded, and the relations that were tabulated for it. Shared by all replicates."""

    system: System
    kernel: Kernel
    module: Any
    relations: dict[str, Relation]


@dataclass(eq=False)
class Arrays:
    """What one replicate has for itself."""

    slots: dict[str, npt.NDArray[Any]]
    scratch: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    batches: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    draws: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    rngs: dict[str, np.random.Generator] = field(default_factory=dict)
    probes: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    outs: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    at: list[npt.NDArray[np.int64]] = field(default_factory=list)
    due: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def build(system: System) -> Built:
    """Write and load the kernel, tabulate the relations. The system has been through all passes."""
    kernel = write_kernel(system)
    module = load(kernel.source, system.name)
    built = Built(system, kernel, module, dict(system.relations))
    scratch = scratch_of(system)
    names = [name for name in kernel.functions if name.startswith("tabulate_")]
    for table, name in zip(system.tabulated, names):
        values = [argument(a, built, Arrays({}, scratch)) for a in kernel.functions[name]]
        offsets, members = call(getattr(module, name), *values)
        built.relations[table.name] = Relation(table.name, table.source, table.target, offsets, members)
    return built


def scratch_of(system: System) -> dict[str, npt.NDArray[Any]]:
    """Room for the lets that have axes."""
    return {
        let.name: np.zeros(shape_of(let, system), DTYPES.get(let.kind, np.float64))
        for let in lets_of(system)
        if let.binders
    }


def lets_of(system: System) -> tuple[Let, ...]:
    return (*system.hoisted, *system.lets, *system.late)


def shape_of(let: Let, system: System) -> tuple[int, ...]:
    """A let's array holds absolute positions, so a range of an axis takes up to its end."""
    return tuple(extent(b, system) for b in let.binders)


def extent(b: Binder, system: System) -> int:
    match b.domain:
        case Whole(axis):
            return system.axes[axis].size
        case Range(_, high, _):
            return int(closure(high)({MEMORY: Memory(system)}))
        case Row(relation, _):
            return system.axes[system.relations[relation].target].size


def argument(a: Argument, built: Built, arrays: Arrays) -> Any:
    """The value of one argument of a kernel."""
    name, system = a.name, built.system
    found: dict[str, Callable[[], Any]] = {
        "parameter": lambda: system.parameters[name],
        "table": lambda: system.tables[name].data,
        "slot": lambda: arrays.slots[name],
        "buffer": lambda: arrays.scratch.setdefault(f"buffer {name}", np.empty_like(arrays.slots[name])),
        "let": lambda: arrays.scratch[name],
        "draw": lambda: arrays.batches[name] if name in arrays.batches else arrays.draws[name],
        "rng": lambda: arrays.rngs[name],
        "probe": lambda: arrays.probes[name],
        "size": lambda: system.axes[name].size,
        "offsets": lambda: built.relations[name].offsets,
        "members": lambda: built.relations[name].members,
        "out": lambda: arrays.outs[name],
        "at": lambda: arrays.at[int(name)],
        "due": lambda: arrays.due,
    }
    return found[a.role]()


def run_kernel(built: Built, name: str, first: tuple[int, ...], arrays: Arrays) -> Any:
    values = [argument(a, built, arrays) for a in built.kernel.functions[name]]
    return call(getattr(built.module, name), *first, *values)
