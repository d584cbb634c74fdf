"""``/manage/surveys/<id>/import/<file>``: which column holds which answer, and what the cells mean."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from http import HTTPStatus
from itertools import chain
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from msgspec import to_builtins
from msgspec.structs import replace as changed
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.answerfiles.foreign import ForeignTable, read_kept
from servq.answerfiles.matching import guess_columns
from servq.answerfiles.recoding import propose
from servq.answerfiles.staging import ImportPlan
from servq.errors import RecordUnknown
from servq.instruments.model import Instrument
from servq.jobs import service as jobs
from servq.jobs.files import file_on_disk, get_file
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.models import Survey
from servq.surveys.service import list_waves
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.data.mapping_views import asked_cells, cells_of, mapping_page, pairs_of, targets_shown
from servq.web.manage.data.table import asked_survey
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.forms import text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.worker.imports import IMPORT, ImportOrder

NEW_WAVE = "new"


@dataclass(frozen=True)
class _Given:
    """What the form says, or what is guessed before it was sent."""

    plan: ImportPlan
    wave: str


@get("/manage/surveys/{survey_id:int}/import/{file_id:int}", opt=FOR_RESEARCHERS)
async def show_mapping(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId, file_id: RecordId
) -> Response[bytes]:
    """Show what the columns are taken for."""
    survey, launched, foreign = await _opened(request, viewer, session, survey_id, file_id)
    plan = _guessed(foreign, launched, now)
    waves = await _waves(session, survey, say_in(viewer, DOMAIN))
    shown = await mapping_page(session, viewer, survey, launched, foreign, file_id, plan, waves[0][0], waves)
    return page(request, viewer, "data/mapping.html.j2", shown)


@post("/manage/surveys/{survey_id:int}/import/{file_id:int}", opt=FOR_RESEARCHERS)
async def decide_mapping(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId, file_id: RecordId
) -> Response[bytes]:
    """Show the file anew by what was decided, or begin to store it."""
    survey, launched, foreign = await _opened(request, viewer, session, survey_id, file_id)
    form, say = await request.form(), say_in(viewer, DOMAIN)
    waves = await _waves(session, survey, say)
    given = _given_in(form, foreign, launched, waves, viewer, now)
    shown = await mapping_page(session, viewer, survey, launched, foreign, file_id, given.plan, given.wave, waves)
    if form.get("do") not in {"store", "store_rest"}:
        return page(request, viewer, "data/mapping.html.j2", shown)
    if shown.plan_problems or not shown.n_ready or (shown.n_problems and form.get("do") != "store_rest"):
        return page(request, viewer, "data/mapping.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    order = ImportOrder(
        survey_id=survey_id,
        file_id=file_id,
        plan=given.plan,
        wave=None if given.wave == NEW_WAVE else int(given.wave),
        leave_out=form.get("do") == "store_rest",
        account_id=viewer.account_id,
        email=viewer.email,
    )
    job_id = await jobs.submit(
        session,
        IMPORT,
        to_builtins(order),
        account_id=viewer.account_id,
        now=now,
        title=say("Import of “{file}”", file=foreign.table.source),
        back=f"/manage/surveys/{survey_id}/import",
    )
    detail = {"file": foreign.table.source, "rows": str(foreign.table.frame.height), "wave": given.wave}
    await audit.record(
        session, viewer, AuditAction.IMPORTED, kind="responses", target=str(survey_id), detail=detail, now=now
    )
    return redirect(request, f"/manage/jobs/{job_id}")


async def _opened(
    request: PageRequest, viewer: Viewer, session: AsyncSession, survey_id: int, file_id: int
) -> tuple[Survey, LaunchedSurvey, ForeignTable]:
    survey = await asked_survey(session, survey_id)
    launched = await (await session.connection()).run_sync(get_launched, survey_id)
    await get_file(session, file_id, account_id=viewer.account_id)
    async with file_on_disk(request.app.state.sessions, file_id, suffix=".parquet") as path:
        try:
            return survey, launched, await asyncio.to_thread(read_kept, path)
        except (KeyError, ValueError) as error:  # another kind of kept file
            raise RecordUnknown("This is no file of answers.") from error


def _guessed(foreign: ForeignTable, launched: LaunchedSurvey, now: datetime) -> ImportPlan:
    guesses = guess_columns(foreign, launched.instrument)
    targets = {name: guess.target for name, guess in guesses.items()}
    plan = ImportPlan(targets=targets, collected_at=now)
    return _with_proposals(foreign, launched.instrument, plan)


def _with_proposals(foreign: ForeignTable, instrument: Instrument, plan: ImportPlan) -> ImportPlan:
    offsets, meanings = {}, {}
    for battery, counted in cells_of(foreign, instrument, plan).items():
        proposed = propose(instrument, battery, counted)
        offsets[battery] = proposed.offset
        meanings[battery] = {cell: code for cell, code in proposed.cells.items() if code is not None}
    return changed(plan, offsets=offsets, meanings=meanings)


def _given_in(
    form: FormMultiDict,
    foreign: ForeignTable,
    launched: LaunchedSurvey,
    waves: Sequence[tuple[str, str]],
    viewer: Viewer,
    now: datetime,
) -> _Given:
    """Read the form; what was never offered is left as it was guessed."""
    instrument = launched.instrument
    offered = set(chain.from_iterable(pairs_of(targets_shown(launched, foreign, lambda text: text))))
    targets = {
        name: chosen if (chosen := text_of(form, f"column-{number}")) in offered else ""
        for number, name in enumerate(foreign.table.frame.columns)
    }
    plan = _with_proposals(foreign, instrument, ImportPlan(targets=targets, collected_at=now))
    offsets, meanings = dict(plan.offsets), {battery: dict(cells) for battery, cells in plan.meanings.items()}
    for battery, counted in cells_of(foreign, instrument, plan).items():
        with suppress(ValueError):
            offsets[battery] = max(-10, min(10, int(text_of(form, f"offset-{battery}", str(offsets[battery])))))
        for number, cell in enumerate(asked_cells(instrument, battery, counted)):
            if form.get(f"cell-{battery}-{number}") != cell:
                continue
            meaning = text_of(form, f"meaning-{battery}-{number}")
            if not meaning:
                meanings[battery].pop(cell, None)
            with suppress(ValueError):
                meanings[battery][cell] = int(meaning)
    day = _day(text_of(form, "collected_on"))
    collected = now if day is None else datetime.combine(day, time(12), tzinfo=ZoneInfo(viewer.time_zone))
    plan = changed(
        plan,
        offsets=offsets,
        meanings=meanings,
        month_first=text_of(form, "month_first") == "1",
        collected_at=collected,
    )
    wave = text_of(form, "wave")
    return _Given(plan, wave if wave in dict(waves) else waves[0][0])


async def _waves(session: AsyncSession, survey: Survey, say: Translator) -> list[tuple[str, str]]:
    waves = sorted(await list_waves(session, survey.id), key=lambda wave: -wave.number)
    named = [(str(wave.number), say("Wave {number}: {name}", number=wave.number, name=wave.name)) for wave in waves]
    return [*named, (NEW_WAVE, say("A new wave"))]


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


HANDLERS = (show_mapping, decide_mapping)
