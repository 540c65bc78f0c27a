# mypy: ignore-errors
"""Kernel: evaluate a circuit's gates, bit-parallel in vectors of 8 words. Called by backend.firing alone, as text.

`table` is uint64 [wire, width] flattened, width a multiple of 8; each bit of a vector is one sample. A sum is held in
slices (slice k has bit k of the sum for each sample) and grows by carry-save adders: 8 sources take 35 operations.

Vectors are spelt out, as LLVM finds none in loops over words: for all it knows, the rows of one table overlap (7 times
slower). It splits <8 x i64> to what the machine has. mypy can't follow: intrinsics are called without their context.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic, models, register_model

LANES = 8
NEVER, ANY, ALL, COUNT, WEIGH, TOO_LARGE = 0, 2, 4, 6, 8, 10  # + 1: the opposite
UNLIMITED = 2**62
VECTOR = ir.VectorType(ir.IntType(64), LANES)
U = np.uint64
eight = U(8)

entry = njit(cache=True, nogil=True, error_model="numpy")
inlined = njit(forceinline=True, error_model="numpy")


class Lanes(types.Type):
    """Eight words at once: 512 samples."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes = Lanes()


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


@intrinsic
def data(typing: Any, array: Any) -> Any:
    """Where an array's elements lie. Pointers are passed on without counting references (250 ns for a gate)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), generate


@intrinsic
def load(typing: Any, words: Any, index: Any) -> Any:
    """words[index : index + 8]."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(builder.bitcast(builder.gep(args[0], [args[1]]), VECTOR.as_pointer()), align=8)

    return lanes(words, types.uint64), generate


@intrinsic
def store(typing: Any, words: Any, index: Any, value: Any) -> Any:
    """words[index : index + 8] = value."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], builder.bitcast(builder.gep(args[0], [args[1]]), VECTOR.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(words, types.uint64, lanes), generate


@intrinsic
def fill(typing: Any, word: Any) -> Any:
    """One word in all lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = ir.Constant(VECTOR, ir.Undefined)
        for lane in range(LANES):
            value = builder.insert_element(value, args[0], ir.Constant(ir.IntType(32), lane))
        return value

    return lanes(types.uint64), generate


def operation(name: str) -> Any:
    @intrinsic
    def apply(typing: Any, a: Any, b: Any) -> Any:
        return lanes(lanes, lanes), lambda context, builder, signature, args: getattr(builder, name)(*args)

    return apply


both, either, differ = operation("and_"), operation("or_"), operation("xor")


@inlined
def add(a, b, c):
    """The two slices of a + b + c."""
    half = differ(a, b)
    return differ(half, c), either(both(a, b), both(half, c))


@inlined
def carry_on(slices, first, depth, carry):
    """Add a slice of weight 2^first to a count held in memory."""
    for k in range(first, depth):
        old = load(slices, U(k) * eight)
        store(slices, U(k) * eight, differ(old, carry))
        carry = both(old, carry)


@inlined
def row(table, width, sources, e, word):
    """The samples in which edge e's source fires."""
    return load(table, U(sources[e]) * width + word)


@inlined
def count(table, width, sources, begin, end, word, slices, depth):
    """How many sources fire, into `slices`; its first three stay in registers meanwhile."""
    ones = twos = fours = fill(U(0))
    for k in range(3, depth):
        store(slices, U(k) * eight, ones)
    e = begin
    while e + eight <= end:
        ones, a = add(ones, row(table, width, sources, e, word), row(table, width, sources, e + U(1), word))
        ones, b = add(ones, row(table, width, sources, e + U(2), word), row(table, width, sources, e + U(3), word))
        twos, c = add(twos, a, b)
        ones, a = add(ones, row(table, width, sources, e + U(4), word), row(table, width, sources, e + U(5), word))
        ones, b = add(ones, row(table, width, sources, e + U(6), word), row(table, width, sources, e + U(7), word))
        twos, a = add(twos, a, b)
        fours, a = add(fours, c, a)
        carry_on(slices, 3, depth, a)
        e += eight
    while e < end:
        b = row(table, width, sources, e + U(1), word) if e + U(1) < end else fill(U(0))
        ones, a = add(ones, row(table, width, sources, e, word), b)
        twos, a = add(twos, a, fill(U(0)))
        fours, a = add(fours, a, fill(U(0)))
        carry_on(slices, 3, depth, a)
        e += U(2)
    store(slices, U(0), ones)
    store(slices, eight, twos)
    store(slices, U(2) * eight, fours)


