"""Every ```python and ```console block of the documentation does what it shows."""

import ast
import contextlib
import io
import re
import shlex

import pytest
from doc_pages import BLOCKS, RUN, TALKATIVE, Block, sessions, write, write_files

import neurashed_dsl as nshed
from neurashed_dsl.cli import main

SAID = re.compile(r"# → (.*)$")


def like(expected: str) -> re.Pattern[str]:
    """A pattern for a text in which `…` stands for anything, and a line of `…` for any lines."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"\n"
        for line in expected.splitlines()
    ]
    return re.compile("".join(lines))


def same(expected: str, found: str) -> bool:
    return bool(like(expected).fullmatch(found.rstrip("\n") + "\n"))


def run_python(block: Block, names: dict[str, object]) -> None:
    """Statement by statement; an expression with `# → …` after it has that value."""
    lines = block.text.split("\n")
    for statement in ast.parse(block.text).body:
        said = SAID.search(lines[(statement.end_lineno or 1) - 1])
        if said and isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), str(block), "eval"), names)
            assert same(said[1], str(value)), f"{block}, {ast.unparse(statement)}: {value}"
        else:
            exec(compile(ast.Module([statement], []), str(block), "exec"), names)


@pytest.mark.parametrize("page", sessions("python"))
def test_python(page, tmp_path):
    write_files(tmp_path)
    names: dict[str, object] = {}
    for block in BLOCKS:
        if (block.page, block.language) == (page, "python"):
            run_python(block, names)


@pytest.mark.parametrize("page", sessions("console"))
def test_console(page, tmp_path):
    write_files(tmp_path)
    for block in BLOCKS:
        if (block.page, block.language) == (page, "console"):
            for command, expected in re.findall(r"^\$ nshed (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
                out = io.StringIO()
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                    main(shlex.split(command, comments=True))
                assert same(expected, out.getvalue()), f"{block}, nshed {command}:\n{out.getvalue()}"


@pytest.mark.parametrize("block", [block for block in RUN if block.page in TALKATIVE], ids=str)
def test_experiments_run_and_claims_hold(block, tmp_path):
    """Here, and not with the other pages': these kernels are compiled here anyway."""
    program = nshed.load(write(block, tmp_path)[0])
    claims = [claim for experiment in program.experiments for claim in program.test(experiment)]
    assert claims
    assert [c.text for c in claims if not c.holds] == []
