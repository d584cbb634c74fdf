"""How many answers show signs of carelessness."""

from __future__ import annotations

from dataclasses import dataclass

from servq.messages import Message


@dataclass(frozen=True, kw_only=True)
class QualitySign:
    """How many respondents show one sign."""

    id: str
    label: Message
    n: int
    share: float


@dataclass(frozen=True, kw_only=True)
class AnswerQualityFinding:
    """Signs of careless answering; `n_suspicious` respondents show several of them at once."""

    n_respondents: int
    n_suspicious: int
    n_signs: int
    signs: tuple[QualitySign, ...]
    reading: Message
