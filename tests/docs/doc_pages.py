"""The fenced blocks of the pages in `docs/`, and what each says of itself. Knows nothing of nshed.

A fence is ```` ```LANGUAGE KIND ````:

- `nshed`: a whole file. With `# NAME.nshed` on its first line it lies under that name in the page's folder.
- `nshed run`: a whole file whose experiments run and whose claims hold.
- `nshed experiment`, `nshed network`: statements of an experiment, of a network, on the page's first named file.
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


def write_files(page: str, folder: Path) -> None:
    """Put the files of a page where its blocks look for them."""
    for block in blocks(page):
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")


def first_file(page: str) -> Block:
    return next(block for block in blocks(page) if block.language == "nshed" and block.file)
