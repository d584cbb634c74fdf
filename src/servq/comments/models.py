"""Tables of codes, codings and releases. The comments themselves stay with their responses and nowhere else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue

LONGEST_LABEL = 80
LONGEST_DESCRIPTION = 500
LONGEST_QUESTION = 60


class CommentCode(Base):
    """One code of a survey's codebook; `dimension` is the id of a dimension of its instrument, "" for none."""

    __tablename__ = "comment_code"
    __table_args__ = (UniqueConstraint("survey_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(LONGEST_LABEL))
    description: Mapped[str] = mapped_column(String(LONGEST_DESCRIPTION))
    dimension: Mapped[str] = mapped_column(String(LONGEST_QUESTION))
    created_at: Mapped[datetime]


class CommentCoding(Base):
    """What one person found in one comment: ids of codes, none where no code applies.

    `text_digest` is that of the words that were read: whoever changes a comment takes it out of the coded ones.
    """

    __tablename__ = "comment_coding"

    response_id: Mapped[bytes] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(LONGEST_QUESTION), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)
    codes: Mapped[list[int]] = mapped_column(JsonValue)
    text_digest: Mapped[bytes]
    coded_at: Mapped[datetime]


class CommentRelease(Base):
    """The part of a comment that may be quoted, named by where it begins and ends.

    No words are copied, so that what is erased or changed in a response cannot live on in a quotation.
    """

    __tablename__ = "comment_release"

    response_id: Mapped[bytes] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(LONGEST_QUESTION), primary_key=True)
    hidden: Mapped[list[int]] = mapped_column(JsonValue)
    text_digest: Mapped[bytes]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    released_at: Mapped[datetime]
