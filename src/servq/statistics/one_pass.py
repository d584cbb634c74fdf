"""Scales and scores of a whole instrument from one pass over its answers.

What a report of a two-battery instrument needs (the reliability of every scale, item gaps, dimension gaps, the overall
gap, each over its own respondents) comes from moments that a single reading of the table collects. Scores are computed
per respondent in that reading and never stored, so a million respondents need no more memory than a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servq.errors import InvalidArgument
from servq.statistics.comparison import mean_interval_from
from servq.statistics.estimate import CONFIDENCE_LEVEL, MeanEstimate
from servq.statistics.matrix import as_items
from servq.statistics.moments import Moments, positions_of
from servq.statistics.scan import EXACT_FLOAT32, CentredSums, Rows, as_slice, provisional_centre, scan

FIRST, SECOND = "first", "second"


@dataclass(frozen=True, kw_only=True)
class ScoreRule:
    """A respondent's mean over items, or over differences first − second of paired items.

    Parameters
    ----------
    first
        Columns of the items, or of the minuends (perceptions).
    second
        Columns of the subtrahends (expectations) in the same order; empty for a plain mean.
    minimum
        Items, or pairs of which both are answered, that a respondent needs to be given the score.
    """

    first: tuple[str, ...]
    second: tuple[str, ...] = ()
    minimum: int


@dataclass(frozen=True, kw_only=True)
class MeanOfScores:
    """A respondent's mean of other scores, given where none of them is missing."""

    scores: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class OnePass:
    """Moments of every declared set and score.

    Parameters
    ----------
    sets
        Moments of each set of columns over the respondents complete in it.
    scores
        Moments of each score over the respondents who have it, with the columns ``first`` (and ``second``): the
        means of the two parts over the same pairs, whose difference is the score.
    """

    sets: Mapping[str, Moments]
    scores: Mapping[str, Moments]


def one_pass(
    items: object,
    *,
    sets: Mapping[str, Sequence[str]],
    scores: Mapping[str, ScoreRule | MeanOfScores],
) -> OnePass:
    """Collect the moments of sets of items and of scores in one reading of the answers.

    Parameters
    ----------
    items
        Answers of shape (n_respondents, n_items), NaN where missing; a float32 array is read as it is.
    sets
        Column names of each scale whose reliability is wanted; list-wise within the set.
    scores
        Scores by name. A `MeanOfScores` may name any `ScoreRule` of this mapping, all with a second part or all
        without.

    Raises
    ------
    InvalidArgument
        A name is unknown, a rule pairs unequally many columns, or its minimum is not within 1 … number of pairs.

    Notes
    -----
    R equivalent: none; the moments are those of ``cov(na.omit(items))`` for each set.

    Examples
    --------
    >>> result = one_pass(
    ...     [[5, 3], [4, 4], [6, 3], [7, None]],
    ...     sets={},
    ...     scores={"gap": ScoreRule(first=("1",), second=("2",), minimum=1)},
    ... )
    >>> result.scores["gap"].n, round(score_mean(result.scores["gap"]).value, 3)
    (3, 1.667)
    """
    values, names = as_items(items, keep_float32=True, allow_infinite=True)
    rules = {name: rule for name, rule in scores.items() if isinstance(rule, ScoreRule)}
    paired = {name: rule for name, rule in rules.items() if rule.second}
    plain = {name: rule for name, rule in rules.items() if not rule.second}
    means = {name: rule for name, rule in scores.items() if isinstance(rule, MeanOfScores)}
    chosen = [positions_of(columns, names, argument=f"set {name}") for name, columns in sets.items()]
    everything = np.arange(len(names))
    centre = provisional_centre(values, everything)
    plans = [_ScorePlan(group, means, names, centre) for group in (paired, plain) if group]
    if sum(len(plan.composites) for plan in plans) != len(means):
        raise InvalidArgument("A mean of scores must name scores of this call, all with a second part or all without.")

    def on_incomplete(deviations: Rows, present: Rows) -> None:
        for plan in plans:
            plan.add(deviations, present)

    result = scan(values, everything, chosen, centre, on_incomplete if plans else None)
    complete = Moments.from_sums(result.complete, names, len(values))
    found = {name: moments for plan in plans for name, moments in plan.finish(complete).items()}
    return OnePass(
        sets={
            name: Moments.from_sums(sums, tuple(names[i] for i in positions), len(values))
            for name, positions, sums in zip(sets, chosen, result.sets, strict=True)
        },
        scores={name: found[name] for name in scores},
    )


