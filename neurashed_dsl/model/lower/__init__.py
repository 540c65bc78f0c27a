"""Surface expressions to typed IR.

An expression may stand in an index, an index in a call, a call in an expression: these modules need each other, so they name each other by module.
"""

from neurashed_dsl.model.lower.expressions import lower, whole_array
from neurashed_dsl.model.lower.indices import bound, domain_axis, domain_of, integer_expr, position
from neurashed_dsl.model.lower.sets import OF_SETS

__all__ = ["OF_SETS", "bound", "domain_axis", "domain_of", "integer_expr", "lower", "position", "whole_array"]
