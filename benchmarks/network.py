"""The network that is measured, as nshed text and as the arrays that hand-written code takes.

Half of the nodes are set by the input, the other half fire from half of their dependents on; ten classes, each with a
vote from every node of the upper half. Dependents and inputs are arithmetic progressions of one step, so that an input
fires the same share of both halves, scattered over all of memory: node y[i] looks at x[(spread i + step k) mod n + 1],
input s[j] fires x[(apart j + step m) mod n + 1].
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

CLASSES = 10
LAWS = {
    "multiplicative": "multiplicative(a: 1.06, b: 0.995)",
    "additive": "additive(c: 0.05, b: 0.995)",
    "saturating": "saturating(rate: 0.05, ceiling: 1, b: 0.995)",
    "eroding": "eroding(c: 0.05, b: 0.005)",
    "waning": "waning(c: 0.05, b: 0.005)",
    "eroded": "eroded(c: 0.05, b: 0.005)",
}


@dataclass(frozen=True)
class Shape:
    """Sizes: nodes of one half, dependents of an upper node, inputs, sensors that an input fires; the progressions."""

    half: int
    fan: int
    inputs: int
    shown: int
    spread: int
    step: int
    apart: int

    @property
    def need(self) -> int:
        return self.fan // 2


def shape(nodes: int, edges: int, inputs: int, share: float) -> Shape:
    """`edges` counts the rules' and the votes; `share` of the nodes fires for an input, about."""
    half = nodes // 2
    fan = edges // half - CLASSES
    if fan < 2:
        raise ValueError(f"{edges} edges are too few: {CLASSES * half} of them are votes")
    spread, step, apart = (_coprime(half, round(half * part)) for part in (0.618, 0.386, 0.271))
    return Shape(half, fan, inputs, max(round(share * half), fan), spread, step, apart)


def _coprime(n: int, near: int) -> int:
    return next(k for k in range(max(near, 1), near + n + 2) if gcd(k, n) == 1)


def text(nodes: int, edges: int, inputs: int, share: float, law: str) -> str:
    """The network, with an experiment `training` whose length is the parameter `steps`. `law` is a key of LAWS."""
    s = shape(nodes, edges, inputs, share)
    look = f"x[({s.spread} * i + {s.step} * k) % {s.half} + 1] for k in 1..{s.fan}"
    show = f"x[({s.apart} * j + {s.step} * m) % {s.half} + 1] for m in 1..{s.shown}"
    return f"""# {nodes} nodes, {edges} edges, {inputs} inputs: made by benchmarks/network.py
param steps: int = 20_000

law eroding(c, b) {{
  fire(x) = x + c
  rest(x) = x / (1 + b * x)   # linear fractional: k rests are x / (1 + k·b·x)
}}

law waning(c, b) {{
  fire(x) = x + c
  rest(x) = x * (1 - b * min(x, 1))   # no closed form for many rests
}}

law eroded(c, b) {{
  fire(x) = x + c
  rest(x) = x - b * x^2 / (1 + x)   # no closed form either, and a division
}}

network measured {{
  level sensors {{ x[i in 1..{s.half}] }}
  level parts {{ y[i in 1..{s.half}] = at_least({s.need}, {look}) }}
  classes {{ c[k in 1..{CLASSES}] <- y }}
  inputs {{ s[j in 1..{inputs}]: {show} -> c[j % {CLASSES} + 1] }}
  init   λ = 0.5
  init   η = 0.5
  update λ by {LAWS[law]}
  update η by {LAWS[law]}
}}

experiment training {{
  model  measured
  run    steps: steps, batch: 1, order: shuffled
  record strength = amplification(parts) at end
}}
"""


def sources(s: Shape) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """Dependents [upper node, fan], in pieces that come with their first node: at 10^7 edges memory counts."""
    for first in range(0, s.half, 100_000):
        node = np.arange(first, min(first + 100_000, s.half))[:, None] + 1
        yield first, ((s.spread * node + s.step * np.arange(1, s.fan + 1)) % s.half).astype(np.int32)


def shown(s: Shape) -> NDArray[np.int64]:
    """Sensors [input, shown] that fire."""
    return (s.apart * (np.arange(s.inputs)[:, None] + 1) + s.step * np.arange(1, s.shown + 1)) % s.half


def labels(s: Shape) -> NDArray[np.int64]:
    """Class [input]."""
    return (np.arange(s.inputs, dtype=np.int64) + 1) % CLASSES
