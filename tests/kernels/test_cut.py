"""A function that is cut does what it did: programs are made up, run whole and run cut."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from neurashed_dsl.backend.cut import cut

NAMES = "abcd"
RETURN = f"return {', '.join(NAMES)}"
STARTS = " = ".join([*(f"kept{i}" for i in range(5)), "0"])
KNOWN: Mapping[str, str] = {"a": "a >= 0", "b": "b >= 0", "c": "c >= 0"}


def block(r: Random, depth: int, looping: bool) -> list[str]:
    return [line for _ in range(r.randint(1, 5)) for line in statement(r, depth, looping)]


def statement(r: Random, depth: int, looping: bool) -> list[str]:
    name, other, number = r.choice(NAMES), r.choice(NAMES), r.randint(0, 4)
    kind = r.choice(["plain", "own", "grow", "leave", "for", "if", "else"] if depth else ["plain"])
    inner = (
        [f"    {line}" for line in block(r, depth - 1, looping or kind == "for")]
        if kind in ("for", "if", "else")
        else []
    )
    match kind:
        case "for":
            return [f"for i{depth} in range({name} % 3):", f"    {other} += i{depth}", *inner]
        case "if":
            return [f"if {name} % 2 == 0:", *inner]
        case "else":
            return [f"if {name} % 2 == 0:", *inner, "else:", f"    {other} = {number}"]
        case "own":  # a name that only these lines have, unless others have it, too
            return [f"own{number} = {name} + 1", f"{other} = own{number}"]
        case "grow":  # what only its next turn reads
            return [f"kept{number} = kept{number} + {name}", f"{other} = kept{number} % 89"]
        case "leave":
            return [
                f"if {name} % 5 == {number}:",
                f"    {r.choice([RETURN, *(['break', 'continue'] if looping else [])])}",
            ]
        case _:
            return [
                r.choice(
                    [
                        f"{name} = {other} % 97 * 3 + {number}",
                        f"{name} ^= {other}",
                        f"{name}, {other} = {other} + 1, {name}",
                    ]
                )
            ]


def run(texts: list[str], values: tuple[int, ...]) -> Any:
    names: dict[str, Any] = {}
    for text in texts:
        exec(text, names)
    return names["f"](*values)


def text_of(body: list[str]) -> str:
    return "\n".join([f"def f({', '.join(NAMES)}):", *(f"    {line}" for line in [STARTS, *body, RETURN])])


@pytest.mark.parametrize("piece", [2, 5, 12])
def test_cut_or_whole(piece: int) -> None:
    cuts = 0
    for seed in range(60):
        r = Random(seed)
        text, values = text_of(block(r, 2, looping=False)), tuple(r.randint(0, 9) for _ in NAMES)
        texts = cut(text, {}, long=0, piece=piece)
        assert run(texts, values) == run([text], values), f"program {seed}:\n{text}"
        cuts += len(texts) > 1
    assert cuts > 15


def test_what_a_piece_takes_and_gives() -> None:
    text = text_of(["c = a + b", "t = c * c", "d = t + t", "if d > 3:", f"    {RETURN}", "d = d + 1"])
    first, last = cut(text, KNOWN, long=0, piece=5)
    assert first.splitlines()[:2] == ["def f_1(a, b):", "    assert a >= 0 and b >= 0"]
    assert first.splitlines()[-1] == "    return c, d"  # t is its own
    assert "    c, d = f_1(a, b)" in last.splitlines()


def test_short_functions_stay_whole() -> None:
    text = text_of(["c = a + b"] * 5)
    assert cut(text, {}) == [text]
