"""The paper's model in plain Python and real numbers: a second implementation, written from facts/neurashed.md, "Model".

Knows nothing of nshed. A network fires by "at least k of these"; `any` is k = 1, `all` is k = their number.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp, log, sqrt
from typing import NamedTuple

Law = Callable[[float], float]
Values = dict[str, float]
Weights = dict[tuple[str, str], float]


class Network(NamedTuple):
    bottom: Sequence[str]
    rules: Mapping[str, tuple[int, Sequence[str]]]  # level by level
    votes: Mapping[str, Sequence[str]]  # class -> nodes of the second-last level
    inputs: Mapping[str, tuple[Sequence[str], str]]  # pattern and label
    laws: Mapping[str, tuple[Law, Law]]  # node -> g⁺, g⁻
    edge_law: tuple[Law, Law]
    both: bool = False


def pathway(net: Network, x: str) -> set[str]:
    firing = set(net.inputs[x][0])
    for node, (least, dependents) in net.rules.items():
        if sum(f in firing for f in dependents) >= least:
            firing.add(node)
    return firing


def scores(net: Network, x: str, lam: Values) -> Values:
    firing, score = pathway(net, x), {}
    for node in (*net.bottom, *net.rules):
        inner = 1.0 if node in net.bottom else sum(score[f] for f in net.rules[node][1])
        score[node] = lam[node] * inner if node in firing else 0.0
    return score


def logits(net: Network, x: str, lam: Values, eta: Weights) -> Values:
    score = scores(net, x, lam)
    return {c: sum(eta[f, c] * score[f] for f in nodes) for c, nodes in net.votes.items()}


def softmax(z: Values) -> Values:
    top = max(z.values())
    total = sum(exp(v - top) for v in z.values())
    return {c: exp(v - top) / total for c, v in z.items()}


def surprise(z: Values, label: str) -> float:
    """-log p of the label."""
    top = max(z.values())
    return (top - z[label]) + log(sum(exp(v - top) for v in z.values()))


def step(net: Network, batch: Sequence[str], lam: Values, eta: Weights) -> tuple[Values, Weights]:
    paths = [(pathway(net, x), net.inputs[x][1]) for x in batch]
    union = set().union(*(p for p, _ in paths))

    def lit(f: str, c: str) -> bool:
        if net.both:
            return f in union and any(label == c for _, label in paths)
        return any(f in p and label == c for p, label in paths)

    new_lam = {n: net.laws[n][0 if n in union else 1](v) for n, v in lam.items()}
    return new_lam, {(f, c): net.edge_law[0 if lit(f, c) else 1](v) for (f, c), v in eta.items()}


def local_elasticity(net: Network, x: str, other: str, lam: Values, eta: Weights) -> float:
    after = step(net, [x], lam, eta)

    def change(of: str) -> float:
        old, new = logits(net, of, lam, eta), logits(net, of, *after)
        return sqrt(sum((new[c] - old[c]) ** 2 for c in old))

    return change(other) / change(x)


def jaccard(net: Network, x: str, other: str) -> float:
    a, b = pathway(net, x), pathway(net, other)
    return len(a & b) / len(a | b)


def figure4() -> Network:
    """The wiring that facts/neurashed.md derives, with its laws."""
    base = 1.022
    first = [(1, 2, 7), (2, 3, 7), (4, 5, 7), (5, 6, 7)]
    patterns = [(p, "class1") for p in first] + [(tuple(14 - n for n in p), "class2") for p in first]
    rules = {"b1": (1, (1, 2, 3)), "b2": (2, (2, 5, 7)), "b3": (1, (4, 5, 6))}
    rules |= {"b4": (1, (8, 9, 10)), "b5": (2, (7, 9, 12)), "b6": (1, (11, 12, 13))}
    bottom = [f"f[{i}]" for i in range(1, 14)]

    def fades(v: float) -> float:
        return v * base**-0.25

    laws: dict[str, tuple[Law, Law]] = {n: (lambda v: v * base**2.75, fades) for n in (*bottom, *rules)}
    laws["f[7]"] = (lambda v: v * base**0.75, fades)
    return Network(
        bottom=bottom,
        rules={n: (k, [f"f[{i}]" for i in of]) for n, (k, of) in rules.items()},
        votes={"class1": ["b1", "b2", "b3"], "class2": ["b4", "b5", "b6"]},
        inputs={f"s{i + 1}": ([f"f[{n}]" for n in p], label) for i, (p, label) in enumerate(patterns)},
        laws=laws,
        edge_law=(lambda v: v * base**2.75, fades),
    )
