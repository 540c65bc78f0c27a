"""What can be wrong with a sweep."""

from neurashed_dsl.diagnostics import Kind

UNKNOWN_SWEPT = Kind(
    "unknown-sweep",
    "nothing called `{name}` can be swept",
    "not a parameter, nor an option of `run`",
    ("did you mean `{near}`?", "there are {known}"),
)
GIVEN_AND_SWEPT = Kind(
    "given-and-swept", "`{name}` is swept, and given a value, too", "{where}", ("leave one of the two out",)
)
SWEPT_TWICE = Kind("swept-twice", "`{name}` is swept twice", "again here")
NO_VALUES = Kind("empty-sweep", "the sweep of `{name}` has no value", "worked out as nothing")
NOT_VALUES = Kind(
    "not-swept-values",
    "a sweep takes a list of values, not `{text}`",
    "{hint}",
    ("write `[0.1, 0.2]`, `1..5`, `linspace(0, 1, 5)`, `logspace(-3, 0, 4)` or `geomspace(0.001, 1, 4)`",),
)
UNEQUAL_ZIP = Kind("unequal-zip", "names that are swept together need equally many values", "{counts}")
VALUE_TWICE = Kind("value-twice", "the sweep has the value {value} twice", "one cell of it is enough")
TOO_MANY_CELLS = Kind("too-many-cells", "the sweep has {count} cells", "more than {most}")
WRONG_SWEPT = Kind("wrong-swept-value", "`{name}` is {wanted}, not {value}", "in this sweep")
SWEPT_OUT_OF_BOUND = Kind(
    "swept-out-of-bound", "`{name}` lies in {low}..{high}, and is swept over {value}", "out of its bound"
)
NAME_OF_SWEEP = Kind(
    "name-of-sweep",
    "`{name}` is a dimension of the sweep, and {what}",
    "this name is taken",
    ("rename one of the two",),
)
CELL_FAILS = Kind(
    "cell-fails",
    "the cell {cell} fails: {message}",
    "it will hold NaN",
    severity="warning",
    explain="A sweep whose first cell can't be made is checked with another one. The failing cell doesn't stop the others.",
)
MANY_SUCH_VALUES = Kind(
    "many-such-values", "`{dimension}` is {label} in several cells", "which one?", ("pick by `{other}`",)
)
STAGES_VARY = Kind(
    "stages-vary",
    "the stage `{name}` begins or ends at another time in other cells of the sweep",
    "which times are meant?",
    ("pick by `step:` or `time:`, or let the stages be as long in all cells",),
)
