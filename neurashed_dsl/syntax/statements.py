"""Where statements begin and end in a laid-out declaration, found from its braces and line ends alone."""

import re

_STRUCTURE = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|[{}\n]')
_FIRST_WORD = re.compile(r"\s*(\w*)")


def statement_at(text: str, offset: int) -> tuple[int, int]:
    """The innermost statement of a laid-out declaration that holds `offset`, with its block if it has one."""
    offset = max(len(text[: offset + 1].rstrip()) - 1, 0)
    starts = [0]
    for mark in _STRUCTURE.finditer(text):
        if mark[0] in ("\n", "}") and starts[-1] <= offset < mark.start():
            return starts[-1], mark.start()
        _step(starts, mark)
    return starts[0], len(text)


def heads_at(text: str, offset: int) -> list[str]:
    """The first words of the statements that hold `offset`, the outermost first."""
    starts = [0]
    for mark in _STRUCTURE.finditer(text, 0, len(text[:offset].rstrip())):
        _step(starts, mark)
    found = [_FIRST_WORD.match(text, start) for start in starts]
    return [match[1] if match else "" for match in found]


def _step(starts: list[int], mark: re.Match[str]) -> None:
    """Keep the starts of the statements that are open."""
    if mark[0] == "{":
        starts.append(mark.end())
    elif mark[0] == "}" and len(starts) > 1:
        starts.pop()
    elif mark[0] == "\n":
        starts[-1] = mark.end()
