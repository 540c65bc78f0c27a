"""What code of this project looks like (style.md 3): no hidden state, no classes that do everything, budgets that only shrink."""

import ast
import inspect
import re
from dataclasses import is_dataclass

import pytest
from package_text import File, changed_by_functions, files, functions, length

from neurashed_dsl.ir import circuit, expr, plan, system
from neurashed_dsl.syntax import ast as surface

# May only shrink.
LONG_FILES = {"model/load.py": 340}
FILE, FUNCTION, CLASS = 300, 40, 160
LONG_FUNCTIONS = {"_run": 43}


def grep(pattern: str, found: list[File] | None = None) -> list[str]:
    return [f.name for f in found or files() if re.search(pattern, f.text)]


# --- state ------------------------------------------------------------------------------------------------------------------


def test_no_function_changes_what_it_wasn_t_given() -> None:
    """Module-level tables are read; counters and caches in their place are not."""
    assert [f.name for f in files() if any(isinstance(n, ast.Global) for n in ast.walk(f.tree))] == []
    assert [
        f"{f.name}:{line}: {name}"
        for f in files()
        for name, line in changed_by_functions(f)
        if name in _module_names(f)
    ] == []


def _module_names(file: File) -> set[str]:
    """Names bound at the top of a file, those imported from others too; not modules."""
    found: set[str] = set()
    for node in file.tree.body:
        for inner in ast.walk(node) if isinstance(node, ast.Assign | ast.AnnAssign | ast.ImportFrom) else ():
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                found.add(inner.id)
            elif isinstance(inner, ast.alias):
                found.add(inner.asname or inner.name)
    return found


def test_the_check_of_state_still_bites() -> None:
    text = "SEEN = {}\ndef f(x):\n    SEEN[x] = 1\n    SEEN.update(x)\n    y = {}\n    y[x] = 2\n"
    file = File(files()[0].path, "planted.py", text, ast.parse(text))
    assert [name for name, _ in changed_by_functions(file) if name in _module_names(file)] == ["SEEN", "SEEN"]


def test_no_class_shares_a_mutable_default() -> None:
    bodies = [(f, s) for f in files() for node in ast.walk(f.tree) if isinstance(node, ast.ClassDef) for s in node.body]
    values = [(f, s.lineno, s.value) for f, s in bodies if isinstance(s, ast.Assign | ast.AnnAssign)]
    assert [
        f"{f.name}:{line}"
        for f, line, v in values
        if isinstance(v, ast.List | ast.Set) or (isinstance(v, ast.Dict) and v.keys)
    ] == []


# --- data have no behaviour ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [surface, expr, system, plan, circuit], ids=lambda m: m.__name__)
def test_nodes_have_fields_only(module: object) -> None:
    for name, kind in inspect.getmembers(module, inspect.isclass):
        if not kind.__module__.startswith(module.__name__) or not is_dataclass(kind):  # type: ignore[attr-defined]
            continue
        public = [n for n, m in vars(kind).items() if inspect.isfunction(m) and not n.startswith("_")]
        assert public == [], name


def test_surface_nodes_are_identities_and_ir_nodes_values() -> None:
    span = surface.Name.__dataclass_fields__["span"]
    assert span is not None
    from neurashed_dsl.diagnostics import NOWHERE

    assert surface.Name(span=NOWHERE, name="x") != surface.Name(span=NOWHERE, name="x")
    assert expr.Read("x", (expr.Var("n"),)) == expr.Read("x", (expr.Var("n"),), NOWHERE)
    assert expr.Const(1) != expr.Const(1.0)
    assert expr.Const(True) != expr.Const(1)


def test_no_visitors() -> None:
    assert grep(r"class \w*(Visitor|Walker|Manager|Helper|Base|Mixin)\b") == []


# --- one of each --------------------------------------------------------------------------------------------------------------


def test_one_evaluator() -> None:
    assert grep(r"\.meaning\b") == ["backend/writer.py", "ir/evaluate.py"]
    assert grep(r"\bexec\(|\beval\(") == ["ir/evaluate.py"]


def test_diagnostics_are_rows() -> None:
    """No message is made up where something fails."""
    assert grep(r"(?<![\w\".])Diagnostic\(") == ["diagnostics/diagnostic.py"]


def test_random_numbers_come_from_named_streams() -> None:
    """Generators are made in one place (the others: a probe's own, a share of the data held out)."""
    made = grep(r"np\.random\.(Generator|default_rng|SFC64|SeedSequence|seed|rand)\(")
    assert set(made) <= {"runtime/streams.py", "runtime/elasticity.py", "model/network/hold_out.py"}


def test_python_holds_no_model_family() -> None:
    families = re.compile(r"(?i)spring.?(chain|block)|locally.?elastic(?!ity)|teacher|langevin")
    assert [f.name for f in files() if families.search(_without_docstrings(f))] == []


def _without_docstrings(file: File) -> str:
    tree = ast.parse(file.text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.unparse(tree)


def test_only_the_command_line_prints() -> None:
    assert [n for n in grep(r"(?<![\w.])print\(") if not n.startswith("cli/")] == []


def test_nothing_is_left_undone() -> None:
    assert grep(r"TODO|FIXME|XXX|NotImplementedError|pass  # ") == []


def test_files_are_named_after_what_is_in_them() -> None:
    vague = {"utils", "util", "helpers", "common", "core", "base", "manager", "misc", "tools"}
    assert [f.name for f in files() if f.path.stem in vague or f.path.parent.name in vague] == []


# --- budgets --------------------------------------------------------------------------------------------------------------------


def test_budget_of_lines() -> None:
    long = [f"{f.name}: {n} lines" for f in files() if (n := f.text.count("\n")) > LONG_FILES.get(f.name, FILE)]
    for f in files():
        long += [f"{f.name}: {x.name}" for x in functions(f.tree) if length(x) > LONG_FUNCTIONS.get(x.name, FUNCTION)]
        long += [f"{f.name}: {x.name}" for x in ast.walk(f.tree) if isinstance(x, ast.ClassDef) and length(x) > CLASS]
    assert long == []


def test_budget_of_exceptions_to_types() -> None:
    assert sum(len(re.findall(r"type: ignore", f.text)) for f in files()) <= 12


def test_every_file_says_what_it_is() -> None:
    assert [f.name for f in files() if f.text.strip() and not ast.get_docstring(f.tree)] == []


def test_every_function_has_types() -> None:
    ours = [f for f in files() if not f.name.startswith("backend/kernels/")]
    assert [f"{f.name}:{x.lineno}" for f in ours for x in functions(f.tree) if x.returns is None] == []
