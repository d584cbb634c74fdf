"""How well a covariance model fits, from its χ² and that of the model without any correlation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, chndtr

from servq.statistics.effect_size_noncentral import noncentral_chi_square_interval

#: Coverage of the RMSEA interval: 90 %, so that its lower bound belongs to a 5 % test (Browne & Cudeck 1993).
RMSEA_CONFIDENCE_LEVEL = 0.90
#: RMSEA that still counts as close fit (Browne & Cudeck 1993, Alternative ways of assessing model fit).
CLOSE_FIT = 0.05


class RootMeanSquareError(NamedTuple):
    """RMSEA with its interval and the p-value of the test that it is at most `CLOSE_FIT`."""

    value: float
    ci_low: float
    ci_high: float
    close_p: float


def p_of_chi_square(chi_square: float, df: int) -> float | None:
    """Upper tail of χ², or None for a saturated model."""
    return float(chdtrc(df, max(chi_square, 0.0))) if df > 0 else None


def comparative_fit(chi_square: float, df: int, baseline: float, baseline_df: int) -> float:
    """Bentler's CFI; 1 where neither the model nor the baseline misfits beyond its degrees of freedom."""
    misfit = max(chi_square - df, 0.0)
    worst = max(baseline - baseline_df, misfit)
    return 1 - misfit / worst if worst > 0 else 1.0


def tucker_lewis(chi_square: float, df: int, baseline: float, baseline_df: int) -> float | None:
    """Tucker–Lewis index, not cut at 1; 1 for a saturated model, None where the baseline fits as chance would."""
    if df == 0:
        return 1.0
    expected = baseline / baseline_df
    return (expected - chi_square / df) / (expected - 1) if expected != 1 else None


def root_mean_square_error(chi_square: float, df: int, n: int, n_groups: int = 1) -> RootMeanSquareError:
    """Steiger's RMSEA as lavaan has it (n in the denominator, times √groups); zeros for a saturated model."""
    if df == 0:
        return RootMeanSquareError(0.0, 0.0, 0.0, 1.0)
    scale = n_groups / (df * n)
    low, high = noncentral_chi_square_interval(chi_square, df, RMSEA_CONFIDENCE_LEVEL)
    return RootMeanSquareError(
        value=float(np.sqrt(max(chi_square - df, 0.0) * scale)),
        ci_low=float(np.sqrt(low * scale)),
        ci_high=float(np.sqrt(high * scale)),
        close_p=1 - float(chndtr(chi_square, df, CLOSE_FIT**2 / scale)),
    )
