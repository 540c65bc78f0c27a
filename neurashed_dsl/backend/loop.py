"""The text of `advance`: draws, lets, records and equations of a step, in a loop over steps."""

from collections.abc import Sequence

from neurashed_dsl.backend import draw as drawing
from neurashed_dsl.backend.draw import Stream
from neurashed_dsl.backend.equations import Still, buffer, flat, goes_flat, move, step
from neurashed_dsl.backend.folds import abreast, goes_abreast
from neurashed_dsl.backend.fuse import Fused, fuse, in_place, next_exprs
from neurashed_dsl.backend.writer import Writer
from neurashed_dsl.ir.circles import needed, together
from neurashed_dsl.ir.expr import Apply, Binder, Expr, Range, Read, Reduce, Var, Whole, arrays
from neurashed_dsl.ir.system import Draw, Grid, Let, Record, System

Extra = tuple[str, str, str]  # an Argument: role, name, text


def advance(system: System, groups: tuple[Grid, ...], w: Writer) -> list[Extra]:
    """The body of `advance(start, stop, final, …)`; returns the arguments for records and random streams.

    Steps `start` up to, not including, `stop`; with `final`, what is due in the state after them is recorded, too. Returns the step reached, or
    -1 - step where a value stopped being a finite number at that step.
    """
    extra: list[Extra] = [("due", "due", "due")] if groups else []
    streams = drawing.streams(system, w.names)
    fused = fuse(system)
    aside = {d.name for f in fused for d in f.draws} | {x.name for f in fused for x in f.lets}
    still = in_place(system, fused, w.names.lanes > 0)
    _flat(system, still, w)
    drawing.enter(streams, w)
    prelude(_loop_exprs(system, groups), system, w)
    for i, group in enumerate(groups):
        if group.when is None:
            w.line(f"due_{i} = at_{i}[due[{i}]]")
    extra += [("rng", name, s.argument) for name, s in streams.items()]
    with w.block("for step in range(start, stop + final):"):
        for draw in system.draws.values():
            if draw.name in streams and (w.names.lanes or draw.name not in aside):
                _draw(draw, streams[draw.name], w, raw=draw.name in aside)
        fill([x for x in system.lets if x.name not in aside], system, w)
        for i, group in enumerate(groups):
            extra += _records(i, group, [r for r in system.records if r.grid is group], system, w)
        with w.block("if step == stop:"):
            w.line("break")
        if system.stop is not None:
            _late([system.stop], system, w)
            with w.block(f"if {w.value(system.stop)}:"):
                drawing.leave(streams, w)
                w.line("return step")
        step(system, fused, still, streams, w)
    drawing.leave(streams, w)
    w.line("return stop")
    return extra


def _loop_exprs(system: System, groups: tuple[Grid, ...]) -> list[Expr]:
    found = [e for f in system.next for e in next_exprs(f)]
    found += [r.expr for r in system.records] + [g.when for g in groups if g.when is not None]
    found += [system.stop] if system.stop is not None else []
    return found + [x.expr for x in (*system.lets, *system.late)] + [a for d in system.draws.values() for a in d.args]


def _flat(system: System, still: Still, w: Writer) -> None:
    """With lanes, states and buffers as rows."""
    for following in system.next:
        for name, _ in following.updates if goes_flat(following, system, w) else ():
            w.read.add(name)
            w.line(f"{flat(name, False, w)} = {w.names.text[name]}.reshape(-1)")
            if still[id(following)] is None:
                w.line(f"{flat(name, True, w)} = {buffer(name, w)}.reshape(-1)")


def settle(system: System, w: Writer) -> None:
    prelude([e for f in system.settle for e in next_exprs(f)], system, w)
    for following in system.settle:
        move(following, Fused(), {}, system, w, behind=0, moving=False)


def prelude(exprs: Sequence[Expr], system: System, w: Writer) -> None:
    """The hoisted lets that these expressions need."""
    fill(_needed(exprs, system.hoisted), system, w)


def _needed(exprs: Sequence[Expr], lets: Sequence[Let]) -> list[Let]:
    return needed(set().union(*map(arrays, exprs)) if exprs else (), lets)[1]


def fill(lets: Sequence[Let], system: System, w: Writer) -> None:
    """Lets in order; those of a circle in one loop over their levels."""
    for group in together(lets):
        let = group[0]
        if let.circle:
            _circle(group, w)
        elif let.product:
            _product(let, w)
        elif goes_abreast(let, system, w):
            abreast(let, w)
        else:
            _elements(let, let.binders, w)


def _circle(lets: Sequence[Let], w: Writer) -> None:
    level = lets[0].binders[lets[0].level]
    with w.loops((level,)):
        _turn(level, lets[0].scan, w)
        for let in lets:
            own = let.binders[let.level]
            w.variables[own.name] = w.variables[level.name]
            w.whole.add(own.name)
            _elements(let, (*let.binders[: let.level], *let.binders[let.level + 1 :]), w)


