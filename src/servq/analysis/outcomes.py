"""The outcome that an instrument asks beside its dimensions: recommendation, satisfaction, loyalty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from servq.analysis.estimating import Array
from servq.analysis.labels import Labels
from servq.instruments.model import MeanScore, NetPromoterScore, RatingBattery, TopBoxScore
from servq.messages import Message
from servq.scoring import ScoredTable


@dataclass(frozen=True)
class Outcome:
    """What the dimensions are held against.

    Parameters
    ----------
    values
        Shape (n_respondents,), scored direction, NaN where missing.
    """

    id: str
    label: str | Message
    values: Array


def find_outcome(scored: ScoredTable, labels: Labels) -> Outcome | None:
    """The first of: one question about recommendation or satisfaction, an overall item, another battery's score.

    Only what is asked by itself can be an outcome: a battery about the items of the dimensions, or a scale on which low
    is good, is none.
    """
    return next(_outcomes(scored, labels), None)


def _outcomes(scored: ScoredTable, labels: Labels) -> Iterator[Outcome]:
    instrument = scored.answers.instrument
    scores = instrument.definition.scores[1:]
    asked = set(scored.headline.items)
    for score in scores:
        if isinstance(score, NetPromoterScore | TopBoxScore) and _is_good_high(scored, score.battery):
            name = labels.item(score.item, score.battery)
            yield Outcome(score.id, name, scored.ratings[score.battery].item(score.item))
    block = scored.ratings[labels.headline_battery]
    if block.dimensions and _is_good_high(scored, labels.headline_battery):
        measuring = {block.items[i] for positions in block.positions for i in positions}
        for item in block.items:
            if item not in measuring:
                yield Outcome(item, labels.item(item, labels.headline_battery), block.item(item))
    for score in scores:
        if isinstance(score, MeanScore) and score.battery != labels.headline_battery:
            found = scored.ratings[score.battery]
            if not asked & set(found.items) and _is_good_high(scored, score.battery):
                yield Outcome(score.id, labels.battery(score.battery), found.overall)


def _is_good_high(scored: ScoredTable, battery: str) -> bool:
    instrument = scored.answers.instrument
    return (
        isinstance(instrument.definition.batteries[battery], RatingBattery)
        and instrument.scale_of(battery).better == "high"
    )
