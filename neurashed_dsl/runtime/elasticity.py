"""Local elasticity (facts/neurashed.md): a measure that must step the model to see what it does.

LE(x, x′) = ‖Z(x′, w⁺) − Z(x′, w)‖ / ‖Z(x, w⁺) − Z(x, w)‖ with w⁺ after one step on x alone. Where logits are held as logarithms, the
ratio is exact at any size; those that may be below 0 are held as they are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.backend.kernel import call
from neurashed_dsl.ir.system import Probe
from neurashed_dsl.runtime.bind import Arrays, Built, argument, scratch_of
from neurashed_dsl.runtime.streams import go_back, handed, place_in

ROOM = 4_000_000  # numbers that are worked on at a time
Values = npt.NDArray[np.float64]


class Stepper:
    """Steps copies of a state on single samples. `built` records the logits, as they are held, at the end of a step."""

    def __init__(self, built: Built, labels: npt.NDArray[np.int64], classes: int, logarithms: bool) -> None:
        self.built = built
        self.logarithms = logarithms
        self.labels = labels
        self.classes = classes

    def measure(
        self, probes: Mapping[str, Probe], slots: Mapping[str, npt.NDArray[Any]], step: int
    ) -> dict[str, Values]:
        """All probes of one state, by name: they share its steps."""
        if not probes:
            return {}
        found: dict[str, list[Values]] = {name: [] for name in probes}
        logits = self._logits(slots, step)
        before = next(logits)
        samples = np.arange(len(self.labels))
        size = max(1, ROOM // before.size)
        for block in (samples[i : i + size] for i in range(0, len(samples), size)):
            change, sign = self._changes(before, np.array([next(logits).copy() for _ in block]))
            norms = _norm(change)
            for name, probe in probes.items():
                found[name].append(_elasticity(norms, change, sign, self._sizes(before), block, probe.options))
        return {name: self._grouped(np.concatenate(parts), probes[name]) for name, parts in found.items()}

    def _changes(self, before: Values, after: Values) -> tuple[Values, Values]:
        """log |Z⁺ − Z| and its sign."""
        if self.logarithms:
            return _change(before, after)
        with np.errstate(divide="ignore"):
            return np.log(np.abs(after - before)), np.sign(after - before)

    def _sizes(self, logits: Values) -> Values:
        """log |Z|."""
        with np.errstate(divide="ignore"):
            return logits if self.logarithms else np.log(np.abs(logits))

    def _grouped(self, found: Values, probe: Probe) -> Values:
        if probe.options.get("by") != "class":
            return found
        with np.errstate(invalid="ignore"):
            return np.array([found[self.labels == k].mean(axis=0) for k in range(self.classes)])

    def _logits(self, slots: Mapping[str, npt.NDArray[Any]], step: int) -> Iterator[Values]:
        """Z[sample, class], as it is held, in this state; then after one step from it on each sample in turn. The array is the same each time."""
        system = self.built.system
        start = {n: slots[n] if n in slots else np.full(_shape(n, system), step, np.int64) for n in system.slots}
        arrays = Arrays({n: s.copy() for n, s in start.items()}, scratch_of(self.built))
        arrays.draws = {d.name: np.zeros(tuple(system.axes[a].size for a in d.axes)) for d in system.draws.values()}
        batch = np.zeros((2, 1), np.int64)
        arrays.batches = {d.name: batch for d in system.draws.values() if d.distribution == "presentation"}
        drawn = [d for d in system.draws.values() if d.name not in arrays.batches]
        arrays.rngs = {d.name: handed(d, np.random.SFC64(step)) for d in drawn}
        places = {name: place_in(rng) for name, rng in arrays.rngs.items()}
        arrays.at, arrays.due = [np.array([step, -1], np.int64)], np.zeros(1, np.int64)
        (record,) = system.records
        out = np.empty((1, len(self.labels), self.classes))
        arrays.outs = {record.name: out}
        bound = [argument(a, self.built, arrays) for a in self.built.kernel.functions["advance"]]
        call(self.built.module.advance, step, step, 1, *bound)
        yield out[0].copy()
        arrays.at[0][0] = step + 1
        for x in range(len(self.labels)):
            for name, value in start.items():
                arrays.slots[name][...] = value
            for name, place in places.items():
                go_back(arrays.rngs[name], place)
            arrays.due[0], batch[:] = 0, x
            call(self.built.module.advance, step, step + 1, 1, *bound)
            yield out[0]


def _elasticity(
    norms: Values,
    change: Values,
    sign: Values,
    before: Values,
    block: npt.NDArray[np.int64],
    options: Mapping[str, Any],
) -> Values:
    """LE(x, x′) for the x of a block, from the logarithms of the changes, of their norms, and of the logits before."""
    with np.errstate(invalid="ignore", over="ignore"):
        scale = _norm(before) if options.get("relative") else norms[np.arange(len(block)), block][:, None]
        found = np.asarray(np.exp(norms - scale))
    if options.get("signed"):
        # The direction in which the logits of x′ move on the whole, in units of the largest change.
        top = change.max(axis=-1, keepdims=True)
        found = found * np.sign((sign * np.exp(change - np.where(np.isfinite(top), top, 0.0))).sum(axis=-1))
    return found


def _shape(slot: str, system: Any) -> tuple[int, ...]:
    return tuple(system.axes[a].size for a in system.slots[slot].axes)


def _change(before: Values, after: Values) -> tuple[Values, Values]:
    """log |Z⁺ − Z| and its sign."""
    high, low = np.maximum(before, after), np.minimum(before, after)
    same = high == low
    # Differences of equal logarithms, of two zeros (-inf) among them, are never taken.
    gap = np.subtract(low, high, out=np.zeros_like(high), where=~same)
    size = np.add(
        high, np.log(-np.expm1(gap), out=np.zeros_like(high), where=~same), out=np.full_like(high, -np.inf), where=~same
    )
    return size, np.where(same, 0.0, np.where(after > before, 1.0, -1.0))


def _norm(logs: Values) -> Values:
    """log of the Euclidean norm over the last axis."""
    top = logs.max(axis=-1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(safe + 0.5 * np.log(np.exp(2.0 * (logs - safe[..., None])).sum(axis=-1)))
