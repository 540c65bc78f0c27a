"""What can be wrong with files, their names and their parameters."""

from neurashed_dsl.diagnostics import Kind

DECLARED_TWICE = Kind(
    "declared-again", "`{name}` is declared twice in this file", "again here", ("it is declared first at {first}",)
)
SHADOWS_LIBRARY = Kind(
    "shadows-library", "`{name}` hides a name of the standard library", "this one is taken", severity="warning"
)
PARAMETER_WITHOUT_VALUE = Kind(
    "parameter-without-value", "the parameter `{name}` needs a value", "write `param {name} = …`"
)
WRONG_PARAMETER = Kind(
    "wrong-parameter", "the parameter `{name}` is {value}, and {wanted} is wanted", "{here}", ("{source}",)
)
OUT_OF_BOUND = Kind(
    "out-of-bound", "the parameter `{name}` is {value}, out of its bound {low}..{high}", "{here}", ("{source}",)
)
CIRCULAR_USE = Kind("circular-use", "these files use each other in a circle: {circle}", "closes the circle")
OUT_OF_FOLDER = Kind(
    "out-of-folder",
    "`{path}` is outside the folder of the file that is run",
    "not allowed",
    ("`--allow PATH` opens a folder to `use` and to data",),
)
NO_FILE = Kind(
    "no-file",
    "there is no file `{path}`",
    "not found",
    ("did you mean `{near}`?", "what `{library}` of the library declares is there without `use`"),
)
UNREADABLE = Kind("unreadable-file", "`{path}` can't be read: {why}", "this file")
NOT_IN_FILE = Kind("not-in-file", "`{path}` declares no `{name}`", "not declared there", ("did you mean `{near}`?",))
ARRAY_PARAMETER_HERE = Kind(
    "array-parameter-here",
    "`{name}` can't be an array here",
    "only a system has axes",
    (
        "a parameter that is a function is written `{name}(t)`",
        "a measure names the axes of what it is given: `{pattern}`",
    ),
)
