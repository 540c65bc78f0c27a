"""`inputs from`: the columns of a data file as samples.

A first-level node fires where its `fire … when` holds, or where the column of its name isn't 0. A label is the name
of a class; where classes are a family with one index, `digit[c in 0..9]`, a label may be the index alone. A name that
comes again gets a number: `frog`, `frog_2`. Without `name`, samples are s1, s2, …
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurashed_dsl.diagnostics import nearest
from neurashed_dsl.ir.evaluate import Memory
from neurashed_dsl.model import data_errors as errors
from neurashed_dsl.model.data import DataReader, read_sheet
from neurashed_dsl.model.errors import more_of
from neurashed_dsl.model.network.cells import Cells, column_name, numbers, strings
from neurashed_dsl.model.network.classes import Classes
from neurashed_dsl.model.network.columns import Ints
from neurashed_dsl.model.network.conditions import over_samples
from neurashed_dsl.model.network.hold_out import held_out
from neurashed_dsl.model.network.inputs import Samples, at_bottom, crops
from neurashed_dsl.model.network.levels import Levels
from neurashed_dsl.model.network.refs import members
from neurashed_dsl.model.network.rows import Rows, shown
from neurashed_dsl.model.scope import Lowering
from neurashed_dsl.syntax import ast
from neurashed_dsl.values import frozen

Bools = npt.NDArray[np.bool_]
WORDS: dict[type[ast.Node], str] = {
    ast.DataName: "name",
    ast.DataLabel: "label",
    ast.DataWeight: "weight",
    ast.DataHoldOut: "hold_out",
    ast.Crop: "crop",
}


@frozen
class Reading:
    """What the statements of one `inputs from` are read with."""

    block: ast.InputsFrom
    rows: Rows
    cells: Cells
    memory: Memory
    to: Lowering


def read_inputs(
    block: ast.InputsFrom,
    rows: Rows,
    levels: Levels,
    nodes: Sequence[str],
    classes: Classes,
    memory: Memory,
    data: DataReader,
    to: Lowering,
) -> Samples:
    """The samples of a file, in the order of its rows; none after a report."""
    said = _statements(block, to)
    sheet = read_sheet(block.path, data, to)
    if sheet is None:
        return Samples()
    reading = Reading(block, rows, Cells(sheet, block.path.span, to), memory, to)
    fires = _fires(reading, levels, nodes)
    labels = _labels(reading, said.get("label"), classes)
    names = _names(reading, said.get("name"))
    weights = _weights(reading, said.get("weight"))
    held = held_out(said.get("hold_out"), labels, reading.cells, rows, memory, to)
    parts = _crops(reading, said.get("crop"), len(reading.cells.sheet.rows))
    if labels is None or names is None or weights is None or held is None or fires is None or parts is None:
        return Samples()
    spans = [block.span] * len(names)
    hashes = {sheet.path: sheet.sha256}
    return Samples(names, labels, weights, held, *fires, spans, hashes, parts, counted="name" not in said)


def _statements(block: ast.InputsFrom, to: Lowering) -> dict[str, ast.Node]:
    said: dict[str, ast.Node] = {}
    for item in block.items:
        word = WORDS.get(type(item))
        if word in said:
            to.report.add(errors.REPEATED_STATEMENT.at(item.span, word=word))
        elif word:
            said[word] = item
    if "label" not in said:
        to.report.add(errors.NO_LABEL.at(block.path.span, path=block.path.value))
    return said


def _names(reading: Reading, item: ast.Node | None) -> list[str] | None:
    count = len(reading.cells.sheet.rows)
    if not isinstance(item, ast.DataName):
        return [f"s{i + 1}" for i in range(count)]
    found = strings(column_name(item.column), item.column.span, reading.cells)
    return None if found is None else distinct(found)


def distinct(names: Sequence[str]) -> list[str]:
    """Names that come again get the next free number: frog, frog_2."""
    used, last = set(names), dict.fromkeys(names, 1)
    seen: set[str] = set()
    made = []
    for name in names:
        free = name
        while free in seen or (free != name and free in used):
            last[name] += 1
            free = f"{name}_{last[name]}"
        seen.add(free)
        made.append(free)
    return made


def _labels(reading: Reading, item: ast.Node | None, classes: Classes) -> Ints | None:
    if not isinstance(item, ast.DataLabel):
        return None
    name = column_name(item.column)
    found = strings(name, item.column.span, reading.cells)
    if found is None:
        return None
    known = _label_names(classes)
    wrong = [at for at, label in enumerate(found) if label not in known]
    if wrong and classes.names:
        at = wrong[0]
        where = {"path": reading.cells.sheet.path, "row": reading.cells.sheet.rows[at], "column": name}
        near = nearest(found[at], classes.names)
        reading.to.report.add(
            errors.UNKNOWN_LABEL.at(item.span, **where, name=found[at], near=near, more=len(wrong) - 1)
        )
    return None if wrong else np.array([known[label] for label in found], np.int64)


def _label_names(classes: Classes) -> dict[str, int]:
    known = {name: i for i, name in enumerate(classes.names)}
    families = {name.partition("[")[0] for name in classes.names}
    if len(families) == 1:
        bare = {name.partition("[")[2].removesuffix("]"): i for name, i in known.items()}
        known = {**{index: i for index, i in bare.items() if index and "," not in index}, **known}
    return known


def _weights(reading: Reading, item: ast.Node | None) -> npt.NDArray[np.float64] | None:
    count = len(reading.cells.sheet.rows)
    if not isinstance(item, ast.DataWeight):
        return np.ones(count)
    values = over_samples(item.value, "number", reading.cells, reading.rows, reading.memory, reading.to)
    if values is None:
        return None
    wrong = next((i for i, v in enumerate(values) if not 0 <= v < float("inf")), None)
    if wrong is not None:
        sheet = reading.cells.sheet
        reading.to.report.add(
            errors.BAD_WEIGHT.at(item.value.span, path=sheet.path, row=sheet.rows[wrong], value=shown(values[wrong]))
        )
        return None
    return values.astype(np.float64)


def _crops(reading: Reading, item: ast.Node | None, count: int) -> npt.NDArray[np.float64] | None:
    """Of all samples alike: what is said isn't of columns."""
    found = crops(item if isinstance(item, ast.Crop) else None, reading.rows, reading.memory, reading.to)
    return None if found is None else np.repeat(found[:1], count, axis=0)


