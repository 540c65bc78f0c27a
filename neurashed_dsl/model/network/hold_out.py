"""`hold_out`: which samples are kept from training.

A share is dealt over the classes: each gives its part, rounded so that the whole comes out, and keeps at least one
sample. Which ones is drawn from a stream of its own with a fixed seed, so that it doesn't change with the seed of an
experiment.
"""

import numpy as np
import numpy.typing as npt

from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model import data_errors as errors
from neurashed_dsl.model.network.cells import Cells, column_name, numbers
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.parameters import number_of
from neurashed_dsl.model.network.rows import Rows, shown
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast

Bools = npt.NDArray[np.bool_]


def held_out(
    item: ast.Node | None, labels: Ints | None, cells: Cells, rows: Rows, memory: Memory, to: Lowering
) -> Bools | None:
    """None after a report, or without labels."""
    count = len(cells.sheet.rows)
    if not isinstance(item, ast.DataHoldOut):
        return np.zeros(count, np.bool_)
    value = item.value
    if isinstance(value, ast.Text) or (isinstance(value, ast.Name) and _is_column(value, cells, rows)):
        flags = numbers(column_name(value), value.span, cells)
        return None if flags is None else np.asarray(flags != 0, np.bool_)
    share = number_of(value, rows, memory, to)
    if share is None or labels is None:
        return None
    if not 0 <= share < 1:
        to.report.add(errors.BAD_SHARE.at(value.span, value=shown(share)))
        return None
    return stratified(float(share), labels)


def _is_column(value: ast.Name, cells: Cells, rows: Rows) -> bool:
    return value.name in cells.sheet.columns or rows.scope.find(value.name) is None


def stratified(share: float, labels: Ints) -> Bools:
    """About `share` of the samples, from each class its part, never all of it."""
    sizes = np.bincount(labels)
    parts = share * sizes
    most = np.maximum(sizes - 1, 0)
    given = np.minimum(np.floor(parts).astype(np.int64), most)
    # What rounding down has left goes to the classes that lost most by it.
    for c in np.argsort(-(parts - given), kind="stable")[: round(share * len(labels)) - int(given.sum())]:
        given[c] = min(given[c] + 1, most[c])
    import hashlib  # it loads OpenSSL

    entropy = int.from_bytes(hashlib.sha256(b"hold_out").digest()[:16], "big")
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(entropy)))
    held = np.zeros(len(labels), np.bool_)
    for c, size in enumerate(given.tolist()):
        held[rng.permutation(np.flatnonzero(labels == c))[:size]] = True
    return held
