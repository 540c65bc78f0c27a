"""Distributions: many numbers at once are those of a kernel one by one, with the mean and support of the row."""

import math
import re
from itertools import product
from math import inf

import numpy as np
import pytest

from neurashed_dsl.builtins import draws
from neurashed_dsl.builtins.draws import DISTRIBUTIONS
from neurashed_dsl.ir.evaluate import evaluate
from neurashed_dsl.ir.expr import Const

CASES = {
    "normal": (1.5, 0.5, math.inf),
    "normal, clipped": (1.5, 0.5, 0.7),
    "uniform": (-1.0, 3.0),
    "exponential": (4.0,),
    "lognormal": (0.3, 0.4),
    "bernoulli": (0.3,),
    "poisson": (2.5,),
    "choice": (7.0,),
}


def generator(seed: int = 7) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed)))


def test_every_distribution_has_a_case() -> None:
    assert {name.partition(",")[0] for name in CASES} == set(DISTRIBUTIONS)


def needed(kernel: str, args: tuple[float, ...], rng: np.random.Generator) -> dict[str, object]:
    """What the text is over."""
    if re.search(r"\bu\b", kernel):
        return {"u": rng.random()}
    if not re.search(r"\bz\b", kernel):
        return {"rng": rng}
    z = rng.standard_normal()
    while len(args) > 2 and abs(z) > args[2]:
        z = rng.standard_normal()
    return {"z": z}


@pytest.mark.parametrize("name", CASES)
def test_a_sample_is_what_a_kernel_draws_one_by_one(name: str) -> None:
    row, args = DISTRIBUTIONS[name.partition(",")[0]], CASES[name]
    one, many = generator(), generator()
    text = row.kernel.format(*map(repr, args))
    singly = [eval(text, {**vars(draws), **needed(row.kernel, args, one), "inf": math.inf}) for _ in range(500)]
    assert row.sample(many, args, (20, 25)).reshape(-1).tolist() == singly
    assert one.random() == many.random(), "the stream stands at the same place after it"


@pytest.mark.parametrize("name", CASES)
def test_mean_and_support(name: str) -> None:
    row, args = DISTRIBUTIONS[name.partition(",")[0]], CASES[name]
    sample = row.sample(generator(), args, 200_000)
    mean = float(evaluate(row.mean([Const(a) for a in args])))
    assert abs(sample.mean() - mean) < 5 * sample.std() / math.sqrt(len(sample))
    assert sample.min() >= row.least(*args)
    assert row.fault(*args) == ""


def test_a_clipped_normal_never_leaves_its_bounds_and_fills_them() -> None:
    sample = DISTRIBUTIONS["normal"].sample(generator(), (0.0, 2.0, 1.5), 50_000)
    assert -3 <= sample.min() < -2.95
    assert 2.95 < sample.max() <= 3


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("normal", (0, -1, math.inf)),
        ("normal", (0, 1, 0)),
        ("uniform", (2, 1)),
        ("exponential", (0,)),
        ("lognormal", (0, -1)),
        ("bernoulli", (1.5,)),
        ("poisson", (-1,)),
    ],
)
def test_what_can_t_be_drawn_from_is_named(name: str, args: tuple[float, ...]) -> None:
    assert DISTRIBUTIONS[name].fault(*args)


@pytest.mark.parametrize("name", sorted(DISTRIBUTIONS))
def test_what_a_kernel_refuses_is_what_is_refused_before_the_run(name: str) -> None:
    """Of all arguments but `clip`, which draws see to themselves."""
    row = DISTRIBUTIONS[name]
    values = [-1.0, 0.0, 0.5, 1.0, 2.0, 2e15]
    for args in product(values, repeat=min(len(row.parameters), 2)):
        whole = (*args, inf)[: len(row.parameters)]
        assert eval(row.sound.format(*map(repr, whole))) == (row.fault(*whole) == ""), whole
