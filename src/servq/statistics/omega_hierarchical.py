"""How much of a multidimensional scale's total score is one general factor (Schmid–Leiman)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.estimate import Estimate
from servq.statistics.extraction import minres
from servq.statistics.reliability import PERFECT, direction_caveats, scale_caveats, scale_moments
from servq.statistics.rotation import oblimin

FEWEST_FACTORS = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class OmegaHierarchical(Estimate):
    """Omega hierarchical (`value`) with the Schmid–Leiman solution behind it.

    Parameters
    ----------
    omega_total
        Share of the total score's variance that all common factors explain.
    omega_limit
        Omega hierarchical of an infinitely long scale like this one: general over all common variance of the sum.
    explained_common_variance
        Share of the general factor in the common variance of the items.
    general_loadings
        Shape (n_items,).
    group_loadings
        Loadings on the orthogonalised group factors, shape (n_items, n_factors); their order is arbitrary.
    """

    omega_total: float
    omega_limit: float
    explained_common_variance: float
    general_loadings: NDArray[np.float64]
    group_loadings: NDArray[np.float64]


def omega_hierarchical(items: object, n_factors: int = 3) -> OmegaHierarchical:
    """Omega hierarchical of the standardised items from a Schmid–Leiman transformation.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items) with NaN for missing, or their `Moments`; list-wise. Items are taken
        as they are keyed; none is turned round.
    n_factors
        Group factors, at least 2. With two, the general loadings are taken equal: √ of the factor correlation.

    Returns
    -------
    OmegaHierarchical
        Without an interval. Caveats name a Heywood case, a search or rotation without an end, two group factors, and
        items that load negatively on the general factor.

    Raises
    ------
    NotEstimable
        A constant item, a singular correlation matrix, fewer respondents than items + 1, or factors whose
        correlations admit no general factor.
    InvalidArgument
        `n_factors` is below 2 or above a third of the items.

    Notes
    -----
    Minimum residuals, direct oblimin, and a one-factor minres solution of the factor correlations; Schmid & Leiman
    1957, *Psychometrika* 22, 53–61; Zinbarg, Revelle, Yovel & Li 2005, *Psychometrika* 70, 123–133.
    R: ``psych::omega(x, nfactors, flip = FALSE)``.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> general, groups = rng.normal(size=(400, 1)), np.repeat(rng.normal(size=(400, 3)), 3, axis=1)
    >>> round(omega_hierarchical(general + groups + rng.normal(size=(400, 9))).value, 1)
    0.7
    """
    moments = scale_moments(items)
    if n_factors < FEWEST_FACTORS or 3 * n_factors > moments.n_items:
        raise InvalidArgument(
            f"n_factors must be at least 2 and leave three items for each factor; {moments.n_items} items allow "
            f"{moments.n_items // 3}."
        )
    if moments.n <= moments.n_items:
        raise NotEstimable(Message("A factor analysis needs more respondents than items."), n=moments.n)
    correlation = moments.correlation
    if np.linalg.eigvalsh(correlation)[0] <= PERFECT * len(correlation):
        raise NotEstimable(Message("An item is a combination of the others, so no factor model fits."), n=moments.n)
    extracted = minres(correlation, n_factors)
    rotated = oblimin(extracted.loadings)
    higher = _second_order(rotated.factor_correlations, moments.n)
    general = rotated.loadings @ higher
    if general.sum() < 0:
        general, higher = -general, -higher
    groups = rotated.loadings * np.sqrt(1 - higher**2)
    # The communalities are those of the factors themselves: more than three group factors need not be explained by
    # one general factor completely, and what it leaves is common variance all the same.
    communalities = (extracted.loadings**2).sum(axis=1)
    total = float(correlation.sum())
    general_variance, unique = float(general.sum() ** 2), float((1 - communalities).sum())
    omega_total = 1 - unique / total
    if omega_total <= 0:
        raise NotEstimable(Message("The common factors explain none of the total score."), n=moments.n)
    value = general_variance / total
    return OmegaHierarchical(
        value=value,
        n=moments.n,
        method=f"omega hierarchical, Schmid–Leiman of {n_factors} oblimin factors",
        caveats=(
            *scale_caveats(moments),
            *_factor_caveats(n_factors),
            *direction_caveats(general, moments),
            *_search_caveats(converged=extracted.converged and rotated.converged, heywood=extracted.is_heywood),
        ),
        omega_total=omega_total,
        omega_limit=value / omega_total,
        explained_common_variance=float((general**2).sum() / ((general**2).sum() + (groups**2).sum())),
        general_loadings=general,
        group_loadings=groups,
    )


def _second_order(factor_correlations: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Loadings of the group factors on the general one."""
    if len(factor_correlations) == FEWEST_FACTORS:
        r = float(factor_correlations[0, 1])
        return np.asarray(np.array([1.0, np.sign(r)]) * np.sqrt(abs(r)))
    if np.linalg.eigvalsh(factor_correlations)[0] <= PERFECT:
        raise NotEstimable(Message("The group factors coincide; fewer factors are needed."), n=n)
    return np.asarray(minres(factor_correlations, 1).loadings[:, 0].clip(-1, 1))


def _factor_caveats(n_factors: int) -> tuple[Message, ...]:
    if n_factors > FEWEST_FACTORS:
        return ()
    return (Message("Two group factors do not determine a general factor; equal loadings are assumed."),)


def _search_caveats(*, converged: bool, heywood: bool) -> tuple[Message, ...]:
    caveats = []
    if not converged:
        caveats.append(Message("The factor solution did not settle; its last state is given."))
    if heywood:
        caveats.append(Message("An item is explained completely by the factors (Heywood case)."))
    return tuple(caveats)
