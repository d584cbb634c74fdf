"""McDonald's omega: reliability of a sum score from a one-factor model of the raw covariances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level, normal_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.reliability import PERFECT, direction_caveats, scale_caveats, scale_moments

GRADIENT_TOLERANCE = 1e-10
SEARCHED_TOLERANCE = 1e-6
STALLED_TOLERANCE = 1e-12
"""What the misfit may still promise to fall by when rounding lets it fall no further."""
UNDETERMINED = 1e-10
"""Ratio of the smallest to the largest curvature of the likelihood below which a direction counts as flat."""

RUNAWAY = 100.0
"""A standardised loading or residual variance beyond this has left every possible solution behind."""

OUTSIDE = 1e10
MAX_STEPS = 200
MAX_HALVINGS = 40


@dataclass(frozen=True, eq=False)
class OneFactorFit:
    """Maximum-likelihood fit of Σ = λλ′ + diag(ψ).

    Parameters
    ----------
    loadings, uniquenesses
        λ and ψ, shape (n_items,), in the metric of the matrix that was fitted; ψ may be negative (Heywood case).
    information
        Expected information of (λ, ψ) per respondent, shape (2 n_items, 2 n_items).
    """

    loadings: NDArray[np.float64]
    uniquenesses: NDArray[np.float64]
    information: NDArray[np.float64]


def mcdonald_omega(items: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Omega of the sum score from a one-factor maximum-likelihood fit of the raw covariance.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`; list-wise. At least three
        items, in one direction.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    Estimate
        With a delta-method interval from the expected information, cut at 1. A negative residual variance (Heywood
        case) is reported as a caveat and leaves the estimate without an interval; items that load against the others
        are named.

    Raises
    ------
    NotEstimable
        Fewer than three items, fewer respondents than items + 1, a constant item, a singular covariance (an item
        repeats others), three items whose correlations no single factor can produce, or a search without an end.
    InvalidArgument
        The items are no table of numbers, or the confidence level lies outside 0–1.

    Notes
    -----
    (Σλ)² / ((Σλ)² + Σψ); McDonald 1999, *Test Theory*. Multivariate normal answers are assumed for the interval.
    R: ``lavaan::cfa("f =~ …", std.lv = TRUE)`` with ``semTools::compRelSEM``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.normal(size=(500, 1)) + rng.normal(size=(500, 4))
    >>> round(mcdonald_omega(answers).value, 2)
    0.78
    """
    check_confidence_level(confidence_level)
    moments = scale_moments(items)
    if moments.n_items < 3:  # a factor behind two items is not identified
        raise NotEstimable(Message("Omega needs at least three items; two do not determine a factor."), n=moments.n)
    if moments.n <= moments.n_items:
        raise NotEstimable(Message("Omega needs more respondents than items."), n=moments.n)
    sd = moments.sd
    fit = fit_one_factor(moments.correlation, n=moments.n)
    loadings, uniquenesses = fit.loadings * sd, fit.uniquenesses * sd**2
    common, unique = float(loadings.sum()), float(uniquenesses.sum())
    total = common**2 + unique
    caveats = [*scale_caveats(moments), *direction_caveats(loadings, moments)]
    heywood = [name for name, variance in zip(moments.names, uniquenesses, strict=True) if variance < 0]
    low = high = None
    value = common**2 / total
    if heywood:
        caveats.append(
            Message(
                "The one-factor model gives a negative residual variance (Heywood case) for: {items}. "
                "Omega is not trustworthy here and no interval is given.",
                items=", ".join(heywood),
            )
        )
    else:
        slope = np.concatenate([2 * common * unique * sd, -(common**2) * sd**2]) / total**2
        variance = float(slope @ np.linalg.pinv(fit.information, hermitian=True) @ slope) / moments.n
        half = normal_quantile(confidence_level) * np.sqrt(max(0.0, variance))
        low, high = float(value - half), min(1.0, float(value + half))
    return Estimate(
        value=value,
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=moments.n,
        method="McDonald's omega, one-factor maximum likelihood, delta-method interval",
        caveats=tuple(caveats),
    )


def fit_one_factor(correlation: NDArray[np.float64], *, n: int | None = None) -> OneFactorFit:
    """Fit one factor to a correlation matrix by maximum likelihood, residual variances unbounded.

    Parameters
    ----------
    correlation
        Shape (n_items, n_items), at least three items.
    n
        Respondents, for the error only.

    Raises
    ------
    NotEstimable
        The matrix is singular, the correlations do not determine a factor, three items have correlations that no
        single factor can produce, or the search does not end.

    Notes
    -----
    Fisher scoring with step halving on log|Σ| + tr(SΣ⁻¹); the parameters are not bounded, as in lavaan. Three items
    fit exactly and are solved in closed form.
    """
    if np.linalg.eigvalsh(correlation)[0] <= PERFECT * len(correlation):
        raise NotEstimable(Message("An item is a combination of the others, so no factor model can be fitted."), n=n)
    k = len(correlation)
    parameters = _three_items(correlation, n) if k == 3 else _search(correlation, n)  # just identified
    loadings, uniquenesses = parameters[:k], parameters[k:]
    if loadings.sum() < 0:
        loadings = -loadings
    _, information = _slope_and_information(correlation, np.concatenate([loadings, uniquenesses]))
    curvature = np.linalg.eigvalsh(information)
    if curvature[0] <= UNDETERMINED * curvature[-1]:
        raise NotEstimable(Message("The correlations of the items do not determine a common factor."), n=n)
    return OneFactorFit(loadings, uniquenesses, information)


