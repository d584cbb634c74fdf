"""What a fitted path model says, construct by construct and path by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servq.messages import Message
from servq.statistics.estimate import Estimate
from servq.statistics.moments import Moments
from servq.statistics.paths_diagram import Mode
from servq.statistics.pls_weights import Scheme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class BootstrapEstimate(Estimate):
    """A number with its percentile interval; `se` is its standard deviation over the resamples.

    Interval and `se` are None without a bootstrap.
    """

    se: float | None = None


@dataclass(frozen=True, kw_only=True)
class PathCoefficient(BootstrapEstimate):
    """Direct effect of one construct on another, in standard deviations, other predecessors held.

    Parameters
    ----------
    source, target
        Where the path comes from and leads to.
    f_squared
        R² that the path adds, relative to the unexplained share (Cohen 1988: .02 small, .15 medium, .35 large). The
        model is fitted anew without the path, and without a construct that this leaves alone (Chin 1998, seminr);
        weights change, so a path of no worth can come out slightly negative. None where nothing is left unexplained
        or the smaller model has no solution.
    f_squared_scores_held
        The same with the scores of the whole model (cSEM, SmartPLS); None where nothing is left unexplained.
    vif
        Variance inflation factor of the source among the predecessors of the target.
    """

    source: str
    target: str
    f_squared: float | None
    f_squared_scores_held: float | None
    vif: float


@dataclass(frozen=True, kw_only=True)
class PathEffect:
    """Effect of one construct on another: along the path between them, along all detours, and both together.

    `total_unstandardized` is the total effect in points: what the target's weighted mean gains for each point of the
    source's, on the scales that the respondents used.
    """

    source: str
    target: str
    direct: BootstrapEstimate
    indirect: BootstrapEstimate
    total: BootstrapEstimate
    total_unstandardized: BootstrapEstimate


@dataclass(frozen=True, kw_only=True)
class PathIndicator:
    """An item as a measure of its construct.

    Parameters
    ----------
    weight
        Weight of the standardised item in the construct's score, which has a variance of 1.
    unstandardized_weight
        The same for the item as answered: `weight` divided by the item's standard deviation.
    loading
        Correlation of item and score; in consistent partial least squares, of item and construct.
    communality
        Loading squared.
    vif
        Variance inflation factor of the item within its block, to be watched in mode B; None where the items determine
        each other.
    """

    item: str
    weight: BootstrapEstimate
    unstandardized_weight: float
    loading: BootstrapEstimate
    communality: float
    vif: float | None


@dataclass(frozen=True, kw_only=True)
class PathConstruct:
    """A construct with its measurement.

    Parameters
    ----------
    name, mode
        ``"A"``: its items reflect it; ``"B"``: they form it.
    indicators
        Its items.
    level
        Mean of its items, weighted by their unstandardised weights, on the points that the respondents used.
    r_squared, adjusted_r_squared
        Explained share of its variance; None where no path leads to it.
    communality
        Mean communality of its items.
    redundancy
        Share of the items' variance that the predecessors explain: communality times R²; None without predecessors.
    average_variance_extracted
        The communality of a mode A construct; None in mode B, where items need not go together.
    composite_reliability
        Dillon and Goldstein's rho from the loadings; 1 for a single item, None in mode B.
    rho_a
        Dijkstra and Henseler's reliability of the score; 1 for a single item, None in mode B and where all weight lies
        on one item.
    """

    name: str
    mode: Mode
    indicators: tuple[PathIndicator, ...]
    level: BootstrapEstimate
    r_squared: BootstrapEstimate | None
    adjusted_r_squared: float | None
    communality: float
    redundancy: float | None
    average_variance_extracted: float | None
    composite_reliability: float | None
    rho_a: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class PathModel:
    """A path model fitted by partial least squares.

    Parameters
    ----------
    constructs
        Each construct with weights, loadings, reliabilities and R².
    paths
        Path coefficients in the caller's order.
    effects
        Direct, indirect and total effects of every pair that a route joins.
    goodness_of_fit
        Root of mean communality (constructs of several items, weighted by their number) times mean R² (Tenenhaus et
        al. 2004); None where every construct has a single item. It ranks models of the same data, nothing more.
    construct_correlations
        Shape (n_constructs, n_constructs), in the order of `constructs`; corrected for measurement error in consistent
        partial least squares.
    scores
        Standardised scores (n − 1 divisor), shape (n_respondents, n_constructs); NaN in the row of a respondent who
        left an item blank. None when the model was fitted to `Moments`.
    moments
        Means and covariances of the items, over complete respondents.
    answer_ranges
        Smallest and largest complete answer to each item; empty when the model was fitted to `Moments`.
    scheme, standardized
        Inner weighting; whether items were standardised before weighting.
    consistent
        Whether loadings and correlations are corrected for measurement error.
    n
        Complete respondents.
    method
        How it was computed.
    converged, n_iterations
        How the search for weights ended.
    n_resamples
        Resamples that the intervals rest on; 0 without.
    caveats
        What a careful reader must know.
    """

    constructs: Mapping[str, PathConstruct]
    paths: tuple[PathCoefficient, ...]
    effects: tuple[PathEffect, ...]
    goodness_of_fit: float | None
    construct_correlations: NDArray[np.float64]
    scores: NDArray[np.float64] | None
    moments: Moments
    answer_ranges: Mapping[str, tuple[float, float]]
    scheme: Scheme
    standardized: bool
    consistent: bool
    n: int
    method: str
    converged: bool
    n_iterations: int
    n_resamples: int
    caveats: tuple[Message, ...] = ()

    @property
    def path_coefficients(self) -> dict[tuple[str, str], float]:
        """Coefficient of each path (from, to)."""
        return {(path.source, path.target): path.value for path in self.paths}

    @property
    def total_effects(self) -> dict[tuple[str, str], float]:
        """Total effect of each pair (from, to) that a route joins."""
        return {(effect.source, effect.target): effect.total.value for effect in self.effects}

    @property
    def r_squared(self) -> dict[str, float]:
        """R² of each construct to which a path leads."""
        return {name: one.r_squared.value for name, one in self.constructs.items() if one.r_squared is not None}

    @property
    def outer_weights(self) -> dict[str, dict[str, float]]:
        """Standardised weight of each item, by construct."""
        return {
            name: {one.item: one.weight.value for one in construct.indicators}
            for name, construct in self.constructs.items()
        }

    @property
    def outer_loadings(self) -> dict[str, dict[str, float]]:
        """Loading of each item, by construct."""
        return {
            name: {one.item: one.loading.value for one in construct.indicators}
            for name, construct in self.constructs.items()
        }
