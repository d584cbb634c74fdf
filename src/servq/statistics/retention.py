"""How many factors a set of items can carry: Horn's parallel analysis and Velicer's minimum average partial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument
from servq.messages import Message
from servq.statistics.correlations import regular_correlation, varying_moments
from servq.statistics.moments import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINIMUM_SAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class ParallelAnalysis:
    """Eigenvalues of the items beside those of uncorrelated items of the same shape.

    Parameters
    ----------
    n_factors
        Components before the first whose eigenvalue is not above the percentile of the random ones.
    n_factors_mean
        The same against the mean of the random eigenvalues, as Horn had it; keeps more.
    eigenvalues
        Of the correlation matrix, descending.
    random_mean, random_quantile
        Mean and quantile of each random eigenvalue.
    quantile
        Which quantile, 0–1.
    n_samples, seed
        How many random data sets, and where the generator started.
    n
        Complete respondents.
    caveats
        What a careful reader must know.
    """

    n_factors: int
    n_factors_mean: int
    eigenvalues: tuple[float, ...]
    random_mean: tuple[float, ...]
    random_quantile: tuple[float, ...]
    quantile: float
    n_samples: int
    seed: int
    n: int
    method: str
    caveats: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MinimumAveragePartial:
    """Velicer's criterion after 0, 1, 2, … components are partialled out.

    Parameters
    ----------
    n_factors
        Number of components with the smallest average squared partial correlation (original, 1976).
    n_factors_revised
        Number with the smallest average fourth power (revised, 2000).
    average_squared, average_fourth
        The averages; position m is the value with m components partialled out, 0 the correlations themselves.
    n
        Complete respondents.
    caveats
        What a careful reader must know.
    """

    n_factors: int
    n_factors_revised: int
    average_squared: tuple[float, ...]
    average_fourth: tuple[float, ...]
    n: int
    method: str
    caveats: tuple[Message, ...] = ()


def parallel_analysis(
    items: object, *, n_samples: int = 1000, quantile: float = 0.95, seed: int = 20_240_501
) -> ParallelAnalysis:
    """Horn's parallel analysis of principal components.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), NaN where missing (rows dropped list-wise), or `Moments`.
    n_samples
        Random data sets of uncorrelated normal items, at least 20.
    quantile
        Quantile of the random eigenvalues to beat, between 0 and 1.
    seed
        Start of the random generator: the same seed gives the same result.

    Returns
    -------
    ParallelAnalysis

    Raises
    ------
    InvalidArgument
        Fewer than two items or 20 samples, or a quantile outside 0–1.
    NotEstimable
        Fewer than two complete rows, or an item without variance. A singular correlation matrix is no obstacle.

    Notes
    -----
    The covariance matrix of normal data is drawn directly (Bartlett's decomposition of the Wishart distribution), so
    the time does not depend on the number of respondents. R: ``psych::fa.parallel(fa = "pc")``, ``paran::paran``.

    References
    ----------
    Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30, 179–185.
    Glorfeld, L. W. (1995). An improvement on Horn's parallel analysis. Educational and Psychological Measurement, 55,
    377–393 (the 95th percentile).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> factors = rng.normal(size=(300, 2)).repeat(3, axis=1)
    >>> parallel_analysis(factors + rng.normal(size=(300, 6)), n_samples=100).n_factors
    2
    """
    moments = _several_items(items)
    if not 0 < quantile < 1:
        raise InvalidArgument(f"quantile must lie between 0 and 1; it is {quantile}.")
    if n_samples < MINIMUM_SAMPLES:
        raise InvalidArgument(f"n_samples must be at least {MINIMUM_SAMPLES}; it is {n_samples}.")
    observed = _eigenvalues(moments.correlation)
    rng = np.random.default_rng(seed)
    random = np.array([_eigenvalues(_random_correlation(rng, moments.n, len(observed))) for _ in range(n_samples)])
    mean, upper = random.mean(axis=0), np.quantile(random, quantile, axis=0)
    return ParallelAnalysis(
        n_factors=_leading(observed > upper),
        n_factors_mean=_leading(observed > mean),
        eigenvalues=tuple(observed.tolist()),
        random_mean=tuple(mean.tolist()),
        random_quantile=tuple(upper.tolist()),
        quantile=quantile,
        n_samples=n_samples,
        seed=seed,
        n=moments.n,
        method="Horn's parallel analysis of principal components, normal data",
        caveats=_singular_caveat(observed),
    )


def minimum_average_partial(items: object) -> MinimumAveragePartial:
    """Velicer's minimum average partial test, original (squares) and revised (fourth powers).

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), NaN where missing (rows dropped list-wise), or `Moments`.

    Returns
    -------
    MinimumAveragePartial
        Zero factors is a possible answer: no component leaves smaller partial correlations than none.

    Raises
    ------
    InvalidArgument
        Fewer than two items.
    NotEstimable
        Fewer than two complete rows, an item without variance, a singular correlation matrix.

    Notes
    -----
    R: ``psych::vss(...)$map``, which starts at one component; here position 0 is the plain correlations. The
    values stop one short of the number of items, or before where a component takes a whole item with it.

    References
    ----------
    Velicer, W. F. (1976). Determining the number of components from the matrix of partial correlations.
    Psychometrika, 41, 321–327.
    Velicer, W. F., Eaton, C. A. & Fava, J. L. (2000). Construct explication through factor or component analysis. In
    Problems and solutions in human assessment (pp. 41–71). Kluwer.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> factors = rng.normal(size=(300, 2)).repeat(4, axis=1)
    >>> minimum_average_partial(factors + rng.normal(size=(300, 8))).n_factors
    2
    """
    moments = _several_items(items)
    correlation = regular_correlation(moments)
    values, vectors = np.linalg.eigh(correlation)
    components = (vectors * np.sqrt(values))[:, ::-1]
    pairs = ~np.eye(len(correlation), dtype=bool)
    squared, fourth = [], []
    rest = correlation.copy()
    for component in components.T:
        variance = np.diag(rest)
        if variance.min() <= np.finfo(float).eps * len(rest):
            break
        partial = (rest / np.sqrt(np.outer(variance, variance)))[pairs]
        squared.append(float((partial**2).mean()))
        fourth.append(float((partial**4).mean()))
        rest = rest - np.outer(component, component)
    return MinimumAveragePartial(
        n_factors=int(np.argmin(squared)),
        n_factors_revised=int(np.argmin(fourth)),
        average_squared=tuple(squared),
        average_fourth=tuple(fourth),
        n=moments.n,
        method="Velicer's minimum average partial, principal components",
    )


def _several_items(items: object) -> Moments:
    moments = varying_moments(items)
    if len(moments.names) < 2:  # one item is its own factor
        raise InvalidArgument("At least two items are needed to count factors.")
    return moments


def _eigenvalues(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.eigvalsh(correlation)[::-1].astype(np.float64, copy=False)


def _leading(is_above: NDArray[np.bool_]) -> int:
    return int(np.argmin(is_above)) if not is_above.all() else len(is_above)


def _random_correlation(rng: np.random.Generator, n: int, k: int) -> NDArray[np.float64]:
    df = n - 1
    if df < k:
        rows = rng.standard_normal((n, k))
        deviations = rows - rows.mean(axis=0)
        scatter = deviations.T @ deviations
    else:
        root = np.tril(rng.standard_normal((k, k)), -1)
        root[np.diag_indices(k)] = np.sqrt(rng.chisquare(df - np.arange(k)))
        scatter = root @ root.T
    scale = np.sqrt(np.diag(scatter))
    correlation: NDArray[np.float64] = scatter / np.outer(scale, scale)
    return correlation


def _singular_caveat(eigenvalues: NDArray[np.float64]) -> tuple[Message, ...]:
    if eigenvalues[-1] > np.finfo(float).eps * len(eigenvalues) * eigenvalues[0]:
        return ()
    return (Message("Some items are exact combinations of others, so their components have no variance."),)
