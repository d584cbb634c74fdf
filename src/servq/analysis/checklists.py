"""Weighted checklists by stage and item, with what did not apply and how much evidence came in."""

from __future__ import annotations

import numpy as np

from servq.analysis.agreement import make_agreement
from servq.analysis.estimating import Estimator
from servq.analysis.labels import Labels
from servq.analysis.measures import count_points
from servq.analysis.readings import read_attained
from servq.analysis.score_findings import Checklist, ChecklistItem, ChecklistStage
from servq.instruments.model import ChecklistScore, Column
from servq.messages import Message
from servq.scoring import Missing, ScoredTable
from servq.scoring.checklist import ChecklistBlock
from servq.statistics import MeanEstimate


def make_checklist(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Checklist | None:
    """Shares of the attainable points, and how far assessors agree where several rated the same."""
    block = scored.checklist
    score = next((s for s in scored.answers.instrument.definition.scores if isinstance(s, ChecklistScore)), None)
    if block is None or score is None:
        return None
    evidence = scored.answers.evidence
    return Checklist(
        score=score.id,
        stages=tuple(_stage(stage, block, estimator, labels) for stage in block.dimensions),
        items=tuple(_item(position, block, scored, estimator, labels) for position in range(len(block.items))),
        n_assessments=scored.answers.n_respondents,
        n_evidence=None if evidence is None else sum(evidence.values()),
        agreement=make_agreement(scored, block, estimator, labels),
        reading=_reading(block, estimator, labels),
    )


def _stage(stage: str, block: ChecklistBlock, estimator: Estimator, labels: Labels) -> ChecklistStage:
    positions = list(block.positions[block.dimensions.index(stage)])
    share = estimator.mean(block.dimension(stage))
    return ChecklistStage(
        id=stage,
        label=labels.dimension(stage),
        n_items=len(positions),
        weight=float(block.weights[positions].sum() / block.weights.sum()),
        share=share,
        reading=read_attained(share),
    )


def _item(
    position: int, block: ChecklistBlock, scored: ScoredTable, estimator: Estimator, labels: Labels
) -> ChecklistItem:
    instrument = scored.answers.instrument
    item, battery = instrument.item(block.items[position]), block.batteries[position]
    codes = scored.answers.codes[:, instrument.columns.index(Column(battery, item.id))]
    share = estimator.mean(block.values[:, position])
    evidence = scored.answers.evidence
    is_shown = isinstance(share, MeanEstimate)
    ratings = scored.ratings[battery].item(item.id)
    return ChecklistItem(
        id=item.id,
        number=item.number,
        label=labels.item(item.id, battery),
        battery=battery,
        stage=item.dimension if item.dimension in block.dimensions else None,
        weight=item.weight,
        share=share,
        counts=count_points(ratings, instrument.scale_of(battery).points) if is_shown else (),
        anchors=labels.scale(battery).anchors,
        n_not_applicable=int((codes == Missing.NOT_APPLICABLE).sum()),
        n_missing=int((codes == Missing.SKIPPED).sum()),
        evidence_asked=item.evidence is not None,
        evidence_required=item.evidence is not None and item.evidence.required,
        n_evidence=None if evidence is None or item.evidence is None else evidence.get(item.id, 0),
        reading=read_attained(share),
    )


def _reading(block: ChecklistBlock, estimator: Estimator, labels: Labels) -> Message:
    shares = {stage: estimator.mean(block.dimension(stage)) for stage in block.dimensions}
    known = {stage: share.value for stage, share in shares.items() if isinstance(share, MeanEstimate)}
    lost = {
        stage: float(block.weights[list(block.positions[block.dimensions.index(stage)])].sum()) * (1 - value)
        for stage, value in known.items()
    }
    if len(lost) < 2 or not np.isfinite(sum(lost.values())) or sum(lost.values()) <= 0:
        return Message("The share of the attainable points, each item by its weight.")
    most = max(lost, key=lambda stage: lost[stage])
    return Message(
        "Most points are lost in “{stage}”: {share:.0%} of all the points that were not reached.",
        stage=labels.dimension(most),
        share=lost[most] / sum(lost.values()),
    )
