"""Networks put together by hand, without the compiler: those of the paper's figures, hostile names, and a large one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neurashed_dsl.ir.circuit import Circuit, pack
from neurashed_dsl.model.graph import Family, Graph, Inputs, Level, Trained

UNBOUNDED = 2**40
MARKS = {"any": "∨", "all": "∧"}


@dataclass(frozen=True)
class Node:
    """`rule` is "any", "all" or the least number of `dependents` that must fire; "" at the bottom."""

    name: str
    rule: str | int = ""
    dependents: tuple[str, ...] = ()


def least(node: Node) -> int:
    return {"any": 1, "all": len(node.dependents)}.get(str(node.rule), node.rule if isinstance(node.rule, int) else 1)


def network(
    name: str,
    levels: Mapping[str, Sequence[Node]],
    classes: Mapping[str, Sequence[str]],
    inputs: Mapping[str, tuple[Sequence[str], str]],
    titles: Mapping[str, str] | None = None,
) -> Graph:
    nodes = [node for level in levels.values() for node in level]
    ids = {node.name: i for i, node in enumerate(nodes)}
    starts = np.cumsum([0, *map(len, levels.values())])
    shown = [Level(key, (titles or {}).get(key, ""), int(a), int(b)) for key, a, b in zip(levels, starts, starts[1:])]
    bottom = int(starts[1])
    members = [ids[d] for node in nodes for d in node.dependents]
    offsets = np.cumsum([0, *(len(node.dependents) for node in nodes)])
    upper = nodes[bottom:]
    circuit = Circuit(
        len(nodes), bottom, len(nodes), np.arange(bottom, len(nodes)), offsets[bottom:] - offsets[bottom],
        np.array(members, np.int32), np.ones(len(members), np.int64),
        np.array([least(n) for n in upper], np.int64), np.full(len(upper), UNBOUNDED),
    )  # fmt: skip
    bits = np.array([[n.name in fires for n in nodes[:bottom]] for fires, _ in inputs.values()], bool).reshape(
        -1, bottom
    )
    order = list(classes)
    votes = [(ids[f], order.index(c)) for c, sources in classes.items() for f in sources]
    return Graph(
        name, tuple(shown), tuple(families(levels)), [n.name for n in nodes], offsets, np.array(members, np.int32),
        circuit, order,
        np.array([f for f, _ in votes], np.int32), np.array([c for _, c in votes], np.int32),
        Inputs(list(inputs), pack(bits), np.array([order.index(c) for _, c in inputs.values()]), np.ones(len(inputs)),
               np.zeros(len(inputs), bool), []),
        untrained(len(nodes)), untrained(len(votes)),
    )  # fmt: skip


def families(levels: Mapping[str, Sequence[Node]]) -> list[Family]:
    """`x[1]`, `x[2]` … of one rule that stand side by side are a family."""
    found: list[Family] = []
    start = 0
    for level, nodes in levels.items():
        for node in nodes:
            stem, _, index = node.name.partition("[")
            mark = MARKS.get(str(node.rule), f"≥{node.rule}" if node.rule else "")
            numbers = tuple(int(i) for i in index.rstrip("]").split(",")) if index else ()
            if found and index and (found[-1].name, found[-1].level, found[-1].mark) == (stem, level, mark):
                found[-1] = Family(stem, level, found[-1].start, (*found[-1].indices, numbers), mark)
            else:
                found.append(Family(stem, level, start, (numbers,) if index else (), mark))
            start += 1
    return found


def untrained(count: int) -> Trained:
    return Trained(np.zeros(count, np.int16), (), ())


def figure1() -> Graph:
    """Four levels, three classes; class 1 comes in two types (a and b)."""
    f = [f"f[{i}]" for i in range(1, 10)]
    second = {"g[1]": f[0:3], "g[2]": f[2:5], "g[3]": f[3:6], "g[4]": f[5:8], "g[5]": f[6:9]}
    third = {"h[1]": ["g[1]", "g[2]"], "h[2]": ["g[2]", "g[3]"], "h[3]": ["g[3]", "g[4]"], "h[4]": ["g[4]", "g[5]"]}
    return network(
        "figure1",
        {
            "edges": [Node(n) for n in f],
            "shapes": [Node(n, 2, tuple(d)) for n, d in second.items()],
            "parts": [Node(n, "any", tuple(d)) for n, d in third.items()],
        },
        {"one": ["h[1]", "h[2]"], "two": ["h[2]", "h[3]"], "three": ["h[4]"]},
        {
            "1a": ([f[0], f[1], f[3]], "one"),
            "1b": ([f[0], f[1], f[3], f[4]], "one"),
            "2": ([f[3], f[4], f[5]], "two"),
            "3": ([f[6], f[8]], "three"),
        },
        {"edges": "lowest features", "shapes": "features of features"},
    )


def figure4() -> Graph:
    """facts/neurashed.md: 13 features, the 7th shared; class 2 mirrors class 1."""
    rules: dict[int, tuple[str | int, tuple[int, ...]]] = {
        1: ("any", (1, 2, 3)), 2: (2, (2, 5, 7)), 3: ("any", (4, 5, 6)),
        4: ("any", (8, 9, 10)), 5: (2, (7, 9, 12)), 6: ("any", (11, 12, 13)),
    }  # fmt: skip
    ones = [(1, 2, 7), (2, 3, 7), (4, 5, 7), (5, 6, 7)]
    twos = [tuple(sorted(14 - n for n in pattern)) for pattern in ones]
    return network(
        "figure4",
        {
            "features": [Node(f"x[{i}]") for i in range(1, 14)],
            "parts": [Node(f"b{i}", rule, tuple(f"x[{k}]" for k in of)) for i, (rule, of) in rules.items()],
        },
        {"y[1]": ["b1", "b2", "b3"], "y[2]": ["b4", "b5", "b6"]},
        {f"s{i + 1}": ([f"x[{k}]" for k in p], "y[1]" if i < 4 else "y[2]") for i, p in enumerate(ones + twos)},
    )


HOSTILE = [
    'a"b',
    "<b>&amp;",
    "back\\slash\\",
    "new\nline",
    "tab\tbell\x07",
    "多层 λ",
    "]]>--><script>alert(1)</script>",
    "`tick`#;",
    " ",
    "\\N\\l\\n\\r\\\\G",
    "x" * 90,
]


def hostile() -> Graph:
    top = Node('all "of" <them> & \\', "all", tuple(HOSTILE))
    return network(
        'net"<&\\', {"low": [Node(n) for n in HOSTILE], "high": [top]}, {"</text>": [top.name], 'a"b': [HOSTILE[0]]},
        {'in "<&\\\n': (HOSTILE, "</text>")}, {"low": 'title <"&\\> that is rather long and goes on to a second line'},
    )  # fmt: skip


def large(width: int, fan_in: int) -> Graph:
    """Two levels of `width` nodes, `fan_in` dependents above, a hundred classes; the input fires every tenth node."""
    names = [f"x[{i}]" for i in range(width)] + [f"y[{i}]" for i in range(width)]
    rng = np.random.default_rng(1)
    members = rng.integers(0, width, width * fan_in).astype(np.int32)
    offsets = np.concatenate([np.zeros(width, np.int64), np.arange(width + 1) * fan_in])
    circuit = Circuit(
        2 * width, width, 2 * width, np.arange(width, 2 * width), np.arange(width + 1) * fan_in, members,
        np.ones(len(members), np.int64), np.full(width, 2), np.full(width, UNBOUNDED),
    )  # fmt: skip
    indices = [(i,) for i in range(width)]
    inputs = Inputs(
        ["s"], pack((np.arange(width) % 10 == 0)[None, :]), np.array([3]), np.ones(1), np.zeros(1, bool), []
    )
    return Graph(
        "large", (Level("low", "", 0, width), Level("high", "", width, 2 * width)),
        (Family("x", "low", 0, indices, ""), Family("y", "high", width, indices, "≥2")), names, offsets, members,
        circuit, [f"class {i}" for i in range(100)], np.arange(width, 2 * width, dtype=np.int32),
        np.sort(np.arange(width, dtype=np.int32) % 100),
        inputs, untrained(2 * width), untrained(width),
    )  # fmt: skip
