"""Systems that a user writes over a network: lets that look down and up, draws, maps of states; every road gives the same numbers."""

import numpy as np
import pytest
from reference_run import reference_run, same_bits, study_of

import neurashed_dsl as nshed

NETWORK = """
network net {
  level low { a, b, c }
  level middle {
    m1 = any(a, b)
    m2 = all(b, c)
  }
  level high {
    h1 = any(m1, m2)
    h2 = all(m1, m2)
  }
  classes {
    one <- h1, h2
    two <- h2
  }
  inputs {
    x1: a       -> one
    x2: b, c    -> two
    x3: a, b, c -> one
  }
  init   λ = 2
  update λ by multiplicative(1.5, 0.5)
}
"""
LIT = """
  draw  batch[item] ~ presentation
  let   lit[n in node] = any(fires[batch[i], n] for i in item)
"""
FIRES = {"x1": "a m1 h1", "x2": "b c m1 m2 h1 h2", "x3": "a b c m1 m2 h1 h2"}
NODES = ["a", "b", "c", "m1", "m2", "h1", "h2"]


def run(system: str, records: str, how: str = "steps: 12, order: [x1, x2, x1, x3]") -> dict[str, np.ndarray]:
    """What the kernel records, which is what the evaluator records, before and after the passes."""
    text = f"{NETWORK}\nsystem mine over network {{{system}\n}}\nexperiment trial {{\n  model mine(net)\n  run {how}\n{records}\n}}\n"
    program = nshed.loads(text)
    found = program.run()
    lowered, written = reference_run(study_of(program)), reference_run(study_of(program), until="settle_numbers")
    for name in lowered[0]:
        for step, (low, high) in enumerate(zip(lowered, written)):
            assert same_bits(found[name].isel(step=step), low[name]), (name, step)
            np.testing.assert_allclose(low[name], high[name], rtol=1e-12)
    return {str(n): v.values for n, v in found.data_vars.items()}


def lit(order: list[str], steps: int) -> np.ndarray:
    return np.array([[n in FIRES[order[t % len(order)]].split() for n in NODES] for t in range(steps)])


@pytest.mark.parametrize("factor", ["0.5", "-0.5", "0", "1", "-1"])
def test_a_state_that_is_multiplied(factor: str) -> None:
    """Rests many at a time are those one by one, for a factor of any sign."""
    system = f"\n  state x[node] = 3{LIT}\n  x[n in node] <- if lit[n] then x[n] + 1 else {factor} * x[n]"
    found = run(system, "  record value[n in node] = x[n] every 1")["value"]
    x, expected = np.full(7, 3.0), [np.full(7, 3.0)]
    for on in lit(["x1", "x2", "x1", "x3"], 12):
        x = np.where(on, x + 1, float(factor) * x)
        expected.append(x)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("amount", ["0.25", "-0.25", "0"])
def test_a_state_that_is_added_to(amount: str) -> None:
    system = f"\n  state x[node] = 3{LIT}\n  x[n in node] <- if lit[n] then 2 * x[n] else x[n] + {amount}"
    found = run(system, "  record value[n in node] = x[n] every 1")["value"]
    x, expected = np.full(7, 3.0), [np.full(7, 3.0)]
    for on in lit(["x1", "x2", "x1", "x3"], 12):
        x = np.where(on, 2 * x, x + float(amount))
        expected.append(x)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("batch", ["1", "2", "all"])
def test_rests_with_no_closed_form(batch: str) -> None:
    """x/(1 + x), and √y."""
    order = "" if batch == "all" else ", order: [x1, x2, x3]"
    system = f"""
  state x[node] = 3
  state y[node] = 1{LIT}
  x[n in node] <- if lit[n] then x[n] + 1 else x[n] / (1 + x[n])
  y[n in node] <- if lit[n] then y[n] + 2 else sqrt(y[n])"""
    found = run(
        system,
        "  record x1[n in node] = x[n] every 1\n  record y1[n in node] = y[n] every 1",
        f"steps: 9, batch: {batch}{order}",
    )
    x, y = np.full(7, 3.0), np.full(7, 1.0)
    size = {"1": 1, "2": 2, "all": 3}[batch]
    single = lit(["x1", "x2", "x3"], 9 * size).reshape(9, size, 7).any(axis=1)
    for step, on in enumerate(single):
        x, y = np.where(on, x + 1, x / (1 + x)), np.where(on, y + 2, np.sqrt(y))
        np.testing.assert_allclose(found["x1"][step + 1], x, rtol=1e-12)
        np.testing.assert_allclose(found["y1"][step + 1], y, rtol=1e-12)


def test_states_change_at_once() -> None:
    """Right-hand sides read the state at the start of the step, whatever the order in which they are written."""
    system = f"\n  state x[node] = 1\n  state y[node] = 2{LIT}\n  x[n in node] <- y[n]\n  y[n in node] <- x[n] + y[n]"
    found = run(system, "  record u[n in node] = x[n] every 1\n  record v[n in node] = y[n] every 1")
    x, y = 1.0, 2.0
    for step in range(13):
        assert (found["u"][step] == x).all()
        assert (found["v"][step] == y).all()
        x, y = y, x + y


