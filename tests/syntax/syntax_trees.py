"""Surface trees for tests: whether two are the same, and random ones."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from neurashed_dsl.diagnostics import NOWHERE, Report, Source
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.parse import parse

# Words that mean something elsewhere must be names here.
OURS = "x y cat_head left λ η κ größe 頭 é2 d dt t"
THEIRS = """
hold_out fire rest label name step end start weight every at when level classes inputs from init update by
amplify edges network system over axis state const boundary draw white let observe experiment model run repeat
seed sweep record first derive fit starts plot expect of repeats stage stop set prune rewind snapshot law rule fn param use
as within measure unchecked crop to
"""
NAMES = OURS.split() + THEIRS.split()
OPERATORS = ["or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "//", "%", "^"]
NUMBERS = ["0", "1", "12", "10_000", "0.5", "1e-3", "2.50", "3e2", "1.5E+2"]


def tree_equal(one: Any, other: Any) -> bool:
    """The same nodes with the same fields, wherever they stand."""
    if isinstance(one, ast.Node):
        return type(one) is type(other) and all(
            tree_equal(v, vars(other)[k]) for k, v in vars(one).items() if k != "span"
        )
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(tree_equal, one, other))
    return type(one) is type(other) and one == other


def parsed(text: str) -> ast.Document:
    report = Report()
    document = parse(Source("test", text), report)
    assert not report.found, (report.found, text)
    return document


def make(kind: type, **fields: Any) -> Any:
    """A strategy for nodes; what isn't a strategy is a value."""
    strategies = {k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in fields.items()}
    return st.builds(kind, span=st.just(NOWHERE), **strategies)


def many(strategy: Any, least: int = 0, most: int = 3) -> Any:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def maybe(strategy: Any) -> Any:
    return st.none() | strategy


def _number(text: str) -> ast.Number:
    plain = text.replace("_", "")
    value = Fraction(plain)
    return ast.Number(span=NOWHERE, value=value if "." in plain or "-" in plain else int(value), text=text)


words = st.sampled_from(NAMES)
names = make(ast.Name, name=words)
numbers = st.sampled_from(NUMBERS).map(_number)
texts = make(ast.Text, value=st.text(st.sampled_from('ab λ"\\\n\t#{}(,'), max_size=8))
leaves = names | numbers | texts | make(ast.Truth, value=st.booleans())


def _larger(inner: Any) -> Any:
    intervals = make(ast.Interval, low=inner, high=inner)
    values = inner | intervals
    binders = make(ast.Binder, name=words, domain=values)
    loops = make(ast.Comprehension, body=inner, binders=many(binders, 1, 2), where=maybe(inner))
    arguments = make(ast.Argument, name=maybe(words), value=values)
    last = st.builds(_with_last, many(arguments), st.none() | loops)
    within = arguments | make(
        ast.Argument, name=None, value=make(ast.Star) | make(ast.EdgeRef, source=inner, target=inner)
    )
    calls = make(ast.Call, function=names, arguments=last)
    operators = st.sampled_from(OPERATORS)
    return st.one_of(
        make(ast.Unary, op=st.sampled_from(["-", "not"]), operand=inner),
        make(ast.Binary, op=operators, left=inner, right=inner),
        make(ast.Binary, op="in", left=inner, right=intervals),
        make(ast.If, condition=inner, yes=inner, no=inner),
        make(ast.ListOf, items=many(values)),
        make(ast.ListOf, items=st.tuples(loops)),
        make(ast.Index, base=names, arguments=many(within, 1)),
        calls,
        make(ast.Pick, base=calls, arguments=many(within, 1)),
        make(ast.Drawn, distribution=calls),
    )


def _with_last(arguments: tuple[ast.Argument, ...], loop: ast.Comprehension | None) -> tuple[ast.Argument, ...]:
    return arguments if loop is None else (*arguments, ast.Argument(span=NOWHERE, name=None, value=loop))


expressions = st.recursive(leaves, _larger, max_leaves=12)
short = st.recursive(leaves, _larger, max_leaves=4)
intervals = make(ast.Interval, low=short, high=short)
values = short | intervals
loops = make(
    ast.Comprehension, body=short, binders=many(make(ast.Binder, name=words, domain=values), 1, 2), where=maybe(short)
)
lists = st.builds(lambda first, last: (*first, last), many(values), values | loops)
calls = make(ast.Call, function=names, arguments=many(make(ast.Argument, name=maybe(words), value=values)))
named = make(ast.Argument, name=words, value=values)
indices = make(ast.Index, base=names, arguments=many(make(ast.Argument, name=maybe(words), value=values), 1))
refs = names | indices
binders = many(make(ast.Binder, name=words, domain=maybe(values)))
loop_binders = many(make(ast.Binder, name=words, domain=values), 1)
families = many(make(ast.Binder, name=words, domain=values))
node_names = make(ast.NodeName, name=names, binders=families)
targets = st.just(()) | lists | st.tuples(make(ast.EdgeRef, source=short, target=short))
params = many(
    make(
        ast.Parameter,
        name=names,
        type=maybe(names),
        default=maybe(short),
        bound=maybe(intervals),
        arguments=maybe(many(names, 1, 2)),
    )
    | make(ast.Parameter, name=names, rest=True)
)
texts_or_none = maybe(texts)


