"""Orders of presentation (facts/neurashed.md): what comes in a pass, and how often."""

import numpy as np
import pytest

import neurashed_dsl as nshed
from neurashed_dsl.ir.plan import Presentation
from neurashed_dsl.runtime.present import Presenter
from neurashed_dsl.runtime.streams import Numbers

# Node n[i] doubles where input x[i] is presented, alone, and keeps its value elsewhere: λ counts.
COUNTER = """
network counter {{
  level low {{ n[i in 1..5] }}
  level high {{ h = any(n) }}
  classes {{
    one <- h
    two <- h
  }}
  inputs {{
    x1: n[1] -> one
    x2: n[2] -> two weight {weight}
    x3: n[3] -> one
    x4: n[4] -> two
    x5: n[5] -> one
  }}
  init   λ = 1
  update λ by multiplicative(2, 1)
}}
experiment trial {{
  model  counter
  run    steps: {steps}, {run}
  repeat 3, seed: 8
  record size = log(amplification(low)) every 1
}}
"""


def counts(run: str, steps: int = 60, weight: str = "1") -> np.ndarray:
    """How often each input has come, [repeat, step, input]."""
    found = nshed.loads(COUNTER.format(run=run, steps=steps, weight=weight)).run()["size"].values / np.log(2)
    assert np.allclose(found, np.round(found), atol=1e-6)
    return np.round(found).astype(int)


def test_cyclic_goes_on_in_the_order_written() -> None:
    assert (np.diff(counts("order: cyclic", 10), axis=1)[0].argmax(axis=1) == np.arange(10) % 5).all()


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
@pytest.mark.parametrize("order", ["cyclic", "shuffled"])
def test_a_pass_presents_each_input_once(order: str, batch: int) -> None:
    """Where the batch doesn't divide the pass it goes on into the next: after k·5 presentations each has come k times."""
    found = counts(f"order: {order}, batch: {batch}", 60)
    if batch == 1:
        for passed in range(12):
            assert (found[:, 5 * passed] == passed).all()
    else:
        # A batch may hold the end of a pass and the beginning of the next, and lights a node once: never more than presentations.
        assert (found[:, -1] <= 60 * batch / 5).all()
    if batch == 5:
        assert (found == np.arange(61)[None, :, None]).all()


def test_shuffled_differs_from_pass_to_pass_and_repeat_to_repeat() -> None:
    order = np.diff(counts("order: shuffled", 100), axis=1).argmax(axis=2).reshape(3, 20, 5)
    assert (np.sort(order, axis=2) == np.arange(5)).all()
    assert len({tuple(p) for p in order[0]}) > 5
    assert not np.array_equal(order[0], order[1])


@pytest.mark.parametrize("order", ["cyclic", "shuffled"])
def test_whole_weights_repeat_an_input_in_a_pass(order: str) -> None:
    found = counts(f"order: {order}", 80, weight="4")
    assert (found[:, 8::8] == np.arange(1, 11)[None, :, None] * np.array([1, 4, 1, 1, 1])).all()


def test_a_given_sequence_over_and_over() -> None:
    found = np.diff(counts("order: [x3, x1, x3]", 9), axis=1)[0].argmax(axis=1)
    assert found.tolist() == [2, 0, 2] * 3


def test_a_given_sequence_in_batches() -> None:
    """[x1, x2, x3] by twos: x1 x2, x3 x1, x2 x3."""
    found = np.diff(counts("order: [x1, x2, x3], batch: 2", 6), axis=1)[0]
    assert found.tolist() == [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 1, 0, 0]] * 2


@pytest.mark.parametrize("weight", ["1", "2.5"])
def test_independent_by_weight(weight: str) -> None:
    """Chi-square of the frequencies, with 4 degrees of freedom: above 23.5 once in 10⁴ times."""
    found = counts("order: independent", 4000, weight)[:, -1]
    share = np.array([1, float(weight), 1, 1, 1])
    expected = 4000 * share / share.sum()
    assert (((found - expected) ** 2 / expected).sum(axis=1) < 23.5).all()


def test_independent_draws_don_t_remember() -> None:
    """Pairs of successive inputs are as frequent as their product; 24 degrees of freedom: above 62 once in 3·10⁴ times."""
    how = Presentation("independent", np.arange(5), np.full(5, 0.2), 1)
    drawn = Presenter(how, Numbers(3, 0, "presentation")).batches(0, 50_000)[:, 0]
    pairs = np.bincount(drawn[:-1] * 5 + drawn[1:], minlength=25)
    expected = (len(drawn) - 1) / 25
    assert ((pairs - expected) ** 2 / expected).sum() < 62


def test_shuffles_are_uniform() -> None:
    """All 24 orders of four inputs; 23 degrees of freedom: above 60 once in 3·10⁴ times."""
    how = Presentation("shuffled", np.arange(4), np.ones(4), 4)
    passes = Presenter(how, Numbers(5, 0, "presentation")).batches(0, 24_000)
    found = np.unique(passes @ np.array([64, 16, 4, 1]), return_counts=True)[1]
    assert len(found) == 24
    assert ((found - 1000) ** 2 / 1000).sum() < 60


@pytest.mark.parametrize("weights", [[1, 1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7]])
@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent"])
def test_what_comes_doesn_t_depend_on_what_was_asked_for(order: str, weights: list[int]) -> None:
    """In pieces, with gaps, backwards: the batch of a number is the same."""
    how = Presentation(order, np.arange(7), np.array(weights) / sum(weights), 3)
    whole = Presenter(how, Numbers(1, 2, "presentation")).batches(0, 1000)
    again = Presenter(how, Numbers(1, 2, "presentation"))
    for start, stop in [(0, 1), (1, 2), (2, 9), (9, 9), (400, 500), (499, 502), (3, 10), (0, 1000), (999, 1000)]:
        np.testing.assert_array_equal(again.batches(start, stop), whole[start:stop])


@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent"])
def test_another_order_takes_numbers_that_are_left(order: str) -> None:
    """What follows doesn't depend on whether the batches before were drawn, and repeats none of their numbers."""
    how = Presentation(order, np.arange(7), np.full(7, 1 / 7), 3)
    other = Presentation("independent", np.arange(10**6), np.full(10**6, 1e-6), 1)
    numbers = Numbers(1, 2, "presentation")
    first = Presenter(how, numbers)
    after = first.then(other, 50).batches(0, 20)
    first.batches(0, 50)
    np.testing.assert_array_equal(first.then(other, 50).batches(0, 20), after)
    used = {"cyclic": 0, "shuffled": 154, "independent": 150}[order]  # 22 passes of 7 samples hold 50 batches of 3
    drawn = Presenter(other, Numbers(1, 2, "presentation")).batches(used, used + 20)
    np.testing.assert_array_equal(after, drawn)
