"""A result such as an experiment gives, without one."""

import numpy as np
import xarray as xr


def result(status: str = "complete") -> xr.Dataset:
    return xr.Dataset(
        {
            "sure": (("repeat", "step"), np.linspace(0, 1, 10).reshape(2, 5)),
            "right": (("input",), np.array([True, False])),
            "loss": ((), 0.25),
        },
        {"step": [0, 20, 40, 60, 80], "repeat": [0, 1], "input": ["tabby", "panda"]},
        {
            "status": status,
            "model": "animals",
            "seed": 7,
            "parameters": '{"base": 1.05}',
            "versions": '{"nshed": "0.1.0"}',
        },
    )
