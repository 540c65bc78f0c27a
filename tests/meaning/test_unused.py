"""Declarations that nothing uses are looked at all the same: what is wrong anywhere is found, what depends on the use is not."""

import pytest

from neurashed_dsl.diagnostics import Report, Source
from neurashed_dsl.driver import check_source

NETWORK = """
network pets {
  level traits { whiskers, bark }
  level kinds { cat = whiskers and not bark
    dog = bark }
  classes { feline <- cat
    canine <- dog }
  inputs { tabby: whiskers -> feline
    rex: bark -> canine }
  update λ by multiplicative
  update η by multiplicative
}
"""
DATA = """
network data {
  level traits { a }
  classes { k <- a }
  inputs from "nothing.csv" { label kind }
}
"""


def codes(text: str) -> list[str]:
    report = Report()
    return [f"{d.code} {d.span.text}" for d in check_source(Source("x.nshed", text), None, {}, (), report) if d.span]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("rule r(a, b) = a and c", "unknown-node c"),
        ("rule r(a...) = at_leest(2, a)", "unknown-function at_leest"),
        ("rule r(share = two, a...) = count(a) >= share * size(a)", "unknown-name two"),
        ("rule r(a) = s(a, a)\nrule s(a) = a", "too-many-arguments a"),
        ("measure m(L) = sum(λ[n] for n in L) + tow", "unknown-name tow"),
        ("measure m = meann(λ[n] for n in node)", "unknown-function meann"),
        ("fn f(x) = loss() + y", "unknown-name y"),
        ("law l(a = 2) { fire(x) = b * x\n rest(x) = x }", "unknown-name b"),
        ("system s over network {\n state λ[node]: log\n λ[n in node] <- λ[n] * q\n}", "unknown-name q"),
        ("rule r(a) = s(a)\nrule s(a) = r(a)", "recursive-function s(a)"),
        ("fn f(x) = g(x)\nfn g(x) = h(x)\nfn h(x) = f(x) + g(x)", "recursive-function g(x)"),
    ],
)
def test_what_is_wrong_anywhere_is_found_once(text: str, wrong: str) -> None:
    assert codes(text + "\n" + NETWORK)[:1] == [wrong]
    if "h(x)" not in text:
        assert codes(text + "\n" + NETWORK) == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "rule quorum(share, deps...) = count(deps) >= share * size(deps)",
        "rule r(k, x...) = at_least(k, x) or (if k > 2 then all(x) else none(x)) or sum(n for n in 1..k) > k",
        "rule r(a, b) = 2 * a - b >= 1 and not a\nrule s(x...) = r(x, x) or majority(x)",
        "measure m(L) = sum(if n in cat then λ[n] else 0 for n in L) + λ[whiskers] + mean(logit)",
        "measure m = at(last(loss()), step: 3) + score[tabby, cat]",
        "fn f(x) = loss() + x * probability(label)[1]",
        "system s over network {\n state λ[node]: log\n λ[n in node] <- fire(n, λ[n])\n}",
        "measure m = x[1] + v",
        "fn f(x) = x\nfn g(x) = f(x) + f(f(x))",
    ],
)
def test_what_depends_on_the_use_is_left_to_it(text: str) -> None:
    system = "system chain {\n axis block = 1..3\n state x[block] = 0\n let v = x[1]\n x[b in block] <- x[b]\n}"
    assert [c for c in codes(f"{text}\n{NETWORK}\n{system}") if "unknown" in c] == []


def test_names_of_samples_may_stand_in_data() -> None:
    text = "measure m = score[leopard, a] + qq"
    assert [c for c in codes(text + DATA) if c.startswith("unknown")] == ["unknown-name qq"]


def test_a_system_must_be_wrong_with_every_network() -> None:
    system = (
        "system s over network {\n state λ[node]: log\n λ[n in node] <- if n in kinds then λ[n] else fire(n, λ[n])\n}"
    )
    other = NETWORK.replace("pets", "others").replace("level kinds", "level sorts")
    assert codes(system + NETWORK + other) == []
    assert codes(system + other) == ["not-a-domain kinds"]
