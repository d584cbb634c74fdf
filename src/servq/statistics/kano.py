"""Kano categories of attributes from pairs of functional and dysfunctional questions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import normal_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.statistics.matrix import as_items
from servq.statistics.proportions import wilson_interval

Category = Literal["attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable"]

_A: Category = "attractive"
_O: Category = "one_dimensional"
_M: Category = "must_be"
_I: Category = "indifferent"
_R: Category = "reverse"
_Q: Category = "questionable"

CATEGORIES: tuple[Category, ...] = (_M, _O, _A, _I, _R, _Q)
"""In the order in which ties are settled: what must be there comes before what delights (M > O > A > I)."""

EVALUATION: tuple[tuple[Category, ...], ...] = (
    (_Q, _A, _A, _A, _O),
    (_R, _I, _I, _I, _M),
    (_R, _I, _I, _I, _M),
    (_R, _I, _I, _I, _M),
    (_R, _R, _R, _R, _Q),
)
"""Rows: functional question, columns: dysfunctional question, 1 like … 5 dislike; Berger et al. (1993)."""

ANSWERS = 5


@dataclass(frozen=True, kw_only=True)
class KanoAttribute:
    """How respondents class one attribute.

    Parameters
    ----------
    counts
        Respondents by category.
    category
        The most frequent one; ``None`` where it cannot be told from the second at the confidence level (Fong's test).
    better, worse
        Share whose satisfaction rises when it is there, (A + O) / (A + O + M + I), and share whose satisfaction falls
        when it is not, (O + M) / (A + O + M + I), as a positive number; both with Wilson's interval. None where all
        answers are reverse or questionable.
    """

    name: str
    n: int
    counts: dict[Category, int]
    most_frequent: Category
    category: Category | None
    better: Estimate | None
    worse: Estimate | None
    caveats: tuple[Message, ...]


def kano_categories(
    functional: object, dysfunctional: object, *, confidence_level: float = CONFIDENCE_LEVEL
) -> tuple[KanoAttribute, ...]:
    """Class attributes by how respondents feel with and without them.

    Parameters
    ----------
    functional, dysfunctional
        Shapes (n_respondents, n_attributes): 1 like, 2 expect, 3 neutral, 4 live with, 5 dislike. A pair with a
        blank is left out of its attribute.
    confidence_level
        For Fong's test of the most frequent category and for the intervals, 0–1.

    Raises
    ------
    InvalidArgument
        Shapes differ, or answers are not whole numbers 1–5.
    NotEstimable
        An attribute without a complete pair.

    Notes
    -----
    The two most frequent categories a ≥ b of n differ when |a − b| ≥ z √((a + b)(2n − a − b) / 2n). R equivalent:
    none. Sources: Kano et al. (1984); Berger et al. (1993), *Center for Quality Management J.* 2(4), 3–36; Fong
    (1996), same journal 5(3), 21–23.

    Examples
    --------
    >>> attribute, = kano_categories([[1], [1], [1], [2]], [[5], [5], [3], [5]])
    >>> attribute.most_frequent, attribute.counts["attractive"], attribute.better.value
    ('one_dimensional', 1, 0.75)
    """
    with_it = as_items(functional, argument="functional")
    without = as_items(dysfunctional, argument="dysfunctional")
    if with_it.values.shape != without.values.shape:
        raise InvalidArgument(
            f"functional and dysfunctional must have one shape; "
            f"they have {with_it.values.shape} and {without.values.shape}."
        )
    for name, values in (("functional", with_it.values), ("dysfunctional", without.values)):
        given = values[~np.isnan(values)]
        if not np.isin(given, np.arange(1, ANSWERS + 1)).all():
            raise InvalidArgument(f"{name} must hold whole numbers from 1 (like) to 5 (dislike), NaN where missing.")
    return tuple(
        _attribute(name, with_it.values[:, i], without.values[:, i], confidence_level)
        for i, name in enumerate(with_it.names)
    )


def _attribute(name: str, functional: np.ndarray, dysfunctional: np.ndarray, confidence_level: float) -> KanoAttribute:
    paired = ~(np.isnan(functional) | np.isnan(dysfunctional))
    n = int(paired.sum())
    if n == 0:
        raise NotEstimable(Message('Nobody answered both questions on "{name}".', name=name), n=0)
    cells = (functional[paired].astype(int) - 1) * ANSWERS + dysfunctional[paired].astype(int) - 1
    answered = np.bincount(cells, minlength=ANSWERS**2).reshape(ANSWERS, ANSWERS)
    counts = {category: int(answered[np.array(EVALUATION) == category].sum()) for category in CATEGORIES}
    first, second = sorted(CATEGORIES, key=lambda category: -counts[category])[:2]
    a, b = counts[first], counts[second]
    distance = normal_quantile(confidence_level) * math.sqrt((a + b) * (2 * n - a - b) / (2 * n))
    clear = b == 0 or a - b >= distance > 0
    valid = counts[_A] + counts[_O] + counts[_M] + counts[_I]
    caveats = []
    if not clear:
        caveats.append(
            Message(
                "The two most frequent categories, {first} and {second}, cannot be told apart.",
                first=first,
                second=second,
            )
        )
    if counts[_Q]:
        caveats.append(Message("{n} answers contradict themselves (questionable).", n=counts[_Q]))
    return KanoAttribute(
        name=name,
        n=n,
        counts=counts,
        most_frequent=first,
        category=first if clear else None,
        better=wilson_interval(counts[_A] + counts[_O], valid, confidence_level=confidence_level) if valid else None,
        worse=wilson_interval(counts[_O] + counts[_M], valid, confidence_level=confidence_level) if valid else None,
        caveats=tuple(caveats),
    )
