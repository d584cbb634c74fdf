"""Service metrics as text for a terminal, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from servq.analysis.absence import Unavailable
from servq.analysis.operations_findings import OperationsFindings, ServiceBreakdown, ServiceMetric
from servq.messages import Message
from servq.operations.definitions import SHARE
from servq.statistics import Estimate
from servq.translation import Translator, translator

PERIODS_SHOWN = 24
ASSOCIATIONS_SHOWN = 12


def operations_table(findings: OperationsFindings, locale: str = "en") -> str:
    """Every metric with its interval, median and n; then flows, groups, survey scores and what to mind."""
    t = translator(locale)
    parts = [
        [
            t(
                "{n:,} service contacts opened from {first} to {last} ({zone}); {n_open:,} are open; in "
                "{n_abandoned:,} the customer left the queue.",
                n=findings.n_contacts,
                first=findings.first_opened_on,
                last=findings.last_opened_on,
                zone=findings.time_zone,
                n_open=findings.n_open,
                n_abandoned=findings.n_abandoned,
            )
        ],
        _metrics(findings.metrics, t),
        _flows(findings, t),
        *(_groups(breakdown, findings.metrics, t) for breakdown in findings.breakdowns),
        _link(findings, t),
        _notes(findings, t),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _metrics(metrics: Sequence[ServiceMetric], t: Translator) -> list[str]:
    head = (t("Service metric"), t("Unit"), t("Value"), t("Interval"), t("Median"), "n", t("Better"), t("Timing"))
    rows = [head]
    for metric in metrics:
        start = (t.say(metric.name), t.say(metric.unit))
        better = t("higher") if metric.better == "high" else t("lower")
        timing = t("leading") if metric.timing == "leading" else t("lagging")
        if isinstance(metric.estimate, Unavailable):
            rows.append((*start, "–", "–", "–", "–", better, timing))
            continue
        median = metric.median.value if isinstance(metric.median, Estimate) else None
        value, interval = _written(metric.estimate, metric, t)
        middle = "–" if median is None else t.number(median, 1)
        rows.append((*start, value, interval, middle, t.count(metric.estimate.n), better, timing))
    return list(_aligned(rows, right={2, 3, 4, 5}))


def _written(estimate: Estimate, metric: ServiceMetric, t: Translator) -> tuple[str, str]:
    def write(value: float) -> str:
        return t.percent(value, 1) if metric.unit == SHARE else t.number(value)

    if estimate.ci_low is None or estimate.ci_high is None:
        return write(estimate.value), "–"
    return write(estimate.value), f"{write(estimate.ci_low)} … {write(estimate.ci_high)}"


def _flows(findings: OperationsFindings, t: Translator) -> list[str]:
    if isinstance(findings.flows, Unavailable):
        return [t.say(findings.flows.reason)]
    rows: list[Sequence[str]] = [
        (t("Period"), t("Opened"), t("Interval"), t("Resolved"), t("Interval"), t("Open at the end"))
    ]
    for flow in findings.flows.periods[-PERIODS_SHOWN:]:
        written = [t.count(int(flow.opened.value)), _range(flow.opened, t), t.count(int(flow.resolved.value))]
        rows.append((flow.period, *written, _range(flow.resolved, t), t.count(flow.n_open_at_end)))
    return [t.say(findings.flows.reading), *_aligned(rows, right={1, 2, 3, 4, 5})]


def _range(estimate: Estimate, t: Translator) -> str:
    return f"{t.number(estimate.ci_low or 0.0, 0)} … {t.number(estimate.ci_high or 0.0, 0)}"


def _groups(breakdown: ServiceBreakdown, metrics: Sequence[ServiceMetric], t: Translator) -> list[str]:
    lines = [f"{t.say(breakdown.name)}. {t.say(breakdown.reading)}"]
    by_id = {metric.id: metric for metric in metrics}
    shown = [group for group in breakdown.groups if not group.suppressed]
    for position, one in enumerate(shown[0].metrics if shown else ()):
        metric = by_id[one.metric]
        lines.append(f"{t.say(metric.name)} ({t.say(metric.unit)})")
        rows = []
        for group in shown:
            estimate = group.metrics[position].estimate
            if isinstance(estimate, Unavailable):
                rows.append((f"  {t.say(group.label)}", "–", "–", "–"))
            else:
                rows.append((f"  {t.say(group.label)}", *_written(estimate, metric, t), f"n = {t.count(estimate.n)}"))
        lines += _aligned(rows, right={1, 2, 3})
    return lines


def _link(findings: OperationsFindings, t: Translator) -> list[str]:
    if findings.link is None:
        return []
    if isinstance(findings.link, Unavailable):
        return [t.say(findings.link.reason)]
    found = [one for one in findings.link.associations if isinstance(one.estimate, Estimate)]
    found.sort(key=lambda one: abs(one.estimate.value) if isinstance(one.estimate, Estimate) else 0.0, reverse=True)
    return [
        t.say(Message("Beside the scores of {score}:", score=findings.link.score)),
        *(f"  · {t.say(one.reading)}" for one in found[:ASSOCIATIONS_SHOWN]),
        t.say(findings.link.reading),
    ]


def _notes(findings: OperationsFindings, t: Translator) -> list[str]:
    notes = []
    for metric in findings.metrics:
        said = [metric.estimate.reason] if isinstance(metric.estimate, Unavailable) else metric.estimate.caveats
        notes += [f"  ! {t.say(metric.name)}: {t.say(caveat)}" for caveat in said]
    return [*notes, *(f"  ! {t.say(caution)}" for caution in findings.cautions)]


def _aligned(rows: Sequence[Sequence[str]], *, right: set[int]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