def score_mean(score: Moments, *, confidence_level: float = CONFIDENCE_LEVEL) -> MeanEstimate:
    """Mean of a score from its moments, with a t interval.

    Parameters
    ----------
    score
        Moments of one score as `one_pass` returns them.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    NotEstimable
        Fewer than two respondents have the score.
    InvalidArgument
        The confidence level lies outside 0–1.

    Notes
    -----
    R: ``t.test(first, second, paired = TRUE)``; ``t.test(first)`` for a score without a second part. Source: Student
    (1908), *Biometrika* 6, 1–25.

    Examples
    --------
    >>> score_mean(Moments.of([[4, 5], [6, 6], [5, 6]])).value
    -0.666666666666667
    """
    sign = np.array([1.0, -1.0])[: score.n_items]
    variance = max(0.0, float(sign @ score.scatter @ sign)) / max(score.n - 1, 1)
    return mean_interval_from(score.n, float(sign @ score.mean), sqrt(variance), confidence_level=confidence_level)


class _ScorePlan:
    """All scores of one kind (with or without a second part), over the rows that lack an answer.

    Rows without a blank need no plan: their scores are weighted sums of the items, whose moments follow from theirs.
    """

    def __init__(
        self,
        rules: Mapping[str, ScoreRule],
        means: Mapping[str, MeanOfScores],
        names: tuple[str, ...],
        centre: NDArray[np.float64],
    ) -> None:
        where = {name: position for position, name in enumerate(names)}
        for name, rule in rules.items():
            _check(name, rule, where)
        pairs = list(dict.fromkeys(pair for rule in rules.values() for pair in _pairs(rule)))
        self.n_columns = len(names)
        self.columns = [np.array([where[column] for column in part]) for part in zip(*pairs, strict=True)]
        self.slices = [as_slice(columns) for columns in self.columns]
        self.members = {name: np.array([pairs.index(pair) for pair in _pairs(rule)]) for name, rule in rules.items()}
        self.composites = {
            name: rule.scores for name, rule in means.items() if rule.scores and set(rule.scores) <= set(rules)
        }
        self.singles = {name: int(members[0]) for name, members in self.members.items() if len(members) == 1}
        in_composites = {name for scores in self.composites.values() for name in scores}
        self.several = [name for name in rules if name not in self.singles or name in in_composites]
        self.minimum = np.array([[rules[name].minimum] for name in self.several])
        self.membership = np.zeros((len(self.several), len(pairs)))
        for row, name in enumerate(self.several):
            self.membership[row, self.members[name]] = 1
        n_members = self.membership.sum(axis=1)
        centres = [centre[columns] for columns in self.columns]
        score_centres = [self.membership @ part / n_members for part in centres]
        # How far a pair's centre lies from the centre of its score: blanks must not move the score by that.
        self.offsets = [
            self.membership * (part - score_part[:, np.newaxis])
            for part, score_part in zip(centres, score_centres, strict=True)
        ]
        self.composite_rows = [[self.several.index(name) for name in scores] for scores in self.composites.values()]
        self.pair_sums = _PartSums(centres)
        self.several_sums = _PartSums(score_centres)
        self.composite_sums = _PartSums(
            [np.array([part[rows].mean() for rows in self.composite_rows]) for part in score_centres]
        )

    def add(self, deviations: Rows, present: Rows) -> None:
        both = present[self.slices[0]]
        for columns in self.slices[1:]:
            both = both * present[columns]
        parts = [deviations[columns] * both for columns in self.slices]
        if self.singles:
            self.pair_sums.add(parts, both)
        if not self.several:
            return
        membership = self.membership.astype(deviations.dtype)
        counts = self.membership.astype(np.float32) @ both
        given = counts >= self.minimum
        divisor = np.where(given, counts, np.inf).astype(np.float64)
        values = [
            (membership @ part + offset @ both) / divisor if offset.any() else membership @ part / divisor
            for part, offset in zip(parts, self.offsets, strict=True)
        ]
        self.several_sums.add(values, given)
        if self.composites:
            has_all = np.array([given[rows].all(axis=0) for rows in self.composite_rows])
            averages = [
                np.where(has_all, [value[rows].mean(axis=0) for rows in self.composite_rows], 0.0) for value in values
            ]
            self.composite_sums.add(averages, has_all)

    def finish(self, complete: Moments) -> dict[str, Moments]:
        found = {}
        weights = {name: self._weights(members) for name, members in self.members.items()}
        for name in self.members:
            if name in self.singles:
                rest = self.pair_sums.moments(self.singles[name])
            else:
                rest = self.several_sums.moments(self.several.index(name))
            found[name] = Moments.merge(complete.combine(weights[name], rest.names), rest)
        for position, (name, scores) in enumerate(self.composites.items()):
            rest = self.composite_sums.moments(position)
            average = np.mean([weights[score] for score in scores], axis=0)
            found[name] = Moments.merge(complete.combine(average, rest.names), rest)
        return found

    def _weights(self, members: NDArray[np.intp]) -> NDArray[np.float64]:
        weights = np.zeros((len(self.columns), self.n_columns))
        for row, columns in enumerate(self.columns):
            np.add.at(weights[row], columns[members], 1 / len(members))
        return weights


