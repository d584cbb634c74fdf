"""From checked service contacts to their findings: every metric, the flows, the groups and the survey scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.operations_findings import (
    ContactFlows,
    OperationsFindings,
    PeriodFlow,
    ScoreLink,
    ServiceMetric,
)
from servq.messages import Message
from servq.operations.breakdown import break_down, check_groupings
from servq.operations.definitions import DEFINITIONS
from servq.operations.intervals import poisson_rate
from servq.operations.joining import SiteScores, link_scores
from servq.operations.metrics import MetricOptions, flow_counts, measure
from servq.operations.readings import read_flows, read_metric
from servq.operations.records import ServiceContacts
from servq.operations.sample import Sample, Window, local_day, make_sample

MOST_PERIODS = 400
"""A table of more periods than this is read by nobody; longer periods say more."""


@dataclass(frozen=True, kw_only=True)
class OperationsOptions:
    """What to compute.

    Parameters
    ----------
    by
        Attributes by which the metrics are broken down.
    minimum_group_size
        Groups of fewer contacts are never shown.
    scores
        Survey scores by site and period, or None.
    """

    window: Window = field(default_factory=Window)
    metrics: MetricOptions = field(default_factory=MetricOptions)
    by: Sequence[str] = ()
    minimum_group_size: int = 5
    scores: SiteScores | None = None


def measure_operations(contacts: ServiceContacts, options: OperationsOptions | None = None) -> OperationsFindings:
    """Every service metric that the contacts carry.

    Raises
    ------
    RequestInvalid
        Attributes, days or a moment that do not fit the contacts.
    """
    options = options or OperationsOptions()
    check_groupings(options.by)
    sample = make_sample(contacts, options.window)
    metrics = _metrics(sample, options.metrics)
    carried = [one for one, metric in zip(DEFINITIONS, metrics, strict=True) if not _is_absent(metric)]
    days = contacts.frame["opened_at"].filter(sample.in_window)
    zone = options.window.time_zone
    return OperationsFindings(
        source=contacts.source,
        source_sha256=contacts.sha256,
        n_contacts=int(sample.in_window.sum()),
        n_open=int((sample.in_window & ~sample.resolved & ~sample.abandoned).sum()),
        n_abandoned=int((sample.in_window & sample.abandoned).sum()),
        first_opened_on=local_day(days.min(), zone).isoformat(),  # type: ignore[arg-type] # a time, as the column is
        last_opened_on=local_day(days.max(), zone).isoformat(),  # type: ignore[arg-type] # the same
        as_of=sample.as_of.isoformat(),
        time_zone=zone,
        confidence_level=options.metrics.confidence_level,
        metrics=metrics,
        flows=_flows(sample, options),
        breakdowns=tuple(
            break_down(
                attribute,
                contacts.frame[attribute],
                sample,
                carried,
                options=options.metrics,
                minimum=options.minimum_group_size,
            )
            for attribute in dict.fromkeys(options.by)
        ),
        link=_link(contacts, sample, carried, options),
        cautions=_cautions(contacts, sample),
    )


def operations_to_json(findings: OperationsFindings) -> bytes:
    """The findings as indented JSON; every number has all its digits, a sentence is its English text."""
    return msgspec.json.format(msgspec.json.encode(findings, enc_hook=str), indent=2) + b"\n"


def _metrics(sample: Sample, options: MetricOptions) -> tuple[ServiceMetric, ...]:
    made = []
    for definition in DEFINITIONS:
        measured = measure(definition, sample, options)
        made.append(
            ServiceMetric(
                id=definition.id,
                name=definition.name,
                definition=definition.definition,
                counted=definition.counted,
                unit=definition.unit,
                better=definition.better,
                timing=definition.timing,
                estimate=measured.estimate,
                median=measured.median,
                reading=read_metric(definition, measured),
            )
        )
    return tuple(made)


def _is_absent(metric: ServiceMetric) -> bool:
    return isinstance(metric.estimate, Unavailable)


def _flows(sample: Sample, options: OperationsOptions) -> ContactFlows | Unavailable:
    if "resolved_at" not in sample.known:
        return Unavailable(reason=Message("The data do not say when contacts were resolved, so there is no backlog."))
    if len(sample.periods) > MOST_PERIODS:
        return Unavailable(
            reason=Message("{n} periods are too many for a table; use longer ones.", n=len(sample.periods))
        )
    level = options.metrics.confidence_level
    opened, resolved = flow_counts(sample.started_in, sample), flow_counts(sample.resolved_in, sample)
    backlog = sample.n_open_before + np.cumsum(opened - resolved)
    return ContactFlows(
        length=options.window.length,
        periods=tuple(
            PeriodFlow(
                period=period,
                opened=poisson_rate(int(opened[i]), confidence_level=level),
                resolved=poisson_rate(int(resolved[i]), confidence_level=level),
                n_open_at_end=int(backlog[i]),
            )
            for i, period in enumerate(sample.periods)
        ),
        reading=read_flows(int(opened.sum()), int(resolved.sum()), int(backlog[-1])),
    )


def _link(
    contacts: ServiceContacts, sample: Sample, carried: Sequence[object], options: OperationsOptions
) -> ScoreLink | Unavailable | None:
    if options.scores is None:
        return None
    if "site" not in sample.known:
        return Unavailable(reason=Message("The data do not say: {columns}.", columns="site"))
    return link_scores(
        contacts.frame["site"],
        sample,
        options.scores,
        [one for one in DEFINITIONS if one in carried],
        length=options.window.length,
        options=options.metrics,
        minimum=options.minimum_group_size,
    )


def _cautions(contacts: ServiceContacts, sample: Sample) -> tuple[Message, ...]:
    cautions = [
        Message(
            "Contacts of one customer, one agent or one day resemble each other, so the intervals are rather too "
            "narrow. Those of groups are not adjusted for the number of groups."
        )
    ]
    if "abandoned" not in sample.known:
        cautions.append(Message("The data do not say who left the queue, so every contact counts as served."))
    if contacts.ignored:
        cautions.append(Message("Columns not used: {columns}.", columns=", ".join(contacts.ignored)))
    return tuple(cautions)
