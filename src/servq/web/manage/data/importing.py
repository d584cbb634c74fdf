"""``/manage/surveys/<id>/import``: handing in a file of answers that were collected elsewhere, and taking one back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from msgspec import to_builtins
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.answerfiles.foreign import keep_table, recognise
from servq.answerfiles.reading import ENDINGS, load_table
from servq.errors import BadInput, Conflict, DataInvalid, Problem
from servq.jobs import service as jobs
from servq.jobs.files import keep_file, pieces_of
from servq.messages import Message
from servq.responses.imports import begin_undoing, get_import, list_imports
from servq.responses.models import AnswerImport, ImportStatus
from servq.surveys.models import Survey, SurveyStatus
from servq.surveys.service import list_waves
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.data.table import asked_survey
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.worker.imports import UNDO, UndoOrder

LARGEST_FILE = 64_000_000
LARGEST_BODY = LARGEST_FILE + 100_000
MOST_COLUMNS = 400
"""Columns that a person can look through in one form."""

STATUSES = {
    ImportStatus.STORING: (Message("Being stored"), "warn"),
    ImportStatus.STORED: (Message("Stored"), "good"),
    ImportStatus.UNDONE: (Message("Undone"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One file that was imported."""

    id: int
    file_name: str
    wave: str
    n_rows: int
    n_left_out: int
    by: str
    at: datetime
    status: str
    tone: str
    is_there: bool
    undone_by: str
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The form to hand in a file, and what was imported before."""

    survey: Survey
    imports: Sequence[ImportLine]
    is_open: bool
    largest_megabytes: int
    problems: tuple[str, ...] = ()


@get("/manage/surveys/{survey_id:int}/import", opt=FOR_RESEARCHERS)
async def show_import(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show the form and what was imported before."""
    survey = await asked_survey(session, survey_id)
    return page(request, viewer, "data/import.html.j2", await _import_page(session, survey, say_in(viewer, DOMAIN)))


@post("/manage/surveys/{survey_id:int}/import", opt=FOR_RESEARCHERS, request_max_body_size=LARGEST_BODY)
async def take_file(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Read a file, keep what it holds for a day, and lead on to its columns."""
    survey = await asked_survey(session, survey_id)
    form, say = await request.form(), say_in(viewer, DOMAIN)
    upload = form.get("file")
    try:
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise DataInvalid(Problem(Message("No file was chosen."), Message("Choose one."), column="file"))
        with TemporaryDirectory(prefix="servq-import-") as folder:
            kept = await _read(upload, Path(folder))
            file_id = await keep_file(
                request.app.state.sessions,
                pieces_of(kept),
                account_id=viewer.account_id,
                name=_shown_name(upload.filename),
                media_type="application/vnd.apache.parquet",
                now=now,
            )
    except BadInput as invalid:
        told = tuple(_told(problem, say) for problem in invalid.problems)
        shown = await _import_page(session, survey, say, problems=told)
        return page(request, viewer, "data/import.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, f"/manage/surveys/{survey_id}/import/{file_id}")


@post("/manage/surveys/{survey_id:int}/imports/{import_id:int}/undo", opt=FOR_RESEARCHERS)
async def undo_import(
    request: PageRequest,
    viewer: SignedInViewer,
    session: Session,
    now: Now,
    survey_id: RecordId,
    import_id: RecordId,
) -> Response[bytes]:
    """Take back an import: every response that came with it is deleted."""
    await asked_survey(session, survey_id)
    say, back = say_in(viewer, DOMAIN), f"/manage/surveys/{survey_id}/import"
    found = await get_import(session, survey_id, import_id)
    try:
        await begin_undoing(session, survey_id, import_id, undone_by=viewer.email, now=now)
    except Conflict:
        return redirect(request, back, notice=say("This import was undone before."), kind="info")
    order = UndoOrder(survey_id=survey_id, import_id=import_id, email=viewer.email)
    job_id = await jobs.submit(
        session,
        UNDO,
        to_builtins(order),
        account_id=viewer.account_id,
        now=now,
        title=say("Taking back “{file}”", file=found.file_name),
        back=back,
    )
    detail = {"file": found.file_name, "n": str(found.n_rows)}
    await audit.record(
        session, viewer, AuditAction.DELETED, kind="import", target=f"{survey_id}/{import_id}", detail=detail, now=now
    )
    return redirect(request, f"/manage/jobs/{job_id}")


async def _read(upload: UploadFile, folder: Path) -> Path:
    """Write an upload to disk under a name of our own, read it, and write down what it holds."""
    name = _shown_name(upload.filename)
    ending = Path(name).suffix.lower()
    path = folder / f"file{ending if ending in ENDINGS else '.unknown'}"
    n_bytes = 0
    with path.open("wb") as target:
        while piece := await upload.read(1 << 20):
            n_bytes += len(piece)
            if n_bytes > LARGEST_FILE:
                raise DataInvalid(
                    Problem(
                        Message("The file is too large."),
                        Message("At most {megabytes} MB are taken.", megabytes=LARGEST_FILE // 1_000_000),
                        file=name,
                    )
                )
            target.write(piece)
    kept = folder / "kept.parquet"
    await asyncio.to_thread(_keep, path, name, kept)
    return kept


def _keep(path: Path, name: str, kept: Path) -> None:
    table = load_table(path, name=name)
    if table.frame.width > MOST_COLUMNS:
        raise DataInvalid(
            Problem(
                Message("The file has {n} columns.", n=table.frame.width),
                Message("Delete those that hold no answers; at most {most} are taken.", most=MOST_COLUMNS),
                file=name,
            )
        )
    keep_table(recognise(table), kept)


def _shown_name(name: str) -> str:
    """Return the last part of a name that a browser sent, without signs that no name has."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:120] or "file"


def _told(problem: Problem, say: Translator) -> str:
    parts = [problem.file] if problem.file else []
    parts += [say("row {n}", n=problem.row)] if problem.row is not None else []
    parts += [say("column “{name}”", name=problem.column)] if problem.column not in {None, "file"} else []
    place = f"{', '.join(parts)}: " if parts else ""
    return f"{place}{say.say(problem.message)} {say.say(problem.fix)}".strip()


async def _import_page(
    session: AsyncSession, survey: Survey, say: Translator, *, problems: tuple[str, ...] = ()
) -> ImportPage:
    waves = {wave.id: wave.name for wave in await list_waves(session, survey.id)}
    return ImportPage(
        survey=survey,
        imports=[_line(one, waves[one.wave_id], say) for one in await list_imports(session, survey.id)],
        is_open=survey.status is SurveyStatus.LAUNCHED,
        largest_megabytes=LARGEST_FILE // 1_000_000,
        problems=problems,
    )


def _line(one: AnswerImport, wave: str, say: Translator) -> ImportLine:
    words, tone = STATUSES[one.status]
    return ImportLine(
        id=one.id,
        file_name=one.file_name,
        wave=wave,
        n_rows=one.n_rows,
        n_left_out=one.n_left_out,
        by=one.imported_by,
        at=one.imported_at,
        status=say.say(words),
        tone=tone,
        is_there=one.status is not ImportStatus.UNDONE,
        undone_by=one.undone_by or "",
        undone_at=one.undone_at,
    )


HANDLERS = (show_import, take_file, undo_import)
