"""The service metrics: one pure function each, from a sample of contacts to an estimate.

A function decides which contacts count, as its definition says, and adds a caveat with the number of those that do not.
The number that stands for a skewed time is its mean, because that is how these metrics are defined; the median stands
beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.errors import NotEstimable
from servq.messages import Message
from servq.operations.definitions import MetricDefinition
from servq.operations.intervals import (
    OVERDISPERSED,
    median_interval,
    overdispersion_p,
    poisson_rate,
    ratio_of_counts,
    ratio_of_totals,
    waiting_median,
)
from servq.operations.sample import Array, Sample
from servq.statistics import CONFIDENCE_LEVEL, Estimate, mean_interval, wilson_interval

COCHRAN = 25
"""A t interval holds when n exceeds this times the squared skewness (Cochran 1977, *Sampling Techniques*, p. 42)."""


@dataclass(frozen=True, kw_only=True)
class MetricOptions:
    """How metrics are computed.

    Parameters
    ----------
    instant_seconds
        A customer who queued no longer than this was served at once.
    """

    confidence_level: float = CONFIDENCE_LEVEL
    instant_seconds: float = 0.0


class Measured(NamedTuple):
    """A metric of some contacts; `median` is None for shares, ratios and rates."""

    estimate: Estimate | Unavailable
    median: Estimate | Unavailable | None = None


def measure(definition: MetricDefinition, sample: Sample, options: MetricOptions) -> Measured:
    """One metric of some contacts; what cannot be had says why."""
    missing = [column for column in definition.columns if column not in sample.known]
    if missing:
        reason = Message("The data do not say: {columns}.", columns=", ".join(missing))
        return Measured(Unavailable(reason=reason))
    counted = sample if definition.of_flow else sample.take(sample.in_window)
    try:
        return _METRICS[definition.id](counted, options)
    except NotEstimable as error:
        reason = error.reason if isinstance(error.reason, Message) else Message("{reason}", reason=error.reason)
        return Measured(Unavailable(reason=reason))


def _first_contacts(sample: Sample) -> tuple[int, int, tuple[Message, ...]]:
    """Contacts resolved at once, contacts that needed more, and what to say of the others."""
    replies, handovers = sample.values["replies"], sample.values["handovers"]
    served = ~sample.abandoned
    more = served & ((replies > 1) | (handovers > 0))
    at_once = served & ~more & sample.resolved & (replies <= 1)
    undecided = served & ~more & ~sample.resolved & ~np.isnan(replies)
    caveats = _counted(
        undecided, lambda n: Message("{n:,} open contacts are undecided and not counted.", n=n)
    ) + _counted(
        served & ~more & np.isnan(replies),
        lambda n: Message("{n:,} contacts lack the number of replies and are not counted.", n=n),
    )
    if "handovers" not in sample.known:
        caveats += (Message("The data have no handovers, so only the replies decide."),)
    return int(at_once.sum()), int(more.sum()), caveats


def _first_contact_resolution(sample: Sample, options: MetricOptions) -> Measured:
    at_once, more, caveats = _first_contacts(sample)
    return Measured(_with(wilson_interval(at_once, at_once + more, confidence_level=options.confidence_level), caveats))


def _first_contact_resolution_ratio(sample: Sample, options: MetricOptions) -> Measured:
    at_once, more, caveats = _first_contacts(sample)
    return Measured(_with(ratio_of_counts(at_once, more, confidence_level=options.confidence_level), caveats))


def _first_response_time(sample: Sample, options: MetricOptions) -> Measured:
    minutes = sample.values["first_reply_minutes"]
    served, replied = ~sample.abandoned, ~np.isnan(minutes)
    waiting = served & ~replied & ~sample.resolved
    caveats = _counted(waiting, lambda n: Message("{n:,} open contacts still wait for a first reply.", n=n))
    return Measured(
        _mean(minutes[served & replied], options, caveats),
        _median_wait(sample.values["waited_minutes"], served & (replied | waiting), replied, options),
    )


def _response_time(sample: Sample, options: MetricOptions) -> Measured:
    replies, minutes = sample.values["replies"], sample.values["response_minutes"]
    single = np.where(replies == 1, sample.values["first_reply_minutes"], np.nan)
    minutes = np.where(np.isnan(minutes), single, minutes)
    replied = ~sample.abandoned & (replies > 0)
    rows = replied & ~np.isnan(minutes)
    caveats = _counted(
        replied & ~rows, lambda n: Message("{n:,} contacts with replies lack the minutes waited for them.", n=n)
    )
    estimate = ratio_of_totals(minutes[rows], replies[rows], confidence_level=options.confidence_level)
    return Measured(_with(_not_below_zero(estimate), caveats + _skewness(minutes[rows])))


def _replies_per_contact(sample: Sample, options: MetricOptions) -> Measured:
    replies = sample.values["replies"]
    rows = sample.resolved & ~sample.abandoned & ~np.isnan(replies)
    return Measured(_mean(replies[rows], options, _open(sample)), _median(replies[rows], options))


def _backlog_inflow(sample: Sample, options: MetricOptions) -> Measured:
    return Measured(_flow(sample.started_in, sample, options))


def _backlog_outflow(sample: Sample, options: MetricOptions) -> Measured:
    return Measured(_flow(sample.resolved_in, sample, options))


def _backlog_flow_ratio(sample: Sample, options: MetricOptions) -> Measured:
    opened, resolved = (int(flow_counts(p, sample).sum()) for p in (sample.started_in, sample.resolved_in))
    estimate = ratio_of_counts(opened, resolved, confidence_level=options.confidence_level)
    caveat = Message("Both counts are taken as independent, though what is resolved was opened before.")
    return Measured(_with(estimate, (caveat,)))


def _customer_success(sample: Sample, options: MetricOptions) -> Measured:
    found = sample.values["found_sought"]
    return Measured(_share(found == 1, ~np.isnan(found), options))


def _handovers_per_contact(sample: Sample, options: MetricOptions) -> Measured:
    handovers = sample.values["handovers"]
    rows = ~sample.abandoned & ~np.isnan(handovers)
    return Measured(_mean(handovers[rows], options, _open(sample)), _median(handovers[rows], options))


def _things_gone_wrong(sample: Sample, options: MetricOptions) -> Measured:
    failures = sample.values["failures"]
    return Measured(_mean(100 * failures[~np.isnan(failures)], options, ()))


def _instant_service_ratio(sample: Sample, options: MetricOptions) -> Measured:
    queue = sample.values["queue_seconds"]
    known = ~np.isnan(queue)
    instant = known & (queue <= options.instant_seconds) & ~sample.abandoned
    return Measured(
        ratio_of_counts(int(instant.sum()), int((known & ~instant).sum()), confidence_level=options.confidence_level)
    )


def _queueing_time(sample: Sample, options: MetricOptions) -> Measured:
    queue, left = sample.values["queue_seconds"], sample.abandoned
    rows = ~np.isnan(queue) & ~left
    caveats = _counted(left, lambda n: Message("{n:,} customers left the queue; their waits are not in the mean.", n=n))
    return Measured(_mean(queue[rows], options, caveats), _median(queue[rows], options))


def _queue_hang_ups(sample: Sample, options: MetricOptions) -> Measured:
    queue, left = sample.values["queue_seconds"], sample.values["abandoned"]
    instant = (queue <= options.instant_seconds) & ~(left == 1)
    return Measured(_share(left == 1, ~np.isnan(left) & ~instant, options))


def _resolution_time(sample: Sample, options: MetricOptions) -> Measured:
    served = ~sample.abandoned
    hours = sample.values["resolution_hours"]
    return Measured(
        _mean(hours[served & sample.resolved], options, _open(sample)),
        _median_wait(sample.values["waited_hours"], served, sample.resolved, options),
    )


def _minutes_per_call(sample: Sample, options: MetricOptions) -> Measured:
    minutes = sample.values["talk_minutes"]
    rows = ~sample.abandoned & (minutes > 0)
    return Measured(_mean(minutes[rows], options, ()), _median(minutes[rows], options))


def _open(sample: Sample) -> tuple[Message, ...]:
    return _counted(~sample.resolved & ~sample.abandoned, lambda n: Message("{n:,} contacts are still open.", n=n))


def _counted(rows: NDArray[np.bool_], say: Callable[[int], Message]) -> tuple[Message, ...]:
    n = int(rows.sum())
    return (say(n),) if n else ()


def _with(estimate: Estimate, caveats: tuple[Message, ...]) -> Estimate:
    return replace(estimate, caveats=estimate.caveats + caveats)


def _share(yes: NDArray[np.bool_], rows: NDArray[np.bool_], options: MetricOptions) -> Estimate:
    return wilson_interval(int((yes & rows).sum()), int(rows.sum()), confidence_level=options.confidence_level)


def _mean(values: Array, options: MetricOptions, caveats: tuple[Message, ...]) -> Estimate:
    estimate = mean_interval(values, confidence_level=options.confidence_level)
    return _with(_not_below_zero(estimate), caveats + _skewness(values))


def _not_below_zero(estimate: Estimate) -> Estimate:
    """Times and counts have no mean below zero, so neither has their interval."""
    return estimate if estimate.ci_low is None else replace(estimate, ci_low=max(0.0, estimate.ci_low))


def _skewness(values: Array) -> tuple[Message, ...]:
    spread = values - values.mean()
    variance = float((spread**2).mean())
    if variance == 0 or values.size > COCHRAN * (float((spread**3).mean()) / variance**1.5) ** 2:
        return ()
    return (Message("The values are so skewed that the interval of the mean is rough."),)


def _median(values: Array, options: MetricOptions) -> Estimate:
    return median_interval(values, confidence_level=options.confidence_level)


def _median_wait(
    waited: Array, rows: NDArray[np.bool_], ended: NDArray[np.bool_], options: MetricOptions
) -> Estimate | Unavailable:
    try:
        return waiting_median(waited[rows], ended[rows], confidence_level=options.confidence_level)
    except NotEstimable as error:
        return Unavailable(reason=Message("{reason}", reason=error.reason))


def flow_counts(positions: NDArray[np.intp], sample: Sample) -> NDArray[np.intp]:
    """Contacts by period, shape (n_periods,); abandoned ones are no backlog."""
    return np.bincount(positions[(positions >= 0) & ~sample.abandoned], minlength=len(sample.periods))


def _flow(positions: NDArray[np.intp], sample: Sample, options: MetricOptions) -> Estimate:
    counts = flow_counts(positions, sample)
    estimate = poisson_rate(int(counts.sum()), len(sample.periods), confidence_level=options.confidence_level)
    caveats: tuple[Message, ...] = (Message("The first and the last period may be incomplete."),)
    if overdispersion_p(counts) < OVERDISPERSED:
        caveats += (Message("The periods differ by more than chance, so the interval is too narrow."),)
    return _with(estimate, caveats)


_METRICS: Mapping[str, Callable[[Sample, MetricOptions], Measured]] = {
    "first_contact_resolution": _first_contact_resolution,
    "first_contact_resolution_ratio": _first_contact_resolution_ratio,
    "first_response_time": _first_response_time,
    "response_time": _response_time,
    "replies_per_contact": _replies_per_contact,
    "backlog_inflow": _backlog_inflow,
    "backlog_outflow": _backlog_outflow,
    "backlog_flow_ratio": _backlog_flow_ratio,
    "customer_success": _customer_success,
    "handovers_per_contact": _handovers_per_contact,
    "things_gone_wrong": _things_gone_wrong,
    "instant_service_ratio": _instant_service_ratio,
    "queueing_time": _queueing_time,
    "queue_hang_ups": _queue_hang_ups,
    "resolution_time": _resolution_time,
    "minutes_per_call": _minutes_per_call,
}
