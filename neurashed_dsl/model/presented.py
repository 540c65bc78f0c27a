"""How the experiments of a file present a network, as far as their text says."""

from collections.abc import Iterable

from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import walk


def come_one_by_one(network: str, experiments: Iterable[ast.Experiment]) -> bool:
    """Does one of them present its inputs one by one, or does none run it?"""
    theirs = [e for e in experiments if _runs(e, network)]
    return not theirs or not all(_in_batches(e) for e in theirs)


def _runs(e: ast.Experiment, network: str) -> bool:
    uses = [i for i in e.items if isinstance(i, ast.ModelUse)]
    return any(isinstance(n, ast.Name) and n.name == network for use in uses for n in walk(use))


def _in_batches(e: ast.Experiment) -> bool:
    """Does every part of it name a batch that isn't 1?"""
    stages = [i.items for i in e.items if isinstance(i, ast.Stage)]
    return all(any(map(_batch, items)) or any(map(_batch, e.items)) for items in stages or [e.items])


def _batch(item: ast.Node) -> bool:
    given = item.arguments if isinstance(item, ast.Run) else ()
    return any(a.name == "batch" and not (isinstance(a.value, ast.Number) and a.value.value == 1) for a in given)
