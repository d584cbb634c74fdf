"""Exploratory factor analysis: which items go together, without a model said beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.correlations import regular_correlation, varying_moments
from servq.statistics.exploratory_fit import ExploratoryFit, exploratory_fit
from servq.statistics.extraction import EXTRACTIONS, SMALLEST_UNIQUENESS, Extracted
from servq.statistics.rotation import ROTATIONS, Rotated, rotate

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHOD_NAMES = {"minres": "minimum residuals", "ml": "maximum likelihood", "principal_axis": "principal axis"}

#: Sum of squared loadings that still counts as a factor; less is what a search leaves of none.
SMALLEST_VARIANCE = 1e-8

Extraction = Literal["minres", "ml", "principal_axis"]
Rotation = Literal["none", "varimax", "promax", "oblimin"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ExploratoryFactorAnalysis:
    """Pattern loadings with what they explain.

    Parameters
    ----------
    items
        Names of the items, the rows of `loadings`.
    loadings
        Pattern loadings, shape (n_items, n_factors). Factors come by falling `variance`; the sign of each makes its
        loadings add up to something positive.
    factor_correlations
        Shape (n_factors, n_factors), in the order and with the signs of `loadings`; the identity if orthogonal.
    communalities
        Variance of each item that the factors share: diag(L Φ Lᵀ).
    uniquenesses
        1 − communality; negative in a Heywood case of principal axis.
    variance
        Sum of squared loadings of each factor, diag(Φ LᵀL); adds up to the sum of the communalities.
    variance_share
        `variance` as a share of the number of items.
    fit
        χ², RMSEA, residuals.
    n
        Complete respondents.
    method
        Extraction and rotation in words.
    converged
        Whether extraction and rotation came to their end.
    caveats
        What a careful reader must know.
    """

    items: tuple[str, ...]
    loadings: NDArray[np.float64]
    factor_correlations: NDArray[np.float64]
    communalities: Mapping[str, float]
    uniquenesses: Mapping[str, float]
    variance: tuple[float, ...]
    variance_share: tuple[float, ...]
    fit: ExploratoryFit
    n: int
    method: str
    converged: bool
    caveats: tuple[Message, ...] = ()


def exploratory_factor_analysis(
    items: object, n_factors: int, *, method: Extraction = "minres", rotation: Rotation = "none"
) -> ExploratoryFactorAnalysis:
    """Find common factors of the correlations of a set of items.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), NaN where missing (rows dropped list-wise), or `Moments`.
    n_factors
        How many factors; see `parallel_analysis` and `minimum_average_partial`.
    method
        ``"minres"`` (smallest squared residual correlations), ``"ml"`` (maximum likelihood) or ``"principal_axis"``
        (iterated communalities).
    rotation
        ``"none"``, ``"varimax"`` (orthogonal), ``"promax"`` or ``"oblimin"`` (factors may correlate). One factor is not
        rotated.

    Returns
    -------
    ExploratoryFactorAnalysis

    Raises
    ------
    InvalidArgument
        Unknown method or rotation; fewer than one factor or more than the items can identify (negative degrees of
        freedom).
    NotEstimable
        Fewer than two complete rows, an item without variance, a singular correlation matrix, fewer factors in the
        data than asked for.

    Notes
    -----
    R equivalent: ``psych::fa(r, nfactors, fm, rotate)``. Its conventions are followed: varimax and promax with Kaiser's
    row scaling, oblimin without; unique variances of minres and ML not below 0.005 (a Heywood case is said in
    `caveats`); the searches start and stop as there. Loadings agree with psych to 1e-8, in Heywood cases to 2e-5.
    Factors are ordered and signed after the rotation, so that factor correlations belong to them; communalities count
    those correlations.

    References
    ----------
    Harman, H. H. & Jones, W. H. (1966). Factor analysis by minimizing residuals. Psychometrika, 31, 351–368.
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika, 32, 443–482.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> factors = rng.normal(size=(500, 2)).repeat(3, axis=1)
    >>> result = exploratory_factor_analysis(factors + rng.normal(size=(500, 6)), 2, rotation="oblimin")
    >>> (np.abs(result.loadings) > 0.5).sum(axis=0)
    array([3, 3])
    """
    if method not in EXTRACTIONS:
        raise InvalidArgument(f"method must be one of {', '.join(EXTRACTIONS)}; it is {method!r}.")
    if rotation != "none" and rotation not in ROTATIONS:
        raise InvalidArgument(f"rotation must be one of none, {', '.join(ROTATIONS)}; it is {rotation!r}.")
    moments = varying_moments(items)
    _refuse_impossible_counts(len(moments.names), n_factors)
    correlation = regular_correlation(moments)
    extracted = EXTRACTIONS[method](correlation, n_factors)
    _refuse_empty_factors(extracted.loadings, moments.n)
    rotated = rotate(extracted.loadings, rotation)
    loadings, factor_correlations, variance = _arranged(rotated)
    communalities = ((loadings @ factor_correlations) * loadings).sum(axis=1)
    fit, fit_caveats = exploratory_fit(correlation, loadings @ factor_correlations @ loadings.T, n_factors, moments.n)
    return ExploratoryFactorAnalysis(
        items=moments.names,
        loadings=loadings,
        factor_correlations=factor_correlations,
        communalities=_by_item(moments.names, communalities),
        uniquenesses=_by_item(moments.names, 1 - communalities),
        variance=tuple(variance.tolist()),
        variance_share=tuple((variance / len(moments.names)).tolist()),
        fit=fit,
        n=moments.n,
        method=f"{METHOD_NAMES[method]}, {'unrotated' if rotation == 'none' else rotation}",
        converged=extracted.converged and rotated.converged,
        caveats=_caveats(moments.names, communalities, extracted, rotated) + fit_caveats,
    )


def _refuse_impossible_counts(n_items: int, n_factors: int) -> None:
    if n_factors < 1:
        raise InvalidArgument(f"n_factors must be at least 1; it is {n_factors}.")
    if (n_items - n_factors) ** 2 < n_items + n_factors or n_factors >= n_items:
        raise InvalidArgument(f"{n_items} items cannot identify {n_factors} factors; ask for fewer.")


def _refuse_empty_factors(loadings: NDArray[np.float64], n: int) -> None:
    present = int(((loadings**2).sum(axis=0) > SMALLEST_VARIANCE).sum())
    if present < loadings.shape[1]:
        raise NotEstimable(
            Message(
                "The items share only {present} factors, not {asked}; ask for fewer.",
                present=present,
                asked=loadings.shape[1],
            ),
            n=n,
        )


def _arranged(rotated: Rotated) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    loadings, correlations = rotated.loadings, rotated.factor_correlations
    variance = np.diag(correlations @ loadings.T @ loadings)
    order = np.argsort(-variance, kind="stable")
    signs = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)[order]
    return loadings[:, order] * signs, correlations[np.ix_(order, order)] * np.outer(signs, signs), variance[order]


def _by_item(names: tuple[str, ...], values: NDArray[np.float64]) -> Mapping[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def _caveats(
    names: tuple[str, ...], communalities: NDArray[np.float64], extracted: Extracted, rotated: Rotated
) -> tuple[Message, ...]:
    caveats = []
    if extracted.is_heywood:
        limit = 1 - SMALLEST_UNIQUENESS - 1e-9
        culprits = [name for name, shared in zip(names, communalities, strict=True) if shared >= limit]
        caveats.append(
            Message(
                "Heywood case: the factors explain all of the variance of {items}, or more. Ask for fewer factors or "
                "leave the item out.",
                items=", ".join(culprits),
            )
        )
    if not extracted.converged:
        caveats.append(Message("The extraction did not converge; the loadings are where it stopped."))
    if not rotated.converged:
        caveats.append(Message("The rotation did not converge; the loadings are where it stopped."))
    return tuple(caveats)
