"""What can be wrong with an experiment."""

from neurashed_dsl.diagnostics import Kind

NO_MODEL = Kind("no-model", "the experiment `{name}` has no model", "write `model NAME` in it")
TWICE = Kind("said-twice", "`{what}` is said twice", "again here")
NOT_A_MODEL = Kind("not-a-model", "`{name}` is {what}, not a network or a system", "a model is wanted here")
TRAINS_OTHERS = Kind(
    "trains-others",
    "`{system}` trains {missing}, and `{network}` has {there}",
    "no {missing} in it",
    ("`amplify edges`, a statement of the network, puts factors κ on edges in place of λ and η",),
)
UNKNOWN_MODEL = Kind("unknown-model", "no network or system `{name}`", "not declared", ("did you mean `{near}`?",))
NEEDS_NETWORK = Kind("needs-network", "`{name}` is a system over a network", "write `{name}(NETWORK)`")
ONE_DT = Kind("one-dt", "all stages of a run have one `dt`", "this one has another")
SET_WITHOUT_STEP = Kind("set-without-step", "`set` needs to know when", "at which step?", ("`set … at step 100`",))
OUTSIDE_STAGE = Kind(
    "outside-stage",
    "`{what}` stands in a stage",
    "when?",
    ("before `run` it is done when the stage begins, after `run` when it ends",),
)
NO_STAGE = Kind(
    "no-stage",
    "the experiment has no stage `{name}`",
    "not a stage",
    ("did you mean `{near}`?", "its stages are {known}"),
)
NO_END = Kind("no-end", "the {what} `{name}` has no end", "say how long it runs", ("write {example}",))
UNKNOWN_KEY = Kind("unknown-key", "`{what}` has no `{name}`", "unknown", ("did you mean `{near}`?", "it takes {takes}"))
BAD_STEPS = Kind("bad-steps", "{what} must be a whole number {bound}, not {value}", "worked out as {value}")
BAD_BATCH = Kind(
    "bad-batch", "a batch holds 1 to {most} inputs, or `all`, not {value}", "there are {most} inputs to train on"
)
BAD_ORDER = Kind(
    "bad-order",
    "an order is `cyclic`, `shuffled`, `independent` or a list of inputs",
    "not an order",
    ("did you mean `{near}`?",),
)
WEIGHTS_NOT_WHOLE = Kind(
    "weights-not-whole",
    "`{order}` presents inputs whole times, but an input has weight {weight}",
    "this order needs whole weights",
    ("`order: independent` draws by weight",),
)
LONG_PASS = Kind(
    "long-pass",
    "a pass of `{order}` repeats each input as often as its weight: {count} presentations",
    "more than {most}",
    ("`order: independent` draws by weight",),
)
NO_BATCH = Kind(
    "no-batch",
    "`shown` is about the batch, and this system has none",
    "at which place of which batch?",
    ("declare it: `draw batch[item] ~ presentation`",),
)
TRAINS_ON_TABLE = Kind(
    "trains-on-table",
    "`fires` is what measures see of `{network}`, not what is trained on: it has {why}",
    "read in an equation",
    ("`shown[i, n]` says whether node n fires at place i of the batch",),
)
NOTHING_STRONG = Kind(
    "nothing-strong",
    "`strong` in `{network}` asks for λ of nodes, and what trains it has none",
    "this network",
    ("{hint}",),
)
TAKEN_NAME = Kind(
    "taken-name",
    "`{name}` is a word of the equations over networks",
    "choose another name",
    explain="`node`, `vote`, `sample`, `class`, `item`, `label`, `fires`, `into`, … stand in the equations of every network.",
)
RECORD_NAMED_AS_DIMENSION = Kind(
    "record-named-as-dimension", "the record `{name}` has a dimension of that name", "choose another name"
)
RECORD_TWICE = Kind("record-twice", "`{name}` is recorded twice", "again here")
NO_NETWORK_TO_DRAW = Kind("no-network", "`{kind}` draws a network, and this model has none", "drawn here")
UNKNOWN_RECORD = Kind(
    "unknown-record",
    "nothing recorded is called `{name}`",
    "not recorded",
    ("{hint}", "did you mean `{near}`?", "recorded are {known}"),
)
NO_TIMES = Kind("no-times", "`{name}` is recorded at no time", "an empty list")
BAD_GRID = Kind("bad-grid", "{when} is never reached", "the run ends at {end}")
SIZE_VARIES = Kind(
    "size-varies",
    "the size of what is recorded must be known before the run",
    "this depends on another index, or on the run",
)
TOO_WIDE = Kind("too-wide", "`{name}` would record {size} numbers along one dimension", "more than {most}")
TOO_OFTEN = Kind(
    "too-often",
    "`{name}` would be recorded {count} times",
    "at most {most} times",
    ("record less often: `every {every}`", "{hint}"),
)
UNKNOWN_AFTER = Kind(
    "unknown-function-of-records",
    "no function `{name}` of what was recorded",
    "unknown",
    ("{hint}", "did you mean `{near}`?"),
)
MEASURE_TOO_LARGE = Kind(
    "measure-too-large",
    "`{name}` of all that was recorded takes {count} numbers at once",
    "more than {most}",
    ("recorded, it is worked out step by step: `record NAME = {name}(…)`",),
)
MEASURE_AFTER = Kind(
    "measured-during-the-run",
    "`{name}` is measured during the run, not afterwards",
    "of what was recorded only",
    ("record it, `record NAME = {call} at end` or `every n`, and write `NAME` here",),
)
NO_STAGES_OF_DATA = Kind("no-stages-of-data", "data have no stages", "a trajectory that is given runs as it stands")
BAD_OPTIONS = Kind("bad-options", "{fault}", "these options don't go together")
UNKNOWN_PLOT = Kind("unknown-plot", "no plot `{name}`", "one of {known}", ("did you mean `{near}`?",))
NO_DIMENSION = Kind(
    "no-dimension", "`{name}` has no dimension `{dimension}`", "its dimensions are {known}", ("did you mean `{near}`?",)
)
NO_COORDINATE = Kind(
    "no-coordinate", "`{dimension}` has no `{label}`", "not one of its coordinates", ("did you mean `{near}`?",)
)
NOT_BETWEEN = Kind(
    "not-between",
    "`low..high` picks along numbers",
    "`{dimension}` isn't numbered, or these aren't numbers",
    ("several names stand in a list: `x[[a, b]]`",),
)
NOT_ONE_TRUTH = Kind(
    "not-one-truth",
    "a claim is one truth, and this has the dimensions {dims}",
    "for each of them",
    ("`all(…)` makes one of many, `x[NAME]` picks one",),
)
NOT_A_CLAIM = Kind("not-a-claim", "a claim is a condition", "this is a number", ("compare it: `… > 0.9`",))
BAD_SHARE = Kind("bad-share", "a share of repeats lies in 0%..100%, not {value}%", "out of range")
NO_TIME = Kind("no-time", "`{function}` runs over time, and `{name}` has none", "no time dimension")
NO_RIVALS = Kind(
    "no-rivals",
    "`{function}` ranks along the last axis but one of `{name}`, which has fewer than two",
    "no axis to rank along",
    ("record what is compared for each pair, as `correlation(x, y)` does",),
)
CANT_SET = Kind(
    "cant-set", "`{name}` can't be set during a run", "not a parameter, nor a state", ("did you mean `{near}`?",)
)
INFINITE_STATE = Kind("infinite-state", "`{array}` is set to {value}", "no finite number")
NEGATIVE_STATE = Kind("negative-state", "`{array}` is never below 0, and is set to {value}", "worked out as {value}")
UNPLANNED_PROBE = Kind(
    "unplanned-probe",
    "`{name}` is measured outside the compiled loop, at steps that are known before the run",
    "which steps these are is known only during the run",
    ("record it with `every n`, `at [..]`, `at start` or `at end`",),
)
EMPTY_RECORD = Kind("nothing-to-present", "the network `{name}` has no input to train on", "no inputs")
DIFFERENT_STRUCTURE = Kind(
    "structure-changed", "`{name}` changes the size or wiring of the model, which can't change during a run", "set here"
)
