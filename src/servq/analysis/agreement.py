"""How far assessors agree about what several of them rated: doubly rated records, sites visited more than once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, Estimator, unavailable
from servq.analysis.labels import Labels
from servq.analysis.score_findings import Agreement, ItemAgreement, ScoreAgreement
from servq.errors import NotEstimable
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.scoring.checklist import ChecklistBlock
from servq.statistics import (
    Comparison,
    Estimate,
    cohen_kappa,
    fleiss_kappa,
    intraclass_correlation,
    wilson_interval,
)

ASSESSOR = "assessor"
TARGETS = ("record", "site")
"""Attributes that name what was rated, the narrower first."""
ASSESSMENT_ATTRIBUTES = (ASSESSOR, *TARGETS, "team")
"""Attributes with a meaning of their own for checklists; they are read from a file without being asked for."""

FEWEST_TARGETS = 5
"""Fewer targets say next to nothing about agreement; the statistic is then not printed."""


@dataclass(frozen=True)
class _Design:
    """Which assessments belong together.

    Parameters
    ----------
    rows
        Row of each rating used, shape (n_targets, n_raters).
    same
        Whether a column of `rows` is the same assessor throughout.
    """

    target: str
    rows: NDArray[np.intp]
    same: bool
    n_targets: int
    n_assessors: int


def make_agreement(
    scored: ScoredTable, block: ChecklistBlock, estimator: Estimator, labels: Labels
) -> Agreement | Unavailable:
    """Kappa of every item and intraclass correlations of the scores."""
    design = _design(scored)
    if isinstance(design, Unavailable):
        return design
    items = tuple(_item(position, design, scored, block, estimator, labels) for position in range(len(block.items)))
    scores = (
        _score("overall", Message("Overall"), block.overall, design, estimator),
        *(
            _score(stage, labels.dimension(stage), block.dimension(stage), design, estimator)
            for stage in block.dimensions
        ),
    )
    return Agreement(
        target=design.target,
        n_targets=design.n_targets,
        n_several=len(design.rows),
        n_raters=design.rows.shape[1],
        n_assessors=design.n_assessors,
        same_raters=design.same,
        items=items,
        scores=scores,
        reading=_reading(scores[0].correlation),
    )


def _design(scored: ScoredTable) -> _Design | Unavailable:
    attributes = scored.answers.attributes
    target = next((name for name in TARGETS if name in attributes), None)
    if target is None or ASSESSOR not in attributes:
        return Unavailable(
            reason=Message(
                "Agreement needs to know who assessed what: an attribute “assessor”, and “record” or “site”."
            )
        )
    targets, assessors = attributes[target].astype(str), attributes[ASSESSOR].astype(str)
    first: dict[str, dict[str, int]] = {}
    for row, (name, assessor) in enumerate(zip(targets, assessors, strict=True)):
        if name and assessor:
            first.setdefault(name, {}).setdefault(assessor, row)  # a second visit by the same assessor agrees with none
    several = [raters for raters in first.values() if len(raters) > 1]
    if len(several) < FEWEST_TARGETS:
        return Unavailable(
            reason=Message(
                "Agreement needs at least {least} of what was rated by two assessors or more; there are {n}.",
                least=FEWEST_TARGETS,
                n=len(several),
            )
        )
    n_raters = min(map(len, several))
    used = [sorted(raters)[:n_raters] for raters in several]
    return _Design(
        target=target,
        rows=np.array([[raters[name] for name in names] for raters, names in zip(several, used, strict=True)]),
        same=all(names == used[0] for names in used),
        n_targets=len(first),
        n_assessors=len({name for names in used for name in names}),
    )


def _item(
    position: int,
    design: _Design,
    scored: ScoredTable,
    block: ChecklistBlock,
    estimator: Estimator,
    labels: Labels,
) -> ItemAgreement:
    instrument = scored.answers.instrument
    item, battery = instrument.item(block.items[position]), block.batteries[position]
    ratings = scored.ratings[battery].item(item.id)[design.rows]
    points = instrument.scale_of(battery).points
    if design.same and ratings.shape[1] == 2:  # two assessors, and always the same ones
        ordered: Literal["linear"] | None = "linear" if len(points) > 2 else None
        statistic: Any = partial(cohen_kappa, ratings[:, 0], ratings[:, 1], ordered, categories=list(points))
    else:
        statistic = partial(fleiss_kappa, ratings)
    kappa = _within_bounds(_estimated(statistic, ratings, estimator))
    return ItemAgreement(
        id=item.id,
        number=item.number,
        label=labels.item(item.id, battery),
        kappa=kappa,
        same=_same(ratings, estimator),
        reading=_read_kappa(kappa),
    )


def _within_bounds(kappa: Comparison | Unavailable) -> Comparison | Unavailable:
    """The large-sample interval of a few targets may pass 1, which no agreement can."""
    if isinstance(kappa, Unavailable) or kappa.ci_low is None or kappa.ci_high is None:
        return kappa
    return replace(kappa, ci_low=max(kappa.ci_low, -1.0), ci_high=min(kappa.ci_high, 1.0))


def _estimated(statistic: Any, ratings: Array, estimator: Estimator) -> Any:
    n = int((~np.isnan(ratings).any(axis=1)).sum())
    if n < FEWEST_TARGETS:
        return Unavailable(
            reason=Message(
                "Only {n} were rated by several assessors; at least {least} are needed.", n=n, least=FEWEST_TARGETS
            )
        )
    try:
        return statistic(confidence_level=estimator.confidence_level)
    except NotEstimable as error:
        return unavailable(error)


def _same(ratings: Array, estimator: Estimator) -> Estimate | Unavailable:
    complete = ratings[~np.isnan(ratings).any(axis=1)]
    if len(complete) < FEWEST_TARGETS:
        return Unavailable(
            reason=Message(
                "Only {n} were rated by several assessors; at least {least} are needed.",
                n=len(complete),
                least=FEWEST_TARGETS,
            )
        )
    n_same = int((complete == complete[:, :1]).all(axis=1).sum())
    return wilson_interval(n_same, len(complete), confidence_level=estimator.confidence_level)


def _score(score_id: str, label: str, scores: Array, design: _Design, estimator: Estimator) -> ScoreAgreement:
    ratings = scores[design.rows]
    form: Literal["ICC1", "ICC2"] = "ICC2" if design.same else "ICC1"
    correlation = _estimated(partial(intraclass_correlation, ratings, form), ratings, estimator)
    return ScoreAgreement(id=score_id, label=label, correlation=correlation, reading=_reading(correlation))


def _read_kappa(kappa: Comparison | Unavailable) -> Message:
    if isinstance(kappa, Unavailable):
        return kappa.reason
    if kappa.ci_low is None or kappa.ci_high is None:
        return Message("Agreement beyond chance of {value:.2f}.", value=kappa.value)
    if kappa.ci_low <= 0:
        return Message("Agreement beyond chance cannot be told.")
    return Message(
        "Agreement beyond chance of {value:.2f} (between {low:.2f} and {high:.2f}).",
        value=kappa.value,
        low=kappa.ci_low,
        high=kappa.ci_high,
    )


def _reading(correlation: Estimate | Unavailable) -> Message:
    if isinstance(correlation, Unavailable):
        return correlation.reason
    if correlation.ci_low is None or correlation.ci_high is None:
        return Message("Assessors agree to {value:.2f}.", value=correlation.value)
    if correlation.ci_low <= 0:
        return Message(
            "Whether assessors agree cannot be told: {low:.2f} to {high:.2f}, where 1 is perfect.",
            low=correlation.ci_low,
            high=correlation.ci_high,
        )
    return Message(
        "{value:.0%} of the differences between scores lie in what was rated and not in who rated it (between "
        "{low:.0%} and {high:.0%}).",
        value=correlation.value,
        low=correlation.ci_low,
        high=correlation.ci_high,
    )
