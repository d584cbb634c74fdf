"""Convergent validity: whether the items of a factor belong together, judged by their standardised loadings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.confirmatory import ConfirmatoryFactorAnalysis, confirmatory_factor_analysis
from servq.statistics.estimate import Estimate
from servq.statistics.matrix import as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

Model = Mapping[str, Sequence[str]]


class _FactorLoadings(NamedTuple):
    loadings: NDArray[np.float64]
    residuals: NDArray[np.float64]


@overload
def composite_reliability(source: Sequence[float], model: None = None) -> Estimate: ...
@overload
def composite_reliability(source: ConfirmatoryFactorAnalysis, model: None = None) -> Mapping[str, Estimate]: ...
@overload
def composite_reliability(source: object, model: Model) -> Mapping[str, Estimate]: ...
def composite_reliability(source: object, model: Model | None = None) -> Mapping[str, Estimate] | Estimate:
    """Composite reliability of each factor: the share of true variance in the sum of its standardised items.

    Parameters
    ----------
    source
        A fitted `ConfirmatoryFactorAnalysis`; or what that takes as `frame`, together with `model`; or the standardised
        loadings of one factor, for numbers from a publication.
    model
        Items of each factor when `source` holds answers.

    Returns
    -------
    Mapping of factor to Estimate (first-order factors), or one Estimate for loadings; no interval is defined.

    Raises
    ------
    InvalidArgument
        Answers without a model, loadings with blanks.
    NotEstimable
        As `confirmatory_factor_analysis`; also where a factor's variance is estimated as negative.

    Notes
    -----
    ρ = (Σλ)² / ((Σλ)² + Σθ) with the completely standardised loadings λ and residual variances θ. Items that were not
    turned round cancel out: reverse them first. R: ``semTools::compRelSEM`` on standardised items, `psych` calls it
    omega total of one factor.

    References
    ----------
    Fornell, C. & Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables and
    measurement error. Journal of Marketing Research, 18, 39–50.

    Examples
    --------
    >>> round(composite_reliability([0.7, 0.8, 0.6]).value, 4)
    0.7449
    """
    return _by_factor(source, model, "composite reliability from standardised loadings", _composite)


@overload
def average_variance_extracted(source: Sequence[float], model: None = None) -> Estimate: ...
@overload
def average_variance_extracted(source: ConfirmatoryFactorAnalysis, model: None = None) -> Mapping[str, Estimate]: ...
@overload
def average_variance_extracted(source: object, model: Model) -> Mapping[str, Estimate]: ...
def average_variance_extracted(source: object, model: Model | None = None) -> Mapping[str, Estimate] | Estimate:
    """Average variance extracted by each factor: the mean share of an item's variance that the factor explains.

    Parameters
    ----------
    source, model
        As for `composite_reliability`.

    Returns
    -------
    Mapping of factor to Estimate (first-order factors), or one Estimate for loadings; no interval is defined.

    Raises
    ------
    InvalidArgument, NotEstimable
        As for `composite_reliability`.

    Notes
    -----
    AVE = Σλ² / (Σλ² + Σθ), completely standardised. R: ``semTools::AVE`` on standardised items.

    References
    ----------
    Fornell, C. & Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables and
    measurement error. Journal of Marketing Research, 18, 39–50.

    Examples
    --------
    >>> round(average_variance_extracted([0.7, 0.8, 0.6]).value, 4)
    0.4967
    """
    return _by_factor(source, model, "average variance extracted from standardised loadings", _extracted)


def fitted(source: object, model: Model | None) -> ConfirmatoryFactorAnalysis:
    """Return a fitted model as it is, or fit it to answers."""
    if isinstance(source, ConfirmatoryFactorAnalysis):
        return source
    if model is None:
        raise InvalidArgument("Give the items of each factor as model, or a fitted confirmatory factor analysis.")
    return confirmatory_factor_analysis(source, model)


def standardized_solution(result: ConfirmatoryFactorAnalysis) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Completely standardised loadings and factor correlations, or `NotEstimable` where a factor has no variance."""
    if result.standardized_loadings is None or result.factor_correlations is None:
        raise NotEstimable(
            Message("The variance of a factor is estimated as negative, so there are no standardised loadings."),
            n=result.n,
        )
    return result.standardized_loadings, result.factor_correlations


def _by_factor(
    source: object, model: Model | None, method: str, statistic: Callable[[_FactorLoadings], float]
) -> Mapping[str, Estimate] | Estimate:
    if model is None and not isinstance(source, ConfirmatoryFactorAnalysis):
        return _from_loadings(source, method, statistic)
    result = fitted(source, model)
    return {
        factor: Estimate(
            value=statistic(_loadings_of(result, factor)), n=result.n, method=method, caveats=result.caveats
        )
        for factor in result.factors
    }


def _from_loadings(source: object, method: str, statistic: Callable[[_FactorLoadings], float]) -> Estimate:
    try:
        loadings = as_vector(source, argument="loadings")
    except InvalidArgument as error:
        raise InvalidArgument(
            "Give the items of each factor as model, or the standardised loadings of one factor."
        ) from error
    if len(loadings) == 0 or np.isnan(loadings).any():
        raise InvalidArgument("loadings must hold at least one number and no blanks.")
    return Estimate(
        value=statistic(_FactorLoadings(loadings, 1 - loadings**2)),
        n=0,
        method=method,
        caveats=(Message("Computed from loadings alone; the number of respondents is not known."),),
    )


def _loadings_of(result: ConfirmatoryFactorAnalysis, factor: str) -> _FactorLoadings:
    loadings, _ = standardized_solution(result)
    rows = [result.items.index(item) for item in result.factors[factor]]
    residuals = {
        parameter.left: parameter.standardized
        for parameter in result.parameters
        if parameter.operator == "~~" and parameter.left == parameter.right
    }
    return _FactorLoadings(
        loadings[rows, list(result.factors).index(factor)],
        np.array([residuals[item] for item in result.factors[factor]]),
    )


def _composite(factor: _FactorLoadings) -> float:
    true = factor.loadings.sum() ** 2
    return float(true / (true + factor.residuals.sum()))


def _extracted(factor: _FactorLoadings) -> float:
    explained = (factor.loadings**2).sum()
    return float(explained / (explained + factor.residuals.sum()))
