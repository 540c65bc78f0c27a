"""Every message about the form of a text, one row each."""

from neurashed_dsl.diagnostics import Kind

FORBIDDEN_CHARACTER = Kind("forbidden-character", "the character {code} has no place in a program", "here")
LONG_LINE = Kind("long-line", "a line holds more than {most} characters", "this line")
NOT_UTF8 = Kind("not-utf8", "line {line} holds the byte {byte}, which isn't UTF-8", "here", ("save it as UTF-8",))
A_RESULT = Kind(
    "result-for-model",
    "`{name}` is a result, and no model",
    help=("`nshed show {name}` says what it holds",),
    explain="The file is written in HDF5, as results of `nshed run` are. A model is a text.",
)
TOO_MANY = Kind("too-many", "there are more errors than these {most}")
TOO_DEEP = Kind("too-deep", "brackets are nested more than {most} deep", "one too many")
TOO_NESTED = Kind("too-nested", "an expression is nested more than {most} deep", "begins here")
LONG_CHAIN = Kind(
    "long-chain",
    "an expression is a chain of more than {most} operators",
    "one too many",
    ("write it as `sum(… for …)` or `any(…)`, or in parts",),
)
OPEN_BLOCK = Kind("open-block", "this `{{` is never closed", "no `}}` for it")
OPEN_BRACKET = Kind("open-bracket", "this `{opened}` is never closed", "no `{closer}` for it")
CLOSES_NOTHING = Kind("closes-nothing", "this `{found}` closes nothing", "nothing is open here")
WRONG_CLOSER = Kind("wrong-closer", "`{found}` doesn't close `{opened}`", "`{opened}` was opened in line {line}")
OPEN_TEXT = Kind("open-text", "a text without its closing quote", "begins here")
HUGE_NUMBER = Kind("huge-number", "a number of more than {most} places", "can't be held")
BAD_ESCAPE = Kind(
    "bad-escape", "`{found}` means nothing in a text", "here", ("write `\\\\` for a backslash, and `/` in paths",)
)

# --- what the parser finds, and no example is like it -----------------------------------------------------------------

MISSPELT = Kind("misspelt", "`{found}` is no word of the language here", "unknown", ("did you mean `{meant}`?",))
STRANGE_CHARACTER = Kind("strange-character", "`{found}` means nothing here", "not expected", ("write {meant}",))
NO_STATEMENT = Kind(
    "no-statement", "no statement here begins with `{found}`", "not expected", ("what may stand here: {expected}",)
)
MISSING_VALUE = Kind("missing-value", "a value is missing before {what}", "expected here")
MISSING_NAME = Kind(
    "missing-name", "a name is missing before {what}", "expected here", ("a name holds letters, digits and `_`",)
)
RESERVED_NAME = Kind(
    "reserved-name", "`{found}` is a word of the language and can't be a name", "not a name", ("call it `{found}_`",)
)
TIMES_MISSING = Kind(
    "times-missing", "a number doesn't multiply what follows it", "no operator before this", ("write `*`",)
)
ENDS_EARLY = Kind("ends-early", "the line ends too early", "after `{before}`", ("what may follow: {expected}",))
UNEXPECTED = Kind("unexpected", "`{found}` can't follow `{before}`", "not expected", ("what may follow: {expected}",))

INNER_PARAM = Kind(
    "inner-param",
    "parameters stand in parentheses after the name, not in the block",
    "no statement here",
    ("write `NAME(width = 3) {{`",),
)
EQUATION_LOOP = Kind(
    "equation-loop", "equations run over their own indices", "no loop here", ("write `x[k in axis] <- …`",)
)
FOREIGN = {("system", "param"): INNER_PARAM, ("network", "param"): INNER_PARAM, ("system", "for"): EQUATION_LOOP}

RESERVED = frozenset(["if", "then", "else", "and", "or", "not", "in", "for", "true", "false"])
RESERVED_TERMINALS = frozenset(["_IF", "_THEN", "_ELSE", "AND", "OR", "_NOT", "_IN", "_FOR", "TRUE", "FALSE"])
MOST_EXPECTED = 20

