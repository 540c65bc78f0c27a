"""What can be wrong with a system."""

from neurashed_dsl.diagnostics import Kind

DECLARED_TWICE = Kind(
    "declared-twice", "`{name}` is declared twice", "again here", ("it is declared first at {first}",)
)
AXIS_WITHOUT_RANGE = Kind("axis-without-range", "the axis `{name}` needs a range", "write `1..n`")
EMPTY_AXIS = Kind("empty-axis", "the axis `{name}` is empty", "{low}..{high} holds nothing")
UNKNOWN_TYPE = Kind("unknown-type", "no type `{name}`", "int, real, bool or log", ("did you mean `{near}`?",))
NO_START = Kind(
    "no-start",
    "the state `{name}` has no start",
    "declared here",
    ("write `state {name}[…] = 0`, or `~` a distribution",),
)
NO_PRESENTATION = Kind(
    "no-presentation",
    "nothing is called `{name}` that could be drawn",
    "a distribution is wanted",
    ("`presentation` stands in a `system … over network`",),
)
CIRCULAR_LET = Kind(
    "circular-let",
    "these equations read each other round in a circle: {circle}",
    "in the circle",
    ("a `let` may read itself at lower indices, at higher ones, or through `into`/`outof`",),
)
NO_STATE = Kind("no-state", "`{name}` isn't a state", "nothing to move", ("declare `state {name}`",))
WRONG_SHAPE = Kind("wrong-shape", "the equation doesn't have the axes of `{name}`", "its axes are {wanted}")
NEVER_MOVES = Kind(
    "never-moves",
    "the state `{name}` never moves",
    "no equation for it",
    ("write `{name}[…] <- …`, or make it a `const`",),
)
