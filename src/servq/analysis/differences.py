"""Whether a gap is as reliable as the two ratings that it is the difference of."""

from __future__ import annotations

from typing import Literal

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.validity_findings import DifferenceScore
from servq.errors import NotEstimable
from servq.instruments.model import GapScore
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import DifferenceReliability, Estimate, Moments, cronbach_alpha, difference_score_reliability

Verdict = Literal["sound", "weaker", "clearly_weaker", "unknown"]


def make_differences(
    scored: ScoredTable, estimator: Estimator, labels: Labels
) -> tuple[DifferenceScore, ...] | Unavailable:
    """Reliability of the gap of every dimension with at least two items (Peter, Churchill & Brown 1993)."""
    gap = next((s for s in scored.answers.instrument.definition.scores if isinstance(s, GapScore)), None)
    if gap is None:
        return Unavailable(reason=Message("This instrument has no gaps."))
    perception, expectation = scored.paired[gap.perception], scored.paired[gap.expectation]
    made = []
    for dimension, positions in zip(perception.dimensions, perception.positions, strict=True):
        if len(positions) > 1:
            columns = list(positions)
            p, e = perception.values[:, columns], expectation.values[:, columns]
            found = _reliability(p, e, estimator)
            verdict = verdict_on(found, estimator.of_moments(cronbach_alpha, Moments.of(p - e)))
            made.append(
                DifferenceScore(
                    dimension=dimension,
                    label=labels.dimension(dimension),
                    n_items=len(columns),
                    reliability=found,
                    verdict=verdict,
                    reading=_reading(found, verdict),
                )
            )
    return tuple(made)


def verdict_on(reliability: DifferenceReliability | Unavailable, alpha_of_gaps: Estimate | Unavailable) -> Verdict:
    """Whether a difference is less reliable than both of its parts, and whether its interval says so too."""
    if isinstance(reliability, Unavailable):
        return "unknown"
    weakest = min(reliability.alpha_perception, reliability.alpha_expectation)
    if reliability.value >= weakest:
        return "sound"
    highest = None if isinstance(alpha_of_gaps, Unavailable) else alpha_of_gaps.ci_high
    return "clearly_weaker" if highest is not None and highest < weakest else "weaker"


def _reliability(perception: Array, expectation: Array, estimator: Estimator) -> DifferenceReliability | Unavailable:
    if hidden := estimator.too_few(Moments.of(perception).n):
        return hidden
    try:
        return difference_score_reliability(perception, expectation)
    except NotEstimable as error:
        return unavailable(error)


def _reading(reliability: DifferenceReliability | Unavailable, verdict: Verdict) -> Message:
    if isinstance(reliability, Unavailable):
        return reliability.reason
    numbers = {
        "value": reliability.value,
        "perception": reliability.alpha_perception,
        "expectation": reliability.alpha_expectation,
    }
    if verdict == "sound":
        return Message(
            "The gap is at least as reliable ({value:.2f}) as the weaker of its two ratings ({perception:.2f} and "
            "{expectation:.2f}).",
            **numbers,
        )
    if verdict == "clearly_weaker":
        return Message(
            "The gap is clearly less reliable ({value:.2f}) than either rating that it is made of "
            "({perception:.2f} and {expectation:.2f}).",
            **numbers,
        )
    return Message(
        "The gap is somewhat less reliable ({value:.2f}) than either rating that it is made of ({perception:.2f} and "
        "{expectation:.2f}).",
        **numbers,
    )
