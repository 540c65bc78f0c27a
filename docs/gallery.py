"""The pictures of the gallery, made by running the examples: `python docs/gallery.py`, or of some pages, `python docs/gallery.py figure4 …`.

A page shows `EXAMPLE/PICTURE.svg`: the picture that `nshed run examples/EXAMPLE.nshed` leaves under this name.
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
SHOWN = re.compile(r"!\[[^]]*\]\((\w+)/([^/)]+\.svg)\)")


def shown_on(pages: list[Path]) -> dict[str, set[str]]:
    """The pictures of each example."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for page in pages:
        for example, picture in SHOWN.findall(page.read_text(encoding="utf-8")):
            found[example].add(picture)
    return found


def main(names: list[str]) -> None:
    pages = [PAGES / f"{name}.md" for name in names] or sorted(PAGES.glob("*.md"))
    for example, pictures in sorted(shown_on(pages).items()):
        with tempfile.TemporaryDirectory() as folder:
            command = ["nshed", "run", f"examples/{example}.nshed", "--out", folder]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            (PAGES / example).mkdir(exist_ok=True)
            for picture in sorted(pictures):
                shutil.copy(Path(folder) / picture, PAGES / example / picture)


if __name__ == "__main__":
    main(sys.argv[1:])
