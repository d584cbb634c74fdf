"""How far the items of a dimension measure the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from servq.analysis.estimating import Array, Estimator, unavailable
from servq.analysis.findings import ItemReliability, Reliability, Unavailable
from servq.analysis.labels import Labels
from servq.errors import NotEstimable
from servq.messages import Message
from servq.scoring import Block, ScoredTable
from servq.statistics import Estimate, cronbach_alpha, item_diagnostics, mcdonald_omega

ACCEPTABLE_ALPHA = 0.70
"""Nunnally (1978, *Psychometric Theory*, 2nd ed., p. 245); a convention, not a truth."""

MINIMUM_ITEMS = 2

Verdict = Literal["good", "unclear", "low", "unknown"]


def make_reliability(scored: ScoredTable, estimator: Estimator, labels: Labels) -> tuple[Reliability, ...] | Unavailable:
    """Reliability of every dimension in every rating battery and of its gaps."""
    blocks: Mapping[str, Block] = {**scored.ratings, **({"gap": scored.gap} if scored.gap else {})}
    made = [
        _scale(battery, dimension, block, positions, estimator, labels)
        for battery, block in blocks.items()
        for dimension, positions in zip(block.dimensions, block.positions, strict=True)
        if len(positions) >= MINIMUM_ITEMS
    ]
    if not made:
        return Unavailable(reason=Message("Reliability needs dimensions with at least two items; there are none."))
    return tuple(made)
