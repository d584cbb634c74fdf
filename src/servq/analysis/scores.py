"""Overall scores that the instrument declares, with their variants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from servq.analysis.estimating import Array, Estimator
from servq.analysis.findings import OverallScore, ScoreKind, Unavailable
from servq.analysis.item_scores import make_item_scores
from servq.analysis.labels import Labels
from servq.analysis.path_models import RESAMPLES, fit_indices, index_estimate
from servq.analysis.readings import read_score
from servq.instruments.model import (
    AntecedentScore,
    ChecklistScore,
    EffortScore,
    GapRatingScore,
    GapScore,
    ManagersViewScore,
    MeanScore,
    NetPromoterScore,
    PathScore,
    Score,
    ToleranceScore,
    TopBoxScore,
)
from servq.messages import Message
from servq.scoring import Block, ScoredTable
from servq.scoring.importance import weighted_by_importance
from servq.statistics import MeanEstimate

GAP_LABELS: dict[ScoreKind, Message] = {
    "gap": Message("Overall gap, perception − expectation"),
    "gap_weighted": Message("Overall gap, weighted by importance points"),
    "gap_by_items": Message("Overall gap, every item counted alike"),
}
MEAN_LABELS: dict[ScoreKind, Message] = {
    "mean": Message("Overall performance"),
    "mean_weighted": Message("Overall performance, weighted by importance points"),
    "mean_by_items": Message("Overall performance, every item counted alike"),
    "mean_importance": Message("Overall performance, weighted by the importance of each item"),
    "mean_products": Message("Sum of importance × performance over all items"),
}
BESIDE_LABELS: dict[ScoreKind, Message] = {
    "mean": Message("Mean of “{battery}”"),
    "mean_weighted": Message("Mean of “{battery}”, weighted by importance points"),
    "mean_by_items": Message("Mean of “{battery}”, every item counted alike"),
}
TOLERANCE_LABELS: dict[ScoreKind, Message] = {
    "adequacy": Message("Service adequacy, perceived − minimum"),
    "adequacy_weighted": Message("Service adequacy, weighted by importance points"),
    "adequacy_by_items": Message("Service adequacy, every item counted alike"),
    "superiority": Message("Service superiority, perceived − desired"),
    "superiority_weighted": Message("Service superiority, weighted by importance points"),
    "superiority_by_items": Message("Service superiority, every item counted alike"),
}


def make_scores(scored: ScoredTable, estimator: Estimator, labels: Labels) -> tuple[OverallScore, ...]:
    """Every overall score of the instrument with its variants; the first is the headline, unless that is a class."""
    made: list[OverallScore] = []
    for score in scored.answers.instrument.definition.scores:
        made += _scores_of(score, scored, estimator, labels)
    return tuple(replace(one, reading=read_score(one)) for one in made)


def _scores_of(score: Score, scored: ScoredTable, estimator: Estimator, labels: Labels) -> list[OverallScore]:
    made: list[OverallScore] = []
    match score:
        case GapScore():
            made = _gap_scores(score, scored, estimator)
        case NetPromoterScore() | TopBoxScore() | EffortScore():
            made = make_item_scores(score, scored, estimator, labels)
        case ToleranceScore():
            made = _tolerance_scores(score, scored, estimator)
        case PathScore():
            made = [_index_score(score, scored, estimator, labels)]
        case ChecklistScore():
            made = _checklist_score(score, scored, estimator)
        case MeanScore():
            made = _mean_scores(score, score.battery, score.weights, scored, estimator, labels)
        case ManagersViewScore() | GapRatingScore():
            made = _mean_scores(score, score.battery, None, scored, estimator, labels)[:1]
        case AntecedentScore():
            made = []  # a mean over different constructs means nothing
    return made


def _gap_scores(score: GapScore, scored: ScoredTable, estimator: Estimator) -> list[OverallScore]:
    block = scored.gap
    if block is None:
        return []
    levels = {
        id_: estimator.mean(np.where(np.isnan(block.overall), np.nan, side.overall))
        for id_, side in scored.paired.items()
    }
    shown = {k: v for k, v in levels.items() if isinstance(v, MeanEstimate)}
    kinds: tuple[ScoreKind, ScoreKind, ScoreKind] = ("gap", "gap_weighted", "gap_by_items")
    return _differences(score.id, score.perception, block, kinds, GAP_LABELS, scored, estimator, score.weights, shown)


def _tolerance_scores(score: ToleranceScore, scored: ScoredTable, estimator: Estimator) -> list[OverallScore]:
    tolerance = scored.tolerance
    if tolerance is None or tolerance.score is not score:
        return []
    means = {id_: estimator.mean(block.overall) for id_, block in tolerance.levels.items()}
    levels = {id_: mean for id_, mean in means.items() if isinstance(mean, MeanEstimate)}
    made: list[OverallScore] = []
    kinds: tuple[tuple[Block, tuple[ScoreKind, ScoreKind, ScoreKind]], ...] = (
        (tolerance.adequacy, ("adequacy", "adequacy_weighted", "adequacy_by_items")),
        (tolerance.superiority, ("superiority", "superiority_weighted", "superiority_by_items")),
    )
    for block, names in kinds:
        score_id = score.id if names[0] == "adequacy" else f"{score.id}.superiority"
        made += _differences(
            score_id, score.perceived, block, names, TOLERANCE_LABELS, scored, estimator, score.weights, levels
        )
    return made


def _differences(
    score_id: str,
    battery: str,
    block: Block,
    kinds: tuple[ScoreKind, ScoreKind, ScoreKind],
    labels: dict[ScoreKind, Message],
    scored: ScoredTable,
    estimator: Estimator,
    weights: str | None,
    levels: dict[str, MeanEstimate],
) -> list[OverallScore]:
    scale = scored.answers.instrument.scale_of(battery)
    span = scale.high - scale.low
    return [
        OverallScore(
            id=_variant_id(score_id, kind),
            kind=kind,
            label=labels[kind],
            estimate=estimator.test_of_zero(values),
            low=-span,
            high=span,
            better=scale.better,
            unit="scale",
            levels=levels if kind == kinds[0] else {},
        )
        for kind, values in _variants(kinds, block, scored, weighted=weights)
    ]


def _mean_scores(
    score: Score, battery: str, weights: str | None, scored: ScoredTable, estimator: Estimator, labels: Labels
) -> list[OverallScore]:
    scale = scored.answers.instrument.scale_of(battery)
    block = scored.ratings[battery]
    declared = scored.answers.instrument.definition.scores
    names = MEAN_LABELS
    if not isinstance(score, MeanScore) or sum(isinstance(one, MeanScore) for one in declared) > 1:
        names = {
            kind: Message(label.template, battery=labels.battery(battery)) for kind, label in BESIDE_LABELS.items()
        }
    made = [
        OverallScore(
            id=_variant_id(score.id, kind),
            kind=kind,
            label=names[kind],
            estimate=estimator.mean(values),
            low=scale.low,
            high=scale.high,
            better=scale.better,
            unit="scale",
        )
        for kind, values in _variants(("mean", "mean_weighted", "mean_by_items"), block, scored, weighted=weights)
    ]
    if isinstance(score, MeanScore) and score.importance is not None:
        made += _importance_scores(score, score.importance, scored, estimator)
    return made


def _importance_scores(
    score: MeanScore, importance: str, scored: ScoredTable, estimator: Estimator
) -> list[OverallScore]:
    """Performance weighted item by item; the sum of products is the form of Cronin & Taylor (1992)."""
    instrument = scored.answers.instrument
    performance, stated = instrument.scale_of(score.battery), instrument.scale_of(importance)
    weighted = weighted_by_importance(scored.ratings[score.battery], scored.ratings[importance])
    normalised = OverallScore(
        id=f"{score.id}.importance",
        kind="mean_importance",
        label=MEAN_LABELS["mean_importance"],
        estimate=estimator.mean(weighted.mean),
        low=performance.low,
        high=performance.high,
        better=performance.better,
        unit="scale",
    )
    return [
        normalised,
        replace(
            normalised,
            id=f"{score.id}.products",
            kind="mean_products",
            label=MEAN_LABELS["mean_products"],
            estimate=estimator.mean(weighted.products),
            low=weighted.n_items * stated.low * performance.low,
            high=weighted.n_items * stated.high * performance.high,
            unit="products",
        ),
    ]


def _index_score(score: PathScore, scored: ScoredTable, estimator: Estimator, labels: Labels) -> OverallScore:
    # the same resamples as in the path model itself, so that both print one interval
    fitted = fit_indices(scored, score, estimator, labels, n_resamples=RESAMPLES)
    estimate = fitted if isinstance(fitted, Unavailable) else index_estimate(fitted, score.target, estimator)
    return OverallScore(
        id=score.id,
        kind="index",
        label=Message("Index of “{construct}”", construct=labels.dimension(score.target)),
        estimate=estimate,
        low=0,
        high=100,
        better=scored.answers.instrument.scale_of(score.battery).better,
        unit="index",
    )


def _checklist_score(score: ChecklistScore, scored: ScoredTable, estimator: Estimator) -> list[OverallScore]:
    if scored.checklist is None:
        return []
    return [
        OverallScore(
            id=score.id,
            kind="checklist",
            label=Message("Share of the attainable points"),
            estimate=estimator.mean(scored.checklist.overall),
            low=0,
            high=1,
            better="high",
            unit="share",
        )
    ]


def _variants(
    kinds: tuple[ScoreKind, ScoreKind, ScoreKind], block: Block, scored: ScoredTable, *, weighted: str | None
) -> list[tuple[ScoreKind, Array]]:
    """The plain overall score, weighted by points where declared, and by items where there are dimensions."""
    plain, by_points, by_items = kinds
    variants = [(plain, block.overall)]
    if weighted is not None and scored.points is not None:
        # the sum is NaN unless the points and every dimension are there
        variants.append((by_points, scored.weighted_overall(block)))
    if len(block.dimensions) > 1:
        variants.append((by_items, block.by_items))
    return variants


def _variant_id(score_id: str, kind: ScoreKind) -> str:
    _, _, variant = kind.partition("_")
    return f"{score_id}.{variant}" if variant else score_id
