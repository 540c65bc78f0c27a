"""`nshed lsp`: for an editor, which starts it and speaks to it."""

from neurashed_dsl.cli.failure import WELL
from neurashed_dsl.diagnostics import WrongUse


def lsp() -> int:
    """Raises WrongUse without the extra."""
    try:
        from neurashed_dsl.editor.server import server
    except ImportError as error:
        raise WrongUse('the language server needs more: pip install "nshed[editor]"') from error
    server.start_io()
    return WELL
