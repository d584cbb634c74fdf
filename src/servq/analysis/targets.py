"""Whether targets have been reached, as far as the answers tell.

A target is reached only when the whole interval lies on the good side of its goal, and missed only when the whole
interval lies on the other side and its day has passed; an interval that holds the goal leaves the question open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.compared import Compared
from servq.analysis.estimating import Estimator
from servq.analysis.findings import OverallScore
from servq.analysis.labels import Labels
from servq.analysis.scores import make_scores
from servq.analysis.suppression import hidden_groups
from servq.analysis.target_findings import (
    OVERALL,
    AgreedTarget,
    Metric,
    TargetFinding,
    TargetFindings,
    TargetStatus,
)
from servq.instruments import Instrument
from servq.messages import Message
from servq.scoring import AnswerTable, score
from servq.statistics.estimate import Estimate


def metrics_of(instrument: Instrument, locale: str, placeholders: Mapping[str, str]) -> tuple[Metric, ...]:
    """What targets can be set for with this instrument; nothing where its headline is a class of each item."""
    texts = instrument.texts_in(locale)
    labels = Labels(instrument, texts.locale, dict(placeholders))
    nobody = AnswerTable(instrument=instrument, codes=np.empty((0, len(instrument.columns)), dtype=np.int16))
    scored = score(nobody)
    declared = make_scores(scored, Estimator(), labels)
    if not declared:
        return ()
    headline = declared[0]
    whole = _metric(OVERALL, headline.label, headline)
    return (whole, *(_metric(one, labels.dimension(one), headline) for one in scored.headline.dimensions))


def _metric(metric: str, label: str, headline: OverallScore) -> Metric:
    return Metric(
        id=metric, label=label, kind=headline.kind, low=headline.low, high=headline.high, better=headline.better
    )


def make_targets(
    agreed: Sequence[AgreedTarget],
    compared: Compared | Unavailable,
    sites: NDArray[np.object_] | None,
    metrics: Sequence[Metric],
    estimator: Estimator,
    *,
    as_of: date,
) -> TargetFindings:
    """Set every target beside its score.

    Parameters
    ----------
    compared
        The scores of the respondents of the wave that answers the targets.
    sites
        Site of each respondent, shape (n_respondents,), "" where unknown; None where sites are not known at all.
    metrics
        As `metrics_of` gives them; a target of another metric is left out.
    as_of
        The day on which it is judged whether a target is still due.
    """
    known = {metric.id: metric for metric in metrics}
    hidden = _hidden_sites(sites, estimator.minimum_group_size)
    found = [
        judge(
            one,
            known[one.metric],
            estimate_for(one, compared, sites, estimator, hidden=hidden),
            as_of=as_of,
        )
        for one in agreed
        if one.metric in known
    ]
    return in_order(found, as_of)


_URGENCY: dict[TargetStatus, int] = {"missed": 0, "not_yet": 1, "open": 2, "unavailable": 3, "reached": 4}


def in_order(found: Iterable[TargetFinding], as_of: date) -> TargetFindings:
    """Put findings together, the most urgent first."""
    rising = sorted(found, key=lambda one: (_URGENCY[one.status], one.due_on, one.site or "", one.label))
    return TargetFindings(as_of=as_of.isoformat(), targets=tuple(rising), reading=_read_all(rising))


def _hidden_sites(sites: NDArray[np.object_] | None, minimum: int) -> frozenset[str]:
    if sites is None:
        return frozenset()
    names, sizes = np.unique(sites.astype(str), return_counts=True)
    return hidden_groups(dict(zip(names.tolist(), sizes.tolist(), strict=True)), minimum)


def estimate_for(
    target: AgreedTarget,
    compared: Compared | Unavailable,
    sites: NDArray[np.object_] | None,
    estimator: Estimator,
    *,
    hidden: frozenset[str] = frozenset(),
) -> Estimate | Unavailable:
    """The score that answers a target, of the respondents of its site where it has one."""
    if isinstance(compared, Unavailable):
        return compared
    rows = np.ones(compared.overall.contributions.size, dtype=bool)
    if target.site is not None:
        if sites is None:
            return Unavailable(reason=Message("The answers do not say which site they are about."))
        rows = np.asarray(sites == target.site)
        if target.site in hidden or estimator.too_few(int(rows.sum())):
            return Unavailable(
                reason=Message(
                    "Not shown: too few respondents of this site have answered (fewer than {minimum}, or so few that "
                    "they could be worked out).",
                    minimum=estimator.minimum_group_size,
                )
            )
    if target.metric == OVERALL:
        return compared.overall.among(rows).estimate()
    return estimator.among(rows).mean(compared.dimensions[target.metric][rows])


def judge(target: AgreedTarget, metric: Metric, estimate: Estimate | Unavailable, *, as_of: date) -> TargetFinding:
    """Whether a score has reached its target, as far as its interval tells."""
    status = _status(target, metric, estimate, as_of)
    return TargetFinding(
        metric=metric.id,
        label=metric.label,
        site=target.site,
        start=target.start,
        goal=target.goal,
        due_on=target.due_on.isoformat(),
        kind=metric.kind,
        better=metric.better,
        estimate=estimate,
        distance=_distance(target, metric, estimate),
        progress=None
        if isinstance(estimate, Unavailable) or target.goal == target.start
        else (estimate.value - target.start) / (target.goal - target.start),
        status=status,
        reading=estimate.reason if isinstance(estimate, Unavailable) else _READINGS[status],
    )


def _status(target: AgreedTarget, metric: Metric, estimate: Estimate | Unavailable, as_of: date) -> TargetStatus:
    if isinstance(estimate, Unavailable):
        return "unavailable"
    if estimate.ci_low is None or estimate.ci_high is None:
        return "open"
    high = metric.better == "high"
    if estimate.ci_low >= target.goal if high else estimate.ci_high <= target.goal:
        return "reached"
    if estimate.ci_high < target.goal if high else estimate.ci_low > target.goal:
        return "missed" if as_of > target.due_on else "not_yet"
    return "open"


def _distance(target: AgreedTarget, metric: Metric, estimate: Estimate | Unavailable) -> Estimate | Unavailable:
    if isinstance(estimate, Unavailable):
        return estimate
    sign = 1.0 if metric.better == "high" else -1.0
    ends = [None if end is None else sign * (end - target.goal) for end in (estimate.ci_low, estimate.ci_high)]
    low, high = ends if sign > 0 else reversed(ends)
    return Estimate(
        value=sign * (estimate.value - target.goal),
        ci_low=low,
        ci_high=high,
        confidence_level=estimate.confidence_level,
        n=estimate.n,
        method=estimate.method,
        caveats=estimate.caveats,
    )


_READINGS: dict[TargetStatus, Message] = {
    "reached": Message("Reached: the whole interval of the score lies at the goal or beyond it."),
    "not_yet": Message("Not yet reached: the whole interval of the score falls short of the goal."),
    "open": Message("Cannot be told: the goal lies within the interval of the score."),
    "missed": Message("Missed: its day has passed, and the whole interval of the score falls short of the goal."),
}


def _read_all(found: Sequence[TargetFinding]) -> Message:
    if not found:
        return Message("No targets are set.")
    counts = {status: sum(one.status == status for one in found) for status in ("reached", "missed", "open")}
    return Message(
        "Targets reached beyond doubt: {reached} of {n}. Missed: {missed}. Cannot be told: {open}.",
        n=len(found),
        **counts,
    )
