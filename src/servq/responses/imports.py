"""Files of answers that were collected elsewhere: what was imported, by whom, and taking all of it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Conflict, RecordUnknown
from servq.responses.models import AnswerImport, ImportStatus, Response
from servq.surveys.service import get_wave


async def begin_import(
    session: AsyncSession,
    survey_id: int,
    *,
    wave: int | None,
    file_name: str,
    sha256: str,
    n_rows: int,
    n_left_out: int,
    account_id: int | None,
    imported_by: str,
    now: datetime,
) -> int:
    """Write down that a file is being stored, and return its number."""
    made = AnswerImport(
        survey_id=survey_id,
        wave_id=(await get_wave(session, survey_id, wave)).id,
        file_name=file_name[:200],
        sha256=sha256,
        n_rows=n_rows,
        n_left_out=n_left_out,
        status=ImportStatus.STORING,
        account_id=account_id,
        imported_by=imported_by,
        imported_at=now,
    )
    session.add(made)
    await session.flush()
    return made.id


async def end_import(session: AsyncSession, import_id: int) -> None:
    """Write down that all of a file is stored."""
    await session.execute(update(AnswerImport).where(AnswerImport.id == import_id).values(status=ImportStatus.STORED))


async def get_import(session: AsyncSession, survey_id: int, import_id: int) -> AnswerImport:
    """Return one import of a survey; raises `RecordUnknown`."""
    found = await session.get(AnswerImport, import_id, populate_existing=True)
    if found is None or found.survey_id != survey_id:
        raise RecordUnknown(f"Survey {survey_id} has no import {import_id}.")
    return found


async def list_imports(session: AsyncSession, survey_id: int) -> Sequence[AnswerImport]:
    """Return the imports of a survey, the newest first."""
    found = select(AnswerImport).where(AnswerImport.survey_id == survey_id).order_by(AnswerImport.id.desc())
    return (await session.scalars(found)).all()


async def find_same(session: AsyncSession, survey_id: int, sha256: str) -> AnswerImport | None:
    """Return an import of exactly the same file that has not been undone."""
    found = select(AnswerImport).where(
        AnswerImport.survey_id == survey_id,
        AnswerImport.sha256 == sha256,
        AnswerImport.status != ImportStatus.UNDONE,
    )
    return (await session.scalars(found.limit(1))).one_or_none()


async def begin_undoing(
    session: AsyncSession, survey_id: int, import_id: int, *, undone_by: str, now: datetime
) -> None:
    """Write down that an import is taken back; raises `RecordUnknown`, or `Conflict` if it was before."""
    found = await get_import(session, survey_id, import_id)
    if found.status is ImportStatus.UNDONE:
        raise Conflict("This import was undone before.")
    await session.execute(
        update(AnswerImport)
        .where(AnswerImport.id == import_id)
        .values(status=ImportStatus.UNDONE, undone_by=undone_by, undone_at=now)
    )


async def delete_some(session: AsyncSession, survey_id: int, import_id: int, *, most: int) -> int:
    """Delete some of the responses that came with a file and return how many."""
    some = select(Response.id).where(Response.survey_id == survey_id, Response.import_id == import_id).limit(most)
    gone = await session.execute(
        delete(Response)
        .where(Response.id.in_(some))
        .returning(Response.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


async def count_imported(session: AsyncSession, survey_id: int, import_id: int) -> int:
    """Count the responses that came with a file and are still there."""
    found = select(func.count()).where(Response.survey_id == survey_id, Response.import_id == import_id)
    return await session.scalar(found) or 0
