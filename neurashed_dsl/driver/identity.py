"""What a run, or a cell of a sweep, is, so that a finished one is found again, and what files it is made of, so that another machine makes it."""

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import neurashed_dsl
from neurashed_dsl.ir.plan import Study, cell_values
from neurashed_dsl.model.examine import Elaborated
from neurashed_dsl.model.load import Model
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import outline

if TYPE_CHECKING:
    from neurashed_dsl.driver.program import Program

# What comes after the run, and which cells there are: to change it changes no cell.
ASIDE = (ast.Expect, ast.Plot, ast.Derive, ast.Sweep)


def keys_of(program: "Program", name: str, found: Elaborated, road: str = "") -> list[str]:
    """A key for each cell of an experiment: of everything that its numbers depend on, and of nothing else. Comments, claims and plots don't count."""
    model = program.model
    item = model.experiments[name]
    digest = hashlib.sha256(_of_package().encode())
    for document in [*model.library, *model.documents.values()]:
        for declared in document.items:
            if not isinstance(declared, ast.Experiment):
                digest.update(outline(declared).encode())
    for part in item.items:
        if not isinstance(part, ASIDE):
            digest.update(outline(part).encode())
    plain = {n: repr(v) for n, v in model.parameters.items() if n not in found.sweeps.written}
    settings = {n: repr(v) for n, v in program.settings.items()}
    seed = found.study.plan.seed
    digest.update(json.dumps([plain, settings, seed, data_hashes(found.study), road], sort_keys=True).encode())
    return [_key(digest.hexdigest(), cell_values(found.sweeps.plan, i)) for i in range(found.sweeps.plan.count)]


def _key(whole: str, values: Mapping[str, object]) -> str:
    told = json.dumps({name: repr(value) for name, value in values.items()}, sort_keys=True)
    return hashlib.sha256(f"{whole} {told}".encode()).hexdigest()[:32]


def data_hashes(study: Study) -> dict[str, str]:
    """Hashes of the files of data that a study read, by name."""
    return dict(study.hashes)


def texts_of(model: Model) -> dict[str, str]:
    """Every file that was read, by name."""
    return {name: document.source.text for name, document in model.documents.items()}


def files_hash(program: "Program", found: Elaborated) -> str:
    """A hash of the texts and the data of an experiment, and of nshed itself."""
    told = [_of_package(), texts_of(program.model), data_hashes(found.study)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def _of_package() -> str:
    """Versions, and the text of nshed's own code: what computes."""
    from importlib.metadata import version

    digest = hashlib.sha256(" ".join([platform.python_version(), *map(version, ("numpy", "numba", "scipy"))]).encode())
    for file in sorted(Path(neurashed_dsl.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
