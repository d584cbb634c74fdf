"""Discriminant validity: whether the factors of a model differ from each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.convergent import Model, average_variance_extracted, fitted, standardized_solution
from servq.statistics.correlations import varying_moments
from servq.statistics.measurement_model import MeasurementModel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class HeterotraitMonotrait:
    """Correlations between the items of different factors, beside those within factors.

    Parameters
    ----------
    factors
        Rows and columns of the matrices.
    ratios
        HTMT with arithmetic means (Henseler et al. 2015), shape (n_factors, n_factors), ones on the diagonal.
    ratios_geometric
        HTMT2 with geometric means (Roemer et al. 2021), which does not suppose equal loadings.
    n
        Complete respondents.
    method
        How it was computed.
    """

    factors: tuple[str, ...]
    ratios: NDArray[np.float64]
    ratios_geometric: NDArray[np.float64]
    n: int
    method: str
    caveats: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class FornellLarcker:
    """Factor correlations beside the roots of the average variance extracted.

    Parameters
    ----------
    factors
        Rows and columns of `matrix`.
    matrix
        Factor correlations with √AVE on the diagonal.
    average_variance_extracted
        AVE of each factor.
    violations
        Pairs of factors that correlate at least as strongly as one of them does, by √AVE, with its own items.
    n
        Complete respondents.
    method
        How it was computed.
    """

    factors: tuple[str, ...]
    matrix: NDArray[np.float64]
    average_variance_extracted: Mapping[str, float]
    violations: tuple[tuple[str, str], ...]
    n: int
    method: str
    caveats: tuple[Message, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no pair violates the criterion."""
        return not self.violations


def htmt(frame: object, model: Model) -> HeterotraitMonotrait:
    """Heterotrait–monotrait ratios of correlations, HTMT and HTMT2.

    Parameters
    ----------
    frame
        Answers with a column for each item of the model, NaN where missing (rows dropped list-wise over all items of
        the model); or an array whose columns are called ``"1"`` … ``"k"``; or `Moments`.
    model
        Items of each factor, at least two factors of at least two items.

    Returns
    -------
    HeterotraitMonotrait

    Raises
    ------
    InvalidArgument
        A model that cannot be meant, a single factor.
    NotEstimable
        Fewer than two complete rows, an item without variance, a factor of one item or of items that do not correlate.

    Notes
    -----
    Mean absolute correlation between the items of two factors, over the geometric mean of the mean absolute
    correlations within them; HTMT2 has geometric means throughout. An item of both factors is not paired with itself.
    R: ``semTools::htmt(absolute = TRUE, htmt2 = FALSE / TRUE)``.

    References
    ----------
    Henseler, J., Ringle, C. M. & Sarstedt, M. (2015). A new criterion for assessing discriminant validity in
    variance-based structural equation modeling. Journal of the Academy of Marketing Science, 43, 115–135.
    Roemer, E., Schuberth, F. & Henseler, J. (2021). HTMT2: an improved criterion for assessing discriminant validity.
    Industrial Management & Data Systems, 121, 2637–2650.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.normal(size=(500, 2)).repeat(2, axis=1) + rng.normal(size=(500, 4))
    >>> bool(htmt(answers, {"first": ["1", "2"], "second": ["3", "4"]}).ratios[0, 1] < 0.2)
    True
    """
    measurement = MeasurementModel.of(model)
    if len(measurement.factors) < 2:  # one factor has nothing to be told apart from
        raise InvalidArgument("At least two factors are needed to tell them apart.")
    moments = varying_moments(frame, measurement.items, argument="frame")
    single = [factor for factor, items in measurement.factors.items() if len(items) == 1]
    if single:
        raise NotEstimable(
            Message("{factors} has one item only, so nothing correlates within it.", factors=", ".join(single)),
            n=moments.n,
        )
    strengths = np.abs(moments.correlation)
    where = [[moments.names.index(item) for item in items] for items in measurement.factors.values()]
    factors = tuple(measurement.factors)
    arithmetic, geometric = np.eye(len(factors)), np.eye(len(factors))
    within = [strengths[np.ix_(positions, positions)][np.triu_indices(len(positions), 1)] for positions in where]
    flat = [factor for factor, values in zip(factors, within, strict=True) if values.min() == 0]
    if flat:
        raise NotEstimable(
            Message("The items of {factors} do not correlate with each other.", factors=", ".join(flat)), n=moments.n
        )
    for first, second in combinations(range(len(factors)), 2):
        between = np.array([strengths[i, j] for i in where[first] for j in where[second] if i != j])
        scale = np.sqrt(within[first].mean() * within[second].mean())
        arithmetic[first, second] = arithmetic[second, first] = between.mean() / scale
        scale = np.sqrt(_geometric_mean(within[first]) * _geometric_mean(within[second]))
        geometric[first, second] = geometric[second, first] = _geometric_mean(between) / scale
    return HeterotraitMonotrait(
        factors=factors,
        ratios=arithmetic,
        ratios_geometric=geometric,
        n=moments.n,
        method="heterotrait–monotrait ratio of absolute Pearson correlations",
    )


def fornell_larcker(source: object, model: Model | None = None) -> FornellLarcker:
    """Fornell and Larcker's criterion: each factor shares more variance with its items than with any other factor.

    Parameters
    ----------
    source
        A fitted `ConfirmatoryFactorAnalysis`; or what that takes as `frame`, together with `model`.
    model
        Items of each factor when `source` holds answers.

    Returns
    -------
    FornellLarcker

    Raises
    ------
    InvalidArgument
        Answers without a model.
    NotEstimable
        As `confirmatory_factor_analysis`; also where a factor's variance is estimated as negative.

    Notes
    -----
    A pair is a violation when |correlation| ≥ the smaller of the two √AVE. R: ``semTools::discriminantValidity`` has
    newer criteria; the table is that of the 1981 article.

    References
    ----------
    Fornell, C. & Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables and
    measurement error. Journal of Marketing Research, 18, 39–50.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> answers = rng.normal(size=(500, 2)).repeat(3, axis=1) + rng.normal(size=(500, 6))
    >>> fornell_larcker(answers, {"first": ["1", "2", "3"], "second": ["4", "5", "6"]}).holds
    True
    """
    result = fitted(source, model)
    factors = tuple(result.factors)
    extracted = {factor: estimate.value for factor, estimate in average_variance_extracted(result).items()}
    roots = np.sqrt(list(extracted.values()))
    _, correlations = standardized_solution(result)
    matrix = correlations.copy()
    np.fill_diagonal(matrix, roots)
    violations = tuple(
        (factors[row], factors[column])
        for row, column in combinations(range(len(factors)), 2)
        if abs(correlations[row, column]) >= min(roots[row], roots[column])
    )
    return FornellLarcker(
        factors=factors,
        matrix=matrix,
        average_variance_extracted=extracted,
        violations=violations,
        n=result.n,
        method="Fornell–Larcker criterion, " + result.method,
        caveats=result.caveats,
    )


def _geometric_mean(values: NDArray[np.float64]) -> float:
    return float(np.exp(np.log(values).mean())) if values.min() > 0 else 0.0
