"""Mini-batches by their number. What comes doesn't depend on how many are asked for at a time, nor on what was asked for before: the stream can jump,
so that a run that needn't see the inputs in between doesn't draw them."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.runtime.streams import Numbers

Ids = npt.NDArray[np.int64]


class Presenter:
    """The inputs in one order (facts: cyclic, shuffled, independent, all at once). `numbers` is its stream, from number `first` on."""

    def __init__(self, how: Presentation, numbers: Numbers, first: int = 0) -> None:
        self.how = how
        self._numbers = numbers
        self._first = first
        self._last_pass: tuple[int, Ids] = (-1, np.empty(0, np.int64))
        orders: dict[str, Callable[[int, int], Ids]] = {
            "cyclic": self._cyclic,
            "all": self._cyclic,
            "shuffled": self._shuffled,
            "independent": self._independent,
        }
        self._samples = orders[how.order]

    def batches(self, start: int, stop: int) -> Ids:
        """Samples [stop - start, batch]: batches `start` up to, not including, `stop`, counted from 0."""
        size = self.how.batch
        return self._samples(start * size, stop * size).reshape(stop - start, size)

    def then(self, how: Presentation, batches: int) -> "Presenter":
        """Another order, after so many batches of this one, on numbers that this one has left."""
        count, size = batches * self.how.batch, len(self.how.samples)
        used = {"shuffled": -(-count // size) * size, "independent": count}.get(self.how.order, 0)
        return Presenter(how, self._numbers, self._first + used)

    def _cyclic(self, start: int, stop: int) -> Ids:
        return self.how.samples[np.arange(start, stop) % len(self.how.samples)]

    def _shuffled(self, start: int, stop: int) -> Ids:
        """A pass is the order of as many numbers as it has samples."""
        size = len(self.how.samples)
        if start == stop:
            return np.empty(0, np.int64)
        first, end = start // size, -(-stop // size)
        known, kept = self._last_pass
        parts = [kept] if known == first else []
        if first + len(parts) < end:
            drawn = self._numbers.raw(self._first + (first + len(parts)) * size, (end - first - len(parts)) * size)
            parts.append(self.how.samples[_ranked(drawn.reshape(-1, size))].reshape(-1))
        every = np.concatenate(parts)
        self._last_pass = end - 1, every[-size:].copy()
        return every[start - first * size : stop - first * size]

    def _independent(self, start: int, stop: int) -> Ids:
        """By weight, one number each."""
        drawn = self._numbers.units(self._first + start, stop - start)
        weights, count = self.how.weights, len(self.how.samples)
        if (weights == weights[0]).all():
            return self.how.samples[(drawn * count).astype(np.int64)]
        cumulative = np.cumsum(weights)
        cumulative[-1] = 1.0
        return self.how.samples[np.searchsorted(cumulative, drawn, side="right")]


def _ranked(drawn: npt.NDArray[np.uint64]) -> Ids:
    """Which of its numbers comes first, second, … in each row. Their places stand in their last bits, so that none are equal and numbers can be
    sorted where they are: faster than to sort places by numbers."""
    places = np.arange(drawn.shape[1], dtype=np.uint64)
    bits = np.uint64(int(places[-1]).bit_length())
    marked = (drawn >> bits << bits) | places
    marked.sort(axis=1)
    return (marked & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