def _elements(let: Let, binders: tuple[Binder, ...], w: Writer) -> None:
    """Loops in order; a scan that reads higher positions runs backwards."""
    wide = let.name in w.names.varying
    with w.loops(binders):
        for b in binders:
            _turn(b, let.scan, w)
        value = w.value(let.expr)
        with w.lanes(wide):
            w.line(f"{w.names.access(let.name, [w.variables[b.name] for b in let.binders])} = {value}")
        w.read.add(let.name)


def _turn(b: Binder, scan: str, w: Writer) -> None:
    if scan == "down":
        back = w.fresh(b.name)
        w.line(f"{back} = {_last(b, w)} - {w.variables[b.name]}")
        w.variables[b.name] = back


def _product(let: Let, w: Writer) -> None:
    """A matrix product, into the let's own array: transposes are views."""
    match let.expr:
        case Reduce(_, Apply(_, (Read() as a, Read() as b)), (only,)):
            w.read |= {a.array, b.array, let.name}
            # Rows of the left factor are those of the result, and rows of the right one are summed over.
            left, right = _matrix(a, only.name, False, w), _matrix(b, only.name, True, w)
            w.line(f"np.dot({left}, {right}, {w.names.text[let.name]})")
        case _:
            raise AssertionError("a product is a sum of products")


def _matrix(factor: Read, summed: str, by_rows: bool, w: Writer) -> str:
    """A factor as NumPy's array, or the level of one that it reads: its rows are summed over, or its columns."""
    along = [i for i in factor.index if isinstance(i, Var)]
    level = ", ".join(w.value(i) for i in factor.index[: -len(along)])
    turned = len(along) == 2 and (along[0] == Var(summed)) != by_rows
    return w.names.text[factor.array] + (f"[{level}]" if level else "") + (".T" if turned else "")


def _last(b: Binder, w: Writer) -> str:
    """First plus last position of a binder's domain: what mirrors it."""
    match b.domain:
        case Whole(axis):
            return f"({w.names.sizes[axis]} - 1)"
        case Range(low, high, _):
            return f"({w.value(low)} + {w.value(high)} - 1)"
        case _:
            raise AssertionError("a scan runs over an axis")


def _draw(draw: Draw, s: Stream, w: Writer, *, raw: bool) -> None:
    """The array of a draw. In lanes all raw numbers come first: a slow one would hold up what reads it at once."""
    binders = draw.binders or tuple(Binder(f"{a}.{draw.name}", Whole(a)) for a in draw.axes)
    w.read.add(draw.name)
    with w.loops(binders):
        element = w.names.access(draw.name, [w.variables[b.name] for b in binders])
        if w.names.lanes:
            drawing.raw_in_lanes(draw, s, element, w)
        else:
            text = drawing.number(draw, s, w)
            w.line(f"{element} = {text}")
    if w.names.lanes and not raw:
        with w.loops(binders):
            element = w.names.access(draw.name, [w.variables[b.name] for b in binders])
            text = drawing.finished(draw, s, element, w)
            with w.lanes():
                w.line(f"{element} = {text}")


def _late(exprs: Sequence[Expr], system: System, w: Writer) -> None:
    fill(_needed(exprs, system.late), system, w)


# --- records --------------------------------------------------------------------------------------------------------------


def _records(i: int, grid: Grid, records: list[Record], system: System, w: Writer) -> list[Extra]:
    """Everything that one grid records at this step. `due[i]` counts what has been recorded; `at` ends with -1."""
    at = ("at", str(i), f"at_{i}")
    outs = [("out", r.name, w.names.text[f"record {r.name}"]) for r in records]
    count = w.fresh("count")
    if grid.when is None:
        with w.block(f"if due_{i} == step:"):
            w.line(f"{count} = due[{i}]")
            _take(i, count, records, system, w)
            w.line(f"due_{i} = at_{i}[due[{i}]]")
        return [at, *outs]
    w.line(f"{count} = due[{i}]")
    # The last state is seen twice where `stop when` ends a run.
    with w.block(f"if {count} < at_{i}.shape[0] and at_{i}[{count} - 1] != step:"):
        _late([grid.when], system, w)
        with w.block(f"if {w.value(grid.when)}:"):
            w.line(f"at_{i}[{count}] = step")
            _take(i, count, records, system, w)
    return [at, *outs]


def _take(i: int, count: str, records: list[Record], system: System, w: Writer) -> None:
    _late([r.expr for r in records], system, w)
    for record in records:
        with w.loops(record.binders) as counters:
            value = w.value(record.expr)
            out = w.names.element(w.names.text[f"record {record.name}"], [count, *counters], bool(w.names.lanes))
            with w.lanes():
                w.line(f"{out} = {value}")
    w.line(f"due[{i}] = {count} + 1")
