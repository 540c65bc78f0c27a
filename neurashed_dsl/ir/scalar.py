"""Scalar functions as both worlds run them: the reference evaluator calls them, and kernels carry their text (numba compiles it).

So they are self-contained (they may call each other and `math`), keep to what numba takes, and give IEEE results where Python's `math` would raise.
"""

import math

inf = math.inf
nan = math.nan


def divide(a: float, b: float) -> float:
    """a / b, with IEEE infinities and NaN at b = 0."""
    if b == 0.0:
        if a == 0.0 or a != a:
            return nan
        return inf if (a > 0.0) == (math.copysign(1.0, b) > 0.0) else -inf
    return a / b


def power(a: float, b: float) -> float:
    """a ** b as IEEE 754 has it; NaN for a root of a negative number. Kernels say `math.pow`, which doesn't raise there."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -inf if a < 0.0 and b % 2.0 == 1.0 else inf
    except ValueError:
        if a < 0.0:
            return nan
        return math.copysign(inf, a) if b % 2.0 == 1.0 else inf


def exponential(x: float) -> float:
    """e^x; infinity where it overflows."""
    return inf if x > 709.782712893384 else math.exp(x)


def expm1(x: float) -> float:
    """e^x - 1; infinity where it overflows."""
    return inf if x > 709.782712893384 else math.expm1(x)


def logarithm(x: float) -> float:
    """ln x; -inf at 0, NaN below."""
    if x > 0.0:
        return math.log(x)
    return -inf if x == 0.0 else nan


def log1p(x: float) -> float:
    """ln(1 + x); -inf at -1, NaN below."""
    if x > -1.0:
        return math.log1p(x)
    return -inf if x == -1.0 else nan


def root(x: float) -> float:
    """The square root; NaN of a negative number."""
    return math.sqrt(x) if x >= 0.0 else nan


def sine(x: float) -> float:
    """sin; NaN of an infinity."""
    return math.sin(x) if abs(x) < inf else nan


def cosine(x: float) -> float:
    """cos; NaN of an infinity."""
    return math.cos(x) if abs(x) < inf else nan


def within(at: int, size: int) -> int:
    """A position that is on its axis. Raises IndexError where it isn't."""
    if at < 0 or at >= size:
        raise IndexError("an index is beyond its axis")
    return at


def whole(x: float) -> int:
    """A whole number that is given as a real; a very low one for what reals don't hold exactly, or is none."""
    return int(x) if abs(x) < 9007199254740992.0 else -9223372036854775807


def relu(x: float) -> float:
    return x if x > 0.0 else 0.0


def sign(x: float) -> float:
    if x > 0.0:
        return 1.0
    return -1.0 if x < 0.0 else x


def rounded(x: float) -> int:
    """To the nearest whole number, halves to even."""
    low = math.floor(x)
    gap = x - low
    if gap < 0.5 or (gap == 0.5 and low % 2 == 0):
        return low
    return low + 1


def smaller(a: float, b: float) -> float:
    return b if b < a else a


def larger(a: float, b: float) -> float:
    return b if b > a else a


def clip(x: float, low: float, high: float) -> float:
    if x < low:
        return low
    return high if x > high else x


def softplus(x: float) -> float:
    """ln(1 + e^x) without overflow."""
    return x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x))


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x) without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def log_sum(a: float, b: float) -> float:
    """ln(e^a + e^b): the sum of two numbers held as logarithms."""
    high = a if a > b else b
    low = b if a > b else a
    return high if high == -inf else high + math.log1p(math.exp(low - high))


def log_difference(a: float, b: float) -> float:
    """e^a - e^b, accurate where they are close; overflows to an infinity only if the difference does."""
    if a == b:
        return 0.0
    if a > b:
        top = a + math.log(-math.expm1(b - a))
        return inf if top > 709.782712893384 else math.exp(top)
    top = b + math.log(-math.expm1(a - b))
    return -inf if top > 709.782712893384 else -math.exp(top)


def log_power(a: float, p: float) -> float:
    """ln((e^a)^p); 0^0 is 1."""
    return 0.0 if p == 0.0 else p * a


def fractional(x: float, p: float, q: float, r: float, s: float, k: float) -> float:
    """x -> (p x + q) / (r x + s), k times, for x, p, q, r >= 0, s > 0 and p s >= q r; where r is 0, for any x and q."""
    if k == 0.0 or (x == 0.0 and q == 0.0):
        return x
    z, w, a, b = spectrum(p, q, r, s, k)
    e = exponential(z)
    return divide(e * x + w * (a * x + q), e + w * (r * x + b))


def log_fractional(x: float, p: float, q: float, r: float, s: float, k: float) -> float:
    """The same for a number held as its logarithm, x; q >= 0."""
    if k == 0.0:
        return x
    z, w, a, b = spectrum(p, q, r, s, k)
    above = log_sum(log_sum(z, logarithm(w * a)) + x, logarithm(w * q))
    return above - log_sum(log_sum(z, logarithm(w * b)), logarithm(w * r) + x)


def spectrum(p: float, q: float, r: float, s: float, k: float) -> tuple[float, float, float, float]:
    """(z, w, p - m, s - m), so that M^k of M = ((p, q), (r, s)) is e^z + w (M - m), but for a factor, with m the smaller eigenvalue.

    No term is below 0, and nothing cancels: (p - m)(s - m) = q r.
    """
    gap = math.sqrt((p - s) * (p - s) + 4.0 * q * r)
    top = 0.5 * (p + s + gap)
    if gap == 0.0:
        return 0.0, k / top, 0.0, 0.0
    low = max(p * s - q * r, 0.0) / top
    z = k * (math.log1p(-gap / top) if 2.0 * gap < top else logarithm(low / top))
    a = 0.5 * (abs(p - s) + gap)
    b = q * r / a
    return z, -expm1(z) / gap, a if p > s else b, b if p > s else a


def geometric(a: float, k: float) -> float:
    """1 + q + … + q^(k-1), of q = e^a."""
    if a == 0.0 or k == 0.0:
        return k
    return expm1(k * a) / expm1(a)


def log_geometric(a: float, k: float) -> float:
    """ln(1 + q + … + q^(k-1)), of q = e^a."""
    if a == 0.0 or k == 0.0:
        return logarithm(k)
    size = -abs(a)
    held = logarithm(-expm1(k * size)) - logarithm(-expm1(size))
    return held if a < 0.0 else held + (k - 1.0) * a
