"""Scores by group, with small groups suppressed so that they cannot be worked out from the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from servq.analysis.compared import Compared
from servq.analysis.estimating import Estimator
from servq.analysis.findings import Segment, SegmentGroup, Unavailable
from servq.analysis.labels import Labels
from servq.instruments.model import ChoiceBattery, Column
from servq.messages import Message
from servq.scoring import ScoredTable

MOST_GROUPS = 200
"""An attribute with more groups than this is an identifier or a free text, not a segment."""


def make_segments(
    scored: ScoredTable, estimator: Estimator, labels: Labels, compared: Compared | Unavailable
) -> tuple[Segment, ...] | Unavailable:
    """One segment per attribute of the answers, then one per choice that somebody made."""
    attributes = {
        attribute: groups for attribute, groups in scored.answers.attributes.items() if not _is_role(attribute, scored)
    }
    choices = {item: groups for item, groups in _choices(scored, labels).items() if item not in attributes}
    if not attributes and not choices:
        return Unavailable(reason=Message("No segments were asked for."))
    if isinstance(compared, Unavailable):
        return compared
    return (
        *(_segment(attribute, groups, compared, estimator) for attribute, groups in attributes.items()),
        *(
            replace(_segment(item, groups, compared, estimator), wording=_wording(item, scored, labels))
            for item, groups in choices.items()
        ),
    )


def _is_role(attribute: str, scored: ScoredTable) -> bool:
    """Whether an attribute names who assessed, or a single record: the agreement speaks of these."""
    return scored.checklist is not None and attribute in {"assessor", "record"}


def _choices(scored: ScoredTable, labels: Labels) -> dict[str, NDArray[np.object_]]:
    batteries = scored.answers.instrument.definition.batteries.values()
    items = [item.id for battery in batteries if isinstance(battery, ChoiceBattery) for item in battery.items]
    chosen = {item: choice_groups(scored, item, labels) for item in items}
    return {item: groups for item, groups in chosen.items() if (groups != "").any()}


def choice_groups(scored: ScoredTable, item: str, labels: Labels) -> NDArray[np.object_]:
    """Label of the option that each respondent chose, "" where none was; shape (n_respondents,)."""
    answers = scored.answers
    codes = answers.codes[:, answers.columns.index(Column(_battery_of(item, scored), item))]
    names = ["", *(labels.option(item, option) for option in answers.instrument.options_of(item))]
    return np.array([names[code] if code > 0 else "" for code in codes.tolist()], dtype=np.object_)


def _battery_of(item: str, scored: ScoredTable) -> str:
    batteries = scored.answers.instrument.definition.batteries
    return next(
        id_
        for id_, one in batteries.items()
        if isinstance(one, ChoiceBattery) and any(choice.id == item for choice in one.items)
    )


def _wording(item: str, scored: ScoredTable, labels: Labels) -> str:
    return labels.item(item, _battery_of(item, scored))


def hidden_groups(sizes: Mapping[str, int], minimum: int) -> frozenset[str]:
    """Groups to suppress: those below `minimum`, and as many of the next smallest as hide them.

    One hidden group alone could be worked out as total minus the groups shown, and so could several
    whose sum stays below the minimum; so the next smallest is hidden too until neither holds.
    """
    rising = sorted(sizes, key=lambda group: (sizes[group], group))
    n_hidden = sum(size < minimum for size in sizes.values())
    while 0 < n_hidden < len(rising) and (n_hidden == 1 or sum(sizes[g] for g in rising[:n_hidden]) < minimum):
        n_hidden += 1
    return frozenset(rising[:n_hidden])


def hidden_in_score(sizes: Mapping[str, int], hidden: Collection[str], minimum: int) -> frozenset[str]:
    """Groups whose value of one score is hidden, because not everybody in a group need have it.

    Parameters
    ----------
    sizes
        Respondents of each group who have the score.
    hidden
        Groups that are hidden as a whole.

    Returns
    -------
    frozenset
        `hidden`, groups in which fewer than `minimum` have the score, and the next smallest that protect them.
    """
    present = {group: size for group, size in sizes.items() if size}
    concealed = {group for group, size in present.items() if group in hidden or size < minimum}
    rising = sorted(present.keys() - concealed, key=lambda group: (present[group], group))
    while concealed and rising and (len(concealed) == 1 or sum(present[group] for group in concealed) < minimum):
        concealed.add(rising.pop(0))
    return frozenset(concealed).union(hidden)


def score_hidden(minimum: int) -> Unavailable:
    """Why the score of a group that is itself shown is not."""
    return Unavailable(
        reason=Message(
            "Not shown: fewer than {minimum} respondents have this score here, or it would give away another group's.",
            minimum=minimum,
        )
    )


def _segment(attribute: str, groups: NDArray[np.object_], compared: Compared, estimator: Estimator) -> Segment:
    rule = compared.overall
    labels, inverse, counts = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    sizes = {str(label): int(count) for label, count in zip(labels, counts, strict=True)}
    minimum = estimator.minimum_group_size
    if len(sizes) > MOST_GROUPS:
        return Segment(
            attribute=attribute,
            groups=(),
            minimum_group_size=minimum,
            n_suppressed=0,
            reading=Message("{n} different values are too many for a table of groups.", n=len(sizes)),
        )
    hidden = hidden_groups(sizes, minimum)
    if len(hidden) == len(sizes):  # a list of names without numbers would only tell who answered
        return Segment(
            attribute=attribute,
            groups=(),
            minimum_group_size=minimum,
            n_suppressed=len(hidden),
            reading=_reading(len(sizes), len(hidden), minimum),
        )
    names = tuple(sizes)

    def concealed(contributions: NDArray[np.float64]) -> frozenset[str]:
        having = np.bincount(inverse[np.isfinite(contributions)], minlength=len(names)).tolist()
        return hidden_in_score(dict(zip(names, having, strict=True)), hidden, minimum)

    hidden_overall = concealed(rule.contributions)
    hidden_dimensions = {dimension: concealed(scores) for dimension, scores in compared.dimensions.items()}
    made = []
    for position, (label, size) in enumerate(sizes.items()):
        rows = inverse == position
        suppressed = label in hidden
        made.append(
            SegmentGroup(
                label=label or Message("Not stated"),
                suppressed=suppressed,
                n=None if suppressed else size,
                overall=None
                if suppressed
                else score_hidden(minimum)
                if label in hidden_overall
                else rule.among(rows).estimate(),
                dimensions={}
                if suppressed
                else {
                    dimension: score_hidden(minimum)
                    if label in hidden_dimensions[dimension]
                    else estimator.among(rows).mean(scores[rows])
                    for dimension, scores in compared.dimensions.items()
                },
            )
        )
    return Segment(
        attribute=attribute,
        groups=tuple(made),
        minimum_group_size=minimum,
        n_suppressed=len(hidden),
        reading=_reading(len(sizes), len(hidden), minimum),
    )


def _reading(n_groups: int, n_hidden: int, minimum: int) -> Message:
    if n_groups == 1:
        return Message("There is only one group, so there is nothing to compare.")
    if n_hidden == 0:
        return Message("{n} groups; every one has at least {minimum} respondents.", n=n_groups, minimum=minimum)
    return Message(
        "{hidden} of {n} groups are not shown: groups of fewer than {minimum} respondents, and where needed the next "
        "smallest, so that they cannot be worked out.",
        hidden=n_hidden,
        n=n_groups,
        minimum=minimum,
    )
