"""Tables of the scored answers that are kept ready; everything in them can be made again from the responses."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base


class ResultBlock(Base):
    """The answers of one wave in one piece, without texts; ``results.blocks`` writes and reads `content`.

    Parameters
    ----------
    version
        Random, and another one each time the block is written: what a process keeps in memory is good as long as it
        is the same.
    """

    __tablename__ = "result_block"

    wave_id: Mapped[int] = mapped_column(
        ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(BigInteger)
    n_responses: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class ResultChange(Base):
    """A response that changed since the block of its wave was written; triggers of the database write these rows.

    So no way of changing a response, excluding it or erasing a person can forget to. There is no time and no counter
    in it, so that the order of arrival of an anonymous survey is not stored.

    Parameters
    ----------
    mark
        Random, and another one with each change of the response.
    urgent
        Whether the block may not stay as it is, because it knows more of a person than is stored now.
    """

    __tablename__ = "result_change"
    __table_args__ = ({"sqlite_with_rowid": False},)

    wave_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response_id: Mapped[bytes] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger)
    urgent: Mapped[bool]
