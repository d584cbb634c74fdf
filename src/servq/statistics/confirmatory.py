"""Confirmatory factor analysis: whether a measurement model said beforehand holds in the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.confirmatory_table import Parameter, improper_solution, parameter_table, standard_errors
from servq.statistics.correlations import correlation_of, regular_correlation, varying_moments
from servq.statistics.covariance_fit import CovarianceFit, covariance_fit, degrees_of_freedom
from servq.statistics.covariance_structure import CovarianceStructure
from servq.statistics.estimate import CONFIDENCE_LEVEL
from servq.statistics.likelihood import Group, MaximumLikelihood, maximise_likelihood
from servq.statistics.measurement_model import FreeParameters, MeasurementModel, covariance_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ConfirmatoryFactorAnalysis:
    """A fitted measurement model.

    Parameters
    ----------
    factors
        Items of each first-order factor.
    second_order
        First-order factors of each second-order factor; empty without any.
    items
        Every item once, the rows of the matrices below.
    parameters
        Loadings, variances and covariances with standard errors, fixed ones included.
    fit
        χ², CFI, TLI, RMSEA, SRMR, AIC, BIC.
    standardized_loadings
        Shape (n_items, n_factors), first-order factors; 0 where an item does not belong. None where the variance of a
        factor is estimated as negative.
    factor_correlations
        Correlations of the first-order factors that the model implies, shape (n_factors, n_factors); None as above.
    implied_covariance
        Shape (n_items, n_items), divisor n.
    residual_correlations
        Observed minus implied correlations.
    n
        Complete respondents.
    method
        The estimator.
    converged, n_iterations
        How the search ended.
    caveats
        What a careful reader must know: improper solutions, no convergence, single-item factors.
    """

    factors: Mapping[str, tuple[str, ...]]
    second_order: Mapping[str, tuple[str, ...]]
    items: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    fit: CovarianceFit
    standardized_loadings: NDArray[np.float64] | None
    factor_correlations: NDArray[np.float64] | None
    implied_covariance: NDArray[np.float64]
    residual_correlations: NDArray[np.float64]
    n: int
    method: str
    converged: bool
    n_iterations: int
    caveats: tuple[Message, ...] = ()

    @property
    def loadings(self) -> tuple[Parameter, ...]:
        """Loadings only, second-order ones last."""
        return tuple(parameter for parameter in self.parameters if parameter.operator == "=~")


def confirmatory_factor_analysis(
    frame: object,
    model: Mapping[str, Sequence[str]],
    *,
    second_order: Mapping[str, Sequence[str]] | str | bool | None = None,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> ConfirmatoryFactorAnalysis:
    """Fit a measurement model by normal-theory maximum likelihood.

    Parameters
    ----------
    frame
        Answers with a column for each item of the model (other columns are not looked at), NaN where missing; or an
        array whose columns are called ``"1"`` … ``"k"``; or `Moments`. Rows with a missing item are dropped.
    model
        Items of each factor, ``{"factor": ["item", …]}``. The first item is the marker: its loading is 1. A factor of
        one item has no residual variance there. An item may load on several factors.
    second_order
        First-order factors of each second-order factor, ``{"quality": ["tangibles", …]}``; or only its name, when it
        stands above all factors (True calls it ``"general"``). The marker is the first of them.
    confidence_level
        Of the parameters' intervals.

    Returns
    -------
    ConfirmatoryFactorAnalysis
        Negative variances, correlations beyond one and a search without end are `caveats`.

    Raises
    ------
    InvalidArgument
        A model that cannot be meant (unknown item, empty factor, a name used twice).
    NotEstimable
        Fewer than two complete rows, no more respondents than items, an item without variance, items that determine
        each other; more parameters than covariances, or parameters that the data do not identify.

    Notes
    -----
    R: ``lavaan::cfa(model, data)``, that is ML with the divisor n and standard errors from the expected information.
    Means are saturated and not counted.

    References
    ----------
    Jöreskog, K. G. (1969). A general approach to confirmatory maximum likelihood factor analysis. Psychometrika, 34,
    183–202.
    Rosseel, Y. (2012). lavaan: an R package for structural equation modeling. Journal of Statistical Software, 48(2).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> factor = rng.normal(size=(400, 1))
    >>> answers = factor @ [[1.0, 0.8, 0.6, 0.7]] + rng.normal(size=(400, 4))
    >>> result = confirmatory_factor_analysis(answers, {"quality": ["1", "2", "3", "4"]})
    >>> result.fit.df, result.converged
    (2, True)
    """
    check_confidence_level(confidence_level)
    measurement = MeasurementModel.of(model, second_order)
    moments = varying_moments(frame, measurement.items, argument="frame")
    regular_correlation(moments)
    covariance = moments.scatter / moments.n
    free = FreeParameters()
    cells = covariance_cells(measurement, covariance, free)
    structure = CovarianceStructure(len(measurement.items), len(measurement.all_factors), tuple(cells))
    group = Group(structure, moments.n, moments.mean, covariance)
    start = np.array(free.start)
    if degrees_of_freedom([group], len(start)) < 0:
        raise NotEstimable(
            Message("The model has more parameters than there are covariances; it needs more items."), n=moments.n
        )
    solution = maximise_likelihood([group], start)
    errors = standard_errors(solution.information)
    if solution.converged and errors is None:
        raise NotEstimable(
            Message("The data do not identify the model: different parameters fit equally well."), n=moments.n
        )
    return _result(measurement, group, solution, errors if solution.converged else None, confidence_level)


def _result(
    model: MeasurementModel,
    group: Group,
    solution: MaximumLikelihood,
    errors: NDArray[np.float64] | None,
    confidence_level: float,
) -> ConfirmatoryFactorAnalysis:
    matrices = group.structure.matrices(solution.parameters)
    implied = matrices.covariance
    caveats = improper_solution(matrices, model.items, model.all_factors)
    if not solution.converged:
        caveats += (Message("The search did not converge; the numbers are where it stopped and mean little."),)
    if model.single_items:
        caveats += (
            Message(
                "{items} alone stands for a factor and is taken as free of error.", items=", ".join(model.single_items)
            ),
        )
    n_first = len(model.factors)
    latent = matrices.latent_covariance[:n_first, :n_first]
    is_proper = bool(np.diag(latent).min() > 0)
    return ConfirmatoryFactorAnalysis(
        factors=model.factors,
        second_order=model.second_order,
        items=model.items,
        parameters=parameter_table(
            group.structure, matrices, errors, (model.items, model.all_factors), confidence_level
        ),
        fit=covariance_fit([group], solution),
        standardized_loadings=_standardized(matrices.loadings[:, :n_first], latent, implied) if is_proper else None,
        factor_correlations=correlation_of(latent) if is_proper else None,
        implied_covariance=implied,
        residual_correlations=correlation_of(group.covariance) - correlation_of(implied),
        n=group.n,
        method="normal-theory maximum likelihood, complete rows",
        converged=solution.converged,
        n_iterations=solution.n_iterations,
        caveats=caveats,
    )


def _standardized(
    loadings: NDArray[np.float64], latent: NDArray[np.float64], implied: NDArray[np.float64]
) -> NDArray[np.float64]:
    return loadings * np.sqrt(np.diag(latent)) / np.sqrt(np.diag(implied))[:, None]
