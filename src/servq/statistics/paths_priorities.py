"""Importance–performance map of the constructs of a path model: where a better score would move the target most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from servq.errors import InvalidArgument
from servq.statistics.ecsi import ECSI_SCALE, ConstructIndex, ResponseScale, ecsi_index
from servq.statistics.pls_result import BootstrapEstimate, PathModel


@dataclass(frozen=True, kw_only=True, eq=False)
class ConstructPriority:
    """A construct on the map.

    Parameters
    ----------
    construct
        A construct from which a route leads to the target.
    importance
        Unstandardised total effect: points of the target's index for each point of this one's.
    importance_low, importance_high
        Its percentile interval from the model's bootstrap, or None without one.
    total_effect
        The same in standard deviations, with the model's bootstrap interval.
    performance
        Mean index, 0–100.
    item_importance
        Points of the target's index for each point of an item's (0–100): normalised weight times `importance`.
    """

    construct: str
    importance: float
    importance_low: float | None
    importance_high: float | None
    total_effect: BootstrapEstimate
    performance: ConstructIndex
    item_importance: Mapping[str, float]


def construct_importance_performance(
    model: PathModel,
    target: str,
    *,
    scale: ResponseScale | Mapping[str, ResponseScale] = ECSI_SCALE,
) -> tuple[ConstructPriority, ...]:
    """Importance and performance of every construct that a route joins to a target.

    Parameters
    ----------
    model
        A fitted `PathModel`.
    target
        The construct to be improved.
    scale
        Lowest and highest point of the items: one pair for all, or a pair for each construct.

    Returns
    -------
    tuple of ConstructPriority
        Most important first.

    Raises
    ------
    InvalidArgument
        An unknown target, one to which no path leads, a scale that is none or that the answers leave.
    NotEstimable
        Weights of a construct that cancel out.

    Notes
    -----
    Importance is the total effect times the ratio of the indices' standard deviations. On one scale for all constructs
    it equals the effect between scores on the original points. R: ``cSEM::doIPMA``, whose performance is on the
    original points.

    References
    ----------
    Ringle, C. M. & Sarstedt, M. (2016). Gain more insight from your PLS-SEM results: the importance-performance map
    analysis. Industrial Management & Data Systems, 116, 1865–1886.

    Examples
    --------
    >>> from servq.statistics.pls import pls_path_model
    >>> answers = [[8, 7, 9, 8], [5, 6, 4, 5], [9, 9, 10, 9], [3, 4, 5, 2], [7, 5, 6, 7]]
    >>> model = pls_path_model(
    ...     answers, {"satisfaction": ["1", "2"], "loyalty": ["3", "4"]}, [("satisfaction", "loyalty")]
    ... )
    >>> [priority.construct for priority in construct_importance_performance(model, "loyalty")]
    ['satisfaction']
    """
    if target not in model.constructs:
        raise InvalidArgument(f"The model has no construct {target!r}; it has {', '.join(model.constructs)}.")
    reaching = [effect for effect in model.effects if effect.target == target]
    if not reaching:
        raise InvalidArgument(f"No path leads to {target}, so nothing in the model can move it.")
    goal = ecsi_index(model, construct=target, scale=scale)
    priorities = []
    for effect in reaching:
        performance = ecsi_index(model, construct=effect.source, scale=scale)
        importance = effect.total.value * goal.sd / performance.sd
        # A bootstrap in points of both scales; indices of unequal scales stretch them.
        moved = effect.total_unstandardized
        stretch = (performance.scale[1] - performance.scale[0]) / (goal.scale[1] - goal.scale[0])
        priorities.append(
            ConstructPriority(
                construct=effect.source,
                importance=importance,
                importance_low=None if moved.ci_low is None else moved.ci_low * stretch,
                importance_high=None if moved.ci_high is None else moved.ci_high * stretch,
                total_effect=effect.total,
                performance=performance,
                item_importance={item: weight * importance for item, weight in performance.weights.items()},
            )
        )
    return tuple(sorted(priorities, key=lambda priority: -priority.importance))
