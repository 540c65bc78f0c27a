"""A network with its sizes worked out: levels are slices of one axis, rules are a circuit, inputs are bits (facts/neurashed.md).

Node ids count from 0, bottom level first; class nodes are not among them. Made by `network.elaborate`, read by `weave` (which adds the
equations of a `system … over network`) and by `render`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import NOWHERE, Span
from neurashed_dsl.ir.circuit import Circuit
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Ids = npt.NDArray[np.int64]


@frozen
class Level:
    """Node ids `start` up to, not including, `stop`."""

    name: str
    title: str
    start: int
    stop: int
    span: Span = NOWHERE


@frozen
class Family:
    """Nodes declared together: one plain node (no binders), or `left[c in 1..2]` with one node for each index tuple, in order."""

    name: str
    level: str
    start: int
    indices: Sequence[tuple[int, ...]]  # () for a plain node
    mark: str  # how its rule reads in a picture: "∨", "∧", "≥2", "a∧¬b" …; "" at the bottom
    span: Span = NOWHERE


@frozen
class LawUse:
    """A law with its arguments: which one, and under which stream name its draws go. `arguments` are numbers, by parameter."""

    law: ast.Law
    scope: Any  # the scope in which the law was declared, for `lower`
    arguments: Mapping[str, int | float]


@frozen
class Start:
    """`init` for some places: a number, or a distribution with its arguments. Later ones win. `where` None: everywhere."""

    where: Ids | None
    distribution: str | None
    arguments: tuple[int | float, ...]
    span: Span = NOWHERE


@frozen
class Trained:
    """What is trained of λ (per node), η (per vote) or κ (per edge): the law of each place, and where it starts."""

    law: npt.NDArray[np.int16]  # index into `laws`
    laws: tuple[LawUse, ...]
    starts: tuple[Start, ...]
    together: npt.NDArray[np.bool_] | None = (
        None  # of edges: both ends on one sample (else: each somewhere in the batch)
    )
    tied: npt.NDArray[np.bool_] | None = None  # of κ: the edge fires where the node it leads to does
    span: Span = NOWHERE


@frozen
class Inputs:
    """Samples in the order written. `bits`: uint64[bottom nodes, words], bit s & 63 of word s >> 6: the node fires for sample s."""

    names: Sequence[str]
    bits: npt.NDArray[np.uint64]
    labels: Ids  # class of each sample
    weights: npt.NDArray[np.float64]
    held_out: npt.NDArray[np.bool_]
    spans: Sequence[Span]  # of the declaration (or the `inputs from`) of each
    hashes: Mapping[str, str] = field(default_factory=dict)  # data file as written -> sha256
    crops: npt.NDArray[np.float64] | None = None  # how often a part of each is shown in its place; None: never
    keeps: npt.NDArray[np.float64] | None = None  # which share of its nodes such a part keeps


@frozen
class Graph:
    name: str
    levels: tuple[Level, ...]  # bottom first, without the classes
    families: tuple[Family, ...]
    nodes: Sequence[str]  # names as written: `cat`, `x[1,2]`
    into_offsets: Ids  # CSR: the dependents of each node
    into_members: npt.NDArray[np.int32]
    circuit: Circuit
    classes: Sequence[str]
    vote_sources: npt.NDArray[np.int32]  # node of each vote (edge from second-last level to a class), grouped by class
    vote_targets: npt.NDArray[np.int32]  # class of each vote, ascending
    inputs: Inputs
    amplification: Trained
    weights: Trained
    factors: Trained | None = None  # of κ, with `amplify edges`; then nothing is trained of λ and η
    span: Span = NOWHERE

    @property
    def trained(self) -> Mapping[str, Trained]:
        """What there is to train, by the name of the array."""
        return {"κ": self.factors} if self.factors else {"λ": self.amplification, "η": self.weights}
