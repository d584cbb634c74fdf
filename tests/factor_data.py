"""Samples for the tests of factor models: simulated answers with known loadings, and moments of the expected files."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oracle import oracle_expected, oracle_matrix
from servq.statistics import Moments

EFA_DATA = {
    "bfi25": "bfi",
    "hs9": "holzinger1939",
    "kiosk_sat24": "servqual_kiosk",
    "kiosk_P24": "servqual_kiosk",
}
EFA_SETS = tuple(EFA_DATA)


def efa_moments(name: str) -> Moments:
    """Moments of a set of efa.json, from its correlation matrix."""
    block = oracle_expected("efa")["sets"][name]
    correlation = oracle_matrix(block["correlation"])
    return Moments.of_covariance(correlation.to_numpy(), block["n"], list(correlation.columns))


def simulated_answers(
    n: int, loadings: NDArray[np.float64], factor_correlation: float = 0.3, seed: int = 7
) -> pd.DataFrame:
    """Normal answers of unit variance from a loading matrix; items are called i1 …."""
    rng = np.random.default_rng(seed)
    n_items, n_factors = loadings.shape
    phi = np.full((n_factors, n_factors), factor_correlation)
    np.fill_diagonal(phi, 1.0)
    factors = rng.standard_normal((n, n_factors)) @ np.linalg.cholesky(phi).T
    unique = 1 - np.diag(loadings @ phi @ loadings.T)
    answers = factors @ loadings.T + rng.standard_normal((n, n_items)) * np.sqrt(unique)
    return pd.DataFrame(answers, columns=[f"i{position + 1}" for position in range(n_items)])


def simple_structure(n_factors: int, n_each: int, low: float = 0.5, high: float = 0.8) -> NDArray[np.float64]:
    """Loadings of `n_each` items on each factor, spread between two values, 0 elsewhere."""
    return np.kron(np.eye(n_factors), np.linspace(high, low, n_each)[:, None])


def blocks(n_factors: int, n_each: int) -> dict[str, list[str]]:
    """Model that belongs to `simple_structure`."""
    return {
        f"f{factor + 1}": [f"i{factor * n_each + item + 1}" for item in range(n_each)] for factor in range(n_factors)
    }
