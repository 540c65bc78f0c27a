"""The pictures of the gallery, made by running the examples: `python docs/gallery.py`, or of some pages, `python docs/gallery.py figure4 …`.

A page shows `EXAMPLE/PICTURE.svg`: the picture that `nshed run examples/EXAMPLE.nshed` leaves under this name, or the one that a
command in the page makes, which stands alone on a line, as `<!-- nshed … -o docs/gallery/EXAMPLE/PICTURE.svg -->`.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "gallery"
COMMAND = re.compile(r"^<!-- (nshed .* -o docs/gallery/(\w+)/([^/ ]+)) -->$", re.MULTILINE)
SHOWN = re.compile(r"!\[[^]]*\]\((\w+)/([^/)]+\.svg)\)")


def shown_on(pages: list[Path]) -> dict[str, set[str]]:
    """The pictures of each example that a run leaves."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        made = {(example, picture) for _, example, picture in COMMAND.findall(text)}
        for example, picture in set(SHOWN.findall(text)) - made:
            found[example].add(picture)
    return found


def commanded(pages: list[Path]) -> list[str]:
    """The commands that make the others."""
    return [command for page in pages for command, _, _ in COMMAND.findall(page.read_text(encoding="utf-8"))]


def main(names: list[str]) -> None:
    pages = [PAGES / f"{name}.md" for name in names] or sorted(PAGES.glob("*.md"))
    for command in commanded(pages):
        subprocess.run(command.split(), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for example, pictures in sorted(shown_on(pages).items()):
        with tempfile.TemporaryDirectory() as folder:
            command = ["nshed", "run", f"examples/{example}.nshed", "--out", folder]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            (PAGES / example).mkdir(exist_ok=True)
            for picture in sorted(pictures):
                shutil.copy(Path(folder) / picture, PAGES / example / picture)


if __name__ == "__main__":
    main(sys.argv[1:])
