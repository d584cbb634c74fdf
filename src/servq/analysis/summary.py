"""The page for those who read one page, made by rules that claim nothing the intervals do not carry.

A dimension is called strongest or weakest only when the differences to the others, paired by respondent, say so
(`leading_group`); dimensions that cannot be told apart are named together or not at all. An item counts as a
shortfall only when its gap is negative after Holm's adjustment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from servq.analysis.change_findings import Change
from servq.analysis.compared import Compared
from servq.analysis.driver_findings import Drivers
from servq.analysis.estimating import Array, Estimator, adjust_family
from servq.analysis.findings import Measure, Measured, OverallScore, Summary, Unavailable
from servq.analysis.notes import loose_dimensions, weaker_gaps
from servq.analysis.readings import direction_of, is_slight, read_headline
from servq.analysis.reliability_findings import Reliability
from servq.analysis.response_findings import Responses
from servq.analysis.score_findings import Adapted, Kano, PathModelFinding
from servq.analysis.segment_findings import Segment
from servq.analysis.summary_of_groups import sentences_on_sites, sentences_on_trend, steps_of_drivers
from servq.analysis.summary_of_scores import steps_of_model, summary_of_classes
from servq.analysis.trend_findings import Trend
from servq.analysis.validity_findings import Validity
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Comparison, MeanEstimate

SIGNIFICANCE = 0.05
NAMED_AT_MOST = 3
MISSING_SHARE_TO_MENTION = 0.10
SMALL_SAMPLE = 30


@dataclass(frozen=True, kw_only=True)
class Results:
    """The findings that a summary speaks of."""

    measured: Measured
    scores: tuple[OverallScore, ...]
    compared: Compared | Unavailable
    dimensions: tuple[Measure, ...]
    items: tuple[Measure, ...]
    change: Change | Unavailable
    reliability: tuple[Reliability, ...] | Unavailable
    validity: Validity | Unavailable
    responses: Responses
    structure: Unavailable | None
    kano: Kano | Unavailable | None
    path_model: PathModelFinding | Unavailable | None
    adaptation: Adapted | None
    segments: tuple[Segment, ...] | Unavailable
    trend: Trend | Unavailable | None
    drivers: Drivers | Unavailable | None


def make_summary(scored: ScoredTable, estimator: Estimator, results: Results) -> Summary:
    """Sentences for the manager, from the findings and the respondents' scores."""
    cautions = _cautions(results, estimator.minimum_group_size)
    if results.measured == "nothing":
        return summary_of_classes(results.kano, cautions)
    dimension_scores, dimension_ids = _dimension_scores(results)
    better = results.scores[0].better
    by_id = {measure.id: measure for measure in (*results.dimensions, *results.items)}
    sign = 1.0 if better == "high" else -1.0
    best = [by_id[dimension_ids[i]] for i in leading_group(sign * dimension_scores, estimator)]
    worst = [by_id[dimension_ids[i]] for i in leading_group(-sign * dimension_scores, estimator)]
    # the points of a checklist are good at the high end, whichever end the scale of an item calls good
    item_values = -sign * scored.headline.values
    lowest = [by_id[scored.headline.items[i]] for i in leading_group(item_values, estimator)]
    shortfalls = _significant_shortfalls(results.items)
    is_difference = results.measured in {"gap", "adequacy"}
    return Summary(
        headline=read_headline(results.scores[0]),
        change=(*_changes(results.change), *sentences_on_trend(results.trend)),
        strengths=_strengths(best, results),
        shortfalls=(
            *_weaknesses(worst),
            *(_item_shortfalls(shortfalls, results) if is_difference else _lowest_items(lowest)),
        ),
        first_steps=steps_of_model(results.path_model)
        if results.measured == "index"
        else (
            *_first_steps(scored, estimator, results, sign, shortfalls if is_difference else lowest),
            *steps_of_drivers(results.drivers),
        ),
        cautions=cautions,
        sites=sentences_on_sites(results.segments),
    )


