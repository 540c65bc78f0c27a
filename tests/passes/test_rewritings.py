"""What each pass does to a small system, read as text."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from small_systems import ONE, OVER_NODES, N, let, lit, moved, plus, recorded, system, times, x_of

from neurashed_dsl.ir.expr import Apply, Binder, Const, Expr, Range, Read, Reduce, Row, Select, Var, Whole
from neurashed_dsl.ir.system import Axis, Draw, System, Table
from neurashed_dsl.ir.text import expression
from neurashed_dsl.passes import lower
from neurashed_dsl.passes.hoist import hoist_lets, hoist_parts
from neurashed_dsl.passes.sink import sink
from neurashed_dsl.passes.tidy import drop_unread, fold_tables, inline_lets, settle_numbers


def equations(made: System) -> list[str]:
    return [expression(e) for f in made.next for _, e in f.updates]


def named(lets: object) -> list[str]:
    return [x.name for x in lets]  # type: ignore[attr-defined]


# --- settle_numbers -------------------------------------------------------------------------------------------------------


def test_fractions_become_floats() -> None:
    made = settle_numbers(system(next=(moved(times(Const(Fraction(1, 3)), x_of())),)))
    product = made.next[0].updates[0][1]
    assert isinstance(product, Apply)
    assert product.args[0] == Const(1 / 3)


def test_division_and_powers_are_of_reals() -> None:
    made = settle_numbers(system(next=(moved(Apply("/", (N, Const(2)))), moved(Apply("^", (x_of(), Const(2)))))))
    assert equations(made) == ["divide(real(n), 2.0)", "power(x[n], 2.0)"]


def test_sizes_that_are_drawn_from_stay_arguments() -> None:
    """A sweep over how many there are compiles once, and the draw has the bits that it had."""
    made = []
    for size in (5.0, 7.0):
        draws = {"pick": Draw("pick", (), "choice", (Const(size),), kind="int")}
        made.append(settle_numbers(system(draws=draws, next=(moved(Read("pick")),))))
    assert made[0].draws["pick"].args == made[1].draws["pick"].args
    assert [list(x.parameters.values())[-1] for x in made] == [5.0, 7.0]


# --- fold_tables ----------------------------------------------------------------------------------------------------------


def chosen(table: str) -> Expr:
    return Select(Apply("==", (Read(table, (N,)), Const(0))), x_of(), ONE)


def test_one_law_is_no_choice() -> None:
    assert equations(fold_tables(system(next=(moved(chosen("law")),)))) == ["x[n]"]
    assert equations(fold_tables(system(next=(moved(chosen("kind")),)))) == ["if kind[n] == 0 then x[n] else 1.0"]


def test_floats_stay_arguments() -> None:
    """Equal weights are data: a sweep over them must not compile anew."""
    assert equations(fold_tables(system(next=(moved(times(Read("w", (N,)), x_of())),)))) == ["w[n] * x[n]"]


def test_a_batch_of_one_needs_no_loop() -> None:
    assert equations(fold_tables(system(next=(moved(Select(lit(), ONE, x_of())),)))) == [
        "if fires[batch[0], n] then 1.0 else x[n]"
    ]
    two = replace(system(next=(moved(Select(lit(), ONE, x_of())),)), axes={**system().axes, "item": Axis("item", 2)})
    assert equations(fold_tables(two)) == ["if any(fires[batch[i], n] for i in item) then 1.0 else x[n]"]


def test_truths_known_beforehand() -> None:
    same, other = Apply("==", (Const(1), Const(1))), Apply("==", (Const(1), Const(2)))
    open_question = Apply(">", (x_of(), ONE))
    for condition, expected in (
        (Apply("and", (same, open_question)), "if x[n] > 1.0 then 2.0 else 1.0"),
        (Apply("and", (other, open_question)), "1.0"),
        (Apply("or", (other, open_question)), "if x[n] > 1.0 then 2.0 else 1.0"),
        (Apply("or", (same, open_question)), "2.0"),
    ):
        made = fold_tables(system(next=(moved(Select(condition, Const(2.0), ONE)),)))
        assert equations(made) == [expected]


# --- drop_unread ----------------------------------------------------------------------------------------------------------


def test_what_nothing_reads_goes() -> None:
    made = drop_unread(system(next=(moved(times(Read("p"), x_of())),), lets=(let("idle", Read("w", (N,))),)))
    assert made.lets == ()
    assert list(made.parameters) == ["p"]
    assert made.tables == {}
    assert made.draws == {}


def test_what_is_read_in_turn_stays() -> None:
    lets = (let("deep", Read("w", (N,))), let("shallow", Read("deep", (N,))))
    made = drop_unread(system(lets=lets, records=(recorded(Read("shallow", (N,))),)))
    assert named(made.lets) == ["deep", "shallow"]
    assert list(made.tables) == ["w"]


def test_a_scan_that_only_reads_itself_goes() -> None:
    below = Read("run", (Apply("-", (N, Const(1))),))
    scan = let("run", Select(Apply(">", (N, Const(0))), below, ONE), scan="up")
    assert drop_unread(system(lets=(scan,))).lets == ()
    assert named(drop_unread(system(lets=(scan,), records=(recorded(Read("run", (N,))),))).lets) == ["run"]


# --- sink, hoist_lets -----------------------------------------------------------------------------------------------------


def test_what_only_records_read_is_late() -> None:
    lets = (let("used", plus(x_of(), ONE)), let("shown", Read("used", (N,))), let("more", Read("shown", (N,))))
    made = sink(system(lets=lets, next=(moved(Read("used", (N,))),), records=(recorded(Read("more", (N,))),)))
    assert named(made.lets) == ["used"]
    assert named(made.late) == ["shown", "more"]


def test_what_a_stop_reads_is_late() -> None:
    total = let("level", plus(x_of(), ONE))
    made = sink(system(lets=(total,), stop=Apply(">", (Read("level", (Const(0),)), ONE))))
    assert named(made.late) == ["level"]


def test_what_nothing_moves_is_worked_out_once() -> None:
    lets = (
        let("still", times(Read("w", (N,)), Read("p"))),
        let("on", plus(Read("still", (N,)), ONE)),
        let("moving", plus(x_of(), Read("still", (N,)))),
        let("after", Read("moving", (N,))),
        let("drawn", lit()),
        let("clocked", plus(Apply("real", (Var("step"),)), ONE)),
    )
    made = hoist_lets(system(lets=lets))
    assert named(made.hoisted) == ["still", "on"]
    assert named(made.lets) == ["moving", "after", "drawn", "clocked"]


# --- inline_lets ----------------------------------------------------------------------------------------------------------


def test_a_let_read_once_is_written_out() -> None:
    made = inline_lets(system(lets=(let("lit", lit()),), next=(moved(Select(Read("lit", (N,)), ONE, x_of())),)))
    assert made.lets == ()
    assert equations(made) == ["if any(fires[batch[i], n] for i in item) then 1.0 else x[n]"]


def test_a_let_read_twice_stays() -> None:
    reads = plus(Read("grown", (N,)), Read("grown", (N,)))
    made = inline_lets(system(lets=(let("grown", plus(x_of(), ONE)),), next=(moved(reads),)))
    assert named(made.lets) == ["grown"]


def test_a_let_inside_a_sum_stays() -> None:
    """One place in the text, many evaluations."""
    total = Reduce("sum", Read("grown", (Var("m"),)), (Binder("m", Whole("node")),))
    made = inline_lets(system(lets=(let("grown", plus(x_of(), ONE)),), next=(moved(total),)))
    assert named(made.lets) == ["grown"]


def test_another_name_for_an_element_goes() -> None:
    reads = plus(Read("same", (N,)), Read("same", (Const(2),)))
    made = inline_lets(system(lets=(let("same", x_of()),), next=(moved(reads),)))
    assert equations(made) == ["x[n] + x[2]"]


# --- hoist_parts ----------------------------------------------------------------------------------------------------------


def test_dear_parts_of_laws_are_worked_out_once() -> None:
    factor = Apply("exp", (times(Read("p"), Read("q")),))
    made = hoist_parts(system(next=(moved(times(factor, x_of())),)))
    assert equations(made) == ["constant 1 * x[n]"]
    assert [expression(x.expr) for x in made.hoisted] == ["exp(p * q)"]
    assert made.hoisted[0].binders == ()


def test_parts_along_an_axis_become_an_array() -> None:
    factor = Apply("log", (Read("w", (N,)),))
    made = hoist_parts(system(next=(moved(plus(factor, x_of())), moved(times(factor, x_of())))))
    assert equations(made) == ["constant 1[n] + x[n]", "constant 1[n] * x[n]"]
    assert len(made.hoisted) == 1
    assert made.hoisted[0].binders[0].domain == Whole("node")


def test_what_moves_stays() -> None:
    for moving in (x_of(), Apply("real", (Read("batch", (Const(0),)),)), Apply("real", (Var("step"),))):
        made = hoist_parts(system(next=(moved(Apply("exp", (moving,))),)))
        assert made.hoisted == ()


# --- postpone -------------------------------------------------------------------------------------------------------------


def postponed(rest: Expr, fire: Expr = ONE, **parts: object) -> System:
    return lower(system(next=(moved(Select(lit(), fire, rest)),), **parts))


def test_factors_rest_lazily() -> None:
    made = postponed(times(Read("q"), x_of()), times(Read("p"), x_of()))
    assert [t.name for t in made.tabulated] == ["x.lit"]
    assert "x.since" in made.slots
    (only,) = made.next
    assert only.binders[0].domain == Row("x.lit", Read("batch", (Const(0),)))
    assert expression(only.updates[1][1]) == "step + 1"


def test_a_value_that_keeps_rests_lazily() -> None:
    made = postponed(x_of(), plus(x_of(), ONE))
    assert equations(made)[0] == "x[n] + 1.0"


def test_other_rests_run_over_everything_and_fire_over_what_is_lit() -> None:
    made = postponed(Apply("divide", (x_of(), plus(ONE, x_of()))), plus(x_of(), ONE))
    rest, fire = made.next
    assert expression(rest.updates[0][1]) == "x[n] / (1.0 + x[n])" or "divide" in expression(rest.updates[0][1])
    assert fire.last
    assert not rest.last
    assert "x.since" not in made.slots


def test_signs_and_whole_numbers_don_t_rest_lazily() -> None:
    """(-q)^k has no real logarithm, and whole numbers no room for what a logarithm rounds."""
    negative = postponed(times(Read("q"), x_of()), parameters={"p": 2.0, "q": -0.5})
    assert "x.since" not in negative.slots
    whole = {"x": replace(system().slots["x"], kind="int")}
    assert "x.since" not in postponed(times(Const(2), x_of()), Const(1), slots=whole).slots


def test_laws_that_read_others_are_left() -> None:
    neighbour = Read("x", (Const(0),))
    assert postponed(times(Read("q"), neighbour)).tabulated == ()
    assert postponed(x_of(), neighbour).tabulated == ()
    assert postponed(plus(x_of(), Apply("real", (Read("batch", (Const(0),)),)))).tabulated == ()


def test_a_full_batch_is_left() -> None:
    batch = Table("batch", ("item",), np.array([0, 1]))
    base = system()
    axes = {**base.axes, "item": Axis("item", 2)}
    made = postponed(times(Read("q"), x_of()), axes=axes, tables={**base.tables, "batch": batch}, draws={})
    assert made.tabulated == ()
    assert len(made.hoisted) >= 1  # the union of the pathways


def test_readers_bring_up_what_rests() -> None:
    total = Reduce("sum", x_of(Var("m")), (Binder("m", Range(Const(1), Const(3), "node")),))
    made = postponed(times(Read("q"), x_of()), records=(recorded(total),))
    assert "x.since[m]" in expression(made.records[0].expr)
    assert made.settle[0].binders[0].domain == OVER_NODES[0].domain
