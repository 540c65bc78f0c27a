"""What can be wrong with a data file. Rows count from 1 as in the file, the header included."""

from neurashed_dsl.diagnostics import Kind

UNREADABLE = Kind("unreadable-data", "`{path}` can't be read: {why}", "this file")
UNKNOWN_FORMAT = Kind("unknown-format", "`{path}` is of no known format", "not .csv, .npz or .parquet")
NOT_AN_ARRAY_FILE = Kind("no-array-file", "`{path}` holds no array that could be read", "not .npz, .nc or .csv")
UNKNOWN_ARRAY = Kind(
    "unknown-array",
    "`{path}` holds no array `{name}`",
    "not in the file",
    ("did you mean `{near}`?", "it holds {known}"),
)
WHICH_ARRAY = Kind(
    "which-array", "`{path}` holds several arrays", "which one?", ('write `from "…" ("NAME")`: {known}',)
)
NO_DATA_AXES = Kind(
    "data-without-axes",
    "the axes of `{name}` aren't named",
    "declared here",
    ("`data {name}[class, coordinate, time] from …`, in the order in which the file has them",),
)
DATA_AXIS_TWICE = Kind("data-axis-twice", "there is an axis like `{name}` already", "again here")
DATA_RANK = Kind(
    "data-rank",
    "{path}: `{array}` is {size}, and {count} axes are named",
    "over {axes}",
)
DATA_DIMENSIONS = Kind(
    "data-dimensions",
    "{path}: the dimensions of `{array}` are {axes}",
    "other axes are named here",
    ("`axes: […]` in the brackets of the file says which is which, in the order in which the file has them",),
)
DATA_ORDER = Kind(
    "data-order", "`axes:` lists {axes}, each once, in the file's order", "not these", ("did you mean `{near}`?",)
)
DATA_SIZE = Kind("data-size", "`{name}` has {size} places in the file", "other ones here")
NO_DATA = Kind("empty-data", "`{path}` has no numbers here", "empty")
DATA_NOT_FINITE = Kind(
    "data-not-finite",
    "{path}: at {place} stands {value}, no number",
    "read here",
    ("and {more} more like this",),
    explain="Places count from 1 along each axis, in the order of the message.",
)
DATA_TIMES = Kind("data-times", "`{name}` can't be the times: {fault}", "of this trajectory")
BEYOND_DATA = Kind("beyond-data", "the data end at time {end:g}", "later than that")
TEXT_ARRAY = Kind("text-array", "`{path}` holds strings here, not numbers", "read here")
NO_PYARROW = Kind(
    "no-pyarrow",
    "reading `{path}` needs pyarrow, which isn't installed",
    "a Parquet file",
    ('`pip install "nshed[parquet]"`',),
)
EMPTY_FILE = Kind("empty-data", "`{path}` is empty", "no header and no rows")
NO_ROWS = Kind("empty-data", "`{path}` has a header and no rows", "no samples")
REPEATED_COLUMN = Kind("repeated-column", "{path}, row 1: two columns are called `{name}`", "in this file")
NOT_COMMAS = Kind(
    "not-commas",
    "the cells of `{path}` are separated by {mark}",
    "in this file",
    ("save it with commas between cells",),
)
WRONG_WIDTH = Kind(
    "wrong-width",
    "{path}, row {row}: {cells} cells, where the header has {columns}",
    "in this file",
    ("and {more} more like this",),
)
UNEQUAL_LENGTHS = Kind(
    "unequal-lengths",
    "{path}: `{name}` has {length} entries, `{first}` has {wanted}",
    "in this file",
    ("all arrays must be of one length, the number of samples",),
)
UNKNOWN_COLUMN = Kind(
    "unknown-column",
    "{path} has no column `{name}`",
    "not one of its {count}",
    ("did you mean `{near}`?", "its columns are {known}"),
)
NO_COLUMN_OF_NODE = Kind(
    "no-column-of-node",
    "{path} has no column for the node `{name}`",
    "`inputs from` this file",
    ("did you mean `{near}`?", "`fire {name} when …` says when it fires", "and {more} without a column"),
)
NOT_A_NUMBER = Kind(
    "not-a-number",
    "{path}, row {row}, column `{column}`: {value} is not a number",
    "read here",
    ("and {more} more like this",),
)
MISSING_CELL = Kind(
    "missing-cell",
    "{path}, row {row}, column `{column}`: the cell is empty",
    "read here",
    ("and {more} more like this",),
)
UNKNOWN_LABEL = Kind(
    "unknown-class",
    "{path}, row {row}, column `{column}`: no class `{name}`",
    "labels are read here",
    ("did you mean `{near}`?", "and {more} more like this"),
)
NO_LABEL = Kind("no-label", "nothing says which column of `{path}` is the label", "`label COLUMN` is missing")
REPEATED_STATEMENT = Kind("repeated-statement", "`{word}` stands twice", "again here")
NODE_FIRED_TWICE = Kind("repeated-statement", "`{name}` has two conditions", "again here")
NO_STRING = Kind("wrong-type", "a string can only be compared with a column of strings, by `==` or `!=`", "a string")
TEXT_COLUMN = Kind(
    "wrong-type", "{path}: the column `{column}` holds strings", "compared with a number", ('`{column} == "…"`',)
)
BAD_WEIGHT = Kind(
    "negative-weight", "{path}, row {row}: the weight is {value}, and must be 0 or more", "worked out here"
)
BAD_SHARE = Kind(
    "bad-share",
    "`hold_out` takes a share from 0 up to, not including, 1, or a column, not {value}",
    "worked out as {value}",
)
