"""Scores by group, with small groups suppressed so that they cannot be worked out from the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from servq.analysis.estimating import Estimator
from servq.analysis.findings import Segment, SegmentGroup, Unavailable
from servq.analysis.scores import headline_of_group
from servq.messages import Message
from servq.scoring import ScoredTable

MOST_GROUPS = 200
"""An attribute with more groups than this is an identifier or a free text, not a segment."""


def make_segments(scored: ScoredTable, estimator: Estimator) -> tuple[Segment, ...] | Unavailable:
    """One segment per attribute of the answers."""
    if not scored.answers.attributes:
        return Unavailable(reason=Message("No segments were asked for."))
    return tuple(
        _segment(attribute, groups, scored, estimator) for attribute, groups in scored.answers.attributes.items()
    )


def hidden_groups(sizes: Mapping[str, int], minimum: int) -> frozenset[str]:
    """Groups to suppress: those below `minimum`, and as many of the next smallest as hide them.

    One hidden group alone could be worked out as total minus the groups shown, and so could several
    whose sum stays below the minimum; so the next smallest is hidden too until neither holds.
    """
    rising = sorted(sizes, key=lambda group: (sizes[group], group))
    n_hidden = sum(size < minimum for size in sizes.values())
    while 0 < n_hidden < len(rising) and (n_hidden == 1 or sum(sizes[g] for g in rising[:n_hidden]) < minimum):
        n_hidden += 1
    return frozenset(rising[:n_hidden])


def _segment(attribute: str, groups: NDArray[np.object_], scored: ScoredTable, estimator: Estimator) -> Segment:
    rule = headline_of_group(scored, estimator)
    block = scored.headline
    labels, inverse, counts = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    sizes = {str(label): int(count) for label, count in zip(labels, counts, strict=True)}
    minimum = estimator.minimum_group_size
    if len(sizes) > MOST_GROUPS:
        return Segment(
            attribute=attribute,
            groups=(),
            minimum_group_size=minimum,
            n_suppressed=0,
            reading=Message("{n} different values are too many for a table of groups.", n=len(sizes)),
        )
    hidden = hidden_groups(sizes, minimum)
    if len(hidden) == len(sizes):  # a list of names without numbers would only tell who answered
        return Segment(
            attribute=attribute,
            groups=(),
            minimum_group_size=minimum,
            n_suppressed=len(hidden),
            reading=_reading(len(sizes), len(hidden), minimum),
        )
    made = []
    for position, (label, size) in enumerate(sizes.items()):
        rows = inverse == position
        suppressed = label in hidden
        made.append(
            SegmentGroup(
                label=label or Message("Not stated"),
                suppressed=suppressed,
                n=None if suppressed else size,
                overall=None if suppressed else rule.among(rows).estimate(),
                dimensions={}
                if suppressed
                else {
                    dimension: estimator.among(rows).mean(block.dimension_scores[rows, i])
                    for i, dimension in enumerate(block.dimensions)
                },
            )
        )
    return Segment(
        attribute=attribute,
        groups=tuple(made),
        minimum_group_size=minimum,
        n_suppressed=len(hidden),
        reading=_reading(len(sizes), len(hidden), minimum),
    )


def _reading(n_groups: int, n_hidden: int, minimum: int) -> Message:
    if n_groups == 1:
        return Message("There is only one group, so there is nothing to compare.")
    if n_hidden == 0:
        return Message("{n} groups; every one has at least {minimum} respondents.", n=n_groups, minimum=minimum)
    return Message(
        "{hidden} of {n} groups are not shown: groups of fewer than {minimum} respondents, and where needed the next "
        "smallest, so that they cannot be worked out.",
        hidden=n_hidden,
        n=n_groups,
        minimum=minimum,
    )
