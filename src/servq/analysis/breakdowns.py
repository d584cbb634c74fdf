"""Scores by the answers to an item, such as loyalty by effort, with small groups suppressed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.compared import ScoreOfGroup, score_of_group
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.findings import OverallScore
from servq.analysis.labels import Labels
from servq.analysis.score_findings import BreakdownFinding, BreakdownGroup, BreakdownPair
from servq.analysis.segments import choice_groups
from servq.analysis.suppression import hidden_groups, hidden_in_score, score_hidden
from servq.errors import NotEstimable
from servq.instruments.model import Breakdown, ChoiceBattery, Column
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import Comparison, Estimate, games_howell, welch_anova

SIGNIFICANCE = 0.05

Groups = Mapping[str, NDArray[np.bool_]]


def make_breakdowns(
    scored: ScoredTable, estimator: Estimator, labels: Labels, scores: tuple[OverallScore, ...]
) -> tuple[BreakdownFinding, ...]:
    """Every breakdown that the instrument declares."""
    declared = scored.answers.instrument.definition.breakdowns
    known = {score.id for score in scores}  # a class of items has no mean
    return tuple(_breakdown(one, scored, estimator, labels, scores) for one in declared if one.score in known)


def _breakdown(
    declared: Breakdown,
    scored: ScoredTable,
    estimator: Estimator,
    labels: Labels,
    scores: tuple[OverallScore, ...],
) -> BreakdownFinding:
    groups = _groups(declared, scored, labels)
    sizes = {label: int(rows.sum()) for label, rows in groups.items()}
    overall = next(one for one in scores if one.id == declared.score)
    score = next(s for s in scored.answers.instrument.definition.scores if s.id == declared.score)
    rule = score_of_group(score, scored, estimator, labels)
    # whoever gave no answer is a group too: its numbers would follow from the whole and the groups shown
    everybody = {**sizes, "": scored.answers.n_respondents - sum(sizes.values())}
    present = {label: size for label, size in everybody.items() if size}
    hidden = hidden_groups(present, estimator.minimum_group_size) - {""}
    concealed = _concealed(groups, rule, hidden, estimator.minimum_group_size)
    made = tuple(_group(label, rows, rule, hidden, concealed) for label, rows in groups.items())
    shown = {label: rows for label, rows in groups.items() if sizes[label] and label not in concealed}
    test, pairs = _compared(shown, rule)
    return BreakdownFinding(
        id=declared.id,
        score=declared.score,
        label=overall.label,
        wording=labels.item(declared.item, declared.battery),
        unit="scale" if overall.unit == "products" else overall.unit,
        kind=overall.kind,
        low=overall.low,
        high=overall.high,
        groups=made,
        n_suppressed=len(hidden),
        minimum_group_size=estimator.minimum_group_size,
        test=test,
        pairs=pairs,
        caveats=_caveats(test, estimator),
        reading=_reading(test, pairs),
    )


def _groups(declared: Breakdown, scored: ScoredTable, labels: Labels) -> Groups:
    """Rows of every group, in the order of the instrument."""
    answers = scored.answers
    instrument = answers.instrument
    if isinstance(instrument.definition.batteries[declared.battery], ChoiceBattery):
        chosen = choice_groups(scored, declared.item, labels)
        options = [labels.option(declared.item, option) for option in instrument.options_of(declared.item)]
        return {option: chosen == option for option in options}
    codes = answers.codes[:, answers.columns.index(Column(declared.battery, declared.item))]
    names = instrument.texts_in(labels.locale).groups.get(declared.id, {})
    return {names.get(group, group): np.isin(codes, points) for group, points in declared.groups.items()}


def _concealed(
    groups: Groups, rule: ScoreOfGroup | Unavailable, hidden: frozenset[str], minimum: int
) -> frozenset[str]:
    """Groups whose score is not shown; whoever has it and gave no answer counts as a group."""
    if isinstance(rule, Unavailable):
        return hidden
    scored = np.isfinite(rule.contributions)
    having = {label: int((scored & rows).sum()) for label, rows in groups.items()}
    everybody = {**having, "": int(scored.sum()) - sum(having.values())}
    return hidden_in_score(everybody, hidden, minimum) - {""}


def _group(
    label: str,
    rows: NDArray[np.bool_],
    rule: ScoreOfGroup | Unavailable,
    hidden: frozenset[str],
    concealed: frozenset[str],
) -> BreakdownGroup:
    if label in hidden:
        return BreakdownGroup(label=label, suppressed=True, n=None, estimate=None)
    if not rows.any():
        return BreakdownGroup(
            label=label, suppressed=False, n=0, estimate=Unavailable(reason=Message("Nobody gave this answer."))
        )
    if isinstance(rule, Unavailable):
        estimate: Estimate | Unavailable = rule
    elif label in concealed:
        estimate = score_hidden(rule.estimator.minimum_group_size)
    else:
        estimate = rule.among(rows).estimate()
    return BreakdownGroup(label=label, suppressed=False, n=int(rows.sum()), estimate=estimate)


def _compared(
    shown: Groups, rule: ScoreOfGroup | Unavailable
) -> tuple[Comparison | Unavailable, tuple[BreakdownPair, ...]]:
    """Welch's test over the groups shown, and every pair by Games and Howell."""
    if isinstance(rule, Unavailable):
        return rule, ()
    if len(shown) < 2:  # a comparison needs two
        return Unavailable(reason=Message("Fewer than two groups can be shown, so nothing is compared.")), ()
    values = np.concatenate([rule.contributions[rows] for rows in shown.values()])
    names = np.concatenate([np.full(int(rows.sum()), position) for position, rows in enumerate(shown.values())])
    labels = dict(enumerate(shown))
    level = rule.estimator.confidence_level
    try:
        test = welch_anova(values, names)
        pairs = games_howell(values, names, confidence_level=level)
    except NotEstimable as error:
        return unavailable(error), ()
    plain = Comparison(**{name: getattr(test, name) for name in Comparison.__dataclass_fields__})
    return plain, tuple(
        BreakdownPair(
            first=labels[int(pair.group_first)],
            second=labels[int(pair.group_second)],
            difference=Comparison(**{name: getattr(pair, name) for name in Comparison.__dataclass_fields__}),
        )
        for pair in pairs
    )


def _caveats(test: Comparison | Unavailable, estimator: Estimator) -> tuple[Message, ...]:
    caveats = () if isinstance(test, Unavailable) else test.caveats
    if estimator.weights is None:
        return caveats
    return (*caveats, Message("Means are weighted; the tests count every respondent alike."))


def _reading(test: Comparison | Unavailable, pairs: tuple[BreakdownPair, ...]) -> Message:
    if isinstance(test, Unavailable):
        return test.reason
    if test.p_value >= SIGNIFICANCE:
        return Message("The groups cannot be told apart beyond chance.")
    apart = [pair for pair in pairs if pair.difference.p_value < SIGNIFICANCE]
    if not apart:
        return Message("The groups differ, but no single pair can be told apart beyond chance.")
    widest = max(apart, key=lambda pair: abs(pair.difference.value))
    high, low = (widest.first, widest.second) if widest.difference.value > 0 else (widest.second, widest.first)
    return Message(
        "The groups differ, most between “{high}” and “{low}”. Who answers differently may also differ in other ways, "
        "so this is no proof of a cause.",
        high=high,
        low=low,
    )
