"""What other languages call things, and how one says them here: for help lines, where a name is unknown."""

from neurashed_dsl.builtins.draws import DISTRIBUTIONS

FUNCTIONS: dict[str, str] = {
    "ln": "`log(x)` is the natural logarithm",
    "log10": "`log(x) / log(10)` is that of base 10",
    "log2": "`log(x) / log(2)` is that of base 2",
    **dict.fromkeys(("pow", "power"), "a power is written `x^y`"),
    "square": "a square is written `x^2`",
    "tan": "`sin(x) / cos(x)` is the tangent",
    **dict.fromkeys(("sinh", "cosh"), "`exp` makes it: `(exp(x) - exp(-x)) / 2`, or with `+`"),
    "fabs": "`abs(x)` is the absolute value",
    "sgn": "`sign(x)` is -1, 0 or 1",
    **dict.fromkeys(("logistic", "expit"), "`sigmoid(x)` is 1 / (1 + exp(-x))"),
    **dict.fromkeys(("heaviside", "ifelse", "where"), "write `if x > 0 then 1 else 0`"),
    **dict.fromkeys(("mod", "fmod"), "`x % y` is what a division leaves"),
    **dict.fromkeys(("average", "avg"), "`mean(e for i in axis)` is the average"),
    "product": "`prod(e for i in axis)` is the product",
    **dict.fromkeys(("len", "length"), "`size(axis)` is how many there are"),
    **dict.fromkeys(("dot", "matmul"), "write `sum(A[i, j] * x[j] for j in axis)`"),
    "softmax": "write `exp(x[i]) / sum(exp(x[j]) for j in axis)`",
}
DRAWN: dict[str, str] = {
    **dict.fromkeys(("randn", "gauss"), "`draw z ~ normal(0, 1)` draws `z` anew at each step"),
    **dict.fromkeys(("rand", "random"), "`draw z ~ uniform(0, 1)` draws `z` anew at each step"),
}
NAMES: dict[str, str] = {
    **dict.fromkeys(("π", "Pi", "PI"), "it is called `pi`"),
    "e": "`exp(x)` is e^x, and `exp(1)` is e",
    **dict.fromkeys(("Inf", "infinity", "Infinity"), "it is called `inf`"),
    **dict.fromkeys(("True", "False"), "conditions are `true` and `false`"),
}


def function_here(name: str) -> str:
    """How to say here what a function of that name does elsewhere; '' if that isn't known."""
    if name in DISTRIBUTIONS:
        return f"numbers are drawn after `~`: `state x ~ {name}(…)`, or `draw z ~ {name}(…)` at each step"
    return DRAWN.get(name, "") or FUNCTIONS.get(name, "")
