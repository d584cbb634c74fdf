"""Tables of surveys and their waves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue, stored_enum


class SurveyStatus(StrEnum):
    """The life of a survey; it only moves forward."""

    DRAFT = "draft"
    LAUNCHED = "launched"
    CLOSED = "closed"


class SittingMode(StrEnum):
    """Whether everything is asked at once, or one part before the service and the rest after it."""

    ONE_SITTING = "one_sitting"
    BEFORE_AFTER = "before_after"


class Channel(StrEnum):
    """How a respondent comes, or is invited."""

    PERSONAL_LINK = "personal_link"
    OPEN_LINK = "open_link"
    KIOSK = "kiosk"
    IN_APP = "in_app"
    EMAIL = "email"
    TELEPHONE = "telephone"
    COUNTER = "counter"
    IMPORTED = "imported"


class Survey(Base):
    """One use of an instrument; `revision` and `content` are frozen at launch and never change again."""

    __tablename__ = "survey"
    __table_args__ = (
        CheckConstraint("status = 'draft' OR (revision IS NOT NULL AND content IS NOT NULL)", name="frozen"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    instrument_id: Mapped[str] = mapped_column(String(60))
    revision: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[bytes | None] = mapped_column(deferred=True)
    organisation: Mapped[str] = mapped_column(String(200))
    placeholders: Mapped[dict[str, str]]
    locale: Mapped[str] = mapped_column(String(20))
    sites: Mapped[list[str]]
    sitting: Mapped[SittingMode] = mapped_column(stored_enum(SittingMode))
    anonymous: Mapped[bool]
    allow_changes: Mapped[bool]
    comments: Mapped[bool]
    status: Mapped[SurveyStatus] = mapped_column(stored_enum(SurveyStatus))
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Wave(Base):
    """One dated collection of a survey; new responses belong to the wave with the highest number."""

    __tablename__ = "wave"
    __table_args__ = (UniqueConstraint("survey_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    opened_at: Mapped[datetime]


class SurveySetup(Base):
    """How a draft is set up; one that nobody has touched since it was made may have no row.

    Parameters
    ----------
    version
        Rises with every change of the draft: by it two people who change it at once are told apart.
    questions
        An `OwnQuestions`: how the survey differs from its instrument.
    revision, content
        The questionnaire that comes of it, as it would be frozen now: what a trial asks.
    changed_by
        Address of whoever changed it last, "" for a program.
    """

    __tablename__ = "survey_setup"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    questions: Mapped[dict[str, object]] = mapped_column(JsonValue)
    revision: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(deferred=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(254))


class StepKind(StrEnum):
    """What is done with a survey on its day."""

    LAUNCH = "launch"
    WAVE = "wave"


class SurveyStep(Base):
    """Something planned for a survey, done by a worker; `problem` says why it could not be done."""

    __tablename__ = "survey_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    kind: Mapped[StepKind] = mapped_column(stored_enum(StepKind))
    name: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(1000))