_OPERATORS = frozenset(["PLUS", "MINUS", "STAR", "SLASH", "FLOOR", "PERCENT", "POWER", "COMPARE", "AND", "OR", "_IN"])
_OPERATORS |= {"LPAR", "LSQB"}
_VALUES = frozenset(["NAME", "NUMBER", "STRING", "LPAR", "LSQB", "MINUS", "STAR", "TILDE", "TRUE", "FALSE"])
_VALUES |= {"_IF", "_NOT"}

# A phrase, the terminals that all must be accepted for it to be said, the terminals that it then covers.
PHRASES: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    (
        "an operator",
        frozenset(["PLUS"]),
        _OPERATORS,
    ),
    (
        "a value",
        frozenset(["NAME", "NUMBER", "LPAR"]),
        _VALUES,
    ),
    ("a name", frozenset(["NAME"]), frozenset(["NAME"])),
    ("a number", frozenset(["NUMBER"]), frozenset(["NUMBER"])),
    ("a text in quotes", frozenset(["STRING"]), frozenset(["STRING"])),
    ("the end of the line", frozenset(["_NL"]), frozenset(["_NL", "$END", "RBRACE"])),
    ("the end of the line", frozenset(["$END"]), frozenset(["$END"])),
)

# What gives a value a name, in each kind of block that has such a statement.
NAMERS = {"system": "`let`", "experiment": "`derive`"}

# What was meant by a character that the language doesn't know.
CHARACTERS = {
    ";": "each statement on a line of its own",
    "'": '`"` around a text',
    "“": '`"` around a text',
    "”": '`"` around a text',
    "≤": "`<=`",
    "≥": "`>=`",
    "≠": "`!=`",
    "×": "`*`",
    "·": "`*`",
    "÷": "`/`",
    "−": "`-`",
    "–": "`-`",
    "→": "`->`",
    "←": "`<-`",
    "…": "`..` for a range",
    "&": "`and`",
    "|": "`or`",
    "!": "`not`, or `!=` for unequal",
    "∧": "`and`",
    "∨": "`or`",
    "¬": "`not`",
    "∈": "`in`",
    "∞": "`inf`",
    "\xa0": "an ordinary blank",
    "@": "`sum(A[i, j] * x[j] for j in axis)` for a product of matrices",
    ".": "`0.5` for a half, and `1..3` for a range",
}

# --- habits of other languages, by the words around them (syntax/slips.py) --------------------------------------------

COMMA_MISSING = Kind("comma-missing", "a comma is missing between `{left}` and `{found}`", "no comma before this")
LAMBDA = Kind(
    "lambda", "functions have names", "not known here", ("`fn f({name}) = …` declares one, in a file or in a system",)
)
CHANGE_IN_PLACE = Kind(
    "change-in-place",
    "an equation gives the next value as a whole",
    "not known here",
    ("write `{name} <- {name} {sign} …`, with the same indices on both sides",),
)
DERIVATIVE = Kind(
    "derivative", "a derivative is written `d/dt {name}`", "written otherwise", ("write `d/dt {name} = …`",)
)
TRANSPOSED = Kind(
    "transposed",
    "nothing is transposed by a mark",
    "not known here",
    ("indices say it: `sum({name}[j, i] * x[j] for j in axis)`",),
)
UNEQUAL = Kind("unequal", "unequal is written `!=`", "not `<>`")
PERCENT = Kind(
    "percent", "`%` gives what a division leaves", "nothing to divide by", ("a share is a number: `{number} / 100`",)
)
SLASHES = Kind("slashes", "a comment begins with `#`", "this divides and rounds down")

# --- what the parser finds, by example (grammar/mistakes) -------------------------------------------------------------

