"""Tables of studies and the surveys that they bind."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum


class StudyAudience(StrEnum):
    """Who answers a survey of a study."""

    CUSTOMERS = "customers"
    MANAGERS = "managers"
    PERSONNEL = "personnel"


class Study(Base):
    """One organisation measured with one survey per audience."""

    __tablename__ = "study"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(20))
    sites: Mapped[list[str]]
    created_at: Mapped[datetime]


class StudySurvey(Base):
    """The survey of one audience; `wave` is the number of the wave that counts, the newest one where it is None."""

    __tablename__ = "study_survey"
    __table_args__ = (UniqueConstraint("study_id", "audience"), UniqueConstraint("survey_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    audience: Mapped[StudyAudience] = mapped_column(stored_enum(StudyAudience))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    wave: Mapped[int | None]
