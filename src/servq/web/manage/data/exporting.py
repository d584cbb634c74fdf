"""``/manage/surveys/<id>/export``: the answers as a file for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import get_args

from litestar import Response, get, post
from msgspec import to_builtins

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.answerfiles.bundle import BundleFormat
from servq.jobs import service as jobs
from servq.messages import Message
from servq.responses.exclusions import count_reasons
from servq.surveys.models import Survey
from servq.surveys.service import list_waves
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.data.table import asked_survey
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.forms import text_of
from servq.web.manage.library.listing import language_names
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.worker.exports import EXPORT, ExportOrder

FORMATS: Mapping[str, tuple[str, Message]] = {
    "csv": ("CSV", Message("Opens everywhere. Codes, with a codebook beside them.")),
    "xlsx": ("Excel (XLSX)", Message("One sheet with the answers, one with the codebook.")),
    "sav": ("SPSS (SAV)", Message("Wordings, value labels, and why an answer is missing.")),
    "dta": ("Stata (DTA)", Message("Wordings and value labels; missing answers are blank.")),
    "parquet": ("Parquet", Message("For Python, R and databases; small and quick to read.")),
    "r": ("R", Message("CSV and a script that makes factors, labels and dimension scores of it.")),
}


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The form of an export."""

    survey: Survey
    formats: Sequence[tuple[str, str, str]]
    waves: Sequence[tuple[str, str]]
    locales: Sequence[tuple[str, str]]
    n_excluded: int
    to: str = "csv"
    wave: str = ""
    error: str = ""


@get("/manage/surveys/{survey_id:int}/export", opt=FOR_RESEARCHERS)
async def show_export(
    request: PageRequest, viewer: SignedInViewer, session: Session, survey_id: RecordId
) -> Response[bytes]:
    """Show what can be exported."""
    survey = await asked_survey(session, survey_id)
    shown = await _export_page(session, survey, say_in(viewer, DOMAIN))
    return page(request, viewer, "data/export.html.j2", shown)


@post("/manage/surveys/{survey_id:int}/export", opt=FOR_RESEARCHERS)
async def begin_export(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, survey_id: RecordId
) -> Response[bytes]:
    """Begin an export and lead to the page that says how far it is."""
    survey = await asked_survey(session, survey_id)
    form, say = await request.form(), say_in(viewer, DOMAIN)
    to, wave, locale = text_of(form, "to"), text_of(form, "wave"), text_of(form, "locale")
    shown = await _export_page(session, survey, say)
    if to not in get_args(BundleFormat) or wave not in dict(shown.waves) or locale not in dict(shown.locales):
        shown = await _export_page(session, survey, say, error=say("Choose what is offered here."))
        return page(request, viewer, "data/export.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    order = ExportOrder(
        survey_id=survey_id,
        to=to,  # type: ignore[arg-type]  # checked above
        wave=int(wave) if wave else None,
        missing="codes" if form.get("missing") == "codes" else "blank",
        with_excluded=bool(form.get("excluded")),
        locale=locale or None,
    )
    job_id = await jobs.submit(
        session,
        EXPORT,
        to_builtins(order),
        account_id=viewer.account_id,
        now=now,
        title=say("Export of “{title}” as {format}", title=survey.title, format=FORMATS[to][0]),
        back=f"/manage/surveys/{survey_id}/export",
    )
    detail = {"format": to, "wave": wave or "all", "excluded": "with" if order.with_excluded else "without"}
    await audit.record(
        session, viewer, AuditAction.EXPORTED, kind="responses", target=str(survey_id), detail=detail, now=now
    )
    return redirect(request, f"/manage/jobs/{job_id}")


async def _export_page(session: Session, survey: Survey, say: Translator, **besides: str) -> ExportPage:
    from servq.surveys.launched import get_launched

    launched = await (await session.connection()).run_sync(get_launched, survey.id)
    waves = await list_waves(session, survey.id)
    locales = launched.locales
    return ExportPage(
        survey=survey,
        formats=[(key, name, say.say(about)) for key, (name, about) in FORMATS.items()],
        waves=[("", say("All waves")), *((str(wave.number), wave.name) for wave in waves)],
        locales=list(zip(locales, language_names(locales), strict=True)),
        n_excluded=sum((await count_reasons(session, survey.id)).values()),
        **besides,
    )


HANDLERS = (show_export, begin_export)
