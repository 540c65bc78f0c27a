"""The surface tree: what a user wrote, and where.

Nodes are identities (eq=False), never change after parsing, have no methods. Every node has `span`. Names keep the
user's spelling except that `lambda`, `eta`, `kappa` become `λ`, `η`, `κ` (language.md 1).
"""

from neurashed_dsl.syntax.ast.declarations import *
from neurashed_dsl.syntax.ast.document import *
from neurashed_dsl.syntax.ast.experiments import *
from neurashed_dsl.syntax.ast.expressions import *
from neurashed_dsl.syntax.ast.networks import *
from neurashed_dsl.syntax.ast.node import *
from neurashed_dsl.syntax.ast.systems import *
