"""All signs of careless answering side by side, and who shows several of them. Nobody is removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.answer_quality_consistency import (
    SYNONYM_CORRELATION,
    even_odd_consistency,
    psychometric_synonyms,
)
from servq.statistics.answer_quality_outliers import guttman_errors, mahalanobis
from servq.statistics.answer_quality_patterns import (
    SECONDS_PER_ITEM,
    intra_individual_variability,
    longstring,
    speeding,
)
from servq.statistics.matrix import as_items, as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class QualityCutoffs:
    """Conventions from which an index is remarked on; each can be argued with.

    Parameters
    ----------
    longstring_share
        Share of the items in one run (Curran 2016: half of them).
    lowest_variability
        Standard deviation of a respondent's answers up to which they count as one answer.
    lowest_even_odd
        Johnson (2005).
    lowest_synonyms
        Meade & Craig (2012), Johnson (2005).
    mahalanobis_p
        The usual mark of an outlier.
    guttman_fences
        Interquartile ranges above the third quartile (Zijlstra et al. 2007).
    seconds_per_item
        Huang et al. (2012).
    signs
        Signs from which a respondent is called suspicious: one alone accuses too many of the careful.
    """

    longstring_share: float = 0.5
    lowest_variability: float = 0.0
    lowest_even_odd: float = 0.30
    lowest_synonyms: float = 0.22
    mahalanobis_p: float = 0.001
    guttman_fences: float = 1.5
    seconds_per_item: float = SECONDS_PER_ITEM
    signs: int = 2


@dataclass(frozen=True, kw_only=True)
class AnswerQuality:
    """What the indices say about each respondent.

    Parameters
    ----------
    indices
        Index by name, shape (n_respondents,) each, NaN where a respondent's answers do not carry it.
    flags
        By name, True where the index passes its cut-off; never for NaN.
    n_signs
        Flags per respondent.
    suspicious
        True from ``cutoffs.signs`` flags on.
    n
        Respondents.
    cutoffs
        The conventions used.
    caveats
        Which indices could not be computed, and why.
    """

    indices: dict[str, NDArray[np.float64]]
    flags: dict[str, NDArray[np.bool_]]
    n_signs: NDArray[np.intp]
    suspicious: NDArray[np.bool_]
    n: int
    cutoffs: QualityCutoffs
    caveats: tuple[Message, ...]


def answer_quality(
    items: object,
    *,
    scored_items: object | None = None,
    dimensions: Mapping[str, Sequence[str]] | Sequence[int] | None = None,
    seconds: object | None = None,
    synonym_correlation: float = SYNONYM_CORRELATION,
    cutoffs: QualityCutoffs | None = None,
) -> AnswerQuality:
    """Compute every index of careless answering that the data carry, and flag respondents who show several signs.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items), as answered, in the order asked; NaN where missing. An index that a respondent
        has not enough answers for flags nobody.
    scored_items
        The same with reverse-keyed items reversed; `items` when None.
    dimensions
        As in `even_odd_consistency`; without them that index is left out.
    seconds
        Time spent on the items, shape (n_respondents,); without it speed is left out.
    synonym_correlation
        As in `psychometric_synonyms`.
    cutoffs
        Conventions other than the published ones.

    Returns
    -------
    AnswerQuality
        For every respondent, in order. Leaving somebody out is the caller's decision, to be reported.

    Raises
    ------
    InvalidArgument
        Shapes that do not fit together.
    NotEstimable
        No respondents.

    Notes
    -----
    R equivalent: none for the flag; package careless has the indices. Sources: Meade & Craig (2012), *Psychol. Methods*
    17, 437–455; Curran (2016), *J. Exp. Soc. Psychol.* 66, 4–19.

    Examples
    --------
    >>> quality = answer_quality([[3, 3, 3, 3], [1, 2, 4, 5], [2, 1, 5, 4]], seconds=[3, 60, 45])
    >>> quality.suspicious.tolist(), quality.n_signs.tolist()
    ([True, False, False], [3, 0, 0])
    """
    limits = cutoffs or QualityCutoffs()
    asked = as_items(items)
    scored = asked if scored_items is None else as_items(scored_items, argument="scored_items")
    n, n_items = asked.values.shape
    if scored.values.shape != asked.values.shape:
        raise InvalidArgument("scored_items must have the shape of items.")
    if n == 0:
        raise NotEstimable(Message("There are no respondents."), n=0)
    indices = {
        "longstring": longstring(asked.values),
        "intra_individual_variability": intra_individual_variability(asked.values),
    }
    flags = {
        "longstring": indices["longstring"] >= max(limits.longstring_share * n_items, 2.0),
        "intra_individual_variability": indices["intra_individual_variability"] <= limits.lowest_variability,
    }
    caveats = []
    if dimensions is not None:
        index = indices["even_odd_consistency"] = even_odd_consistency(
            items if scored_items is None else scored_items, dimensions
        )
        flags["even_odd_consistency"] = index < limits.lowest_even_odd
    try:
        index = indices["psychometric_synonyms"] = psychometric_synonyms(
            scored.values, minimum_correlation=synonym_correlation
        )
        flags["psychometric_synonyms"] = index < limits.lowest_synonyms
    except NotEstimable as error:
        caveats.append(_not_computed("psychometric_synonyms", error))
    try:
        distance = mahalanobis(scored.values)
        indices["mahalanobis"] = distance.squared
        flags["mahalanobis"] = distance.p_value < limits.mahalanobis_p
    except NotEstimable as error:
        caveats.append(_not_computed("mahalanobis", error))
    try:
        index = indices["guttman_errors"] = guttman_errors(scored.values)
        lower, upper = np.nanquantile(index, [0.25, 0.75])
        flags["guttman_errors"] = index > upper + limits.guttman_fences * (upper - lower)
    except (NotEstimable, InvalidArgument) as error:  # answers on a slider have no steps
        caveats.append(_not_computed("guttman_errors", error))
    if seconds is not None:
        spent = as_vector(seconds, argument="seconds")
        if len(spent) != n:
            raise InvalidArgument(f"seconds must have one entry per respondent; it has {len(spent)} for {n}.")
        indices["seconds_per_item"] = spent / n_items
        flags["seconds_per_item"] = speeding(spent, n_items, seconds_per_item=limits.seconds_per_item)
    n_signs = np.sum(list(flags.values()), axis=0)
    return AnswerQuality(
        indices=indices,
        flags=flags,
        n_signs=n_signs,
        suspicious=n_signs >= limits.signs,
        n=n,
        cutoffs=limits,
        caveats=tuple(caveats),
    )


def _not_computed(index: str, error: NotEstimable | InvalidArgument) -> Message:
    reason = error.reason if isinstance(error, NotEstimable) else str(error)
    return Message("{index} could not be computed: {reason}", index=index, reason=reason)
