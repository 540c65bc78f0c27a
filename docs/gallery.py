"""The pictures of gallery.md, made by running the examples: `python docs/gallery.py`."""

import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURES = {
    "figure4.nshed": {
        "figure4": "figure4",
        "bottleneck-lines_features_input_features_label": "bottleneck-first-level",
        "bottleneck-lines_parts_input_parts_label": "bottleneck-second-level",
        "full_batch-lines_features_input_parts_input": "bottleneck-full-batch",
    },
    "batches.nshed": {
        "small_batch-graph": "learned-in-small-batches",
        "large_batch-graph": "learned-in-large-batches",
        "sparsity-lines_effective": "sparsity",
        "sparsity-lines_within": "variability",
        "gaps-lines_gap_predicted": "gaps",
    },
}


def main() -> None:
    for example, pictures in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            command = ["nshed", "run", f"examples/{example}", "--out", folder]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            for made, name in pictures.items():
                shutil.copy(Path(folder) / f"{made}.svg", ROOT / "docs" / "gallery" / f"{name}.svg")


if __name__ == "__main__":
    main()