# --- what fires -----------------------------------------------------------------------------------------------------


def _fires(reading: Reading, levels: Levels, nodes: Sequence[str]) -> tuple[Ints, Ints] | None:
    """Pairs (sample, node)."""
    bottom = levels.levels[0].count
    conditions, fine = _conditions(reading, levels)
    missing = [n for n in range(bottom) if n not in conditions and nodes[n] not in reading.cells.sheet.columns]
    if missing and fine:
        _report_missing(reading, nodes, missing)
    samples, which = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for node in range(bottom):
        holds = conditions.get(node)
        if node not in conditions and node not in missing:
            values = numbers(nodes[node], reading.block.path.span, reading.cells)
            holds = None if values is None else np.asarray(values != 0, np.bool_)
        if holds is None:
            fine = False
            continue
        on = np.flatnonzero(holds)
        samples.append(on)
        which.append(np.full(len(on), node))
    return (np.concatenate(samples), np.concatenate(which)) if fine and not missing else None


def _conditions(reading: Reading, levels: Levels) -> tuple[dict[int, Bools | None], bool]:
    """When each node with a `fire` of its own fires (None after a report); and whether all the nodes are known."""
    found: dict[int, Bools | None] = {}
    fine = True
    wanted = replace(at_bottom(levels, reading.to), hint="`fire NODE when CONDITION`")
    for item in reading.block.items:
        if not isinstance(item, ast.DataFire):
            continue
        nodes = members(item.node, reading.rows, wanted, reading.memory, reading.to)
        holds = over_samples(item.condition, "bool", reading.cells, reading.rows, reading.memory, reading.to)
        fine = fine and nodes is not None
        for node in nodes.ids.tolist() if nodes is not None else ():
            if node in found:
                reading.to.report.add(errors.NODE_FIRED_TWICE.at(item.span, name=item.node.span.text))
                break
            found[node] = holds
    return found, fine


def _report_missing(reading: Reading, nodes: Sequence[str], missing: Sequence[int]) -> None:
    sheet, name = reading.cells.sheet, nodes[missing[0]]
    near = nearest(name, sheet.columns)
    more = more_of(len(missing) - 1, "node")
    reading.to.report.add(
        errors.NO_COLUMN_OF_NODE.at(reading.block.path.span, path=sheet.path, name=name, near=near, more=more)
    )
