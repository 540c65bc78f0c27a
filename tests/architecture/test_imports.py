"""Who may import whom (architecture.md 3): stages in one order, heavy libraries in one place each, nothing heavy for `check` and `fmt`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from package_text import PACKAGE, ROOT, files, imports

LAYERS = (
    "values",
    "resources",
    "diagnostics",
    "syntax",
    "ir",
    "builtins",
    "model",
    "passes",
    "backend",
    "runtime",
    "render",
    "why",
    "driver",
    "editor",
    "cli",
)
# Of the packages that list the layers below them, `ir` reads no syntax and `backend` no model.
NEVER = {
    ("ir", "syntax"),
    ("builtins", "syntax"),
    ("passes", "syntax"),
    ("passes", "model"),
    ("backend", "syntax"),
    ("backend", "model"),
}
NEVER |= {("runtime", "model"), ("runtime", "syntax"), ("builtins", "model"), ("passes", "builtins")}
ONLY = {
    "lark": ["syntax/parse.py"],
    "matplotlib": ["render/plot.py"],
    "lsprotocol": ["editor/server.py"],
    "numba": ["backend/kernel.py", "backend/kernels/firing.py", "backend/kernels/pathways.py"],
    "pygls": ["editor/server.py"],
    "pygraphviz": ["render/layout.py"],
}
HEAVY = {
    "numba",
    "llvmlite",
    "matplotlib",
    "xarray",
    "pandas",
    "pyarrow",
    "pygraphviz",
    "h5py",
    "h5netcdf",
    "networkx",
    "IPython",
    "jinja2",
    "rich",
}


def backward(package: Path, name: str = "neurashed_dsl") -> list[str]:
    """Imports that don't go down the layers, function-local ones counted."""
    found = []
    for file in files(package):
        here = file.name.split("/")[0].removesuffix(".py")
        for module, line in imports(file):
            parts = module.split(".")
            if parts[0] != name or len(parts) < 2 or here not in LAYERS or parts[1] not in LAYERS:
                continue
            there = parts[1]
            if LAYERS.index(there) > LAYERS.index(here) or (here, there) in NEVER:
                found.append(f"{file.name}:{line}: {here} imports {there}")
    return found


def test_imports_go_down() -> None:
    assert backward(PACKAGE) == []


def test_every_file_has_a_layer() -> None:
    assert {f.name.split("/")[0].removesuffix(".py") for f in files()} - {"__init__", "__main__"} == set(LAYERS)


def test_the_check_still_bites(tmp_path: Path) -> None:
    """A planted import, inside a function, is found."""
    package = tmp_path / "neurashed_dsl"
    (package / "ir").mkdir(parents=True)
    (package / "ir" / "evaluate.py").write_text("def f() -> None:\n    from neurashed_dsl.backend.kernel import emit\n")
    (package / "driver.py").write_text("from neurashed_dsl.ir import evaluate\n")
    assert set(backward(package)) == {"ir/evaluate.py:2: ir imports backend"}


def test_no_relative_imports() -> None:
    assert [f"{f.name}:{line}" for f in files() for module, line in imports(f) if module.startswith(".")] == []


@pytest.mark.parametrize("library", ONLY)
def test_a_library_has_one_home(library: str) -> None:
    homes = {f.name for f in files() for module, _ in imports(f) if module.split(".")[0] == library}
    assert homes <= set(ONLY[library])


def test_kernels_import_nothing_of_ours() -> None:
    """Their text is compiled under the hash of itself: what they import of ours could change behind it."""
    for file in files():
        if file.name.startswith("backend/kernels/"):
            assert "neurashed_dsl" not in {m.split(".")[0] for m, _ in imports(file)}, file.name


# --- what a run of Python loads ---------------------------------------------------------------------------------------------


def loaded(code: str) -> set[str]:
    """Top-level modules that a fresh Python has loaded after some code."""
    report = "\nimport sys\nprint('\\n'.join(sorted({m.partition('.')[0] for m in sys.modules})))"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, env=environment, cwd=ROOT, check=True
    )
    return set(done.stdout.split("\n"))


EXAMPLE = "examples/animals.nshed"


@pytest.mark.parametrize(
    "code",
    [
        "import neurashed_dsl",
        f"import neurashed_dsl; assert neurashed_dsl.check({EXAMPLE!r}) is not None",
        f"import neurashed_dsl; neurashed_dsl.load({EXAMPLE!r}).experiments",
    ],
    ids=["import", "check", "load"],
)
def test_reading_loads_nothing_heavy(code: str) -> None:
    assert loaded(code) & HEAVY == set()


@pytest.mark.parametrize(
    ("command", "never"),
    [
        (["check", EXAMPLE], {"lark", "scipy", "logging", "concurrent", "json", "_hashlib"}),
        (["fmt", "--check", EXAMPLE], {"numpy"}),
        (["--help"], {"numpy", "lark", "platformdirs"}),
        (["run", "--help"], {"numpy", "lark", "platformdirs"}),
    ],
    ids=["check", "fmt", "help", "run help"],
)
def test_commands_load_what_they_need(command: list[str], never: set[str]) -> None:
    """Each of these costs milliseconds, and a user waits for all of them. `check` of a file that it has seen needs no parser."""
    code = "import sys; from contextlib import redirect_stdout; from neurashed_dsl.cli import main\n"
    run = code + f"with redirect_stdout(sys.stderr): assert main({command!r}) == 0"
    if command[0] == "check":
        loaded(run)
    assert loaded(run) & (HEAVY | never) == set()


def test_running_loads_no_pictures() -> None:
    assert loaded(f"import neurashed_dsl; neurashed_dsl.run({EXAMPLE!r})") & {"matplotlib", "pygraphviz"} == set()


def test_a_run_from_the_command_line_leaves_dask_alone(tmp_path: Path) -> None:
    """xarray would load it, with its cluster, to ask of each array whether it is dask's."""
    code = f"import sys; sys.argv = ['nshed', 'run', {EXAMPLE!r}, '--out', {str(tmp_path)!r}]\n"
    code += "from contextlib import redirect_stdout; from neurashed_dsl.cli import main\n"
    code += "with redirect_stdout(sys.stderr): assert main() == 0"
    assert "distributed" not in loaded(code)
    assert (tmp_path / "report.html").exists()
