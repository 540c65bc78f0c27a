"""Measures by their definitions (language.md 9): on inputs that are trained, on those that are held out, on ties and silent classes."""

from pathlib import Path

import numpy as np
import pytest
import xarray
from reference_run import reference_run, same_bits, study_of

import neurashed_dsl as nshed

ROWS = [
    ("ant", 1, 0, 1, "one", 0),
    ("bee", 0, 1, 0, "two", 0),
    ("cow", 1, 1, 0, "one", 1),
    ("dog", 0, 0, 1, "two", 0),
    ("elk", 0, 1, 1, "two", 1),
    ("fox", 1, 0, 0, "one", 0),
]
TEXT = """
network net {
  level low { a, b, c }
  level high {
    ha = any(a, c)
    hb = at_least(1, b, c)
    hc = all(a, b)
  }
  classes {
    one <- ha, hc
    two <- hb
  }
  inputs from "data.csv" {
    name     name
    label    kind
    hold_out kept
  }
  init   λ ~ uniform(0.2, 2)
  init   η ~ uniform(0.2, 2)
  update λ by multiplicative(1.05, 0.97)
  update λ[b] by additive(0.1, 0.95)
  update η by multiplicative(1.05, 0.99)
}
experiment trial {
  model  net
  run    steps: 40, order: ORDER, batch: BATCH
  repeat 2, seed: 6
  record which[i in item] = batch[i] every 1
  record p = probability() every 1
  record sure = probability(label) every 1
  record z = logit() every 1
  record right = accuracy() every 1
  record right_held = accuracy(held_out) every 1
  record wrong = loss() every 1
  record wrong_held = loss(held_out) every 1
}
"""
HELD = ["cow", "elk"]

# Logits of a user's own system, which may be below 0.
SIGNED = """
system fixed over network {
  state λ[node]: log
  observe logit[s in sample, c in class] = if c == label[s] then 0.5 * s - 1 else -2
  λ[n in node] <- rest(n, λ[n])
}
network net {
  level low { a, b }
  classes {
    one <- a
    two <- b
  }
  inputs {
    x: a -> one
    y: b -> two
    z: a -> two
  }
  update λ by multiplicative
}
experiment trial {
  model  fixed(net)
  run    steps: 1
  record z = logit() at end
  record p = probability(label) at end
  record wrong = loss() at end
  record right = accuracy() at end
}
"""


def test_logits_below_zero() -> None:
    last = reference_run(study_of(nshed.loads(SIGNED)))[-1]
    own = np.array([-0.5, 0.0, 0.5])
    expected = np.exp(own) / (np.exp(own) + np.exp(-2))
    np.testing.assert_allclose(last["p"], expected, rtol=1e-12)
    np.testing.assert_allclose(last["wrong"], -np.log(expected).mean(), rtol=1e-12)
    np.testing.assert_allclose(last["z"], [[-0.5, -2], [-2, 0], [-2, 0.5]])
    assert float(last["right"]) == 1


TRAINED = ["ant", "bee", "dog", "fox"]


def program(folder: Path, order: str = "shuffled", batch: str = "2") -> nshed.Program:
    lines = ["name,a,b,c,kind,kept", *(",".join(map(str, row)) for row in ROWS)]
    (folder / "data.csv").write_text("\n".join(lines) + "\n", "utf-8")
    source = folder / "held.nshed"
    source.write_text(TEXT.replace("ORDER", order).replace("BATCH", batch), "utf-8")
    return nshed.load(source)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> xarray.Dataset:
    return program(tmp_path_factory.mktemp("held")).run()


def right(found: xarray.Dataset, names: list[str]) -> np.ndarray:
    label = {row[0]: row[4] for row in ROWS}
    hits = [
        (
            found["z"].sel(input=n, **{"class": label[n]})
            > found["z"].sel(input=n, **{"class": {"one": "two", "two": "one"}[label[n]]})
        )
        for n in names
    ]
    return np.mean([h.values for h in hits], axis=0)


def test_accuracy(found: xarray.Dataset) -> None:
    np.testing.assert_allclose(found["right"], right(found, TRAINED), rtol=1e-15)
    np.testing.assert_allclose(found["right_held"], right(found, HELD), rtol=1e-15)
    assert 0 < float(found["right"].mean()) < 1


def test_loss(found: xarray.Dataset) -> None:
    for name, inputs in (("wrong", TRAINED), ("wrong_held", HELD)):
        np.testing.assert_allclose(
            found[name], -np.log(found["sure"].sel(input=inputs)).mean("input"), rtol=1e-9, atol=1e-12
        )


def test_probabilities(found: xarray.Dataset) -> None:
    z = found["z"]
    odds = np.exp(z - z.max("class"))
    np.testing.assert_allclose(found["p"], odds / odds.sum("class"), rtol=1e-9)
    for name, *_, label, _ in ROWS:
        np.testing.assert_array_equal(found["sure"].sel(input=name), found["p"].sel(input=name, **{"class": label}))


@pytest.mark.parametrize("order", ["cyclic", "shuffled", "independent"])
def test_what_is_held_out_is_never_presented(tmp_path: Path, order: str) -> None:
    which = program(tmp_path, order).run()["which"].values
    names = np.array([row[0] for row in ROWS])[which.astype(int) - 1]
    assert set(names.ravel()) == set(TRAINED)


def test_kernel_equals_evaluator(tmp_path: Path) -> None:
    made = program(tmp_path, "independent", "3")
    found = made.run().isel(repeat=1)
    expected = reference_run(study_of(made), 1)
    for step, values in enumerate(expected):
        for name in values:
            assert same_bits(found[name].isel(step=step), values[name]), (name, step)


SILENT = """
network silent {
  level low { a, b }
  level high {
    ha = any(a)
    hb = any(b)
  }
  classes {
    one <- ha
    two <- hb
    three <- hb
  }
  inputs {
    x1: a -> one
    x2: b -> two
    x3: b -> three
    x4: a, b -> one
  }
  init λ = 1
  init λ[a] = 2
  update λ by multiplicative(1, 1)
}
experiment trial {
  model silent
  run steps: 0
  record p = probability() at end
  record z = logit() at end
  record right = accuracy() at end
  record wrong = loss() at end
  record s = score(high) at end
}
""".replace("update λ by multiplicative(1, 1)", "update λ by still").replace(
    "network silent", "unchecked law still {\n  fire(x) = x\n  rest(x) = x\n}\n\nnetwork silent", 1
)


def test_silent_classes_and_ties() -> None:
    """A class none of whose nodes fires has Z = 0 and still counts e⁰; a tie is wrong."""
    found = nshed.loads(SILENT).run()
    np.testing.assert_allclose(found["z"], [[2, 0, 0], [0, 1, 1], [0, 1, 1], [2, 1, 1]], rtol=1e-14)
    e = np.e
    rows = [[e**2, 1, 1], [1, e, e], [1, e, e], [e**2, e, e]]
    np.testing.assert_allclose(found["p"], [np.array(r) / sum(r) for r in rows], rtol=1e-14)
    assert float(found["right"]) == 0.5
    np.testing.assert_allclose(found["s"], [[2, 0], [0, 1], [0, 1], [2, 1]], rtol=1e-14)
    sure = [rows[0][0] / sum(rows[0]), rows[1][1] / sum(rows[1]), rows[2][2] / sum(rows[2]), rows[3][0] / sum(rows[3])]
    assert float(found["wrong"]) == pytest.approx(-np.mean(np.log(sure)), rel=1e-12)