_BY_EXAMPLE = (
    Kind("equals-for-compare", "`=` defines; it doesn't compare", "not a comparison", ("write `==`",)),
    Kind("compare-for-equals", "`==` compares; it doesn't define", "not a definition", ("write `=`",)),
    Kind(
        "chained-comparison",
        "comparisons don't chain",
        "a second comparison",
        ("join two with `and`: `a < b and b < c`",),
    ),
    Kind("class-arrow", "what leads to a class follows `<-`", "not `<-`", ("write `class <- node, node`",)),
    Kind("input-arrow", "the class of an input follows `->`", "not `->`", ("write `input: node, node -> class`",)),
    Kind("node-arrow", "the rule of a node follows `=`", "not `=`", ("write `node = rule`; `<-` stands in `classes`",)),
    Kind("missing-arrow", "an input must say its class", "ends without", ("write `input: node, node -> class`",)),
    Kind("missing-colon", "the nodes of an input follow `:`", "no `:` before this", ("write `input: node -> class`",)),
    Kind("missing-by", "the law of an update follows `by`", "no `by` before this", ("write `update λ by law`",)),
    Kind("missing-equals", "a definition needs `=`", "no `=` before this"),
    Kind("missing-then", "an `if` without its `then`", "`then` expected", ("write `if … then … else …`",)),
    Kind("missing-else", "an `if` without its `else`", "`else` expected", ("write `if … then … else …`",)),
    Kind("else-if", "`{found}` is written `else if`", "two words"),
    Kind(
        "missing-in",
        "what a name runs over follows `in`",
        "no `in` before this",
        ("write `for i in 1..3`, after all other arguments",),
    ),
    Kind("missing-comma", "nothing stands between `{before}` and `{found}`", "a comma or an operator is missing"),
    Kind("double-star", "the power is written `^`", "not `**`"),
    Kind("argument-equals", "an argument is named with `:`", "not `=`", ("write `name: value`",)),
    Kind("default-colon", "a default follows `=`; after `:` stands a type", "not a type", ("write `name = value`",)),
    Kind("colon-range", "a range is written `1..3`", "not `:`"),
    Kind("leading-operator", "a line can't begin with `{found}`", "here", ("end the line above with it",)),
    Kind("hyphen-name", "a name can't hold `-`", "not in a name", ("write `_`",)),
    Kind(
        "index-of-call",
        "only a name takes an index",
        "not after a name",
        ("give it a name with {namer}, and index that",),
    ),
    Kind("empty-index", "an index holds at least one entry", "nothing here", ("write `*` for a whole axis",)),
    Kind("empty-entry", "an entry is missing before `{found}`", "nothing before this"),
    Kind("record-name", "a record needs a name", "no `=` after a name", ("write `record x = …`",)),
    Kind("plot-call", "a plot names its kind", "not a plot", ("write `plot lines(…)`",)),
    Kind("late-share", "the text of a claim stands last", "after the text", ('`expect … for 95% of repeats "text"`',)),
    Kind("half-share", "the share of repeats is not complete", "ends early", ("write `for 95% of repeats`",)),
    Kind("missing-block", "a block `{{ … }}` is missing", "expected here"),
    Kind("law-argument", "a part of a law names its argument", "no `(x)` before this", ("write `fire(x) = …`",)),
    Kind("class-equals", "what leads to a class follows `<-`", "not `=`", ("write `class <- node, node`",)),
    Kind("ddt-arrow", "a differential equation has `=`", "not `<-`", ("write `d/dt x = …`, or `x <- …` for a map",)),
    Kind(
        "bare-equation",
        "an equation must say what it gives",
        "not after a bare name",
        ("write `let x = …`, `x <- …` for the next value, or `d/dt x = …`",),
    ),
    Kind("late-if", "`if` stands before what it gives", "not after a value", ("write `if … then … else …`",)),
    Kind(
        "equation-index",
        "the left side of an equation names its indices",
        "not a name",
        ("write `x[k in axis] <- …`: it gives the next value",),
    ),
    Kind("dotted-call", "functions have no module before them", "called with `.`", ("write `{before}(…)`",)),
    Kind("draw-equals", "a draw follows `~`", "not `=`", ("write `draw x[axis] ~ normal(0, 1)`",)),
    Kind("sweep-equals", "the values of a sweep follow `in`", "not `=`", ("write `sweep x in [1, 2]`",)),
    Kind("set-when", "`set` must say when", "ends without", ("write `set name = value at step 100`",)),
    Kind("run-name", "each setting of a run has a name", "no name", ("write `run steps: 100, batch: 1`",)),
    Kind(
        "use-name",
        "`use` takes a file",
        "not a text",
        ('write `use "file.nshed"`', "what the library declares is there without `use`"),
    ),
    Kind("second-statement", "a statement ends with its line", "a new line is missing before this"),
)
MISTAKES = {kind.code: kind for kind in _BY_EXAMPLE}
