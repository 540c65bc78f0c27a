"""Pairs of classes that a hyperplane keeps apart, against constructed clouds, a search over directions and symmetries."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurashed_dsl as nshed
from neurashed_dsl.builtins.separation import separability, separable

Cloud = np.ndarray


def clouds(seed: int, p: int, n: int, apart: float) -> tuple[Cloud, Cloud]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(p, n)) + apart * rng.normal(size=(p, 1)), rng.normal(size=(p, n))


def by_means(a: Cloud, b: Cloud) -> bool:
    normal = a.mean(axis=1) - b.mean(axis=1)
    return bool((normal @ a).min() > (normal @ b).max())


def by_search(a: Cloud, b: Cloud) -> bool:
    """In the plane: where a line separates, one does that nearly touches a sample of each class, or two of one; turn each a little."""
    points = np.concatenate([a, b], axis=1).T
    angles = [np.arctan2(*(q - r)[::-1]) + np.pi / 2 for q, r in combinations(points, 2)]
    turned = np.array([angle + e for angle in angles for e in (-1e-7, 1e-7, np.pi - 1e-7, np.pi + 1e-7)])
    normals = np.stack([np.cos(turned), np.sin(turned)], axis=1)
    return bool(((normals @ a).min(axis=1) > (normals @ b).max(axis=1)).any())


def test_what_was_drawn_apart_is_found_apart() -> None:
    """Samples on both sides of a random hyperplane, a thousandth of their spread apart: the direction of the means doesn't see it."""
    rng = np.random.default_rng(0)
    normal = np.linalg.qr(rng.normal(size=(5, 5)))[0][0]
    x = rng.normal(size=(5, 80))
    x -= np.outer(normal, normal @ x)
    x[:, :40] += 3 * np.linalg.qr(rng.normal(size=(5, 5)))[0][:, :1]
    a, b = (
        x[:, :40] - np.outer(normal, normal @ x[:, :40] - 5e-4),
        x[:, 40:] - np.outer(normal, normal @ x[:, 40:] + 5e-4),
    )
    assert not by_means(a, b)
    assert separable(a, b)


def test_a_sample_among_the_others_is_not_apart() -> None:
    a, b = clouds(1, 3, 12, 50.0)
    assert separable(a, b)
    weights = np.random.default_rng(2).dirichlet(np.ones(12))
    inside = np.column_stack([b, a @ weights])  # in the convex hull of the other class
    assert not separable(a, inside)
    assert not separable(a, a)
    corners = np.array([[0.0, 1, 0, 1], [0, 1, 1, 0]])
    assert not separable(corners[:, :2], corners[:, 2:])  # exclusive or


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.sampled_from([0.5, 1.5, 3.0]))
def test_it_is_what_a_search_over_directions_finds(seed: int, n: int, apart: float) -> None:
    a, b = clouds(seed, 2, n, apart)
    assert separable(a, b) == by_search(a, b)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 3.0]))
def test_symmetries(seed: int, apart: float) -> None:
    """By means implies by hyperplane; names of classes don't matter, nor where, how large and how skew the whole is."""
    a, b = clouds(seed, 3, 8, apart)
    found = separable(a, b)
    assert found or not by_means(a, b)
    assert separable(b, a) == found
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0] @ np.diag([1.0, 30.0, 0.2])
    shift = rng.normal(size=(3, 1))
    assert separable(1e-9 * (turn @ a + shift), 1e-9 * (turn @ b + shift)) == found


def test_the_share_of_pairs() -> None:
    a, b = clouds(3, 2, 6, 40.0)
    assert separability(np.stack([a, b, a + 0.01])) == pytest.approx(2 / 3)
    assert np.isnan(separability(np.stack([a, b * np.nan])))


TEXT = """
system made {
  axis  class = 1..3
  axis  coord = 1..2
  axis  sample = 1..6
  state X[k in class, i in coord, n in sample] ~ normal(k * i, 1)
  X[k in class, i in coord, n in sample] <- 1.2 * X[k, 1, n] - X[k, i, n]
}
experiment trial {
  model  made
  run    steps: 4
  repeat 3, seed: 2
  record X every 2
  record plane = separability(X, by: hyperplane) every 2
  derive later = separability(X, by: hyperplane)
  derive means = separability(X, by: means)
}
"""


def test_a_record_is_of_the_state_at_its_step() -> None:
    found = nshed.loads(TEXT).run()
    states = found["X"].transpose("repeat", "step", "class", "coord", "sample").values
    assert found["plane"].values.tolist() == [[separability(x) for x in row] for row in states]
    assert (found["later"].transpose(*found["plane"].dims) == found["plane"]).all()
    assert (found["means"] <= found["plane"]).all()
