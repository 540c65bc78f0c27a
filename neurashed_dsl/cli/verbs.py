"""The verbs and their options. Each loads its own file when it is used, so that `nshed check` starts fast.

Every verb returns an exit code. This is click and not typer because typer 0.29 imports pydantic to read any option,
which takes as long as checking a file.
"""

from pathlib import Path
from typing import Any

import click

from neurashed_dsl.cli.target import read_settings

PATH = click.Path(path_type=Path)

settings = click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    callback=lambda _context, _option, pairs: read_settings(pairs),
    help="Give a parameter another value.",
)
allow = click.option("--allow", metavar="PATH", type=PATH, multiple=True, help="A further folder to read from.")
seed = click.option("--seed", metavar="N", type=click.IntRange(0, 2**62), help="Another seed than the file's.")
jobs = click.option("--jobs", "-j", metavar="N", type=click.IntRange(min=1), help="Threads; they change no number.")
exact = click.option("--exact", "road", flag_value="exact", help="From record to record in closed form, or not at all.")
stepwise = click.option("--stepwise", "road", flag_value="stepwise", help="Make each step, closed form or not.")
dask = click.option("--dask", metavar="ADDRESS", help="A dask scheduler, to whose workers the cells of sweeps go.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        print(f"nshed {metadata.version('nshed')}")
        context.exit(0)


class InOrder(click.Group):
    """Lists the verbs in the order of this file, which is the order of work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=version, help="Say the version.")
def nshed() -> None:
    """Write phenomenological models of deep learning; check, run, test and draw them."""


@nshed.command()
@click.argument("name")
def new(name: str) -> int:
    """Write a small model to start from.

    The file is NAME.nshed; it is never overwritten.
    """
    from neurashed_dsl.cli import new

    return new.new(name)


@nshed.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--learning", is_flag=True, help="Say which inputs will be learned, by which paths, against which rivals."
)
@settings
@allow
@as_json
def check(**given: Any) -> int:
    """Check files; run nothing.

    `-` reads standard input. With --learning, FILE:NAME picks an experiment or a network.
    """
    from neurashed_dsl.cli import check

    return check.check(**given)


@nshed.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="As --check, and print what would change.")
def fmt(**given: Any) -> int:
    """Bring files into their canonical form.

    Comments are kept; a file with a syntax error is left as it is. `-` reads standard input and writes standard output.
    """
    from neurashed_dsl.cli import fmt

    return fmt.fmt(**given)


@nshed.command()
@click.argument("model", metavar="FILE[:EXPERIMENT]")
@click.option("--emit", metavar="STAGE", help="Print one stage: ast, model, ir, kernel, dot or json.")
@settings
@allow
def compile(**given: Any) -> int:
    """Make the kernels; say sizes, memory, times."""
    from neurashed_dsl.cli import compile

    return compile.compile(**given)


@nshed.command()
@click.argument("model", metavar="FILE[:EXPERIMENT]")
@settings
@seed
@jobs
@dask
@exact
@stepwise
@click.option("--out", "-o", metavar="DIR", type=PATH, help="Where results go, if not to results/FILE.")
@allow
def run(**given: Any) -> int:
    """Run experiments; write results and plots.

    A sweep goes on with the cells that aren't in DIR yet. Claims are reported and leave the exit code alone: `nshed
    test` judges.
    """
    from neurashed_dsl.cli import run

    return run.run(**given)


@nshed.command()
@click.argument("model", metavar="FILE[:EXPERIMENT]")
@click.option("--starts", metavar="N", type=click.IntRange(1, 10_000), help="Begin from so many points, keep the best.")
@settings
@seed
@jobs
@exact
@stepwise
@click.option("--out", "-o", metavar="DIR", type=PATH, help="Where results go, if not to results/FILE.")
@allow
@as_json
def fit(**given: Any) -> int:
    """Find the parameters that come nearest to data.

    Takes experiments that say what is fitted: `fit curve to other.curve by k in 0..1`. Writes what `run` writes.
    """
    from neurashed_dsl.cli import fit

    return fit.fit(**given)


@nshed.command("test")
@click.argument("models", metavar="FILE|DIR...", nargs=-1, required=True)
@settings
@seed
@jobs
@dask
@exact
@stepwise
@allow
@as_json
def judge(**given: Any) -> int:
    """Run experiments; do their claims hold?

    Folders are searched for .nshed files. Exit code 1 if a claim doesn't hold.
    """
    from neurashed_dsl.cli import judge

    return judge.judge(**given)


@nshed.command()
@click.argument("model", metavar="FILE[:NAME]")
@click.option("--out", "-o", metavar="PICTURE", type=PATH, help="An svg, png, pdf, dot, mmd, graphml or json file.")
@click.option("--input", metavar="NAME", help="Show the pathway of this input.")
@click.option(
    "--from", "result", metavar="RESULT.nc", type=PATH, help="Draw nodes by their λ in this result, or its plots."
)
@click.option("--step", metavar="N", type=click.IntRange(min=0), help="At this step of it, if not the last.")
@allow
def render(**given: Any) -> int:
    """Draw a network, a system, or a plot of a result.

    NAME is a network, a system, an experiment, or, with --from, a plot as `run` names it. Without -o a diagram is printed
    as DOT.
    """
    from neurashed_dsl.cli import render

    return render.render(**given)


@nshed.command()
@click.argument("model", metavar="FILE[:EXPERIMENT]")
@click.option("--input", metavar="NAME", required=True, help="The input to explain.")
@click.option("--node", metavar="NAME", help="Explain this node, or class, in place of the class that leads.")
@click.option("--step", metavar="N", type=click.IntRange(min=0), help="At this step of the run, if not the last.")
@click.option("--repeat", metavar="R", type=click.IntRange(min=0), default=0, help="In this repeat, if not repeat 0.")
@click.option(
    "--cell",
    metavar="NAME=VALUE",
    multiple=True,
    callback=lambda _context, _option, pairs: read_settings(pairs, "--cell"),
    help="Of a sweep, the cell with this value; once for each name that is swept.",
)
@click.option("--from", "result", metavar="RESULT.nc", type=PATH, help="Read λ and η from this result; run nothing.")
@click.option("--out", "-o", metavar="PICTURE", type=PATH, help="Draw it: an svg, png, pdf, dot or mmd file.")
@settings
@seed
@allow
@as_json
def why(**given: Any) -> int:
    """Say why an input is taken for what it is.

    Which nodes fired, what the logit is made of, which inputs made it strong, and what would change it. The experiment
    is run to the step that is asked for; a network without one is explained as it starts.
    """
    from neurashed_dsl.cli import why

    return why.why(**given)


@nshed.command()
@click.argument("file", metavar="RESULT.nc|FILE|DIR", type=PATH)
@allow
def show(**given: Any) -> int:
    """Say what a result, or a file, holds.

    Of a folder of results: how far its sweeps are, also while they run.
    """
    from neurashed_dsl.cli import show

    return show.show(**given)


@nshed.command()
@click.argument("file", metavar="RESULT.nc", type=PATH)
@click.option("--out", "-o", metavar="TABLE", type=PATH, help="A csv, parquet, npz or json file.")
@click.option("--only", metavar="RECORD", multiple=True, help="This record; may be repeated.")
def export(**given: Any) -> int:
    """Write a result as a table.

    One row for each number. Without -o it is printed as CSV.
    """
    from neurashed_dsl.cli import export

    return export.export(**given)


@nshed.command()
@click.argument("code", required=False)
def explain(code: str | None) -> int:
    """Explain a message by its code, or list all.

    The code is what stands in brackets after `error` or `warning`.
    """
    from neurashed_dsl.cli import explain

    return explain.explain(code)


@nshed.command()
def doctor() -> int:
    """Try out the installation."""
    from neurashed_dsl.cli import doctor

    return doctor.doctor()


@nshed.command()
@click.option("--clear", is_flag=True, help="Delete the kernels.")
def cache(clear: bool) -> int:
    """Say where kernels are kept, and how many."""
    from neurashed_dsl.cli import cache

    return cache.cache(clear)


@nshed.command()
def lsp() -> int:
    """Answer an editor, by the Language Server Protocol.

    Editors start it themselves and speak to it on standard input and output. It needs the extra `editor`.
    """
    from neurashed_dsl.cli import lsp

    return lsp.lsp()
