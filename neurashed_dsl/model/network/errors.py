"""What can be wrong with a network, in the user's words."""

from neurashed_dsl.diagnostics import Kind

# --- names ----------------------------------------------------------------------------------------------------------
UNKNOWN_NODE = Kind(
    "unknown-node",
    "no node `{name}` in the levels below",
    "not declared",
    ("did you mean `{near}`?", "`{near}` is declared at {where}"),
    explain="A rule names nodes, families or levels that stand below the node it belongs to.",
)
NO_SUCH_NODE = Kind(
    "unknown-node", "no node `{name}`", "not declared", ("did you mean `{near}`?", "`{near}` is declared at {where}")
)
UNKNOWN_CLASS = Kind(
    "unknown-class", "no class `{name}`", "not declared", ("did you mean `{near}`?", "the classes are {known}")
)
DECLARED_TWICE = Kind(
    "declared-twice", "`{name}` is declared twice", "again here", ("it is declared first at {first}",)
)
DECLARED_IN_TURNS = Kind(
    "declared-in-turns",
    "`{name}` is declared in more than one turn of a `for`",
    "once in each turn",
    ("a name can have the index of a `for`, alone or before others: `{family}[c]`, `{family}[c, k in 1..3]`",),
)
NOT_BELOW = Kind(
    "not-below",
    "a rule can't name `{name}` of the level `{level}`",
    "{place}",
    ("rules name nodes of the levels below their own",),
)
NOT_A_FAMILY = Kind("not-a-family", "`{name}` has no indices", "indexed here")
WRONG_INDICES = Kind(
    "wrong-indices", "`{name}` takes {rank}, not {given}", "indexed here", ("`{name}` alone is all of it",)
)
NOT_A_RANGE = Kind(
    "not-a-domain",
    "an index can't run over this",
    "a range `a..b` or a list `[1, 3]` is wanted",
    ("did you mean `{near}`?",),
)
OUT_OF_FAMILY = Kind("out-of-family", "there is no `{node}`", "out of the family", ("`{name}` runs over {ranges}",))
TOO_MANY_ROWS = Kind("too-long", "{size} elements or more are too many", "more than {most}")
TOO_MANY_NAMES = Kind("too-long", "the network gets too large", "more than {most} names, with this")
TOO_MANY_EDGES = Kind("too-long", "the network gets too large", "more than {most} edges, with this")
TOO_MANY_BITS = Kind("too-long", "the inputs are too many: {samples} of {nodes} nodes each", "more than 1 GB of bits")

# --- levels and rules -----------------------------------------------------------------------------------------------
NO_LEVELS = Kind(
    "no-levels", "the network `{name}` has no level", "a network needs one", ("`level features {{ a, b }}`",)
)
EMPTY_LEVEL = Kind("empty-level", "the level `{name}` has no nodes", "nothing in it")
RULE_AT_BOTTOM = Kind(
    "rule-at-bottom",
    "`{name}` can't have a rule",
    "in the first level",
    ("the nodes of the first level are set by the input",),
)
NO_RULE = Kind(
    "no-rule", "`{name}` has no rule", "when does it fire?", ("`{name} = any(…)`, `all(…)`, `at_least(2, …)`",)
)
NAMES_NO_NODE = Kind("names-no-node", "the rule of `{node}` names no node", "nothing to depend on")
NOT_A_SHARE = Kind("not-a-share", "{what} must lie within 0..1", "worked out as {value}")
STRONG_IN_STRONG = Kind(
    "strong-in-strong",
    "`strong` can't depend on another `strong` of its level",
    "its contest would have to be decided before itself",
    ("the contest of a level is among the nodes whose rules hold: put the conditions into one rule",),
)
NEVER_FIRES = Kind("never-fires", "`{node}` never fires", "{why}")
ALWAYS_FIRES = Kind("always-fires", "`{node}` always fires", "{why}")
NOT_A_CONDITION = Kind(
    "not-a-condition", "a rule says when a node fires, and this is {got}", "no condition", ("{hint}",)
)
MANY_NODES = Kind(
    "many-nodes",
    "`{name}` is {count} nodes",
    "one node is wanted here",
    ("`any({name})`, `all({name})` or `count({name})` makes one of them",),
)
NOT_LINEAR = Kind(
    "not-linear",
    "a rule can't {what}",
    "only sums of nodes with fixed weights can be compared",
    ("`a + 2*b - c >= 2` is such a sum",),
)
CONDITION_ON_NODES = Kind(
    "condition-on-nodes",
    "`if` in a rule can't depend on a node",
    "depends on `{name}`",
    ("with nodes, write `(c and a) or (not c and b)`",),
)
TOO_LARGE = Kind(
    "too-large", "the weights of this sum are too large or too fine", "its whole-number weights exceed 2^53"
)
NO_INFINITY = Kind("no-infinity", "{value} can't stand in a rule", "worked out as {value}")
RULE_ARGUMENT = Kind("rule-argument", "`{function}` takes {wanted}", "not this", ("`{example}`",))
NO_THRESHOLD = Kind("missing-argument", "`{function}` needs a threshold", "called here", ("`{function}(2, a, b, c)`",))

