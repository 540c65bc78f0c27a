"""Schemes that make a step of a differential equation, as data: a row each, read by `passes.discretise`.

A row is a Butcher tableau. The noise of a step enters stage i with the share of the step at which the stage stands (for noise whose factor
doesn't depend on the state that is of strong order 1), and the step once, with its factor at the start of the step (Itô's sense).
"""

from fractions import Fraction
from typing import NamedTuple

HALF = Fraction(1, 2)


class Scheme(NamedTuple):
    """`inner[i]`: shares of the earlier slopes in the state of stage i; `outer`: of all slopes in the step.

    `any_factor`: the factor of the noise may depend on the state. `corrected`: Milstein's ½ g g′ (dW² − dt) is added.
    """

    inner: tuple[tuple[Fraction | int, ...], ...]
    outer: tuple[Fraction | int, ...]
    any_factor: bool = False
    corrected: bool = False


SCHEMES: dict[str, Scheme] = {
    "euler": Scheme(((),), (1,), any_factor=True),
    "heun": Scheme(((), (1,)), (HALF, HALF)),
    "rk4": Scheme(
        ((), (HALF,), (0, HALF), (0, 0, 1)), (Fraction(1, 6), Fraction(1, 3), Fraction(1, 3), Fraction(1, 6))
    ),
    "milstein": Scheme(((),), (1,), any_factor=True, corrected=True),
}
