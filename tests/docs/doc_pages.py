"""The fenced blocks of the pages in `docs/`, and what each says of itself. Knows nothing of nshed.

A fence is ```` ```LANGUAGE KIND ````:

- `nshed`: a whole file. With `# NAME.nshed` on its first line, the blocks of all pages find it under that name.
- `nshed run`: a whole file whose experiments run and whose claims hold.
- `nshed experiment`, `nshed network`: statements of an experiment on `animals.nshed`, of the network in it.
- `nshed fragment`, `nshed later`: a piece of a file, of this version or of a later one, that is only parsed.
- `csv NAME`: a data file. `python`: run, one block after another. `console`: commands and what they print.
"""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(\w+)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"# (?:error|warning): \[([\w-]+)\]")
FILE_NAME = re.compile(r"# (\w+\.nshed)\b")


@dataclass(frozen=True)
class Block:
    """`line` is that of the fence in the page."""

    page: str
    line: int
    language: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name that the block gives itself."""
        if self.language == "csv":
            return self.kind
        found = FILE_NAME.match(self.text) if self.language == "nshed" else None
        return found[1] if found else None

    @property
    def expected(self) -> set[tuple[int, str]]:
        """Line (from 1) and code of each diagnostic that the block says it provokes."""
        lines = enumerate(self.text.split("\n"), 1)
        return {(number, code) for number, line in lines for code in EXPECTED.findall(line)}


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [Block(page, text.count("\n", 0, m.start()) + 1, m[1], m[2].strip(), m[3]) for m in FENCE.finditer(text)]


PAGES = sorted(page.name for page in DOCS.glob("*.md"))
BLOCKS = [block for page in PAGES for block in blocks(page)]


FILES = {block.file: block for block in BLOCKS if block.file}


def write_files(folder: Path) -> None:
    """Put all named files where a block looks for them."""
    for name, block in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(block.text, encoding="utf-8")


BASE = FILES["animals.nshed"].text


def whole(block: Block) -> tuple[str, int]:
    """The block as a file, and how many lines come before it."""
    if block.kind == "network":
        head = BASE.removesuffix("}\n")
        return f"{head}{block.text}}}\n", head.count("\n")
    if block.kind == "experiment":
        head = 'use "animals.nshed"\nexperiment e {\nmodel animals\nrun steps: 400\n'
        return f"{head}{block.text}}}\n", head.count("\n")
    return block.text, 0


def write(block: Block, folder: Path) -> tuple[Path, int]:
    """Put the block beside all named files: its path, and how many lines come before it there."""
    write_files(folder)
    text, above = whole(block)
    file = folder / (block.file or "block.nshed")
    file.write_text(text, encoding="utf-8")
    return file, above


def sessions(language: str) -> list[str]:
    """Pages with blocks of a language that is run."""
    return [page for page in PAGES if any(b.page == page and b.language == language for b in BLOCKS)]


RUN = [block for block in BLOCKS if (block.language, block.kind) == ("nshed", "run")]
TALKATIVE = {*sessions("python"), *sessions("console")}
