"""The few estimates that every section needs, with the suppression rule applied in one place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from servq.analysis.findings import Unavailable
from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics import (
    CONFIDENCE_LEVEL,
    Comparison,
    Estimate,
    MeanEstimate,
    Moments,
    SampleSummary,
    mean_interval,
    one_sample,
    one_sample_from,
    weighted_mean,
    welch_t_test_from,
    with_adjusted_p,
)

Array = NDArray[np.float64]
Rows = NDArray[np.bool_] | NDArray[np.intp]
"""Some of the respondents: a truth for each, or their positions."""
E = TypeVar("E", bound=Estimate)
T = TypeVar("T")


@dataclass(frozen=True)
class Estimator:
    """Estimates of respondents' scores that never show fewer respondents than `minimum_group_size`.

    Parameters
    ----------
    weights
        Survey weights of the respondents whose scores are given, shape (n_respondents,), or None when every
        respondent counts alike. Means and their differences use them; statistics of items do not.
    """

    confidence_level: float = CONFIDENCE_LEVEL
    minimum_group_size: int = 1
    weights: Array | None = None

    def among(self, rows: Rows) -> Estimator:
        """The same for some of the respondents."""
        return self if self.weights is None else replace(self, weights=self.weights[rows])

    def too_few(self, n: int) -> Unavailable | None:
        """The suppression rule: why `n` respondents may not be shown, or None when they may."""
        if n >= self.minimum_group_size:
            return None
        return Unavailable(
            reason=Message(
                "Not shown: fewer than {minimum} respondents have this score, which protects their anonymity.",
                minimum=self.minimum_group_size,
            )
        )

    def estimate(self, statistic: Callable[..., E], *groups: Array) -> E | Unavailable:
        """Apply a statistic to the values that exist in each group, unless a group is too small to be shown.

        `statistic` takes one array per group and the keyword ``confidence_level``.
        """
        present = [group[~np.isnan(group)] for group in groups]
        if hidden := self.too_few(min(group.size for group in present)):
            return hidden
        try:
            return statistic(*present, confidence_level=self.confidence_level)
        except NotEstimable as error:
            return unavailable(error)

    def of_moments(self, statistic: Callable[..., E], moments: Moments) -> E | Unavailable:
        """Apply a statistic that needs only the moments of some items."""
        if hidden := self.too_few(moments.n):
            return hidden
        try:
            return statistic(moments, confidence_level=self.confidence_level)
        except NotEstimable as error:
            return unavailable(error)

    def mean(self, scores: Array) -> MeanEstimate | Unavailable:
        """Mean with its t interval; `scores` has the shape (n_respondents,)."""
        if self.weights is None:
            return self.estimate(mean_interval, scores)
        if hidden := self.too_few(int(np.isfinite(scores).sum())):
            return hidden
        try:
            return weighted_mean(scores, self.weights, confidence_level=self.confidence_level)
        except NotEstimable as error:
            return unavailable(error)

    def test_of_zero(self, differences: Array) -> Comparison | Unavailable:
        """Mean difference with the paired t test that it is zero."""
        present = differences[~np.isnan(differences)]
        if present.size > 1 and np.ptp(present) == 0:
            return self.too_few(present.size) or Unavailable(
                reason=Message(
                    "All {n} respondents have the same difference, {value:+.2f}, so nothing can be tested.",
                    n=present.size,
                    value=float(present[0]),
                )
            )
        if self.weights is None:
            return self.estimate(one_sample, differences)
        mean = self.mean(differences)
        if isinstance(mean, Unavailable):
            return mean
        try:
            test = one_sample_from(*_summary(mean), confidence_level=self.confidence_level)
        except NotEstimable as error:
            return unavailable(error)
        return replace(test, sd=mean.sd, method=f"{mean.method}, t test")

    def difference(
        self, current: MeanEstimate | Unavailable, previous: MeanEstimate | Unavailable
    ) -> Comparison | Unavailable:
        """Difference of the means of two independent groups, current − previous, with Welch's test."""
        if isinstance(current, Unavailable):
            return current
        if isinstance(previous, Unavailable):
            return previous
        try:
            return welch_t_test_from(_summary(current), _summary(previous), confidence_level=self.confidence_level)
        except NotEstimable as error:
            return unavailable(error)


def _summary(mean: MeanEstimate) -> SampleSummary:
    """A mean as the sample that has its standard error; without weights that is the sample itself."""
    return SampleSummary(mean.n, mean.value, mean.se * math.sqrt(mean.n))


def adjust_family(family: Sequence[T]) -> list[T]:
    """Holm-adjusted p-values for the comparisons of one family; members without a test pass through."""
    adjusted = iter(with_adjusted_p([one for one in family if isinstance(one, Comparison)]))
    return [next(adjusted) if isinstance(one, Comparison) else one for one in family]


def unavailable(error: NotEstimable) -> Unavailable:
    """A statistic's refusal as a finding."""
    reason = error.reason
    return Unavailable(reason=reason if isinstance(reason, Message) else Message("{reason}", reason=reason))
