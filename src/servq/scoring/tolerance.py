"""Zone of tolerance, row by row: perceived service beside the least acceptable and the desired level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from servq.instruments.model import Instrument, ToleranceScore
from servq.scoring.blocks import Block, make_block


@dataclass(frozen=True)
class Tolerance:
    """The three ratings of one tolerance score and the differences between them.

    Parameters
    ----------
    score
        The declaration.
    minimum, desired, perceived
        Ratings kept only where a respondent has all three of an item, so that every number rests on the same answers.
    adequacy, superiority
        Perceived − minimum and perceived − desired.
    """

    score: ToleranceScore
    minimum: Block
    desired: Block
    perceived: Block
    adequacy: Block
    superiority: Block

    @cached_property
    def levels(self) -> dict[str, Block]:
        """The three ratings by battery."""
        return {
            self.score.minimum: self.minimum,
            self.score.perceived: self.perceived,
            self.score.desired: self.desired,
        }


def make_tolerance(instrument: Instrument, score: ToleranceScore, ratings: dict[str, Block]) -> Tolerance:
    """Line the three batteries up by item; an item without all three answers of a respondent is missing in all."""
    asked = [ratings[battery] for battery in (score.minimum, score.desired, score.perceived)]
    shared = tuple(item for item in asked[2].items if all(item in block.items for block in asked))
    minimum, desired, perceived = (
        np.column_stack([block.item(item) for item in shared]) if shared else np.empty((block.values.shape[0], 0))
        for block in asked
    )
    incomplete = np.isnan(minimum + desired + perceived)
    lowest, wished, rated = (
        make_block(instrument, shared, np.where(incomplete, np.nan, one)) for one in (minimum, desired, perceived)
    )
    return Tolerance(
        score=score,
        minimum=lowest,
        desired=wished,
        perceived=rated,
        adequacy=make_block(instrument, shared, rated.values - lowest.values),
        superiority=make_block(instrument, shared, rated.values - wished.values),
    )
