"""Commands are run in this process; a program that only the command line is to deal with is a stand-in."""

import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from made_results import result

from neurashed_dsl.cli import main
from neurashed_dsl.diagnostics import Source, Span
from neurashed_dsl.runtime.after import Claim

MODEL = """\
network animals {
  level traits {
    cat_head, white_face
  }
  classes {
    feline <- cat_head
    bear <- white_face
  }
  inputs {
    tabby: cat_head -> feline
    panda: white_face -> bear
  }
  init λ ~ uniform(0, 0.01)
  init η = 1
  update λ by multiplicative(1.02, 0.99)
  update η by multiplicative(1.02, 0.99)
}
"""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def cache(tmp_path_factory, worker_id):
    """One cache for all workers: the parser's tables take seconds to make."""
    own = tmp_path_factory.getbasetemp()
    return (own if worker_id == "master" else own.parent) / "nshed-cache"


@pytest.fixture
def nshed(capsys, monkeypatch, tmp_path, cache):
    """`nshed("check", "a.nshed")` in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSHED_CACHE_DIR", str(cache))
    monkeypatch.delenv("NSHED_DEBUG", raising=False)

    def run(*arguments, stdin: str | bytes = b""):
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsys.readouterr()
        return Ended(main([str(a) for a in arguments]), *capsys.readouterr())

    return run


@pytest.fixture
def model(tmp_path):
    """A small network without mistakes and without experiments."""
    file = tmp_path / "animals.nshed"
    file.write_text(MODEL, encoding="utf-8")
    return file


@dataclass
class Drawing:
    dot: str = "digraph {}"

    def svg(self):
        return "<svg>the network</svg>"

    def save(self, path):
        Path(path).write_text(f"drawn as {Path(path).suffix}")


@dataclass
class StandIn:
    """What the command line asks of a program, and what was asked."""

    experiments: tuple[str, ...] = ("first", "second")
    networks: tuple[str, ...] = ("animals",)
    ends: dict[str, object] = field(default_factory=dict)
    holds: bool = True
    asked: list[tuple[str, dict]] = field(default_factory=list)
    loaded: dict = field(default_factory=dict)
    warnings: tuple = ()
    source: Source = field(default_factory=lambda: Source("model.nshed", "expect it\n"))

    def run(self, experiment, *, progress, **given):
        self.asked.append((experiment, given))
        end = self.ends.get(experiment, "complete")
        if isinstance(end, BaseException):
            raise end
        return result(end)

    def claims(self, dataset, experiment):
        span = Span(self.source, 7, 9)
        return [
            Claim(text="loss < 1", title="it learns", holds=True, found="0.25", experiment=experiment, span=span),
            Claim(text="sure > 2", title="", holds=self.holds, found="1", experiment=experiment, span=span),
        ]

    def test(self, experiment, *, progress, **given):
        self.run(experiment, progress=progress, **given)
        return self.claims(None, experiment)

    def drawings(self, dataset, experiment):
        return [("sure", Drawing)]

    def render(self, name=None, **given):
        self.asked.append((name, given))
        return Drawing()


@pytest.fixture
def stand_in(monkeypatch):
    """`stand_in(ends={"first": KeyboardInterrupt()})`: whatever file is named, this is the program in it."""

    def put(**fields):
        program = StandIn(**fields)

        def load(path, **given):
            program.loaded = given
            return program

        for verb in ("run", "judge", "render"):
            monkeypatch.setattr(f"neurashed_dsl.cli.{verb}.load", load)
        return program

    return put