def _three_items(correlation: NDArray[np.float64], n: int | None) -> NDArray[np.float64]:
    r12, r13, r23 = correlation[0, 1], correlation[0, 2], correlation[1, 2]
    if r12 * r13 * r23 <= 0:
        raise NotEstimable(Message("No single factor can produce the correlations of these three items."), n=n)
    squares = np.array([r12 * r13 / r23, r12 * r23 / r13, r13 * r23 / r12])
    signs = np.array([1.0, np.sign(r12), np.sign(r13)])
    return np.concatenate([signs * np.sqrt(squares), 1 - squares])


def _search(correlation: NDArray[np.float64], n: int | None) -> NDArray[np.float64]:
    start = _start(correlation)
    found = _by_scoring(correlation, start)
    if found is None:
        # Far from the minimum of a badly fitting model the expected curvature misleads; line searches do not.
        searched = _by_line_search(correlation, start)
        found = _by_scoring(correlation, searched)
        if found is None and np.abs(_slope_and_information(correlation, searched)[0]).max() < SEARCHED_TOLERANCE:
            found = searched
    if found is None:
        raise NotEstimable(Message("The one-factor model did not converge."), n=n)
    return found


def _by_scoring(correlation: NDArray[np.float64], parameters: NDArray[np.float64]) -> NDArray[np.float64] | None:
    misfit = _misfit(correlation, parameters)
    for _ in range(MAX_STEPS):
        slope, information = _slope_and_information(correlation, parameters)
        if np.abs(slope).max() < GRADIENT_TOLERANCE:
            return parameters
        # The gradient of the misfit is twice that of the log-likelihood per respondent.
        step = np.linalg.lstsq(2 * information, -slope, rcond=None)[0]
        promised = float(-slope @ step)
        for _ in range(MAX_HALVINGS):
            candidate = parameters + step
            candidate_misfit = _misfit(correlation, candidate)
            if candidate_misfit <= misfit + 1e-14 * abs(misfit):
                break
            step = step / 2
        else:
            return parameters if promised < STALLED_TOLERANCE else None
        if np.abs(candidate).max() > RUNAWAY:
            return None
        parameters, misfit = candidate, candidate_misfit
    return None


def _by_line_search(correlation: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    def misfit_and_slope(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        misfit = _misfit(correlation, parameters)
        if not np.isfinite(misfit):
            return OUTSIDE, np.zeros_like(parameters)
        return misfit, _slope_and_information(correlation, parameters)[0]

    found = minimize(misfit_and_slope, start, jac=True, method="BFGS", options={"maxiter": MAX_STEPS, "gtol": 1e-8})
    return np.asarray(found.x)


def _start(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    uniquenesses = np.clip(1 / np.linalg.inv(correlation).diagonal(), 0.05, 0.95)
    values, vectors = np.linalg.eigh(correlation - np.diag(uniquenesses))
    loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.01))
    return np.concatenate([loadings, uniquenesses])


def _implied(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    k = len(parameters) // 2
    return np.outer(parameters[:k], parameters[:k]) + np.diag(parameters[k:])


def _misfit(correlation: NDArray[np.float64], parameters: NDArray[np.float64]) -> float:
    try:
        factor = cho_factor(_implied(parameters), lower=True)
    except np.linalg.LinAlgError:
        return np.inf
    log_determinant = 2 * np.log(factor[0].diagonal()).sum()
    return float(log_determinant + np.trace(cho_solve(factor, correlation)))


def _slope_and_information(
    correlation: NDArray[np.float64], parameters: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gradient of the misfit and expected information per respondent, for (λ, ψ)."""
    k = len(correlation)
    loadings = parameters[:k]
    inverse = np.linalg.inv(_implied(parameters))
    residual = inverse - inverse @ correlation @ inverse
    weighted = inverse @ loadings
    slope = np.concatenate([2 * residual @ loadings, residual.diagonal()])
    information = np.empty((2 * k, 2 * k))
    information[:k, :k] = inverse * (loadings @ weighted) + np.outer(weighted, weighted)
    information[:k, k:] = inverse * weighted
    information[k:, :k] = information[:k, k:].T
    information[k:, k:] = inverse**2 / 2
    return slope, information
