"""Nodes that fire if they are strong: against a second implementation in plain Python; and what measures see of them."""

import re
from math import exp, inf, log

import numpy as np
import pytest

import neurashed_dsl as nshed
from neurashed_dsl.ir.circuit import pack, reference, unpack
from neurashed_dsl.ir.wires import all_wires

Rule = tuple[int, list[str], float | None]  # at least so many of these; with which share of the strongest
UP, DOWN = 1.1, 0.93


def made(seed: int) -> tuple[dict[str, dict[str, Rule]], dict[str, set[str]]]:
    """Two levels of four nodes, some of which compete, and five inputs."""
    rng = np.random.default_rng(seed)
    levels: dict[str, dict[str, Rule]] = {"low": {f"e{i}": (0, [], None) for i in range(1, 7)}}
    for level, below in (("parts", "low"), ("wholes", "parts")):
        rules: dict[str, Rule] = {}
        for k in range(1, 5):
            of = sorted(rng.choice(list(levels[below]), size=3, replace=False).tolist())
            share = None if k == 4 else [0.0, 0.5, 0.8, 1.0][rng.integers(4)]
            rules[f"{level[0]}{k}"] = (int(rng.integers(1, 3)), of, share)
        levels[level] = rules
    names = list(levels["low"])
    return levels, {f"x{i}": set(rng.choice(names, size=3, replace=False).tolist()) for i in range(1, 6)}


def source_of(seed: int) -> str:
    levels, inputs = made(seed)
    lines = ["network adaptive {", f"  level low {{ {', '.join(levels['low'])} }}"]
    for level in ("parts", "wholes"):
        lines.append(f"  level {level} {{")
        for node, (least, of, share) in levels[level].items():
            rule = f"at_least({least}, {', '.join(of)})"
            lines.append(f"    {node} = {rule if share is None else f'strong({rule}, {share})'}")
        lines.append("  }")
    lines += ["  classes {", "    one <- w1, w2", "    two <- w3, w4, w1", "  }", "  inputs {"]
    lines += [
        f"    {x}: {', '.join(sorted(on))} -> {'one' if k % 2 else 'two'}" for k, (x, on) in enumerate(inputs.items())
    ]
    lines += ["  }", "  init   λ ~ uniform(0.5, 1.5)", f"  update λ by multiplicative({UP}, {DOWN})"]
    lines += [f"  update η by multiplicative({UP}, {DOWN})", "}", "experiment trial {", "  model  adaptive"]
    lines += [f"  run    steps: 60, batch: 2, order: cyclic\n  repeat 1, seed: {seed}"]
    lines += ["  record size[n in node] = log(λ[n]) every 1", "  record path = pathway() every 1"]
    lines += ["  record z = logit() every 1", "}"]
    return "\n".join(lines)


def pathway(seed: int, x: str, size: dict[str, float]) -> set[str]:
    """What fires for an input at these log λ: facts/neurashed.md, "Beyond the core" 4."""
    levels, inputs = made(seed)
    firing = set(inputs[x])
    for level in ("parts", "wholes"):
        holds = {n for n, (least, of, _) in levels[level].items() if sum(f in firing for f in of) >= least}
        top = max((size[n] for n in holds), default=-inf)
        for node in holds:
            share = levels[level][node][2]
            if share is None or share == 0 or size[node] >= log(share) + top:
                firing.add(node)
    return firing


def test_training_is_that_of_plain_python() -> None:
    for seed in range(4):
        found = nshed.loads(source_of(seed)).run().isel(repeat=0)
        nodes, inputs = found["node"].values.tolist(), found["input"].values.tolist()
        size = dict(zip(nodes, found["size"].values[0]))
        competed = False
        for step in range(60):
            np.testing.assert_allclose(found["size"].values[step], [size[n] for n in nodes], rtol=1e-12, atol=1e-12)
            for x, seen in zip(inputs, found["path"].values[step].astype(bool)):
                assert {n for n, s in zip(nodes, seen) if s} == pathway(seed, x, size)
                competed |= len(pathway(seed, x, size)) < len(pathway(seed, x, dict.fromkeys(nodes, 0.0)))
            batch = [inputs[(2 * step + k) % len(inputs)] for k in range(2)]
            union = set().union(*(pathway(seed, x, size) for x in batch))
            size = {n: v + log(UP if n in union else DOWN) for n, v in size.items()}
        assert competed, seed


def test_scores_are_those_of_the_pathway_at_hand() -> None:
    """Z of facts/neurashed.md, from the λ recorded and the pathway that they give; η is 1 at the start."""
    found = nshed.loads(source_of(1)).run().isel(repeat=0, step=0)
    levels, _ = made(1)
    size = dict(zip(found["node"].values.tolist(), found["size"].values))
    for x in found["input"].values.tolist():
        firing, score = pathway(1, x, size), {}
        for node in size:
            of = next(rules[node][1] for rules in levels.values() if node in rules)
            inner = sum(score[f] for f in of) if of else 1.0
            score[node] = exp(size[node]) * inner if node in firing else 0.0
        z = found["z"].sel(input=x).values
        np.testing.assert_allclose(z, [score["w1"] + score["w2"], score["w3"] + score["w4"] + score["w1"]], rtol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_words_of_a_contest_are_the_reference(seed: int) -> None:
    """NumPy's 64 samples at a time against scalar Python, with the λ held as they are and as logarithms."""
    study, _ = nshed.loads(source_of(seed)).study("trial")
    circuit, rng = study.facts.circuit, np.random.default_rng(seed)
    bits, strengths = rng.random((70, circuit.bottom)) < 0.6, rng.normal(0, 0.5, circuit.nodes)
    expected = reference(circuit, bits, strengths=strengths.tolist())
    for values, logs in ((strengths, True), (np.exp(strengths), False)):
        words = all_wires(circuit, pack(bits), values, logs=logs)[: circuit.nodes]
        assert np.array_equal(unpack(words, 70), expected)
    assert not np.array_equal(expected, reference(circuit, bits))


def test_information_sees_the_pathway_at_hand_and_changes_nothing() -> None:
    """With share 0 nobody loses a contest: the bits are those of the network without one, but for the points that they are measured at."""
    source = source_of(3).replace(
        "repeat 1,", "record mi = mutual_information(parts, input, points: 1024) every 30\n  repeat 1,"
    )
    nobody = re.sub(r"strong\((.*), [\d.]+\)", r"strong(\1, 0)", source)
    plain = re.sub(r"strong\((.*), [\d.]+\)", r"\1", source)
    assert "strong" not in plain
    a, b, contested = (nshed.loads(s).run() for s in (nobody, plain, source))
    np.testing.assert_allclose(a["mi"], b["mi"], atol=0.02)
    assert np.abs(contested["mi"] - b["mi"]).max() > 0.1
    assert np.array_equal(contested["size"], nshed.loads(source_of(3)).run()["size"])
