"""What service metrics mean, in sentences that say no more than their intervals do."""

from __future__ import annotations

from servq.analysis.absence import Unavailable
from servq.analysis.readings import direction_of
from servq.messages import Message
from servq.operations.definitions import SHARE, MetricDefinition
from servq.operations.metrics import Measured
from servq.statistics import Estimate


def read_metric(definition: MetricDefinition, measured: Measured) -> Message:
    """The value with its interval and n, and the median where there is one."""
    estimate = measured.estimate
    if isinstance(estimate, Unavailable):
        return estimate.reason
    sentence = Message(
        "{sentence} {interval}", sentence=definition.say(estimate.value), interval=_interval(definition, estimate)
    )
    median = measured.median
    if median is None or isinstance(median, Unavailable):
        return sentence
    return Message(
        "{sentence} For half of them it is at most {median:.1f} {unit}.",
        sentence=sentence,
        median=median.value,
        unit=definition.unit,
    )


def _interval(definition: MetricDefinition, estimate: Estimate) -> Message:
    facts = {
        "level": estimate.confidence_level,
        "low": estimate.ci_low,
        "high": estimate.ci_high,
        "n": estimate.n,
    }
    if estimate.ci_low is None or estimate.ci_high is None:
        return Message("There is no interval (n = {n:,}).", n=estimate.n)
    if definition.unit == SHARE:
        return Message("({level:.0%} interval {low:.1%} to {high:.1%}, n = {n:,})", **facts)
    return Message("({level:.0%} interval {low:,.2f} to {high:,.2f}, n = {n:,})", **facts)


def read_groups(n_groups: int, n_hidden: int, minimum: int) -> Message:
    """What a table of groups shows and hides."""
    if n_hidden == 0:
        return Message("{n} groups; every one has at least {minimum} contacts.", n=n_groups, minimum=minimum)
    return Message(
        "{hidden} of {n} groups are not shown: groups of fewer than {minimum} contacts, and where needed the next "
        "smallest, so that they cannot be worked out.",
        hidden=n_hidden,
        n=n_groups,
        minimum=minimum,
    )


def read_flows(n_opened: int, n_resolved: int, n_open: int) -> Message:
    """Whether the backlog grew over all periods."""
    facts = {"opened": n_opened, "resolved": n_resolved, "size": abs(n_opened - n_resolved), "n_open": n_open}
    if n_opened > n_resolved:
        return Message(
            "The backlog grew by {size:,}: {opened:,} contacts were opened and {resolved:,} resolved. {n_open:,} are "
            "open at the end.",
            **facts,
        )
    if n_opened < n_resolved:
        return Message(
            "The backlog shrank by {size:,}: {opened:,} contacts were opened and {resolved:,} resolved. {n_open:,} are "
            "open at the end.",
            **facts,
        )
    return Message("As many contacts were opened as resolved, {opened:,}. {n_open:,} are open at the end.", **facts)


def read_association(name: Message, lag: int, estimate: Estimate | Unavailable) -> Message:
    """Whether a metric and a survey score move together, never that one makes the other."""
    if isinstance(estimate, Unavailable):
        return estimate.reason
    facts = {
        "name": name,
        "when": _when(lag),
        "r": estimate.value,
        "low": estimate.ci_low,
        "high": estimate.ci_high,
        "n": estimate.n,
    }
    match direction_of(estimate):
        case "above":
            return Message(
                "Where this metric was higher, the score was higher {when} ({name}: r = {r:+.2f}, {low:+.2f} to "
                "{high:+.2f}, {n} pairs).",
                **facts,
            )
        case "below":
            return Message(
                "Where this metric was higher, the score was lower {when} ({name}: r = {r:+.2f}, {low:+.2f} to "
                "{high:+.2f}, {n} pairs).",
                **facts,
            )
        case _:
            return Message(
                "It cannot be told whether the score moves with this metric {when} ({name}: r between {low:+.2f} and "
                "{high:+.2f}, {n} pairs).",
                **facts,
            )


def _when(lag: int) -> Message:
    if lag == 0:
        return Message("in the same period")
    if lag == 1:
        return Message("one period later")
    return Message("{lag} periods later", lag=lag)
