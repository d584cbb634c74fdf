"""One audience of a study ready to be estimated, and where its instrument asks about which gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Array, Estimator
from servq.analysis.labels import Labels
from servq.analysis.study_answers import ROLE_NAMES, Role
from servq.instruments.model import AntecedentScore, GapRatingScore, GapScore, ManagersViewScore, Score
from servq.messages import Message
from servq.scoring import Block, ScoredTable
from servq.statistics import Estimate, MeanEstimate

E = TypeVar("E", bound=Estimate)


@dataclass(frozen=True)
class Side:
    """The scored answers of one audience."""

    role: Role
    scored: ScoredTable
    estimator: Estimator
    labels: Labels

    @property
    def scores(self) -> tuple[Score, ...]:
        """What its instrument declares."""
        return self.scored.answers.instrument.definition.scores

    @property
    def perceived(self) -> GapScore | None:
        """Gap 5, and with it the battery of expectations."""
        return next((score for score in self.scores if isinstance(score, GapScore)), None)

    @property
    def view(self) -> ManagersViewScore | None:
        """What managers believe that customers expect."""
        return next((score for score in self.scores if isinstance(score, ManagersViewScore)), None)

    def rating_of(self, gap: int) -> GapRatingScore | None:
        """The rating of gap 2, 3 or 4."""
        return next((score for score in self.scores if isinstance(score, GapRatingScore) and score.gap == gap), None)

    @property
    def antecedents(self) -> tuple[AntecedentScore, ...]:
        """The batteries of antecedents."""
        return tuple(score for score in self.scores if isinstance(score, AntecedentScore))


Sides = Mapping[Role, Side]


def nobody(role: Role, absences: Mapping[Role, Message]) -> Unavailable:
    """Why an audience says nothing."""
    return Unavailable(
        reason=absences.get(role) or Message("{audience} are not part of this study.", audience=ROLE_NAMES[role])
    )


def mean_points(side: Side) -> dict[str, MeanEstimate]:
    """Mean importance points by dimension, over the respondents whose points sum to the total."""
    points = side.scored.points
    if points is None:
        return {}
    found = {
        dimension: side.estimator.mean(points.shares[:, position] * points.total)
        for position, dimension in enumerate(points.dimensions)
    }
    return {dimension: mean for dimension, mean in found.items() if isinstance(mean, MeanEstimate)}


def weighted_by(block: Block, points: Mapping[str, MeanEstimate]) -> Array | None:
    """Each respondent's dimension scores weighted by points that are taken as known, or None where they do not cover.

    Parameters
    ----------
    block
        Scores of one battery.
    points
        Mean points by dimension; their sum is the total.

    Returns
    -------
    ndarray or None
        Shape (n_respondents,), Σ points · score / Σ points; NaN where a dimension is missing.
    """
    if not points or set(points) != set(block.dimensions):
        return None
    given = np.array([points[dimension].value for dimension in block.dimensions])
    weighted: Array = block.dimension_scores @ (given / given.sum())
    return weighted


def with_known_weights(found: E | Unavailable) -> E | Unavailable:
    """Say that the uncertainty of the weights is not part of the interval."""
    if isinstance(found, Unavailable):
        return found
    note = Message("The customers' mean points are taken as known; their own uncertainty is not in the interval.")
    return replace(found, caveats=(*found.caveats, note))


def shared(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """Ids that both have, in the order of the first."""
    return (one for one in first if one in second)
