"""What can be wrong with a file that isn't a program."""

from neurashed_dsl.diagnostics import Kind

NOT_A_RESULT = Kind(
    "not-a-result",
    "`{file}` is no result of `nshed run`",
    help=("results are the .nc files in the folder that `nshed run` names",),
    explain="`show`, `export` and `render --from` read the NetCDF files that `nshed run` writes.",
)
DAMAGED_RESULT = Kind(
    "damaged-result",
    "`{file}` can't be read: {reason}",
    help=("run the experiment again",),
    explain="The file begins as a result does, but its contents are damaged or cut short.",
)
