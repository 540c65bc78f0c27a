"""What can be wrong where an experiment takes another's result."""

from neurashed_dsl.diagnostics import Kind

UNKNOWN_EXPERIMENT = Kind(
    "unknown-experiment",
    "the file has no experiment `{name}`",
    "not declared",
    ("did you mean `{near}`?", "its experiments are {known}"),
)
TWO_EXPERIMENTS = Kind(
    "two-experiments",
    "one expression reads results of `{first}` and of `{other}`",
    "of another experiment",
    ("`derive` in one of them what is wanted, or give them to two parameters",),
)
CIRCULAR_RESULTS = Kind(
    "circular-results",
    "these experiments read each other's results round in a circle: {circle}",
    "in the circle",
    explain="An experiment whose model is given another's result runs after it. In a circle none could be the first.",
)
RESULT_SHAPE = Kind("result-shape", "`{text}` is {given}, and `{name}` is {wanted}", "another shape")
RESULT_SIZE_UNKNOWN = Kind(
    "result-of-unknown-size",
    "how many elements `{text}` has is known only in the run",
    "its time isn't",
    ("`last(…)`, `mean(…)` and the like take the time away",),
)
NO_RESULT = Kind(
    "no-result",
    "`{name}` gave no result that could be used: {why}",
    "read here",
)
NOT_FINITE = Kind("result-not-finite", "`{text}` holds values that aren't numbers", "as `{name}` ended")
