"""Path models that several tests fit: the ECSI model of the golden numbers, and simulated answers to a small one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from oracle import oracle_expected

SERVPERF = {
    "Tangibles": [f"p{item:02d}" for item in range(1, 5)],
    "Reliability": [f"p{item:02d}" for item in range(5, 10)],
    "Responsiveness": [f"p{item:02d}" for item in range(10, 14)],
    "Assurance": [f"p{item:02d}" for item in range(14, 18)],
    "Empathy": [f"p{item:02d}" for item in range(18, 23)],
    "Sat": ["sat"],
}
SERVPERF_PATHS = {"Sat": [name for name in SERVPERF if name != "Sat"]}
SERVPERF_FORMED = {name: "B" for name in SERVPERF if name != "Sat"}

BLOCKS = {"quality": ["q1", "q2", "q3"], "value": ["v1", "v2"], "satisfaction": ["s1", "s2", "s3"], "loyalty": ["l1"]}
PATHS = [("quality", "value"), ("quality", "satisfaction"), ("value", "satisfaction"), ("satisfaction", "loyalty")]


def path_results(name: str) -> Any:
    return oracle_expected("pls")["results"][name]


def ecsi_blocks() -> dict[str, Any]:
    blocks: dict[str, Any] = path_results("model")["blocks"]
    return blocks


def ecsi_paths() -> dict[str, Any]:
    paths: dict[str, Any] = path_results("model")["paths_to_from"]
    return paths


def simulated_model(n: int, seed: int, *, loading: float = 0.8) -> pd.DataFrame:
    """Answers whose constructs follow `PATHS` with coefficients .6; .4 and .5; .7; all of them have variance 1."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    value = 0.6 * quality + np.sqrt(1 - 0.36) * rng.normal(size=n)
    explained = 0.4**2 + 0.5**2 + 2 * 0.4 * 0.5 * 0.6
    satisfaction = 0.4 * quality + 0.5 * value + np.sqrt(1 - explained) * rng.normal(size=n)
    loyalty = 0.7 * satisfaction + np.sqrt(1 - 0.49) * rng.normal(size=n)
    latent = {"quality": quality, "value": value, "satisfaction": satisfaction, "loyalty": loyalty}
    columns = {}
    for construct, items in BLOCKS.items():
        strength = loading if len(items) > 1 else 1.0
        for item in items:
            columns[item] = strength * latent[construct] + np.sqrt(1 - strength**2) * rng.normal(size=n)
    return pd.DataFrame(columns)