def _loop(items: Any) -> Any:
    """Items, or a `for` around some of them."""
    return items | make(ast.For, binders=loop_binders, body=many(items))


nodes = make(ast.NodeDecl, names=many(node_names, 1), rule=None) | make(
    ast.NodeDecl, names=st.tuples(node_names), rule=expressions
)
classes = make(ast.ClassDecl, name=node_names, sources=lists)
crops = make(ast.Crop, chance=short, keep=maybe(short))
inputs = make(
    ast.InputDecl, name=node_names, fires=st.just(()) | lists, label=refs, weight=maybe(short), crop=maybe(crops)
)
data = st.one_of(
    make(ast.DataName, column=names | texts),
    make(ast.DataLabel, column=names | texts),
    make(ast.DataFire, node=refs, condition=short),
    make(ast.DataWeight, value=short),
    make(ast.DataHoldOut, value=short),
    crops,
)
network_items = st.one_of(
    make(ast.Level, name=names, title=texts_or_none, items=many(_loop(nodes))),
    make(ast.Classes, items=many(_loop(classes))),
    make(ast.Inputs, items=many(_loop(inputs))),
    make(ast.InputsFrom, path=texts, items=many(data)),
    make(ast.Init, array=names, targets=targets, drawn=False, value=short),
    make(ast.Init, array=names, targets=targets, drawn=True, value=calls | names),
    make(ast.Update, array=names, targets=targets, law=calls | names, when=maybe(names)),
    make(ast.AmplifyEdges),
)
data_files = make(ast.DataFile, path=texts, array=texts_or_none)
slot = {"name": names, "binders": binders, "type": maybe(names)}
system_items = st.one_of(
    make(ast.Axis, name=names, domain=values),
    make(ast.State, **slot, drawn=False, value=maybe(short)),
    make(ast.State, **slot, drawn=True, value=calls | names),
    make(ast.Const, **slot, drawn=False, value=short | data_files),
    make(ast.Const, **slot, drawn=True, value=calls | names),
    make(ast.Boundary, target=indices, value=short),
    make(ast.Draw, name=names, binders=binders, distribution=calls | names),
    make(ast.White, name=names, binders=binders),
    make(ast.Let, **slot, value=expressions, observe=st.booleans()),
    make(ast.Next, name=names, binders=binders, value=expressions, differential=st.booleans()),
)


def _record(grid: str | None, value: Any, first: Any = None) -> Any:
    return make(ast.Record, name=names, binders=binders, value=short, grid=grid, grid_value=value, first=first)


stage_items = st.one_of(
    make(ast.Run, arguments=many(named, 1)),
    make(ast.Stop, condition=short),
    make(ast.SetAt, target=refs, value=short, step=short),
    make(ast.Prune, level=names, arguments=many(named)),
    make(ast.Rewind, name=maybe(names)),
    make(ast.Snapshot, name=maybe(names)),
)
fitted = make(ast.Fitted, name=names, bound=maybe(intervals))
experiment_items = st.one_of(
    stage_items,
    make(ast.ModelUse, value=names | calls),
    make(ast.Repeat, count=short, seed=maybe(short)),
    make(ast.Repeat, count=None, seed=short),
    make(ast.Sweep, names=many(names, 1), values=values),
    _record(None, None),
    _record("every", short),
    _record("at", values),
    _record("end", None),
    _record("start", None),
    _record("when", short, maybe(short)),
    make(ast.Derive, name=names, value=short),
    make(ast.Fit, value=short, data=short | data_files, parameters=many(fitted, 1), arguments=many(named)),
    make(ast.Plot, value=calls),
    make(ast.Expect, claim=short, share=maybe(short), title=texts_or_none),
    make(ast.Stage, name=names, items=many(stage_items)),
)
law_parts = make(ast.LawPart, name=names, argument=names, body=short)
imports = maybe(many(st.tuples(names, names), 1))
declarations = st.one_of(
    make(ast.Use, path=texts, names=imports),
    make(ast.FileParameter, parameter=params.filter(bool).map(lambda p: p[0])),
    make(ast.Function, name=names, parameters=params, body=expressions),
    make(ast.Rule, name=names, parameters=params, body=expressions),
    make(ast.Law, name=names, parameters=params, parts=many(law_parts), unchecked=st.booleans()),
    make(ast.Measure, name=names, parameters=params, binders=binders, type=maybe(names), body=expressions),
    make(ast.Network, name=names, parameters=params, items=many(_loop(network_items))),
    make(ast.System, name=names, parameters=params, over_network=st.booleans(), items=many(system_items)),
    make(ast.Experiment, name=names, title=texts_or_none, items=many(experiment_items)),
)
documents: Any = many(declarations).map(lambda items: ast.Document(NOWHERE.source, items, ()))
