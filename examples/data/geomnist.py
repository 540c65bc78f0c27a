"""Makes `geomnist.npz`: mean logits of a small network while it learns to tell rectangles, ellipses and triangles apart.

`python examples/data/geomnist.py`, with PyTorch and SciPy, which nshed itself doesn't need; about a minute on one core.

Pictures are 32 × 32, one filled shape each, of random size, place and angle, blurred, with a little noise. A network like LeNet is
trained on them one at a time by stochastic gradient descent (learning rate 0.005, cross-entropy), from several random starts, each
with pictures of its own. Every 30 iterations the logits of 40 other pictures of each class are averaged by class, and over the trials.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy.ndimage import gaussian_filter

SEED, TRIALS, ITERATIONS, EVERY = 2021, 4, 12_000, 30
SIZE, TRAINED, PROBES, KEPT = 32, 300, 40, 20  # pictures of a class: trained on, measured on, kept one by one
CLASSES = ("rectangle", "ellipse", "triangle")
Array = npt.NDArray[np.float64]


def picture(shape: str, random: np.random.Generator) -> Array:
    """A blurred shape, [row, column], 0 to 1 and a little noise."""
    angle = random.uniform(0, 2 * np.pi)
    centre, half = random.uniform(13, 19, 2), random.uniform(7, 11, 2)
    y, x = np.mgrid[:SIZE, :SIZE]
    u = (np.cos(angle) * (x - centre[0]) + np.sin(angle) * (y - centre[1])) / half[0]
    v = (-np.sin(angle) * (x - centre[0]) + np.cos(angle) * (y - centre[1])) / half[1]
    inside = {
        "rectangle": (abs(u) < 1) & (abs(v) < 1),
        "ellipse": u**2 + v**2 < 1,
        "triangle": (v > -1) & (abs(u) < (1 - v) / 2),
    }[shape]
    return gaussian_filter(inside.astype(float), random.uniform(0.5, 1)) + random.normal(0, 0.02, (SIZE, SIZE))


def pictures(count: int, random: np.random.Generator) -> torch.Tensor:
    """[class, sample, 1, row, column]."""
    return torch.tensor(np.array([[[picture(c, random)] for _ in range(count)] for c in CLASSES]), dtype=torch.float32)


def network() -> torch.nn.Module:
    """Two layers of convolutions, three that are connected throughout."""
    nn = torch.nn
    return nn.Sequential(
        *(
            nn.Conv2d(1, 6, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        ),
        *(nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, len(CLASSES))),
    )


def trial(number: int) -> Array:
    """Logits of the pictures that are measured on, [time, class, sample, coordinate]."""
    random = np.random.default_rng([SEED, number])
    torch.manual_seed(SEED + number)
    trained, probes = pictures(TRAINED, random), pictures(PROBES, random)
    model = network()
    descent = torch.optim.SGD(model.parameters(), lr=0.005)
    found: list[Array] = []
    for iteration in range(ITERATIONS + 1):
        if iteration % EVERY == 0:
            with torch.no_grad():
                found.append(model(probes.flatten(0, 1)).unflatten(0, (len(CLASSES), PROBES)).numpy())
        label, which = random.integers(len(CLASSES)), random.integers(TRAINED)
        descent.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(trained[label, which][None]), torch.tensor([label]))
        loss.backward()
        descent.step()
    return np.array(found)


def main() -> None:
    torch.set_num_threads(1)
    trials = []
    for number in range(TRIALS):
        trials.append(trial(number))
        right = trials[-1][-1].argmax(axis=-1) == np.arange(len(CLASSES))[:, None]
        print(f"trial {number}: {right.mean():.1%} right at the end", flush=True)
    every = 5  # single pictures are kept at every fifth time
    time = np.arange(0, ITERATIONS + 1, EVERY)
    np.savez_compressed(
        Path(__file__).with_name("geomnist.npz"),
        logits=np.mean(trials, axis=(0, 3)).astype(np.float32),
        time=time,
        samples=trials[0][::every, :, :KEPT].astype(np.float32),
        sample_time=time[::every],
    )


if __name__ == "__main__":
    main()
