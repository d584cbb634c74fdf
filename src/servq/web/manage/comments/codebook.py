"""The codebook of a survey: its codes, and how often each was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.comments.models import LONGEST_DESCRIPTION, LONGEST_LABEL
from servq.comments.queries import list_codings
from servq.comments.service import delete_code, list_codes, put_code
from servq.errors import AlreadyExists, BadInput
from servq.responses.seeing import get_survey_seen
from servq.surveys.launched import get_launched
from servq.surveys.models import Survey
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One code of the codebook and in how many codings it stands."""

    id: int
    label: str
    description: str
    dimension: str
    dimension_label: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookPage:
    """The codebook with the form of a new code, or of the one that is changed (`editing`)."""

    survey: Survey
    rows: tuple[CodeRow, ...]
    dimensions: tuple[tuple[str, str], ...]
    editing: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    longest_label: int = LONGEST_LABEL
    longest_description: int = LONGEST_DESCRIPTION


@get("/manage/surveys/{survey_id:int}/codebook", opt=FOR_RESEARCHERS)
async def show_codebook(
    request: PageRequest, survey_id: RecordId, viewer: SignedInViewer, session: Session
) -> Response[bytes]:
    """Show the codebook."""
    asked = request.query_params.get("edit", "")
    shown = await _read_codebook(session, viewer, survey_id)
    chosen = next((row for row in shown.rows if str(row.id) == asked), None)
    if chosen is not None:
        values = {"label": chosen.label, "description": chosen.description, "dimension": chosen.dimension}
        shown = replace(shown, editing=chosen.id, values=values)
    return page(request, viewer, "comments/codebook.html.j2", shown)


@post("/manage/surveys/{survey_id:int}/codebook", opt=FOR_RESEARCHERS)
async def save_code(
    request: PageRequest, survey_id: RecordId, viewer: SignedInViewer, session: Session, now: Now
) -> Response[bytes]:
    """Add a code, or change the one that the form names."""
    form, say = await request.form(), say_in(viewer, "comments")
    written = text_of(form, "code")
    editing = int(written) if written.isascii() and written.isdigit() else 0
    values = {name: text_of(form, name) for name in ("label", "description", "dimension")}
    try:
        await put_code(session, survey_id, code_id=editing or None, now=now, **values)
    except BadInput as invalid:
        errors = errors_of(invalid, say)
    except AlreadyExists as taken:
        errors = {"label": say.say(taken.args[0])}
    else:
        await record(session, viewer, AuditAction.CHANGED, kind="codebook", target=str(survey_id), now=now)
        return redirect(request, f"/manage/surveys/{survey_id}/codebook", notice=say("Saved."))
    shown = replace(await _read_codebook(session, viewer, survey_id), editing=editing, values=values, errors=errors)
    return page(request, viewer, "comments/codebook.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@post("/manage/surveys/{survey_id:int}/codebook/{code_id:int}/delete", opt=FOR_RESEARCHERS)
async def remove_code(
    request: PageRequest, survey_id: RecordId, code_id: RecordId, viewer: SignedInViewer, session: Session, now: Now
) -> Response[bytes]:
    """Take a code out of the codebook and off every comment."""
    say = say_in(viewer, "comments")
    n = await delete_code(session, survey_id, code_id)
    await record(
        session,
        viewer,
        AuditAction.DELETED,
        kind="codebook",
        target=str(survey_id),
        detail={"codings": str(n)},
        now=now,
    )
    return redirect(request, f"/manage/surveys/{survey_id}/codebook", notice=say("Deleted."))


HANDLERS = (show_codebook, save_code, remove_code)


async def _read_codebook(session: AsyncSession, viewer: Viewer, survey_id: int) -> CodebookPage:
    survey = await get_survey_seen(session, viewer, survey_id)
    launched = await (await session.connection()).run_sync(get_launched, survey_id)
    used = Counter(code for coding in await list_codings(session, survey_id) for code in coding.codes)
    texts = launched.instrument.texts_in(viewer.locale)
    names = {one.id: texts.dimensions[one.id].name for one in launched.instrument.definition.dimensions}
    say = say_in(viewer, "comments")
    return CodebookPage(
        survey=survey,
        rows=tuple(
            CodeRow(
                id=code.id,
                label=code.label,
                description=code.description,
                dimension=code.dimension,
                dimension_label=names.get(code.dimension, ""),
                n=used[code.id],
            )
            for code in await list_codes(session, survey_id)
        ),
        dimensions=(("", say("No dimension")), *names.items()),
    )
