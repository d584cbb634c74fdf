"""Tables of responses and of what later changes replaced."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Double, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum
from servq.surveys.models import Channel, SittingMode


class Administration(StrEnum):
    """Who entered the answers and how: the survey mode, whose effect on the answers can be reported."""

    SELF = "self"
    PHONE_INTERVIEWER = "phone_interviewer"
    COUNTER_INTERVIEWER = "counter_interviewer"
    FEEDBACK_FORM = "feedback_form"


class Response(Base):
    """One person's answers; a row exists from the first committed page on.

    Parameters
    ----------
    id
        Random, and the physical order of the table on SQLite, so that order of arrival is not stored.
    key
        Digest of the token by which the sitting is resumed. An anonymous survey blanks it when the answers of a
        personal link are submitted, and never fills `invitation_id`.
    answers
        One little-endian int16 per column of the revision, in `Instrument.columns` order.
    pages_done
        Bit *i* is set once page *i* of `pages_of` was committed.
    duration_s
        Seconds spent on the committed pages; 0 where they are not known.
    import_id
        The file with which it came, if it was collected elsewhere.
    """

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("invitation_id"),
        Index(None, "survey_id", "wave_id"),
        Index(None, "survey_id", "started_at", "id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[bytes] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id", ondelete="SET NULL"))
    key: Mapped[bytes | None]
    revision: Mapped[str] = mapped_column(String(64))
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    administration: Mapped[Administration] = mapped_column(stored_enum(Administration))
    mode: Mapped[SittingMode] = mapped_column(stored_enum(SittingMode))
    locale: Mapped[str] = mapped_column(String(20))
    seed: Mapped[int]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    duration_s: Mapped[int]
    pages_done: Mapped[int]
    answers: Mapped[bytes]
    texts: Mapped[dict[str, str]]
    attributes: Mapped[dict[str, str]]
    trial: Mapped[bool] = mapped_column(default=False, server_default=false())
    import_id: Mapped[int | None] = mapped_column(ForeignKey("answer_import.id", ondelete="SET NULL"))


class ImportStatus(StrEnum):
    """What became of a file of answers."""

    STORING = "storing"
    STORED = "stored"
    UNDONE = "undone"


class AnswerImport(Base):
    """A file of answers collected elsewhere; its row stays when the import is undone.

    `imported_by` and `undone_by` are copies, so that it is known who did it when the account is gone.
    """

    __tablename__ = "answer_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    n_rows: Mapped[int]
    n_left_out: Mapped[int]
    status: Mapped[ImportStatus] = mapped_column(stored_enum(ImportStatus))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    imported_by: Mapped[str] = mapped_column(String(254))
    imported_at: Mapped[datetime]
    undone_by: Mapped[str | None] = mapped_column(String(254))
    undone_at: Mapped[datetime | None]


class Exclusion(Base):
    """A response that is kept but enters no result, by whom, when and why; deleted when it is taken back."""

    __tablename__ = "exclusion"
    __table_args__ = ({"sqlite_with_rowid": False},)

    response_id: Mapped[bytes] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(500))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    excluded_by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime]


class SurveyQuality(Base):
    """When the answers of a survey were last looked through for careless ones, and which they were by then."""

    __tablename__ = "survey_quality"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    stamp: Mapped[str] = mapped_column(String(64))
    n_checked: Mapped[int]
    checked_at: Mapped[datetime]


class ResponseQuality(Base):
    """What was seen in one response; can be made again at any time.

    `flags` has a bit per `quality.Flag`; `seconds_per_item` is None where no time is known.
    """

    __tablename__ = "response_quality"
    __table_args__ = (
        Index("ix_response_quality_n_signs", "survey_id", "n_signs", "response_id"),
        {"sqlite_with_rowid": False},
    )

    response_id: Mapped[bytes] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    flags: Mapped[int]
    n_signs: Mapped[int]
    missing_share: Mapped[float] = mapped_column(Double)
    longest_run: Mapped[int]
    seconds_per_item: Mapped[float | None] = mapped_column(Double)


class ResponseVersion(Base):
    """What a submitted response said before it was changed."""

    __tablename__ = "response_version"
    __table_args__ = ({"sqlite_with_rowid": False},)

    response_id: Mapped[bytes] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answers: Mapped[bytes]
    texts: Mapped[dict[str, str]]
    replaced_at: Mapped[datetime]


class InterviewerLink(Base):
    """The key of one interviewer's entry page; only the digest of its token is stored.

    `label` says which interviewer or desk it was made for and is kept apart from the answers entered with it.
    """

    __tablename__ = "interviewer_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    administration: Mapped[Administration] = mapped_column(stored_enum(Administration))
    site: Mapped[str | None] = mapped_column(String(100))
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class FeedbackContact(Base):
    """How to reach somebody who left it with their feedback; apart from every answer, in no report and no export.

    An anonymous survey never fills `response_id`, and `given_at` is then a day. The id is random, so that neither the
    order of arrival nor the answers can be told from it.
    """

    __tablename__ = "feedback_contact"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[bytes] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    response_id: Mapped[bytes | None] = mapped_column(ForeignKey("response.id", ondelete="SET NULL"), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    given_at: Mapped[datetime]


class LowScoreRule(Base):
    """A response whose score is at most `at_most` is worth a warning."""

    __tablename__ = "low_score_rule"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[str] = mapped_column(String(60), primary_key=True)
    at_most: Mapped[float]
    created_at: Mapped[datetime]
