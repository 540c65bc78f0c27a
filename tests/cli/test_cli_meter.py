"""Progress: plain lines without a terminal, a bar on one, nothing for what is soon done."""

import io

from neurashed_dsl.cli.meter import meter


class Terminal(io.StringIO):
    def isatty(self):
        return True


def work(stream, seconds, steps=1000):
    """What is shown of `steps` reports over so many seconds."""
    now = [0.0]
    with meter(stream, clock=lambda: now[0]) as tell:
        for done in range(1, steps + 1):
            now[0] = seconds * done / steps
            tell(done, steps, "learning")
    return stream.getvalue()


def test_nothing_is_shown_of_what_is_soon_done():
    assert work(io.StringIO(), 0.9) == ""
    assert work(Terminal(), 0.9) == ""


def test_lines_are_at_most_one_a_tenth():
    lines = work(io.StringIO(), 100).splitlines()
    assert len(lines) == 10
    assert lines[0] == "learning: 10 %, 10 s"
    assert lines[-1] == "learning: 100 %, 100 s"
    assert "\x1b" not in "".join(lines)


def test_lines_are_at_least_a_second_apart():
    seconds = [int(line.split(", ")[1][:-2]) for line in work(io.StringIO(), 4).splitlines()]
    assert seconds == [1, 2, 3, 4]


def test_a_terminal_shows_a_bar_and_takes_it_away(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    shown = work(Terminal(), 100)
    assert "learning" in shown
    assert "━" in shown
    assert shown.rstrip().endswith("\x1b[2K")  # the line is erased at the end


def test_a_dumb_terminal_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in work(Terminal(), 100)


def test_no_work_is_no_division_by_zero():
    now = iter([0.0, 5.0])
    with meter(io.StringIO(), clock=lambda: next(now)) as tell:
        tell(0, 0, "empty")
