"""What a study hands to the analysis: the answers of every audience, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from servq.messages import Message
from servq.scoring import AnswerTable

Role = Literal["customers", "managers", "personnel"]
ROLES: tuple[Role, ...] = get_args(Role)

ROLE_NAMES: Mapping[Role, Message] = {
    "customers": Message("Customers"),
    "managers": Message("Managers"),
    "personnel": Message("Contact personnel"),
}

ASSESSORS_ELSEWHERE = Message("What assessors found is not part of the five gaps and has a report of its own.")
OPERATIONS_ELSEWHERE = Message("Service contacts are not part of the five gaps and have a report of their own.")


def no_answers(role: Role, place: str) -> Message:
    """Say that an audience has a place for answers, and none in it."""
    return Message("{audience}: “{place}” holds no answers.", audience=ROLE_NAMES[role], place=place)


def no_wave(role: Role, survey: str, wave: int) -> Message:
    """Say that the survey of an audience has not come to a wave."""
    return Message("{audience}: “{survey}” has no wave {wave}.", audience=ROLE_NAMES[role], survey=survey, wave=wave)


def not_launched(role: Role, survey: str) -> Message:
    """Say that the survey of an audience is a draft."""
    return Message("{audience}: “{survey}” has not been launched.", audience=ROLE_NAMES[role], survey=survey)


@dataclass(frozen=True, kw_only=True)
class StudyAnswers:
    """Answers of the audiences of one study.

    Parameters
    ----------
    tables
        Answers by audience; whoever is missing here is named in `absences`.
    absences
        Why an audience has no answers.
    site
        Attribute of the answers that names the site; None when sites play no part.
    minimum_group_sizes
        Fewer respondents than this are never shown, by audience; the analysis has a default for the rest.
    notices
        What the reader must know about how the answers were put together.
    source
        The study file or the stored study.
    """

    tables: Mapping[Role, AnswerTable]
    absences: Mapping[Role, Message] = field(default_factory=dict)
    site: str | None = None
    minimum_group_sizes: Mapping[Role, int] = field(default_factory=dict)
    notices: tuple[Message, ...] = ()
    source: str = ""
