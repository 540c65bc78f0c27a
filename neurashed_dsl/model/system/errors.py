"""What can be wrong with a system."""

from neurashed_dsl.diagnostics import Kind

DECLARED_TWICE = Kind(
    "declared-twice", "`{name}` is declared twice", "again here", ("it is declared first at {first}",)
)
NAME_OF_PARAMETER = Kind(
    "name-of-parameter",
    "`{name}` is a parameter of the file, and an array of the system `{system}`",
    "this one must have another name",
    ("the array is declared at {place}",),
)
AXIS_WITHOUT_RANGE = Kind("axis-without-range", "the axis `{name}` needs a range", "write `1..n`")
EMPTY_AXIS = Kind("empty-axis", "the axis `{name}` is empty", "{low}..{high} holds nothing")
NO_START = Kind(
    "no-start",
    "the state `{name}` has no start",
    "declared here",
    ("write `state {shape} = 0`, or `~` a distribution",),
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
    (
        "a `let` or `const` may read itself at lower indices, at higher ones, or through `into`/`outof`",
        "several `let`s may read each other so, along an axis that all of them have",
    ),
)
NO_STATE = Kind(
    "no-state",
    "`{name}` isn't a state",
    "nothing to move",
    ("did you mean `{near}`?", "`state {name} = 0` declares one"),
)
WRONG_SHAPE = Kind("wrong-shape", "the equation doesn't have the axes of `{name}`", "its axes are {wanted}")
NEVER_MOVES = Kind(
    "never-moves",
    "the state `{name}` never moves",
    "no equation for it",
    ("write `{shape} <- …` or `d/dt {shape} = …`, or make it a `const`",),
)
BAD_AXIS_LABEL = Kind(
    "bad-axis-label",
    "a list of names is wanted for the axis `{name}`, each once",
    "not a new name",
    ("`[left, right]`",),
)
NO_ARRAY_OF_BOUNDARY = Kind(
    "boundary-of-nothing",
    "no array `{name}` that could have a boundary",
    "states, lets and constants can",
    ("did you mean `{near}`?",),
)
BOUNDARY_RANK = Kind(
    "boundary-rank", "`{name}` has {rank} indices", "a boundary names one place along each axis, or `*`"
)
BOUNDARY_INSIDE = Kind(
    "boundary-inside", "`{place}` is inside the array", "a boundary lies outside the axis, next to its end"
)
BOUNDARY_TWICE = Kind("boundary-twice", "`{place}` has a boundary already", "again here")
OWN_AXIS = Kind(
    "axis-wanted",
    "`{name}` needs an axis here, not a range",
    "a range",
    ("`axis i = 1..n` declares one; `let` and `observe` may run over a range",),
)
WHOLE_STATE = Kind(
    "whole-wanted",
    "`{name}` holds whole numbers",
    "this is a real number",
    ("`floor`, `round` and `ceil` give whole numbers",),
)
LIST_SHAPE = Kind("list-shape", "a list of {wanted} is wanted here, not {given}", "the axis has {wanted} places")
NEGATIVE_LOG = Kind(
    "negative-log",
    "`{name}` is held as a logarithm, and so can't be below 0",
    "{fault}",
    ("declare it without `: log`",),
)
DRAW_TOO_EARLY = Kind(
    "draw-too-early",
    "what is drawn can't depend on `{name}`",
    "not known where draws are made",
    ("draws are made first in a step: their parameters read parameters, constants, states and the time",),
)
FILE_SHAPE = Kind("file-shape", "the array in `{path}` is {given}, not {wanted}", "read here")
BAD_ELEMENT = Kind(
    "bad-element", "each element must be {wanted}", "not all are", ("the first that isn't is {value}, {place}",)
)
RANGE_VARIES = Kind("range-varies", "the range of `{name}` must be known before the run", "its size is known only then")
TWO_KINDS = Kind(
    "two-kinds",
    "`{name}` has both `d/dt` and `<-`",
    "of the other kind",
    ("a system is a map or has differential equations; in a map, `x[i] <- x[i] + dt * …` is Euler's step",),
)
MOVES_TWICE = Kind("moves-twice", "`{name}` has two equations", "again here")
WHITE_IN_MAP = Kind(
    "white-in-map",
    "white noise has no value at a step",
    "in a map",
    ("`draw xi[…] ~ normal(0, 1)` is drawn at each step",),
)
NOT_LINEAR = Kind(
    "white-not-linear",
    "white noise must stand linearly in a `d/dt`",
    "not linear in the noise",
    ("`draw xi[…] ~ normal(0, s)` is a number, held during a step, that may go through any function",),
    explain="White noise is no function of time: only its sum over a step is defined. A nonlinear function of it has no meaning.",
)
FLOW_OF_INTEGERS = Kind("flow-of-integers", "`{name}` holds {holds} and has no `d/dt`", "write a map: `<-`")
NOISE_ON_LOG = Kind(
    "noise-on-log", "`{name}` is held as a logarithm, which no white noise can drive", "declare it without `: log`"
)
WHITE_NOT_HERE = Kind(
    "white-not-here", "white noise has no value that could be used here", "it stands in `d/dt` equations only"
)
TWO_ENDS = Kind("two-ends", "`run` has both `steps` and `until`", "one of them is enough")
NO_DT = Kind(
    "no-dt", "`{name}` has differential equations, and `run` has no `dt`", "say how long a step is", ("`dt: 0.01`",)
)
BAD_DT = Kind("bad-dt", "`{what}` must be {wanted}, not {value}", "worked out as {value}")
UNKNOWN_METHOD = Kind("unknown-method", "no method `{name}`", "not one of {known}", ("did you mean `{near}`?",))
UNKNOWN_SUMS = Kind(
    "unknown-sums",
    "no way to work out sums is called `{name}`",
    "not `plain` or `products`",
    ("did you mean `{near}`?", "`sums: plain` adds in order, `products` by matrix products where these are faster"),
)
METHOD_OF_MAP = Kind("method-of-map", "`{name}` is a map: there is nothing to integrate", "leave it out")
NOT_FOR_SCHEME = Kind(
    "not-for-scheme",
    "`{scheme}` can't integrate this equation: {why}",
    "the noise is here",
    ("`method: euler` (Euler–Maruyama) can",),
)
NOT_DIFFERENTIABLE = Kind(
    "not-differentiable",
    "`{text}` has no derivative",
    "{why}",
    ("`{loss}` depends on `{of}` through it, and {where} asks for their `grad`",),
)
ZERO_GRADIENT = Kind(
    "zero-gradient",
    "`grad({loss}, {of})` is 0",
    "`{loss}` doesn't depend on `{of}`",
    severity="warning",
)
CHECK_OF_THE_RUN = Kind(
    "check-of-the-run",
    "what is checked before the run can't depend on `{name}`",
    "known only in the run",
    ("checks read parameters, constants that aren't drawn, and the time; what happens in a run is judged by `expect`",),
)
REQUIRED = Kind(
    "required",
    "{words}",
    "the model can't be this",
    ("it asks for `{condition}` ({place})", "it isn't so at t = {time}"),
)
WARNED = Kind(
    "warned",
    "{words}",
    "of this model",
    ("it warns if `{condition}` ({place})", "it is so at t = {time}"),
    severity="warning",
)
