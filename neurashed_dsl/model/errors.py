"""What can be wrong with an expression, in the user's words."""

from neurashed_dsl.diagnostics import Kind


def many(count: int, noun: str, plural: str = "") -> str:
    """`none`, `1 argument`, `2 arguments`."""
    if count == 0:
        return "none"
    return f"1 {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def more_of(count: int, noun: str, plural: str = "") -> str:
    """`1 more class`, `2 more classes`; empty of none, so that a help line without them isn't shown."""
    return many(count, f"more {noun}", f"more {plural or noun + 's'}") if count else ""


PUBLIC = {"sample": "input", "vote": "edge"}  # what axes are called where results are
EDGES_INTO = "`edges(L)` are the edges into the nodes of a level, `edges(n)` those into a node"
UNKNOWN_NAME = Kind(
    "unknown-name",
    "nothing here is called `{name}`",
    "not declared",
    ("{hint}", "did you mean `{near}`?", "`{near}` is declared at {where}"),
)
UNKNOWN_FUNCTION = Kind(
    "unknown-function", "no function `{name}`", "not declared", ("{hint}", "did you mean `{near}`?")
)
UNKNOWN_ARGUMENT = Kind(
    "unknown-argument",
    "`{function}` has no parameter `{name}`",
    "unknown",
    ("did you mean `{near}`?", "it takes {takes}"),
)
MISSING_ARGUMENT = Kind("missing-argument", "`{function}` needs `{name}`", "called here", ("it takes {takes}",))
TOO_MANY_ARGUMENTS = Kind(
    "too-many-arguments",
    "`{function}` takes {most}, not {given}",
    "one too many",
    ("it takes {takes}",),
)
WRONG_COUNT = Kind("wrong-count", "`{function}` takes {takes}, not {given}", "called here")
REPEATED_ARGUMENT = Kind("repeated-argument", "`{name}` is given twice", "given before")
UNKNOWN_TYPE = Kind("unknown-type", "no type `{name}`", "int, real, bool or log", ("did you mean `{near}`?",))
NOT_A_VALUE = Kind("not-a-value", "`{name}` is {what}, not a value", "a value is wanted here", ("{hint}",))
NOT_A_FUNCTION = Kind("not-a-function", "`{name}` is {what} and can't be called", "called here", ("{hint}",))
NOT_A_DOMAIN = Kind(
    "not-a-domain",
    "nothing can run over this",
    "an axis, a level, a range `a..b` or a relation such as `into(n)` is wanted",
    ("did you mean `{near}`?",),
)
ONE_PLACE = Kind(
    "one-place",
    "`{name}` is one place of the axis `{axis}`, not a set of places",
    "one place",
    ("did you mean `{near}`?",),
    explain="What follows `in`, and `size`, `lowest` and `highest`, take many places: an axis, a level, a range `a..b`, an array with one axis. "
    "The name of a node is a set of one, as a measure wants it that is for levels and nodes; an index is no set.",
)
TOO_FEW_AXES = Kind("too-few-axes", "`{name}` has {rank}, and no axis {wanted}", "counted from 1")
NOT_AN_ARRAY = Kind("not-an-array", "`{name}` has no indices", "indexed here")
ARRAY_WANTED = Kind(
    "array-wanted",
    "`{function}` takes an array as `{name}`, and `{text}` is {what}",
    "not an array",
    ("`{all}()` has them all, and a claim picks one: `last(x)[{text}]`",),
)
WRONG_RANK = Kind("wrong-rank", "`{name}` has {rank}, not {given}", "indexed here", ("its axes are {axes}",))
WRONG_AXIS = Kind(
    "wrong-axis",
    "the index runs over the wrong axis",
    "`{name}` is indexed by `{wanted}` here, but this is {got}",
    (
        "{hint}",
        "`{wanted}(…)` makes an index of `{wanted}` from an integer",
    ),
)
OUT_OF_AXIS = Kind("out-of-axis", "index {index} is out of the axis `{axis}`", "`{axis}` runs over {low}..{high}")
BEYOND_AXIS = Kind(
    "beyond-axis",
    "`{text}` goes beyond the axis `{axis}`{where}: there is no `{name}[{index}]`",
    "`{axis}` runs over {low}..{high}",
    ("`boundary {name}[{index}] = …` gives it a value", "`if … then … else …` keeps away from the end"),
)
UNKNOWN_LABEL = Kind(
    "unknown-label", "`{axis}` has no `{name}`", "not one of its {size} names", ("did you mean `{near}`?", "{hint}")
)
WRONG_TYPE = Kind("wrong-type", "{wanted} is wanted here, not {got}", "this is {got}", ("{hint}",))
OVERGROWN_FUNCTION = Kind(
    "overgrown-function",
    "`{name}` is too large: with all its calls written out, more than {calls} calls or {most} operations",
    "called here",
    ("functions are inlined at each call: keep what is used more than once in a `let` or a `measure`",),
)
DRAW_NOT_HERE = Kind(
    "draw-not-here",
    "`~` can't stand here",
    "a draw",
    ("draws stand in laws, and after `state`, `const`, `draw` and `init`",),
)
UNKNOWN_DISTRIBUTION = Kind(
    "unknown-distribution", "no distribution `{name}`", "not one of {known}", ("did you mean `{near}`?",)
)
BAD_DISTRIBUTION = Kind("bad-distribution", "no numbers can be drawn from this: {fault}", "worked out while compiling")
RECURSIVE_FUNCTION = Kind(
    "recursive-function",
    "`{name}` calls itself",
    "called in a circle",
    ("the circle is {circle}", "functions are inlined, so they can't recurse"),
)
NOT_CONSTANT = Kind("not-constant", "a number known before the run is wanted here", "this depends on {what}")
NOT_WHOLE = Kind(
    "not-whole",
    "a whole number is wanted here, not {value}",
    "worked out as {value}",
    ("`//` divides and rounds down",),
)
DIVIDED_BY_ZERO = Kind("divided-by-zero", "division by zero", "worked out while compiling")
BOUND_TWICE = Kind("bound-twice", "`{name}` is bound twice", "again here")
MISPLACED = Kind("misplaced", "{what} can't stand here", "not a value", ("{hint}",))
NO_ARRAY = Kind("no-array", "the model has no array `{name}`", "read here", ("{hint}",))
BAD_MEASURE = Kind(
    "bad-measure",
    "`{name}` can't be worked out here: {why}",
    "asked for here",
    ("`{text}` at {place}: {label}", "{hint}"),
    explain="A measure reads the model's arrays and the arguments it is given; with these it makes no sense.",
)
NOT_A_STATE = Kind(
    "not-a-state",
    "`{name}` is no state over class, coordinate and sample, nor a record of one",
    "hyperplanes are sought between steps, where only states are at hand, or after the run",
    ("`separability(…)` along the difference of means takes any array with these axes",),
)
MEASURE_SHAPE = Kind(
    "measure-shape",
    "`{name}` is of an array over {wanted}, and `{text}` is {given}",
    "asked for here",
)
OF_RECORDS = Kind(
    "of-records",
    "`{name}` works on what was recorded",
    "here there is no trajectory yet",
    ("`derive NAME = …` is worked out after the run",),
)
BAD_OPTION = Kind("bad-option", "`{name}` must be {wanted}, not {got}", "worked out as {got}", ("{hint}",))
NUMBER_TOO_LARGE = Kind(
    "too-large", "{value} is larger than a number can be", "at most 1.797e308", ("`inf` is infinity",)
)
TOO_LONG = Kind("too-long", "a range of {size} elements is too long", "more than 10^9 elements")
NO_LOSS = Kind(
    "no-loss",
    "`grad` differentiates a scalar `let`",
    "{what}",
    ("`let loss = …`, without indices, names a number",),
)
NO_ELEMENT = Kind(
    "no-element",
    "`grad` differentiates by an element of an array of real numbers",
    "this is {what}",
    ("`W[i, j]` is one of the array `W`, `W` alone all of them",),
)
