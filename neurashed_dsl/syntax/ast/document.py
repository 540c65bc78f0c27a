"""A whole file."""

from neurashed_dsl.diagnostics import Source, Span
from neurashed_dsl.syntax.ast.declarations import Data, FileParameter, Function, Law, Measure, Rule, Use
from neurashed_dsl.syntax.ast.experiments import Experiment
from neurashed_dsl.syntax.ast.networks import Network
from neurashed_dsl.syntax.ast.systems import System
from neurashed_dsl.values import frozen

Declaration = Use | FileParameter | Function | Law | Rule | Measure | Data | Network | System | Experiment


@frozen
class Comment:
    """`# text`, with the `#`. `own_line`: nothing but blanks stand before it on its line."""

    span: Span
    text: str
    own_line: bool


@frozen
class Document:
    """A well-formed file: declarations in the order written, and its comments."""

    source: Source
    items: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
