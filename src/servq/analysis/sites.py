"""Scores by group: who differs beyond chance, how sure a place in a ranking is, and what must stay hidden.

Groups of the attribute ``site``, and any groups that are many, are compared each with all others together (Welch's
test; Benjamini–Hochberg over the groups for the headline, and over all groups and dimensions for the dimensions). A
few groups are compared in pairs (Games–Howell within a score, then Holm over the dimensions; see `_over_dimensions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import NOTHING_SAID, Unavailable
from servq.analysis.compared import MeanScoreOfGroup, ScoreOfGroup
from servq.analysis.estimating import Array, Estimator, unavailable
from servq.analysis.grouping import factorised
from servq.analysis.ranking import make_ranking
from servq.analysis.readings import SLIGHT_D, direction_of
from servq.analysis.segment_findings import ComparedBy, Direction, GroupMark, Ranking, SiteCell, SiteRow, Sites
from servq.analysis.site_readings import read_comparison, read_groups
from servq.analysis.suppression import hidden_groups, hidden_in_score, score_hidden
from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics import Comparison, Estimate, MeanEstimate, adjust_p_values
from servq.statistics.studentized_range import studentized_range_sf

MOST_PAIRED = 8
"""More groups than this are compared each with the others, not in pairs: 28 pairs can still be read."""
LEAST_RANKED = 3
"""Two groups are a difference, not a ranking."""
SIGNIFICANCE = 0.05


def make_sites(
    scores: Mapping[str, Array],
    groups: NDArray[np.object_],
    estimator: Estimator,
    *,
    better: str = "high",
    rule: ScoreOfGroup | None = None,
    compared_by: ComparedBy | None = None,
    n_attributes: int = 1,
) -> Sites:
    """Scores by group with suppression, with marks that survive the correction, and with a ranking.

    Parameters
    ----------
    scores
        By id, shape (n_respondents,) each, NaN where missing: the headline score first, then the dimensions. A net
        promoter score or a share is given as what each respondent adds to it (±100 and 0; 1 and 0).
    groups
        Label of each respondent's group, shape (n_respondents,); "" where it is not known.
    estimator
        With the smallest group that may be shown, the confidence level and the survey weights.
    better
        ``high`` or ``low``: which end of the headline is the good one, for ranks and words.
    rule
        How the headline is estimated where it is no plain mean (Wilson's interval of a share, for example).
    compared_by
        ``others`` for sites, ``pairs`` for a few groups; without it pairs up to `MOST_PAIRED` groups, else others.

    n_attributes
        Attributes that are looked through together without having been asked for, such as the answers to several
        choices: p is multiplied by it (Bonferroni).

    Returns
    -------
    Sites
        One row per group in the order of the labels; the ranking only where each is compared with the others.

    Raises
    ------
    InvalidArgument
        No score, or lengths that differ.
    """
    if not scores or any(len(values) != len(groups) for values in scores.values()):
        raise InvalidArgument("make_sites needs one score or more, each with one value per respondent.")
    names, codes, counts = factorised(groups)
    sizes = dict(zip(names, counts.tolist(), strict=True))
    minimum = estimator.minimum_group_size
    hidden = hidden_groups(sizes, minimum)
    rules: dict[str, ScoreOfGroup] = {id_: MeanScoreOfGroup(values, estimator) for id_, values in scores.items()}
    if rule is not None:
        rules[next(iter(scores))] = rule
    shown: dict[str, tuple[str, ...]] = {}
    for id_, values in scores.items():
        having = np.bincount(codes[np.isfinite(values)], minlength=len(names)).tolist()
        concealed = hidden_in_score(dict(zip(names, having, strict=True)), hidden, minimum)
        shown[id_] = tuple(name for name in names if name not in concealed)
    named = sum(name != "" for name in names if name not in hidden)
    by = compared_by or ("pairs" if named <= MOST_PAIRED else "others")
    if named < 2:  # nothing to compare with
        by = "nothing"
    places = {name: np.flatnonzero(codes == position) for position, name in enumerate(names)}
    marks = _marks(by, scores, places, shown, estimator, SIGNIFICANCE / n_attributes)
    rows = tuple(
        SiteRow(
            label=name or Message("Not stated"),
            suppressed=name in hidden,
            n=None if name in hidden else sizes[name],
            cells={}
            if name in hidden
            else {
                id_: SiteCell(
                    estimate=rules[id_].among(places[name]).estimate() if name in shown[id_] else score_hidden(minimum),
                    mark=marks.get((id_, name), GroupMark(direction="none")),
                )
                for id_ in scores
            },
        )
        for name in names
    )
    headline = next(iter(scores))
    made = Sites(
        rows=rows,
        scores=tuple(scores),
        totals={id_: one.estimate() for id_, one in rules.items()},
        compared_by=by,
        minimum_group_size=minimum,
        n_suppressed=len(hidden),
        reading=read_groups(len(names), len(hidden), minimum),
        comparison=NOTHING_SAID,
        ranking=_ranking(rows, headline, scores[headline], places, estimator, better)
        if by == "others" and named >= LEAST_RANKED
        else None,
    )
    return replace(made, comparison=read_comparison(made, better))


Marks = dict[tuple[str, str], GroupMark]


def _marks(
    by: ComparedBy,
    scores: Mapping[str, Array],
    places: Mapping[str, NDArray[np.intp]],
    shown: Mapping[str, Sequence[str]],
    estimator: Estimator,
    alpha: float,
) -> Marks:
    if by == "nothing":
        return {}
    named = {id_: tuple(name for name in groups if name) for id_, groups in shown.items()}
    if by == "pairs":
        return _marks_of_pairs(scores, places, named, estimator, alpha)
    return _marks_beside_others(scores, places, named, estimator, alpha)


def _marks_beside_others(
    scores: Mapping[str, Array],
    places: Mapping[str, NDArray[np.intp]],
    shown: Mapping[str, Sequence[str]],
    estimator: Estimator,
    alpha: float,
) -> Marks:
    """Each group against the respondents of all other groups, the hidden ones among them."""
    found = {
        (id_, name): _beside_others(values, places[name], estimator)
        for id_, values in scores.items()
        for name in shown[id_]
    }
    headline = next(iter(scores))
    adjusted = {
        **_adjusted({key: one for key, one in found.items() if key[0] == headline}),
        **_adjusted({key: one for key, one in found.items() if key[0] != headline}),
    }
    spreads = {id_: _spread(values, estimator) for id_, values in scores.items()}
    return {
        key: GroupMark(
            direction=_direction(one, alpha),
            is_slight=isinstance(one, Comparison)
            and _direction(one, alpha) != "none"
            and abs(one.value) < SLIGHT_D * spreads[key[0]],
            difference=one,
        )
        for key, one in adjusted.items()
    }


def _beside_others(values: Array, rows: NDArray[np.intp], estimator: Estimator) -> Comparison | Unavailable:
    others = np.ones(len(values), dtype=bool)
    others[rows] = False
    inside = estimator.among(rows).mean(values[rows])
    outside = estimator.among(others).mean(values[others])
    return estimator.difference(inside, outside)


def _adjusted(
    found: Mapping[tuple[str, str], Comparison | Unavailable],
) -> dict[tuple[str, str], Comparison | Unavailable]:
    tested = {key: one for key, one in found.items() if isinstance(one, Comparison)}
    adjusted = adjust_p_values([one.p_value for one in tested.values()], "benjamini_hochberg")
    return dict(found) | {
        key: replace(one, p_adjusted=float(p), method="group less all others, Welch t test")
        for (key, one), p in zip(tested.items(), adjusted, strict=True)
    }


def _direction(difference: Comparison | Unavailable, alpha: float) -> Direction:
    """A side only where both the adjusted test and the interval leave out zero."""
    if isinstance(difference, Unavailable) or (difference.p_adjusted or 0.0) >= alpha:
        return "none"
    side = direction_of(difference)
    return "none" if side == "open" else side


def _spread(values: Array, estimator: Estimator) -> float:
    mean = estimator.mean(values)
    return mean.sd if isinstance(mean, MeanEstimate) else 0.0


def _marks_of_pairs(
    scores: Mapping[str, Array],
    places: Mapping[str, NDArray[np.intp]],
    shown: Mapping[str, Sequence[str]],
    estimator: Estimator,
    alpha: float,
) -> Marks:
    """Every pair by Games and Howell; the p-values of the dimensions are adjusted over the dimensions too."""
    pairs = {id_: _games_howell(values, places, shown[id_], estimator) for id_, values in scores.items()}
    headline, *dimensions = scores
    p_values = {headline: pairs[headline][1]} | dict(
        zip(dimensions, _over_dimensions([pairs[id_][1] for id_ in dimensions]), strict=True)
    )
    made: Marks = {}
    for id_, values in scores.items():
        spread = _spread(values, estimator)
        differs = [test for test, p in zip(pairs[id_][0].items(), p_values[id_], strict=True) if p < alpha]
        for name in shown[id_]:
            above = {second: one for (first, second), one in differs if first == name and one.value > 0}
            above |= {first: one for (first, second), one in differs if second == name and one.value < 0}
            below = {second: one for (first, second), one in differs if first == name and one.value < 0}
            below |= {first: one for (first, second), one in differs if second == name and one.value > 0}
            sides = [*above.values(), *below.values()]
            made[id_, name] = GroupMark(
                direction="none" if bool(above) == bool(below) else "above" if above else "below",
                is_slight=bool(sides) and all(abs(one.value) < SLIGHT_D * spread for one in sides),
                above=tuple(above),
                below=tuple(below),
            )
    return made


def _games_howell(
    values: Array, places: Mapping[str, NDArray[np.intp]], shown: Sequence[str], estimator: Estimator
) -> tuple[dict[tuple[str, str], Comparison], Array]:
    """Welch's comparison of every pair that can be tested, and the p-values of Games and Howell."""
    means = {name: estimator.among(places[name]).mean(values[places[name]]) for name in shown}
    tests = {
        pair: test
        for pair in combinations(means, 2)
        if isinstance(test := estimator.difference(means[pair[0]], means[pair[1]]), Comparison)
    }
    ranges = [abs(test.statistic) * np.sqrt(2) for test in tests.values()]
    degrees = [max(test.df, 1.0) if isinstance(test.df, float) else np.inf for test in tests.values()]
    n_groups = sum(isinstance(mean, MeanEstimate) for mean in means.values())
    return tests, studentized_range_sf(ranges, max(n_groups, 2), degrees)


def _over_dimensions(families: Sequence[Array]) -> list[Array]:
    """Holm's adjustment over families that each hold their own error rate.

    A family leaves only when every one of its tests is significant, so that those with a true null hypothesis are
    never more than the factor; with one test a family this is Holm's procedure itself.
    """
    largest = np.array([family.max() if family.size else 1.0 for family in families])
    order = np.sort(largest)
    n = len(families)
    needed = np.concatenate([[0.0], np.maximum.accumulate(order * (n - np.arange(n)))])[:n]
    factors = n - np.arange(n)
    return [np.minimum(np.maximum(needed[:, None], factors[:, None] * family).min(axis=0), 1.0) for family in families]


def _ranking(
    rows: Sequence[SiteRow],
    headline: str,
    values: Array,
    places: Mapping[str, NDArray[np.intp]],
    estimator: Estimator,
    better: str,
) -> Ranking | Unavailable:
    estimates: dict[str, tuple[Estimate, MeanEstimate]] = {}
    for row in rows:
        shown = row.cells.get(headline)
        if isinstance(row.label, Message) or shown is None or not isinstance(shown.estimate, Estimate):
            continue
        mean = estimator.among(places[row.label]).mean(values[places[row.label]])
        if isinstance(mean, MeanEstimate):
            estimates[row.label] = (shown.estimate, mean)
    try:
        return make_ranking(estimates, better, _spread(values, estimator), confidence_level=estimator.confidence_level)
    except NotEstimable as error:
        return unavailable(error)
