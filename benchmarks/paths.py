"""Measures the bootstrap of a path model and the LMG shares of eight drivers.

Run from the root of the project: ``python benchmarks/paths.py``. The ECSI mobile phone answers are read from the folder
named by ``SERVQ_GOLDEN_DIR``; without it, seeded answers of the same size to the same model stand in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from servq.statistics import lmg_importance, pls_path_model, plsc

BOOTSTRAP_BUDGET_S, LMG_BUDGET_S = 10.0, 1.0
N_RESAMPLES, N_DRIVERS, N_RESPONDENTS = 1000, 8, 250
EXPECTED = Path(__file__).resolve().parents[1] / "tests" / "golden" / "expected" / "pls.json"


def seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def ecsi_answers(blocks: dict[str, list[str] | str]) -> tuple[pd.DataFrame, str]:
    folder = os.environ.get("SERVQ_GOLDEN_DIR")
    file = Path(folder) / "data" / "ecsi_mobi.csv" if folder else None
    if file is not None and file.is_file():
        return pd.read_csv(file), "ECSI mobile phone data"
    rng = np.random.default_rng(1)
    items = [item for block in blocks.values() for item in ([block] if isinstance(block, str) else block)]
    common = rng.normal(size=(N_RESPONDENTS, 1))
    return pd.DataFrame(common + rng.normal(size=(N_RESPONDENTS, len(items))), columns=items), "simulated answers"


def report(label: str, taken: float, budget: float) -> None:
    verdict = "ok" if taken < budget else "TOO SLOW"
    print(f"{label}: {taken:.2f} s (budget {budget:g} s, {budget / taken:.0f} × faster) {verdict}")


def main() -> None:
    model = json.loads(EXPECTED.read_text(encoding="utf-8"))["results"]["model"]
    blocks, paths = model["blocks"], model["paths_to_from"]
    frame, source = ecsi_answers(blocks)
    steps: list[int] = []
    for scheme in ("centroid", "factorial", "path"):
        taken = seconds(
            lambda scheme=scheme: pls_path_model(
                frame, blocks, paths, scheme, n_resamples=N_RESAMPLES, progress=lambda done, _: steps.append(done)
            )
        )
        report(f"PLS, {scheme} scheme, {N_RESAMPLES} resamples, {source}", taken, BOOTSTRAP_BUDGET_S)
    print(f"  progress was reported {len(steps) // 3} times a run")
    taken = seconds(lambda: plsc(frame, blocks, paths, n_resamples=N_RESAMPLES))
    report(f"consistent PLS, {N_RESAMPLES} resamples", taken, BOOTSTRAP_BUDGET_S)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(N_RESPONDENTS, 1)) + rng.normal(size=(N_RESPONDENTS, N_DRIVERS))
    y = x.sum(axis=1) + rng.normal(size=N_RESPONDENTS)
    report(f"LMG with {N_DRIVERS} drivers", seconds(lambda: lmg_importance(x, y)), LMG_BUDGET_S)


if __name__ == "__main__":
    main()
