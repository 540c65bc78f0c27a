"""What can be wrong with a question to `nshed why`."""

from neurashed_dsl.diagnostics import Kind

UNKNOWN_NODE = Kind(
    "no-such-node",
    "the network `{network}` has no node or class `{name}`",
    "",
    ("did you mean `{near}`?", "a node is named as `cat` or `x[1,2]`; `nshed show FILE` lists what is declared"),
)
BEYOND_RUN = Kind(
    "step-beyond-run",
    "`{experiment}` ends at step {last}: there is no step {step}",
    "",
    ("steps count from 0, the start",),
)
NO_REPEAT = Kind(
    "no-such-repeat", "`{experiment}` has no repeat {repeat}: its repeats are 0 to {last}", "", ("leave it out for 0",)
)
NO_CELL = Kind(
    "no-cell",
    "`{experiment}` is a sweep: say which cell, {example}",
    "",
    ("it sweeps {known}",),
    explain="`nshed why` explains one run. `--cell NAME=VALUE` picks one of the values of each name that is swept.",
)
ON_EDGES = Kind(
    "amplified-edges",
    "`{network}` amplifies its edges, and `why` takes apart what is made of λ and η",
    "",
    ("record `score(…)`, `logit()` and κ to look at it",),
    explain="With `amplify edges` each edge has a factor κ in place of the nodes' λ.",
)
NO_SCORES = Kind(
    "no-scores",
    "`{experiment}` trains a system that has no {missing}, which `why` reads",
    "",
    ("it explains systems over a network that name λ, η, `score` and `logit`, as `neurashed` does",),
)
NOT_FACTORED = Kind(
    "not-factored",
    "the logits at {experiment} aren't made as `why` would explain them: log Z of `{name}` is {found}, not {expected}",
    "",
    ("`why` explains S = λ · (sum of the dependents' scores) and Z = (sum of η · S)",),
    explain="A system of your own may score as it likes, but `nshed why` can only take the paper's scores apart.",
)
NO_STATE = Kind(
    "state-not-recorded",
    "the result holds no {array} of `{network}` at {place}",
    "",
    ("record it: `{line}`", "without `--from` the experiment is run, and has it"),
)
