"""What respondents wrote in their own words: how often, about what, and what has been released to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.estimate import Comparison, Estimate, MeanEstimate


@dataclass(frozen=True, kw_only=True)
class CommentCount:
    """How many of some respondents wrote a comment; `share` is n_commenting / n_respondents with Wilson's interval."""

    label: str
    n_respondents: int
    n_commenting: int
    share: Estimate | Unavailable


@dataclass(frozen=True, kw_only=True)
class CommentPeriod:
    """Comments of one week or month, from its first day on; `length` is ``week`` or ``month``."""

    begins_on: date
    n_comments: int
    n_respondents: int


@dataclass(frozen=True, kw_only=True)
class CodeCount:
    """How often researchers gave one code.

    Parameters
    ----------
    dimension
        Label of the dimension that the code stands for; "" where it stands for none.
    n
        Comments with the code: those to which at least half of their coders gave it.
    share
        Of the coded comments, with Wilson's interval.
    by_wave
        Comments with the code in each wave, in the order of `CommentFindings.waves`.
    score
        Mean of the headline score over the respondents with such a comment.
    """

    id: str
    label: str
    description: str
    dimension: str
    n: int
    share: Estimate | Unavailable
    by_wave: tuple[int, ...]
    score: MeanEstimate | Unavailable


@dataclass(frozen=True, kw_only=True)
class DimensionCount:
    """Coded comments about one dimension; `share` is of all coded comments, with Wilson's interval."""

    label: str
    n: int
    share: Estimate | Unavailable


@dataclass(frozen=True, kw_only=True)
class CodeAgreement:
    """How far two coders agree on one code, over the comments that two of them coded without seeing the other's.

    `share` of the comments on which both gave the code or both did not; `kappa` is that beyond chance.
    """

    label: str
    n: int
    share: float
    kappa: Comparison | Unavailable


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """Words of a respondent that a researcher has released."""

    text: str
    question: str
    codes: tuple[str, ...]
    is_shortened: bool


@dataclass(frozen=True, kw_only=True)
class CommentFindings:
    """Comments of a wave.

    Parameters
    ----------
    n_respondents, n_commenting
        Everybody, and those who wrote something.
    n_comments, n_coded
        Comments (a respondent may write several), and those that a researcher has coded.
    questions
        By the question asked.
    bands
        By the respondent's headline score.
    periods
        Over time, without a hole; empty where no day is known.
    waves
        Every wave up to this one.
    codes
        The codebook, the most frequent first.
    dimensions
        Comments by the dimension that their codes stand for (a comment counts once for each).
    agreement
        Of double coding.
    quotations
        Only what has been released.
    """

    n_respondents: int
    n_commenting: int
    n_comments: int
    n_coded: int
    share: Estimate | Unavailable
    questions: tuple[CommentCount, ...]
    bands: tuple[CommentCount, ...]
    periods: tuple[CommentPeriod, ...]
    period_length: str
    waves: tuple[CommentCount, ...]
    codes: tuple[CodeCount, ...]
    dimensions: tuple[DimensionCount, ...]
    agreement: tuple[CodeAgreement, ...] | Unavailable
    quotations: tuple[Quotation, ...]
    reading: Message
