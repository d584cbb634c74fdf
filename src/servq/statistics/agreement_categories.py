"""Agreement about categories and ranks: Cohen's and Fleiss' kappa, Kendall's coefficient of concordance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import chdtrc

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level, normal_p_value, normal_quantile
from servq.statistics.comparison_samples import read_labels
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison
from servq.statistics.matrix import as_items, complete_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

KappaWeights = Literal["linear", "quadratic"]
#: Below this number of targets the chi-square approximation of W is poor (Siegel & Castellan 1988, 9.6).
CHI_SQUARE_TARGETS = 8
# A variance of the agreement by chance below this is rounding; it is 0 where the raters' categories do not overlap.
SMALLEST_SPREAD = 1e-24


def cohen_kappa(
    first: object,
    second: object,
    weights: KappaWeights | None = None,
    *,
    categories: Sequence[object] | None = None,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> Comparison:
    """Agreement of two raters about categories, beyond chance.

    Parameters
    ----------
    first, second
        One label per target each, shape (n_targets,); pairs with None or NaN are left out.
    weights
        None: agree or not; ``"linear"`` or ``"quadratic"``: the distance of ordered categories counts, or its square.
    categories
        All categories in their order. By default those that occur, sorted; with weights, name a response scale of
        which some points were never used, or their distances shrink.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    Comparison
        ``statistic`` is z with the standard error under chance agreement; ``se`` and the interval use the general one.

    Raises
    ------
    InvalidArgument
        Different lengths, unknown weights, or a label that is not among `categories`.
    NotEstimable
        No complete pairs, a rater who used one category only, or categories that leave agreement no room (those of one
        rater all different from, or with linear weights all below, the other's).

    Notes
    -----
    Perfect agreement has an interval without width, and a caveat. R equivalent: ``psych::cohen.kappa``,
    ``irr::kappa2(weight = "equal" / "squared")``. Sources: Cohen (1960), *Educ. Psychol. Meas.* 20, 37–46; Fleiss,
    Cohen & Everitt (1969), *Psychol. Bull.* 72, 323–327.

    Examples
    --------
    >>> kappa = cohen_kappa([1, 2, 2, 3, 3, 1], [1, 2, 3, 3, 3, 2], "quadratic")
    >>> round(kappa.value, 4)
    0.75
    """
    check_confidence_level(confidence_level)
    if weights not in (None, "linear", "quadratic"):
        raise InvalidArgument(f'weights must be None, "linear" or "quadratic"; it is {weights!r}.')
    shares, n = _joint_shares(first, second, categories)
    n_categories = len(shares)
    distance = np.abs(np.subtract.outer(np.arange(n_categories), np.arange(n_categories))) / max(n_categories - 1, 1)
    agreement = 1.0 - {None: (distance > 0).astype(float), "linear": distance, "quadratic": distance**2}[weights]
    row, column = shares.sum(axis=1), shares.sum(axis=0)
    if min((row > 0).sum(), (column > 0).sum()) < 2:  # agreeing needs a choice
        raise NotEstimable(Message("A rater used one category only, so agreement cannot be told from chance."), n=n)
    by_chance = np.outer(row, column)
    observed, expected = float((agreement * shares).sum()), float((agreement * by_chance).sum())
    # Mean agreement of a category with the other rater's labels
    typical = (agreement @ column)[:, None] + (agreement.T @ row)[None, :]
    centre = observed * expected - 2 * expected + observed
    spread = float((shares * (agreement * (1 - expected) - typical * (1 - observed) - centre) ** 2).sum())
    se = math.sqrt(spread / n) / (1 - expected) ** 2
    chance_spread = float((by_chance * (agreement - typical + expected) ** 2).sum())
    if chance_spread <= SMALLEST_SPREAD:
        raise NotEstimable(
            Message("How often each category was used decides the agreement, so none beyond chance can show."), n=n
        )
    kappa = (observed - expected) / (1 - expected)
    statistic = kappa * (1 - expected) * math.sqrt(n / chance_spread)
    caveats = (Message("The raters agree perfectly, so the interval has no width."),) if observed == 1 else ()
    half_width = 0.0 if caveats else normal_quantile(confidence_level) * se
    return Comparison(
        value=kappa,
        ci_low=kappa - half_width,
        ci_high=kappa + half_width,
        confidence_level=confidence_level,
        n=n,
        method=f"Cohen's kappa, {weights or 'unweighted'}, large-sample interval",
        caveats=caveats,
        statistic=statistic,
        df=None,
        p_value=normal_p_value(statistic),
        se=0.0 if caveats else se,
    )


def fleiss_kappa(ratings: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> Comparison:
    """Agreement of several raters about categories, beyond chance.

    Parameters
    ----------
    ratings
        One label per target and rater, shape (n_targets, n_raters). A target with a missing label is left out.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    Comparison
        ``statistic`` is z with the standard error under chance agreement; ``se`` and the interval come from leaving out
        one target at a time.

    Raises
    ------
    InvalidArgument
        Not two-dimensional, or fewer than two raters.
    NotEstimable
        Fewer than two complete targets, or one category only.

    Notes
    -----
    R equivalent: ``irr::kappam.fleiss(ratings)`` (no interval). Sources: Fleiss (1971), *Psychol. Bull.* 76, 378–382;
    Fleiss, Nee & Landis (1979), *Psychol. Bull.* 86, 974–977; jackknife: Kraemer (1980), *Biometrics* 36, 207–216.

    Examples
    --------
    >>> round(fleiss_kappa([["a", "a", "a"], ["b", "b", "a"], ["b", "b", "b"], ["a", "a", "b"]]).value, 4)
    0.3333
    """
    check_confidence_level(confidence_level)
    counts = _category_counts(ratings)
    n, n_raters = len(counts), int(counts[0].sum())
    agreeing = (counts * (counts - 1)).sum(axis=1) / (n_raters * (n_raters - 1))
    shares = counts.sum(axis=0) / counts.sum()
    chance = shares * (1 - shares)
    kappa = _fleiss(float(agreeing.mean()), float((shares**2).sum()))
    se_chance = math.sqrt(
        2
        * float(chance.sum() ** 2 - (chance * (1 - 2 * shares)).sum())
        / (chance.sum() ** 2 * n * n_raters * (n_raters - 1))
    )
    left_agreeing = (agreeing.sum() - agreeing) / (n - 1)
    left_chance = (((counts.sum(axis=0) - counts) / ((n - 1) * n_raters)) ** 2).sum(axis=1)
    low = high = se = None
    caveats: tuple[Message, ...] = ()
    if (left_chance < 1).all():
        left_out = (left_agreeing - left_chance) / (1 - left_chance)
        se = math.sqrt((n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum()))
        half_width = normal_quantile(confidence_level) * se
        low, high = kappa - half_width, kappa + half_width
        if se == 0:
            caveats = (Message("The raters agree perfectly, so the interval has no width."),)
    else:
        caveats = (Message("Only one target received another category, so there is no interval."),)
    return Comparison(
        value=kappa,
        ci_low=low,
        ci_high=high,
        confidence_level=confidence_level,
        n=n,
        method="Fleiss' kappa, jackknife interval",
        caveats=caveats,
        statistic=kappa / se_chance,
        df=None,
        p_value=normal_p_value(kappa / se_chance),
        se=se,
    )


def kendall_w(ratings: object) -> Comparison:
    """Concordance of several raters about an order, 0–1, with the correction for ties.

    Parameters
    ----------
    ratings
        Shape (n_targets, n_raters): ratings or ranks, ranked within each rater. A target with a missing rating is left
        out.

    Returns
    -------
    Comparison
        ``statistic`` is χ² with ``df`` n_targets − 1; the method defines no interval.

    Raises
    ------
    InvalidArgument
        Fewer than two raters.
    NotEstimable
        Fewer than two complete targets, or no rater tells the targets apart.

    Notes
    -----
    The p-value is rough below eight targets, which adds a caveat. R equivalent: ``irr::kendall(ratings, correct =
    TRUE)``. Source: Kendall & Babington Smith (1939), *Ann. Math. Statist.* 10, 275–287; Siegel & Castellan (1988).

    Examples
    --------
    >>> round(kendall_w([[1, 2, 1], [2, 1, 3], [3, 4, 2], [4, 3, 4]]).value, 4)
    0.6444
    """
    values = complete_rows(as_items(ratings, argument="ratings").values)
    n, n_raters = values.shape
    _check_raters(n, n_raters)
    ranks = np.empty(values.shape)
    ties = 0.0
    for rater in range(n_raters):
        _, inverse, counts = np.unique(values[:, rater], return_inverse=True, return_counts=True)
        ranks[:, rater] = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
        ties += float((counts.astype(float) ** 3 - counts).sum())
    sums = ranks.sum(axis=1)
    most = n_raters**2 * (n**3 - n) - n_raters * ties
    if most == 0:
        raise NotEstimable(Message("No rater tells the targets apart."), n=n)
    w = 12 * float(((sums - sums.mean()) ** 2).sum()) / most
    statistic = n_raters * (n - 1) * w
    rough = n < CHI_SQUARE_TARGETS
    return Comparison(
        value=w,
        n=n,
        method="Kendall's W with correction for ties, chi-square test",
        caveats=(Message("With {n} targets the p-value is rough.", n=n),) if rough else (),
        statistic=statistic,
        df=n - 1,
        p_value=float(chdtrc(n - 1, statistic)),
    )


def _joint_shares(
    first: object, second: object, categories: Sequence[object] | None
) -> tuple[NDArray[np.float64], int]:
    one, two = _as_objects(first, "first"), _as_objects(second, "second")
    if len(one) != len(two):
        raise InvalidArgument(
            f"first and second must be aligned by target; they have {len(one)} and {len(two)} labels."
        )
    named = () if categories is None else tuple(categories)
    codes, labels = read_labels(np.concatenate([one, two, _as_objects(named, "categories")]))
    codes_one, codes_two = codes[: len(one)], codes[len(one) : 2 * len(one)]
    if categories is not None:
        order = codes[2 * len(one) :]
        if (order < 0).any() or len(set(order.tolist())) < len(order):
            raise InvalidArgument("categories must name each category once, and no missing one.")
        place = np.full(len(labels), -1)
        place[order] = np.arange(len(order))
        strange = [label for label, where in zip(labels, place, strict=True) if where < 0]
        if strange:
            raise InvalidArgument(f"categories does not name {', '.join(strange)}.")
        codes_one, codes_two = (np.where(part < 0, -1, place[part]) for part in (codes_one, codes_two))
    both = (codes_one >= 0) & (codes_two >= 0)
    n = int(both.sum())
    if n == 0:
        raise NotEstimable(Message("No target has a label from both raters."), n=0)
    n_categories = len(labels)
    cells = np.bincount(codes_one[both] * n_categories + codes_two[both], minlength=n_categories**2)
    shares: NDArray[np.float64] = cells.reshape(n_categories, n_categories) / n
    return shares, n


def _category_counts(ratings: object) -> NDArray[np.float64]:
    table = ratings.to_numpy() if hasattr(ratings, "to_numpy") else np.asarray(ratings, dtype=object)
    if table.ndim != 2:  # targets and raters
        raise InvalidArgument(f"ratings must have the shape (n_targets, n_raters); it has {table.ndim} dimension(s).")
    codes, labels = read_labels(table.ravel(), argument="ratings")
    codes = codes.reshape(table.shape)
    codes = codes[(codes >= 0).all(axis=1)]
    _check_raters(*codes.shape)
    counts: NDArray[np.float64] = (codes[:, :, None] == np.arange(len(labels))).sum(axis=1).astype(float)
    counts = counts[:, counts.any(axis=0)]
    if counts.shape[1] == 1:
        raise NotEstimable(Message("All raters used one category only, so chance agreement is perfect."), n=len(counts))
    return counts


def _check_raters(n: int, n_raters: int) -> None:
    if n_raters < 2:  # one rater cannot agree
        raise InvalidArgument("ratings must have a column for each of at least two raters.")
    if n < 2:  # one target has no spread
        raise NotEstimable(Message("Only {n} targets were rated by everybody; at least 2 are needed.", n=n), n=n)


def _fleiss(observed: float, expected: float) -> float:
    return (observed - expected) / (1 - expected)


def _as_objects(labels: object, argument: str) -> NDArray[np.object_]:
    array = labels.to_numpy() if hasattr(labels, "to_numpy") else np.asarray(labels, dtype=object)
    if array.ndim != 1:
        raise InvalidArgument(f"{argument} must be one-dimensional; it has {array.ndim} dimension(s).")
    return array.astype(object)
