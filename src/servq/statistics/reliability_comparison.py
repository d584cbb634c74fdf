"""Reliability of a difference between two scores, and whether groups differ in reliability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtr

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_samples import read_labels
from servq.statistics.estimate import Comparison, Estimate
from servq.statistics.matrix import as_items
from servq.statistics.moments import Moments
from servq.statistics.reliability import PERFECT, alpha_of, cronbach_alpha, scale_caveats


@dataclass(frozen=True, kw_only=True)
class DifferenceReliability(Estimate):
    """Reliability of perception − expectation beside that of its parts.

    Parameters
    ----------
    alpha_perception, alpha_expectation
        Alpha of the two sum scores.
    correlation
        Between the two sum scores.
    sd_perception, sd_expectation
        Standard deviations of the sum scores.
    equal_variance
        What the formula gives if both scores had one variance.
    alpha_of_gaps
        Alpha of the item gaps, which is the value here by another road.
    """

    alpha_perception: float
    alpha_expectation: float
    correlation: float
    sd_perception: float
    sd_expectation: float
    equal_variance: float
    alpha_of_gaps: float


@dataclass(frozen=True, kw_only=True)
class AlphaComparison(Comparison):
    """Test that several independent groups have one alpha.

    Parameters
    ----------
    groups
        Labels in sorted order, numbers as numbers.
    alphas
        Alpha of each group.
    group_sizes
        Complete respondents of each group.
    """

    groups: tuple[str, ...]
    alphas: tuple[float, ...]
    group_sizes: tuple[int, ...]


def difference_score_reliability(perception: object, expectation: object) -> DifferenceReliability:
    """Reliability of the difference of two sum scores.

    Parameters
    ----------
    perception, expectation
        Answers of shape (n_respondents, n_items), the same respondents and items in the same order, NaN where
        missing; respondents with a blank in either battery are left out.

    Returns
    -------
    DifferenceReliability
        Without an interval. A caveat says when the difference is less reliable than both of its parts, or when the
        value is negative.

    Raises
    ------
    NotEstimable
        Fewer than two items or complete respondents, a sum score that is the same for everybody, or a difference
        that is.
    InvalidArgument
        The two batteries do not have the same shape.

    Notes
    -----
    (s₁² r₁₁ + s₂² r₂₂ − 2 r₁₂ s₁ s₂) / (s₁² + s₂² − 2 r₁₂ s₁ s₂) with alpha for r₁₁ and r₂₂. R equivalent:
    none. Sources: Peter, Churchill & Brown (1993), *J. Consumer Res.* 19, 655–662; Johns (1981).

    Examples
    --------
    >>> perception = [[5, 6], [3, 3], [6, 7], [4, 4], [2, 3]]
    >>> expectation = [[6, 6], [7, 6], [6, 7], [5, 6], [7, 7]]
    >>> round(difference_score_reliability(perception, expectation).value, 3)
    0.933
    """
    first, second = (as_items(perception, argument="perception"), as_items(expectation, argument="expectation"))
    if first.values.shape != second.values.shape:
        raise InvalidArgument("perception and expectation must have the same respondents and the same items.")
    return difference_reliability_from(Moments.of(np.hstack([first.values, second.values])))


def difference_reliability_from(moments: Moments) -> DifferenceReliability:
    """Reliability of a difference from joint moments; see `difference_score_reliability`.

    Parameters
    ----------
    moments
        Of all perception items followed by all expectation items in the same order.

    Raises
    ------
    NotEstimable, InvalidArgument
        As `difference_score_reliability`.
    """
    k, odd = divmod(moments.n_items, 2)
    if odd:
        raise InvalidArgument("The moments must hold as many expectation items as perception items.")
    halves = (moments.select(moments.names[:k]), moments.select(moments.names[k:]))
    perception, expectation = (cronbach_alpha(half) for half in halves)
    sums = np.kron(np.eye(2), np.ones(k))
    variances = sums @ moments.covariance @ sums.T
    (variance1, covariance), (_, variance2) = variances
    reduced = variance1 + variance2 - 2 * covariance
    if reduced <= PERFECT * (variance1 + variance2):
        raise NotEstimable(Message("Perception and expectation differ by the same amount for everybody."), n=moments.n)
    value = float((variance1 * perception.value + variance2 * expectation.value - 2 * covariance) / reduced)
    correlation = float(covariance / np.sqrt(variance1 * variance2))
    mean_alpha = (perception.value + expectation.value) / 2
    differences = np.hstack([np.eye(k), -np.eye(k)])
    return DifferenceReliability(
        value=value,
        n=moments.n,
        method="reliability of a difference score (Johns 1981), alpha for the parts",
        caveats=(*scale_caveats(moments), *_difference_caveats(value, perception.value, expectation.value)),
        alpha_perception=perception.value,
        alpha_expectation=expectation.value,
        correlation=correlation,
        sd_perception=float(np.sqrt(variance1)),
        sd_expectation=float(np.sqrt(variance2)),
        equal_variance=float((mean_alpha - correlation) / (1 - correlation)) if correlation < 1 else value,
        alpha_of_gaps=alpha_of(differences @ moments.covariance @ differences.T),
    )


def compare_alphas(
    items: object, groups: object, *, method: Literal["feldt", "chi_square"] | None = None
) -> AlphaComparison:
    """Test whether a scale is equally reliable in independent groups.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items), NaN where missing; list-wise.
    groups
        Group label of each respondent, shape (n_respondents,); None, NaN and "" leave a respondent out.
    method
        ``"feldt"``: Feldt's W, an F ratio, for two groups only. ``"chi_square"``: Feldt, Woodruff & Salih, any number
        of groups. Default: Feldt's for two groups, chi-square for more.

    Returns
    -------
    AlphaComparison
        `value` is the largest difference between two groups (first − second of two, in the sorted order of labels).

    Raises
    ------
    NotEstimable
        A group's alpha is not estimable or is 1.
    InvalidArgument
        Fewer than two groups, labels of another length, or Feldt's W for more than two groups.

    Notes
    -----
    Feldt 1969, *Psychometrika* 34, 363–373; Feldt, Woodruff & Salih 1987, *Appl. Psychol. Meas.* 11, 93–103.
    R: ``cocron::cocron.two.coefficients``, ``cocron::cocron.n.coefficients``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> answers = rng.normal(size=(200, 1)) + rng.normal(size=(200, 4))
    >>> compare_alphas(answers, ["north", "south"] * 100).p_value > 0.05
    True
    """
    values, _ = as_items(items)
    codes, labels = read_labels(groups)
    if len(codes) != len(values):
        raise InvalidArgument(f"groups must have {len(values)} labels, one per respondent; it has {len(codes)}.")
    samples = {label: values[codes == code] for code, label in enumerate(labels) if label}
    names = tuple(samples)
    if len(names) < 2:  # a comparison
        raise InvalidArgument("groups must hold at least two different labels.")
    estimates = [cronbach_alpha(sample) for sample in samples.values()]
    alphas, sizes = np.array([one.value for one in estimates]), np.array([one.n for one in estimates])
    if (alphas > 1 - PERFECT).any():
        raise NotEstimable(Message("A group's items are perfectly consistent; alphas of 1 cannot be compared."))
    chosen = method or ("feldt" if len(names) == 2 else "chi_square")  # two groups
    statistic, df, p_value = _test(chosen, alphas, sizes, values.shape[1])
    spread = float(alphas[0] - alphas[1]) if len(names) == 2 else float(np.ptp(alphas))  # two groups
    return AlphaComparison(
        value=spread,
        n=int(sizes.sum()),
        method="Feldt's W" if chosen == "feldt" else "chi-square of alphas (Feldt, Woodruff & Salih)",
        caveats=tuple(dict.fromkeys(caveat for one in estimates for caveat in one.caveats)),
        statistic=statistic,
        df=df,
        p_value=p_value,
        groups=names,
        alphas=tuple(map(float, alphas)),
        group_sizes=tuple(map(int, sizes)),
    )


def _test(
    method: str, alphas: NDArray[np.float64], sizes: NDArray[np.int64], k: int
) -> tuple[float, float | tuple[float, float], float]:
    if method == "feldt":
        if len(alphas) != 2:  # two groups
            raise InvalidArgument("Feldt's W compares two groups; use method='chi_square' for more.")
        ratio = float((1 - alphas[1]) / (1 - alphas[0]))
        df = (float(sizes[0] - 1), float(sizes[1] - 1))
        below = float(fdtr(*df, ratio))
        return ratio, df, 2 * min(below, 1 - below)
    if method != "chi_square":
        raise InvalidArgument("method must be 'feldt' or 'chi_square'.")
    # The cube root of 1 − alpha is close to normal; its variance depends on a sample size reduced for the items.
    effective = sizes * (k - 1) / (k + 1)
    if (effective <= 1).any():
        raise NotEstimable(Message("A group is too small for the chi-square comparison of alphas."))
    roots = (1 - alphas) ** (-1 / 3)
    variances = 2 / (9 * (effective - 1) * (1 - alphas) ** (2 / 3))
    statistic = float(((roots - roots.mean()) ** 2).sum() / variances.mean())
    return statistic, float(len(alphas) - 1), float(chdtrc(len(alphas) - 1, statistic))


def _difference_caveats(value: float, perception: float, expectation: float) -> tuple[Message, ...]:
    if value < 0:
        return (Message("The reliability is negative ({value:.2f}); the difference tells nothing.", value=value),)
    if value < min(perception, expectation):
        return (
            Message(
                "The difference is less reliable ({value:.2f}) than perception ({perception:.2f}) and "
                "expectation ({expectation:.2f}) are on their own.",
                value=value,
                perception=perception,
                expectation=expectation,
            ),
        )
    return ()