@inlined
def weigh(table, width, sources, weights, begin, end, word, slices, depth):
    """The sum of |weight| over the sources that fire, or for a negative weight don't, into `slices`."""
    for k in range(depth):
        store(slices, U(k) * eight, fill(U(0)))
    for e in range(begin, end):
        weight = weights[e]
        fires = row(table, width, sources, e, word)
        if weight < 0:
            weight = -weight
            fires = differ(fires, fill(~U(0)))
        k = 0
        while weight > 0:
            if weight & 1:
                carry_on(slices, k, depth, fires)
            weight >>= 1
            k += 1


@inlined
def reaches(slices, depth, need):
    """Where the sum is `need` or more, need >= 0. From the lowest slice up; a tie in those below counts as reached."""
    reached = fill(~U(0))
    for k in range(depth):
        digit = load(slices, U(k) * eight)
        reached = both(reached, digit) if (need >> k) & 1 else either(reached, digit)
    return reached


@inlined
def joined(table, width, sources, begin, end, word, every):
    """Where every source fires, or any."""
    if every:
        fires = fill(~U(0))
        for e in range(begin, end):
            fires = both(fires, row(table, width, sources, e, word))
    else:
        fires = fill(U(0))
        for e in range(begin, end):
            fires = either(fires, row(table, width, sources, e, word))
    return fires


@entry
def classify(offsets, weights, low, high, kind, need, limit, depth):
    """Fill kind, need <= sum <= limit (of |weights|, so from 0) and the number of slices, for each gate."""
    for g in range(kind.size):
        up, down, rough, unit = 0, 0, 0.0, True
        for e in range(offsets[g], offsets[g + 1]):
            weight = weights[e]
            unit &= weight == 1
            rough += abs(float(weight))
            if weight > 0:
                up += weight
            else:
                down -= weight
        total = up + down
        need[g] = 0 if low[g] <= -down else total + 1 if low[g] > up else low[g] + down
        limit[g] = -1 if high[g] < -down else total if high[g] >= up else high[g] + down
        kind[g] = kind_of(need[g], limit[g], total, unit) if rough < 2.0**62 else TOO_LARGE
        if limit[g] == total:
            limit[g] = UNLIMITED
        depth[g] = 3 if unit else 1
        while total >> depth[g] > 0 and depth[g] < 63:
            depth[g] += 1


@inlined
def kind_of(need, limit, total, unit):
    if need > limit:
        return NEVER
    if need == 0 and limit == total:
        return NEVER + 1
    if not unit:
        return WEIGH
    if limit == total:
        return ANY if need == 1 else ALL if need == total else COUNT
    if need == 0:
        return ANY + 1 if limit == 0 else ALL + 1 if limit == total - 1 else COUNT
    return COUNT


@inlined
def fires_where(table, width, sources, weights, begin, end, word, kind, need, limit, depth, slices):
    """The samples in which a gate fires."""
    fires = fill(U(0))
    if kind < COUNT:
        if kind >= ANY:
            fires = joined(table, width, sources, begin, end, word, kind >= ALL)
        return differ(fires, fill(~U(0))) if kind & 1 else fires
    if kind == COUNT:
        count(table, width, sources, begin, end, word, slices, depth)
    else:
        weigh(table, width, sources, weights, begin, end, word, slices, depth)
    fires = reaches(slices, depth, need)
    if limit != UNLIMITED:
        fires = both(fires, differ(reaches(slices, depth, limit + 1), fill(~U(0))))
    return fires


@entry
def fire(table, width, first, last, valid, target, offsets, sources, weights, kind, need, limit, depth):
    """Set the words first..last-1 of each target's row; `valid` [width] masks the samples that are."""
    room = np.zeros(64 * LANES, np.uint64)
    slices, words, wires, factors, mask = data(room), data(table), data(sources), data(weights), data(valid)
    for g in range(target.size):
        begin, end = U(offsets[g]), U(offsets[g + 1])
        how = kind[g], need[g], limit[g], depth[g], slices
        for word in range(U(first), U(last), eight):
            fires = fires_where(words, width, wires, factors, begin, end, word, *how)
            store(words, U(target[g]) * width + word, both(fires, load(mask, word)))
