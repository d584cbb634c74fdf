"""Fit of covariance structures that were estimated by maximum likelihood, in one group or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servq.statistics.correlations import correlation_of
from servq.statistics.fit_indices import (
    comparative_fit,
    p_of_chi_square,
    root_mean_square_error,
    tucker_lewis,
)
from servq.statistics.likelihood import Group, MaximumLikelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class CovarianceFit:
    """Fit of a covariance structure, with the conventions of R's lavaan (``likelihood = "normal"``).

    Parameters
    ----------
    chi_square, df, p_value
        Likelihood ratio test against the saturated model, n times the discrepancy; no p-value where `df` is 0.
    baseline_chi_square, baseline_df
        The same for the model without correlations.
    cfi, tli
        Comparative fit index and Tucker–Lewis index (not cut at 1; None where the baseline fits as chance would).
    rmsea, rmsea_ci_low, rmsea_ci_high, rmsea_close_p
        Root mean square error of approximation, 90 % interval, and p-value of RMSEA ≤ .05.
    srmr
        Standardised root mean square residual (Bentler), means included where they are modelled.
    log_likelihood, aic, bic
        Of the normal distribution; constants included.
    n_parameters
        Free parameters.
    """

    chi_square: float
    df: int
    p_value: float | None
    baseline_chi_square: float
    baseline_df: int
    cfi: float
    tli: float | None
    rmsea: float
    rmsea_ci_low: float
    rmsea_ci_high: float
    rmsea_close_p: float
    srmr: float
    log_likelihood: float
    aic: float
    bic: float
    n_parameters: int


def degrees_of_freedom(groups: Sequence[Group], n_parameters: int) -> int:
    """Means and covariances that are modelled, less the free parameters."""
    known = 0
    for group in groups:
        n_items = group.structure.n_items
        known += n_items * (n_items + 1) // 2 + (n_items if group.structure.has_means else 0)
    return known - n_parameters


def covariance_fit(groups: Sequence[Group], solution: MaximumLikelihood) -> CovarianceFit:
    """Judge a solution."""
    n = sum(group.n for group in groups)
    n_parameters = len(solution.parameters)
    df = degrees_of_freedom(groups, n_parameters)
    chi_square = max(n * solution.discrepancy, 0.0)
    baseline = -sum(group.n * _log_determinant(correlation_of(group.covariance)) for group in groups)
    baseline_df = sum(len(group.mean) * (len(group.mean) - 1) // 2 for group in groups)
    error = root_mean_square_error(chi_square, df, n, len(groups))
    log_likelihood = -0.5 * (n * solution.discrepancy + sum(_saturated(group) for group in groups))
    return CovarianceFit(
        chi_square=chi_square,
        df=df,
        p_value=p_of_chi_square(chi_square, df),
        baseline_chi_square=baseline,
        baseline_df=baseline_df,
        cfi=comparative_fit(chi_square, df, baseline, baseline_df),
        tli=tucker_lewis(chi_square, df, baseline, baseline_df),
        rmsea=error.value,
        rmsea_ci_low=error.ci_low,
        rmsea_ci_high=error.ci_high,
        rmsea_close_p=error.close_p,
        srmr=sum(group.n * _standardised_residual(group, solution.parameters) for group in groups) / n,
        log_likelihood=log_likelihood,
        aic=2 * n_parameters - 2 * log_likelihood,
        bic=n_parameters * float(np.log(n)) - 2 * log_likelihood,
        n_parameters=n_parameters,
    )


def _saturated(group: Group) -> float:
    """Minus twice the log-likelihood of one group under no restriction."""
    n_items = len(group.mean)
    return group.n * (_log_determinant(group.covariance) + n_items * (1 + float(np.log(2 * np.pi))))


def _standardised_residual(group: Group, parameters: NDArray[np.float64]) -> float:
    matrices = group.structure.matrices(parameters)
    sd = np.sqrt(np.diag(group.covariance))
    residual = (group.covariance - matrices.covariance) / np.outer(sd, sd)
    squares = residual[np.tril_indices(len(sd))] ** 2
    if group.structure.has_means:
        squares = np.append(squares, ((group.mean - matrices.mean) / sd) ** 2)
    return float(np.sqrt(squares.mean()))


def _log_determinant(matrix: NDArray[np.float64]) -> float:
    return float(np.linalg.slogdet(matrix)[1])