def test_a_state_that_reads_its_neighbours() -> None:
    """Each node takes what its dependents had: the old values, although they change in the same step."""
    system = f"\n  state x[node] = 1{LIT}\n  x[n in node] <- if lit[n] then sum(x[f] for f in into(n)) + 1 else x[n]"
    found = run(system, "  record value[n in node] = x[n] every 1")["value"]
    into = {"m1": ["a", "b"], "m2": ["b", "c"], "h1": ["m1", "m2"], "h2": ["m1", "m2"]}
    x = dict.fromkeys(NODES, 1.0)
    for step, on in enumerate(lit(["x1", "x2", "x1", "x3"], 12)):
        x = {n: sum(x[f] for f in into.get(n, [])) + 1 if on[i] else x[n] for i, n in enumerate(NODES)}
        np.testing.assert_array_equal(found[step + 1], list(x.values()))


def test_one_state_reads_another_that_rests() -> None:
    """y reads x at nodes that haven't fired for a while."""
    system = f"""
  state x[node]: log = 1
  state y[node] = 0{LIT}
  x[n in node] <- if lit[n] then 3 * x[n] else 0.5 * x[n]
  y[n in node] <- y[n] + sum(x[f] for f in into(n))"""
    found = run(system, "  record u[n in node] = log(x[n]) every 1\n  record v[n in node] = y[n] every 1")
    into = {"m1": [0, 1], "m2": [1, 2], "h1": [3, 4], "h2": [3, 4]}
    x, y = np.ones(7), np.zeros(7)
    for step, on in enumerate(lit(["x1", "x2", "x1", "x3"], 12)):
        y = y + np.array([x[into.get(n, [])].sum() for n in NODES])
        x = np.where(on, 3 * x, x / 2)
        np.testing.assert_allclose(found["u"][step + 1], np.log(x), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found["v"][step + 1], y, rtol=1e-12)


def test_lets_that_look_down_and_up() -> None:
    """How many paths lead to a node from the bottom, and how many from it to the top."""
    system = f"""
  state x[node] = 1{LIT}
  let   up[n in node] = if n in bottom then 1 else sum(up[f] for f in into(n))
  let   down[n in node] = if n in high then 1 else sum(down[f] for f in outof(n))
  x[n in node] <- x[n] + up[n] * down[n]"""
    found = run(
        system,
        "  record below[n in node] = up[n] every 1\n  record above[n in node] = down[n] every 1\n  record value[n in node] = x[n] every 1",
    )
    up, down = [1, 1, 1, 2, 2, 4, 4], [2, 4, 2, 2, 2, 1, 1]
    np.testing.assert_array_equal(found["below"][0], up)
    np.testing.assert_array_equal(found["above"][0], down)
    np.testing.assert_array_equal(found["value"][12], 1 + 12 * np.array(up) * np.array(down))


def test_draws_are_held_during_a_step() -> None:
    """Two states that add the same draw stay apart by what they started with."""
    system = f"""
  state x[node] = 0
  state y[node] = 5
  state z = 0{LIT}
  draw  xi[node] ~ normal(0, 1)
  draw  common ~ uniform(0, 1)
  x[n in node] <- x[n] + xi[n]
  y[n in node] <- y[n] + xi[n]
  z <- z + common"""
    found = run(
        system, "  record u[n in node] = x[n] every 1\n  record v[n in node] = y[n] every 1\n  record w = z every 1"
    )
    np.testing.assert_allclose(found["v"] - found["u"], 5, rtol=1e-12)
    assert np.unique(np.diff(found["u"], axis=0)).size == 84
    steps = np.diff(found["w"])
    assert ((steps > 0) & (steps < 1)).all()
    assert np.unique(steps).size == 12


def test_its_own_logit_is_what_measures_read() -> None:
    system = f"""
  state λ[node]: log{LIT}
  λ[n in node] <- if lit[n] then fire(n, λ[n]) else rest(n, λ[n])
  observe score[s in sample, n in node]: log = λ[n]
  observe logit[s in sample, c in class]: log = sum(λ[src(e)] for e in votes(c))"""
    found = run(system, "  record p = probability() every 1\n  record z = logit() every 1", "steps: 4, order: [x1]")
    h1, h2 = 2 * 1.5 ** np.arange(5), 2 * 0.5 ** np.arange(5)
    np.testing.assert_allclose(found["z"], np.stack([np.stack([h1 + h2, h2], axis=1)] * 3, axis=1), rtol=1e-12)
    np.testing.assert_allclose(found["p"][..., 0], (1 / (1 + np.exp(-h1)))[:, None] * np.ones(3), rtol=1e-12)
