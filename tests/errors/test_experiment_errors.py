"""Messages about experiments, systems, files, parameters, runs and pictures: what each verb says, a golden file for each case.

A case's first line may say how it is called (`# nshed run --set share=2`); otherwise it is checked.
"""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from neurashed_dsl.cli.store import read
from neurashed_dsl.cli.target import read_settings
from neurashed_dsl.diagnostics import NshedError
from neurashed_dsl.diagnostics.show import as_text
from neurashed_dsl.driver import Program, WrongUse, check, load
from neurashed_dsl.runtime import budget

FOLDER = Path(__file__).parent / "experiment"
CASES = sorted([*FOLDER.glob("*.nshed"), *(FOLDER.parent / "system").glob("*.nshed")])
FREE = 8 * 2**30
OUR_WORDS = ("Traceback", "KeyError", "None", "Fraction(", "UNKNOWN", "Typed", "<nowhere>", "numpy", "assert")


def called(case: Path) -> tuple[str, dict[str, str], list[str], str]:
    """The verb, its options, the settings, and the experiment."""
    first = case.read_text("utf-8").partition("\n")[0]
    words = shlex.split(first.removeprefix("# nshed ")) if first.startswith("# nshed ") else ["check"]
    options: dict[str, str] = {}
    settings: list[str] = []
    name = ""
    rest = iter(words[1:])
    for word in rest:
        if word == "--set":
            settings.append(next(rest))
        elif word.startswith("--"):
            options[word.removeprefix("--")] = next(rest)
        else:
            name = word.removeprefix(":")
    return words[0], options, settings, name


def said(case: Path) -> str:
    verb, options, pairs, name = called(case)
    try:
        settings = read_settings(pairs)
        if verb == "check":
            return as_text(check(case.name, settings)) or "nothing is wrong\n"
        program = load(case.name, settings)
        before = len(program.warnings)
        if verb in ("run", "fit", "test"):
            getattr(program, verb)(name or None, jobs=1, road=options.get("road"))
            return as_text(program.warnings[before:]) or "done\n"
        elif verb == "why":
            program.why(name or None, **asked(program, options))
        else:
            result = result_of(program, options["from"]) if "from" in options else None
            program.render(name or None, input=options.get("input"), result=result).save(options.get("out", "x.dot"))
    except NshedError as error:
        return re.sub(r"(can't be read: ).*", r"\1…", as_text(error.diagnostics))  # HDF5's own words
    except WrongUse as error:
        return f"nshed: {error}\n"
    return "done\n"


def asked(program: Program, options: dict[str, str]) -> dict[str, Any]:
    """The arguments of `Program.why`."""
    numbers = {key: int(options[key]) for key in ("step", "repeat") if key in options}
    cell = read_settings([options["cell"]]) if "cell" in options else {}
    result = result_of(program, options["from"]) if "from" in options else None
    return {"input": options["input"], "node": options.get("node"), **numbers, "cell": cell, "result": result}


def result_of(program: Program, source: str) -> xr.Dataset:
    """Of an experiment, or what a file holds."""
    return program.run(source, jobs=1) if source in program.experiments else read(Path(source))


def as_far_as_allowed(path: Path, bare: Callable[[Path], bytes] = Path.read_bytes) -> bytes:
    if path.name == "locked.nshed":
        raise PermissionError(13, "Permission denied", str(path))
    return bare(path)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", as_far_as_allowed)
    monkeypatch.setattr(budget, "free_memory", lambda: FREE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_whole_report_of_a_case(case: Path, golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case.parent)
    golden(case.with_suffix(".err"), said(case))


def test_no_message_speaks_python() -> None:
    shown = {case.stem: case.with_suffix(".err").read_text("utf-8") for case in CASES}
    assert not [(name, word) for name, text in shown.items() for word in OUR_WORDS if word in text]
