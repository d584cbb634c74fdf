"""How well extracted factors reproduce the correlations, with the conventions of R's psych package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from servq.messages import Message
from servq.statistics.effect_size_noncentral import noncentral_chi_square_interval
from servq.statistics.fit_indices import (
    RMSEA_CONFIDENCE_LEVEL,
    p_of_chi_square,
    tucker_lewis,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class ExploratoryFit:
    """Fit of an exploratory factor analysis; None where the number does not exist.

    Parameters
    ----------
    objective
        ln |M| − ln |R| + tr(M⁻¹R) − k, with M the reproduced correlations and ones on its diagonal.
    chi_square, df, p_value
        Bartlett's corrected likelihood ratio test that so many factors suffice; approximate unless extracted by ML.
        No p-value without degrees of freedom.
    tli
        Tucker–Lewis index.
    rmsea, rmsea_ci_low, rmsea_ci_high
        Root mean square error of approximation with its 90 % interval, √(χ²/(df n) − 1/(n − 1)) as psych has it.
    bic
        χ² − df ln n.
    rms_residual, rms_residual_corrected
        Root mean square of the residual correlations, over pairs and over degrees of freedom.
    fit_off_diagonal
        1 − (sum of squared residual correlations) / (sum of squared correlations).
    """

    df: int
    rms_residual: float
    rms_residual_corrected: float | None
    fit_off_diagonal: float | None
    objective: float | None = None
    chi_square: float | None = None
    p_value: float | None = None
    tli: float | None = None
    rmsea: float | None = None
    rmsea_ci_low: float | None = None
    rmsea_ci_high: float | None = None
    bic: float | None = None


def exploratory_fit(
    correlation: NDArray[np.float64], common: NDArray[np.float64], n_factors: int, n: int
) -> tuple[ExploratoryFit, tuple[Message, ...]]:
    """Compare correlations with those reproduced by the factors, L Φ Lᵀ; what cannot be computed is a caveat."""
    k = len(correlation)
    df = ((k - n_factors) ** 2 - k - n_factors) // 2
    pairs = ~np.eye(k, dtype=bool)
    squared_residuals = float(((correlation - common)[pairs] ** 2).sum())
    squared_correlations = float((correlation[pairs] ** 2).sum())
    residuals_only = ExploratoryFit(
        df=df,
        rms_residual=float(np.sqrt(squared_residuals / (k * (k - 1)))),
        rms_residual_corrected=float(np.sqrt(squared_residuals / (2 * df))) if df > 0 else None,
        fit_off_diagonal=1 - squared_residuals / squared_correlations if squared_correlations > 0 else None,
    )
    objective = _objective(correlation, common)
    multiplier = n - 1 - (2 * k + 5) / 6 - 2 * n_factors / 3
    if objective is None:
        reason = Message("The reproduced correlations are not possible ones, so there is no χ² of the fit.")
        return residuals_only, (reason,)
    chi_square = objective * multiplier
    tested = replace(residuals_only, objective=objective, chi_square=chi_square)
    if df == 0:
        return tested, ()
    low, high = noncentral_chi_square_interval(chi_square, df, RMSEA_CONFIDENCE_LEVEL)
    baseline = -float(np.linalg.slogdet(correlation)[1]) * multiplier
    return replace(
        tested,
        p_value=p_of_chi_square(chi_square, df),
        tli=tucker_lewis(chi_square, df, baseline, k * (k - 1) // 2),
        rmsea=float(np.sqrt(max(chi_square / (df * n) - 1 / (n - 1), 0.0))),
        rmsea_ci_low=float(np.sqrt(low / (df * (n - 1)))),
        rmsea_ci_high=float(np.sqrt(high / (df * (n - 1)))),
        bic=chi_square - df * float(np.log(n)),
    ), ()


def _objective(correlation: NDArray[np.float64], common: NDArray[np.float64]) -> float | None:
    reproduced = common.copy()
    np.fill_diagonal(reproduced, 1.0)
    if np.linalg.eigvalsh(reproduced)[0] <= np.finfo(float).eps:
        return None
    ratio = np.linalg.solve(reproduced, correlation)
    return float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - len(correlation))
