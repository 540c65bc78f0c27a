"""nshed: a declarative language and compiler for phenomenological models of deep learning."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neurashed_dsl.render  # noqa: F401  # loaded first: loaded later it would take the name of the function below

if TYPE_CHECKING:
    from neurashed_dsl.diagnostics import Diagnostic, NshedError
    from neurashed_dsl.driver import Program, WrongUse, check, load, loads

__version__ = "0.1.0"
__all__ = [
    "Diagnostic",
    "NshedError",
    "Program",
    "WrongUse",
    "check",
    "compile",
    "fit",
    "load",
    "loads",
    "render",
    "run",
]


def __getattr__(name: str) -> Any:
    """The names above, found in the driver when they are first asked for: `nshed --help` needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from neurashed_dsl import driver

    return getattr(driver, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def run(path: Path | str, experiment: str | None = None, **options: Any) -> Any:
    """`load(path).run(experiment, …)`: the experiment's records as an xarray.Dataset."""
    from neurashed_dsl.driver import load

    return load(path).run(experiment, **options)


def fit(path: Path | str, experiment: str | None = None, **options: Any) -> Any:
    """`load(path).fit(experiment, …)`: the result of an experiment with its parameters fitted."""
    from neurashed_dsl.driver import load

    return load(path).fit(experiment, **options)


def compile(path: Path | str, experiment: str | None = None, set: Mapping[str, object] | None = None) -> Any:
    """`load(path).compile(experiment)`: what the compiler made of it."""
    from neurashed_dsl.driver import load

    return load(path).compile(experiment, set=set)


def render(path: Path | str, name: str | None = None, **options: Any) -> Any:
    """`load(path).render(name, …)`: the diagram of a network."""
    from neurashed_dsl.driver import load

    return load(path).render(name, **options)
