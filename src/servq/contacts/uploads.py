"""Files of contacts that are looked at before they are stored: kept for whoever sent them, for a day."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from servq.contacts.files import ContactFile, read_contacts
from servq.contacts.models import ContactUpload
from servq.contacts.upserting import Upserted, store_given
from servq.errors import DataInvalid, PayloadTooLarge, Problem, RecordUnknown
from servq.messages import Message

LARGEST_UPLOAD = 5 * 1024 * 1024
"""Bytes of a file that a page takes; the command line takes larger ones."""

KEPT = timedelta(days=1)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds, and what storing it would do."""

    upload_id: int
    name: str
    columns: Mapping[str, str]
    n_rows: int
    file: ContactFile
    outcome: Upserted

    @property
    def rejected(self) -> tuple[Problem, ...]:
        """Everything wrong with rows that would not be stored, in their order."""
        problems = (*self.file.rejected, *self.outcome.rejected)
        return tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.row or 0)))


async def keep_upload(session: AsyncSession, account_id: int, name: str, content: bytes, *, now: datetime) -> int:
    """Keep a file that can be read and return its number.

    Raises
    ------
    DataInvalid
        It cannot be understood as contacts.
    PayloadTooLarge
        It is larger than `LARGEST_UPLOAD`.
    """
    if len(content) > LARGEST_UPLOAD:
        raise PayloadTooLarge("The file has more than 5 MB. Split it, or use: servq contacts import.")
    if not content:
        raise DataInvalid(
            Problem(Message("The file is empty."), Message("Choose a file with contacts."), column="file")
        )
    await _read(name, content)
    await session.execute(delete(ContactUpload).where(ContactUpload.uploaded_at < now - KEPT))
    upload = ContactUpload(
        account_id=account_id, name=Path(name).name[-_LONGEST_NAME:], content=content, uploaded_at=now
    )
    session.add(upload)
    await session.flush()
    return upload.id


async def preview_upload(session: AsyncSession, account_id: int, upload_id: int, *, now: datetime) -> Preview:
    """Return what storing a kept file would do; raises `RecordUnknown`, also for a file of somebody else."""
    upload = await _get(session, account_id, upload_id)
    file = await _read(upload.name, upload.content)
    outcome = await store_given(session, file.given, source=upload.name, now=now, preview=True)
    return Preview(upload_id, upload.name, file.columns, file.n_rows, file, outcome)


async def store_upload(session: AsyncSession, account_id: int, upload_id: int, *, now: datetime) -> Upserted:
    """Store the contacts of a kept file and forget the file; raises `RecordUnknown`."""
    upload = await _get(session, account_id, upload_id)
    file = await _read(upload.name, upload.content)
    stored = await store_given(session, file.given, source=upload.name, now=now)
    await session.delete(upload)
    await session.flush()
    return stored


async def _get(session: AsyncSession, account_id: int, upload_id: int) -> ContactUpload:
    query = (
        select(ContactUpload)
        .where(ContactUpload.id == upload_id, ContactUpload.account_id == account_id)
        .options(undefer(ContactUpload.content))
    )
    upload = (await session.scalars(query)).one_or_none()
    if upload is None:
        raise RecordUnknown("The file is not kept any more. Send it again.")
    return upload


async def _read(name: str, content: bytes) -> ContactFile:
    def read() -> ContactFile:
        with TemporaryDirectory() as folder:
            path = Path(folder) / (Path(name).name or "contacts")
            path.write_bytes(content)
            return read_contacts(path)

    return await asyncio.to_thread(read)
