"""What can be wrong with what a stage says."""

from neurashed_dsl.diagnostics import Kind

TWO_STOPS = Kind(
    "two-stops",
    "`stop when` stands in the experiment, which it ends, or in its stages",
    "this ends a stage",
    ("the whole run is ended by {place}",),
)
UNKNOWN_SNAPSHOT = Kind(
    "unknown-snapshot",
    "no snapshot `{name}` is taken before this",
    "not taken",
    ("did you mean `{near}`?", "taken before are {known}", "{hint}"),
)
NOTHING_TO_PRUNE = Kind("nothing-to-prune", "`{name}` is over no network, so it has no nodes to prune", "pruned here")
NO_STRENGTH = Kind(
    "no-strength",
    "`prune` goes by λ of the nodes, and `{name}` has no state `λ[node]`",
    "pruned here",
    ("`by: random` needs none",),
)
UNKNOWN_PRUNED = Kind(
    "unknown-pruned",
    "the network `{network}` has no level, family or node `{name}`",
    "not declared",
    ("did you mean `{near}`?", "its levels are {known}", "{hint}"),
)
WHAT_STAYS = Kind(
    "what-stays",
    "`prune` needs to know what stays, in one way",
    "{given}",
    ("`keep: 5`, `share: 0.4` or `above: 0.01`",),
)
KEEPS_TOO_MANY = Kind("keeps-too-many", "`{name}` has {size}, and `keep` is {keep}", "more than there are")
NAME_OF_RESULT = Kind("name-of-result", "`{name}` is what the result calls {what}", "choose another name")
