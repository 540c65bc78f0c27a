"""Measures that must step the model to see what it does: local elasticity (facts/neurashed.md).

LE(x, x′) = ‖Z(x′, w⁺) − Z(x′, w)‖ / ‖Z(x, w⁺) − Z(x, w)‖ with w⁺ after one step on x alone. Logits are held as logarithms, so that the
ratio is exact at any size.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.system import Probe
from neurashed_dsl.runtime.bind import Arrays, Built, run_kernel, scratch_of

Values = npt.NDArray[np.float64]


class Prober:
    """Steps copies of a state on single samples. `built` records the logits, as logarithms, at the end of a step."""

    def __init__(self, built: Built, labels: npt.NDArray[np.int64], classes: int) -> None:
        self.built = built
        self.labels = labels
        self.classes = classes

    def measure(self, probe: Probe, slots: Mapping[str, npt.NDArray[Any]], step: int) -> Values:
        before = self._logits(slots, step, None)
        changes = [_change(before, self._logits(slots, step, x)) for x in range(len(self.labels))]
        found = np.array([_elasticity(*c, before, x, probe.options) for x, c in enumerate(changes)])
        if probe.options.get("by") == "class":
            with np.errstate(invalid="ignore"):
                return np.array([found[self.labels == k].mean(axis=0) for k in range(self.classes)])
        return found

    def _logits(self, slots: Mapping[str, npt.NDArray[Any]], step: int, sample: int | None) -> Values:
        """log Z[sample, class] in this state, or after one step on a sample."""
        system = self.built.system
        mine = {n: slots[n].copy() if n in slots else np.full(_shape(n, system), step, np.int64) for n in system.slots}
        arrays = Arrays(mine, scratch_of(system))
        arrays.draws = {d.name: np.zeros(tuple(system.axes[a].size for a in d.axes)) for d in system.draws.values()}
        arrays.rngs = {d.name: np.random.Generator(np.random.SFC64(step)) for d in system.draws.values()}
        arrays.batches = {
            d.name: np.array([[sample or 0]] * 2, np.int64) for d in system.draws.values() if d.distribution == "presentation"
        }
        end = step if sample is None else step + 1
        arrays.at, arrays.due = [np.array([end, -1], np.int64)], np.zeros(1, np.int64)
        (record,) = system.records
        arrays.outs = {record.name: np.empty((1, len(self.labels), self.classes))}
        run_kernel(self.built, "advance", (step, end, 1), arrays)
        return np.asarray(arrays.outs[record.name][0])


def _shape(slot: str, system: Any) -> tuple[int, ...]:
    return tuple(system.axes[a].size for a in system.slots[slot].axes)


def _change(before: Values, after: Values) -> tuple[Values, Values]:
    """log |Z⁺ − Z| and its sign."""
    high, low = np.maximum(before, after), np.minimum(before, after)
    same = high == low
    # Differences of equal logarithms, of two zeros (-inf) among them, are never taken.
    gap = np.subtract(low, high, out=np.zeros_like(high), where=~same)
    size = np.add(high, np.log(-np.expm1(gap), out=np.zeros_like(high), where=~same), out=np.full_like(high, -np.inf), where=~same)
    return size, np.where(same, 0.0, np.where(after > before, 1.0, -1.0))


def _norm(logs: Values) -> Values:
    """log of the Euclidean norm over the last axis."""
    top = logs.max(axis=-1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(safe + 0.5 * np.log(np.exp(2.0 * (logs - safe[..., None])).sum(axis=-1)))


def _elasticity(size: Values, sign: Values, before: Values, x: int, options: Mapping[str, Any]) -> Values:
    norms = _norm(size)
    with np.errstate(invalid="ignore", over="ignore"):
        scale = _norm(before) if options.get("relative") else norms[x]
        found = np.exp(norms - scale)
    if options.get("signed"):
        # The direction in which the logits of x′ move on the whole, in units of the largest change.
        weights = np.exp(size - np.where(np.isfinite(size.max(axis=-1)), size.max(axis=-1), 0.0)[:, None])
        found = found * np.sign((sign * weights).sum(axis=-1))
    return found
