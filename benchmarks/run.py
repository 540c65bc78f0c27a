"""Measure nshed against C and NumPy and print one table; the ratio is to the C of the same rows, from the same run.

python benchmarks/run.py [firing] [training] [roads] [spring] [luck] [elastic] [--rounds 5] [--quick]
"""

import argparse
from collections.abc import Iterator

import elastic
import firing
import luck
import roads
import spring
import training

Row = tuple[str, str, float]


def rows(parts: list[str], rounds: int, quick: bool) -> Iterator[Row]:
    if "training" in parts:
        for law in training.ARGUMENTS:
            yield from training.measure(10_000, 100_000, 1000, law, 4000 if quick else 20_000, rounds)
    if "roads" in parts:
        yield from roads.figure4(rounds)
        yield from roads.measure(10_000, 100_000, 1000, 2 if quick else 10, rounds)
    if "spring" in parts:
        yield from spring.measure(20_000 if quick else 100_000, 8 * rounds)
    if "elastic" in parts:
        for classes in (3, 10):
            for samples in (100, 10_000):
                yield from elastic.measure(classes, samples, rounds)
    if "luck" in parts:
        for factor, steps in ((2, 400), (10, 150)):
            yield from luck.measure(10, [20], 30, factor, steps, rounds)
        for hidden in ([50, 75, 100], [50, 75, 100, 125]):
            yield from luck.measure(20, hidden, 100, 10, 2 if quick else 5, rounds)
    if "firing" in parts:
        yield from firing.measure(10_000, 100_000, 1000, 100, rounds)
        if not quick:
            yield from firing.measure(1_000_000, 10_000_000, 1000, 50, rounds)


def show(found: Iterator[Row]) -> Iterator[str]:
    """Lines of a table; the first of a group's rows is what the others are divided by."""
    yield f"| {'measured':58} | {'by':14} | {'seconds':>10} | {'× C':>8} |"
    yield f"|{'-' * 60}|{'-' * 16}|{'-' * 11}:|{'-' * 9}:|"
    group, unit = "", 1.0
    for what, side, time in found:
        if what != group:
            group, unit = what, time
        yield f"| {what:58} | {side:14} | {time:10.3g} | {time / unit:8.4f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="firing, training, roads, spring, luck, elastic; all if not said")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer steps, and no network of 10^6 nodes")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - {"firing", "training", "roads", "spring", "luck", "elastic"}:
        parser.error(f"there is no part {min(unknown)}")
    for line in show(
        rows(asked.parts or ["training", "roads", "spring", "firing", "luck", "elastic"], asked.rounds, asked.quick)
    ):
        print(line, flush=True)


if __name__ == "__main__":
    main()
