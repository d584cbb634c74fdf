"""What each score computes, in a line of plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from servq.instruments.model import (
    AntecedentScore,
    ChecklistScore,
    EffortScore,
    GapRatingScore,
    GapScore,
    Instrument,
    KanoScore,
    ManagersViewScore,
    MeanScore,
    NetPromoterScore,
    PathScore,
    Score,
    ToleranceScore,
    TopBoxScore,
)


def render_formula(score: Score, instrument: Instrument) -> str:
    """How a score is made from the batteries of its instrument."""
    return _FORMULAS[type(score)](score, instrument)


def _gap(score: GapScore, _: Instrument) -> str:
    return f"{score.perception} − {score.expectation} per item, dimension and overall{_weighted(score.weights)}"


def _mean(score: MeanScore, _: Instrument) -> str:
    important = f", also weighted by {score.importance} of each item" if score.importance else ""
    return f"mean {score.battery} per item, dimension and overall{_weighted(score.weights)}{important}"


def _net_promoter(score: NetPromoterScore, _: Instrument) -> str:
    return f"percentage of 9–10 minus percentage of 0–6 on {score.item}"


def _top_box(score: TopBoxScore, instrument: Instrument) -> str:
    return f"percentage on {_best(score, instrument)} of {score.item}"


def _effort(score: EffortScore, instrument: Instrument) -> str:
    return f"mean of {score.item}, and percentage on {_best(score, instrument)}"


def _tolerance(score: ToleranceScore, _: Instrument) -> str:
    return (
        f"adequacy {score.perceived} − {score.minimum}, superiority {score.perceived} − {score.desired}, "
        f"zone of tolerance from {score.minimum} to {score.desired}{_weighted(score.weights)}"
    )


def _kano(score: KanoScore, _: Instrument) -> str:
    return f"Kano category of each item from its pair of answers, {score.functional} and {score.dysfunctional}"


def _path_model(score: PathScore, _: Instrument) -> str:
    paths = "; ".join(f"{start} → {', '.join(ends)}" for start, ends in score.paths.items())
    return f"indices 0–100 of the dimensions by partial least squares; target {score.target}; paths {paths}"


def _checklist(score: ChecklistScore, _: Instrument) -> str:
    return f"share of the attainable weighted points of {', '.join(score.batteries)}, per stage and overall"


def _managers_view(score: ManagersViewScore, _: Instrument) -> str:
    weighted = f" and their {score.weights}" if score.weights else ""
    return f"gap 1: {score.battery}{weighted} of managers minus those of customers"


def _gap_rating(score: GapRatingScore, _: Instrument) -> str:
    return f"gap {score.gap}: mean {score.battery} per dimension, and its distance to the top of the scale"


def _antecedents(score: AntecedentScore, _: Instrument) -> str:
    return f"mean of each antecedent in {score.battery}"


_FORMULAS: dict[type[Score], Callable[[Any, Instrument], str]] = {
    GapScore: _gap,
    MeanScore: _mean,
    NetPromoterScore: _net_promoter,
    TopBoxScore: _top_box,
    EffortScore: _effort,
    ToleranceScore: _tolerance,
    KanoScore: _kano,
    PathScore: _path_model,
    ChecklistScore: _checklist,
    ManagersViewScore: _managers_view,
    GapRatingScore: _gap_rating,
    AntecedentScore: _antecedents,
}


def _weighted(weights: str | None) -> str:
    return f", also weighted by {weights}" if weights else ""


def _best(score: TopBoxScore | EffortScore, instrument: Instrument) -> str:
    scale = instrument.scale_of(score.battery)
    points = scale.points[-score.boxes :] if scale.better == "high" else scale.points[: score.boxes]
    return f"{points[0]}–{points[-1]}" if len(points) > 1 else str(points[0])