def _dimension_scores(results: Results) -> tuple[Array, list[str]]:
    """Scores of the dimensions that have a measure, shape (n_respondents, n_dimensions), and their ids."""
    if isinstance(results.compared, Unavailable):
        return np.empty((0, 0)), []
    known = {measure.id for measure in results.dimensions}
    ids = [dimension for dimension in results.compared.dimensions if dimension in known]
    columns = [results.compared.dimensions[dimension] for dimension in ids]
    return (np.column_stack(columns) if columns else np.empty((0, 0))), ids


def leading_group(scores: Array, estimator: Estimator) -> tuple[int, ...]:
    """Columns with the highest mean that cannot be told apart, or none when most columns would be among them.

    Parameters
    ----------
    scores
        Shape (n_respondents, n_columns), higher is further ahead; NaN where missing.

    Returns
    -------
    tuple of int
        The column with the highest mean and every column whose paired difference to it is not significant after
        Holm's adjustment; empty when that is more than `NAMED_AT_MOST` or more than half of the columns.
    """
    n_columns = scores.shape[1]
    means = [mean.value for mean in map(estimator.mean, scores.T) if isinstance(mean, MeanEstimate)]
    if n_columns < 2 or len(means) < n_columns:  # a leader needs somebody to lead
        return ()
    leader = int(np.argmax(means))
    others = [i for i in range(n_columns) if i != leader]
    tests = adjust_family([estimator.test_of_zero(scores[:, leader] - scores[:, i]) for i in others])
    behind = {i for i, test in zip(others, tests, strict=True) if isinstance(test, Comparison) and _significant(test)}
    group = [i for i in range(n_columns) if i not in behind]
    return tuple(group) if len(group) <= min(NAMED_AT_MOST, n_columns // 2) else ()


def _significant(test: Comparison) -> bool:
    """Whether both the adjusted test and the interval leave out zero."""
    p = test.p_value if test.p_adjusted is None else test.p_adjusted
    return p < SIGNIFICANCE and direction_of(test) != "open"


def _significant_shortfalls(measures: Sequence[Measure]) -> list[Measure]:
    """Measures that fall short of expectations beyond chance, largest shortfall first."""
    short = [
        (measure.gap.value, measure)
        for measure in measures
        if isinstance(measure.gap, Comparison) and measure.gap.value < 0 and _significant(measure.gap)
    ]
    return [measure for _, measure in sorted(short, key=lambda pair: pair[0])]


def _changes(change: Change | Unavailable) -> tuple[Message, ...]:
    """The overall change, then every dimension that moved beyond chance."""
    if isinstance(change, Unavailable):
        return ()
    moved = [row for row in change.rows[1:] if isinstance(row.difference, Comparison) and _significant(row.difference)]
    return (change.reading, *(Message("{name}: {reading}", name=row.label, reading=row.reading) for row in moved))


def _names(measures: Sequence[Measure]) -> str:
    return ", ".join(measure.label for measure in measures)


def _strengths(best: Sequence[Measure], results: Results) -> tuple[Message, ...]:
    is_short = len(best) == 1 and isinstance(best[0].gap, Comparison) and direction_of(best[0].gap) != "above"
    if results.measured == "gap" and is_short:
        return (Message("Closest to expectations: {name}. {reading}", name=best[0].label, reading=best[0].reading),)
    if len(best) == 1:
        return (Message("Strongest dimension: {name}. {reading}", name=best[0].label, reading=best[0].reading),)
    if best:
        return (Message("Strongest dimensions, which cannot be told apart: {names}.", names=_names(best)),)
    if sum(_is_estimated(dimension) for dimension in results.dimensions) > 1:
        return (Message("No dimension stands out as the strongest."),)
    return ()


def _weaknesses(worst: Sequence[Measure]) -> tuple[Message, ...]:
    if len(worst) == 1:
        return (Message("Weakest dimension: {name}. {reading}", name=worst[0].label, reading=worst[0].reading),)
    if worst:
        return (Message("Weakest dimensions, which cannot be told apart: {names}.", names=_names(worst)),)
    return ()


def _is_estimated(measure: Measure) -> bool:
    """Whether there is a number of which something could be said."""
    numbers = measure.levels.values() if measure.gap is None else (measure.gap,)
    return not any(isinstance(number, Unavailable) for number in numbers)


def _item_shortfalls(shortfalls: Sequence[Measure], results: Results) -> tuple[Message, ...]:
    if not shortfalls and sum(_is_estimated(item) for item in results.items) > 1:
        if results.measured == "adequacy":
            return (Message("No item lies below what is acceptable beyond chance."),)
        return (Message("No item shows a shortfall that can be told from chance."),)
    return tuple(_quoted(measure) for measure in shortfalls[:NAMED_AT_MOST])


def _lowest_items(lowest: Sequence[Measure]) -> tuple[Message, ...]:
    return tuple(_quoted(measure) for measure in lowest)


def _quoted(measure: Measure) -> Message:
    return Message("“{item}” {reading}", item=measure.label, reading=measure.reading)


def _first_steps(
    scored: ScoredTable,
    estimator: Estimator,
    results: Results,
    sign: float,
    items: Sequence[Measure],
) -> tuple[Message, ...]:
    """Where to start: the largest shortfall weighted by importance where there are points, else the plain one."""
    block = scored.headline
    by_id = {measure.id: measure for measure in results.dimensions}
    scores, ids = _dimension_scores(results)
    if sum(_is_estimated(by_id[dimension]) for dimension in ids) < 2:  # nothing to choose from
        return ()
    use_points = scored.difference is not None and not isinstance(
        estimator.mean(scored.weighted_overall(block)), Unavailable
    )
    weighted = scored.weighted_dimensions(block) if use_points else None
    worst = [by_id[ids[i]] for i in leading_group(-sign * (scores if weighted is None else weighted), estimator)]
    if scored.difference is not None:
        worst = [measure for measure in worst if measure in _significant_shortfalls(results.dimensions)]
    if not worst:
        return (Message("The answers name no dimension to improve first."),)
    if all(isinstance(measure.gap, Comparison) and is_slight(measure.gap) for measure in worst):
        return (
            Message("The largest shortfall ({names}) is slight; watch it before spending on it.", names=_names(worst)),
        )
    return (_start_with(worst, weighted=weighted is not None), *_look_at(worst, items))


def _start_with(worst: Sequence[Measure], *, weighted: bool) -> Message:
    if weighted:
        return Message(
            "Start with {names}: the largest shortfall, weighted by what matters to customers.", names=_names(worst)
        )
    return Message("Start with {names}: it lies furthest behind the other dimensions.", names=_names(worst))


def _look_at(worst: Sequence[Measure], items: Sequence[Measure]) -> tuple[Message, ...]:
    dimensions = {measure.id for measure in worst}
    within = [item for item in items if item.dimension in dimensions]
    return (Message("There, look first at “{item}”", item=within[0].label),) if within else ()


def _cautions(results: Results, minimum: int) -> tuple[Message, ...]:
    cautions: list[Message] = []
    if results.structure is not None:
        cautions.append(results.structure.reason)
    if results.adaptation is not None:
        cautions.append(results.adaptation.reading)
    responses = results.responses
    if responses.n_scored < minimum:
        cautions.append(
            Message(
                "{n} respondents have an overall score; results of fewer than {minimum} are not shown.",
                n=responses.n_scored,
                minimum=minimum,
            )
        )
    elif responses.n_scored < SMALL_SAMPLE:
        cautions.append(
            Message("Only {n} respondents have an overall score, so the intervals are wide.", n=responses.n_scored)
        )
    asked = sum(battery.n_asked for battery in responses.batteries)
    missing = asked - sum(battery.n_answered for battery in responses.batteries)
    if asked and missing / asked > MISSING_SHARE_TO_MENTION:
        cautions.append(Message("{share:.0%} of the answers asked for are missing.", share=missing / asked))
    if not isinstance(results.reliability, Unavailable):
        low = sorted({one.label for one in results.reliability if one.verdict == "low"})
        if low:
            cautions.append(
                Message(
                    "The items of {names} do not hold together well; read these scores with care.", names=", ".join(low)
                )
            )
    if loose := loose_dimensions(results.validity):
        cautions.append(Message("Some items of {names} seem to measure something else than the others.", names=loose))
    if weaker := weaker_gaps(results.validity):
        cautions.append(Message("Gaps less reliable than the ratings behind them: {names}.", names=weaker))
    return tuple(cautions)
