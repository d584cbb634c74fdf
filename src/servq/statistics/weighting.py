"""Survey weights: raking to known margins, weighted means, and what weighting costs in precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison import MINIMUM_N, is_constant
from servq.statistics.comparison_quantiles import check_confidence_level, t_quantile
from servq.statistics.comparison_samples import label_name, read_labels
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate, MeanEstimate
from servq.statistics.matrix import as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True)
class WeightedMean(MeanEstimate):
    """A weighted mean with Kish's design effect and the sample size that it leaves."""

    design_effect: float
    effective_n: float


@dataclass(frozen=True, kw_only=True)
class RakedWeights:
    """Weights that reproduce the margins.

    Parameters
    ----------
    weights
        Shape (n_respondents,), mean 1.
    n_iterations
        Rounds over all margins that were needed.
    largest_error
        Largest remaining difference between a weighted share and its target.
    design_effect
        Kish's, of these weights.
    caveats
        What a careful reader must know.
    """

    weights: NDArray[np.float64]
    n_iterations: int
    largest_error: float
    design_effect: float
    caveats: tuple[Message, ...]


#: Trimming or fewer margins are worth a thought above this ratio of largest to smallest weight.
LARGE_RATIO = 10.0


def weighted_mean(values: object, weights: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> WeightedMean:
    """Weighted mean with its linearised standard error and t interval.

    Parameters
    ----------
    values, weights
        Shape (n_respondents,) each. A row with a NaN in either, or with weight 0, is left out. A share is the mean of
        zeros and ones.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    WeightedMean
        ``sd`` is the weighted standard deviation (divisor n − 1 over n); ``se`` treats the weights as fixed.

    Raises
    ------
    InvalidArgument
        Different lengths, or a negative weight.
    NotEstimable
        Fewer than two values with a positive weight.

    Notes
    -----
    R equivalent: ``survey::svymean(~x, svydesign(~1, weights = ~w))`` with ``confint(…, df = n - 1)``. Source: Särndal,
    Swensson & Wretman (1992), *Model Assisted Survey Sampling*, 5.6–5.7. Constant values give an interval without width
    and a caveat.

    Examples
    --------
    >>> estimate = weighted_mean([4, 5, 6, 7], weights=[2, 1, 1, 1])
    >>> estimate.value, round(estimate.se, 4), round(estimate.effective_n, 4)
    (5.2, 0.7185, 3.5714)
    """
    check_confidence_level(confidence_level)
    vector, weight = as_vector(values), as_vector(weights, argument="weights")
    if len(vector) != len(weight):
        raise InvalidArgument(
            f"values and weights must be aligned by respondent; they have {len(vector)} and {len(weight)} entries."
        )
    if (weight < 0).any():
        raise InvalidArgument("weights must not be negative.")
    used = ~np.isnan(vector) & (weight > 0)
    n = int(used.sum())
    if n < MINIMUM_N:
        raise NotEstimable(Message("Only {n} values have a positive weight; at least 2 are needed.", n=n), n=n)
    share = weight[used] / weight[used].sum()
    mean = float(share @ vector[used])
    deviation = vector[used] - mean
    se = math.sqrt(n / (n - 1) * float(((share * deviation) ** 2).sum()))
    half_width = t_quantile(n - 1, confidence_level) * se
    squares = float((share**2).sum())
    constant = is_constant(mean, se)
    return WeightedMean(
        value=mean,
        ci_low=mean - half_width,
        ci_high=mean + half_width,
        confidence_level=confidence_level,
        n=n,
        method="weighted mean, linearised standard error, t interval",
        caveats=(Message("All {n} values are equal, so the interval has no width.", n=n),) if constant else (),
        sd=math.sqrt(n / (n - 1) * float(share @ deviation**2)),
        se=se,
        design_effect=n * squares,
        effective_n=1 / squares,
    )


def design_effect(weights: object) -> Estimate:
    """Kish's design effect: by how much unequal weights inflate the variance of a mean.

    Parameters
    ----------
    weights
        Shape (n_respondents,); NaN and 0 are left out.

    Returns
    -------
    Estimate
        ``value`` is n Σw² / (Σw)², at least 1; no interval. ``n`` counts the positive weights.

    Raises
    ------
    InvalidArgument
        A negative weight.
    NotEstimable
        No positive weight.

    Notes
    -----
    It holds for answers that the weights have nothing to do with. R equivalent: ``PracTools::deffK(w)``. Source: Kish
    (1965), *Survey Sampling*, 11.7.

    Examples
    --------
    >>> design_effect([2, 1, 1, 1]).value
    1.12
    """
    share, n = _shares(weights)
    return Estimate(value=n * float((share**2).sum()), n=n, method="Kish design effect")


def effective_sample_size(weights: object) -> Estimate:
    """Respondents of equal weight that would give the same precision, (Σw)² / Σw².

    Parameters, errors and source as in `design_effect`.

    Examples
    --------
    >>> round(effective_sample_size([2, 1, 1, 1]).value, 4)
    3.5714
    """
    share, n = _shares(weights)
    return Estimate(value=1 / float((share**2).sum()), n=n, method="Kish effective sample size")


def rake(
    margins: Mapping[str, object],
    targets: Mapping[str, Mapping[str, float]],
    *,
    weights: object | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
) -> RakedWeights:
    """Weight respondents so that every margin has its known shares (iterative proportional fitting).

    Parameters
    ----------
    margins
        Labels by name of the margin, shape (n_respondents,) each.
    targets
        For each margin the shares of its categories in the population; they add up to 1.
    weights
        Starting weights, shape (n_respondents,); 1 for all when None.
    tolerance
        Largest difference from a target share that is accepted.
    max_iterations
        Rounds over all margins before giving up.

    Raises
    ------
    InvalidArgument
        Margins without targets or the reverse, a label without a target, missing labels, shares that do not add up to
        1, starting weights that are not positive.
    NotEstimable
        A category with a target but without respondents, or margins that contradict each other (no convergence).

    Notes
    -----
    R equivalent: ``survey::rake``. Source: Deming & Stephan (1940), *Ann. Math. Statist.* 11, 427–444.

    Examples
    --------
    >>> raked = rake({"sex": ["f", "f", "f", "m"]}, {"sex": {"f": 0.5, "m": 0.5}})
    >>> raked.weights.round(4).tolist()
    [0.6667, 0.6667, 0.6667, 2.0]
    """
    if set(margins) != set(targets) or not margins:
        raise InvalidArgument("margins and targets must name the same margins, at least one.")
    read = {name: _read_margin(name, labels, targets[name]) for name, labels in margins.items()}
    sizes = {len(codes) for codes, _ in read.values()}
    if len(sizes) > 1:
        raise InvalidArgument("All margins must be aligned by respondent; their lengths differ.")
    n = sizes.pop()
    current = np.ones(n) if weights is None else as_vector(weights, argument="weights").copy()
    if len(current) != n or not (current > 0).all():
        raise InvalidArgument("weights must hold one positive number per respondent.")
    current /= current.sum()
    error = math.inf
    for iteration in range(1, max_iterations + 1):
        for codes, shares in read.values():
            current *= (shares / np.bincount(codes, current, len(shares)))[codes]
        error = max(
            float(np.abs(np.bincount(codes, current, len(shares)) - shares).max()) for codes, shares in read.values()
        )
        if error <= tolerance:
            return _raked(current * n, iteration, error)
    raise NotEstimable(
        Message(
            "The margins contradict each other in these respondents: after {rounds} rounds a share still misses its "
            "target by {error:.2g}.",
            error=error,
            rounds=max_iterations,
        ),
        n=n,
    )


def _raked(weights: NDArray[np.float64], n_iterations: int, error: float) -> RakedWeights:
    ratio = float(weights.max() / weights.min())
    caveats = (
        (Message("The largest weight is {ratio:.1f} times the smallest: few speak for many.", ratio=ratio),)
        if ratio > LARGE_RATIO
        else ()
    )
    return RakedWeights(
        weights=weights,
        n_iterations=n_iterations,
        largest_error=error,
        design_effect=design_effect(weights).value,
        caveats=caveats,
    )


def _read_margin(
    name: str, labels: object, target: Mapping[str, float]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    codes, found = read_labels(labels, argument=name)
    if (codes < 0).any():
        raise InvalidArgument(f"{name} has {int((codes < 0).sum())} missing labels; give them a category of their own.")
    wanted = {label_name(label): share for label, share in target.items()}
    strange = [label for label in found if label not in wanted]
    if strange:
        raise InvalidArgument(f"targets of {name} does not name {', '.join(strange)}.")
    if abs(sum(wanted.values()) - 1) > SHARES_TOLERANCE or min(wanted.values()) < 0:
        raise InvalidArgument(f"The target shares of {name} must be at least 0 and add up to 1.")
    empty = [label for label, share in wanted.items() if share > 0 and label not in found]
    if empty:
        raise NotEstimable(
            Message("Nobody is in {categories} of {margin}.", categories=", ".join(empty), margin=name), n=len(codes)
        )
    zero = [label for label in found if wanted[label] == 0]
    if zero:
        raise InvalidArgument(f"The target of {', '.join(zero)} in {name} is 0; leave these respondents out.")
    shares = np.array([wanted[label] for label in found])
    return codes, shares / shares.sum()


def _shares(weights: object) -> tuple[NDArray[np.float64], int]:
    vector = as_vector(weights, argument="weights")
    if (vector < 0).any():
        raise InvalidArgument("weights must not be negative.")
    positive = vector[vector > 0]
    if not len(positive):
        raise NotEstimable(Message("There is no positive weight."), n=0)
    return positive / positive.sum(), len(positive)
