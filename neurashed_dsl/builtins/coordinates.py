"""Where labels stand among the coordinates of a dimension."""

from typing import Any

import numpy as np


def places(label: Any, labels: np.ndarray) -> list[int]:
    """Where a label stands: a name as written, a number to rounding."""
    if labels.dtype.kind not in "iuf":
        return [i for i, known in enumerate(labels.tolist()) if str(known) == str(label)]
    if not isinstance(label, int | float) or not labels.size:
        return []
    gaps = np.abs(labels.astype(float) - label)
    same = (labels == label) | (gaps <= 1e-9 * max(1.0, abs(label)))
    return np.flatnonzero(same & ~(gaps > gaps.min())).tolist() if np.isfinite(label) else np.flatnonzero(same).tolist()


def between(low: float, high: float, labels: np.ndarray) -> np.ndarray:
    """Where numbers lie in low..high, the ends to rounding."""
    slack = 1e-9 * np.maximum(1, np.abs(labels))
    return np.flatnonzero((labels >= low - slack) & (labels <= high + slack))
