"""Groups in the order of their headline score, with the places that the data cannot rule out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from servq.analysis.readings import SLIGHT_D
from servq.analysis.segment_findings import RankedGroup, Ranking
from servq.messages import Message
from servq.statistics import Estimate, MeanEstimate, SampleSummary
from servq.statistics.trend_sites import rank_sites_from


def make_ranking(
    estimates: Mapping[str, tuple[Estimate, MeanEstimate]], better: str, spread: float, *, confidence_level: float
) -> Ranking:
    """Rank groups; a place is shared by all that nothing tells apart from the ones above them.

    Parameters
    ----------
    estimates
        By label: the headline score as it is printed, and the mean of what the respondents add to it.
    better
        ``high`` or ``low``: which end has the first place.
    spread
        Standard deviation of the respondents, for what counts as a slight difference.
    confidence_level
        Of all intervals of ranks together.

    Raises
    ------
    NotEstimable
        Fewer than two groups, or two groups that do not vary at all.
    """
    sign = 1.0 if better == "high" else -1.0
    summaries = {
        label: SampleSummary(mean.n, sign * mean.value, mean.se * math.sqrt(mean.n))
        for label, (_, mean) in estimates.items()
    }
    ranks = rank_sites_from(summaries, confidence_level=confidence_level)
    places = _places([one.rank_low for one in ranks])
    taken = Counter(places)
    groups = tuple(
        RankedGroup(
            label=one.site,
            n=one.n,
            estimate=estimates[one.site][0],
            rank=one.rank,
            rank_low=one.rank_low,
            rank_high=one.rank_high,
            place=place,
            is_shared=taken[place] > 1,
        )
        for one, place in zip(ranks, places, strict=True)
    )
    means = [one.mean for one in ranks]
    return Ranking(
        groups=groups,
        confidence_level=confidence_level,
        reading=_read(groups, is_slight=max(means) - min(means) < SLIGHT_D * spread),
    )


def _places(lowest: list[int]) -> list[int]:
    """A place goes to everybody down to the last one who may hold it, so that places only ever fall."""
    places: list[int] = []
    for rank_low in reversed(lowest):
        places.append(min(rank_low, places[-1] if places else rank_low))
    return places[::-1]


def _read(groups: tuple[RankedGroup, ...], *, is_slight: bool) -> Message:
    n = len(groups)
    first = [one for one in groups if one.rank_low == 1]
    last = [one for one in groups if one.rank_high == n]
    if len(first) == n and len(last) == n:
        return Message("Pair by pair, no order of the {n} can be told from chance: they all share one place.", n=n)
    sentence = (
        Message("{name} holds the first place beyond chance", name=first[0].label)
        if len(first) == 1
        else Message("Any of {first} of the {n} may hold the first place", first=len(first), n=n)
    )
    end = (
        Message("{name} the last", name=last[0].label)
        if len(last) == 1
        else Message("any of {last} the last", last=len(last))
    )
    if is_slight:
        return Message(
            "{first}, {last}; but from the first to the last the difference is slight.", first=sentence, last=end
        )
    return Message("{first}, {last}.", first=sentence, last=end)
