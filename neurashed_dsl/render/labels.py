"""Words on plots: names as written, as many as fit, turned where they are long. `axes` are matplotlib's."""

from collections.abc import Sequence
from typing import Any

from neurashed_dsl.render.escape import printable, shortened
from neurashed_dsl.render.series import Along, Line, even_stride

MOST_NAMES, MOST_NUMBERS = 120, 8  # on one axis
QUIET = "#666666"


def written(text: str) -> str:
    """As written: matplotlib would read `$` as mathematics, and leave a label that begins with `_` out of legends."""
    return ("\u200b" if text.startswith("_") else "") + printable(text).replace("$", r"\$")


def shown(axis: Along) -> list[int]:
    """Which positions bear a label: all names up to a page of them, else about twenty; of numbers about eight, evenly, the
    first and (where it can be) the last among them."""
    size = axis.positions.size
    if axis.names:
        some = [round(i * (size - 1) / 19) for i in range(20)]
        return list(range(size)) if size <= MOST_NAMES else some
    return list(range(0, size, even_stride(size, MOST_NUMBERS)))


def label_ticks(axes: Any, which: str, axis: Along, places: Sequence[float], width: int) -> None:
    """Names (or numbers) at `places`, one for each of `shown(axis)`; turned if they need more than `width` letters."""
    texts = [shortened(axis.names[i], 28) if axis.names else f"{axis.positions[i]:.4g}" for i in shown(axis)]
    turned = which == "x" and max(map(len, texts), default=0) * len(texts) > width
    size = 7 if len(texts) <= 40 else 4.5
    ticks = axes.set_xticks if which == "x" else axes.set_yticks
    ticks(places, [written(text) for text in texts], fontsize=size, rotation=90 if turned else 0)


def label_x(axes: Any, axis: Along) -> None:
    """The name of what runs along x; its own names in place of numbers, where it has them."""
    axes.set_xlabel(written(axis.name))
    if axis.names is not None:
        label_ticks(axes, "x", axis, [float(axis.positions[i]) for i in shown(axis)], 60)


def put_legend(axes: Any, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Beside the axes if it is long."""
    if len(labels) > 4:
        axes.legend(handles, [written(label) for label in labels], loc="center left", bbox_to_anchor=(1.0, 0.5))
    elif len(labels) > 1:
        axes.legend(handles, [written(label) for label in labels], loc="best")


def put_note(axes: Any, lines: Sequence[Line]) -> None:
    """What was averaged."""
    notes = dict.fromkeys(line.note for line in lines if line.note)
    axes.set_title("\n".join(notes), loc="right", fontsize=6, color=QUIET)