# --- classes --------------------------------------------------------------------------------------------------------
NO_CLASSES = Kind(
    "no-classes", "the network `{name}` has no classes", "a network needs them", ("`classes {{ feline <- cat }}`",)
)
TWO_CLASSES = Kind("two-blocks", "`classes` stands twice", "again here", ("first at {where}",))
CLASS_UNFED = Kind("class-unfed", "nothing leads to the class `{name}`", "no node is named here")
NOT_LAST_LEVEL = Kind(
    "not-last-level",
    "`{name}` can't send its score to a class",
    "of the level `{level}`",
    ("only nodes of the last level, `{last}`, do",),
)

# --- inputs ---------------------------------------------------------------------------------------------------------
NO_INPUTS = Kind(
    "no-inputs",
    "the network `{name}` has no inputs",
    "nothing to train on",
    ("`inputs {{ tabby: cat_head -> feline }}`",),
)
NOT_BOTTOM = Kind(
    "not-bottom",
    "an input can't fire `{name}`",
    "of the level `{level}`",
    ("inputs fire nodes of the first level, `{bottom}`",),
)
NOT_A_NODE = Kind("not-a-node", "an input fires nodes, not {what}", "no node", ("{hint}",))
LABEL_NOT_ONE = Kind("label-not-one", "a label is one class", "{count} classes")
NEGATIVE_WEIGHT = Kind(
    "negative-weight", "a weight must be a finite number, 0 or above, not {value}", "worked out as {value}"
)
NO_WEIGHT = Kind("no-weight", "all inputs of `{name}` have weight 0", "nothing to present")

# --- training -------------------------------------------------------------------------------------------------------
NOT_TRAINED = Kind(
    "not-trained",
    "networks have no `{name}`",
    "not {known}",
    ("did you mean `{near}`?", "{words}"),
)
OF_NODES = "λ (`lambda`) is of nodes, η (`eta`) of the edges to the classes"
EDGES_INSTEAD = Kind(
    "edges-instead",
    "with `amplify edges` there is no `{name}`",
    "κ is trained in its place",
    ("κ (`kappa`) is of all edges: `κ[b1]` are those into `b1`, `κ[f -> b1]` is that from `f`",),
)
NODES_INSTEAD = Kind(
    "nodes-instead",
    "edges have no factor `κ`",
    "λ and η are trained",
    ("`amplify edges`, a statement of the network, puts a factor on each edge in place of each node",),
)
NO_UPDATE = Kind(
    "no-update",
    "nothing says how {array} is trained in `{name}`",
    "no `update {array}`",
    ("write `update {array} by multiplicative(1.02, 0.99)`",),
)
UNKNOWN_LAW = Kind("unknown-law", "no law `{name}`", "not declared", ("did you mean `{near}`?",))
NOT_A_LAW = Kind("not-a-law", "`{name}` is {what}, not a law", "a law is wanted here")
WHEN_WORD = Kind("unknown-word", "`when {name}` means nothing here", "`{words}`", ("did you mean `{near}`?",))
WHEN_OF_NODES = Kind(
    "when-of-nodes", "`when` is of edges", "λ is of nodes", ("a node fires if a sample of the batch makes it fire",)
)
NO_EDGE = Kind(
    "no-edge",
    "no edge `{source} -> {target}`",
    "not one of the network's",
    ("`{target}` gets its scores from {sources}",),
)
NO_VOTE = Kind("no-edge", "no edge leads from `{source}` to a class", "not one of the network's")
NO_NODE_OR_CLASS = Kind("unknown-node", "no node or class `{name}`", "not declared", ("did you mean `{near}`?",))
EDGE_OF_NODES = Kind("edge-of-nodes", "λ is of nodes, not of edges", "an edge")
NEGATIVE_START = Kind("negative-start", "{array} must start at a finite number, 0 or above", "{why}", ("{hint}",))

# --- parameters -----------------------------------------------------------------------------------------------------
UNBOUND_PARAMETER = Kind(
    "missing-argument", "`{network}` needs `{name}`", "has no default", ("say `{network}({name}: …)`",)
)
OUT_OF_BOUNDS = Kind("out-of-bounds", "`{name}` must lie within {low}..{high}, not be {value}", "its bounds")
NOT_A_NUMBER_HERE = Kind(
    "parameter-form",
    "a network's parameters are numbers, and `{name}` is {what}",
    "declared here",
    ("a system may have functions",),
)
NOT_OF_TYPE = Kind("not-of-type", "`{name}` must be {wanted}, not {value}", "declared here")
UNKNOWN_TYPE = Kind("unknown-type", "no type `{name}`", "not one of int, real, bool, log", ("did you mean `{near}`?",))

# --- law contracts --------------------------------------------------------------------------------------------------
