"""A kernel's arguments, from a system's tables and one replicate's arrays."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.backend.kernel import call, load
from neurashed_dsl.backend.names import lets_of
from neurashed_dsl.backend.write import Argument, Kernel, write_kernel
from neurashed_dsl.ir.evaluate import MEMORY, Memory, closure
from neurashed_dsl.ir.expr import Apply, Binder, Range, Row, Whole, walk
from neurashed_dsl.ir.system import Let, Relation, System, expressions
from neurashed_dsl.runtime.tabulate import is_small, tabulated
from neurashed_dsl.values import frozen

DTYPES = {"int": np.int64, "bool": np.bool_, "bits": np.uint64}
LINE = 64  # bytes of a vector and of a cache line


@frozen
class Built:
    """A system with its kernel, loaded, and the relations that were tabulated for it. Shared by all replicates. `starts`: what works out the
    system's start, if that isn't the evaluator."""

    system: System
    kernel: Kernel
    module: Any
    relations: dict[str, Relation]
    checked: bool = False  # has it an index that is checked in the run?
    starts: "Built | None" = None


@dataclass(eq=False)
class Arrays:
    """What one replicate has for itself, or those that run side by side: each has its lane, the last dimension."""

    slots: dict[str, npt.NDArray[Any]]
    scratch: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    batches: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    draws: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    rngs: dict[str, Any] = field(default_factory=dict)
    probes: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)  # what probes keep from one state to the next
    outs: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    at: list[npt.NDArray[np.int64]] = field(default_factory=list)
    due: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def build(system: System, lanes: bool = False) -> Built:
    """Write and load the kernel, tabulate the relations. The system has been through all passes; `lanes` for replicates side by side."""
    kernel = write_kernel(system, lanes)
    module = load(kernel.own, f"{system.name}_lanes" if lanes else system.name, kernel.shared)
    checked = any(isinstance(x, Apply) and x.op == "within" for e in expressions(system) for x in walk(e))
    return _tabulated(Built(system, kernel, module, dict(system.relations), checked))


def _tabulated(built: Built) -> Built:
    scratch = scratch_of(built)
    names = [name for name in built.kernel.functions if name.startswith("tabulate_")]
    for table, name in zip(built.system.tabulated, names):
        if is_small(table, built.system):
            built.relations[table.name] = tabulated(table, built.system)
            continue
        values = [argument(a, built, Arrays({}, scratch)) for a in built.kernel.functions[name]]
        offsets = np.zeros(built.system.axes[table.source].size + 1, np.int64)
        call(tabulate := getattr(built.module, name), offsets[1:], np.empty(0, np.uint32), *values)
        offsets = np.cumsum(offsets)
        members = np.empty(offsets[-1], np.uint32)
        if members.size:
            call(tabulate, offsets[:-1].copy(), members, *values)
        built.relations[table.name] = Relation(table.name, table.source, table.target, offsets, members)
    return built


def with_tables(built: Built, data: Mapping[str, npt.NDArray[Any]]) -> Built:
    """The same kernel on other tables, those of them that it reads."""
    system = tables_replaced(built.system, data)
    return _tabulated(replace(built, system=system, relations=dict(system.relations)))


def tables_replaced(system: System, data: Mapping[str, npt.NDArray[Any]]) -> System:
    tables = {n: replace(t, data=data[n]) if n in data else t for n, t in system.tables.items()}
    return replace(system, tables=tables)


def room(shape: tuple[int, ...], dtype: Any = np.float64) -> npt.NDArray[Any]:
    """Zeros that begin where a vector begins."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.zeros(size + LINE, np.uint8)
    first = -raw.ctypes.data % LINE
    whole: npt.NDArray[Any] = raw[first : first + size].view(dtype).reshape(shape)
    return whole


def lanes_of(built: Built, array: str) -> tuple[int, ...]:
    """The last dimension of an array that lanes don't share."""
    return (built.kernel.lanes,) if array in built.kernel.varying else ()


def scratch_of(built: Built) -> dict[str, npt.NDArray[Any]]:
    """Room for the lets that are arrays."""
    found = {}
    for let in lets_of(built.system):
        shape = (*shape_of(let, built.system), *lanes_of(built, let.name))
        if shape:
            found[let.name] = room(shape if let.binders else (1, *shape), DTYPES.get(let.kind, np.float64))
    return found


def draws_of(built: Built) -> dict[str, npt.NDArray[Any]]:
    """Room for the draws that are made in the kernel."""
    system = built.system
    return {
        d.name: room(
            (*(tuple(system.axes[a].size for a in d.axes) or (1,)), *lanes_of(built, d.name)),
            DTYPES.get(d.kind, np.float64),
        )
        for d in system.draws.values()
        if d.distribution != "presentation"
    }


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
    return VALUES[a.role](a, built, arrays)


def _buffer(a: Argument, like: npt.NDArray[Any], arrays: Arrays) -> npt.NDArray[Any]:
    return _kept(arrays, f"buffer {a.name}", like.shape, like.dtype)


def _kept(arrays: Arrays, key: str, shape: tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:
    """Room that is made when it is first asked for."""
    if key not in arrays.scratch:
        arrays.scratch[key] = room(shape, dtype)
    return arrays.scratch[key]


VALUES: Mapping[str, Callable[[Argument, Built, Arrays], Any]] = {
    "parameter": lambda a, built, arrays: built.system.parameters[a.name],
    "table": lambda a, built, arrays: built.system.tables[a.name].data,
    "slot": lambda a, built, arrays: arrays.slots[a.name],
    "buffer": lambda a, built, arrays: _buffer(a, arrays.slots[a.name], arrays),
    "row": lambda a, built, arrays: _kept(arrays, f"row {a.text}", (built.kernel.lanes,), DTYPES.get(a.name, float)),
    "let": lambda a, built, arrays: arrays.scratch[a.name],
    "draw": lambda a, built, arrays: arrays.batches[a.name] if a.name in arrays.batches else arrays.draws[a.name],
    "rng": lambda a, built, arrays: arrays.rngs[a.name],
    "probe": lambda a, built, arrays: arrays.probes[a.name],
    "size": lambda a, built, arrays: built.system.axes[a.name].size,
    "offsets": lambda a, built, arrays: built.relations[a.name].offsets,
    "members": lambda a, built, arrays: built.relations[a.name].members,
    "out": lambda a, built, arrays: arrays.outs[a.name],
    "at": lambda a, built, arrays: arrays.at[int(a.name)],
    "due": lambda a, built, arrays: arrays.due,
}


def run_kernel(built: Built, name: str, first: tuple[int, ...], arrays: Arrays) -> Any:
    values = [argument(a, built, arrays) for a in built.kernel.functions[name]]
    return call(getattr(built.module, name), *first, *values)
