"""Photos and documents beside the answers of assessors: the table, its SQL, and what may be done with it.

A file belongs to one answer of one response and goes with it: whatever deletes a response deletes its evidence. Only
what `evidence_files` has checked comes here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base
from servq.errors import RecordUnknown
from servq.instruments.model import Column
from servq.responses.evidence_files import EvidenceFile
from servq.responses.models import Response


class Evidence(Base):
    """A photo or document that an assessor added to an answer.

    Parameters
    ----------
    id
        Random, and the physical order of the table on SQLite, so that order of arrival is not stored.
    received_at
        When it came; an anonymous survey keeps the day.
    received_sha256
        Hash of the file as it was sent; `sha256` is that of `content`, from which notes of the camera were removed.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("response_id", "battery", "item"), {"sqlite_with_rowid": False})

    id: Mapped[bytes] = mapped_column(primary_key=True)
    response_id: Mapped[bytes] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"))
    battery: Mapped[str] = mapped_column(String(60))
    item: Mapped[str] = mapped_column(String(60))
    media_type: Mapped[str] = mapped_column(String(40))
    n_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    received_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(deferred=True)


class StoredEvidence(NamedTuple):
    """What a respondent is told of a file that is stored."""

    column: Column
    media_type: str
    n_bytes: int


@dataclass(frozen=True, kw_only=True)
class EvidenceChange:
    """Files that come to the answers of one response, and answers from which the file is taken away."""

    added: Mapping[Column, EvidenceFile]
    removed: frozenset[Column] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


_KEY = bindparam("key", type_=LargeBinary())


def find_evidence(connection: Connection, key: bytes) -> dict[Column, StoredEvidence]:
    """Return what is stored beside the answers of the response with this key."""
    rows = connection.execute(
        select(Evidence.battery, Evidence.item, Evidence.media_type, Evidence.n_bytes)
        .join(Response, Response.id == Evidence.response_id)
        .where(Response.key == _KEY),
        {"key": key},
    )
    found = (StoredEvidence(Column(battery, item), kind, n_bytes) for battery, item, kind, n_bytes in rows)
    return {each.column: each for each in found}


def without_repeats(connection: Connection, key: bytes, change: EvidenceChange) -> EvidenceChange:
    """Leave out of a change what is stored like that already, so that a page sent twice changes nothing."""
    rows = connection.execute(
        select(Evidence.battery, Evidence.item, Evidence.received_sha256)
        .join(Response, Response.id == Evidence.response_id)
        .where(Response.key == _KEY),
        {"key": key},
    )
    stored = {Column(battery, item): digest for battery, item, digest in rows}
    return EvidenceChange(
        added={column: file for column, file in change.added.items() if stored.get(column) != file.received_sha256},
        removed=change.removed & stored.keys(),
    )


def change_evidence(connection: Connection, key: bytes, change: EvidenceChange, *, received_at: datetime) -> bool:
    """Store and take away files; False, having done nothing, if there is no response with this key."""
    response_id = connection.scalar(select(Response.id).where(Response.key == _KEY), {"key": key})
    if response_id is None:
        return False
    for column in {*change.removed, *change.added}:
        connection.execute(
            delete(Evidence).where(
                Evidence.response_id == response_id, Evidence.battery == column.battery, Evidence.item == column.item
            )
        )
    for column, file in change.added.items():
        connection.execute(
            insert(Evidence).values(
                id=secrets.token_bytes(16),
                response_id=response_id,
                battery=column.battery,
                item=column.item,
                media_type=file.media_type,
                n_bytes=len(file.content),
                sha256=file.sha256,
                received_sha256=file.received_sha256,
                received_at=received_at,
                content=file.content,
            )
        )
    return True


class EvidenceRow(NamedTuple):
    """A stored file without its content."""

    id: bytes
    response_id: bytes
    battery: str
    item: str
    media_type: str
    n_bytes: int
    sha256: str
    received_sha256: str
    received_at: datetime


async def list_evidence(session: AsyncSession, survey_id: int) -> Sequence[EvidenceRow]:
    """Return the files of a survey, those of one response together."""
    rows = await session.execute(
        select(
            Evidence.id,
            Evidence.response_id,
            Evidence.battery,
            Evidence.item,
            Evidence.media_type,
            Evidence.n_bytes,
            Evidence.sha256,
            Evidence.received_sha256,
            Evidence.received_at,
        )
        .join(Response, Response.id == Evidence.response_id)
        .where(Response.survey_id == survey_id, Response.trial.is_(False))
        .order_by(Evidence.response_id, Evidence.id)
    )
    return [EvidenceRow._make(row) for row in rows]


async def list_evidence_of(session: AsyncSession, response_id: bytes) -> Sequence[tuple[bytes, Column, str]]:
    """Return id, answer and kind of the files of one response."""
    found = select(Evidence.id, Evidence.battery, Evidence.item, Evidence.media_type)
    rows = await session.execute(found.where(Evidence.response_id == response_id).order_by(Evidence.id))
    return [(identity, Column(battery, item), kind) for identity, battery, item, kind in rows]


async def count_evidence(session: AsyncSession, survey_id: int, wave_id: int | None) -> dict[str, int]:
    """Count the files of a survey, or of one wave of it, by item."""
    counted = (
        select(Evidence.item, func.count().label("n"))
        .join(Response, Response.id == Evidence.response_id)
        .where(Response.survey_id == survey_id, Response.trial.is_(False))
        .group_by(Evidence.item)
    )
    if wave_id is not None:
        counted = counted.where(Response.wave_id == wave_id)
    return {row.item: row.n for row in await session.execute(counted)}


async def get_evidence(session: AsyncSession, survey_id: int, evidence_id: bytes) -> tuple[str, bytes]:
    """Return kind and content of a file; raises `RecordUnknown`."""
    row = (
        await session.execute(
            select(Evidence.media_type, Evidence.content)
            .join(Response, Response.id == Evidence.response_id)
            .where(Evidence.id == evidence_id, Response.survey_id == survey_id)
        )
    ).one_or_none()
    if row is None:
        raise _unknown(survey_id, evidence_id)
    return row[0], row[1]


async def erase_evidence(session: AsyncSession, survey_id: int, evidence_id: bytes) -> None:
    """Delete a file; the answer stays. Raises `RecordUnknown`."""
    belonging = select(Response.id).where(Response.survey_id == survey_id)
    erased = await session.execute(
        delete(Evidence).where(Evidence.id == evidence_id, Evidence.response_id.in_(belonging)).returning(Evidence.id)
    )
    if erased.one_or_none() is None:
        raise _unknown(survey_id, evidence_id)


def _unknown(survey_id: int, evidence_id: bytes) -> RecordUnknown:
    return RecordUnknown(f"Survey {survey_id} has no evidence {evidence_id.hex()}.")
