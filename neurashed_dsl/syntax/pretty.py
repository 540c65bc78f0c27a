"""Text that breaks its lines where they grow too long (Wadler's algebra).

A document is a text, a list of documents, or one of: `Soft`, a place where the line may break; `Group`, whose places
break all or none; `Nest`, indented one step where it breaks. A filling place breaks alone, if what comes up to the next
place doesn't fit.
"""

from typing import NamedTuple, Union

WIDTH = 120
STEP = 2
MARK = "\x1f"  # where statements below each other line up (no text of nshed can hold it)

Doc = Union[str, list["Doc"], "Soft", "Group", "Nest"]


class Soft(NamedTuple):
    flat: str
    fill: bool = False


class Group(NamedTuple):
    doc: Doc
    broken: bool = False


class Nest(NamedTuple):
    doc: Doc


class _Task(NamedTuple):
    indent: int
    broken: bool
    doc: Doc


def render(doc: Doc, indent: int) -> str:
    """The text of a document whose first line begins at column `indent`; later lines bring their own blanks."""
    out: list[str] = []
    column = indent
    tasks = [_Task(indent, True, doc)]
    while tasks:
        task = tasks.pop()
        match task.doc:
            case str(text):
                out.append(text)
                column += len(text) - text.count(MARK)
            case list(parts):
                tasks += [_Task(task.indent, task.broken, part) for part in reversed(parts)]
            case Nest(inner):
                tasks.append(_Task(task.indent + STEP, task.broken, inner))
            case Group(inner, forced):
                flat = not forced and _fits([_Task(task.indent, False, inner)], tasks, WIDTH - column)
                tasks.append(_Task(task.indent, not flat, inner))
            case Soft(flat, fill):
                if not task.broken or (fill and _fits([], tasks, WIDTH - column - len(flat))):
                    out.append(flat)
                    column += len(flat)
                else:
                    out.append("\n" + " " * task.indent)
                    column = task.indent
    return "\n".join(line.rstrip() for line in "".join(out).split("\n"))


def _fits(first: list[_Task], rest: list[_Task], room: int) -> bool:
    """Whether what follows fits up to the next break: `first`, then `rest` from its end."""
    below = len(rest)
    while room >= 0:
        if first:
            task = first.pop()
        elif below:
            below -= 1
            task = rest[below]
        else:
            return True
        match task.doc:
            case str(text):
                room -= len(text) - text.count(MARK)
            case list(parts):
                first += [_Task(0, task.broken, part) for part in reversed(parts)]
            case Nest(inner):
                first.append(_Task(0, task.broken, inner))
            case Group(inner, forced):
                if forced and not task.broken:
                    return False
                first.append(_Task(0, forced, inner))
            case Soft(flat, _):
                if task.broken:
                    return True
                room -= len(flat)
    return False