class _PartSums:
    """Sums of the one or two parts of several scores about their centres."""

    def __init__(self, centres: list[NDArray[np.float64]]) -> None:
        n_parts, n_scores = len(centres), len(centres[0])
        self.centres = np.array(centres)
        self.n = np.zeros(n_scores)
        self.totals = np.zeros((n_parts, n_scores))
        self.products = np.zeros((n_parts, n_parts, n_scores))

    def add(self, parts: Sequence[Rows], given: NDArray[Any]) -> None:
        """Add values of shape (n_scores, n_rows), 0 where the score is not given."""
        self.n += np.count_nonzero(given, axis=1)
        ones = np.ones(given.shape[1], dtype=parts[0].dtype)
        for row, part in enumerate(parts):
            self.totals[row] += part @ ones
            for column, other in enumerate(parts[: row + 1]):
                products = np.einsum("ij,ij->i", part, other)
                if part.dtype == np.float32 and products.size and np.abs(products).max() > EXACT_FLOAT32:
                    products = np.einsum("ij,ij->i", part.astype(np.float64), other)
                self.products[row, column] += products
                if column < row:
                    self.products[column, row] += products

    def moments(self, position: int) -> Moments:
        """Moments of one score over these rows; they count no respondents of their own, the caller did."""
        sums = CentredSums(
            int(self.n[position]),
            self.centres[:, position],
            self.totals[:, position],
            self.products[:, :, position],
        )
        return Moments.from_sums(sums, (FIRST, SECOND)[: len(self.centres)], 0)


def _pairs(rule: ScoreRule) -> list[tuple[str, ...]]:
    return list(zip(rule.first, rule.second, strict=True)) if rule.second else [(name,) for name in rule.first]


def _check(name: str, rule: ScoreRule, where: Mapping[str, int]) -> None:
    unknown = [column for column in (*rule.first, *rule.second) if column not in where]
    if unknown:
        raise InvalidArgument(f"Score {name} names columns that are not there: {', '.join(unknown)}.")
    if rule.second and len(rule.second) != len(rule.first):
        raise InvalidArgument(f"Score {name} must pair as many second columns as first ones.")
    if len(set(_pairs(rule))) != len(rule.first) or not rule.first:
        raise InvalidArgument(f"Score {name} must name at least one item, and each only once.")
    if not 1 <= rule.minimum <= len(rule.first):
        raise InvalidArgument(f"The minimum of score {name} must lie within 1 … {len(rule.first)}.")
