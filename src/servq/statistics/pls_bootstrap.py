"""Bootstrap of a path model: respondents are drawn again, the whole model is fitted again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from servq.errors import InvalidArgument
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.paths_diagram import PathDiagram
from servq.statistics.pls_estimation import Estimation
from servq.statistics.pls_structure import PathNumbers, structure
from servq.statistics.pls_weights import NOTHING, in_columns, outer_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Progress = Callable[[int, int], None]

#: Resamples fitted in one go: enough to keep numpy busy, few enough to show progress and spare memory.
BATCH = 100
FEWEST_RESAMPLES = 2


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How respondents are drawn again.

    Parameters
    ----------
    n_resamples
        Resamples; 0 for no bootstrap.
    seed
        The same seed gives the same intervals.
    confidence_level
        Nominal coverage of the percentile intervals.
    progress
        Called with the resamples done and wanted.
    """

    n_resamples: int
    seed: int
    confidence_level: float
    progress: Progress | None

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if self.n_resamples != 0 and self.n_resamples < FEWEST_RESAMPLES:
            raise InvalidArgument(
                f"n_resamples must be 0 (no bootstrap) or at least {FEWEST_RESAMPLES}; it is {self.n_resamples}."
            )
        check_confidence_level(self.confidence_level)


class Levels(NamedTuple):
    """What a path model says on the original points; first axis of every array: samples.

    Parameters
    ----------
    level
        Mean of each construct's items, weighted by their unstandardised weights; shape (n_samples, n_constructs).
    moved
        Total effect of construct i on construct j in original points, at [:, i, j].
    """

    level: Array
    moved: Array


@dataclass(frozen=True)
class Spread:
    """Percentiles and standard deviations over the resamples that could be fitted.

    Parameters
    ----------
    low, high, se
        `PathNumbers` whose arrays have a first axis of 1, like an estimate.
    low_levels, high_levels, se_levels
        `Levels`, in the same form.
    n_usable
        Resamples that could be fitted.
    """

    low: PathNumbers
    high: PathNumbers
    se: PathNumbers
    low_levels: Levels
    high_levels: Levels
    se_levels: Levels
    n_usable: int


def levels(diagram: PathDiagram, weights: Array, means: Array, sds: Array, total: Array) -> Levels:
    """Put a model back on the points that the respondents used.

    Parameters
    ----------
    diagram
        The model.
    weights
        Weights of the standardised items, shape (n_samples, n_indicators).
    means, sds
        Of `diagram.items`, shape (n_samples, n_items).
    total
        Total effects in standard deviations, shape (n_samples, n_constructs, n_constructs).
    """
    raw = weights / sds[:, diagram.item_of]
    sums = raw @ diagram.membership
    with np.errstate(divide="ignore", invalid="ignore"):  # weights that cancel out are refused with the index
        level = (raw * means[:, diagram.item_of]) @ diagram.membership / sums
        moved = total * sums[:, :, None] / sums[:, None, :]
    return Levels(level, moved)


def bootstrap(
    diagram: PathDiagram,
    values: Array,
    estimate: PathNumbers,
    estimation: Estimation,
    resampling: Resampling,
) -> Spread | None:
    """Fit the model to resamples of the respondents; None where fewer than half of them can be fitted.

    Parameters
    ----------
    diagram
        The model.
    values
        Complete answers to `diagram.items`, shape (n, n_items).
    estimate
        The model of the respondents themselves, to which each resample's signs are turned.
    estimation
        How each resample is fitted.
    resampling
        How many, from which seed.
    """
    rng = np.random.default_rng(resampling.seed)
    wanted = resampling.n_resamples
    centre, sd = values.mean(axis=0), values.std(axis=0, ddof=1)
    z = (values - centre) / sd
    scale = values.var(axis=0, ddof=1)
    parts: list[PathNumbers] = []
    placed: list[Levels] = []
    for start in range(0, wanted, BATCH):
        drawn = [_resampled_moments(z, rng) for _ in range(min(BATCH, wanted - start))]
        covariances = np.stack([covariance for _, covariance in drawn])
        numbers, kept = _fit(diagram, covariances, scale, estimate, estimation)
        means = centre + sd * np.stack([mean for mean, _ in drawn])[kept]
        spreads = sd * np.sqrt(np.einsum("sii->si", covariances)[kept])
        parts.append(numbers)
        placed.append(levels(diagram, numbers.weights, means, spreads, numbers.total))
        if resampling.progress is not None:
            resampling.progress(min(start + BATCH, wanted), wanted)
    fitted = PathNumbers(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    n_usable = len(fitted.weights)
    if n_usable < max(FEWEST_RESAMPLES, wanted / 2):
        return None
    tail = (1 - resampling.confidence_level) / 2
    on_points = Levels(*(np.concatenate(arrays) for arrays in zip(*placed, strict=True)))
    with np.errstate(invalid="ignore"):  # effects that no route joins are 0/0 where weights cancel out
        return Spread(
            low=PathNumbers(*(np.quantile(array, tail, axis=0)[None] for array in fitted)),
            high=PathNumbers(*(np.quantile(array, 1 - tail, axis=0)[None] for array in fitted)),
            se=PathNumbers(*(array.std(axis=0, ddof=1)[None] for array in fitted)),
            low_levels=Levels(*(np.quantile(array, tail, axis=0)[None] for array in on_points)),
            high_levels=Levels(*(np.quantile(array, 1 - tail, axis=0)[None] for array in on_points)),
            se_levels=Levels(*(array.std(axis=0, ddof=1)[None] for array in on_points)),
            n_usable=n_usable,
        )


def _resampled_moments(z: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Means and covariances of respondents drawn with replacement, from how often each was drawn."""
    n = len(z)
    times = np.bincount(rng.integers(n, size=n), minlength=n)
    mean = times @ z / n
    covariance: Array = ((z * times[:, None]).T @ z - n * np.outer(mean, mean)) / (n - 1)
    return mean, covariance


def _fit(
    diagram: PathDiagram,
    covariances: Array,
    scale: Array,
    estimate: PathNumbers,
    estimation: Estimation,
) -> tuple[PathNumbers, NDArray[np.intp]]:
    """Models of the resamples that can be fitted (every item varies, nothing is singular, the search ends), and which.

    The second array holds the positions of those resamples.
    """
    variances = np.einsum("sii->si", covariances)
    kept = np.flatnonzero((variances > NOTHING).all(axis=1))
    covariances = covariances[kept]
    variances = np.einsum("sii->si", covariances)
    root = np.sqrt(variances)
    correlations = covariances / (root[:, :, None] * root[:, None, :])
    correlations = correlations[:, diagram.item_of[:, None], diagram.item_of]
    counted = np.ones_like(variances) if estimation.standardize else variances * scale / scale.max()
    outer = outer_weights(diagram, correlations, counted[:, diagram.item_of], estimation.search)
    correlations = correlations[outer.usable]
    weights = _turned(diagram, outer.weights[outer.usable], estimate.weights[0], correlations)
    result = structure(diagram, correlations, weights, consistent=estimation.consistent)
    return PathNumbers(*(array[result.usable] for array in result.numbers)), kept[outer.usable][result.usable]


def _turned(diagram: PathDiagram, weights: Array, original: Array, correlations: Array) -> Array:
    """Weights whose score goes, within the resample, in the direction of the score with the original weights."""
    with_original = correlations @ (original[:, None] * diagram.membership)
    together = (with_original * in_columns(diagram, weights)).sum(axis=1)
    return weights * np.where(together < 0, -1.0, 1.0)[:, diagram.construct_of]
