"""How far the items of a dimension measure the same thing."""

from __future__ import annotations

from typing import Literal

from servq.analysis.estimating import Array, Estimator
from servq.analysis.findings import Unavailable
from servq.analysis.labels import Labels
from servq.analysis.reliability_findings import ItemReliability, Reliability
from servq.errors import NotEstimable
from servq.instruments.model import ChecklistScore, KanoScore
from servq.messages import Message
from servq.scoring import Block, ScoredTable
from servq.statistics import Estimate, Moments, cronbach_alpha, item_diagnostics, mcdonald_omega

ACCEPTABLE_ALPHA = 0.70
"""Nunnally (1978, *Psychometric Theory*, 2nd ed., p. 245); a convention, not a truth."""

GAP = "gap"
"""Stands for the differences perception − expectation where a battery id is expected."""

Verdict = Literal["good", "unclear", "low", "unknown"]


def make_reliability(
    scored: ScoredTable, estimator: Estimator, labels: Labels
) -> tuple[Reliability, ...] | Unavailable:
    """Reliability of every dimension with at least two items, in every rating battery and of its gaps.

    An instrument without dimensions is one scale of all its items.
    """
    classed = _not_scales(scored)
    rated = {battery: block for battery, block in scored.ratings.items() if battery not in classed}
    blocks = {**rated, **({GAP: scored.gap} if scored.gap else {})}
    made = [
        _scale(
            battery, dimension, block.values[:, list(positions)], [block.items[i] for i in positions], estimator, labels
        )
        for battery, block in blocks.items()
        for dimension, positions in _scales(block)
        if len(positions) > 1
    ]
    if not made:
        return Unavailable(reason=Message("Reliability needs scales with at least two items; there are none."))
    return tuple(made)


def _not_scales(scored: ScoredTable) -> frozenset[str]:
    """Batteries whose items need not go together: pairs that class an attribute, and checklists."""
    found: set[str] = set()
    for score in scored.answers.instrument.definition.scores:
        if isinstance(score, KanoScore):
            found |= {score.functional, score.dysfunctional}
        elif isinstance(score, ChecklistScore):
            found |= set(score.batteries)
    return frozenset(found)


def _scales(block: Block) -> list[tuple[str, tuple[int, ...]]]:
    """Dimensions with the columns of their items; all items under no name where there are no dimensions."""
    return list(zip(block.dimensions, block.positions, strict=True)) or [("", tuple(range(len(block.items))))]


def verdict_on(alpha: Estimate | Unavailable) -> Verdict:
    """Where alpha's interval lies beside the conventional .70."""
    if isinstance(alpha, Unavailable) or alpha.ci_low is None or alpha.ci_high is None:
        return "unknown"
    if alpha.ci_low >= ACCEPTABLE_ALPHA:
        return "good"
    return "low" if alpha.ci_high < ACCEPTABLE_ALPHA else "unclear"


def _scale(
    battery: str, dimension: str, values: Array, items: list[str], estimator: Estimator, labels: Labels
) -> Reliability:
    moments = Moments.of(values)
    alpha = estimator.of_moments(cronbach_alpha, moments)
    verdict = verdict_on(alpha)
    return Reliability(
        battery=battery,
        dimension=dimension,
        label=labels.dimension(dimension) if dimension else Message("All items"),
        n_items=len(items),
        alpha=alpha,
        omega=estimator.of_moments(mcdonald_omega, moments),
        items=_items(moments, items, labels.headline_battery if battery == GAP else battery, labels),
        verdict=verdict,
        reading=_reading(alpha, verdict),
    )


def _items(moments: Moments, items: list[str], battery: str, labels: Labels) -> tuple[ItemReliability, ...]:
    try:
        diagnostics = item_diagnostics(moments)
    except NotEstimable:
        return ()
    return tuple(
        ItemReliability(
            item=item,
            label=labels.item(item, battery),
            r_drop=_or_why(one.r_drop, Message("The item or the rest of its scale does not vary.")),
            alpha_if_deleted=_or_why(one.alpha_if_deleted, Message("Needs at least two other items that vary.")),
        )
        for item, one in zip(items, diagnostics, strict=True)
    )


def _or_why(value: float | None, reason: Message) -> float | Unavailable:
    return Unavailable(reason=reason) if value is None else value


def _reading(alpha: Estimate | Unavailable, verdict: Verdict) -> Message:
    if isinstance(alpha, Unavailable):
        return alpha.reason
    if alpha.value < 0:
        return Message("The items run against each other (alpha is negative); their mean says little.")
    match verdict:
        case "good":
            return Message("The items hold together well (alpha {value:.2f}).", value=alpha.value)
        case "low":
            return Message(
                "The items hold together too loosely (alpha {value:.2f}); read the score with care.", value=alpha.value
            )
        case _:
            return Message(
                "Whether the items hold together well enough cannot be told yet "
                "(alpha {value:.2f}, between {low:.2f} and {high:.2f}).",
                value=alpha.value,
                low=alpha.ci_low,
                high=alpha.ci_high,
            )
