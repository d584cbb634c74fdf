"""Path models that several tests fit: the ECSI model of the golden numbers, and simulated answers to a small one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
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


def fitted_by_plspm(
    data: pd.DataFrame,
    blocks: Mapping[str, Sequence[str]],
    paths: Iterable[tuple[str, str]],
    scheme: str,
    modes: Mapping[str, str],
) -> Any:
    """Fit the model to items as they stand by plspm for Python; its own scaling uses one pooled standard deviation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the reference, not of servq
        from plspm.config import MV, Config, Structure
        from plspm.mode import Mode
        from plspm.plspm import Plspm
        from plspm.scheme import Scheme

        drawn = Structure()
        for source, target in paths:
            drawn.add_path([source], [target])
        config = Config(drawn.path(), scaled=False)
        for name, items in blocks.items():
            config.add_lv(name, Mode[modes.get(name, "A")], *map(MV, items))
        return Plspm(data, config, Scheme[scheme.upper()], iterations=300, tolerance=1e-20)
