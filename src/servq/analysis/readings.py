"""What a number means, in one sentence that says no more than its interval does.

A direction is claimed only where the interval leaves out zero. A difference that is real but small beside the
spread of the answers is called slight (Cohen's d below 0.2; Cohen 1988, *Statistical Power Analysis*, p. 25), so that
a huge sample cannot turn a trifle into an alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from typing import Literal

from servq.analysis.findings import Measure, OverallScore, Scale, ScoreKind, Unavailable
from servq.messages import Message
from servq.statistics import Comparison, Estimate, MeanEstimate

SLIGHT_D = 0.2

Direction = Literal["below", "above", "open"]


def direction_of(estimate: Estimate) -> Direction:
    """Whether the interval lies below zero, above it, or leaves the sign open."""
    if estimate.ci_low is None or estimate.ci_high is None:
        return "open"
    if estimate.ci_high < 0:
        return "below"
    return "above" if estimate.ci_low > 0 else "open"


def is_slight(comparison: Comparison) -> bool:
    """Whether a mean difference is small beside the standard deviation of the differences."""
    return comparison.sd is not None and comparison.sd > 0 and abs(comparison.value) < SLIGHT_D * comparison.sd


def read_measure(measure: Measure, battery: str, scale: Scale) -> Message:
    """Reading of a dimension or an item: its gap where it has one, else its level in the battery of the headline."""
    if measure.gap is not None:
        return read_gap(measure.gap)
    return read_level(measure.levels[battery], scale)


def read_gap(gap: Comparison | Unavailable) -> Message:
    """Reading of perception − expectation."""
    if isinstance(gap, Unavailable):
        return gap.reason
    numbers = {"size": abs(gap.value), **_ends(gap, absolute=direction_of(gap) != "open")}
    match direction_of(gap), is_slight(gap):
        case "below", False:
            return Message("Falls short of expectations by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers)
        case "below", True:
            return Message(
                "Falls slightly short of expectations, by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers
            )
        case "above", False:
            return Message("Exceeds expectations by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers)
        case "above", True:
            return Message("Slightly exceeds expectations, by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers)
        case _:
            return Message(
                "No difference from expectations can be told: the gap lies between {low:+.2f} and {high:+.2f} points.",
                low=numbers["low"],
                high=numbers["high"],
            )


def read_adequacy(adequacy: Comparison | Unavailable) -> Message:
    """Reading of perceived − minimum."""
    if isinstance(adequacy, Unavailable):
        return adequacy.reason
    numbers = {"size": abs(adequacy.value), **_ends(adequacy, absolute=direction_of(adequacy) != "open")}
    match direction_of(adequacy), is_slight(adequacy):
        case "below", False:
            return Message("Lies below what is acceptable by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers)
        case "below", True:
            return Message(
                "Lies slightly below what is acceptable, by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers
            )
        case "above", _:
            return Message("Lies above what is acceptable by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers)
        case _:
            return Message(
                "Whether it is acceptable cannot be told: the difference to the minimum lies between {low:+.2f} and "
                "{high:+.2f} points.",
                low=numbers["low"],
                high=numbers["high"],
            )


def read_superiority(superiority: Comparison | Unavailable) -> Message:
    """Reading of perceived − desired."""
    if isinstance(superiority, Unavailable):
        return superiority.reason
    numbers = {"size": abs(superiority.value), **_ends(superiority, absolute=direction_of(superiority) != "open")}
    match direction_of(superiority):
        case "below":
            return Message("Lies below what is desired by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers)
        case "above":
            return Message("Exceeds what is desired by {size:.2f} points ({low:.2f} to {high:.2f}).", **numbers)
        case _:
            return Message(
                "No difference from what is desired can be told: it lies between {low:+.2f} and {high:+.2f} points.",
                low=numbers["low"],
                high=numbers["high"],
            )


def read_index(index: Estimate | Unavailable) -> Message:
    """Reading of an index from 0 to 100."""
    if isinstance(index, Unavailable):
        return index.reason
    return Message(
        "{value:.1f} of 100 points (between {low:.1f} and {high:.1f}).",
        value=index.value,
        **_ends(index, absolute=False),
    )


def read_attained(share: Estimate | Unavailable) -> Message:
    """Reading of a share of the attainable points."""
    if isinstance(share, Unavailable):
        return share.reason
    return Message(
        "{value:.0%} of the attainable points (between {low:.0%} and {high:.0%}).",
        value=share.value,
        **_ends(share, absolute=False),
    )


def read_level(level: MeanEstimate | Unavailable, scale: Scale) -> Message:
    """Reading of a mean rating."""
    if isinstance(level, Unavailable):
        return level.reason
    return _rated(level, scale.low, scale.high)


def read_score(score: OverallScore) -> Message:
    """Reading of an overall score."""
    estimate = score.estimate
    if isinstance(estimate, Unavailable):
        return estimate.reason
    name, _, _ = score.kind.partition("_")
    if isinstance(estimate, Comparison) and name in _DIFFERENCES:
        return _DIFFERENCES[name](estimate)
    if score.kind in _LEVELS:
        return _LEVELS[score.kind](estimate)
    return _rated(estimate, score.low, score.high)


def _read_net_promoter(estimate: Estimate) -> Message:
    return Message(
        "Net Promoter Score of {value:+.0f} (between {low:+.0f} and {high:+.0f}).",
        value=estimate.value,
        **_ends(estimate, absolute=False),
    )


def _read_share(estimate: Estimate) -> Message:
    return Message(
        "{value:.0%} of the customers (between {low:.0%} and {high:.0%}).",
        value=estimate.value,
        **_ends(estimate, absolute=False),
    )


def _read_products(estimate: Estimate) -> Message:
    return Message(
        "A sum of {value:.1f} (between {low:.1f} and {high:.1f}); it compares surveys with the same items only.",
        value=estimate.value,
        **_ends(estimate, absolute=False),
    )


_DIFFERENCES: dict[str, Callable[[Comparison], Message]] = {
    "gap": read_gap,
    "adequacy": read_adequacy,
    "superiority": read_superiority,
}
_LEVELS: dict[ScoreKind, Callable[[Estimate], Message]] = {
    "index": read_index,
    "checklist": read_attained,
    "net_promoter": _read_net_promoter,
    "top_box": _read_share,
    "effort_share": _read_share,
    "mean_products": _read_products,
}


def _rated(estimate: Estimate, bottom: float, top: float) -> Message:
    return Message(
        "Rated {mean:.2f} on the scale from {bottom:.0f} to {top:.0f} (between {low:.2f} and {high:.2f}).",
        mean=estimate.value,
        bottom=bottom,
        top=top,
        **_ends(estimate, absolute=False),
    )


def read_headline(score: OverallScore) -> Message:
    """The first sentence of a report: the headline score with its interval and the number of respondents."""
    sentence = _headline(score)
    if score.better == "low" and not isinstance(score.estimate, Unavailable):
        return Message("{sentence} On this scale a low value is good.", sentence=sentence)
    return sentence


_HEADLINES: dict[ScoreKind, Message] = {
    "index": Message("{label}: {value:.1f} of 100 points ({level:.0%} interval {low:.1f} to {high:.1f}, n = {n:,})."),
    "checklist": Message(
        "{value:.0%} of the attainable points were reached ({level:.0%} interval {low:.0%} to {high:.0%}, "
        "{n:,} assessments)."
    ),
    "net_promoter": Message(
        "The Net Promoter Score is {value:+.0f} ({level:.0%} interval {low:+.0f} to {high:+.0f}, n = {n:,})."
    ),
    "top_box": Message(
        "{value:.0%} of the customers are satisfied ({level:.0%} interval {low:.0%} to {high:.0%}, n = {n:,})."
    ),
    "effort": Message(
        "Customers rate their effort {value:.2f} on a scale from {bottom:.0f} to {top:.0f} "
        "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,})."
    ),
}
_RATED_HEADLINE = Message(
    "The service is rated {value:.2f} on a scale from {bottom:.0f} to {top:.0f} "
    "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,})."
)


_NAMED_HEADLINE = Message(
    "{label}: {value:.2f} on a scale from {bottom:.0f} to {top:.0f} "
    "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,})."
)
"""For a mean that goes by the name of its battery, which need not be about the service."""


def _headline(score: OverallScore) -> Message:
    estimate = score.estimate
    if isinstance(estimate, Unavailable):
        return estimate.reason
    if score.kind == "gap":
        return _headline_gap(estimate)
    if score.kind == "adequacy":
        return _headline_adequacy(estimate)
    rated = _NAMED_HEADLINE if "battery" in score.label.params else _RATED_HEADLINE
    template = _HEADLINES.get(score.kind, rated).template
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    facts = {
        "label": score.label,
        "level": estimate.confidence_level,
        "n": estimate.n,
        "value": estimate.value,
        "bottom": score.low,
        "top": score.high,
        **_ends(estimate, absolute=False),
    }
    return Message(template, **{name: value for name, value in facts.items() if name in names})


def _headline_gap(estimate: Estimate) -> Message:
    direction = direction_of(estimate)
    facts = {
        "size": abs(estimate.value),
        "level": estimate.confidence_level,
        "n": estimate.n,
        **_ends(estimate, absolute=direction != "open"),
    }
    match direction, isinstance(estimate, Comparison) and is_slight(estimate):
        case "below", False:
            return Message(
                "The service falls short of expectations by {size:.2f} points "
                "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,}).",
                **facts,
            )
        case "below", True:
            return Message(
                "The service falls slightly short of expectations, by {size:.2f} points "
                "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,}).",
                **facts,
            )
        case "above", False:
            return Message(
                "The service exceeds expectations by {size:.2f} points "
                "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,}).",
                **facts,
            )
        case "above", True:
            return Message(
                "The service slightly exceeds expectations, by {size:.2f} points "
                "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,}).",
                **facts,
            )
        case _:
            return Message(
                "Perceptions cannot be told from expectations: the gap lies between {low:+.2f} and {high:+.2f} points "
                "({level:.0%} interval, n = {n:,}).",
                **facts,
            )


def _headline_adequacy(estimate: Estimate) -> Message:
    direction = direction_of(estimate)
    facts = {
        "size": abs(estimate.value),
        "level": estimate.confidence_level,
        "n": estimate.n,
        **_ends(estimate, absolute=direction != "open"),
    }
    match direction:
        case "below":
            return Message(
                "The service lies below what is acceptable to respondents by {size:.2f} points "
                "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,}).",
                **facts,
            )
        case "above":
            return Message(
                "The service lies above what is acceptable to respondents by {size:.2f} points "
                "({level:.0%} interval {low:.2f} to {high:.2f}, n = {n:,}).",
                **facts,
            )
        case _:
            return Message(
                "Whether the service is acceptable cannot be told: the difference to the minimum lies between "
                "{low:+.2f} and {high:+.2f} points ({level:.0%} interval, n = {n:,}).",
                **facts,
            )


def read_change(difference: Estimate | Unavailable, *, better: Literal["high", "low"], spread: float = 0.0) -> Message:
    """Reading of current − previous.

    Parameters
    ----------
    better
        Which way is an improvement.
    spread
        Standard deviation of the respondents; a change below a fifth of it is slight.
    """
    if isinstance(difference, Unavailable):
        return difference.reason
    direction = direction_of(difference)
    if direction == "open":
        return Message(
            "Within noise: the change lies between {low:+.2f} and {high:+.2f}.", **_ends(difference, absolute=False)
        )
    numbers = {"size": abs(difference.value), **_ends(difference, absolute=True)}
    is_better = (direction == "above") == (better == "high")
    if abs(difference.value) < SLIGHT_D * spread:
        if is_better:
            return Message(
                "Slightly better than in the previous wave, by {size:.2f} ({low:.2f} to {high:.2f}).", **numbers
            )
        return Message("Slightly worse than in the previous wave, by {size:.2f} ({low:.2f} to {high:.2f}).", **numbers)
    if is_better:
        return Message("Better than in the previous wave by {size:.2f} ({low:.2f} to {high:.2f}).", **numbers)
    return Message("Worse than in the previous wave by {size:.2f} ({low:.2f} to {high:.2f}).", **numbers)


def _ends(estimate: Estimate, *, absolute: bool) -> dict[str, float]:
    """The interval's ends; as sizes, smaller first, when `absolute`."""
    ends = [end for end in (estimate.ci_low, estimate.ci_high) if end is not None]
    if len(ends) < 2:  # an interval has two ends
        ends = [estimate.value, estimate.value]
    if absolute:
        ends = sorted(map(abs, ends))
    return {"low": ends[0], "high": ends[1]}
