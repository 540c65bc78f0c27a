"""NumPy's SFC64 and its normal and uniform numbers, written out: the functions whose text kernels carry.

Bit for bit what a Generator over an SFC64 gives, asked for one number after another. A stream is four integers,
a, b, c and n; the common case has no branch, so that it runs in vector lanes, and calls nothing.
"""

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

nan = math.nan
WIDTHS: Any = ()  # a kernel has them in the same place; only its numbers are used
LIMITS: Any = ()
HEIGHTS: Any = ()

CONSTANTS = "WIDTHS, LIMITS, HEIGHTS = ziggurat()"


def ziggurat() -> tuple[object, object, object]:
    """The 256 layers under the normal density: widths with the sign as ninth bit of the index, limits, heights."""
    right, area = 3.6541528853610088, 0.0049286732339746519
    x, height = np.zeros(256), np.ones(256)
    with localcontext() as context:
        context.prec = 25
        for i in range(255, 0, -1):
            up = 0.0 if i == 255 else height[i + 1] + area / x[i + 1]
            x[i] = math.sqrt(-2.0 * float(Decimal(up).ln())) if up else right
            height[i] = float(Decimal(-0.5 * x[i] * x[i]).exp())
            if i == 38:  # NumPy's table has this one number rounded the other way
                height[i] = np.nextafter(height[i], 1.0)
    bottom = area / height[255]
    width = np.append(bottom, x[1:]) / 2.0**52
    limit = np.round(np.append([right / bottom, 0.0], x[1:-1] / x[2:]) * 2.0**52).astype(np.int64)
    return np.append(width, -width), np.append(limit, limit), height


def next_bits(
    a: np.uint64, b: np.uint64, c: np.uint64, n: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """64 random bits, and the stream after them."""
    bits = a + b + n
    mixed = ((c << np.uint64(24)) | (c >> np.uint64(40))) + bits
    return bits, b ^ (b >> np.uint64(11)), c + (c << np.uint64(3)), mixed, n + np.uint64(1)


def unit(bits: np.uint64) -> float:
    """A number of [0, 1)."""
    return float(np.int64(bits >> np.uint64(11))) * (1.0 / 9007199254740992.0)


def quick_normal(bits: np.uint64) -> tuple[float, np.int64]:
    """A normal number from these bits alone, and what is negative if it is one: 99 times of 100."""
    size = np.int64((bits >> np.uint64(9)) & np.uint64(0xFFFFFFFFFFFFF))
    return float(size) * WIDTHS[bits & np.uint64(511)], size - LIMITS[bits & np.uint64(511)]


def quick_in_lanes(bits: np.uint64) -> tuple[float, np.int64]:
    """The same. Few vectors can convert an integer; one below 2^52 is the last bits of a float."""
    size = np.int64((bits >> np.uint64(9)) & np.uint64(0xFFFFFFFFFFFFF))
    whole = np.uint64(size | 0x4330000000000000).view(np.float64) - 4503599627370496.0
    return whole * WIDTHS[bits & np.uint64(511)], size - LIMITS[bits & np.uint64(511)]


def slow_normal(
    bits: np.uint64, clip: float, a: np.uint64, b: np.uint64, c: np.uint64, n: np.uint64
) -> tuple[float, np.uint64, np.uint64, np.uint64, np.uint64]:
    """The same from as many bits as it takes, and the stream after them."""
    if not clip >= 1e-4:  # what only the run knows must not keep it drawing for ever
        return nan, a, b, c, n
    while True:
        size = np.int64((bits >> np.uint64(9)) & np.uint64(0xFFFFFFFFFFFFF))
        layer = bits & np.uint64(255)
        z = float(size) * WIDTHS[bits & np.uint64(511)]
        good = size < LIMITS[layer]
        if not good and layer == np.uint64(0):
            x, y = 1.0, 0.0
            while not y + y > x * x:
                bits, a, b, c, n = next_bits(a, b, c, n)
                x = -0.27366123732975828 * math.log1p(-unit(bits))
                bits, a, b, c, n = next_bits(a, b, c, n)
                y = -math.log1p(-unit(bits))
            z = 3.6541528853610088 + x
            z = -z if (size >> 8) & 1 else z
            good = True
        elif not good:
            bits, a, b, c, n = next_bits(a, b, c, n)
            low, edge = HEIGHTS[layer], WIDTHS[layer] * 2.0**52
            y = (HEIGHTS[layer - np.uint64(1)] - low) * unit(bits) + low
            # A few terms of the series round the layer's edge tell nearly always: exp is for what lies on the curve.
            d = 0.5 * (edge - abs(z)) * (edge + abs(z))
            near = low * ((1.0 + d) + d * d * ((1 / 2 + d * (1 / 6)) + d * d * (1 / 24 + d * (1 / 120))))
            good = y < near if abs(y - near) > 1e-3 * near else y < math.exp(-0.5 * z * z)
        if good and abs(z) <= clip:
            return z, a, b, c, n
        bits, a, b, c, n = next_bits(a, b, c, n)
