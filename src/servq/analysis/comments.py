"""From comments and their codes to findings. No text is read by a machine here: meaning comes from the codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.comment_findings import (
    CodeAgreement,
    CodeCount,
    CommentCount,
    CommentFindings,
    CommentPeriod,
    DimensionCount,
    Quotation,
)
from servq.analysis.compared import Compared
from servq.analysis.estimating import Estimator, unavailable
from servq.analysis.findings import OverallScore
from servq.analysis.labels import Labels
from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics import Comparison, Estimate, fleiss_kappa
from servq.statistics.proportions import wilson_interval

LONGEST_BY_WEEK = 26 * 7
"""Days up to which the volume is counted by week; a longer time is counted by month."""

LEAST_CODED_TWICE = 10
"""Comments that two coders must have coded before their agreement is told: kappa of fewer says nothing."""

_RATERS = 2

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code of the codebook; `dimension` is the id of the dimension that it stands for, "" for none."""

    id: str
    label: str
    description: str = ""
    dimension: str = ""


def agreed_codes(codings: Sequence[frozenset[T]]) -> frozenset[T]:
    """Codes that at least half of the coders gave."""
    given = [code for coding in codings for code in coding]
    return frozenset(code for code in given if 2 * given.count(code) >= len(codings))


@dataclass(frozen=True, kw_only=True)
class WrittenComment:
    """One comment.

    Parameters
    ----------
    row
        Its respondent's place among the answers.
    question
        Id of the comment in the instrument.
    codings
        The codes that each coder gave, in the order of coding; an empty set where none applied.
    """

    row: int
    question: str
    codings: tuple[frozenset[str], ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """Codes that the comment counts under."""
        return agreed_codes(self.codings)


@dataclass(frozen=True, kw_only=True)
class WaveVolume:
    """Respondents of a wave, those who wrote something, and its comments by code."""

    name: str
    n_respondents: int
    n_commenting: int
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CommentMaterial:
    """Everything that is known of the comments of a wave.

    Parameters
    ----------
    days
        Day of each response in the order of the answers, None where it is not known.
    questions
        Id of each comment that is asked → what is asked.
    waves
        Earlier waves, the oldest first; the wave itself is counted from `comments`.
    """

    comments: Sequence[WrittenComment]
    days: Sequence[date | None]
    questions: Mapping[str, str]
    codebook: Sequence[Code] = ()
    quotations: Sequence[Quotation] = ()
    waves: Sequence[WaveVolume] = ()
    wave: str = ""


def comments_of(
    material: CommentMaterial,
    scores: Sequence[OverallScore],
    compared: Compared | Unavailable,
    labels: Labels,
    estimator: Estimator,
) -> CommentFindings | Unavailable:
    """Count the comments of the respondents whose scores are given."""
    missing = np.full(len(material.days), np.nan)
    return make_comments(
        material,
        headline=scores[0] if scores and isinstance(compared, Compared) else None,
        contributions=compared.overall.contributions if isinstance(compared, Compared) else missing,
        dimensions={one.id: labels.dimension(one.id) for one in labels.instrument.definition.dimensions},
        estimator=estimator,
    )


def make_comments(
    material: CommentMaterial,
    *,
    headline: OverallScore | None,
    contributions: NDArray[np.float64],
    dimensions: Mapping[str, str],
    estimator: Estimator,
) -> CommentFindings | Unavailable:
    """Count comments by question, score, time and code.

    Parameters
    ----------
    headline
        The score by which respondents are banded; None where there is none.
    contributions
        What each respondent adds to it, shape (n_respondents,), NaN where nothing.
    dimensions
        Label of each dimension of the instrument by its id.

    Returns
    -------
    CommentFindings or Unavailable
        The latter where no comment is asked, or nobody wrote one.
    """
    if not material.questions:
        return Unavailable(reason=Message("The questionnaire asks for no comment."))
    if not material.comments:
        return Unavailable(reason=Message("Nobody wrote a comment."))
    n = len(material.days)
    commenting = {comment.row for comment in material.comments}
    coded = [comment for comment in material.comments if comment.codings]
    length = _period_length(material.days)
    return CommentFindings(
        n_respondents=n,
        n_commenting=len(commenting),
        n_comments=len(material.comments),
        n_coded=len(coded),
        share=_share(len(commenting), n, estimator),
        questions=tuple(
            _count(label, {c.row for c in material.comments if c.question == question}, range(n), estimator)
            for question, label in material.questions.items()
        ),
        bands=_bands(commenting, headline, contributions, estimator),
        periods=_periods(material, length),
        period_length=length,
        waves=_waves(material, n, len(commenting), estimator),
        codes=_codes(material, coded, contributions, dimensions, estimator),
        dimensions=_dimensions(material, coded, dimensions, estimator),
        agreement=_agreement(material.codebook, coded, estimator),
        quotations=tuple(material.quotations),
        reading=_reading(n, len(commenting), len(material.comments), len(coded)),
    )


def _reading(n: int, n_commenting: int, n_comments: int, n_coded: int) -> Message:
    if not n_coded:
        return Message(
            "{commenting:,} of {n:,} respondents wrote a comment. None of the {comments:,} comments has been coded "
            "yet, so nothing is said here of what they are about.",
            commenting=n_commenting,
            n=n,
            comments=n_comments,
        )
    return Message(
        "{commenting:,} of {n:,} respondents wrote a comment; researchers have coded {coded:,} of {comments:,} "
        "comments. Who writes is not a random part of those who answer.",
        commenting=n_commenting,
        n=n,
        coded=n_coded,
        comments=n_comments,
    )


def _share(n_with: int, n: int, estimator: Estimator) -> Estimate | Unavailable:
    if hidden := estimator.too_few(n):
        return hidden
    try:
        return wilson_interval(n_with, n, confidence_level=estimator.confidence_level)
    except NotEstimable as error:
        return unavailable(error)


def _count(label: str, commenting: Iterable[int], among: Iterable[int], estimator: Estimator) -> CommentCount:
    everybody = set(among)
    n_commenting = len(everybody.intersection(commenting))
    return CommentCount(
        label=label,
        n_respondents=len(everybody),
        n_commenting=n_commenting,
        share=_share(n_commenting, len(everybody), estimator),
    )


def _bands(
    commenting: set[int], headline: OverallScore | None, contributions: NDArray[np.float64], estimator: Estimator
) -> tuple[CommentCount, ...]:
    """By the score of the respondents; none is shown where one of the bands would be too small."""
    if headline is None:
        return ()
    found = [
        _count(label, commenting, np.flatnonzero(rows).tolist(), estimator)
        for label, rows in _score_bands(headline, contributions)
    ]
    if any(0 < band.n_respondents < estimator.minimum_group_size for band in found):
        return ()
    return tuple(band for band in found if band.n_respondents)


def _score_bands(
    headline: OverallScore, contributions: NDArray[np.float64]
) -> tuple[tuple[Message, NDArray[np.bool_]], ...]:
    match headline.kind:
        case "net_promoter":
            return (
                (Message("Detractors"), contributions < 0),
                (Message("Passives"), contributions == 0),
                (Message("Promoters"), contributions > 0),
            )
        case "top_box" | "effort_share":
            return (
                (Message("Not on the top points"), contributions == 0),
                (Message("On the top points"), contributions == 1),
            )
        case kind if kind.startswith(("gap", "adequacy", "superiority")):
            return (
                (Message("Score below zero"), contributions < 0),
                (Message("Score of zero"), contributions == 0),
                (Message("Score above zero"), contributions > 0),
            )
        case _:
            third = (headline.high - headline.low) / 3
            one, two = headline.low + third, headline.high - third
            return (
                (Message("Lower third of the scale"), contributions < one),
                (Message("Middle third of the scale"), (contributions >= one) & (contributions <= two)),
                (Message("Upper third of the scale"), contributions > two),
            )


def _period_length(days: Sequence[date | None]) -> Literal["week", "month"]:
    known = [day for day in days if day is not None]
    return "month" if known and (max(known) - min(known)).days > LONGEST_BY_WEEK else "week"


def _begin(day: date, length: str) -> date:
    return day.replace(day=1) if length == "month" else day - timedelta(days=day.weekday())


def _next(begin: date, length: str) -> date:
    return (begin + timedelta(days=32)).replace(day=1) if length == "month" else begin + timedelta(days=7)


def _periods(material: CommentMaterial, length: str) -> tuple[CommentPeriod, ...]:
    begins = [None if day is None else _begin(day, length) for day in material.days]
    known = [begin for begin in begins if begin is not None]
    if not known:
        return ()
    written = [begins[comment.row] for comment in material.comments]
    periods = []
    begin = min(known)
    while begin <= max(known):
        periods.append(
            CommentPeriod(begins_on=begin, n_comments=written.count(begin), n_respondents=known.count(begin))
        )
        begin = _next(begin, length)
    return tuple(periods)


def _waves(material: CommentMaterial, n: int, n_commenting: int, estimator: Estimator) -> tuple[CommentCount, ...]:
    current = WaveVolume(name=material.wave, n_respondents=n, n_commenting=n_commenting)
    return tuple(
        CommentCount(
            label=wave.name,
            n_respondents=wave.n_respondents,
            n_commenting=wave.n_commenting,
            share=_share(wave.n_commenting, wave.n_respondents, estimator),
        )
        for wave in (*material.waves, current)
    )


def _codes(
    material: CommentMaterial,
    coded: Sequence[WrittenComment],
    contributions: NDArray[np.float64],
    dimensions: Mapping[str, str],
    estimator: Estimator,
) -> tuple[CodeCount, ...]:
    made = []
    for code in material.codebook:
        having = [comment for comment in coded if code.id in comment.codes]
        rows = np.array(sorted({comment.row for comment in having}), dtype=np.intp)
        made.append(
            CodeCount(
                id=code.id,
                label=code.label,
                description=code.description,
                dimension=dimensions.get(code.dimension, ""),
                n=len(having),
                share=_share(len(having), len(coded), estimator),
                by_wave=(*(wave.codes.get(code.id, 0) for wave in material.waves), len(having)),
                score=estimator.among(rows).mean(contributions[rows]),
            )
        )
    return tuple(sorted(made, key=lambda one: -one.n))


def _dimensions(
    material: CommentMaterial, coded: Sequence[WrittenComment], dimensions: Mapping[str, str], estimator: Estimator
) -> tuple[DimensionCount, ...]:
    of_code = {code.id: code.dimension for code in material.codebook if code.dimension in dimensions}
    about = [{of_code[code] for code in comment.codes if code in of_code} for comment in coded]
    counts = {dimension: sum(dimension in one for one in about) for dimension in dimensions if coded}
    return tuple(
        DimensionCount(label=dimensions[dimension], n=count, share=_share(count, len(coded), estimator))
        for dimension, count in sorted(counts.items(), key=lambda item: -item[1])
        if dimension in of_code.values()
    )


def _agreement(
    codebook: Sequence[Code], coded: Sequence[WrittenComment], estimator: Estimator
) -> tuple[CodeAgreement, ...] | Unavailable:
    twice = [comment.codings[:_RATERS] for comment in coded if len(comment.codings) >= _RATERS]
    if len(twice) < LEAST_CODED_TWICE:
        return Unavailable(
            reason=Message(
                "Two researchers have coded {n} of the same comments; agreement is told from {least} on.",
                n=len(twice),
                least=LEAST_CODED_TWICE,
            )
        )
    kappa = partial(fleiss_kappa, confidence_level=estimator.confidence_level)
    made = []
    for code in codebook:
        given = np.array([[code.id in coding for coding in pair] for pair in twice])
        if not given.any():
            continue
        try:
            beyond_chance: Comparison | Unavailable = _within_one(kappa(given))
        except NotEstimable as error:
            beyond_chance = unavailable(error)
        share = float((given[:, 0] == given[:, 1]).mean())
        made.append(CodeAgreement(label=code.label, n=len(twice), share=share, kappa=beyond_chance))
    return tuple(made)


def _within_one(kappa: Comparison) -> Comparison:
    """A jackknife interval of few comments may reach beyond full agreement, which there is not."""
    return kappa if kappa.ci_high is None else replace(kappa, ci_high=min(kappa.ci_high, 1.0))
