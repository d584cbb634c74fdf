"""One's own scores beside published ones.

A difference has an interval only where the source gives n and standard deviation; elsewhere the published number is
set beside one's own interval as a fixed number, and said to be one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import unavailable
from servq.analysis.readings import direction_of
from servq.analysis.target_findings import Metric
from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics import SampleSummary, welch_t_test_from
from servq.statistics.estimate import Comparison, Estimate, MeanEstimate

Standing = Literal["better", "worse", "open", "unknown"]


@dataclass(frozen=True, kw_only=True)
class PublishedValue:
    """One published number; `n` and `sd` are None where the source does not give them."""

    value: float
    n: int | None = None
    sd: float | None = None


@dataclass(frozen=True, kw_only=True)
class BenchmarkRow:
    """One score beside its published counterpart; `difference` is own − published."""

    metric: str
    label: str
    kind: str
    own: Estimate | Unavailable
    published: PublishedValue
    difference: Comparison | Unavailable
    standing: Standing
    reading: Message


def make_benchmark(
    published: Mapping[str, PublishedValue],
    own: Mapping[str, Estimate | Unavailable],
    metrics: Sequence[Metric],
    *,
    confidence_level: float,
) -> tuple[BenchmarkRow, ...]:
    """Set each published number beside one's own, in the order of the metrics."""
    return tuple(
        _row(metric, published[metric.id], own[metric.id], confidence_level)
        for metric in metrics
        if metric.id in published and metric.id in own
    )


def _row(
    metric: Metric, published: PublishedValue, own: Estimate | Unavailable, confidence_level: float
) -> BenchmarkRow:
    difference = _difference(published, own, confidence_level)
    standing, reading = _read(metric, published, own, difference)
    return BenchmarkRow(
        metric=metric.id,
        label=metric.label,
        kind=metric.kind,
        own=own,
        published=published,
        difference=difference,
        standing=standing,
        reading=reading,
    )


def _difference(
    published: PublishedValue, own: Estimate | Unavailable, confidence_level: float
) -> Comparison | Unavailable:
    if isinstance(own, Unavailable):
        return own
    if published.n is None or published.sd is None:
        return Unavailable(
            reason=Message("The source does not give both n and standard deviation, so the difference has no interval.")
        )
    error = own.se if isinstance(own, MeanEstimate | Comparison) else None
    if error is None:
        return Unavailable(reason=Message("This kind of score has no standard error that a difference could rest on."))
    try:
        return welch_t_test_from(
            SampleSummary(own.n, own.value, error * math.sqrt(own.n)),
            SampleSummary(published.n, published.value, published.sd),
            confidence_level=confidence_level,
        )
    except NotEstimable as refused:
        return unavailable(refused)


def _read(
    metric: Metric, published: PublishedValue, own: Estimate | Unavailable, difference: Comparison | Unavailable
) -> tuple[Standing, Message]:
    if isinstance(own, Unavailable):
        return "unknown", own.reason
    if isinstance(difference, Unavailable):
        return "unknown", _beside_fixed(published, own)
    direction = direction_of(difference)
    if direction == "open":
        return "open", Message("Cannot be told apart from the published score.")
    if (direction == "above") == (metric.better == "high"):
        return "better", Message("Better than the published score, beyond chance.")
    return "worse", Message("Worse than the published score, beyond chance.")


def _beside_fixed(published: PublishedValue, own: Estimate) -> Message:
    if own.ci_low is None or own.ci_high is None:
        return Message("Set beside the published score, whose own error is not known.")
    if own.ci_low <= published.value <= own.ci_high:
        return Message("The published score lies within the interval of this one; its own error is not known.")
    return Message("The published score lies outside the interval of this one; its own error is not known.")
