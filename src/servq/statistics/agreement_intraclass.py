"""Intraclass correlations: how much of the spread of ratings lies between the things rated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from scipy.special import fdtrc, fdtri

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.matrix import as_items, complete_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

IntraclassForm = Literal["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]
# Sums of squares below this multiple of the total are rounding.
ROUNDING = 1e-14


@dataclass(frozen=True, kw_only=True)
class IntraclassCorrelation(Estimate):
    """An intraclass correlation with the F test that it is zero.

    ``statistic``, ``df`` (numerator, denominator) and ``p_value`` are None when the raters leave no residual.
    """

    form: IntraclassForm
    n_raters: int
    statistic: float | None
    df: tuple[int, int] | None
    p_value: float | None


class _MeanSquares(NamedTuple):
    n: int
    k: int
    targets: float
    within: float
    raters: float
    residual: float


def intraclass_correlation(
    ratings: object, form: IntraclassForm = "ICC2", *, confidence_level: float = CONFIDENCE_LEVEL
) -> IntraclassCorrelation:
    """Agreement of several raters (assessors, occasions) about the same things, in one of six forms.

    Parameters
    ----------
    ratings
        Shape (n_targets, n_raters). A target with a missing rating is left out.
    form
        ``"ICC1"``: every target has its own raters; ``"ICC2"``: the raters are a sample, and how high they rate
        counts as disagreement; ``"ICC3"``: these raters only, and their levels do not count. With ``k``: reliability of
        the mean of all raters instead of one.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        An unknown form, or fewer than two raters.
    NotEstimable
        Fewer than two complete targets, or ratings that do not vary.

    Notes
    -----
    Without a residual (raters in perfect step) there is a value, but neither test nor interval, and a caveat. Estimates
    below 0 mean less agreement than chance and are reported as they are.

    R equivalent: ``psych::ICC(ratings, lmer = FALSE)``. The interval of ICC2k follows from that of ICC2; ``irr::icc``
    differs there. Sources: Shrout & Fleiss (1979), *Psychol. Bull.* 86, 420–428; McGraw & Wong (1996), *Psychol.
    Methods* 1, 30–46.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> agreement = intraclass_correlation(ratings)
    >>> round(agreement.value, 2), round(agreement.ci_low, 2), round(agreement.ci_high, 2)
    (0.29, 0.02, 0.76)
    """
    check_confidence_level(confidence_level)
    if form not in get_args(IntraclassForm):
        raise InvalidArgument(f"form must be one of {', '.join(get_args(IntraclassForm))}; it is {form!r}.")
    mean_squares = _mean_squares(complete_rows(as_items(ratings, argument="ratings").values))
    single, is_average = form.removesuffix("k"), form.endswith("k")
    value = _single(mean_squares, single)
    if is_average:
        stepped_up = _step_up(value, mean_squares.k)
        if stepped_up is None:
            raise NotEstimable(Message("The means of the targets do not differ at all."), n=mean_squares.n)
        value = stepped_up
    error = mean_squares.within if single == "ICC1" else mean_squares.residual
    shared: dict[str, Any] = {
        "value": value,
        "confidence_level": confidence_level,
        "n": mean_squares.n,
        "method": f"{form} (Shrout & Fleiss), F interval",
        "form": form,
        "n_raters": mean_squares.k,
    }
    if error == 0:
        caveat = Message("The ratings leave no residual, so there is neither an interval nor a test.")
        return IntraclassCorrelation(**shared, caveats=(caveat,), statistic=None, df=None, p_value=None)
    statistic = mean_squares.targets / error
    n_free = mean_squares.n if single == "ICC1" else mean_squares.n - 1
    df = (mean_squares.n - 1, n_free * (mean_squares.k - 1))
    low, high = _interval(mean_squares, single, statistic, df, (1 + confidence_level) / 2)
    ci_low = _step_up(low, mean_squares.k) if is_average else low
    return IntraclassCorrelation(
        **shared,
        ci_low=ci_low,
        ci_high=_step_up(high, mean_squares.k) if is_average else high,
        caveats=(Message("The interval has no lower bound."),) if ci_low is None else (),
        statistic=statistic,
        df=df,
        p_value=float(fdtrc(*df, statistic)),
    )


def _mean_squares(ratings: NDArray[np.floating[Any]]) -> _MeanSquares:
    n, k = ratings.shape
    if k < 2:  # one rater cannot agree
        raise InvalidArgument("ratings must have a column for each of at least two raters.")
    if n < 2:  # one target has no spread
        raise NotEstimable(Message("Only {n} targets were rated by everybody; at least 2 are needed.", n=n), n=n)
    centred = ratings - ratings.mean()
    targets, raters = centred.mean(axis=1), centred.mean(axis=0)
    residual = centred - targets[:, None] - raters
    total = float((centred**2).sum())
    if total <= ROUNDING * float((ratings**2).sum()):
        raise NotEstimable(Message("All ratings are equal, so there is no spread to explain."), n=n)
    ss_targets, ss_raters, ss_residual = (
        0.0 if ss <= ROUNDING * total else ss
        for ss in (k * float((targets**2).sum()), n * float((raters**2).sum()), float((residual**2).sum()))
    )
    return _MeanSquares(
        n,
        k,
        targets=ss_targets / (n - 1),
        within=(ss_raters + ss_residual) / (n * (k - 1)),
        raters=ss_raters / (k - 1),
        residual=ss_residual / ((n - 1) * (k - 1)),
    )


def _single(of: _MeanSquares, form: str) -> float:
    if form == "ICC1":
        return (of.targets - of.within) / (of.targets + (of.k - 1) * of.within)
    level = of.k * (of.raters - of.residual) / of.n if form == "ICC2" else 0.0
    denominator = of.targets + (of.k - 1) * of.residual + level
    if denominator == 0:
        raise NotEstimable(Message("The targets do not differ and the raters leave no residual."), n=of.n)
    return (of.targets - of.residual) / denominator


def _interval(of: _MeanSquares, form: str, statistic: float, df: tuple[int, int], upper: float) -> tuple[float, float]:
    if form != "ICC2":
        low = statistic / float(fdtri(*df, upper))
        high = statistic * float(fdtri(df[1], df[0], upper))
        return (low - 1) / (low + of.k - 1), (high - 1) / (high + of.k - 1)
    n, k = of.n, of.k
    icc, ratio = _single(of, "ICC2"), of.raters / of.residual
    if of.targets == 0:  # no degrees of freedom are left for the error; both bounds then meet the value, as in ICC3
        return icc, icc
    share = n * (1 + (k - 1) * icc) - k * icc
    df_error = (k - 1) * (n - 1) * (k * icc * ratio + share) ** 2 / ((n - 1) * (k * icc * ratio) ** 2 + share**2)
    spread = k * of.raters + (k * n - k - n) * of.residual
    quantile = float(fdtri(n - 1, df_error, upper))
    low = n * (of.targets - quantile * of.residual) / (quantile * spread + n * of.targets)
    quantile = float(fdtri(df_error, n - 1, upper))
    return low, n * (quantile * of.targets - of.residual) / (spread + n * quantile * of.targets)


def _step_up(single: float, k: int) -> float | None:
    # From −1 / (k − 1) downwards the mean of the raters would have no variance at all.
    denominator = 1 + (k - 1) * single
    return k * single / denominator if denominator > ROUNDING else None
