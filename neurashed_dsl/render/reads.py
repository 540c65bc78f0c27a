"""Which names an expression reads, as it is written: indices that it binds are its own, a function's body counts where it is
called."""

from collections.abc import Iterator, Sequence

from neurashed_dsl.model.scope import FunctionOf, Scope
from neurashed_dsl.syntax import ast
from neurashed_dsl.syntax.walk import parts


def reads(x: ast.Node, binders: Sequence[ast.Binder], home: Scope) -> list[str]:
    """Names in the order met, each once. `home`: the scope in which functions are found; names of functions are among those read,
    for a parameter may be a function."""
    return list(dict.fromkeys(_names(x, frozenset(b.name for b in binders), home)))


def _names(x: ast.Node, hidden: frozenset[str], home: Scope) -> Iterator[str]:
    match x:
        case ast.Name():
            if x.name not in hidden:
                yield x.name
        case ast.Call():
            yield x.function.name
            yield from _inside(x.function.name, home)
            for argument in x.arguments:
                yield from _names(argument, hidden, home)
        case ast.Comprehension():
            inner = hidden
            for binder in x.binders:
                if binder.domain is not None:
                    yield from _names(binder.domain, inner, home)
                inner |= {binder.name}
            for inside in (x.body, x.where):
                if inside is not None:
                    yield from _names(inside, inner, home)
        case _:
            for part in parts(x):
                yield from _names(part, hidden, home)


def _inside(function: str, home: Scope) -> Iterator[str]:
    """What the body of a function reads: parameters of its file. Functions don't call themselves."""
    meaning = home.find(function)
    if isinstance(meaning, FunctionOf) and isinstance(meaning.declaration, ast.Function):
        own = frozenset(p.name.name for p in meaning.declaration.parameters)
        yield from _names(meaning.declaration.body, own, meaning.scope)
