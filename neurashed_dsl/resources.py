"""Where `grammar/` and `stdlib/` are: inside the package in a wheel, beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `grammar` or `stdlib`. Raises FileNotFoundError if the installation is damaged."""
    for place in (PACKAGE / name, PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder `{name}` is missing from the installation of nshed")
