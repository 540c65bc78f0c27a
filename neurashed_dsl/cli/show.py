"""`nshed show`: what a result or a file of nshed holds, in a page."""

from pathlib import Path

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.cli.terminal import tell


def show(file: Path, allow: tuple[Path, ...]) -> int:
    """A file that ends in .nshed is a program, a folder is one of results; any other has to be a result. Raises NshedError if it is neither."""
    if file.is_dir():
        from neurashed_dsl.cli.show_sweep import account as account_of_sweeps

        print(account_of_sweeps(file))
    elif file.suffix == ".nshed":
        from neurashed_dsl.cli.show_program import account
        from neurashed_dsl.driver import load

        program = load(file, allow=allow)
        tell(program.warnings)
        print(account(program.source))
    else:
        from neurashed_dsl.cli.show_result import account as account_of_result
        from neurashed_dsl.cli.store import read

        print(account_of_result(read(file), file))
    return WELL
