"""What can be wrong with a fit, before and after it was made."""

from neurashed_dsl.diagnostics import Kind

UNKNOWN_FITTED = Kind(
    "unknown-fitted",
    "`{name}` is no parameter that could be fitted",
    "not a number of the model, nor of the file",
    ("did you mean `{near}`?", "there are {known}"),
)
NOT_REAL = Kind(
    "fitted-not-real", "`{name}` is {what}, and only real numbers are fitted", "it can't change little by little"
)
FITTED_TWICE = Kind("fitted-twice", "`{name}` is fitted twice", "again here")
NOTHING_FITTED = Kind("nothing-fitted", "a fit needs a parameter", "by which?", ("`fit … to … by k in 0.1..10`",))
NO_BOUNDS = Kind(
    "fit-without-bounds",
    "between which numbers is `{name}` to be looked for?",
    "no bounds, or infinite ones",
    ("say it here, `{name} in 0..1`, or where it is declared, `within 0..1`",),
)
BAD_BOUNDS = Kind("bad-fit-bounds", "`{name}` can't lie in {low}..{high}", "the first must be below the second")
BEYOND_DECLARED = Kind(
    "fit-beyond-bounds", "`{name}` lies in {low}..{high}, and is to be looked for in {given}", "out of its bound"
)
FIT_AND_SWEEP = Kind(
    "fit-and-sweep",
    "an experiment fits or sweeps, not both",
    "there is a sweep, too",
    ("write an experiment for each value; `model` may be given another's results",),
)
FIT_SHAPE = Kind("fit-shape", "`{text}` is {given}, and the data are {wanted}", "another shape")
FIT_SIZE_UNKNOWN = Kind(
    "fit-of-unknown-size",
    "how many numbers `{text}` has is known only in the run",
    "of unknown length",
    ("`last(…)`, `mean(…)` and the like take the time away",),
)
TOO_FEW_DATA = Kind(
    "too-few-data",
    "{parameters} can't be told from {numbers}",
    "too few data",
    ("fit fewer parameters, or more of what is recorded",),
)
BAD_DATA = Kind("bad-fit-data", "`{text}` holds values that aren't numbers", "no data to fit to")
BAD_DEVIATION = Kind("bad-deviation", "`sd` must be above 0", "a standard deviation of the data")
NAME_OF_FIT = Kind(
    "name-of-fit", "the result of a fit has a `{name}` of its own: {what}", "this name is taken", ("rename it",)
)
FIT_FAILS = Kind(
    "fit-fails",
    "the model gives no numbers at {values}: {message}",
    "no start from which it could be fitted",
    ("narrow the bounds, or give a start: the parameter's own value is the first",),
)
# --- of a result
NOT_CONVERGED = Kind(
    "not-converged",
    "the fit of `{experiment}` did not come to rest in {evaluations} evaluations",
    "stopped on the way",
    ("narrower bounds, more `starts:`, or fewer parameters may help",),
    severity="warning",
)
NOT_DETERMINED = Kind(
    "not-determined",
    "the data don't determine {names}",
    "other values fit as well",
    ("fit fewer of them, or more of what is recorded",),
    severity="warning",
    explain="Near the estimate a change of these parameters, together, changes next to nothing of what was fitted: their standard errors "
    "are infinite.",
)
AT_BOUND = Kind(
    "at-bound",
    "the fit of `{name}` ends at its bound, {value}",
    "it would go further",
    ("widen the bound, if the model allows it",),
    severity="warning",
    explain="The nearest fit lies at the edge of what was allowed. There is no standard error for this parameter; those of the others hold it fixed.",
)
