"""`nshed doctor`: is everything here that nshed needs, and does it work?"""

import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from neurashed_dsl import driver
from neurashed_dsl.cli.failure import AT_FAULT, WELL
from neurashed_dsl.cli.new import STARTER
from neurashed_dsl.cli.terminal import GREEN, RED, paint
from neurashed_dsl.resources import cache_folder

Check = tuple[str, Callable[[], str]]


class Ill(Exception):
    """Something that nshed needs is missing, and what to do about it."""


def doctor() -> int:
    """Try everything out, one line each; exit code 1 if something doesn't work."""
    well = [attempt(name, check) for name, check in checks()]
    return WELL if all(well) else AT_FAULT


def attempt(name: str, check: Callable[[], str]) -> bool:
    try:
        words, well = check(), True
    except Exception as error:  # whatever breaks here is what the user wants to know about
        words, well = f"{type(error).__name__}: {error}" if not isinstance(error, Ill) else str(error), False
    print(f"{paint('✓', GREEN, sys.stdout) if well else paint('✗', RED, sys.stdout)} {name}: {words}", flush=True)
    return well


def checks() -> Iterator[Check]:
    yield "python", python
    yield "libraries", libraries
    yield "kernels", kernels
    yield "pictures", pictures
    yield "cache", cache
    yield "cores", lambda: str(os.cpu_count() or "unknown")


def python() -> str:
    return f"{platform.python_version()}, {platform.system()} {platform.machine()}"


def libraries() -> str:
    """The versions of all that nshed requires, as its own metadata lists it."""
    names = [m[0] for line in requires("nshed") or [] if "extra ==" not in line and (m := re.match(r"[\w.-]+", line))]
    found = {name: installed(name) for name in ("nshed", *sorted(names))}
    missing = [name for name, number in found.items() if not number]
    if missing:
        raise Ill(f"not installed: {', '.join(missing)}; try pip install {' '.join(missing)}")
    return ", ".join(f"{name} {number}" for name, number in found.items())


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def starter() -> driver.Program:
    return driver.loads(STARTER.read_text(encoding="utf-8"), name="starter.nshed")


def kernels() -> str:
    result = starter().run(jobs=1)
    if result.attrs["status"] != "complete":
        raise Ill(f"a test run ended as {result.attrs['status']}")
    return "a test model compiles and runs"


def pictures() -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "picture.svg")
        starter().render().save(file)
        if "<svg" not in file.read_text(encoding="utf-8"):
            raise Ill("Graphviz draws nothing")
    return "Graphviz draws"


def cache() -> str:
    # Where the folder that was asked for can't be written, kernels go to another, and are gone with it.
    wanted, found = os.environ.get("NSHED_CACHE_DIR"), cache_folder()
    if wanted and found != Path(wanted).expanduser().absolute():
        raise Ill(f"{wanted} can't be written; {found} is used")
    return f"{found} can be written"
