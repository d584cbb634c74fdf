"""Importance points of the dimensions and what they do to the scores."""

from __future__ import annotations

from servq.analysis.estimating import Estimator
from servq.analysis.findings import Unavailable, Weights
from servq.messages import Message
from servq.scoring import ScoredTable
from servq.statistics import MeanEstimate


def make_weights(scored: ScoredTable, estimator: Estimator) -> Weights | Unavailable:
    """Mean points per dimension over the respondents whose points sum to the total, and the weighted scores."""
    points = scored.points
    if points is None:
        return Unavailable(reason=Message("This instrument does not ask for importance points."))
    means = {id_: estimator.mean(points.shares[:, i] * points.total) for i, id_ in enumerate(points.dimensions)}
    valid = {id_: mean for id_, mean in means.items() if isinstance(mean, MeanEstimate)}
    if not valid:
        return Unavailable(
            reason=Message(
                "Too few respondents spread their {total} points over the dimensions so that they sum to {total}.",
                total=points.total,
            )
        )
    weighted = scored.weighted_dimensions(scored.headline)
    weighted_means = {id_: estimator.mean(weighted[:, i]) for i, id_ in enumerate(scored.headline.dimensions)}
    n_valid = max(mean.n for mean in valid.values())
    return Weights(
        n_valid=n_valid,
        n_invalid=points.n_invalid,
        points=valid,
        weighted={id_: mean for id_, mean in weighted_means.items() if isinstance(mean, MeanEstimate)},
        reading=Message(
            "{valid} respondents spread {total} points over the dimensions; the points of {invalid} did not sum to "
            "{total} and are left out.",
            valid=n_valid,
            invalid=points.n_invalid,
            total=points.total,
        ),
    )
