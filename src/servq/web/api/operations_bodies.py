"""Service metrics as the JSON interface shows them, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from servq.translation import Translator

if TYPE_CHECKING:  # the analysis takes a second to import, which respondents need not wait for
    from servq.analysis.absence import Unavailable
    from servq.analysis.operations_findings import (
        ContactFlows,
        OperationsFindings,
        ScoreAssociation,
        ScoreLink,
        ServiceBreakdown,
        ServiceGroup,
        ServiceMetric,
    )
    from servq.statistics import Estimate


class EstimateShown(Struct, frozen=True, kw_only=True):
    """A number with its interval; `unavailable` says why there is none."""

    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n: int | None = None
    method: str | None = None
    caveats: list[str] = []
    unavailable: str | None = None

    @classmethod
    def of(cls, estimate: Estimate | Unavailable, t: Translator) -> EstimateShown:
        """Show an estimate, or the reason for its absence."""
        from servq.analysis.absence import Unavailable

        if isinstance(estimate, Unavailable):
            return cls(unavailable=t.say(estimate.reason))
        return cls(
            value=estimate.value,
            ci_low=estimate.ci_low,
            ci_high=estimate.ci_high,
            n=estimate.n,
            method=estimate.method,
            caveats=[t.say(caveat) for caveat in estimate.caveats],
        )

    @classmethod
    def find(cls, estimate: Estimate | Unavailable | None, t: Translator) -> EstimateShown | None:
        """Show an estimate where the metric has one."""
        return None if estimate is None else cls.of(estimate, t)


class MetricShown(Struct, frozen=True, kw_only=True):
    """One service metric over all contacts."""

    id: str
    name: str
    definition: str
    counted: str
    unit: str
    better: Literal["high", "low"]
    timing: Literal["leading", "lagging"]
    estimate: EstimateShown
    median: EstimateShown | None
    reading: str

    @classmethod
    def of(cls, metric: ServiceMetric, t: Translator) -> MetricShown:
        """Show a metric."""
        return cls(
            id=metric.id,
            name=t.say(metric.name),
            definition=t.say(metric.definition),
            counted=t.say(metric.counted),
            unit=t.say(metric.unit),
            better=metric.better,
            timing=metric.timing,
            estimate=EstimateShown.of(metric.estimate, t),
            median=EstimateShown.find(metric.median, t),
            reading=t.say(metric.reading),
        )


class FlowShown(Struct, frozen=True, kw_only=True):
    """Contacts opened and resolved in one period, and those open at its end."""

    period: str
    opened: EstimateShown
    resolved: EstimateShown
    open_at_end: int


class FlowsShown(Struct, frozen=True, kw_only=True):
    """The flow of contacts; `unavailable` says why there is none."""

    periods: list[FlowShown]
    reading: str | None = None
    unavailable: str | None = None

    @classmethod
    def of(cls, flows: ContactFlows | Unavailable, t: Translator) -> FlowsShown:
        """Show the flows."""
        from servq.analysis.absence import Unavailable

        if isinstance(flows, Unavailable):
            return cls(periods=[], unavailable=t.say(flows.reason))
        shown = [
            FlowShown(
                period=one.period,
                opened=EstimateShown.of(one.opened, t),
                resolved=EstimateShown.of(one.resolved, t),
                open_at_end=one.n_open_at_end,
            )
            for one in flows.periods
        ]
        return cls(periods=shown, reading=t.say(flows.reading))


class MetricOfGroupShown(Struct, frozen=True, kw_only=True):
    """One service metric in one group."""

    metric: str
    estimate: EstimateShown
    median: EstimateShown | None


class GroupShown(Struct, frozen=True, kw_only=True):
    """One group; a suppressed one shows neither its size nor its metrics."""

    label: str
    suppressed: bool
    n: int | None
    metrics: list[MetricOfGroupShown]

    @classmethod
    def of(cls, group: ServiceGroup, t: Translator) -> GroupShown:
        """Show a group."""
        shown = [
            MetricOfGroupShown(
                metric=one.metric,
                estimate=EstimateShown.of(one.estimate, t),
                median=EstimateShown.find(one.median, t),
            )
            for one in group.metrics
        ]
        return cls(label=t.say(group.label), suppressed=group.suppressed, n=group.n, metrics=shown)


class BreakdownShown(Struct, frozen=True, kw_only=True):
    """The metrics by one attribute."""

    attribute: str
    groups: list[GroupShown]
    minimum_group_size: int
    n_suppressed: int
    reading: str

    @classmethod
    def of(cls, breakdown: ServiceBreakdown, t: Translator) -> BreakdownShown:
        """Show a breakdown."""
        return cls(
            attribute=breakdown.attribute,
            groups=[GroupShown.of(group, t) for group in breakdown.groups],
            minimum_group_size=breakdown.minimum_group_size,
            n_suppressed=breakdown.n_suppressed,
            reading=t.say(breakdown.reading),
        )


class AssociationShown(Struct, frozen=True, kw_only=True):
    """How a metric goes with the score of the same sites `lag` periods later."""

    metric: str
    lag: int
    n_sites: int
    basis: Literal["within_sites", "across_sites"]
    estimate: EstimateShown
    reading: str

    @classmethod
    def of(cls, association: ScoreAssociation, t: Translator) -> AssociationShown:
        """Show an association."""
        return cls(
            metric=association.metric,
            lag=association.lag,
            n_sites=association.n_sites,
            basis=association.basis,
            estimate=EstimateShown.of(association.estimate, t),
            reading=t.say(association.reading),
        )


class LinkedShown(Struct, frozen=True, kw_only=True):
    """The metrics beside the scores of a survey: a description, not an effect."""

    score: str | None = None
    n_cells: int | None = None
    associations: list[AssociationShown] = []
    reading: str | None = None
    unavailable: str | None = None

    @classmethod
    def of(cls, link: ScoreLink | Unavailable, t: Translator) -> LinkedShown:
        """Show what was set beside each other."""
        from servq.analysis.absence import Unavailable

        if isinstance(link, Unavailable):
            return cls(unavailable=t.say(link.reason))
        shown = [AssociationShown.of(one, t) for one in link.associations]
        return cls(score=link.score, n_cells=link.n_cells, associations=shown, reading=t.say(link.reading))


class OperationsShown(Struct, frozen=True, kw_only=True):
    """Everything that was computed from service contacts."""

    n_contacts: int
    n_open: int
    n_abandoned: int
    first_opened_on: str
    last_opened_on: str
    as_of: str
    time_zone: str
    confidence_level: float
    metrics: list[MetricShown]
    flows: FlowsShown
    breakdowns: list[BreakdownShown]
    scores: LinkedShown | None
    cautions: list[str]

    @classmethod
    def of(cls, findings: OperationsFindings, t: Translator) -> OperationsShown:
        """Show findings."""
        return cls(
            n_contacts=findings.n_contacts,
            n_open=findings.n_open,
            n_abandoned=findings.n_abandoned,
            first_opened_on=findings.first_opened_on,
            last_opened_on=findings.last_opened_on,
            as_of=findings.as_of,
            time_zone=findings.time_zone,
            confidence_level=findings.confidence_level,
            metrics=[MetricShown.of(metric, t) for metric in findings.metrics],
            flows=FlowsShown.of(findings.flows, t),
            breakdowns=[BreakdownShown.of(breakdown, t) for breakdown in findings.breakdowns],
            scores=None if findings.link is None else LinkedShown.of(findings.link, t),
            cautions=[t.say(caution) for caution in findings.cautions],
        )
